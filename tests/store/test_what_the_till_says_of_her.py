"""What a till told stands in her profile and counts as used, also beside the shop's own order file."""

from datetime import timedelta

from assistant.shop import Citation, CouponKind, Customer, Product
from assistant.sold import (
    OrderStatus,
    RedeemedDeal,
    ReturnedGoods,
    ReturnedLine,
    SoldLine,
    SoldOrder,
    TillEvent,
    Told,
)
from assistant.store import customers, material
from assistant.store.coupons import grants
from assistant.store.coupons.grants import GrantRefused
from assistant.store.coupons.uses import spent, times_used
from assistant.store.database import Database
from assistant.store.till import events
from assistant.store.till.telling import MISSING, telling
from tests.store.granting import given
from tests.store.making import CORP, NOW, clients, customer, line, orders, source
from tests.store.test_coupon_uses import coupon, uses

REDEEM = telling(grants.redeem, GrantRefused, lambda refused: MISSING)
REFUND = telling(grants.refund, GrantRefused, lambda refused: MISSING)


def tell(database: Database, event_id: str, body: Told, minutes: int = 0) -> None:
    event = TillEvent(event_id=event_id, occurred_at=NOW + timedelta(minutes=minutes), body=body)
    with database.begin() as tx:
        events.apply(tx, CORP, event, REDEEM, REFUND, NOW)


def sold(order_id: str = "T1", **more: object) -> SoldOrder:
    lines = (
        SoldLine(sku="A1", quantity=2, amount_fen=20000),
        SoldLine(sku="B2", product_name="防晒乳", quantity=1, amount_fen=10000),
    )
    values = {"order_id": order_id, "customer_id": "C1", "ordered_at": NOW, "paid_fen": 27000, "lines": lines}
    return SoldOrder.model_validate(values | more)


def back(refund_id: str, *lines: tuple[int, int], order_id: str = "T1") -> ReturnedGoods:
    told = tuple(ReturnedLine(line=number, quantity=quantity) for number, quantity in lines)
    return ReturnedGoods(refund_id=refund_id, order_id=order_id, lines=told)


def templates(database: Database, *ids: str) -> None:
    with database.begin() as tx:
        wanted = [coupon(one, CouponKind.VOUCHER, amount_fen=1000) for one in ids]
        material.add_coupons(tx, CORP, source(tx, CORP, "coupons.csv"), wanted)


def her(database: Database, customer_id: str = "C1") -> Customer:
    with database.read() as tx:
        one = customers.customer_of_guide(tx, CORP, "lin", customer_id, NOW)
        every = {other.customer_id: other for other in customers.customers_of_guide(tx, CORP, "lin", NOW)}
        of_corp = {other.customer_id: other for other in customers.customers_of_corp(tx, CORP, NOW)}
    assert one is not None
    # one way of reading her, whichever way she is asked for
    assert every[customer_id] == of_corp[customer_id] == one
    return one


def test_a_till_order_makes_her_a_customer_who_bought(database: Database) -> None:
    clients(database, customer("C1", "lin"), customer("C2", "lin"))
    assert her(database).order_count == 0
    tell(database, "e1", sold())
    found = her(database)
    assert found.order_count == 1
    assert [(one.sku, one.product_name, one.quantity, one.paid_fen) for one in found.purchases] == [
        ("A1", "A1", 2, 18000),
        ("B2", "防晒乳", 1, 9000),
    ]
    assert found.purchases[0].bought_at == NOW
    assert her(database, "C2").order_count == 0


def test_a_bare_code_is_called_by_the_shops_own_name(database: Database) -> None:
    clients(database, customer("C1", "lin"))
    cited = Citation(document_id="d", title="t", version=1, place="p")
    with database.begin() as tx:
        product = Product(sku="A1", name="柔和面霜", category="面霜", price_fen=10000, cited=cited)
        material.add_products(tx, CORP, source(tx, CORP, "products.csv"), [product])
    tell(database, "e1", sold())
    assert [one.product_name for one in her(database).purchases] == ["柔和面霜", "防晒乳"]


