"""What was used of each coupon without a grant: read from the shop's order file, or told by the till.

The order file names the coupon and what was paid, not what it took off. That is worked out here: the face amount, a
gift's value, the shipping, and for a percentage the part that the paid sum implies. A till tells what a coupon took off.
What was granted is counted by its grant (grants.standing), and an order told both ways counts once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from assistant.clock import SHOP_TIME
from assistant.shop import Coupon, CouponKind
from assistant.sold import REDEEMED, RedemptionState
from assistant.store.tables import coupon_grant, order_line, till_order, till_redemption

_AT_ONCE = 5000
_FLAT = (CouponKind.THRESHOLD, CouponKind.VOUCHER, CouponKind.GIFT, CouponKind.FREE_SHIPPING, CouponKind.ADD_ON)
"""Kinds that cost the same on every order, whatever was paid."""


class Times(NamedTuple):
    """How many orders of one customer used a coupon: in all, and on the Shanghai day asked about."""

    ever: int = 0
    today: int = 0


class Spent(NamedTuple):
    """What uses cost the shop, in 分 by coupon id, and how many uses that were."""

    fen: Mapping[str, int]
    uses: int


def times_used(tx: Connection, corp_id: str, customer_id: str, moment: datetime) -> dict[str, Times]:
    """How often a customer used each coupon, by coupon id; coupons she never used are left out."""
    hers = select(till_order.c.order_id).where(till_order.c.corp_id == corp_id, till_order.c.customer_id == customer_id)
    told = select(
        till_redemption.c.coupon_id,
        till_redemption.c.order_id,
        till_redemption.c.occurred_at.label("at"),
        till_redemption.c.grant_id,
        till_redemption.c.state,
    ).where(till_redemption.c.corp_id == corp_id, till_redemption.c.order_id.in_(tx.execute(hers).scalars().all()))
    # grouped and sifted below: asked to do it, SQLite would walk all orders of the corp rather than hers
    filed = select(order_line.c.coupon_id, order_line.c.order_id, order_line.c.ordered_at.label("at")).where(
        order_line.c.customer_id == customer_id, _filed(corp_id)
    )
    used = {(row.coupon_id, row.order_id): row.at for row in tx.execute(filed)}
    for row in tx.execute(told):
        if not row.grant_id and row.state == RedemptionState.VALID.value:
            used[row.coupon_id, row.order_id] = row.at
    today = moment.astimezone(SHOP_TIME).date()
    times: dict[str, Times] = {}
    for (coupon_id, _), at in used.items():
        if coupon_id:
            before = times.get(coupon_id, Times())
            times[coupon_id] = Times(before.ever + 1, before.today + (at.astimezone(SHOP_TIME).date() == today))
    return times


def spent(tx: Connection, corp_id: str, coupons: Sequence[Coupon], shipping_fen: int) -> Spent:
    """What everybody's uses of these coupons cost the shop; coupons that were never used are left out.

    It reads every order that used one of them: some 0.2 s for a hundred thousand.
    """
    templates = {one.coupon_id: one for one in coupons}
    flat = [coupon_id for coupon_id, one in templates.items() if one.kind in _FLAT]
    cost: Counter[str] = Counter()
    number = 0
    orders = func.count(order_line.c.order_id.distinct())
    counted = select(order_line.c.coupon_id, orders.label("orders")).where(
        order_line.c.coupon_id.in_(flat), _filed(corp_id)
    )
    for row in tx.execute(counted.group_by(order_line.c.coupon_id)):
        number += row.orders
        cost[row.coupon_id] += row.orders * _cost_fen(templates[row.coupon_id], 0, shipping_fen)
    others = sorted(templates.keys() - set(flat))
    for coupon_id, paid_fen in _paid(tx, corp_id, others):
        number += 1
        cost[coupon_id] += _cost_fen(templates[coupon_id], paid_fen, shipping_fen)
    took_off = func.sum(till_redemption.c.amount_fen - till_redemption.c.given_back_fen).label("fen")
    told = select(till_redemption.c.coupon_id, took_off, func.count().label("uses")).join(till_order, _same_order())
    for row in tx.execute(told.where(_told_without_grant(corp_id)).group_by(till_redemption.c.coupon_id)):
        if row.coupon_id in templates:
            number += row.uses
            cost[row.coupon_id] += int(row.fen)
    return Spent(dict(cost), number)


class Use(NamedTuple):
    """One order on which a coupon was used without a grant."""

    coupon_id: str
    order_id: str
    store_id: str
    at: datetime


def times_without_grant(
    tx: Connection, corp_id: str, coupon_ids: Sequence[str], stores: frozenset[str] | None
) -> Mapping[str, int]:
    """On how many orders of these stores (None: all) each coupon was used without a grant."""
    filed = select(order_line.c.coupon_id, func.count(order_line.c.order_id.distinct())).where(
        order_line.c.coupon_id.in_(coupon_ids), _filed(corp_id)
    )
    told = (
        select(till_redemption.c.coupon_id, func.count())
        .join(till_order, _same_order())
        .where(_told_without_grant(corp_id), till_redemption.c.coupon_id.in_(coupon_ids))
    )
    if stores is not None:
        filed = filed.where(order_line.c.store_id.in_(sorted(stores)))
        told = told.where(till_order.c.store_id.in_(sorted(stores)))
    found: Counter[str] = Counter()
    for query in (filed.group_by(order_line.c.coupon_id), told.group_by(till_redemption.c.coupon_id)):
        for row in tx.execute(query):
            found[row[0]] += row[1]
    return found


def used_without_grant(
    tx: Connection, corp_id: str, coupon_ids: Sequence[str], since: datetime | None = None
) -> Iterator[Use]:
    """Every order on which one of these coupons was used without a grant, as file and till tell of them, each once."""
    filed = (
        select(
            order_line.c.coupon_id,
            order_line.c.order_id,
            func.min(order_line.c.store_id),
            func.min(order_line.c.ordered_at),
        )
        .where(order_line.c.coupon_id.in_(coupon_ids), _filed(corp_id))
        .group_by(order_line.c.coupon_id, order_line.c.order_id)
    )
    told = (
        select(
            till_redemption.c.coupon_id,
            till_redemption.c.order_id,
            till_order.c.store_id,
            till_redemption.c.occurred_at,
        )
        .join(till_order, _same_order())
        .where(_told_without_grant(corp_id), till_redemption.c.coupon_id.in_(coupon_ids))
    )
    if since is not None:
        filed = filed.where(order_line.c.ordered_at >= since)
        told = told.where(till_redemption.c.occurred_at >= since)
    for query in (filed, told):
        for row in tx.execute(query.execution_options(yield_per=_AT_ONCE)):
            yield Use(row[0], row[1], row[2], row[3])


def _paid(tx: Connection, corp_id: str, coupon_ids: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What was paid for each order on which one of these coupons was used."""
    rows = tx.execute(
        select(order_line.c.coupon_id, func.sum(order_line.c.paid_fen))
        .where(order_line.c.coupon_id.in_(coupon_ids), _filed(corp_id))
        .group_by(order_line.c.coupon_id, order_line.c.order_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    return ((row[0], int(row[1])) for row in rows)


def _same_order() -> ColumnElement[bool]:
    return and_(till_order.c.corp_id == till_redemption.c.corp_id, till_order.c.order_id == till_redemption.c.order_id)


def _told_without_grant(corp_id: str) -> ColumnElement[bool]:
    return and_(
        till_redemption.c.corp_id == corp_id,
        till_redemption.c.grant_id == "",
        till_redemption.c.state == RedemptionState.VALID.value,
    )


def _filed(corp_id: str) -> ColumnElement[bool]:
    """Order lines of the file whose coupon neither a grant nor the till tells of."""
    by_grant = exists().where(
        coupon_grant.c.corp_id == corp_id,
        coupon_grant.c.order_id == order_line.c.order_id,
        coupon_grant.c.coupon_id == order_line.c.coupon_id,
        coupon_grant.c.redeemed_fen > 0,
    )
    told = (
        till_redemption.c.corp_id == corp_id,
        till_redemption.c.order_id == order_line.c.order_id,
        till_redemption.c.state.in_([state.value for state in REDEEMED]),
    )
    by_till = exists().where(*told, till_redemption.c.coupon_id == order_line.c.coupon_id)
    # a second question rather than an "or": PostgreSQL answers each for all orders at once, and both together one by one
    by_its_grant = exists().where(
        *told,
        coupon_grant.c.corp_id == corp_id,
        coupon_grant.c.grant_id == till_redemption.c.grant_id,
        coupon_grant.c.coupon_id == order_line.c.coupon_id,
    )
    return and_(order_line.c.corp_id == corp_id, ~by_grant, ~by_till, ~by_its_grant)


def _cost_fen(coupon: Coupon, paid_fen: int, shipping_fen: int) -> int:
    """What one past order cost the shop by this coupon, in 分; rounded up, so that a budget is never overrun."""
    cap = coupon.cap_fen
    match coupon.kind:
        case CouponKind.GIFT:
            return coupon.gift_value_fen
        case CouponKind.FREE_SHIPPING:
            return shipping_fen
        case CouponKind.DISCOUNT | CouponKind.PIECES:
            implied = -(-paid_fen * (100 - coupon.pay_percent) // coupon.pay_percent)
        case CouponKind.NTH_PIECE:
            # at most, when all pieces cost the same
            paid_percent = 100 * (coupon.pieces - 1) + coupon.pay_percent
            implied = -(-paid_fen * (100 - coupon.pay_percent) // paid_percent)
        case CouponKind.PER_THRESHOLD:
            # the most steps that this paid sum allows
            implied = coupon.amount_fen * max(paid_fen // max(coupon.threshold_fen - coupon.amount_fen, 1), 1)
        case _:
            # of a 加价购 the orders do not tell what it took off; its file was warned of when it was read
            return coupon.amount_fen
    return implied if cap is None else min(implied, cap)
