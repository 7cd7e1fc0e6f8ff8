"""What a till told: every event kept, and from them orders, redemptions, refunds, stock and points.

State is a function of the set of events, whatever order they came in, however often. Each event settles its order
anew from all events of it (offers/settling.py); rows are replaced, except points, which are only ever added to: when
a late event changes what stands on an account, the difference is entered.

A grant is told what happened to it in the order in which it happened. When a late event changes that story, what the
grant was told is taken back and told anew, so that the earlier of two redemptions holds it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, insert, or_, select, text, update

from assistant.errors import NotFound, TillRefused
from assistant.offers.attribution import Credited, Points, PointsRule, Rule, points_for
from assistant.offers.settling import CANCELLED, Books, Redemption, give_back, settle
from assistant.sold import (
    REDEEMED,
    WAITING,
    EventKind,
    EventState,
    RedeemedDeal,
    RedemptionState,
    RefundState,
    ReturnedGoods,
    SoldOrder,
    StockCounts,
    TillEvent,
    told_again,
)
from assistant.store import privacy
from assistant.store.tables import (
    coupon,
    coupon_grant,
    till_event,
    till_order,
    till_order_line,
    till_redemption,
    till_refund,
    till_stock,
)
from assistant.store.till import points
from assistant.store.till.crediting import credited_to
from assistant.store.till.telling import Step, StoryChanged, TellGrant, Telling


class TillRules(NamedTuple):
    """How orders are credited and what points they earn; by the key forgotten customers are known and left out."""

    credit: Rule = Rule()
    points: PointsRule = PointsRule()
    forgetting_key: bytes = b""


class Applied(NamedTuple):
    """What became of an event. ``is_new`` is False for a repeat, which changed nothing; ``reason`` is Chinese."""

    event_id: str
    order_id: str
    state: EventState
    is_new: bool
    reason: str = ""


class RedemptionRow(NamedTuple):
    """A redemption of an order and where it stands; ``reason`` is Chinese, empty when there is nothing to say."""

    redemption_id: str
    order_id: str
    grant_id: str
    coupon_id: str
    amount_fen: int
    occurred_at: datetime
    state: RedemptionState
    reason: str


def apply(
    tx: Connection,
    corp_id: str,
    event: TillEvent,
    redeem: TellGrant,
    refund: TellGrant,
    moment: datetime,
    rules: TillRules | None = None,
) -> Applied:
    """Keep an event and bring everything it touches up to date; ``moment`` is when it was received.

    Raises TillRefused when its id, or the id of its redemption or refund, was used before for something else.
    """
    lock(tx, corp_id)
    body = event.body.model_dump(mode="json")
    body_digest = _digest(body)
    digest = _digest([event.kind.value, event.occurred_at.timestamp(), body_digest])
    known = tx.execute(
        select(till_event.c.digest, till_event.c.order_id, till_event.c.state).where(
            till_event.c.corp_id == corp_id, till_event.c.event_id == event.event_id
        )
    ).one_or_none()
    if known is not None:
        if known.digest != digest:
            raise TillRefused(
                "event_id_reused", f"事件号“{event.event_id}”已经用过，内容不一样；新的事请用新的事件号", "event_id"
            )
        return Applied(event.event_id, known.order_id, EventState(known.state), is_new=False)
    fact_id = _fact_id(event)
    _refuse_another_fact(tx, corp_id, event, fact_id, body_digest)
    order_id = "" if isinstance(event.body, StockCounts) else event.body.order_id
    tx.execute(
        insert(till_event).values(
            corp_id=corp_id,
            event_id=event.event_id,
            kind=event.kind.value,
            fact_id=fact_id,
            order_id=order_id,
            grant_id=event.body.grant_id if isinstance(event.body, RedeemedDeal) else "",
            occurred_at=event.occurred_at,
            received_at=moment,
            body=_without_forgotten(tx, corp_id, body, rules or TillRules()),
            digest=digest,
            body_digest=body_digest,
            state=EventState.COUNTED.value,
        )
    )
    if isinstance(event.body, StockCounts):
        _count_stock(tx, corp_id, event, event.body)
    else:
        _settle(tx, corp_id, order_id, redeem, refund, moment, rules or TillRules())
    state = tx.execute(
        select(till_event.c.state).where(till_event.c.corp_id == corp_id, till_event.c.event_id == event.event_id)
    ).scalar_one()
    return Applied(event.event_id, order_id, EventState(state), is_new=True, reason=_why(tx, corp_id, event))


def _without_forgotten(tx: Connection, corp_id: str, body: dict[str, Any], rules: TillRules) -> dict[str, Any]:
    """An order of somebody who was forgotten is an order of nobody; a repeat is still known by its digests."""
    customer_id = body.get("customer_id")
    if not customer_id or not privacy.receipt_of(tx, corp_id, rules.forgetting_key, customer_id):
        return body
    return {**body, "customer_id": "", "delivery_area": ""}


def heal(
    tx: Connection, corp_id: str, redeem: TellGrant, refund: TellGrant, moment: datetime, rules: TillRules | None = None
) -> int:
    """Try again what waits for a coupon that is there now; returns how many redemptions were found to have one."""
    lock(tx, corp_id)
    granted = exists().where(coupon_grant.c.corp_id == corp_id, coupon_grant.c.grant_id == till_redemption.c.grant_id)
    written = and_(
        till_redemption.c.grant_id == "",
        exists().where(coupon.c.corp_id == corp_id, coupon.c.coupon_id == till_redemption.c.coupon_id),
    )
    is_orphan = till_redemption.c.state == RedemptionState.ORPHAN.value
    found = _redemptions(tx, corp_id, and_(is_orphan, or_(granted, written)))
    for order_id in sorted({one.order_id for one in found}):
        _settle(tx, corp_id, order_id, redeem, refund, moment, rules or TillRules())
    return len(found)


def orphans(tx: Connection, corp_id: str) -> tuple[RedemptionRow, ...]:
    """Every redemption that waits for its order or its coupon, oldest first."""
    return _redemptions(tx, corp_id, till_redemption.c.state.in_([state.value for state in WAITING]))


def books(tx: Connection, corp_id: str, order_id: str) -> Books:
    """One order settled; raises NotFound while it was not told."""
    found = settle(order_id, _events(tx, corp_id, till_event.c.order_id == order_id))
    if found.order is None:
        raise NotFound(order_id)
    return found


def redemptions_of(tx: Connection, corp_id: str, order_id: str) -> tuple[RedemptionRow, ...]:
    """The redemptions of one order, oldest first."""
    return _redemptions(tx, corp_id, till_redemption.c.order_id == order_id)


def _redemptions(tx: Connection, corp_id: str, wanted: ColumnElement[bool]) -> tuple[RedemptionRow, ...]:
    rows = tx.execute(
        select(*(till_redemption.c[name] for name in RedemptionRow._fields))
        .where(till_redemption.c.corp_id == corp_id, wanted)
        .order_by(till_redemption.c.occurred_at, till_redemption.c.redemption_id)
    )
    return tuple(RedemptionRow(**row._mapping)._replace(state=RedemptionState(row.state)) for row in rows)


def attribution(tx: Connection, corp_id: str, order_id: str, rule: Rule) -> Credited:
    """Which store and turn the order is credited to, with all that competed; raises NotFound for an unknown order."""
    found = books(tx, corp_id, order_id)
    redeemed = (row.coupon_id for row in redemptions_of(tx, corp_id, order_id) if row.state in REDEEMED)
    return credited_to(tx, corp_id, found, frozenset(filter(None, redeemed)), rule)


def is_known(tx: Connection, corp_id: str, event_id: str) -> bool:
    """Say whether an event of this id was kept."""
    found = select(till_event.c.event_id).where(till_event.c.corp_id == corp_id, till_event.c.event_id == event_id)
    return tx.execute(found).one_or_none() is not None


def lock(tx: Connection, corp_id: str) -> None:
    """One event of a corp at a time: two that settle the same order or grant must see each other.

    SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        number = int.from_bytes(sha256(f"till/{corp_id}".encode()).digest()[:8], "big", signed=True)
        tx.execute(text("select pg_advisory_xact_lock(:number)"), {"number": number})


