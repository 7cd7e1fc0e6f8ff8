"""What guides and managers are told unasked: a message that answers none of theirs, put once by its key, sent once.

It is put in the transaction of the deed it tells of; the service sends it within seconds (``app.tell``). Its states are
those of a reply's parts (``store/outbox.py``).
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from assistant.seams import Receipt, SendState
from assistant.store.database import upsert
from assistant.store.outbox import PENDING, SENDING
from assistant.store.tables import notice

_WAITING = (PENDING, SENDING)
_AT_ONCE = 200


class Notice(NamedTuple):
    """One message to one person. ``number`` names it for good; ``state`` is of the outbox's."""

    number: int
    key: str
    userid: str
    text: str
    state: str
    attempts: int
    detail: str


def put(tx: Connection, corp_id: str, userid: str, text: str, key: str, moment: datetime) -> bool:
    """Lay a message out for sending; False when one with this key was there already, and nothing is done.

    ``key`` says what it is about (``task:TK1:start:lin``). WeCom shows at most 2,048 bytes of ``text``.
    """
    row = {
        "userid": userid,
        "text": text,
        "state": PENDING,
        "attempts": 0,
        "message_id": "",
        "detail": "",
        "made_at": moment,
    }
    written = tx.execute(
        upsert(tx, notice).values(corp_id=corp_id, key=key, **row).on_conflict_do_nothing().returning(notice.c.number)
    ).scalar_one_or_none()
    return written is not None


def unsent(tx: Connection, corp_id: str) -> tuple[Notice, ...]:
    """Those not known to have arrived, oldest first: never tried, or tried when the process died."""
    query = select(notice).where(notice.c.corp_id == corp_id, notice.c.state.in_(_WAITING))
    return tuple(_as_notice(row) for row in tx.execute(query.order_by(notice.c.number).limit(_AT_ONCE)))


def waiting(tx: Connection, number: int) -> Notice | None:
    """The notice of this number while it has still to be sent, None once it is settled."""
    row = tx.execute(select(notice).where(notice.c.number == number, notice.c.state.in_(_WAITING))).one_or_none()
    return None if row is None else _as_notice(row)


def mark_sending(tx: Connection, number: int) -> None:
    """Say that a call is about to leave, so that a crash in between is seen afterwards."""
    tx.execute(update(notice).where(notice.c.number == number).values(state=SENDING, attempts=notice.c.attempts + 1))


def mark(tx: Connection, number: int, receipt: Receipt) -> None:
    """Write what WeCom answered."""
    tx.execute(
        update(notice)
        .where(notice.c.number == number)
        .values(state=receipt.state.value, message_id=receipt.message_id, detail=receipt.detail)
    )


def not_told(tx: Connection, corp_id: str, key_begins: str) -> tuple[Notice, ...]:
    """Those about one thing (its key begins so) that did not arrive, or nobody knows whether."""
    failed = (SendState.FAILED.value, SendState.UNKNOWN.value)
    query = select(notice).where(
        notice.c.corp_id == corp_id, notice.c.state.in_(failed), notice.c.key.startswith(key_begins, autoescape=True)
    )
    return tuple(_as_notice(row) for row in tx.execute(query.order_by(notice.c.number)))


def forget_old(tx: Connection, corp_id: str, before: datetime, at_once: int) -> int:
    """Remove the oldest ones made before a moment, sent or not: nobody is told of them any more. Returns how many."""
    old = select(notice.c.number).where(notice.c.corp_id == corp_id, notice.c.made_at < before)
    numbers = tx.execute(old.order_by(notice.c.number).limit(at_once)).scalars().all()
    tx.execute(delete(notice).where(notice.c.number.in_(numbers)))
    return len(numbers)


def _as_notice(row: Row[Any]) -> Notice:
    return Notice(row.number, row.key, row.userid, row.text, row.state, row.attempts, row.detail)
