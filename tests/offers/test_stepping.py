"""One more piece is told only where it pays for itself."""

from assistant.offers.decide import decide
from assistant.offers.stepping import next_step
from assistant.shop import CouponScope

from .making import GOLD, NOW, coupon, line


def step(coupons, basket, shelf, there=None, asked=None):
    """``asked`` takes down which goods the shelf was asked for, each time."""

    def decide_for(lines):
        return decide(
            lines=lines,
            shipping_fen=0,
            coupons=tuple(coupons),
            standing=GOLD,
            uses={},
            store_id="S001",
            region_id="R01",
            moment=NOW,
        )

    def available(skus):
        if asked is not None:
            asked.append(skus)
        return skus if there is None else [one for one in skus if one in there]

    offer = decide_for(tuple(basket))
    return next_step(offer, {one.coupon_id: one for one in coupons}, shelf, available, decide_for)


FORTY_OFF = coupon("C1", amount_fen=4000, threshold_fen=30000)
NEARLY = [line("A", 29800)]


def test_a_small_thing_that_opens_a_large_coupon():
    found = step([FORTY_OFF], NEARLY, [line("C", 100), line("B", 900), line("D", 3900)])
    # 298 + 9 - 40 = 267 instead of 298
    assert (found.added.sku, found.pay_fen, found.less_fen, found.coupon_id) == ("B", 26700, 3100, "C1")


def test_nothing_is_told_that_costs_more_in_the_end():
    assert step([FORTY_OFF], NEARLY, [line("D", 4001)]) is None
    assert step([FORTY_OFF], NEARLY, [line("D", 4000)]).less_fen == 0
    assert step([FORTY_OFF], [line("A", 30000)], [line("B", 900)]) is None
    assert step([FORTY_OFF], NEARLY, []) is None


def test_only_goods_that_count_for_the_coupon():
    only_care = FORTY_OFF.model_copy(update={"scope": CouponScope(categories=("面部护肤",))})
    shelf = [line("B", 900, category="彩妆"), line("C", 1200)]
    assert step([only_care], NEARLY, shelf).added.sku == "C"


def test_of_several_the_smallest_bill():
    larger = coupon("C2", amount_fen=9000, threshold_fen=32000, stacking_group="甲")
    smaller = FORTY_OFF.model_copy(update={"stacking_group": "甲"})
    found = step([smaller, larger], NEARLY, [line("B", 900), line("C", 2500)])
    assert (found.coupon_id, found.added.sku, found.pay_fen) == ("C2", "C", 29800 + 2500 - 9000)


def test_another_piece_of_what_is_there_already():
    found = step([FORTY_OFF], [line("A", 1000, 29)], [line("A", 1000)])
    assert (found.added.sku, found.pay_fen) == ("A", 26000)


def test_only_what_lies_on_the_shelf_and_of_that_the_cheapest():
    shelf = [line("B", 900), line("C", 1200), line("D", 1500)]
    assert step([FORTY_OFF], NEARLY, shelf, there=("C", "D")).added.sku == "C"
    assert step([FORTY_OFF], NEARLY, shelf, there=()) is None


def test_the_coupon_that_lacks_least_is_among_those_tried():
    far = [coupon(f"A{number}", amount_fen=100, threshold_fen=90000 + number) for number in range(5)]
    found = step([*far, FORTY_OFF], NEARLY, [line("B", 900)])
    assert found.coupon_id == "C1"


def test_only_a_few_goods_are_asked_for_at_a_time():
    asked = []
    shelf = [line(f"S{number:02}", 200 + number) for number in range(30)]
    found = step([FORTY_OFF], NEARLY, shelf, there=["S09"], asked=asked)
    assert found.added.sku == "S09"
    assert [len(one) for one in asked] == [4, 4, 4]
