"""Folders with the sample shop in them, and databases on PostgreSQL copied from one that has it."""

from pathlib import Path

import pytest

from tests.way.house import furnished


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A data folder with the sample shop in it."""
    return furnished(tmp_path_factory.getbasetemp(), tmp_path / "house")
