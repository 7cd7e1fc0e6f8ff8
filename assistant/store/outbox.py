"""Replies on their way out: written in the same transaction as the turn, sent afterwards, each part once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from assistant.seams import Receipt, SendState
from assistant.store.tables import outbox, turn

PENDING = "pending"
SENDING = "sending"
# WeCom takes equal words within half an hour for a repeat; a reply may wait a while before it is sent
REMEMBERED = timedelta(hours=2)


class Part(NamedTuple):
    """One message of a reply and where it stands."""

    turn_id: str
    part: int
    userid: str
    text: str
    state: str
    said_before: bool = False


class UnsentTurn(NamedTuple):
    """A turn whose reply is not out yet."""

    turn_id: str
    conversation_id: str


def put(tx: Connection, corp_id: str, turn_id: str, userid: str, texts: Sequence[str], first: int = 0) -> None:
    """Lay a reply's parts out for sending, numbered from ``first``; a (turn, part) can be laid out once."""
    rows = [
        {
            "turn_id": turn_id,
            "part": number,
            "corp_id": corp_id,
            "userid": userid,
            "text": text,
            "state": PENDING,
            "attempts": 0,
            "message_id": "",
            "detail": "",
        }
        for number, text in enumerate(texts, start=first)
    ]
    if rows:
        tx.execute(insert(outbox), rows)


def add(tx: Connection, corp_id: str, turn_id: str, userid: str, texts: Sequence[str]) -> None:
    """Lay out further parts behind those of a turn that are there: what became known after its reply.

    The caller holds what keeps two from adding at once (a changed row of the turn's own).
    """
    last = tx.execute(select(func.max(outbox.c.part)).where(outbox.c.turn_id == turn_id)).scalar_one()
    put(tx, corp_id, turn_id, userid, texts, first=0 if last is None else last + 1)


def unsent(tx: Connection, turn_id: str) -> tuple[Part, ...]:
    """Parts not known to have arrived, in order: never tried, or tried when the process died."""
    rows = tx.execute(
        select(outbox)
        .where(outbox.c.turn_id == turn_id, outbox.c.state.in_([PENDING, SENDING]))
        .order_by(outbox.c.part)
    ).all()
    said = _said_lately(tx, turn_id) if rows else frozenset()
    return tuple(Part(row.turn_id, row.part, row.userid, row.text, row.state, row.text in said) for row in rows)


def _said_lately(tx: Connection, turn_id: str) -> frozenset[str]:
    """What other turns of this conversation were sent since before WeCom would forget it."""
    this = tx.execute(select(turn.c.conversation_id, turn.c.finished_at).where(turn.c.turn_id == turn_id)).one()
    return frozenset(
        tx.execute(
            select(outbox.c.text)
            .join(turn, turn.c.turn_id == outbox.c.turn_id)
            .where(
                turn.c.conversation_id == this.conversation_id,
                turn.c.finished_at > this.finished_at - REMEMBERED,
                turn.c.turn_id != turn_id,
                outbox.c.state == SendState.SENT.value,
            )
        ).scalars()
    )


def all_unsent(tx: Connection) -> tuple[UnsentTurn, ...]:
    """Turns with parts still to send, for the sweep at start."""
    rows = tx.execute(
        select(outbox.c.turn_id, turn.c.conversation_id)
        .join(turn, turn.c.turn_id == outbox.c.turn_id)
        .where(outbox.c.state.in_([PENDING, SENDING]))
        .distinct()
    )
    return tuple(UnsentTurn(row.turn_id, row.conversation_id) for row in rows)


def mark_sending(tx: Connection, part: Part) -> None:
    """Say that a call is about to leave, so that a crash in between is seen afterwards."""
    tx.execute(
        update(outbox)
        .where(outbox.c.turn_id == part.turn_id, outbox.c.part == part.part)
        .values(state=SENDING, attempts=outbox.c.attempts + 1)
    )


def mark(tx: Connection, part: Part, receipt: Receipt) -> None:
    """Write what WeCom answered."""
    tx.execute(
        update(outbox)
        .where(outbox.c.turn_id == part.turn_id, outbox.c.part == part.part)
        .values(state=receipt.state.value, message_id=receipt.message_id, detail=receipt.detail)
    )


class Failure(NamedTuple):
    """Why parts did not arrive, and how many: ``detail`` is what the channel said."""

    state: SendState
    detail: str
    parts: int


def failures(tx: Connection, corp_id: str, limit: int) -> tuple[Failure, ...]:
    """Why replies did not reach their guide, the most frequent reason first."""
    number = func.count().label("number")
    unsent = (SendState.FAILED.value, SendState.UNKNOWN.value)
    rows = tx.execute(
        select(outbox.c.state, outbox.c.detail, number)
        .where(outbox.c.corp_id == corp_id, outbox.c.state.in_(unsent))
        .group_by(outbox.c.state, outbox.c.detail)
        .order_by(number.desc(), outbox.c.detail)
        .limit(limit)
    )
    return tuple(Failure(SendState(row.state), row.detail, row.number) for row in rows)
