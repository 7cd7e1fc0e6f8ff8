"""Small tables in memory, as the reader of files would hand them over."""

from datetime import UTC, datetime

from assistant.material.columns import recognise
from assistant.material.context import Context
from knowledge.reading.blocks import Row, Table

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TIERS = ("普卡", "银卡", "金卡", "黑金卡")
SHOP = Context(
    moment=NOW,
    document_id="doc",
    version=2,
    brand="云屿",
    tiers=TIERS,
    stores={"S001": "R01", "S002": "R02"},
    skus=frozenset({"A1", "A2"}),
    categories=frozenset({"防晒", "彩妆"}),
    customers=frozenset({"C1"}),
    guides=frozenset({"LinXiao"}),
    coupons=frozenset({"Q1"}),
)


def table(headers, *rows, file="商品/products.xlsx", sheet="表", header_row=2):
    """Headers and rows are written as one string each, cells separated by ``|``."""
    names = tuple(name.strip() for name in headers.split("|"))
    made = []
    for offset, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row.split("|")]
        assert len(cells) == len(names), row
        made.append(Row(file, sheet, header_row + offset, dict(zip(names, cells, strict=True))))
    return Table(file, sheet, header_row, names, tuple(made))


def run(read, made, context=SHOP, mapping=None, kind=None):
    return read(made, recognise(made, mapping, kind=kind), context)


def told(rows):
    """Each problem as (severity, row, field, reason)."""
    return [(problem.severity.value, problem.row, problem.field, problem.reason) for problem in rows.problems]
