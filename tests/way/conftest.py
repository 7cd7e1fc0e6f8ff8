"""A house per test module, emptied of all talk between tests; tests that change more furnish one of their own.

Opening a house costs two seconds, most of them the queue's, and a test must not depend on the one before it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from assistant.__main__ import set_up_logging
from tests.way.house import House, furnished, open_house

Opening = Callable[[ExitStack], House]
Keep = Callable[[Opening], House]


@pytest.fixture(autouse=True)
def product_logging() -> Iterator[None]:
    """Log as the service does: the development default also prints the values in a trace, and takes seconds for it."""
    set_up_logging("INFO")
    yield
    structlog.reset_defaults()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A data folder with the sample shop in it."""
    return furnished(tmp_path_factory.getbasetemp(), tmp_path / "house")


@pytest.fixture(scope="module")
def keep() -> Iterator[Keep]:
    """Keeps one house open for a module.

    It is opened inside the first test that asks, where the developer's own settings are already out of reach.
    """
    kept: list[House] = []
    with ExitStack() as stack:

        def house_of(opening: Opening) -> House:
            if not kept:
                kept.append(opening(stack))
            kept[0].forget_all_talk()
            return kept[0]

        yield house_of


@pytest.fixture
def house(keep: Keep, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Service and WeCom, running, nothing said yet."""

    def opening(stack: ExitStack) -> House:
        folder = furnished(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("kept") / "house")
        return stack.enter_context(open_house(folder))

    return keep(opening)
