"""What a customer usually spends at one go, and what is at stake when her question stays open."""

from sqlalchemy import Connection, func, select, union_all

from assistant.sold import OrderStatus
from assistant.store.customers import RETURNED
from assistant.store.tables import order_line, till_order
from assistant.turn import TurnRecord

ORDERS_LOOKED_AT = 50


def at_stake(tx: Connection, record: TurnRecord) -> int:
    """分: what the basket spoken of would cost her, else what her orders usually come to; 0 where neither is known."""
    if record.offer is not None and record.offer.pay_fen:
        return record.offer.pay_fen
    return typical(tx, record.corp_id, record.need.customer_id) if record.need.customer_id else 0


def typical(tx: Connection, corp_id: str, customer_id: str) -> int:
    """The mean of what her last orders were paid with, 分; 0 without any. Orders given back do not count."""
    told = (
        select(till_order.c.order_id)
        .where(till_order.c.corp_id == corp_id, till_order.c.order_id == order_line.c.order_id)
        .correlate(order_line)
        .exists()
    )
    of_file = (
        select(func.sum(order_line.c.paid_fen).label("paid"), func.max(order_line.c.ordered_at).label("at"))
        .where(
            order_line.c.corp_id == corp_id,
            order_line.c.customer_id == customer_id,
            order_line.c.status.not_in(sorted(RETURNED)),
            ~told,
        )
        .group_by(order_line.c.order_id)
    )
    of_till = select(
        (till_order.c.paid_fen - till_order.c.refunded_fen).label("paid"), till_order.c.ordered_at.label("at")
    ).where(
        till_order.c.corp_id == corp_id,
        till_order.c.customer_id == customer_id,
        till_order.c.status != OrderStatus.CANCELLED.value,
    )
    orders = union_all(of_file, of_till).subquery()
    newest = select(orders.c.paid).where(orders.c.paid > 0).order_by(orders.c.at.desc()).limit(ORDERS_LOOKED_AT)
    paid = [int(one) for one in tx.execute(newest).scalars()]
    return round(sum(paid) / len(paid)) if paid else 0
