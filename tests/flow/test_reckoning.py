"""Figures that no record has and that the sentence's own figures come to: true ones stay, one 元 off is cut."""

from dataclasses import replace

import pytest

from assistant.flow.guard.check import check
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.stores import called
from assistant.shop import Manner
from assistant.turn import ClaimKind, Draft, DraftSource, Evidence, EvidenceKind, Outcome, Sentence
from tests.flow.test_guard import BRIEF, A, B, judge
from tests.flow.test_guard_mutations import yuan

APART = abs(A.price_fen - B.price_fen)


def passes(text: str, *more: Evidence) -> bool:
    return judge(text, brief=replace(BRIEF, evidence=(*BRIEF.evidence, *more))).outcome is Outcome.PASS


@pytest.mark.parametrize("off", [0, 100])
def test_pieces_times_their_price(off: int) -> None:
    for words in (
        f"{A.name}两支¥{yuan(2 * A.price_fen + off)}。",
        f"{A.name}要是拿3盒，一共{yuan(3 * A.price_fen + off)}元。",
    ):
        assert passes(words) is (off == 0), words


@pytest.mark.parametrize("off", [0, 100])
def test_two_prices_apart_and_together(off: int) -> None:
    assert APART > 0
    assert passes(f"{A.name}和{B.name}的价格相差{yuan(APART + off)}元。") is (off == 0)
    assert passes(f"{A.name}和{B.name}加起来{yuan(A.price_fen + B.price_fen + off)}元。") is (off == 0)


def test_which_of_the_two_costs_more_is_part_of_it() -> None:
    cheap, dear = sorted((A, B), key=lambda one: one.price_fen)
    assert passes(f"{cheap.name}比{dear.name}低{yuan(APART)}元。")
    assert not passes(f"{dear.name}比{cheap.name}低{yuan(APART)}元。")
    assert passes(f"{cheap.name}¥{yuan(cheap.price_fen)}，{dear.name}贵{yuan(APART)}元。")
    assert not passes(f"{dear.name}¥{yuan(dear.price_fen)}，{cheap.name}贵{yuan(APART)}元。")


def test_a_sum_with_no_word_for_how_it_came_about_is_no_reckoning() -> None:
    assert not passes(f"{A.name}现在¥{yuan(A.price_fen + B.price_fen)}。")
    assert not passes(f"{A.name}现在¥{yuan(APART)}。")


def test_what_is_to_pay_with_coupons_is_never_reckoned() -> None:
    assert not passes(f"{A.name}两支到手¥{yuan(2 * A.price_fen - 1000)}。")


@pytest.mark.parametrize("off", [0, 100])
def test_what_a_sum_lacks_of_a_coupon_s_own_threshold_and_what_it_goes_beyond_one(off: int) -> None:
    """秋日护肤满减券 wants 300: the sentence need not say so."""
    assert passes(f"{A.name}离满减券的门槛还差{yuan(30000 - A.price_fen + off)}元。") is (off == 0)
    assert passes(
        f"{B.name}两支¥{yuan(2 * B.price_fen)}，超过满减券的门槛{yuan(2 * B.price_fen - 30000 + off)}元。"
    ) is (off == 0)


@pytest.mark.parametrize("off", [0, 10])
def test_a_price_by_the_measure_and_by_the_piece(off: int) -> None:
    """50 ml at 68 are 1.36 each; so many places as are told must be right."""
    assert passes(f"{A.name}¥{yuan(A.price_fen)}，每毫升{yuan(A.price_fen // 50 + off)}元。") is (off == 0)
    assert passes(f"{A.name}¥{yuan(A.price_fen)}，每10毫升{yuan(A.price_fen // 5 + 10 * off)}元。") is (off == 0)


@pytest.mark.parametrize("off", [0, 1])
def test_days_to_a_date(off: int) -> None:
    """The house's day is 22 November 2026, its coupon ends on the thirtieth."""
    assert passes(f"满减券11月30日截止，还有{8 + off}天。") is (off == 0)
    assert passes(f"满减券11月1日开始，到今天过了{21 + off}天。") is (off == 0)


@pytest.mark.parametrize("off", [0, 1])
def test_pieces_of_several_stores_together(off: int) -> None:
    assert passes(f"苏州平雁广场店14件，杭州澜湖天地36件，两家一共{50 + off}件。", *COUNTED) is (off == 0)
    assert passes(f"苏州平雁广场店和杭州澜湖天地店合计{50 + off}件。", *COUNTED) is (off == 0)


def test_a_store_is_called_by_its_town_where_it_is_the_only_one_there() -> None:
    assert passes("苏州14件，杭州36件。", *COUNTED)
    assert not passes("苏州36件，杭州14件。", *COUNTED)
    twice = (*COUNTED, stock(3, "云屿杭州栖岸里店", 5))
    assert passes("澜湖天地店36件。", *twice)
    assert not passes("苏州36件。", *twice)


def test_a_quarter_past_is_a_time_of_day() -> None:
    times = [one.value for one in find_claims("昨晚九点一刻盘的，早上十点三十分开门。", KnownNames.of(()))]
    assert {"T21:15", "T10:30"} <= set(times)


def stock(number: int, store: str, pieces: int) -> Evidence:
    text = f"{store}{A.name}有货，{pieces}件（2026年11月21日20:30盘点）。"
    return Evidence(id=f"K{number}", kind=EvidenceKind.STOCK, subject=A.sku, text=text)


def store(number: int, name: str, hours: str = "10:00-22:00") -> Evidence:
    text = f"{name}；地址：青禾市长宁路{number}8号；营业时间：{hours}。"
    return Evidence(id=f"M{number}", kind=EvidenceKind.STORE, subject=f"S{number}", text=text)


