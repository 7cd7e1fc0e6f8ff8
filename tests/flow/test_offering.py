"""Which basket, which coupons, and when nothing is offered at all."""

from dataclasses import replace

import pytest

from assistant.flow.drafting.draft import draft_again
from assistant.flow.finding.offering import NO_CONSENT, basket, make_offer
from assistant.flow.reply import present
from assistant.shop import CouponKind, Customer, Product, Scene, Stock
from assistant.turn import Intent, Need, Offer, Outcome, Refinement, Slots, Verdict
from tests.flow.shopfloor import (
    BODY_MILK,
    CHEN,
    CREAM,
    ESSENCE,
    GOLD_FOLD,
    HOME,
    LIN,
    LIPSTICK,
    LOTION,
    MOMENT,
    NEW_30,
    ZHOU,
    brief,
    coupon,
    desk,
    need,
)


def offer(wanted: Need, customer: Customer | None = None, *products: Product) -> Offer | None:
    return make_offer(wanted, customer, products, desk(), MOMENT)


def coupons(made: Offer | None) -> set[str]:
    assert made is not None
    return {one.coupon_id for one in made.applied}


def test_the_basket_is_the_main_product_in_the_stated_quantity() -> None:
    wanted = need(Intent.PRICE, "两瓶面霜多少钱", CREAM, slots=Slots(quantity=2))
    made = offer(wanted, LIN, CREAM)
    assert made is not None
    assert [(line.sku, line.quantity) for line in made.lines] == [(CREAM.sku, 2)]
    assert made.total_fen == 2 * CREAM.price_fen


def test_products_bought_together_make_one_order_but_choices_do_not() -> None:
    together = need(Intent.PRICE, "面霜和精华一起多少钱", CREAM, ESSENCE)
    assert [line.sku for line in basket(together, (CREAM, ESSENCE))] == [CREAM.sku, ESSENCE.sku]
    compared = need(Intent.COMPARE, "面霜和乳哪个好", CREAM, LOTION)
    assert [line.sku for line in basket(compared, (CREAM, LOTION))] == [CREAM.sku]
    recommended = need(Intent.RECOMMEND, "推荐一款")
    assert [line.sku for line in basket(recommended, (LOTION, CREAM))] == [LOTION.sku]


def test_a_coupon_question_without_a_product_has_an_empty_basket() -> None:
    made = offer(need(Intent.COUPON, "我有什么券"), LIN)
    assert made is not None
    assert made.lines == ()
    assert made.applied == ()
    assert made.alternatives


@pytest.mark.parametrize(
    "wanted",
    [
        need(Intent.COMPLAINT, "用了过敏", CREAM),
        need(Intent.COMPLAINT, "用了过敏，有券吗", CREAM, also=(Intent.COUPON, Intent.PRICE)),
        need(Intent.PRICE, "多少钱，上次用了过敏", CREAM, also=(Intent.COMPLAINT,)),
        need(Intent.POLICY, "能退吗", CREAM),
        need(Intent.STOCK, "有货吗", CREAM),
        need(Intent.USAGE, "怎么用", CREAM),
        need(Intent.GREETING, "打个招呼"),
        need(Intent.CARE, "回访", CREAM),
        need(Intent.PRICE, "多少钱", CREAM, refinement=Refinement.NO_COUPON),
    ],
)
def test_nothing_is_offered_where_nothing_is_sold(wanted: Need) -> None:
    assert offer(wanted, LIN, *([CREAM] if wanted.skus else [])) is None


def test_stock_with_a_price_question_and_policy_about_coupons_do_get_an_offer() -> None:
    assert offer(need(Intent.STOCK, "有货吗多少钱", CREAM, also=(Intent.PRICE,)), LIN, CREAM) is not None
    assert offer(need(Intent.POLICY, "券能叠加吗"), LIN) is not None


def test_the_tier_coupon_needs_the_tier_and_consent() -> None:
    wanted = need(Intent.COUPON, "有券吗", CREAM)
    assert GOLD_FOLD.coupon_id in coupons(offer(wanted, LIN, CREAM))
    assert GOLD_FOLD.coupon_id not in coupons(offer(wanted, CHEN, CREAM))
    silent = LIN.model_copy(update={"consents": ZHOU.consents})
    made = offer(wanted, silent, CREAM)
    assert coupons(made) == {"K02"}
    assert made is not None
    assert NO_CONSENT in made.why
    assert not {one.coupon_id for one in made.alternatives} & {"K03", "K04", "K06"}


def test_a_new_customer_gets_the_new_customer_coupon() -> None:
    assert NEW_30.coupon_id in coupons(offer(need(Intent.COUPON, "有券吗", CREAM), CHEN, CREAM))


