"""How a query of the console is held to the corp and to the stores handed in.

``stores`` always comes from ``access.access_stores``: None means every store, an empty set means nothing.
A row outside it is treated as missing: NotFound, or simply not listed.
"""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, select

from assistant.seams import SendState
from assistant.store.tables import customer, outbox, person, turn

Stores = frozenset[str] | None
_Query = TypeVar("_Query", bound=Select[Any])
_UNSENT = (SendState.FAILED.value, SendState.UNKNOWN.value)


def ours(query: _Query, corp_id: str, stores: Stores) -> _Query:
    """Hold a query over turns to the corp and to these stores."""
    query = query.where(turn.c.corp_id == corp_id)
    return query if stores is None else query.where(turn.c.store_id.in_(sorted(stores)))


def unsent_turns() -> Select[tuple[str]]:
    """The turns of which a part did not reach its guide, or may not have: few among many."""
    return select(outbox.c.turn_id).where(outbox.c.state.in_(_UNSENT))


def is_guide() -> ColumnElement[bool]:
    return and_(person.c.corp_id == turn.c.corp_id, person.c.userid_folded == turn.c.guide_folded)


def is_customer() -> ColumnElement[bool]:
    return and_(customer.c.corp_id == turn.c.corp_id, customer.c.customer_id == turn.c.customer_id)


def guide_name() -> ColumnElement[str]:
    return func.coalesce(person.c.name, turn.c.guide_folded).label("guide_name")
