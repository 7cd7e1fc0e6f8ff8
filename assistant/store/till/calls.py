"""The log of calls to the till's API: which key called what and how it was answered; never what was sent.

Kept at least six months (网络安全法第二十三条：网络日志留存不少于六个月).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from assistant.store.tables import till_call

KEPT = timedelta(days=200)


class Call(NamedTuple):
    """One call. ``route`` is as declared, ``error`` the refusal's code, ``event_id`` what it told; both may be empty."""

    key_id: str
    method: str
    route: str
    status: int
    error: str
    event_id: str
    at: datetime


def write(tx: Connection, corp_id: str, call: Call) -> None:
    """Add one call."""
    tx.execute(insert(till_call).values(corp_id=corp_id, **call._asdict()))


def latest(tx: Connection, corp_id: str, limit: int, key_id: str = "") -> tuple[Call, ...]:
    """The last calls, of one key when it is named, newest first."""
    asked = select(*(till_call.c[name] for name in Call._fields)).where(till_call.c.corp_id == corp_id)
    if key_id:
        asked = asked.where(till_call.c.key_id == key_id)
    rows = tx.execute(asked.order_by(till_call.c.number.desc()).limit(limit))
    return tuple(Call(**row._mapping) for row in rows)


def last_of_keys(tx: Connection, corp_id: str) -> dict[str, datetime]:
    """When each key was used last; one that was never used is not there."""
    rows = tx.execute(
        select(till_call.c.key_id, func.max(till_call.c.at).label("at"))
        .where(till_call.c.corp_id == corp_id)
        .group_by(till_call.c.key_id)
    )
    return {row.key_id: row.at for row in rows}


def forget_old(tx: Connection, corp_id: str, moment: datetime) -> int:
    """Delete what is older than it has to be kept; returns how many."""
    old = delete(till_call).where(till_call.c.corp_id == corp_id, till_call.c.at < moment - KEPT)
    return tx.execute(old).rowcount
