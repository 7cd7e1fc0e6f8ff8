"""Two halves that are each true of something, and not of one thing: caught together."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.turn import BasketLine, Evidence, EvidenceKind, Offer, Outcome, Reason
from tests.flow.test_guard import A, B, judge
from tests.flow.test_guard_mutations import brief_for, yuan

BILL = Offer(
    lines=(BasketLine(sku=A.sku, name=A.name, category=A.category, unit_fen=A.price_fen, quantity=2),),
    total_fen=2 * A.price_fen,
    pay_fen=2 * A.price_fen,
    saving_fen=0,
    why="",
    decided_at=datetime(2026, 11, 22, tzinfo=UTC),
    rules_version="1",
)
PLAIN = brief_for(A, B)
BILLED = replace(PLAIN, offer=BILL)


def store(number: int, name: str, address: str) -> Evidence:
    return Evidence(id=f"M{number}", kind=EvidenceKind.STORE, subject=f"S{number}", text=f"{name}；地址：{address}。")


def rule(number: int, title: str, text: str) -> Evidence:
    return Evidence(
        id=f"D{number}",
        kind=EvidenceKind.PASSAGE,
        subject=f"doc-{number}",
        title=title,
        text=f"《{title}》（第1版）：{text}",
    )


@pytest.mark.parametrize(("count", "outcome"), [(2, Outcome.PASS), (3, Outcome.HELD)])
def test_the_pieces_of_a_line_are_those_on_the_bill(count: int, outcome: Outcome) -> None:
    verdict = judge(f"{A.name}¥{yuan(A.price_fen)}×{count}，一共¥{yuan(2 * A.price_fen)}。", brief=BILLED)
    assert verdict.outcome is outcome
    if outcome is Outcome.HELD:
        assert "账单上这款是2件，照着写" in [one.remedy for one in verdict.findings]


def test_a_size_behind_a_name_is_that_product_s_and_pieces_may_be_bought() -> None:
    assert A.spec != B.spec
    assert judge(f"{A.name}（{A.spec}）售价¥{yuan(A.price_fen)}。").outcome is Outcome.PASS
    assert judge(f"{A.name}（1支+替换头2个）售价¥{yuan(A.price_fen)}。").outcome is Outcome.HELD
    assert judge(f"推荐{A.name}，1支+替换头2个，可以看看。").outcome is Outcome.HELD
    assert judge(f"推荐{A.name}，{A.spec}，可以看看。").outcome is Outcome.PASS
    assert judge(f"{A.name}（2件）一共¥{yuan(2 * A.price_fen)}。", brief=BILLED).outcome is Outcome.PASS


def test_how_a_product_is_used_is_not_told_of_another() -> None:
    used = "睡前取黄豆大小，掌心温热后按压"
    brief = brief_for(A.model_copy(update={"usage": f"{used}。避开眼周。"}), B)
    assert judge(f"{A.name}的用法：{used}。", brief=brief).outcome is Outcome.PASS
    verdict = judge(f"{B.name}的用法：{used}。", brief=brief)
    assert [one.span for one in verdict.findings if one.reason is Reason.WRONG_SUBJECT] == [used]
    both = brief_for(*(one.model_copy(update={"usage": f"{used}。"}) for one in (A, B)))
    assert judge(f"{B.name}的用法：{used}。", brief=both).outcome is Outcome.PASS


def test_the_two_compared_are_those_of_the_clause_not_of_a_list_before_it() -> None:
    cheap, dear = sorted((A, B), key=lambda one: one.price_fen)
    listed = f"价格是{cheap.name}¥{yuan(cheap.price_fen)}，{dear.name}¥{yuan(dear.price_fen)}"
    assert judge(f"{cheap.name}比{dear.name}便宜。").outcome is Outcome.PASS
    verdict = judge(f"{listed}，{dear.name}比{cheap.name}便宜。")
    assert "有据可查（价格高低）" in [one.rule for one in verdict.findings]


def test_an_address_belongs_to_the_store_before_it() -> None:
    stores = (store(1, "云屿北苑广场店", "杭州市清河路5号1层"), store(2, "云屿南塘天地店", "宁波市月湖路9号2层"))
    brief = replace(PLAIN, evidence=(*PLAIN.evidence, *stores))
    assert judge("您可以到云屿南塘天地店（宁波市月湖路9号2层）看看。", brief=brief).outcome is Outcome.PASS
    verdict = judge("您可以到云屿北苑广场店（宁波市月湖路9号2层）看看。", brief=brief)
    assert verdict.outcome is Outcome.HELD
    assert "云屿南塘天地店的地址" in verdict.findings[0].remedy


RULES = (
    rule(1, "无理由退货说明", "刻字的商品不适用无理由退货；下单时没有单独确认的，都可以退。"),
    rule(2, "优惠券规则", "部分退货时券不退回，详见《无理由退货说明》。"),
    rule(3, "常见问题", "能。自购买次日起 15 天内，包装完好，凭小票退货。"),
    rule(4, "常见问题", "小票和包装留好，30 天内可以全额退款。"),
)
RULED = replace(PLAIN, evidence=(*PLAIN.evidence, *RULES))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            "《无理由退货说明》写明，刻字的商品不适用无理由退货；下单时没有单独确认的，都可以退。",
            "都可以退",
        ),
        # the quotation goes on behind the semicolon, where no title stands
        ("《无理由退货说明》写明，刻字的商品不适用无理由退货；下单时没有单独确认的，都不能退。", ""),
        # and to the end of what is read out
        ("《常见问题》是这么写的：能。自购买次日起15天内，包装完好，凭小票退货。", "15天"),
        ("《常见问题》是这么写的：能。自购买次日起30天内，包装完好，凭小票退货。", ""),
    ],
)
def test_a_quotation_is_true_to_its_paper_in_every_part(told: str, shown: str) -> None:
    text = judge(told, brief=RULED).draft.text
    assert shown in text
    assert "都不能退" not in text
    assert "30天" not in text


def test_a_paper_that_another_refers_to_is_not_the_one_that_says_it() -> None:
    told = judge("《优惠券规则》写明，刻字的商品不适用无理由退货。", brief=RULED)
    assert told.outcome is Outcome.HELD
    assert "《无理由退货说明》" in told.findings[0].remedy


def test_conditions_in_a_sentence_of_their_own_fall_with_the_coupon_that_lacks_one() -> None:
    told = ("可以用「秋日护肤满减券」。", "用券规则：满300元减40元，全场商品可用，每人限用1次。")
    assert judge(*told).outcome is Outcome.HELD


def test_two_products_told_one_after_the_other_keep_their_own_effects() -> None:
    both = f"{A.name}和{B.name}您都可以看看。"
    assert judge(both, f"一款主打{A.efficacy[0]}，一款主打{B.efficacy[0]}。").outcome is Outcome.PASS
    assert judge(both, f"一款主打{B.efficacy[0]}，一款主打{A.efficacy[0]}。").outcome is Outcome.TRIMMED


SOAP = A.model_copy(
    update={"ingredients": ("山茶籽油", "甘油"), "cautions": ("请勿吞咽", "避免接触眼睛", "眼周请勿使用")}
)


@pytest.mark.parametrize("said", ["可以吞咽。", "放心吞咽就行。", "直接接触眼睛也可以。"])
def test_what_a_caution_warns_of_is_never_allowed(said: str) -> None:
    findings = judge(f"{SOAP.name}{said}", brief=brief_for(SOAP, B)).findings
    assert "有据可查（注意事项）" in [one.rule for one in findings]


@pytest.mark.parametrize(
    "said", ["请勿吞咽。", "不可以吞咽。", "可以吞咽吗？", "能不能接触眼睛？", "每天可以使用两次。"]
)
def test_a_caution_read_out_or_asked_about_turns_nothing_round(said: str) -> None:
    findings = judge(f"{SOAP.name}{said}", brief=brief_for(SOAP, B)).findings
    assert "有据可查（注意事项）" not in [one.rule for one in findings]


def test_a_part_is_not_denied_by_its_plain_name() -> None:
    denied = judge(f"{SOAP.name}不含山茶。", brief=brief_for(SOAP, B)).findings
    assert "资料里的成分有山茶籽油，不能说没有" in [one.remedy for one in denied]
    other = judge(f"{SOAP.name}没有色素。", brief=brief_for(SOAP, B)).findings
    assert not [one for one in other if one.remedy.startswith("资料里的成分有")]
