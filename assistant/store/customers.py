"""Customers, their orders and what they used: written by ingest or told by the till, read through access.py.

An order that the till told is read as the till tells it, whatever the shop's order file says of the same number.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, insert, or_, select, union_all

from assistant.shop import (
    Customer,
    CustomerCard,
    CustomerFact,
    CustomerRecord,
    OrderLine,
    Purchase,
    Purpose,
)
from assistant.sold import OrderStatus
from assistant.store.contacts import OF_CUSTOMER, STOP_HOLDS
from assistant.store.tables import (
    customer,
    marketing_stop,
    order_line,
    product,
    till_order,
    till_order_line,
    till_refund,
)

PURCHASES_SHOWN = 10
_GIVEN_BACK = "已退款"
_PROFILES = select(customer, and_(marketing_stop.c.stopped_at.is_not(None), STOP_HOLDS).label("stopped")).select_from(
    customer.outerjoin(marketing_stop, OF_CUSTOMER)
)
RETURNED = frozenset({_GIVEN_BACK, "已退货", "已取消", "已关闭", "交易关闭"})
"""Statuses of orders whose goods the customer does not have: nobody asks her how they are."""


def add_customers(tx: Connection, corp_id: str, source_id: str, customers: Sequence[CustomerRecord]) -> None:
    """Write customers read from one source."""
    rows = [
        {
            "corp_id": corp_id,
            "source_id": source_id,
            "customer_id": one.customer_id,
            "name": one.name,
            "address_as": one.address_as,
            "phone": one.phone,
            "tier": one.tier,
            "tier_level": one.tier_level,
            "points": one.points,
            "birthday": one.birthday,
            "tags": list(one.tags),
            "facts": [fact.model_dump(mode="json") for fact in one.facts],
            "consents": [purpose.value for purpose in one.consents],
            "consented_at": one.consented_at,
            "guide_folded": one.guide.lower(),
            "store_id": one.store_id,
            "joined_at": one.joined_at,
        }
        for one in customers
    ]
    if rows:
        tx.execute(insert(customer), rows)


def add_order_lines(tx: Connection, corp_id: str, source_id: str, lines: Sequence[OrderLine]) -> None:
    """Write order lines read from one source."""
    # not asdict: it copies every value deeply, which took longer than writing them
    names = [one.name for one in fields(OrderLine)]
    rows = [
        {"corp_id": corp_id, "source_id": source_id} | {name: getattr(one, name) for name in names} for one in lines
    ]
    if rows:
        tx.execute(insert(order_line), rows)


def known_customers(tx: Connection, corp_id: str) -> frozenset[str]:
    """Return every customer id, for the cross checks of an ingest."""
    return frozenset(tx.execute(select(customer.c.customer_id).where(customer.c.corp_id == corp_id)).scalars())


def cards_of_guide(tx: Connection, corp_id: str, guide: str) -> tuple[CustomerCard, ...]:
    """The few words by which this guide tells her customers apart."""
    rows = tx.execute(
        select(customer.c.customer_id, customer.c.name, customer.c.address_as, customer.c.phone)
        .where(customer.c.corp_id == corp_id, customer.c.guide_folded == guide.lower())
        .order_by(customer.c.customer_id)
    )
    return tuple(
        CustomerCard(
            customer_id=row.customer_id,
            name=row.name,
            address_as=row.address_as,
            phone_head=row.phone[:3],
            phone_tail=row.phone[-4:],
        )
        for row in rows
    )


def customers_of_guide(tx: Connection, corp_id: str, guide: str, moment: datetime) -> tuple[Customer, ...]:
    """Every customer of this guide with her last purchases: two queries, whatever their number."""
    mine = and_(customer.c.corp_id == corp_id, customer.c.guide_folded == guide.lower())
    rows = tx.execute(_PROFILES.where(mine).order_by(customer.c.customer_id)).all()
    theirs = select(customer.c.customer_id).where(mine)
    by_customer: dict[str, list[Row[Any]]] = {}
    for line in _bought(tx, corp_id, lambda customer_id: customer_id.in_(theirs)):
        by_customer.setdefault(line.customer_id, []).append(line)
    return tuple(_as_customer(row, by_customer.get(row.customer_id, []), moment) for row in rows)


def customer_of_guide(tx: Connection, corp_id: str, guide: str, customer_id: str, moment: datetime) -> Customer | None:
    """One customer of this guide, or None when there is none or she is another guide's."""
    row = tx.execute(
        _PROFILES.where(
            customer.c.corp_id == corp_id,
            customer.c.customer_id == customer_id,
            customer.c.guide_folded == guide.lower(),
        )
    ).one_or_none()
    if row is None:
        return None
    return _as_customer(row, _bought(tx, corp_id, lambda one: one == customer_id), moment)