def test_nobody_named_gets_open_coupons_and_is_told_what_to_find_out() -> None:
    made = offer(need(Intent.COUPON, "有券吗", CREAM), None, CREAM)
    assert made is not None
    assert coupons(made) == {"K02"}
    assert "需先确认" in next(one.distance for one in made.alternatives if one.coupon_id == "K03")


def test_spending_and_visits_change_nothing() -> None:
    """个人信息保护法 Art. 24: two customers who differ only in what they spent get the same offer."""
    wanted = need(Intent.COUPON, "有券吗", CREAM, ESSENCE)
    rich = LIN.model_copy(update={"points": 99999, "order_count": 80, "purchases": LIN.purchases * 20})
    assert offer(wanted, LIN, CREAM, ESSENCE) == offer(wanted, rich, CREAM, ESSENCE)


def test_a_group_gets_only_what_is_open_to_everybody() -> None:
    for wanted in (
        need(Intent.GROUP_POST, "写个群文案", CREAM),
        need(Intent.PRICE, "多少钱", CREAM, scene=Scene.GROUP_SERVICE),
    ):
        assert coupons(offer(wanted, LIN, CREAM)) == {"K02"}


def test_outreach_without_marketing_consent_offers_nothing() -> None:
    assert offer(need(Intent.BIRTHDAY, "生日祝福", ESSENCE), ZHOU, ESSENCE) is None
    assert offer(need(Intent.REACTIVATION, "唤醒"), ZHOU) is None
    assert offer(need(Intent.REACTIVATION, "唤醒"), LIN) is not None


def test_shipping_is_due_only_where_delivery_is_spoken_of() -> None:
    over_the_counter = offer(need(Intent.PRICE, "身体乳多少钱", BODY_MILK), LIN, BODY_MILK)
    sent = offer(need(Intent.PRICE, "身体乳寄到家多少钱，要运费吗", BODY_MILK), LIN, BODY_MILK)
    assert over_the_counter is not None
    assert sent is not None
    assert (over_the_counter.shipping_fen, sent.shipping_fen) == (0, 800)


def test_a_product_outside_promotions_gets_no_coupon() -> None:
    made = offer(need(Intent.COUPON, "口红有券吗", LIPSTICK), LIN, LIPSTICK)
    assert made is not None
    assert made.applied == ()
    assert made.pay_fen == LIPSTICK.price_fen


# ---- the next step ---------------------------------------------------------------------------------

ONE_MORE = LIPSTICK.model_copy(
    update={"price_fen": 500, "sku": "YY-XS-900", "name": "云屿旅行棉片", "coupon_excluded": False}
)
NEARLY = coupon("K90", "满280减60", CouponKind.THRESHOLD, amount_fen=6000, threshold_fen=28000)


def stepping(product: Product = ONE_MORE, *, quantity: int = 3, intent: Intent = Intent.PRICE, price_fen: int = 27800):
    """A bill that lacks 2 元 of a coupon, and a small thing in the own store."""
    cream = CREAM.model_copy(update={"price_fen": price_fen})
    laid = desk(products={one.sku: one for one in (cream, product)}, coupons=(NEARLY,))
    counted = Stock(store_id=HOME.store_id, sku=product.sku, quantity=quantity, read_at=MOMENT)
    laid = replace(laid, stock=lambda skus: (counted,) if product.sku in skus else ())
    return brief(need(intent, "面霜多少钱", cream), customer=LIN, on=laid)


def test_one_more_piece_that_pays_for_itself_is_told_with_its_count() -> None:
    asked = stepping()
    assert asked.offer is not None
    step = asked.offer.step
    assert step is not None
    # 278 + 5 - 60 = 223 instead of 278
    assert (step.added.sku, step.coupon_id, step.pay_fen, step.less_fen) == (ONE_MORE.sku, "K90", 22300, 5500)
    drafted = draft_again(asked)
    shown = present(asked, drafted, tuple(Verdict(draft=one, outcome=Outcome.PASS) for one in drafted.drafts))
    words = "再加一件云屿旅行棉片（5 元，本店3件，今天14:30盘点），用上「满280减60」，还少付 55 元"
    assert f"· {words}" in "\n".join(shown.reply.parts)
    assert not [one for one in drafted.drafts if ONE_MORE.name in one.text]


def test_no_step_without_stock_without_gain_for_an_allergen_or_when_money_is_not_asked_about() -> None:
    for asked in (
        stepping(quantity=0),
        stepping(ONE_MORE.model_copy(update={"price_fen": 6001})),
        stepping(ONE_MORE.model_copy(update={"ingredients": ("水杨酸",)})),
        stepping(intent=Intent.RECOMMEND),
        stepping(price_fen=28000),
    ):
        assert asked.offer is not None
        assert asked.offer.step is None