def test_what_was_given_back_is_not_hers_any_more(database: Database) -> None:
    clients(database, customer("C1", "lin"))
    tell(database, "e1", sold())
    tell(database, "e2", back("R1", (1, 1)), 5)
    assert [(one.sku, one.quantity, one.paid_fen) for one in her(database).purchases] == [
        ("A1", 1, 9000),
        ("B2", 1, 9000),
    ]
    tell(database, "e3", back("R2", (1, 1)), 6)
    assert [one.sku for one in her(database).purchases] == ["B2"]
    tell(database, "e4", sold(status=OrderStatus.CANCELLED), 7)
    assert her(database).purchases == ()
    assert her(database).order_count == 1


def test_an_order_in_the_file_and_at_the_till_is_one(database: Database) -> None:
    clients(database, customer("C1", "lin"))
    orders(database, line("T1", paid_fen=999), line("D1", ordered_at=NOW - timedelta(days=9)))
    assert her(database).order_count == 2
    tell(database, "e1", sold())
    found = her(database)
    assert found.order_count == 2
    assert [(one.order_id, one.paid_fen) for one in found.purchases] == [("T1", 18000), ("T1", 9000), ("D1", 10000)]


def test_a_coupon_told_by_its_number_alone_is_used_and_costs_what_it_took_off(database: Database) -> None:
    templates(database, "OFF30", "VOUCHER")
    tell(database, "e1", sold())
    tell(database, "e2", RedeemedDeal(redemption_id="X1", coupon_id="VOUCHER", order_id="T1", amount_fen=700))
    assert uses(database) == {"VOUCHER": (1, 700)}
    assert uses(database, "C2") == {"VOUCHER": (0, 700)}
    with database.read() as tx:
        assert times_used(tx, CORP, "C1", NOW)["VOUCHER"].today == 1
    # one of three equal parts of what was paid goes back, and its part of the coupon with it
    tell(database, "e3", back("R1", (1, 1)), 5)
    assert uses(database) == {"VOUCHER": (1, 467)}
    tell(database, "e4", back("R2", (1, 1), (2, 1)), 6)
    assert uses(database) == {}


def test_the_file_does_not_count_again_what_the_till_told(database: Database) -> None:
    templates(database, "OFF30", "VOUCHER")
    orders(database, line("T1", coupon_id="VOUCHER"), line("T2", coupon_id="VOUCHER"), line("T3", coupon_id="OFF30"))
    assert uses(database) == {"VOUCHER": (2, 2000), "OFF30": (1, 3000)}
    tell(database, "e1", sold("T1"))
    tell(database, "e2", RedeemedDeal(redemption_id="X1", coupon_id="VOUCHER", order_id="T1", amount_fen=700))
    assert uses(database) == {"VOUCHER": (2, 1700), "OFF30": (1, 3000)}


def test_a_grant_given_back_whole_is_not_counted_from_the_file(database: Database) -> None:
    templates(database, "OFF40")
    off40 = coupon("OFF40", CouponKind.VOUCHER, amount_fen=4000)
    held = given(database)
    orders(database, line("T1", coupon_id="OFF40"))

    def counted() -> dict[str, object]:
        with database.read() as tx:
            return {**times_used(tx, CORP, "C1", NOW), **spent(tx, CORP, (off40,), 0).fen}

    assert counted()
    tell(database, "e1", sold("T1"))
    tell(database, "e2", RedeemedDeal(redemption_id="X1", grant_id=held.grant_id, order_id="T1", amount_fen=4000))
    assert counted() == {}
    tell(database, "e3", back("R1", (1, 2), (2, 1)), 5)
    assert counted() == {}


def test_without_an_order_nobody_used_anything(database: Database) -> None:
    templates(database, "VOUCHER")
    tell(database, "e2", RedeemedDeal(redemption_id="X1", coupon_id="VOUCHER", order_id="T1", amount_fen=700))
    assert uses(database) == {}
