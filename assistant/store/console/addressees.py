"""The customers a task could mean, with all that may be looked at for it; what they paid is not read here."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, union_all

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import Reach
from assistant.outreach.choosing import Candidate
from assistant.outreach.segment import Addressee, Segment
from assistant.shop import Purpose
from assistant.sold import OrderStatus
from assistant.store import contacts
from assistant.store.contacts import OF_CUSTOMER, STOP_HOLDS
from assistant.store.customers import RETURNED
from assistant.store.tables import (
    customer,
    marketing_stop,
    order_line,
    product,
    till_order,
    till_order_line,
)


def candidates(
    tx: Connection, corp_id: str, stores: Iterable[str], segment: Segment, moment: datetime
) -> tuple[Candidate, ...]:
    """Every customer of these stores with her tier, by id; the rest of the segment is asked by ``outreach.segment``.

    Orders are read only where the segment asks for them: at most five queries, however many customers there are.
    """
    query = (
        select(
            *(customer.c[name] for name in ("customer_id", "store_id", "guide_folded", "tier", "tags", "birthday")),
            customer.c.consents,
            and_(marketing_stop.c.stopped_at.is_not(None), STOP_HOLDS).label("stopped"),
        )
        .select_from(customer.outerjoin(marketing_stop, OF_CUSTOMER))
        .where(customer.c.corp_id == corp_id, customer.c.store_id.in_(sorted(set(stores))))
        .order_by(customer.c.customer_id)
    )
    if segment.tiers:
        query = query.where(customer.c.tier.in_(segment.tiers))
    rows = tx.execute(query).all()
    last = _last_bought(tx, corp_id) if segment.lapsed_days is not None else {}
    bought = _categories(tx, corp_id, segment.categories) if segment.categories else {}
    reach = contacts.reach_of_corp(tx, corp_id, moment)
    return tuple(
        Candidate(
            addressee=Addressee(
                customer_id=row.customer_id,
                store_id=row.store_id,
                guide=row.guide_folded,
                tier=row.tier,
                tags=tuple(row.tags),
                birthday=row.birthday,
                last_bought=last.get(row.customer_id),
                categories=bought.get(row.customer_id, frozenset()),
            ),
            reach=reach.get(row.customer_id, Reach()).model_copy(
                update={"may_market": Purpose.MARKETING.value in row.consents, "stopped": bool(row.stopped)}
            ),
        )
        for row in rows
    )


def tags_in_use(tx: Connection, corp_id: str, stores: frozenset[str] | None, at_most: int) -> tuple[str, ...]:
    """The tags that most customers of these stores carry, for choosing from."""
    query = select(customer.c.tags).where(customer.c.corp_id == corp_id)
    if stores is not None:
        query = query.where(customer.c.store_id.in_(sorted(stores)))
    counted: dict[str, int] = {}
    for (tags,) in tx.execute(query):
        for tag in tags:
            counted[tag] = counted.get(tag, 0) + 1
    return tuple(sorted(counted, key=lambda tag: (-counted[tag], tag))[:at_most])


def categories_sold(tx: Connection, corp_id: str) -> tuple[str, ...]:
    """Every kind of goods the shop sells, by name."""
    category = product.c.body["category"].as_string()
    query = select(category).where(product.c.corp_id == corp_id).distinct().order_by(category)
    return tuple(tx.execute(query).scalars())


def _last_bought(tx: Connection, corp_id: str) -> dict[str, date]:
    """The Shanghai day of each customer's newest order that she kept, by the till where it told of one."""
    of_file = select(order_line.c.customer_id, order_line.c.ordered_at).where(
        order_line.c.corp_id == corp_id, order_line.c.status.not_in(sorted(RETURNED)), ~_told(corp_id)
    )
    of_till = select(till_order.c.customer_id, till_order.c.ordered_at).where(_kept(corp_id))
    every = union_all(of_file, of_till).subquery()
    rows = tx.execute(
        select(
            every.c.customer_id, func.max(every.c.ordered_at, type_=order_line.c.ordered_at.type).label("last")
        ).group_by(every.c.customer_id)
    )
    return {row.customer_id: row.last.astimezone(SHOP_TIME).date() for row in rows}


def _categories(tx: Connection, corp_id: str, wanted: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Which of these kinds of goods each customer bought and kept."""
    category = product.c.body["category"].as_string().label("category")
    of_kind = and_(product.c.corp_id == corp_id, category.in_(wanted))
    of_file = (
        select(order_line.c.customer_id, category)
        .join(product, and_(of_kind, product.c.sku == order_line.c.sku))
        .where(order_line.c.corp_id == corp_id, order_line.c.status.not_in(sorted(RETURNED)), ~_told(corp_id))
    )
    of_till = (
        select(till_order.c.customer_id, category)
        .join(
            till_order_line,
            and_(
                till_order_line.c.corp_id == till_order.c.corp_id, till_order_line.c.order_id == till_order.c.order_id
            ),
        )
        .join(product, and_(of_kind, product.c.sku == till_order_line.c.sku))
        .where(_kept(corp_id))
    )
    found: dict[str, set[str]] = {}
    for customer_id, kind in tx.execute(union_all(of_file, of_till)):
        found.setdefault(customer_id, set()).add(kind)
    return {customer_id: frozenset(kinds) for customer_id, kinds in found.items()}


def _told(corp_id: str) -> ColumnElement[bool]:
    return exists().where(till_order.c.corp_id == corp_id, till_order.c.order_id == order_line.c.order_id)


def _kept(corp_id: str) -> ColumnElement[bool]:
    return and_(
        till_order.c.corp_id == corp_id,
        till_order.c.status != OrderStatus.CANCELLED.value,
        till_order.c.refunded_fen < till_order.c.paid_fen,
    )
