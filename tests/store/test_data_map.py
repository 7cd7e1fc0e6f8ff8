"""The data map tells of every column, and only of those that are there."""

import pytest

from assistant.store.datamap import BY_ORDER, BY_TURN, data_map
from assistant.store.tables import metadata

TABLES = sorted(metadata.tables)


def test_every_table_is_told_of() -> None:
    assert set(data_map().tables) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_told_of_once(name: str) -> None:
    told = data_map().tables[name].columns
    assert sorted(told) == sorted(column.name for column in metadata.tables[name].columns)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_why_and_how_long(name: str) -> None:
    whole, table = data_map(), data_map().tables[name]
    assert table.basis in whole.bases
    assert table.term in whole.terms
    assert table.label
    assert table.purpose
    assert (
        not table.personal
        or table.basis != "none"
        or all(one.act.value in ("redact", "number") for one in table.personal.values())
    )


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_found_by_columns_that_are_there(name: str) -> None:
    table, columns = data_map().tables[name], metadata.tables[name].columns
    needed = {BY_TURN: "turn_id", BY_ORDER: "order_id", "": "corp_id" if "corp_id" in columns else columns.keys()[0]}
    assert needed.get(table.hers, table.hers) in columns
    assert set(table.only) <= set(columns.keys())
    assert not table.aged or table.aged in columns


@pytest.mark.parametrize("name", TABLES)
def test_a_customers_number_is_never_called_plain(name: str) -> None:
    """A new column with her number or what she said must say what forgetting does with it."""
    table = data_map().tables[name]
    assert not {"customer_id", "current_customer_id", "phone", "birthday"} & set(table.plain)
