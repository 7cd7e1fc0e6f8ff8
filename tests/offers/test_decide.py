"""The engine against the slow way, and the promises that hold for every basket."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.offers.decide import decide, rules_version
from assistant.offers.standing import Standing
from assistant.shop import Audience, CouponKind, CouponScope, CouponUse
from assistant.turn import CouponRule
from tests.seeds import seeds

from . import brute_force
from .making import GOLD, NOW, TIERS, coupon, line, random_case


@pytest.mark.parametrize("seed", seeds(2, of=10))
def test_equals_brute_force_on_a_thousand_random_cases(seed):
    random = Random(seed)
    with_coupons = 0
    for number in range(1000):
        case = random_case(random, most_coupons=8, most_lines=6, strictness=random.choice((0, 0.04, 0.12)))
        offer = decide(**case.arguments())
        worth, _, _, ids = brute_force.best(case, NOW)
        assert sorted(one.coupon_id for one in offer.applied) == ids, (seed, number)
        values = {one.coupon_id: one.gift_value_fen for one in case.coupons}
        gifts = sum(values[one.coupon_id] for one in offer.applied if one.kind is CouponKind.GIFT)
        assert offer.saving_fen + gifts == -worth, (seed, number)
        with_coupons += bool(ids)
    assert with_coupons > 300


@pytest.mark.parametrize("seed", seeds(1, of=4))
def test_the_cheapest_way_to_a_price_equals_brute_force(seed):
    random = Random(1000 + seed)
    reached = 0
    for number in range(500):
        case = random_case(random, most_coupons=7, most_lines=5, strictness=random.choice((0, 0.04)))
        bill = sum(one.unit_fen * one.quantity for one in case.lines) + case.shipping_fen
        goal = random.randint(bill // 2, bill)
        offer = decide(**case.arguments(), reach_fen=goal)
        _, _, _, ids = brute_force.best(case, NOW, goal)
        assert sorted(one.coupon_id for one in offer.applied) == ids, (seed, number)
        reached += bool(ids) and offer.pay_fen <= goal
    assert reached > 100


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_promises_hold_for_every_case(seed):
    random = Random(seed)
    case = random_case(random, most_coupons=14, most_lines=6, strictness=0.15)
    offer = decide(**case.arguments())
    prices = [one.unit_fen * one.quantity for one in case.lines]
    coupons = {one.coupon_id: one for one in case.coupons}
    taken = [0] * len(prices)
    for one in offer.applied:
        assert sum(one.per_line) == (0 if one.kind is CouponKind.FREE_SHIPPING else one.saving_fen)
        for index, part in enumerate(one.per_line):
            assert part >= 0
            taken[index] += part
            if part:
                assert index in brute_force.cheaper(coupons[one.coupon_id], case.lines)
        budget, use = coupons[one.coupon_id].budget_fen, case.uses.get(one.coupon_id)
        if budget is not None:
            gift = coupons[one.coupon_id].gift_value_fen if one.kind is CouponKind.GIFT else 0
            assert one.saving_fen + gift + (use.spent_fen if use else 0) <= budget
    floors = [case.floors.get(one.sku, 0) * one.quantity for one in case.lines]
    for part, price, floor in zip(taken, prices, floors, strict=True):
        assert part <= price
        assert not part or price - part >= floor
    assert offer.total_fen == sum(prices) + case.shipping_fen
    assert offer.pay_fen == offer.total_fen - offer.saving_fen >= 0
    told = [one.coupon_id for one in offer.applied] + [one.coupon_id for one in offer.alternatives]
    assert sorted(told) == sorted(coupons)
    groups = [coupons[one.coupon_id].stacking_group for one in offer.applied]
    assert len([group for group in groups if group]) == len({group for group in groups if group})
    if any(coupons[one.coupon_id].exclusive for one in offer.applied):
        assert len(offer.applied) == 1


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_the_order_of_the_coupons_does_not_matter(seed):
    random = Random(seed)
    case = random_case(random, most_coupons=12, most_lines=5)
    shuffled = list(case.coupons)
    random.shuffle(shuffled)
    assert decide(**case.arguments()) == decide(**(case.arguments() | {"coupons": tuple(shuffled)}))


BASKET = (line(fen=30000),)


def ask(coupons, *, lines=BASKET, moment=NOW, standing=GOLD, **more):
    given_ = {"shipping_fen": 0, "uses": {}, "store_id": "S001", "region_id": "R01"}
    return decide(lines=tuple(lines), coupons=tuple(coupons), standing=standing, moment=moment, **(given_ | more))


def only_rule(offer):
    return offer.alternatives[0].rule


def test_the_window_includes_its_start_and_excludes_its_end():
    start, end = datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 11, 16, tzinfo=UTC)
    voucher = coupon(kind=CouponKind.VOUCHER, amount_fen=1000, starts_at=start, ends_at=end)
    tick = timedelta(microseconds=1)
    assert only_rule(ask([voucher], moment=start - tick)) is CouponRule.NOT_STARTED
    assert ask([voucher], moment=start).saving_fen == 1000
    assert ask([voucher], moment=end - tick).saving_fen == 1000
    assert only_rule(ask([voucher], moment=end)) is CouponRule.EXPIRED


def test_the_birthday_month_turns_at_midnight_in_shanghai():
    birthday = coupon(
        kind=CouponKind.VOUCHER,
        amount_fen=1000,
        audience=Audience(birthday_month=True),
        ends_at=NOW + timedelta(days=60),
    )
    november = GOLD
    last_minute = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert ask([birthday], moment=last_minute, standing=november).saving_fen == 1000
    over = ask([birthday], moment=last_minute + timedelta(minutes=1), standing=november)
    assert over.alternatives[0].distance == "生日当月可用，客户生日在11月"


def test_a_start_in_another_year_names_the_year_and_a_time_of_day_is_told():
    later = coupon(
        starts_at=datetime(2027, 1, 1, 2, tzinfo=UTC), ends_at=datetime(2027, 2, 1, tzinfo=UTC), amount_fen=1000
    )
    assert ask([later]).alternatives[0].distance == "2027年1月1日10:00开始"


def test_only_the_allowed_facts_about_a_customer_exist():
    assert set(Standing.model_fields) == {
        "tier",
        "tiers",
        "is_new_customer",
        "birthday_month",
        "birthday_day",
        "tags",
        "days_since_order",
        "customer_id",
    }


def test_an_unknown_customer_is_asked_about_not_guessed():
    coupons = [
        coupon("C1", audience=Audience(new_customer=True), amount_fen=1000),
        coupon("C2", audience=Audience(birthday_month=True), amount_fen=1000),
        coupon("C3", audience=Audience(tags=("母婴",)), amount_fen=1000),
        coupon("C4", audience=Audience(tiers=("金卡",)), amount_fen=1000),
    ]
    offer = ask(coupons, standing=Standing())
    assert offer.applied == ()
    assert all(one.distance.startswith("需先确认客户") for one in offer.alternatives)


def test_an_empty_basket_lists_what_the_customer_may_have_first_by_threshold():
    coupons = [
        coupon("C1", amount_fen=5000, threshold_fen=30000),
        coupon("C2", amount_fen=1000, threshold_fen=9900),
        coupon("C3", amount_fen=9000, audience=Audience(tiers=("黑金卡",))),
    ]
    offer = ask(coupons, lines=())
    assert [one.coupon_id for one in offer.alternatives] == ["C2", "C1", "C3"]
    assert [one.shortfall_fen for one in offer.alternatives] == [9900, 30000, None]
    assert offer.why == "还没选商品；这位客户能用的券有 2 张，最容易用上的是「券C2」：买满 99 元可用"


def test_why_says_what_was_used_and_what_it_brings():
    single = ask([coupon(name="满300减40", amount_fen=4000, threshold_fen=30000)])
    assert single.why == "本单 300 元，用「满300减40」省 40 元，能用的券都用上了"
    chosen = ask(
        [coupon("C1", amount_fen=4000, stacking_group="甲"), coupon("C2", amount_fen=3000, stacking_group="甲")]
    )
    assert chosen.why == "本单 300 元，用「券C1」省 40 元，是可用券里最省的"
    gift = coupon("C1", CouponKind.GIFT, gift="旅行装一支", gift_value_fen=3900)
    assert ask([gift]).why == "本单 300 元，用「券C1」得赠品旅行装一支，能用的券都用上了"
    near = ask([coupon(amount_fen=4000, threshold_fen=33200)])
    assert near.why == "本单 300 元，没有用得上的券；最接近的是「券C1」：再买 32 元可用"


def test_a_gift_is_worth_its_value_but_takes_nothing_off_the_price():
    offer = ask([coupon("C1", CouponKind.GIFT, gift="小样", gift_value_fen=3900)])
    assert (offer.saving_fen, offer.pay_fen, offer.applied[0].gift) == (0, 30000, "小样")


def test_regions_widen_stores():
    voucher = coupon(amount_fen=1000, scope=CouponScope(stores=("S009",), regions=("R01",)))
    assert ask([voucher]).saving_fen == 1000
    assert only_rule(ask([voucher], store_id="S001", region_id="R02")) is CouponRule.STORE


def test_the_version_changes_with_the_rules_and_not_with_their_order_or_place():
    first, second = coupon("C1", amount_fen=1000), coupon("C2", amount_fen=2000)
    version = rules_version([first, second])
    assert version == rules_version([second, first])
    moved = first.model_copy(update={"cited": first.cited.model_copy(update={"place": "第9行"})})
    assert version == rules_version([moved, second])
    assert version != rules_version([first.model_copy(update={"amount_fen": 1001}), second])


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="aware"):
        ask([], moment=datetime(2026, 11, 22))  # noqa: DTZ001
    with pytest.raises(ValueError, match="differ"):
        ask([coupon("C1"), coupon("C1")])
    with pytest.raises(ValueError, match="negative"):
        ask([], shipping_fen=-1)


def test_uses_of_other_coupons_do_not_count():
    voucher = coupon("C1", amount_fen=1000, per_customer_limit=1)
    other = {"C2": CouponUse(coupon_id="C2", used_by_customer=5)}
    assert ask([voucher], uses=other, standing=GOLD).saving_fen == 1000


def test_a_tier_that_is_not_the_top_of_the_ladder_is_named_plainly():
    silver = coupon(amount_fen=1000, audience=Audience(tiers=("银卡",)))
    offer = ask([silver], standing=Standing(tiers=TIERS, is_new_customer=True))
    assert offer.alternatives[0].distance == "银卡可用，客户还没有会员等级"


def test_many_freely_combining_coupons_are_still_decided():
    coupons = [coupon(f"C{number:02d}", CouponKind.VOUCHER, amount_fen=1000) for number in range(60)]
    offer = ask(coupons)
    assert offer.pay_fen == 0
    assert [one.coupon_id for one in offer.applied] == [f"C{number:02d}" for number in range(30)]


def test_nobody_is_sent_to_sell_towards_a_coupon_that_cannot_be_paid_any_more():
    nearly_spent = coupon(amount_fen=4000, threshold_fen=50000, budget_fen=10000)
    uses = {"C1": CouponUse(coupon_id="C1", spent_fen=7000)}
    ten_off = nearly_spent.model_copy(update={"kind": CouponKind.DISCOUNT, "pay_percent": 90})
    assert only_rule(ask([ten_off], uses=uses)) is CouponRule.BUDGET
    assert only_rule(ask([ten_off], uses={})) is CouponRule.THRESHOLD


def test_a_price_to_reach_says_whether_it_was_reached():
    small, large = (
        coupon("C1", amount_fen=3000, stacking_group="甲"),
        coupon("C2", amount_fen=5000, stacking_group="甲"),
    )
    offer = ask([small, large], reach_fen=27000)
    assert offer.why == "本单 300 元，用「券C1」省 30 元，到手 270 元，已到目标价 270 元"
    assert ask([small], reach_fen=20000).why == "本单 300 元，用「券C1」省 30 元，最低到 270 元，到不了 200 元"
    assert ask([small], reach_fen=40000).why == "本单 300 元，不用券，到手 300 元，已到目标价 400 元"


def test_the_least_price_decides_and_is_never_told():
    offer = ask([coupon("C1", amount_fen=4321)], floors={"A": 29876})
    assert only_rule(offer) is CouponRule.FLOOR
    told = offer.model_dump_json()
    assert not [words for words in ("298.76", "29876", "43.21") if words in told]


def test_the_same_inputs_give_the_same_proof_and_others_another_version():
    coupons = [coupon("C1", amount_fen=4000)]
    first, again = ask(coupons), ask(coupons)
    assert first.model_dump_json() == again.model_dump_json()
    versions = {
        ask(coupons, **changed).inputs_version
        for changed in (
            {},
            {"shipping_fen": 800},
            {"uses": {"C1": CouponUse(coupon_id="C1", spent_fen=1)}},
            {"moment": NOW + timedelta(seconds=1)},
            {"floors": {"A": 1}},
            {"lines": (line(fen=30001),)},
            {"standing": Standing(tiers=TIERS)},
            {"reach_fen": 1000},
        )
    }
    assert len(versions) == 8
