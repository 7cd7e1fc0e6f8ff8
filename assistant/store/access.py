"""Who may see what, in one file. Forbidden and missing look the same: NotFound.

Roles and scope come from the directory on the server (safety A10); nothing here reads a request. The directory is the
shop's staff file with what an admin ruled laid over it: a file read again does not undo a ruling.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from assistant.errors import NotFound
from assistant.seams import Reader
from assistant.shop import Customer, CustomerCard, Person, Role
from assistant.store import customers, material
from assistant.store.tables import person, person_ruling
from knowledge.passage import Passage

_RULED = and_(
    person_ruling.c.corp_id == person.c.corp_id,
    person_ruling.c.userid_folded == person.c.userid_folded,
    person_ruling.c.in_force,
)
DIRECTORY = (
    select(
        person.c.corp_id,
        person.c.userid_folded,
        person.c.userid,
        person.c.name,
        *(
            func.coalesce(person_ruling.c[name], person.c[name]).label(name)
            for name in ("role", "store_id", "region_id", "active")
        ),
    )
    .select_from(person.outerjoin(person_ruling, _RULED))
    .subquery("directory")
)
"""Everybody of every corp as they stand now: the staff file under an admin's rulings."""


def access_person(tx: Connection, corp_id: str, userid: str) -> Person:
    """Return an active person of the corp; userids are compared without case (WeCom returns them lower-cased)."""
    row = tx.execute(
        select(DIRECTORY).where(DIRECTORY.c.corp_id == corp_id, DIRECTORY.c.userid_folded == userid.lower())
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


def access_role(tx: Connection, corp_id: str, role: Role) -> tuple[Person, ...]:
    """Every active person of one role, by userid."""
    return _people(tx, corp_id, (role,))


def _people(tx: Connection, corp_id: str, roles: tuple[Role, ...]) -> tuple[Person, ...]:
    wanted = [role.value for role in roles]
    rows = tx.execute(
        select(DIRECTORY)
        .where(DIRECTORY.c.corp_id == corp_id, DIRECTORY.c.role.in_(wanted), DIRECTORY.c.active)
        .order_by(DIRECTORY.c.userid)
    )
    return tuple(_as_person(row) for row in rows)


def _as_person(row: Row[Any]) -> Person:
    return Person(
        userid=row.userid,
        name=row.name,
        role=Role(row.role),
        store_id=row.store_id,
        region_id=row.region_id,
        active=bool(row.active),
    )


def access_stores(tx: Connection, corp_id: str, manager: Person) -> frozenset[str] | None:
    """The stores a manager answers for: her own, her region's, or all (None) at headquarters."""
    if manager.store_id:
        return frozenset({manager.store_id})
    if manager.region_id:
        everywhere = material.stores(tx, corp_id)
        return frozenset(one.store_id for one in everywhere if one.region_id == manager.region_id)
    return None


def access_signers(tx: Connection, corp_id: str, guide: Person, region_id: str) -> tuple[Person, ...]:
    """The nearest managers who may sign for a guide: of her store, else of her region, else headquarters.

    Never she herself. ``region_id`` is that of her store.
    """
    managers = [one for one in access_role(tx, corp_id, Role.MANAGER) if one.userid.lower() != guide.userid.lower()]
    in_store = [one for one in managers if guide.store_id and one.store_id == guide.store_id]
    in_region = [one for one in managers if region_id and not one.store_id and one.region_id == region_id]
    everywhere = [one for one in managers if not one.store_id and not one.region_id]
    return tuple(in_store or in_region or everywhere)


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
