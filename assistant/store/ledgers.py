"""The ledgers: what no file of the shop tells. Granted coupons, what the till told, points, how guides write: out as rows
and in again.

Keys of the till's API stay where they are, and so does what waits to be sent to the shop's own system.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from assistant.store.tables import (
    UtcDateTime,
    coupon_grant,
    coupon_tally,
    grant_event,
    points_entry,
    style_card,
    till_event,
    till_grant_use,
    till_order,
    till_order_line,
    till_redemption,
    till_refund,
    till_stock,
)
from knowledge.noun import Labelled

_AT_ONCE = 1000


class Ledger(Labelled):
    """Every ledger, by the name of its table."""

    GRANTS = coupon_grant.name, "发出的券"
    GRANT_EVENTS = grant_event.name, "券的经过"
    TALLIES = coupon_tally.name, "券的计数"
    TILL_EVENTS = till_event.name, "收银事件"
    ORDERS = till_order.name, "收银订单"
    ORDER_LINES = till_order_line.name, "收银订单行"
    REDEMPTIONS = till_redemption.name, "核销"
    REFUNDS = till_refund.name, "退款"
    COUNTS = till_stock.name, "收银库存"
    GRANTS_TOLD = till_grant_use.name, "券与收银的对照"
    POINTS = points_entry.name, "积分"
    STYLES = style_card.name, "导购口吻"


_TABLES: Mapping[Ledger, Table] = MappingProxyType({one: coupon_grant.metadata.tables[one.value] for one in Ledger})


def rows(tx: Connection, corp_id: str, ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Every row of one ledger as JSON has it, in an order that is always the same; moments are ISO in UTC."""
    table = _TABLES[ledger]
    # an event's number is this database's own; their order is what counts
    names = [column.name for column in table.c if column.name not in ("corp_id", "number")]
    found = tx.execute(
        select(*(table.c[name] for name in names))
        .where(table.c.corp_id == corp_id)
        .order_by(*table.primary_key.columns)
        .execution_options(yield_per=_AT_ONCE)
    )
    return ({name: _out(value) for name, value in row._mapping.items()} for row in found)


def size(tx: Connection, corp_id: str) -> int:
    """How many rows the corp's ledgers hold."""
    counts = (select(func.count()).where(table.c.corp_id == corp_id) for table in _TABLES.values())
    return sum(tx.execute(one).scalar_one() for one in counts)


def put_back(tx: Connection, corp_id: str, ledger: Ledger, kept: Iterable[Mapping[str, Any]]) -> int:
    """Write rows of an export into an empty ledger; returns how many."""
    table = _TABLES[ledger]
    read: dict[str, Callable[[Any], Any]] = {
        column.name: _moment for column in table.c if isinstance(column.type, UtcDateTime)
    }
    number, left = 0, iter(kept)
    while part := list(islice(left, _AT_ONCE)):
        made = [{name: read.get(name, _as_is)(value) for name, value in row.items()} for row in part]
        tx.execute(insert(table), [{"corp_id": corp_id} | row for row in made])
        number += len(made)
    return number


def _out(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _as_is(value: Any) -> Any:
    return value
