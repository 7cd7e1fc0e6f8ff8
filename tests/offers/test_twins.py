"""Twins get the same offer; a rule that was bent on the way is found, with both of them as proof."""

from datetime import date

from assistant.flow.finding.offering import standing_of
from assistant.offers.decide import decide
from assistant.offers.twins import search, twins_of
from assistant.shop import Audience, CouponKind, Customer, CustomerFact, Purchase

from .making import NOW, TIERS, coupon, line

SUXIN = Customer(
    customer_id="C1",
    name="客户甲",
    tier="金卡",
    tier_level=3,
    points=320,
    birthday=date(1990, 11, 25),
    tags=("敏感关怀",),
    facts=(CustomerFact(name="肤质", value="敏感肌", source="会员档案", observed_at=NOW),),
    joined_at=NOW,
    order_count=3,
    purchases=(Purchase(order_id="O1", sku="A", product_name="商品A", quantity=1, paid_fen=29900, bought_at=NOW),),
)
COUPONS = (
    coupon("C1", CouponKind.VOUCHER, amount_fen=3000, audience=Audience(tiers=("金卡",))),
    coupon("C2", CouponKind.VOUCHER, amount_fen=5000, audience=Audience(tags=("敏感关怀",)), stacking_group="甲"),
    coupon("C3", CouponKind.VOUCHER, amount_fen=6000, audience=Audience(tags=("尊享",)), stacking_group="甲"),
)
BASKET = (line(fen=30000),)


def offer_to(customer, lines):
    standing = standing_of(customer, TIERS, NOW)
    return decide(
        lines=lines,
        shipping_fen=0,
        coupons=COUPONS,
        standing=standing,
        uses={},
        store_id="S001",
        region_id="R01",
        moment=NOW,
    )


def biased(customer, lines):
    """Somebody tags whoever paid much for the better coupon: a forbidden fact in the clothes of an allowed one."""
    spent = sum(one.paid_fen for one in customer.purchases)
    tags = (*customer.tags, "尊享") if spent > 100_000 else customer.tags
    return offer_to(customer.model_copy(update={"tags": tags}), lines)


def by_device(customer, lines):
    tags = (*customer.tags, "尊享") if customer.fact("手机型号") else customer.tags
    return offer_to(customer.model_copy(update={"tags": tags}), lines)


def baskets(_):
    yield BASKET


def test_twins_differ_in_one_thing_each_and_stay_alike_in_what_counts():
    names = [twin.differs_in for twin in twins_of(SUXIN)]
    assert len(names) == len(set(names)) == 12
    for twin in twins_of(SUXIN):
        assert twin.customer != SUXIN
        assert standing_of(twin.customer, TIERS, NOW) == standing_of(SUXIN, TIERS, NOW)


def test_the_engine_gives_all_of_them_the_same():
    seen = []
    searched = search([SUXIN], baskets, offer_to, seen.append)
    assert (searched.pairs, searched.found, seen) == (12, (), [1])


def test_a_planted_bias_is_found_with_both_twins():
    (found,) = search([SUXIN], baskets, biased).found
    assert found.twin.differs_in == "以前买得更贵"
    assert (found.offer.saving_fen, found.twin_offer.saving_fen) == (8000, 9000)
    assert found.customer == SUXIN
    (device,) = search([SUXIN], baskets, by_device).found
    assert device.twin.differs_in == "手机型号"
