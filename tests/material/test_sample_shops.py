"""The shops' own files, read from disk: every planted error is found, and nothing else is lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from assistant.material.columns import TableKind, recognise
from assistant.material.context import Context
from assistant.material.coupons import read_coupons
from assistant.material.customers import read_customers
from assistant.material.orders import read_orders
from assistant.material.people import read_staff, read_stores
from assistant.material.products import read_products, read_stock
from assistant.material.scripts import read_scripts
from assistant.material.shopfile import read_shopfile
from knowledge.reading.read import read

from .tables import NOW

TESTS = Path(__file__).parent.parent
SAMPLE = TESTS.parent / "knowledge" / "samples" / "yunyu"
READERS = {
    TableKind.STORES: read_stores,
    TableKind.STAFF: read_staff,
    TableKind.PRODUCTS: read_products,
    TableKind.STOCK: read_stock,
    TableKind.COUPONS: read_coupons,
    TableKind.CUSTOMERS: read_customers,
    TableKind.ORDERS: read_orders,
    TableKind.SCRIPTS: read_scripts,
}


class Import:
    """What one folder gave: good rows by kind, row counts by kind, problems."""

    def __init__(self, folder: Path) -> None:
        shop = read_shopfile(folder)
        found = [(table, recognise(table, shop.columns_of(table.file))) for table in tables(folder)]
        self.unrecognised = [table.file for table, recognised in found if recognised.kind is None]
        self.good = {kind: [] for kind in TableKind}
        self.rows = dict.fromkeys(TableKind, 0)
        self.problems = []
        context = Context(moment=NOW, tiers=shop.tiers, brand=shop.brand)
        for kind in TableKind:
            context = replace(context, taken={})
            for table, recognised in found:
                if recognised.kind is kind:
                    rows = READERS[kind](table, recognised, context)
                    context = context.after(rows.places)
                    self.good[kind] += rows.good
                    self.rows[kind] += len(table.rows)
                    self.problems += rows.problems
            context = self._known(context)

    def _known(self, context: Context) -> Context:
        good = self.good
        return replace(
            context,
            stores={one.store_id: one.region_id for one in good[TableKind.STORES]},
            guides=frozenset(one.userid for one in good[TableKind.STAFF]) or None,
            skus=frozenset(one.sku for one in good[TableKind.PRODUCTS]) or None,
            categories=frozenset(one.category for one in good[TableKind.PRODUCTS]) or None,
            coupons=frozenset(one.coupon_id for one in good[TableKind.COUPONS]) or None,
            customers=frozenset(one.customer_id for one in good[TableKind.CUSTOMERS]) or None,
        )


def tables(folder: Path) -> Iterator:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".xlsx", ".csv"):
            yield from read(path, path.relative_to(folder).as_posix()).tables


@pytest.fixture(scope="module")
def sample():
    return Import(SAMPLE)


def planted():
    entries = []
    for name in ("sample_errors.yaml", "sample_errors_scripts.yaml"):
        entries += yaml.safe_load((TESTS / name).read_text(encoding="utf-8"))
    # merged cells are the reader's finding, not the rows'
    return [entry for entry in entries if entry["reason_contains"] != "合并"]


@pytest.mark.parametrize("entry", planted(), ids=lambda entry: f"{entry['file']}-{entry['row']}-{entry['field']}")
def test_every_planted_error_is_reported(sample, entry):
    where = (entry["file"], entry["sheet"], entry["row"], entry["field"])
    told = [one for one in sample.problems if (one.file, one.sheet, one.row, one.field) == where]
    assert any(entry["reason_contains"] in one.reason for one in told)
    assert all(one.remedy for one in told)


def test_nothing_else_is_reported(sample):
    expected = {(entry["file"], entry["sheet"], entry["row"]) for entry in planted()}
    assert {(one.file, one.sheet, one.row) for one in sample.problems} == expected


def test_only_rows_with_an_error_are_lost(sample):
    lost = {(one.file, one.sheet, one.row) for one in sample.problems if one.severity.value == "error"}
    rows_of_the_priceless_table = 3
    missing = sum(sample.rows.values()) - sum(len(rows) for rows in sample.good.values())
    assert missing == len(lost) - 1 + rows_of_the_priceless_table


def test_another_shop_is_read_with_its_mapping_alone():
    other = Import(TESTS / "other_shop")
    assert other.problems == []
    assert other.unrecognised == []
    assert all(len(other.good[kind]) == other.rows[kind] > 0 for kind in TableKind)
    assert {"功率", "容量", "质保"} <= set(other.good[TableKind.PRODUCTS][0].attributes)
