"""Who may see what, in one file. Forbidden and missing look the same: NotFound.

Roles and scope come from the directory on the server (safety A10); nothing here reads a request.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from assistant.errors import NotFound
from assistant.seams import Reader
from assistant.shop import Customer, CustomerCard, Person, Role
from assistant.store import customers, material
from assistant.store.tables import person
from knowledge.passage import Passage


def access_person(tx: Connection, corp_id: str, userid: str) -> Person:
    """Return an active person of the corp; userids are compared without case (WeCom returns them lower-cased)."""
    row = tx.execute(
        select(person).where(person.c.corp_id == corp_id, person.c.userid_folded == userid.lower())
    ).one_or_none()
    if row is None or not row.active:
        raise NotFound(userid)
    return _as_person(row)


def access_guides(tx: Connection, corp_id: str) -> tuple[Person, ...]:
    """Every active guide of the corp, by userid."""
    return _people(tx, corp_id, (Role.GUIDE,))


def access_managers(tx: Connection, corp_id: str) -> tuple[Person, ...]:
    """Every active manager and admin of the corp, by userid."""
    return _people(tx, corp_id, (Role.MANAGER, Role.ADMIN))


def _people(tx: Connection, corp_id: str, roles: tuple[Role, ...]) -> tuple[Person, ...]:
    wanted = [role.value for role in roles]
    rows = tx.execute(
        select(person)
        .where(person.c.corp_id == corp_id, person.c.role.in_(wanted), person.c.active)
        .order_by(person.c.userid)
    )
    return tuple(_as_person(row) for row in rows)


def _as_person(row: Row[Any]) -> Person:
    return Person(
        userid=row.userid,
        name=row.name,
        role=Role(row.role),
        store_id=row.store_id,
        region_id=row.region_id,
        active=row.active,
    )


def access_stores(tx: Connection, corp_id: str, manager: Person) -> frozenset[str] | None:
    """The stores a manager answers for: her own, her region's, or all (None) at headquarters."""
    if manager.store_id:
        return frozenset({manager.store_id})
    if manager.region_id:
        everywhere = material.stores(tx, corp_id)
        return frozenset(one.store_id for one in everywhere if one.region_id == manager.region_id)
    return None


def access_cards(tx: Connection, corp_id: str, guide: Person) -> tuple[CustomerCard, ...]:
    """A guide's own customers, as cards."""
    return customers.cards_of_guide(tx, corp_id, guide.userid)


def access_customers(tx: Connection, corp_id: str, guide: Person, moment: datetime) -> tuple[Customer, ...]:
    """A guide's own customers, as profiles."""
    return customers.customers_of_guide(tx, corp_id, guide.userid, moment)


def access_customer(tx: Connection, corp_id: str, guide: Person, customer_id: str, moment: datetime) -> Customer:
    """One of a guide's own customers."""
    found = customers.customer_of_guide(tx, corp_id, guide.userid, customer_id, moment)
    if found is None:
        raise NotFound(customer_id)
    return found


def access_passages(tx: Connection, ids: Iterable[str], reader: Reader, moment: datetime) -> dict[str, Passage]:
    """Those of these passages that are published, valid now and in the reader's scope, whatever an index believed."""
    found = material.passages_by_id(tx, reader.corp_id, ids)
    return {
        passage_id: passage
        for passage_id, passage in found.items()
        if passage.valid_at(moment) and passage.scope.reaches(store_id=reader.store_id, region_id=reader.region_id)
    }
