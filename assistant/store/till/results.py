"""What came after the contacts of a time: credited orders by store and guide, and the hold-out beside all others."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Exists, and_, exists, or_, select

from assistant.offers.attribution import Rule
from assistant.offers.holdout import Group, Holdout
from assistant.shop import Purpose
from assistant.sold import OrderStatus
from assistant.store.tables import customer, till_order
from assistant.store.till import events


class Tally(NamedTuple):
    """Orders, and what was paid for them and not given back, in 分."""

    orders: int = 0
    paid_fen: int = 0

    def plus(self, paid_fen: int) -> "Tally":
        """One order more."""
        return Tally(self.orders + 1, self.paid_fen + paid_fen)


class Results(NamedTuple):
    """Everything told of a time: all orders, those credited to a turn, the same by store and by guide, and the groups.

    ``by_store`` and ``by_guide`` hold credited orders only. ``reachable`` are customers who agreed to hear from the shop
    and were not left alone, whether or not anybody wrote to them; ``left_alone`` those who were.
    """

    orders: Tally
    credited: Tally
    by_store: dict[str, Tally]
    by_guide: dict[str, Tally]
    reachable: Group
    left_alone: Group


def results(
    tx: Connection,
    corp_id: str,
    since: datetime,
    until: datetime,
    rule: Rule,
    holdout: Holdout,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Work the results of [since, until) out anew from what the till told and the turns' own records."""
    kept = and_(
        till_order.c.corp_id == corp_id,
        till_order.c.ordered_at >= since,
        till_order.c.ordered_at < until,
        till_order.c.status != OrderStatus.CANCELLED.value,
        or_(till_order.c.refunded_fen < till_order.c.paid_fen, till_order.c.paid_fen == 0),
    )
    rows = tx.execute(
        select(till_order.c.order_id, till_order.c.paid_fen, till_order.c.refunded_fen)
        .where(kept)
        .order_by(till_order.c.ordered_at, till_order.c.order_id)
    ).all()
    every = credited = Tally()
    by_store: dict[str, Tally] = {}
    by_guide: dict[str, Tally] = {}
    for number, row in enumerate(rows, start=1):
        paid_fen = row.paid_fen - row.refunded_fen
        every = every.plus(paid_fen)
        found = events.attribution(tx, corp_id, row.order_id, rule)
        if found.turn_id:
            credited = credited.plus(paid_fen)
            by_store[found.store_id] = by_store.get(found.store_id, Tally()).plus(paid_fen)
            by_guide[found.guide] = by_guide.get(found.guide, Tally()).plus(paid_fen)
        if progress is not None:
            progress(number, len(rows))
    bought = exists().where(kept, till_order.c.customer_id == customer.c.customer_id)
    groups = _groups(tx, corp_id, since, bought, holdout)
    return Results(every, credited, by_store, by_guide, groups[False], groups[True])


def _groups(tx: Connection, corp_id: str, since: datetime, bought: Exists, holdout: Holdout) -> dict[bool, Group]:
    """Everybody who could have been contacted all that time, by whether she was left alone."""
    there = or_(customer.c.joined_at.is_(None), customer.c.joined_at < since)
    rows = tx.execute(
        select(customer.c.customer_id, customer.c.consents, bought.label("bought")).where(
            customer.c.corp_id == corp_id, there
        )
    )
    customers: Counter[bool] = Counter()
    buyers: Counter[bool] = Counter()
    for row in rows:
        if Purpose.MARKETING.value in row.consents:
            alone = holdout.holds(corp_id, row.customer_id)
            customers[alone] += 1
            buyers[alone] += bool(row.bought)
    return {alone: Group(customers=customers[alone], buyers=buyers[alone]) for alone in (False, True)}
