"""The list of turns and one turn whole."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from assistant.errors import NotFound
from assistant.scoring.summing import TurnVerdict
from assistant.seams import SendState
from assistant.shop import Customer
from assistant.sold import OrderStatus
from assistant.store import customers, material, turns
from assistant.store.console.filtering import TurnFilter, before_place, chosen
from assistant.store.console.scope import Stores, guide_name, is_customer, is_guide, ours
from assistant.store.coupons import grants
from assistant.store.coupons.life import GrantStatus
from assistant.store.outbox import PENDING, SENDING
from assistant.store.tables import customer, outbox, person, till_order, turn, turn_summary
from assistant.turn import ActionKind, Intent, ReplyKind, TurnRecord
from knowledge.noun import Labelled

__all__ = ["Delivery", "TurnFilter", "TurnLine", "TurnStory", "turn_lines", "turn_story"]

LATER_ORDERS = timedelta(days=14)
"""How long after a turn an order of its customer is shown with it."""
_SHOWN_ORDERS = 5


class Delivery(Labelled):
    """Where one part of a reply stands on its way to the guide."""

    PENDING = PENDING, "待发送"
    SENDING = SENDING, "发送中"
    SENT = SendState.SENT.value, SendState.SENT.label
    FAILED = SendState.FAILED.value, SendState.FAILED.label
    UNKNOWN = SendState.UNKNOWN.value, SendState.UNKNOWN.label


class TurnLine(NamedTuple):
    """One line of the list of turns. ``action`` is None while the guide has not said anything, ``score`` (0..1) where
    nothing was judged."""

    turn_id: str
    guide: str
    store_id: str
    intent: Intent
    reply_kind: ReplyKind
    finished_at: datetime
    question: str
    action: ActionKind | None
    verdict: TurnVerdict
    score: float | None
    customer_names: tuple[str, ...]


class DeliveredPart(NamedTuple):
    """One part of a reply on its way."""

    part: int
    delivery: Delivery
    attempts: int
    detail: str


class GrantedCoupon(NamedTuple):
    """A coupon bound to the customer by this turn, as it stands at the moment of looking; ``saved_fen`` was taken off."""

    name: str
    status: GrantStatus
    granted_at: datetime
    expires_at: datetime
    value_fen: int
    saved_fen: int
    order_id: str


class Bought(NamedTuple):
    """An order the till told of. ``with_coupon`` when a coupon of this turn was used on it, else it only came later."""

    order_id: str
    ordered_at: datetime
    store_id: str
    paid_fen: int
    status: OrderStatus
    with_coupon: bool


class TurnStory(NamedTuple):
    """One turn whole. ``customer`` is None unless the customer belongs to a store this reader answers for; what she
    bought afterwards is then not told either. ``products`` are the names of those she asked about, by SKU."""

    record: TurnRecord
    guide: str
    guide_userid: str
    customer: Customer | None
    parts: tuple[DeliveredPart, ...]
    coupons: tuple[GrantedCoupon, ...]
    orders: tuple[Bought, ...]
    products: Mapping[str, str]


def turn_lines(
    tx: Connection, corp_id: str, stores: Stores, wanted: TurnFilter, *, before: str, limit: int
) -> tuple[TurnLine, ...]:
    """The newest turns older than the turn ``before`` (empty: the newest of all); raises NotFound for an unknown one."""
    row = turn_summary.c
    query = chosen(
        tx,
        (row.turn_id, row.finished_at, row.action, row.verdict, row.score),
        corp_id,
        stores,
        wanted,
    )
    if before:
        place = tx.execute(
            ours(select(turn.c.finished_at), corp_id, stores).where(turn.c.turn_id == before)
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        query = before_place(query, wanted, place, before)
    # the page is chosen among narrow rows; only its few turns are then read from the wide ones
    picked = query.limit(limit).subquery("picked")
    rows = tx.execute(
        select(
            picked,
            turn.c.store_id,
            turn.c.intent,
            turn.c.reply_kind,
            turn.c.record["messages"].label("messages"),
            turn.c.record["need"]["mention"].label("mention"),
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            guide_name(),
        )
        .select_from(
            picked.join(turn, turn.c.turn_id == picked.c.turn_id)
            .outerjoin(person, is_guide())
            .outerjoin(customer, is_customer())
        )
        .order_by(picked.c.finished_at.desc(), picked.c.turn_id.desc())
    )
    return tuple(_as_turn_line(row) for row in rows)


def turn_story(tx: Connection, corp_id: str, stores: Stores, turn_id: str, moment: datetime) -> TurnStory:
    """Return one turn with everything that hangs on it; raises NotFound when it is missing or not theirs."""
    head = tx.execute(
        ours(
            select(turn.c.customer_id, turn.c.guide_folded, turn.c.finished_at, guide_name()).select_from(
                turn.outerjoin(person, is_guide())
            ),
            corp_id,
            stores,
        ).where(turn.c.turn_id == turn_id)
    ).one_or_none()
    record = None if head is None else turns.read(tx, turn_id)
    if head is None or record is None:
        raise NotFound(turn_id)
    parts = tx.execute(select(outbox).where(outbox.c.turn_id == turn_id).order_by(outbox.c.part))
    known = customer_of(tx, corp_id, stores, head.customer_id, moment)
    coupons = _granted(tx, corp_id, record, moment)
    return TurnStory(
        record=record,
        guide=head.guide_name,
        guide_userid=head.guide_folded,
        customer=known,
        parts=tuple(DeliveredPart(row.part, Delivery(row.state), row.attempts, row.detail) for row in parts),
        coupons=coupons,
        orders=_orders(tx, corp_id, stores, head, {one.order_id for one in coupons}) if known is not None else (),
        products=material.product_names(tx, corp_id, record.need.skus),
    )


def customer_of(tx: Connection, corp_id: str, stores: Stores, customer_id: str, moment: datetime) -> Customer | None:
    """The customer as her present guide knows her; a customer handed over to another store stays there."""
    row = tx.execute(
        select(customer.c.guide_folded, customer.c.store_id).where(
            customer.c.corp_id == corp_id, customer.c.customer_id == customer_id
        )
    ).one_or_none()
    if row is None or (stores is not None and row.store_id not in stores):
        return None
    return customers.customer_of_guide(tx, corp_id, row.guide_folded, customer_id, moment)


# ---- what came of it ---------------------------------------------------------------------------


def _granted(tx: Connection, corp_id: str, record: TurnRecord, moment: datetime) -> tuple[GrantedCoupon, ...]:
    held = grants.of_customer(tx, corp_id, record.need.customer_id, moment) if record.need.customer_id else ()
    mine = [one for one in reversed(held) if one.turn_id == record.turn_id]
    names = material.coupon_names(tx, corp_id, (one.coupon_id for one in mine))
    return tuple(
        GrantedCoupon(
            name=names.get(one.coupon_id, one.coupon_id),
            status=one.status,
            granted_at=one.granted_at,
            expires_at=one.expires_at,
            value_fen=one.value_fen,
            saved_fen=one.paid_fen,
            order_id=one.order_id,
        )
        for one in mine
    )


def _orders(tx: Connection, corp_id: str, stores: Stores, head: Row[Any], with_coupon: set[str]) -> tuple[Bought, ...]:
    row = till_order.c
    later = (row.ordered_at >= head.finished_at) & (row.ordered_at < head.finished_at + LATER_ORDERS)
    query = select(till_order).where(
        row.corp_id == corp_id,
        row.customer_id == head.customer_id,
        or_(later, row.order_id.in_(sorted(with_coupon))),
    )
    if stores is not None:
        query = query.where(row.store_id.in_(sorted(stores)))
    found = tx.execute(query.order_by(row.ordered_at, row.order_id).limit(_SHOWN_ORDERS))
    return tuple(
        Bought(
            order_id=one.order_id,
            ordered_at=one.ordered_at,
            store_id=one.store_id,
            paid_fen=one.paid_fen - one.refunded_fen,
            status=OrderStatus(one.status),
            with_coupon=one.order_id in with_coupon,
        )
        for one in found
    )


def _as_turn_line(row: Row[Any]) -> TurnLine:
    mention = row.mention or {}
    names = (row.customer_name or "", row.address_as or "", mention.get("name", ""))
    return TurnLine(
        turn_id=row.turn_id,
        guide=row.guide_name,
        store_id=row.store_id,
        intent=Intent(row.intent),
        reply_kind=ReplyKind(row.reply_kind),
        finished_at=row.finished_at,
        question=" / ".join(message["text"] for message in row.messages if message["text"]),
        action=ActionKind(row.action) if row.action else None,
        verdict=TurnVerdict(row.verdict),
        score=row.score,
        customer_names=tuple(name for name in names if name),
    )
