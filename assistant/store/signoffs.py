"""The life of a sign-off: asked for with its turn, then signed, refused, timed out or no longer waited for, once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, select, true, update

from assistant.store.tables import person, signoff
from assistant.turn import SignOffStanding, SignOffStatus

SWEPT_AT_ONCE = 100


class Decision(NamedTuple):
    """A manager's word. ``signed`` are the numbers of the drafts that may go out; none means that she refused all."""

    by: str
    signed: tuple[int, ...]
    reason: str = ""
    advice: str = ""


class TimedOut(NamedTuple):
    """A sign-off that nobody answered in time, with the numbers of the drafts that waited."""

    turn_id: str
    drafts: tuple[int, ...]
    until: datetime


def ask(
    tx: Connection,
    corp_id: str,
    turn_id: str,
    conversation_id: str,
    *,
    drafts: Iterable[int],
    moment: datetime,
    until: datetime,
) -> None:
    """Lay a turn's waiting drafts before its managers; a turn is laid before them once."""
    tx.execute(
        insert(signoff).values(
            turn_id=turn_id,
            corp_id=corp_id,
            conversation_id=conversation_id,
            status=SignOffStatus.WAITING.value,
            drafts=list(drafts),
            asked_at=moment,
            until=until,
            decided_at=None,
            decided_by="",
            signed=[],
            reason="",
            advice="",
        )
    )


def standing(tx: Connection, turn_id: str, moment: datetime, *, as_then: bool = False) -> SignOffStanding | None:
    """Where a turn's sign-off stands at this moment, None where none was asked for.

    Past its end it has timed out, whether or not anybody has written that down yet. ``as_then`` leaves out what was
    decided after the moment, as a replay needs it.
    """
    decider = person.alias("decider")
    row = tx.execute(
        select(signoff, func.coalesce(decider.c.name, signoff.c.decided_by).label("decider_name"))
        .outerjoin(
            decider, and_(decider.c.corp_id == signoff.c.corp_id, decider.c.userid_folded == signoff.c.decided_by)
        )
        .where(signoff.c.turn_id == turn_id)
    ).one_or_none()
    return None if row is None else as_standing(row, row.decider_name, moment, as_then=as_then)


def as_standing(row: Row[Any], decider: str, moment: datetime, *, as_then: bool = False) -> SignOffStanding:
    """A row of the table as it stands at a moment."""
    if row.decided_at is not None and (not as_then or row.decided_at <= moment):
        return SignOffStanding(
            status=SignOffStatus(row.status),
            until=row.until,
            signed=tuple(row.signed),
            by=decider,
            reason=row.reason,
            advice=row.advice,
        )
    status = SignOffStatus.TIMED_OUT if row.until <= moment else SignOffStatus.WAITING
    return SignOffStanding(status=status, until=row.until)


def latest_signed(tx: Connection, conversation_id: str, until: datetime | None = None) -> str:
    """The turn of a conversation whose drafts were signed last, up to a moment where one is given; empty where none was."""
    found = tx.execute(
        select(signoff.c.turn_id)
        .where(
            signoff.c.conversation_id == conversation_id,
            signoff.c.status == SignOffStatus.SIGNED.value,
            signoff.c.decided_at <= until if until is not None else true(),
        )
        .order_by(signoff.c.decided_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    return str(found or "")


def decide(tx: Connection, turn_id: str, decision: Decision, moment: datetime) -> bool:
    """Write a manager's word; False when somebody else's stands already, or the time is over, and nothing is written."""
    status = SignOffStatus.SIGNED if decision.signed else SignOffStatus.REFUSED
    changed = tx.execute(
        update(signoff)
        .where(
            signoff.c.turn_id == turn_id,
            signoff.c.status == SignOffStatus.WAITING.value,
            signoff.c.until > moment,
        )
        .values(
            status=status.value,
            decided_at=moment,
            decided_by=decision.by.lower(),
            signed=list(decision.signed),
            reason=decision.reason,
            advice=decision.advice,
        )
    )
    return changed.rowcount == 1


def withdraw(tx: Connection, turn_id: str, moment: datetime) -> bool:
    """Wait no longer: the guide has answered her customer otherwise. False when nothing was waiting any more."""
    changed = tx.execute(
        update(signoff)
        .where(signoff.c.turn_id == turn_id, signoff.c.status == SignOffStatus.WAITING.value)
        .values(status=SignOffStatus.WITHDRAWN.value, decided_at=moment)
    )
    return changed.rowcount == 1


def expire_due(tx: Connection, corp_id: str, moment: datetime, at_most: int = SWEPT_AT_ONCE) -> tuple[TimedOut, ...]:
    """Write down which sign-offs nobody answered in time; each is returned once. Call it again while it returns ``at_most``."""
    due = tx.execute(
        select(signoff.c.turn_id, signoff.c.drafts, signoff.c.until)
        .where(
            signoff.c.corp_id == corp_id,
            signoff.c.status == SignOffStatus.WAITING.value,
            signoff.c.until <= moment,
        )
        .order_by(signoff.c.asked_at)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    ).all()
    if due:
        tx.execute(
            update(signoff)
            .where(signoff.c.turn_id.in_([row.turn_id for row in due]))
            .values(status=SignOffStatus.TIMED_OUT.value, decided_at=moment)
        )
    return tuple(TimedOut(row.turn_id, tuple(row.drafts), row.until) for row in due)
