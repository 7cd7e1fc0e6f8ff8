"""What people call the things that a filter or a figure names by id."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from assistant.shop import Role
from assistant.store import access, material
from assistant.store.console.filtering import TurnFilter
from assistant.store.console.scope import Stores
from assistant.store.tables import customer, document


class Named(NamedTuple):
    """The names of what a filter is about, by id; ``customer_names`` are those of them that an auditor may not see."""

    names: dict[str, str]
    customer_names: tuple[str, ...]


def guides(tx: Connection, corp_id: str, stores: Stores) -> dict[str, str]:
    """The names of the active guides of these stores, by userid in lower case."""
    return {
        one.userid.lower(): one.name
        for one in access.access_role(tx, corp_id, Role.GUIDE)
        if stores is None or one.store_id in stores
    }


def of_filter(tx: Connection, corp_id: str, stores: Stores, wanted: TurnFilter) -> Named:
    """The names of what a filter is about. A customer of other stores, and anything missing, has none here."""
    names: dict[str, str] = {}
    hidden: tuple[str, ...] = ()
    if wanted.coupon:
        names |= material.coupon_names(tx, corp_id, [wanted.coupon])
    if wanted.script:
        names |= material.script_titles(tx, corp_id, [wanted.script])
    if wanted.document:
        names |= _documents(tx, corp_id, wanted.document)
    if wanted.customer_id:
        found = _customer(tx, corp_id, stores, wanted.customer_id)
        names[wanted.customer_id] = found or "这一位"
        hidden = (found,) if found else ()
    return Named(names, hidden)


def _customer(tx: Connection, corp_id: str, stores: Stores, customer_id: str) -> str:
    row = tx.execute(
        select(customer.c.name, customer.c.store_id).where(
            customer.c.corp_id == corp_id, customer.c.customer_id == customer_id
        )
    ).one_or_none()
    return str(row.name) if row is not None and (stores is None or row.store_id in stores) else ""


def _documents(tx: Connection, corp_id: str, document_id: str) -> dict[str, str]:
    row = document.c
    rows = tx.execute(select(row.document_id, row.title).where(row.corp_id == corp_id, row.document_id == document_id))
    return {row.document_id: row.title for row in rows}
