"""What is to be told to the shop's own systems: written with the event, sent afterwards, tried again until it arrives."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from assistant.store.tables import webhook_outbox
from knowledge.noun import Labelled

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
REMEMBERED = timedelta(days=30)
MOST_ATTEMPTS = 15
"""About two days: whoever is away longer asks for the orders instead."""


class WebhookState(Labelled):
    """Where a message to another system stands."""

    PENDING = "pending", "待发送"
    SENT = "sent", "已送达"
    GIVEN_UP = "given-up", "多次失败，不再发送"


class Waiting(NamedTuple):
    """A message that is due, with its body as it is signed and sent."""

    event_id: str
    body: str
    attempts: int


def put(tx: Connection, corp_id: str, event_id: str, body: str, moment: datetime) -> None:
    """Lay a message out; one for each event."""
    tx.execute(
        insert(webhook_outbox).values(
            corp_id=corp_id,
            event_id=event_id,
            body=body,
            state=WebhookState.PENDING.value,
            attempts=0,
            due_at=moment,
            detail="",
        )
    )


def take_due(tx: Connection, corp_id: str, moment: datetime, limit: int) -> tuple[Waiting, ...]:
    """Messages that are due, oldest first. Each counts as tried from here on: a process that dies tries it later.

    Those that arrived long ago go.
    """
    arrived = webhook_outbox.c.state == WebhookState.SENT.value
    old = webhook_outbox.c.due_at < moment - REMEMBERED
    tx.execute(delete(webhook_outbox).where(webhook_outbox.c.corp_id == corp_id, arrived, old))
    rows = tx.execute(
        select(webhook_outbox.c.event_id, webhook_outbox.c.body, webhook_outbox.c.attempts)
        .where(
            webhook_outbox.c.corp_id == corp_id,
            webhook_outbox.c.state == WebhookState.PENDING.value,
            webhook_outbox.c.due_at <= moment,
        )
        .order_by(webhook_outbox.c.due_at, webhook_outbox.c.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    taken = []
    for row in rows:
        attempts = row.attempts + 1
        _change(tx, corp_id, row.event_id, attempts=attempts, due_at=moment + wait_after(attempts))
        taken.append(Waiting(row.event_id, row.body, attempts))
    return tuple(taken)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def mark(tx: Connection, corp_id: str, message: Waiting, *, arrived: bool, detail: str) -> None:
    """Write what came of an attempt; ``detail`` is a status or the kind of error, never a body."""
    state = WebhookState.SENT if arrived else WebhookState.PENDING
    if not arrived and message.attempts >= MOST_ATTEMPTS:
        state = WebhookState.GIVEN_UP
    _change(tx, corp_id, message.event_id, state=state.value, detail=detail)


def counts(tx: Connection, corp_id: str) -> dict[WebhookState, int]:
    """How many messages stand where."""
    rows = tx.execute(
        select(webhook_outbox.c.state, func.count().label("number"))
        .where(webhook_outbox.c.corp_id == corp_id)
        .group_by(webhook_outbox.c.state)
    )
    return {WebhookState(row.state): row.number for row in rows}


def _change(tx: Connection, corp_id: str, event_id: str, **values: object) -> None:
    tx.execute(
        update(webhook_outbox)
        .where(webhook_outbox.c.corp_id == corp_id, webhook_outbox.c.event_id == event_id)
        .values(**values)
    )
