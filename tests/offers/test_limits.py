"""A heap of coupons that takes the bill to nothing in thousands of ways: the search ends, says so, and ends the same."""

from random import Random

import pytest

from assistant.offers import layers
from assistant.offers.decide import decide
from assistant.shop import Channel, Coupon, CouponKind
from assistant.turn import BasketLine, Offer
from tests.offers.making import GOLD, Case, coupon, line


def decided(lines: tuple[BasketLine, ...], coupons: tuple[Coupon, ...]) -> Offer:
    return decide(**Case(lines, 0, coupons, GOLD, {}, {}, Channel.SHOP).arguments())


def heap(size: int, seed: int = 1) -> Offer:
    """So many vouchers that all combine, on a bill that about half of them take to nothing."""
    random = Random(seed)
    coupons = tuple(
        coupon(f"C{number:02d}", CouponKind.VOUCHER, amount_fen=random.randint(900, 1100)) for number in range(size)
    )
    return decided((line("A", 500 * size), line("B", 1)), coupons)


def test_a_small_heap_is_looked_through_to_the_end() -> None:
    offer = heap(10)
    assert offer.is_exact
    assert offer.pay_fen == 0
    assert "没有逐一比完" not in offer.why


def test_a_large_heap_ends_says_so_and_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "MOST_ROWS", 20_000)
    offer = heap(60)
    assert not offer.is_exact
    assert offer.pay_fen == 0
    assert offer.why.endswith("（能叠的券太多，没有逐一比完，可能还有更省的）")
    assert "最" not in offer.why
    assert heap(60) == offer


@pytest.mark.parametrize("unit_fen", [7, 9_999_999_999])
def test_a_bill_of_any_size_is_shared_to_the_last_fen(unit_fen: int) -> None:
    coupons = (
        coupon("A", CouponKind.DISCOUNT, pay_percent=85),
        coupon("B", CouponKind.DISCOUNT, pay_percent=99),
        coupon("C", CouponKind.VOUCHER, amount_fen=3),
    )
    lines = tuple(line(f"L{number}", unit_fen, quantity=number + 1) for number in range(3))
    offer = decided(lines, coupons)
    total = sum(one.unit_fen * one.quantity for one in lines)
    first = (total * 15 + 50) // 100
    second = ((total - first) + 50) // 100
    assert offer.saving_fen == first + second + 3
    assert [sum(one.per_line) for one in offer.applied] == [one.saving_fen for one in offer.applied]
