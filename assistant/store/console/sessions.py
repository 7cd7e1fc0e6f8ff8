"""Logins: a link used once, a session kept here."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from assistant.store.tables import used_login


class ConsoleSession(NamedTuple):
    """A login and how long it has been used; ``ended_at`` is set by logging out."""

    userid: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None


def begin_session(tx: Connection, corp_id: str, nonce: str, userid: str, digest: str, moment: datetime) -> None:
    """Use a login link up and open its session; raises AlreadyThere when the link was used before."""
    tx.execute(
        insert(used_login).values(
            nonce=nonce,
            corp_id=corp_id,
            userid_folded=userid.lower(),
            session_digest=digest,
            began_at=moment,
            seen_at=moment,
        )
    )


def session(tx: Connection, corp_id: str, digest: str) -> ConsoleSession | None:
    """Return the session with this digest, whether it still holds or not."""
    row = tx.execute(
        select(used_login).where(used_login.c.corp_id == corp_id, used_login.c.session_digest == digest)
    ).one_or_none()
    return None if row is None else ConsoleSession(row.userid_folded, row.began_at, row.seen_at, row.ended_at)


def touch_session(tx: Connection, digest: str, moment: datetime) -> None:
    """Remember that the session was used."""
    tx.execute(update(used_login).where(used_login.c.session_digest == digest).values(seen_at=moment))


def end_session(tx: Connection, digest: str, moment: datetime) -> None:
    """Log out."""
    tx.execute(update(used_login).where(used_login.c.session_digest == digest).values(ended_at=moment))
