"""Whose rule is told: the store's own before headquarters', and the paper that is about the very thing asked."""

import pytest

from assistant.flow.finding.quoting import Quote, best_quote
from assistant.flow.guard.law import compliance
from assistant.flow.guard.law.compliance import check_text
from assistant.flow.understanding.intents import policy_topics
from assistant.flow.words.wording import quoted
from assistant.turn import Hit
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from knowledge.reconciling import matters, same_matter

STORE = Scope(level=ScopeLevel.STORE, id="S9")


def passage(title: str, text: str, heading: str = "", scope: Scope | None = None) -> Passage:
    return Passage(
        id=f"{title}{heading}",
        document_id=title,
        title=title,
        version=1,
        kind=DocumentKind.POLICY,
        place=heading or "p",
        heading=(heading,) if heading else (),
        text=text,
        scope=scope or Scope(),
    )


def hit(title: str, text: str, heading: str = "", scope: Scope | None = None, score: float = 0.8) -> Hit:
    return Hit(passage=passage(title, text, heading, scope), score=score)


def quote(question: str, *hits: Hit, going_on: tuple[str, ...] = ()) -> Quote | None:
    return best_quote(question, hits, (DocumentKind.POLICY,), overlap_needed=True, going_on=going_on)


def test_a_stores_own_rule_is_told_though_headquarters_uses_more_of_the_words_asked() -> None:
    brand = hit("旧琴置换规定", "旧琴换新琴的，按评估价抵，另收整理费 200 元。", "旧琴置换")
    own = hit("滨江店（S9）旧琴置换说明", "整理费 260 元，其他按总部规定。", "费用", STORE, 0.6)
    found = quote("旧琴换新琴 整理费收多少", brand, own)
    assert found is not None
    assert found.statements == ("整理费 260 元，其他按总部规定。",)


def test_a_stores_rule_on_another_matter_does_not_stand_in_the_way() -> None:
    brand = hit("旧琴置换规定", "旧琴换新琴的，按评估价抵，另收整理费 200 元。", "旧琴置换")
    own = hit("滨江店（S9）停车说明", "停车满 2 小时另收费 5 元。", "停车", STORE)
    found = quote("旧琴换新琴 整理费收多少", brand, own)
    assert found is not None
    assert found.hit.passage.title == "旧琴置换规定"


def test_titles_tell_what_two_papers_are_both_about() -> None:
    returns = passage("门店退换货规则", "7 天内可以退。")
    assert matters(passage("滨江店（S9）自提与停车说明", "。", scope=STORE)) == ("自提", "停车")
    assert same_matter(passage("滨江店（S9）换货补充", "10 天内可以换。", scope=STORE), returns)
    assert not same_matter(passage("滨江店（S9）停车说明", "可以停车。", scope=STORE), returns)
    assert same_matter(
        passage("滨江店（S9）退换补充", "本店不参加球拍试打换线。", scope=STORE),
        passage("球拍试打换线", "可以换一次。"),
    )


def test_the_paper_about_the_thing_named_answers_before_the_one_about_returns() -> None:
    returns = hit("门店退换规定", "没有使用过的 7 天内可以换货，几天内换都要小票。", "换货", score=0.9)
    engraving = hit("刻字与改圈", "刻字免费一次，3 个工作日取货。", "刻字", score=0.6)
    found = quote("吉他刻字几天能拿", returns, engraving)
    assert found is not None
    assert found.hit.passage.title == "刻字与改圈"


def test_a_rule_without_a_word_of_the_question_is_no_answer() -> None:
    assert quote("会不会跌 要不要再等等", hit("不适处理", "发红发痒的请摘下用清水冲洗。", "戴了不舒服")) is None


def test_a_question_that_goes_on_stays_with_the_paper_that_answered() -> None:
    trade = hit("旧琴置换", "不是本店买的琴也可以换，要当面评估。", score=0.5)
    returns = hit("门店退换规定", "本店买的 7 天内可以换货。", "换货", score=0.9)
    found = quote("不是本店买的琴能换不", returns, trade, going_on=("旧琴置换",))
    assert found is not None
    assert found.hit.passage.title == "旧琴置换"


def test_a_price_that_fell_asks_for_the_difference_and_not_for_a_return() -> None:
    assert policy_topics("上周买的跌了能退吗") == ("价保",)


def test_the_shops_lawful_rule_on_goods_without_a_fault_is_told_whole() -> None:
    for said in (
        "门店购买的商品，非质量问题不办理退款。",
        "下水洗过的，没有质量问题不办理退换。",
        "没有质量问题的，不退不换。",
    ):
        assert not check_text(said, ())
    assert check_text("特价商品概不退换。", ())
    assert check_text("非质量问题一律不退。", ())


def test_what_a_record_says_word_for_word_is_not_doubted_for_its_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "再犹豫就恢复两千六了"
    recorded = f"调价通知；{said}。"
    assert check_text(said, (), (recorded,)), "the reader is sure of it, and no record lifts that"
    # which sentences it is not sure of changes each time it is taught: here it is sure of none
    monkeypatch.setattr(compliance, "certain_from", lambda: float("inf"))
    assert check_text(said, ())
    assert not check_text(said, (), (recorded,))
    assert not check_text(said, (), (recorded.replace("恢复", "恢 复 "),)), "spaces are no words"
    # where the record denies it, its words back nothing
    assert check_text(said, (), (f"不是{said}。",))


def test_a_time_of_day_is_no_label() -> None:
    assert quoted(("每天9:30公布。",)) == "每天9:30公布。"
