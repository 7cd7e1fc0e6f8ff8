"""The list of turns and one turn whole."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from assistant.errors import NotFound
from assistant.seams import SendState
from assistant.shop import Customer
from assistant.store import customers, turns
from assistant.store.console.scope import (
    Stores,
    guide_name,
    is_customer,
    is_guide,
    is_unsent,
    newest_action,
    ours,
    page_of,
)
from assistant.store.outbox import PENDING, SENDING
from assistant.store.tables import customer, outbox, person, turn
from assistant.turn import ActionKind, Intent, ReplyKind, TurnRecord
from knowledge.noun import Labelled


class Delivery(Labelled):
    """Where one part of a reply stands on its way to the guide."""

    PENDING = PENDING, "待发送"
    SENDING = SENDING, "发送中"
    SENT = SendState.SENT.value, SendState.SENT.label
    FAILED = SendState.FAILED.value, SendState.FAILED.label
    UNKNOWN = SendState.UNKNOWN.value, SendState.UNKNOWN.label


class TurnFilter(NamedTuple):
    """Which turns to list; an empty word does not restrict. ``action`` is an ActionKind or ``none``."""

    store_id: str = ""
    intent: str = ""
    action: str = ""
    unsent: bool = False


class TurnLine(NamedTuple):
    """One line of the list of turns. ``action`` is None while the guide has not said anything."""

    turn_id: str
    guide: str
    store_id: str
    intent: Intent
    reply_kind: ReplyKind
    finished_at: datetime
    question: str
    action: ActionKind | None
    customer_names: tuple[str, ...]


class DeliveredPart(NamedTuple):
    """One part of a reply on its way."""

    part: int
    delivery: Delivery
    attempts: int
    detail: str


class TurnStory(NamedTuple):
    """One turn whole. ``customer`` is None unless the customer belongs to a store this reader answers for."""

    record: TurnRecord
    guide: str
    customer: Customer | None
    parts: tuple[DeliveredPart, ...]


NO_ACTION = "none"


def turn_lines(
    tx: Connection, corp_id: str, stores: Stores, wanted: TurnFilter, *, before: str, limit: int
) -> tuple[TurnLine, ...]:
    """The newest turns older than the turn ``before`` (empty: the newest of all); raises NotFound for an unknown one."""
    newest = newest_action()
    query = ours(
        select(
            turn.c.turn_id,
            turn.c.store_id,
            turn.c.intent,
            turn.c.reply_kind,
            turn.c.finished_at,
            turn.c.record["messages"].label("messages"),
            turn.c.record["need"]["mention"].label("mention"),
            newest.label("action_kind"),
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            guide_name(),
        ).select_from(turn.outerjoin(person, is_guide()).outerjoin(customer, is_customer())),
        corp_id,
        stores,
    )
    if wanted.store_id:
        query = query.where(turn.c.store_id == wanted.store_id)
    if wanted.intent:
        query = query.where(turn.c.intent == wanted.intent)
    if wanted.action:
        query = query.where(newest.is_(None) if wanted.action == NO_ACTION else newest == wanted.action)
    if wanted.unsent:
        query = query.where(is_unsent())
    rows = tx.execute(page_of(tx, query, corp_id, stores, before, limit))
    return tuple(_as_turn_line(row) for row in rows)


def turn_story(tx: Connection, corp_id: str, stores: Stores, turn_id: str, moment: datetime) -> TurnStory:
    """Return one turn with everything that hangs on it; raises NotFound when it is missing or not theirs."""
    head = tx.execute(
        ours(
            select(turn.c.customer_id, turn.c.guide_folded, guide_name()).select_from(
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
    return TurnStory(
        record=record,
        guide=head.guide_name,
        customer=_customer_of(tx, corp_id, stores, head.customer_id, moment),
        parts=tuple(DeliveredPart(row.part, Delivery(row.state), row.attempts, row.detail) for row in parts),
    )


def _customer_of(tx: Connection, corp_id: str, stores: Stores, customer_id: str, moment: datetime) -> Customer | None:
    """The customer as her present guide knows her; a customer handed over to another store stays there."""
    row = tx.execute(
        select(customer.c.guide_folded, customer.c.store_id).where(
            customer.c.corp_id == corp_id, customer.c.customer_id == customer_id
        )
    ).one_or_none()
    if row is None or (stores is not None and row.store_id not in stores):
        return None
    return customers.customer_of_guide(tx, corp_id, row.guide_folded, customer_id, moment)


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
        action=ActionKind(row.action_kind) if row.action_kind else None,
        customer_names=tuple(name for name in names if name),
    )