def customers_of_corp(tx: Connection, corp_id: str, moment: datetime, customer_id: str = "") -> Iterator[Customer]:
    """Every customer of the corp, or the one of this id: for an operator's commands, never for a guide."""
    asked = _PROFILES.where(customer.c.corp_id == corp_id).order_by(customer.c.customer_id)
    if customer_id:
        asked = asked.where(customer.c.customer_id == customer_id)
    for row in tx.execute(asked).all():
        yield _as_customer(row, _bought(tx, corp_id, _is(row.customer_id)), moment)


def _is(customer_id: str) -> Callable[[ColumnElement[str]], ColumnElement[bool]]:
    return lambda column: column == customer_id


def _bought(
    tx: Connection, corp_id: str, whose: Callable[[ColumnElement[str]], ColumnElement[bool]]
) -> Sequence[Row[Any]]:
    """Every line these customers bought, the newest order first; of a till's, what refunds left of it."""
    told = exists().where(till_order.c.corp_id == corp_id, till_order.c.order_id == order_line.c.order_id)
    names = ("customer_id", "order_id", "line", "ordered_at", "sku", "product_name", "quantity", "paid_fen", "status")
    of_file = select(*(order_line.c[name] for name in names)).where(
        order_line.c.corp_id == corp_id, whose(order_line.c.customer_id), ~told
    )
    left = till_order_line.c.quantity - _given_back(till_refund.c.quantity)
    gone = or_(till_order.c.status == OrderStatus.CANCELLED.value, left <= 0)
    of_till = (
        select(
            till_order.c.customer_id,
            till_order.c.order_id,
            till_order_line.c.line,
            till_order.c.ordered_at,
            till_order_line.c.sku,
            # a till often tells the code alone
            func.coalesce(
                func.nullif(till_order_line.c.product_name, ""),
                product.c.body["name"].as_string(),
                till_order_line.c.sku,
            ),
            case((gone, till_order_line.c.quantity), else_=left),
            till_order_line.c.paid_fen - _given_back(till_refund.c.fen),
            case((gone, _GIVEN_BACK), else_=till_order.c.status),
        )
        .join(
            till_order_line,
            and_(
                till_order_line.c.corp_id == till_order.c.corp_id, till_order_line.c.order_id == till_order.c.order_id
            ),
        )
        .outerjoin(product, and_(product.c.corp_id == till_order.c.corp_id, product.c.sku == till_order_line.c.sku))
        .where(till_order.c.corp_id == corp_id, whose(till_order.c.customer_id))
    )
    lines = union_all(of_file, of_till).subquery()
    return tx.execute(select(lines).order_by(lines.c.ordered_at.desc(), lines.c.order_id, lines.c.line)).all()


def _given_back(column: ColumnElement[int]) -> ColumnElement[int]:
    """What refunds took back of a till's order line."""
    return (
        select(func.coalesce(func.sum(column), 0))
        .where(
            till_refund.c.corp_id == till_order_line.c.corp_id,
            till_refund.c.order_id == till_order_line.c.order_id,
            till_refund.c.line == till_order_line.c.line,
        )
        .scalar_subquery()
    )


def _consents(row: Row[Any]) -> tuple[Purpose, ...]:
    """What she agreed to; marketing no longer once she said to stop, until she agrees anew."""
    given = tuple(Purpose(value) for value in row.consents)
    return tuple(one for one in given if one is not Purpose.MARKETING) if row.stopped else given


def _as_customer(row: Row[Any], lines: Sequence[Row[Any]], moment: datetime) -> Customer:
    facts = (CustomerFact.model_validate(fact) for fact in row.facts)
    kept = [line for line in lines if line.status not in RETURNED]
    return Customer(
        customer_id=row.customer_id,
        name=row.name,
        address_as=row.address_as,
        phone_masked=f"{row.phone[:3]}****{row.phone[-4:]}" if row.phone else "",
        tier=row.tier,
        tier_level=row.tier_level,
        points=row.points,
        birthday=row.birthday,
        tags=tuple(row.tags),
        facts=tuple(fact for fact in facts if fact.expires_at is None or fact.expires_at > moment),
        consents=_consents(row),
        guide=row.guide_folded,
        store_id=row.store_id,
        joined_at=row.joined_at,
        order_count=len({line.order_id for line in lines}),
        purchases=tuple(
            Purchase(
                order_id=line.order_id,
                sku=line.sku,
                product_name=line.product_name,
                quantity=line.quantity,
                paid_fen=line.paid_fen,
                bought_at=line.ordered_at,
            )
            for line in kept[:PURCHASES_SHOWN]
        ),
    )
