"""Sign-offs as the console shows them: what waits, oldest first, and what was decided lately."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from assistant.errors import NotFound
from assistant.store.console.scope import Stores, guide_name, is_customer, is_guide, ours
from assistant.store.signoffs import as_standing
from assistant.store.tables import customer, person, signoff, turn
from assistant.turn import SignOffStanding, SignOffStatus, TurnRecord


class SignOffLine(NamedTuple):
    """One sign-off in a list of decided ones."""

    turn_id: str
    guide: str
    store_id: str
    question: str
    standing: SignOffStanding
    decided_at: datetime
    customer_names: tuple[str, ...]


class WaitingTurn(NamedTuple):
    """A turn whose drafts wait, or waited, for a manager; ``drafts`` are the numbers of those, as the guide was shown them."""

    record: TurnRecord
    guide: str
    drafts: tuple[int, ...]
    asked_at: datetime
    decided_at: datetime | None
    standing: SignOffStanding
    customer_names: tuple[str, ...]


def waiting(
    tx: Connection, corp_id: str, stores: Stores, moment: datetime, *, after: str, limit: int
) -> tuple[WaitingTurn, ...]:
    """Those that may still be signed, oldest first, from behind the turn ``after``; raises NotFound for an unknown one."""
    query = _whole(corp_id, stores).where(
        signoff.c.corp_id == corp_id, signoff.c.status == SignOffStatus.WAITING.value, signoff.c.until > moment
    )
    if after:
        place = tx.execute(
            ours(select(signoff.c.asked_at).join(turn, turn.c.turn_id == signoff.c.turn_id), corp_id, stores).where(
                signoff.c.turn_id == after
            )
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(after)
        same_moment = and_(signoff.c.asked_at == place, signoff.c.turn_id > after)
        query = query.where(or_(signoff.c.asked_at > place, same_moment))
    rows = tx.execute(query.order_by(signoff.c.asked_at, signoff.c.turn_id).limit(limit))
    return tuple(_as_waiting(row, moment) for row in rows)


def one_signoff(tx: Connection, corp_id: str, stores: Stores, turn_id: str, moment: datetime) -> WaitingTurn:
    """The sign-off of this turn; raises NotFound when there is none or it is not theirs."""
    row = tx.execute(_whole(corp_id, stores).where(signoff.c.turn_id == turn_id)).one_or_none()
    if row is None:
        raise NotFound(turn_id)
    return _as_waiting(row, moment)


def decided(tx: Connection, corp_id: str, stores: Stores, moment: datetime, limit: int) -> tuple[SignOffLine, ...]:
    """The last that were decided, timed out or given up, newest first."""
    query = _joined(
        select(
            signoff,
            turn.c.store_id,
            turn.c.record["messages"].label("messages"),
            *_NAMES,
            guide_name(),
        ),
        corp_id,
        stores,
    ).where(signoff.c.corp_id == corp_id, signoff.c.decided_at.is_not(None))
    rows = tx.execute(query.order_by(signoff.c.decided_at.desc(), signoff.c.turn_id.desc()).limit(limit))
    return tuple(
        SignOffLine(
            turn_id=row.turn_id,
            guide=row.guide_name,
            store_id=row.store_id,
            question=" / ".join(message["text"] for message in row.messages if message["text"]),
            standing=as_standing(row, row.decider_name, moment),
            decided_at=row.decided_at,
            customer_names=_names(row),
        )
        for row in rows
    )


# ---- how the tables hang together --------------------------------------------------------------

_DECIDER = person.alias("decider")
_NAMES = (
    func.coalesce(_DECIDER.c.name, signoff.c.decided_by).label("decider_name"),
    customer.c.name.label("customer_name"),
    customer.c.address_as,
)


def _whole(corp_id: str, stores: Stores) -> Select[Any]:
    return _joined(select(signoff, turn.c.record, *_NAMES, guide_name()), corp_id, stores)


def _joined(query: Select[Any], corp_id: str, stores: Stores) -> Select[Any]:
    decides = and_(_DECIDER.c.corp_id == signoff.c.corp_id, _DECIDER.c.userid_folded == signoff.c.decided_by)
    tables = (
        signoff.join(turn, turn.c.turn_id == signoff.c.turn_id)
        .outerjoin(person, is_guide())
        .outerjoin(_DECIDER, decides)
        .outerjoin(customer, is_customer())
    )
    return ours(query.select_from(tables), corp_id, stores)


def _as_waiting(row: Row[Any], moment: datetime) -> WaitingTurn:
    return WaitingTurn(
        record=TurnRecord.model_validate_json(json.dumps(row.record)),
        guide=row.guide_name,
        drafts=tuple(row.drafts),
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        standing=as_standing(row, row.decider_name, moment),
        customer_names=_names(row),
    )


def _names(row: Row[Any]) -> tuple[str, ...]:
    return tuple(name for name in (row.customer_name, row.address_as) if name)
