"""What the till's API answered under an Idempotency-Key, so that a request sent again is answered the same."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from assistant.store.tables import till_answer

REMEMBERED = timedelta(days=30)
"""Long after any till gives up sending again; the event's own id still makes a repeat harmless then."""


class KeptAnswer(NamedTuple):
    """An answer given before, and the digest of the request it was given to."""

    digest: str
    answer: dict[str, Any]


def find(tx: Connection, corp_id: str, key_id: str, idempotency_key: str) -> KeptAnswer | None:
    """What was answered to this key's request, None when it was not heard before."""
    row = tx.execute(
        select(till_answer.c.digest, till_answer.c.answer).where(
            till_answer.c.corp_id == corp_id,
            till_answer.c.key_id == key_id,
            till_answer.c.idempotency_key == idempotency_key,
        )
    ).one_or_none()
    return None if row is None else KeptAnswer(row.digest, row.answer)


def keep(tx: Connection, corp_id: str, key_id: str, idempotency_key: str, kept: KeptAnswer, moment: datetime) -> None:
    """Keep an answer, in the same transaction as what it tells of; those nobody will ask for again go."""
    tx.execute(delete(till_answer).where(till_answer.c.corp_id == corp_id, till_answer.c.at < moment - REMEMBERED))
    tx.execute(
        insert(till_answer).values(
            corp_id=corp_id,
            key_id=key_id,
            idempotency_key=idempotency_key,
            digest=kept.digest,
            answer=kept.answer,
            at=moment,
        )
    )
