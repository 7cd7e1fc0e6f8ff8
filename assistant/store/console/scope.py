"""How a query of the console is held to the corp and to the stores handed in.

``stores`` always comes from ``access.access_stores``: None means every store, an empty set means nothing.
A row outside it is treated as missing: NotFound, or simply not listed.
"""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from assistant.errors import NotFound
from assistant.seams import SendState
from assistant.store.tables import action, customer, outbox, person, turn

Stores = frozenset[str] | None
_Query = TypeVar("_Query", bound=Select[Any])
_UNSENT = (SendState.FAILED.value, SendState.UNKNOWN.value)


def ours(query: _Query, corp_id: str, stores: Stores) -> _Query:
    """Hold a query over turns to the corp and to these stores."""
    query = query.where(turn.c.corp_id == corp_id)
    return query if stores is None else query.where(turn.c.store_id.in_(sorted(stores)))


def page_of(tx: Connection, query: Select[Any], corp_id: str, stores: Stores, before: str, limit: int) -> Select[Any]:
    """Newest turns first from a place in the list: the page stays right while new turns arrive."""
    if before:
        place = tx.execute(
            ours(select(turn.c.finished_at), corp_id, stores).where(turn.c.turn_id == before)
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        same_moment = and_(turn.c.finished_at == place, turn.c.turn_id < before)
        query = query.where(or_(turn.c.finished_at < place, same_moment))
    return query.order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc()).limit(limit)


def newest_action() -> Any:
    return (
        select(action.c.kind)
        .where(action.c.turn_id == turn.c.turn_id)
        .order_by(action.c.number.desc())
        .limit(1)
        .correlate(turn)
        .scalar_subquery()
    )


def is_unsent() -> ColumnElement[bool]:
    return (
        select(outbox.c.turn_id)
        .where(outbox.c.turn_id == turn.c.turn_id, outbox.c.state.in_(_UNSENT))
        .correlate(turn)
        .exists()
    )


def is_guide() -> ColumnElement[bool]:
    return and_(person.c.corp_id == turn.c.corp_id, person.c.userid_folded == turn.c.guide_folded)


def is_customer() -> ColumnElement[bool]:
    return and_(customer.c.corp_id == turn.c.corp_id, customer.c.customer_id == turn.c.customer_id)


def guide_name() -> ColumnElement[str]:
    return func.coalesce(person.c.name, turn.c.guide_folded).label("guide_name")