COUNTED = (
    stock(1, "云屿苏州平雁广场店", 14),
    stock(2, "云屿杭州澜湖天地店", 36),
    store(1, "云屿苏州平雁广场店"),
    store(2, "云屿杭州澜湖天地店"),
)


def test_a_count_belongs_to_the_store_its_clause_names_however_short() -> None:
    assert passes("苏州平雁广场店14件，杭州澜湖天地36件。", *COUNTED)
    assert passes("澜湖天地店还有36支。", *COUNTED)
    assert not passes("苏州平雁广场店36件，杭州澜湖天地14件。", *COUNTED)


def test_opening_hours_stand_in_a_store_s_record_in_any_words() -> None:
    assert passes("杭州澜湖天地店早十点到晚十点营业。", *COUNTED)
    assert passes("杭州澜湖天地店晚上十点打烊。", *COUNTED)
    assert not passes("杭州澜湖天地店晚上十一点打烊。", *COUNTED)
    assert not passes("杭州澜湖天地店周末提前到晚上十点打烊。", *COUNTED)


def test_opening_hours_are_one_store_s_own() -> None:
    other_hours = (store(1, "云屿苏州平雁广场店", "09:30-21:00"), store(2, "云屿杭州澜湖天地店"))
    assert passes("杭州澜湖天地店早十点到晚十点营业。", *other_hours)
    assert not passes("杭州澜湖天地店早十点到晚九点营业。", *other_hours)
    assert not passes("杭州澜湖天地店早九点半到晚九点营业。", *other_hours)
    assert passes("苏州平雁广场店早九点半开门，杭州澜湖天地店早十点开门。", *other_hours)
    assert not passes("苏州平雁广场店早十点开门，杭州澜湖天地店早九点半开门。", *other_hours)


def test_what_a_store_is_called() -> None:
    assert called("云屿杭州澜湖天地店", "云屿") == ("云屿杭州澜湖天地店", "杭州澜湖天地店", "杭州澜湖天地", "澜湖天地")
    # 澄湾 alone may be anything
    assert called("芽渡天津澄湾店", "芽渡") == ("芽渡天津澄湾店", "天津澄湾店", "天津澄湾")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("到手四十三块九毛一", ClaimKind.MONEY, "4391"),
        ("省5块99", ClaimKind.MONEY, "599"),
        ("打完折35块8毛2", ClaimKind.MONEY, "3582"),
        ("四百零九块三", ClaimKind.MONEY, "40930"),
        ("599元12个", ClaimKind.MONEY, "59900"),
        ("21号22:52盘的", ClaimKind.DATE, "---21"),
        ("最晚下周二二十四号之前送来", ClaimKind.DATE, "---24"),
        ("星期五二十七号晚上", ClaimKind.DATE, "---27"),
        ("晚上九点三十五分盘点", ClaimKind.DATE, "T21:35"),
        ("早十点开门", ClaimKind.DATE, "T10:00"),
        ("地址是榕悦大道66号榕悦城1层L118", ClaimKind.STORE, "榕悦大道66号榕悦城1层l118"),
        ("和南京梧桐汇店", ClaimKind.STORE, "南京梧桐汇店"),
        ("收纳箱50×40×33cm", ClaimKind.QUANTITY, "50cm"),
        ("体重4–8kg", ClaimKind.QUANTITY, "4-8kg"),
    ],
)
def test_figures_as_people_say_them(text: str, kind: ClaimKind, value: str) -> None:
    assert value in [one.value for one in find_claims(text, KnownNames.of(())) if one.kind is kind]


def test_a_lone_day_is_that_day_of_some_record() -> None:
    assert passes("杭州澜湖天地店21号盘点有36件。", *COUNTED)
    assert not passes("杭州澜湖天地店23号盘点有36件。", *COUNTED)


def test_a_sum_that_goods_are_taken_for_is_their_price_in_any_wording() -> None:
    for words in ("这瓶29.9拿走就行。", "这款129您直接带走。"):
        assert [one.value for one in find_claims(words, KnownNames.of(())) if one.kind is ClaimKind.MONEY], words
        assert not passes(f"{A.name}是50ml的。{words}")


def test_a_gift_that_is_only_pointed_at_is_in_no_record() -> None:
    assert not passes(
        "好的，1送1那个呢。", Evidence(id="D9", kind=EvidenceKind.PASSAGE, subject="d", text="那个赠品不送。")
    )


def test_so_many_for_so_many_is_never_taken_for_free_wording() -> None:
    plan = Evidence(id="D8", kind=EvidenceKind.PASSAGE, subject="d", text=f"{A.name}买一送一，送的是同款。")
    asked_of = replace(BRIEF, asked="这款有什么活动")
    for words in ("好的，1送1那个呢。", "活动是一送一的。", "买一送一那个还在。"):
        verdict = judge(words, brief=asked_of)
        assert verdict.outcome is Outcome.HELD, words
        assert any("买几送几" in finding.rule for finding in verdict.findings), words
    assert passes(f"{A.name}买一送一，送的是同款。", plan)
    for words in ("从1楼送2楼", "3点送2单", "满11送13号店"):
        assert not [one for one in find_claims(words, KnownNames.of(())) if one.value.startswith("买赠")], words


def test_how_long_she_may_return_something_is_never_taken_for_free_wording() -> None:
    asked_of = replace(BRIEF, asked="三十天无理由，对吧？客户问的")
    lie = "三十天内不满意无理由退货，拆封也能退。"
    draft = Draft(manner=Manner.WARM, sentences=(Sentence(text=lie),), skus=(A.sku,), source=DraftSource.MODEL)
    verdict = check(draft, asked_of)
    assert verdict.outcome is Outcome.HELD
    assert any("政策时限" in finding.rule for finding in verdict.findings)
