"""Logins: a link used once, a session kept here."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from assistant.store.tables import spent_state, used_login
from knowledge.noun import Labelled


class Way(Labelled):
    """How somebody came in."""

    LINK = "link", "登录链接"
    WECOM = "wecom", "企业微信"
    DEMO = "demo", "演示入口"


class ConsoleSession(NamedTuple):
    """A login and how long it has been used; ``ended_at`` is set by logging out."""

    userid: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None


def begin_session(
    tx: Connection, corp_id: str, nonce: str, userid: str, digest: str, moment: datetime, way: Way = Way.LINK
) -> None:
    """Use a login up and open its session; raises AlreadyThere when the link or state was used before."""
    tx.execute(
        insert(used_login).values(
            nonce=nonce,
            corp_id=corp_id,
            userid_folded=userid.lower(),
            session_digest=digest,
            began_at=moment,
            seen_at=moment,
            way=way.value,
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


def came_by(tx: Connection, corp_id: str, way: Way) -> bool:
    """Say whether anybody ever came in this way."""
    asked = select(used_login.c.nonce).where(used_login.c.corp_id == corp_id, used_login.c.way == way.value).limit(1)
    return tx.execute(asked).first() is not None


def forget_logins(tx: Connection, corp_id: str, before: datetime, at_once: int) -> int:
    """Remove sessions not used since a moment, which is long after they ended; returns how many.

    Everybody's newest one of each way stays: by it the console knows when she came in last, and that WeCom has worked.
    """
    later = used_login.alias("later")
    newer = (
        select(later.c.nonce)
        .where(
            later.c.corp_id == used_login.c.corp_id,
            later.c.userid_folded == used_login.c.userid_folded,
            later.c.way == used_login.c.way,
            tuple_(later.c.began_at, later.c.nonce) > tuple_(used_login.c.began_at, used_login.c.nonce),
        )
        .correlate(used_login)
        .exists()
    )
    last_used = func.coalesce(used_login.c.ended_at, used_login.c.seen_at)
    old = select(used_login.c.nonce).where(used_login.c.corp_id == corp_id, last_used < before, newer)
    nonces = tx.execute(old.limit(at_once)).scalars().all()
    tx.execute(delete(used_login).where(used_login.c.nonce.in_(nonces)))
    return len(nonces)


def spend_state(tx: Connection, corp_id: str, digest: str, moment: datetime) -> None:
    """Use a login state up, whatever comes of the login; raises AlreadyThere the second time."""
    tx.execute(insert(spent_state).values(digest=digest, corp_id=corp_id, spent_at=moment))


def forget_states(tx: Connection, corp_id: str, before: datetime) -> int:
    """Remove states spent before a moment: they are too old to be used anyway. Returns how many."""
    old = (spent_state.c.corp_id == corp_id, spent_state.c.spent_at < before)
    return tx.execute(delete(spent_state).where(*old)).rowcount
