"""Rules that contradict themselves are found when they are read, each with a basket that shows it."""

from datetime import timedelta
from random import Random

from assistant.offers.conflicts import _Held, conflicts, conflicts_of
from assistant.shop import CouponKind, CouponScope, Product

from .making import CITED, NOW, coupon, random_coupon


def product(sku="A", fen=10000, floor=8000, **more):
    given = {"name": f"商品{sku}", "category": "面部护肤", "price_fen": fen, "floor_price_fen": floor, "cited": CITED}
    return Product.model_validate({"sku": sku} | given | more)


SHELF = (product(),)


def reasons(coupons, products=SHELF):
    return [one.reason for one in conflicts(coupons, products)]


def test_one_coupon_below_the_least_price_is_shown_on_the_smallest_basket():
    (found,) = reasons([coupon(name="立减30", kind=CouponKind.VOUCHER, amount_fen=3000)])
    assert found == "「立减30」单独用就会低于最低售价：买 1 件商品A（每件 100 元）只收 70 元"


def test_the_basket_is_as_large_as_the_threshold_asks():
    assert reasons([coupon(amount_fen=3000, threshold_fen=25000)]) == []
    (found,) = reasons([coupon(name="满250减70", amount_fen=7000, threshold_fen=25000)])
    assert found == "「满250减70」单独用就会低于最低售价：买 3 件商品A（每件 100 元）只收 230 元"


def test_two_coupons_that_only_together_go_below():
    pair = [
        coupon("C1", name="立减15", kind=CouponKind.VOUCHER, amount_fen=1500),
        coupon("C2", CouponKind.DISCOUNT, name="九折", pay_percent=90),
    ]
    assert reasons(pair) == ["「立减15」和「九折」一起用会低于最低售价：买 1 件商品A（每件 100 元）只收 75 元"]
    grouped = [one.model_copy(update={"stacking_group": "店铺券"}) for one in pair]
    assert reasons(grouped) == []
    apart = [
        pair[0],
        pair[1].model_copy(update={"starts_at": NOW + timedelta(days=10), "ends_at": NOW + timedelta(days=11)}),
    ]
    assert reasons(apart) == []


def test_pieces_and_exclusions_are_kept():
    half = coupon("C1", CouponKind.NTH_PIECE, name="第二件半价", pay_percent=50, pieces=2)
    assert reasons([half]) == ["「第二件半价」单独用就会低于最低售价：买 2 件商品A（每件 100 元）只收 150 元"]
    assert reasons([half.model_copy(update={"scope": CouponScope(excluded_skus=("A",))})]) == []
    assert reasons([half], [product(coupon_excluded=True)]) == []
    assert reasons([half], [product(floor=None)]) == []


def test_a_higher_step_must_save_more():
    lower = coupon("C1", name="满200减50", amount_fen=5000, threshold_fen=20000, stacking_group="满减")
    higher = coupon("C2", name="满300减30", amount_fen=3000, threshold_fen=30000, stacking_group="满减")
    assert reasons([lower, higher], []) == ["「满300减30」门槛比「满200减50」高，减得却不更多，永远用不上"]
    assert reasons([lower, higher.model_copy(update={"stacking_group": "别的"})], []) == []
    longer = higher.model_copy(update={"ends_at": lower.ends_at + timedelta(days=1)})
    assert reasons([lower, longer], []) == []


def test_leaving_goods_out_by_arithmetic_leaves_out_no_example(monkeypatch):
    """What is looked at less closely for speed must find just what looking at everything finds."""
    random = Random(20261201)
    for _ in range(60):
        shelf = [
            product(f"P{number}", random.randrange(100, 40_000), random.randrange(1, 30_000)) for number in range(12)
        ]
        made = [random_coupon(random, f"C{number}", random.choice((1, 7, 100)), 0.0) for number in range(5)]
        quick = conflicts(made, shelf)
        with monkeypatch.context() as patched:
            patched.setattr(_Held, "near", lambda self, coupons: iter(self._products))
            assert quick == conflicts(made, shelf)


def test_of_one_coupon_only_what_it_has_a_part_in_is_told():
    mine = coupon("C1", name="立减15", kind=CouponKind.VOUCHER, amount_fen=1500)
    others = [
        coupon("C2", CouponKind.DISCOUNT, name="九折", pay_percent=90),
        coupon("C3", name="立减30", kind=CouponKind.VOUCHER, amount_fen=3000),
        coupon("C4", name="又减15", kind=CouponKind.VOUCHER, amount_fen=1500),
    ]
    told = [one.reason for one in conflicts_of(mine, others, SHELF)]
    assert told == [
        "「立减15」和「九折」一起用会低于最低售价：买 1 件商品A（每件 100 元）只收 75 元",
        "「立减15」和「又减15」一起用会低于最低售价：买 1 件商品A（每件 100 元）只收 70 元",
    ]
