"""A shop of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.house import House, open_house
from tests.console.shop import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = open_shop(tmp_path)
    made.is_alone = True
    yield made
    made.database.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as made:
        yield made
