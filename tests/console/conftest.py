"""A shop of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.house import House, open_house
from tests.console.shop import Shop, alone


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from alone(tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as made:
        yield made
