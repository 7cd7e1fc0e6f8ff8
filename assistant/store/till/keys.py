"""Keys of the till's API. Only a digest of the secret is kept: it is shown once, when the key is made."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from assistant.sold import KeyScope
from assistant.store.tables import api_key

_NOBODYS = sha256(b"").hexdigest()


class Key(NamedTuple):
    """A key without its secret. ``revoked_at`` is None while it opens."""

    key_id: str
    name: str
    scopes: frozenset[KeyScope]
    created_at: datetime
    revoked_at: datetime | None


def make(tx: Connection, corp_id: str, name: str, scopes: Iterable[KeyScope], moment: datetime) -> str:
    """Make a key and return it whole, ``key_id.secret``; nobody can read it again."""
    key_id, secret = f"dk_{token_hex(8)}", token_urlsafe(32)
    tx.execute(
        insert(api_key).values(
            key_id=key_id,
            corp_id=corp_id,
            digest=sha256(secret.encode()).hexdigest(),
            name=name,
            scopes=sorted(scope.value for scope in scopes),
            created_at=moment,
        )
    )
    return f"{key_id}.{secret}"


def find(tx: Connection, corp_id: str, token: str) -> Key | None:
    """The key that a token opens, None for any other; an unknown id takes as long as a wrong secret."""
    key_id, _, secret = token.partition(".")
    row = tx.execute(select(api_key).where(api_key.c.corp_id == corp_id, api_key.c.key_id == key_id)).one_or_none()
    expected = row.digest if row is not None else _NOBODYS
    fits = hmac.compare_digest(expected, sha256(secret.encode(errors="surrogatepass")).hexdigest())
    if row is None or not fits or row.revoked_at is not None:
        return None
    return Key(row.key_id, row.name, frozenset(KeyScope(one) for one in row.scopes), row.created_at, row.revoked_at)


def every(tx: Connection, corp_id: str) -> tuple[Key, ...]:
    """All keys of the corp, those that were revoked too, oldest first."""
    rows = tx.execute(
        select(api_key).where(api_key.c.corp_id == corp_id).order_by(api_key.c.created_at, api_key.c.key_id)
    )
    return tuple(
        Key(row.key_id, row.name, frozenset(KeyScope(one) for one in row.scopes), row.created_at, row.revoked_at)
        for row in rows
    )


def revoke(tx: Connection, corp_id: str, key_id: str, moment: datetime) -> bool:
    """Close a key for good; False when there is none, or it was closed before."""
    done = tx.execute(
        update(api_key)
        .where(api_key.c.corp_id == corp_id, api_key.c.key_id == key_id, api_key.c.revoked_at.is_(None))
        .values(revoked_at=moment)
    )
    return done.rowcount == 1