# ---- keeping -----------------------------------------------------------------------------------


def _digest(value: object) -> str:
    return sha256(json.dumps(value, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _fact_id(event: TillEvent) -> str:
    body = event.body
    if isinstance(body, RedeemedDeal):
        return body.redemption_id
    if isinstance(body, ReturnedGoods):
        return body.refund_id
    return body.order_id if isinstance(body, SoldOrder) else ""


def _refuse_another_fact(tx: Connection, corp_id: str, event: TillEvent, fact_id: str, body_digest: str) -> None:
    if event.kind not in (EventKind.REDEMPTION, EventKind.REFUND):
        return
    other = tx.execute(
        select(till_event.c.event_id)
        .where(
            till_event.c.corp_id == corp_id,
            till_event.c.kind == event.kind.value,
            till_event.c.fact_id == fact_id,
            till_event.c.body_digest != body_digest,
        )
        .limit(1)
    ).scalar_one_or_none()
    if other is not None:
        field = "redemption_id" if event.kind is EventKind.REDEMPTION else "refund_id"
        raise TillRefused(
            f"{field}_reused", f"{event.kind.label}号“{fact_id}”在事件“{other}”里已经用过，内容不一样", field
        )


def _events(tx: Connection, corp_id: str, which: Any) -> tuple[TillEvent, ...]:
    rows = tx.execute(
        select(till_event.c.event_id, till_event.c.kind, till_event.c.occurred_at, till_event.c.body).where(
            till_event.c.corp_id == corp_id, which
        )
    )
    return tuple(told_again(row.event_id, EventKind(row.kind), row.occurred_at, row.body) for row in rows)


def _count_stock(tx: Connection, corp_id: str, event: TillEvent, told: StockCounts) -> None:
    for one in told.counts:
        here = (
            till_stock.c.corp_id == corp_id,
            till_stock.c.store_id == one.store_id,
            till_stock.c.sku == one.sku,
        )
        newest = tx.execute(select(till_stock.c.read_at, till_stock.c.event_id).where(*here)).one_or_none()
        reading = {"quantity": one.quantity, "read_at": event.occurred_at, "event_id": event.event_id}
        if newest is None:
            tx.execute(insert(till_stock).values(corp_id=corp_id, store_id=one.store_id, sku=one.sku, **reading))
        elif event.rank >= (newest.read_at, newest.event_id):
            tx.execute(update(till_stock).where(*here).values(**reading))


# ---- settling ----------------------------------------------------------------------------------


def _settle(
    tx: Connection,
    corp_id: str,
    order_id: str,
    redeem: TellGrant,
    refund: TellGrant,
    moment: datetime,
    rules: TillRules,
) -> None:
    """Settle an order and those that share a granted coupon with it: who holds the coupon may change."""
    events = _events(tx, corp_id, till_event.c.order_id == order_id)
    settled = {order_id: settle(order_id, events)}
    states: dict[str, _Standing] = {}
    for grant_id in sorted({one.deal.grant_id for one in settled[order_id].redemptions if one.deal.grant_id}):
        sharing = _events(tx, corp_id, till_event.c.grant_id == grant_id)
        for other in sorted({event.body.order_id for event in sharing if isinstance(event.body, RedeemedDeal)}):
            if other not in settled:
                settled[other] = settle(other, _events(tx, corp_id, till_event.c.order_id == other))
        states |= _hold(tx, corp_id, grant_id, settled, redeem, refund)
    for one in settled.values():
        _write(tx, corp_id, one, _all_standings(tx, corp_id, one, states), moment, rules)


class _Standing(NamedTuple):
    state: RedemptionState
    reason: str = ""
    given_back_fen: int = 0


def _all_standings(
    tx: Connection,
    corp_id: str,
    found: Books,
    known: Mapping[str, _Standing],
) -> dict[str, _Standing]:
    """Where every redemption of an order stands: those held now, its others as they were, and those never granted."""
    standings: dict[str, _Standing] = {}
    for one in found.redemptions:
        if one.deal.redemption_id in known:
            standings[one.deal.redemption_id] = known[one.deal.redemption_id]
        elif one.deal.grant_id:
            standings[one.deal.redemption_id] = _as_written(tx, corp_id, one)
        else:
            standings[one.deal.redemption_id] = _ungranted(tx, corp_id, found, one)
    return standings


def _as_written(tx: Connection, corp_id: str, one: Redemption) -> _Standing:
    row = tx.execute(
        select(till_redemption.c.state, till_redemption.c.reason, till_redemption.c.given_back_fen).where(
            till_redemption.c.corp_id == corp_id, till_redemption.c.redemption_id == one.deal.redemption_id
        )
    ).one()
    return _Standing(RedemptionState(row.state), row.reason, row.given_back_fen)


def _ungranted(tx: Connection, corp_id: str, found: Books, one: Redemption) -> _Standing:
    known = tx.execute(
        select(coupon.c.coupon_id).where(coupon.c.corp_id == corp_id, coupon.c.coupon_id == one.deal.coupon_id)
    ).one_or_none()
    if known is None:
        return _Standing(RedemptionState.ORPHAN, f"没有“{one.deal.coupon_id}”这张优惠券，请核对券号，或先导入优惠券")
    return _taken(found, one)


def _taken(found: Books, one: Redemption) -> _Standing:
    if found.order is None:
        return _Standing(RedemptionState.NO_ORDER, f"还没有收到订单“{one.deal.order_id}”")
    back = give_back(found, one.deal.amount_fen)
    state = RedemptionState.RETURNED if any(part.whole for part in back) else RedemptionState.VALID
    return _Standing(state, given_back_fen=sum(part.part for part in back))


def _hold(
    tx: Connection, corp_id: str, grant_id: str, settled: Mapping[str, Books], redeem: TellGrant, refund: TellGrant
) -> dict[str, _Standing]:
    """Bring a grant up to date; says where every redemption of it stands."""
    candidates = sorted(
        (one for books_ in settled.values() for one in books_.redemptions if one.deal.grant_id == grant_id),
        key=lambda one: (one.at, one.event_id),
    )
    telling = Telling(tx, corp_id, grant_id, redeem, refund)
    try:
        standings = _story(candidates, settled, telling)
        telling.end()
    except StoryChanged:
        telling.take_back()
        standings = _story(candidates, settled, telling)
    telling.keep()
    return standings


def _story(candidates: Iterable[Redemption], settled: Mapping[str, Books], telling: Telling) -> dict[str, _Standing]:
    standings: dict[str, _Standing] = {}
    held_by = ""
    free_from: datetime | None = None
    for one in candidates:
        deal, found = one.deal, settled[one.deal.order_id]
        if held_by and (free_from is None or free_from > one.at):
            standings[deal.redemption_id] = _Standing(RedemptionState.DOUBLE, f"这张券已经在订单“{held_by}”里核销")
            continue
        step = Step(redemption_id=deal.redemption_id, order_id=deal.order_id, fen=deal.amount_fen, at=one.at)
        refusal = telling.tell(step)
        if refusal is not None:
            state = RedemptionState.ORPHAN if refusal.is_missing else RedemptionState.REFUSED
            standings[deal.redemption_id] = _Standing(state, refusal.words)
            continue
        held_by, free_from = deal.order_id, None
        not_back: list[str] = []
        for back in give_back(found, deal.amount_fen):
            if back.part or back.whole:
                given = {"refund_id": back.refund_id, "fen": back.part, "at": back.at, "whole": back.whole}
                if (kept := telling.tell(step.model_copy(update=given))) is not None:
                    what = "取消订单" if back.refund_id == CANCELLED else f"退款“{back.refund_id}”"
                    not_back.append(f"{what}没能退回券：{kept.words}")
            free_from = back.at if back.whole else None
        taken = _taken(found, one)
        standings[deal.redemption_id] = taken._replace(reason="；".join(filter(None, (taken.reason, *not_back))))
    return standings


# ---- writing -----------------------------------------------------------------------------------


def _write(
    tx: Connection,
    corp_id: str,
    found: Books,
    standings: Mapping[str, _Standing],
    moment: datetime,
    rules: TillRules,
) -> None:
    for table in (till_order, till_order_line, till_redemption, till_refund):
        tx.execute(delete(table).where(table.c.corp_id == corp_id, table.c.order_id == found.order_id))
    order = found.order
    if order is not None:
        row = {
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "store_id": order.store_id,
            "channel": order.channel.value,
            "ordered_at": order.ordered_at,
            "delivery_area": order.delivery_area,
            "guide": order.guide,
            "total_fen": order.total_fen,
            "paid_fen": order.paid_fen,
            "refunded_fen": found.refunded_fen,
            "status": order.status.value,
            "event_id": found.told_by,
            "occurred_at": found.told_at,
        }
        _add(tx, till_order, corp_id, [row])
    of_order = {"order_id": found.order_id}
    _add(tx, till_order_line, corp_id, [of_order | line.model_dump() for line in found.lines])
    redemptions = [
        {
            **one.deal.model_dump(),
            "occurred_at": one.at,
            "state": standings[one.deal.redemption_id].state.value,
            "reason": standings[one.deal.redemption_id].reason,
            "given_back_fen": standings[one.deal.redemption_id].given_back_fen,
        }
        for one in found.redemptions
    ]
    _add(tx, till_redemption, corp_id, redemptions)
    refunds = [
        of_order | one.model_dump(exclude={"at", "state"}) | {"occurred_at": one.at, "state": one.state.value}
        for one in found.refunds
    ]
    _add(tx, till_refund, corp_id, refunds)
    _mark_events(tx, corp_id, found, standings)
    points.enter(tx, corp_id, found.order_id, _earned(tx, corp_id, found, standings, rules), moment)


def _add(tx: Connection, table: Table, corp_id: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.execute(insert(table), [{"corp_id": corp_id} | row for row in rows])


def _earned(
    tx: Connection, corp_id: str, found: Books, standings: Mapping[str, _Standing], rules: TillRules
) -> tuple[Points, ...]:
    redeemed = [one.deal for one in found.redemptions if standings[one.deal.redemption_id].state in REDEEMED]
    credited = None
    if redeemed and found.order is not None and any(rules.points.model_dump().values()):
        coupon_ids = frozenset(deal.coupon_id for deal in redeemed) - {""}
        credited = credited_to(tx, corp_id, found, coupon_ids, rules.credit)
    return points_for(found, credited, rules.points)


def _mark_events(tx: Connection, corp_id: str, found: Books, standings: Mapping[str, _Standing]) -> None:
    refunds: dict[str, list[RefundState]] = {}
    for one in found.refunds:
        refunds.setdefault(one.refund_id, []).append(one.state)
    rows = tx.execute(
        select(till_event.c.event_id, till_event.c.kind, till_event.c.fact_id, till_event.c.state).where(
            till_event.c.corp_id == corp_id, till_event.c.order_id == found.order_id
        )
    ).all()
    for row in rows:
        kind = EventKind(row.kind)
        if kind is EventKind.ORDER:
            state = EventState.COUNTED if row.event_id == found.told_by else EventState.SUPERSEDED
        elif kind is EventKind.REDEMPTION:
            state = _state_of(standings[row.fact_id].state)
        else:
            state = _state_of_refund(refunds[row.fact_id])
        if state.value != row.state:
            tx.execute(
                update(till_event)
                .where(till_event.c.corp_id == corp_id, till_event.c.event_id == row.event_id)
                .values(state=state.value)
            )


def _state_of(state: RedemptionState) -> EventState:
    if state in WAITING:
        return EventState.WAITING
    return EventState.COUNTED if state in REDEEMED else EventState.NOT_COUNTED


def _state_of_refund(states: list[RefundState]) -> EventState:
    if RefundState.NO_ORDER in states:
        return EventState.WAITING
    counted = any(state in (RefundState.COUNTED, RefundState.CAPPED) for state in states)
    return EventState.COUNTED if counted else EventState.NOT_COUNTED


def _why(tx: Connection, corp_id: str, event: TillEvent) -> str:
    """What is worth telling of an event's redemption or refund, in Chinese; empty when all is well."""
    body = event.body
    if isinstance(body, RedeemedDeal):
        rows = redemptions_of(tx, corp_id, body.order_id)
        return next((row.reason for row in rows if row.redemption_id == body.redemption_id), "")
    if isinstance(body, ReturnedGoods):
        told = tx.execute(
            select(till_refund.c.line, till_refund.c.state)
            .where(till_refund.c.corp_id == corp_id, till_refund.c.refund_id == body.refund_id)
            .order_by(till_refund.c.line)
        ).all()
        off = (row for row in told if row.state != RefundState.COUNTED.value)
        return "；".join(f"第{row.line}行{RefundState(row.state).label}" for row in off)
    return ""
