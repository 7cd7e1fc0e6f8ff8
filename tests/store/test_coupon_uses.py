"""What past orders say of a coupon: how often she used it, and what it cost the shop. Figures worked out by hand."""

from datetime import timedelta

import pytest

from assistant.shop import Citation, Coupon, CouponKind
from assistant.store.coupons.uses import Times, spent, times_used
from assistant.store.database import Database
from tests.store.making import CORP, NOW, line, orders

SHIPPING = 800


def coupon(coupon_id: str, kind: CouponKind, **more: object) -> Coupon:
    values = {
        "coupon_id": coupon_id,
        "name": coupon_id,
        "kind": kind,
        "starts_at": NOW - timedelta(days=30),
        "ends_at": NOW + timedelta(days=30),
        "cited": Citation(document_id="d", title="t", version=1, place="p"),
        **more,
    }
    return Coupon.model_validate(values)


OFF30 = coupon("OFF30", CouponKind.THRESHOLD, amount_fen=3000)
VOUCHER = coupon("VOUCHER", CouponKind.VOUCHER, amount_fen=1000)
P85 = coupon("P85", CouponKind.DISCOUNT, pay_percent=85)
P85CAP = coupon("P85CAP", CouponKind.DISCOUNT, pay_percent=85, cap_fen=1000)
GIFT = coupon("GIFT", CouponKind.GIFT, gift="小样", gift_value_fen=2500)
POST = coupon("POST", CouponKind.FREE_SHIPPING)
ALL = (OFF30, VOUCHER, P85, P85CAP, GIFT, POST)


def uses(database: Database, customer_id: str = "C1", corp_id: str = CORP) -> dict[str, tuple[int, int]]:
    with database.read() as tx:
        times = times_used(tx, corp_id, customer_id, NOW)
        cost = spent(tx, corp_id, ALL, SHIPPING).fen
    known = {one.coupon_id for one in ALL}
    ids = sorted({*times, *cost} & known)
    return {key: (times.get(key, Times()).ever, cost.get(key, 0)) for key in ids}


@pytest.mark.parametrize(
    ("coupon_id", "paid_fen", "spent_fen"),
    [
        ("OFF30", 10000, 3000),
        ("VOUCHER", 1, 1000),
        ("GIFT", 10000, 2500),
        ("POST", 5000, 800),
        ("P85", 8500, 1500),
        # 100.00 paid at 85 %: 117.65 before, 17.6471 off, rounded up
        ("P85", 10000, 1765),
        ("P85", 1, 1),
        ("P85", 0, 0),
        ("P85CAP", 8500, 1000),
        ("P85CAP", 850, 150),
    ],
)
def test_what_one_order_cost(database: Database, coupon_id: str, paid_fen: int, spent_fen: int) -> None:
    orders(database, line("D1", coupon_id=coupon_id, paid_fen=paid_fen))
    assert uses(database) == {coupon_id: (1, spent_fen)}


def test_an_order_of_several_lines_uses_its_coupon_once(database: Database) -> None:
    orders(
        database,
        line("D1", coupon_id="OFF30", paid_fen=6000),
        line("D1", line=2, coupon_id="OFF30", paid_fen=7000),
        line("D2", coupon_id="P85", paid_fen=4250),
        line("D2", line=2, coupon_id="P85", paid_fen=4250),
    )
    assert uses(database) == {"OFF30": (1, 3000), "P85": (1, 1500)}


def test_times_are_hers_and_money_is_everybodys(database: Database) -> None:
    orders(
        database,
        line("D1", "C1", coupon_id="OFF30"),
        line("D2", "C1", coupon_id="OFF30"),
        line("D3", "C2", coupon_id="OFF30"),
        line("D4", "C2", coupon_id="VOUCHER"),
        line("D5", "C1"),
        line("D6", "C1", coupon_id="GONE"),
    )
    assert uses(database) == {"OFF30": (2, 9000), "VOUCHER": (0, 1000)}
    assert uses(database, "C2") == {"OFF30": (1, 9000), "VOUCHER": (1, 1000)}
    assert uses(database, "") == {"OFF30": (0, 9000), "VOUCHER": (0, 1000)}


def test_another_corps_orders_do_not_count(database: Database) -> None:
    orders(database, line("D1", coupon_id="OFF30"), corp_id="other")
    assert uses(database) == {}
    assert uses(database, corp_id="other") == {"OFF30": (1, 3000)}
