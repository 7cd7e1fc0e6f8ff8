"""What the guard cuts, keeps, mends and holds."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.flow.brief import Brief
from assistant.flow.guard import check as guard
from assistant.flow.guard import doubting
from assistant.flow.guard.check import GUARD_VERSION, check, check_own_text
from assistant.shop import Citation, Manner, Scene, Script, Stage
from assistant.turn import Draft, DraftSource, Evidence, EvidenceKind, Intent, Outcome, Reason, Sentence, Slots, Verdict
from knowledge.packaged import version_of
from tests.flow.shopfloor import desk
from tests.flow.test_guard_mutations import PRODUCTS, brief_for, yuan

A, B = PRODUCTS[0], PRODUCTS[7]
BRIEF = brief_for(A, B)
PRICE = f"{A.name}现在是¥{yuan(A.price_fen)}。"


def judge(*texts: str, brief: Brief = BRIEF, skus: tuple[str, ...] = ()) -> Verdict:
    draft = Draft(manner=Manner.WARM, sentences=tuple(Sentence(text=text) for text in texts), skus=skus)
    return check(draft, brief)


def judge_modelled(asked: str, *texts: str) -> Verdict:
    """The same of a draft that a model wrote of A when this was asked."""
    sentences = tuple(Sentence(text=text) for text in texts)
    draft = Draft(manner=Manner.WARM, sentences=sentences, skus=(A.sku,), source=DraftSource.MODEL)
    return check(draft, with_need(question=asked))


def reasons(verdict: Verdict) -> list[Reason]:
    return [finding.reason for finding in verdict.findings]


def with_need(**update: object) -> Brief:
    need = BRIEF.need.model_copy(update=update)
    return Brief(need, BRIEF.desk, None, BRIEF.products, (), (), None, BRIEF.evidence, BRIEF.manners, BRIEF.moment)


def test_a_true_draft_passes_with_its_claims_tied_to_records() -> None:
    verdict = judge(PRICE, "您看合适吗？")
    assert verdict.outcome is Outcome.PASS
    assert verdict.findings == ()
    assert [(claim.value, claim.evidence_id) for claim in verdict.draft.claims] == [
        (A.sku, "P1"),
        (str(A.price_fen), "P1"),
    ]


def test_an_unbacked_sentence_is_cut_and_the_rest_stays() -> None:
    verdict = judge(PRICE, "明天起只要¥1。", "您看合适吗？")
    assert verdict.outcome is Outcome.TRIMMED
    assert verdict.draft.text == f"{PRICE}您看合适吗？"
    assert reasons(verdict) == [Reason.UNSUPPORTED_FIGURE, Reason.UNSUPPORTED_FIGURE][: len(verdict.findings)]
    assert any("记录里写的是" in finding.remedy for finding in verdict.findings)


def test_one_bad_sentence_inside_a_longer_text_goes_alone() -> None:
    verdict = judge(f"{PRICE}送您一台电动牙刷。有问题随时找我。")
    assert verdict.draft.text == f"{PRICE}有问题随时找我。"
    # no record gives it away, and a gift whose terms nobody tells is no lawful one either
    assert {finding.span.rstrip("。") for finding in verdict.findings} == {"送您一台电动牙刷"}
    assert reasons(verdict)[0] is Reason.UNSUPPORTED_PROMISE


def test_what_is_left_of_a_rule_read_out_goes_with_the_statement_that_answers() -> None:
    """Alone it would stand there as the answer to what it does not speak of."""
    paper = Evidence(
        id="E9",
        kind=EvidenceKind.PASSAGE,
        subject="d",
        title="退款说明",
        text="超过 7 天没有到账的，把订单号发给导购。\n赠品一并带回。",
    )
    brief = replace(BRIEF, evidence=(*BRIEF.evidence, paper))
    whole = judge("《退款说明》里写着：超过7天没有到账的，把订单号发给导购。赠品一并带回。", brief=brief)
    assert whole.draft.text.endswith("赠品一并带回。")
    torn = judge(
        "《退款说明》里写着：超过9天没有到账的，把订单号发给导购。赠品一并带回。", PRICE, "您看可以吗？", brief=brief
    )
    assert "赠品" not in torn.draft.text
    assert torn.draft.text.startswith(PRICE)
    assert any(one.rule == "引用的规定要完整" and one.span == "赠品一并带回。" for one in torn.findings)


def test_a_price_of_the_other_product_is_a_wrong_subject() -> None:
    verdict = judge(f"{A.name}现在是¥{yuan(B.price_fen)}。")
    assert verdict.outcome is Outcome.HELD
    assert reasons(verdict) == [Reason.WRONG_SUBJECT, Reason.EMPTY]


def test_a_figure_without_a_name_belongs_to_the_sentence_before() -> None:
    assert judge(f"您看的是{A.name}。", f"售价{yuan(A.price_fen)}元。").outcome is Outcome.PASS
    assert Reason.WRONG_SUBJECT in reasons(judge(f"您看的是{A.name}。", f"售价{yuan(B.price_fen)}元。"))


def test_with_no_name_at_all_the_drafts_product_counts() -> None:
    assert judge(f"现在售价{yuan(A.price_fen)}元。", skus=(A.sku,)).outcome is Outcome.PASS
    assert Reason.WRONG_SUBJECT in reasons(judge(f"现在售价{yuan(A.price_fen)}元。", skus=(B.sku,)))


def test_a_coupons_figures_come_from_that_coupon() -> None:
    whole = "满300元减40元，全场商品可用，2026年11月1日至2026年11月30日有效，每人限用1次"
    assert judge(f"「秋日护肤满减券」{whole}。").outcome is Outcome.PASS
    assert judge(f"可以用「秋日护肤满减券」。条件是{whole}。").outcome is Outcome.PASS
    assert Reason.WRONG_SUBJECT in reasons(judge("「满额好礼券」满300元减40元。"))
    assert Reason.WRONG_SUBJECT in reasons(judge("「秋日护肤满减券」12月12日前都能用。"))


def test_a_coupon_without_a_condition_it_has_is_not_shown() -> None:
    """明码标价和禁止价格欺诈规定 Art. 19: no condition is hidden, and what would make it pass is said."""
    for told in ("满300元减40元", "满300元减40元，全场商品可用，每人限用1次", "满300元减40元，2026年11月30日前有效"):
        verdict = judge(f"可以用「秋日护肤满减券」（{told}）。")
        assert verdict.outcome is Outcome.HELD
        (finding,) = [one for one in verdict.findings if one.reason is Reason.MISQUOTED]
        assert "2026年11月1日至2026年11月30日有效" in finding.remedy


def test_a_threshold_is_not_a_saving() -> None:
    assert Reason.WRONG_SUBJECT in reasons(judge("「秋日护肤满减券」满40元减300元。"))


def test_respectively() -> None:
    first, second = yuan(A.price_fen), yuan(B.price_fen)
    assert judge(f"{A.name}和{B.name}分别是{first}元和{second}元。").outcome is Outcome.PASS
    assert judge(f"{A.name}和{B.name}分别是{second}元和{first}元。").outcome is Outcome.HELD


def test_the_former_and_the_latter() -> None:
    # 云朵面霜 files 保湿, the other one 修护.
    both = f"{A.name}和{B.name}您都可以看看。"
    assert judge(both, f"前一款备案功效是{A.efficacy[0]}，后一款是{B.efficacy[0]}。").outcome is Outcome.PASS
    assert Reason.UNSUPPORTED_EFFICACY in reasons(judge(both, f"前一款备案功效是{B.efficacy[0]}。"))


def test_a_policy_term_comes_from_a_policy() -> None:
    assert judge("门店买的15天内凭小票可以退。").outcome is Outcome.PASS
    assert Reason.UNSUPPORTED_FIGURE in reasons(judge("门店买的30天内凭小票可以退。"))


def test_a_time_to_an_effect_is_never_backed_by_a_policy() -> None:
    found = reasons(judge(PRICE, f"{A.name}7天见效。"))
    assert Reason.WRONG_SUBJECT in found
    assert Reason.UNSUPPORTED_EFFICACY in found


def test_a_worry_in_the_record_backs_no_effect() -> None:
    # The product record lists 肌肤需求：美白.
    assert Reason.UNSUPPORTED_EFFICACY in reasons(judge(f"{A.name}可以美白。"))


def test_names_must_be_known_here() -> None:
    assert reasons(judge(PRICE, f"{PRODUCTS[12].name}也不错。")) == [Reason.UNKNOWN_PRODUCT]
    assert Reason.UNKNOWN_PRODUCT in reasons(judge(PRICE, "「极光霜」也不错。"))
    assert reasons(judge(PRICE, "还能用「店长特批券」。")) == [Reason.UNKNOWN_COUPON]


def test_a_product_the_customer_bought_may_be_named() -> None:
    # 云朵面霜 stands in the customer's purchases, here with another main product.
    brief = brief_for(PRODUCTS[3], PRODUCTS[4])
    assert judge(f"您上次买的{A.name}用完了吗？", "有想问的随时跟我说。", brief=brief).outcome is Outcome.PASS


def test_small_counts_of_conversation_pass() -> None:
    assert judge("给您挑了两款。", PRICE, "我说两句就好，一起看看。").outcome is Outcome.PASS


def test_the_customers_own_budget_may_be_said_back() -> None:
    brief = with_need(slots=Slots(budget_fen=30000, quantity=3))
    assert judge("按您300元的预算看。", PRICE, brief=brief).outcome is Outcome.PASS
    assert judge("按您400元的预算看。", PRICE, brief=brief).outcome is Outcome.TRIMMED


@pytest.mark.parametrize("blank", ["【价格】", "{price}", "None", "nan", "XX", "__"])
def test_unfilled_blanks_are_cut(blank: str) -> None:
    verdict = judge(PRICE, f"现在{blank}就能带走。")
    assert Reason.UNFILLED_BLANK in reasons(verdict)
    assert verdict.draft.text == PRICE


@pytest.mark.parametrize(
    "secret", ["13800002231", "110101199003074514", "wmAbCdEfGhIjKlMnOp", "订单号YY2026110100123", "生日1990年8月15日"]
)
def test_personal_data_is_cut(secret: str) -> None:
    verdict = judge(PRICE, f"资料是{secret}。")
    assert Reason.PRIVACY in reasons(verdict)
    assert secret not in verdict.draft.text


def test_the_customers_id_is_personal_data() -> None:
    verdict = judge(PRICE, "您的编号是cust-77。", brief=with_need(customer_id="cust-77"))
    assert Reason.PRIVACY in reasons(verdict)


def test_unlawful_words_are_cut_and_a_lone_unlawful_draft_is_held() -> None:
    assert judge(PRICE, "这是最好的面霜。").outcome is Outcome.TRIMMED
    held = judge("您好！", "这是最好的面霜。", "有问题随时找我。")
    assert held.outcome is Outcome.HELD
    assert held.draft.sentences == ()
    assert reasons(held) == [Reason.ABSOLUTE_TERM, Reason.EMPTY]


def test_words_split_over_two_sentences_are_read_as_one() -> None:
    verdict = judge(PRICE, "这款真是全网", "最低价了。")
    assert verdict.draft.text == PRICE


def test_a_warning_goes_along_and_cuts_nothing() -> None:
    verdict = judge(PRICE, "这样买最划算。")
    assert verdict.outcome is Outcome.PASS
    assert reasons(verdict) == [Reason.ABSOLUTE_TERM]


def test_only_a_greeting_is_held_unless_a_greeting_was_wanted() -> None:
    assert reasons(judge("林姐您好！", "有需要随时找我。")) == [Reason.EMPTY]
    assert judge("林姐您好！", "有需要随时找我。", brief=with_need(intent=Intent.GREETING)).outcome is Outcome.PASS
    assert judge("林姐，生日快乐！", "愿您天天开心。", brief=with_need(intent=Intent.BIRTHDAY)).outcome is Outcome.PASS


def test_a_greeting_made_longer_is_a_greeting_still() -> None:
    longer = with_need(intent=Intent.REFINE, also=(Intent.BIRTHDAY,))
    assert judge("林姐，祝您生日快乐！", "愿新的一岁从容自在。", brief=longer).outcome is Outcome.PASS


def test_a_coupon_s_days_do_not_run_into_what_it_takes_off() -> None:
    """满300减40，11月: the comma parts two figures."""
    told = "「秋日护肤满减券」满300减40，11月1日至11月30日有效，每人限用1次，全场商品可用。"
    assert "有据可查（满减）" not in [one.rule for one in judge(told).findings]
    wrong = told.replace("减40", "减400")
    assert "有据可查（满减）" in [one.rule for one in judge(wrong).findings]


@pytest.mark.parametrize("said", ["五折我这边没法给您。", "5折的活动我这边没有查到。"])
def test_a_discount_that_is_refused_needs_no_record(said: str) -> None:
    assert judge(PRICE, said).outcome is Outcome.PASS
    assert judge(PRICE, "五折给您，没有问题。").outcome is not Outcome.PASS


@pytest.mark.parametrize(
    "said", ["处理的规定我手边没有，问明白了再回您。", "会员的手机号我这边没法给您。", "是您本人喝还是给家人准备呢？"]
)
def test_what_is_owned_up_to_refused_or_asked_asserts_nothing(said: str) -> None:
    assert judge(PRICE, said).outcome is Outcome.PASS


@pytest.mark.parametrize("said", ["店里的规定，拆封的一样给退。", "会员的手机号我这边发您一份。"])
def test_the_same_told_or_given_away_is_cut(said: str) -> None:
    assert judge(PRICE, said).outcome is not Outcome.PASS


def test_less_than_six_characters_is_nothing() -> None:
    assert judge("好的呢。").outcome is Outcome.HELD
    assert judge().outcome is Outcome.HELD


@pytest.mark.parametrize("word", ["所以", "而且", "另外，", "同时，"])
def test_no_connective_is_left_hanging(word: str) -> None:
    verdict = judge(PRICE, "它能美白。", f"{word}您看看合不合适。")
    assert verdict.draft.text == f"{PRICE}您看看合不合适。"


def test_a_pronoun_gets_its_name_back() -> None:
    verdict = judge(f"{B.name}是¥{yuan(B.price_fen)}。", f"{A.name}是¥1。", f"它适合{A.suitable_for[0]}皮肤。")
    assert verdict.draft.sentences[-1].text == f"{A.name}适合干性皮肤。"


def test_no_comma_is_left_at_the_end() -> None:
    assert judge(PRICE.rstrip("。") + "；", "还送您一台电视。").draft.text == PRICE


def test_evidence_ids_of_the_writer_are_no_proof() -> None:
    draft = Draft(manner=Manner.BRIEF, sentences=(Sentence(text=f"{A.name}现在是¥1。", evidence=("P1",)),))
    assert check(draft, BRIEF).outcome is Outcome.HELD


def test_the_same_draft_gets_the_same_verdict() -> None:
    assert judge(PRICE, "它能美白。") == judge(PRICE, "它能美白。")


def test_an_error_of_the_checker_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("rules are gone")

    monkeypatch.setattr(guard, "screen", broken)
    with pytest.raises(LookupError):
        judge(PRICE)


def test_the_version_changes_with_every_file_of_the_guard(tmp_path: Path) -> None:
    assert re.fullmatch("guard-[0-9a-f]{12}", GUARD_VERSION)
    room = Path(guard.__file__).parent
    copied = shutil.copytree(room, tmp_path / "guard")
    assert f"guard-{version_of(copied)}" == f"guard-{version_of(room)}" == GUARD_VERSION
    for name in ("model_phrases.yaml", "straying.py", "law/second_reader.npz", "doubt/doubt.npz"):
        before = version_of(copied)
        with (copied / name).open("ab") as file:
            file.write(b"\n")
        assert version_of(copied) != before, name


def test_a_guides_own_text_is_only_remarked_upon() -> None:
    findings = check_own_text(f"{A.name}只要1元，是最好的面霜", BRIEF.evidence, (A, B), today=date(2026, 11, 22))
    assert {finding.reason for finding in findings} == {Reason.UNSUPPORTED_FIGURE, Reason.ABSOLUTE_TERM}
    assert check_own_text(PRICE, BRIEF.evidence, (A, B), today=date(2026, 11, 22)) == ()


def test_what_is_wrong_with_her_own_words_is_told_once_and_no_gift_answers_a_piece_kept_back() -> None:
    findings = check_own_text("好的，我给您留一支。", BRIEF.evidence, (A, B), today=date(2026, 11, 22))
    assert [finding.span for finding in findings] == ["我给您留一"]
    assert "赠" not in findings[0].remedy


def test_what_a_coupon_is_limited_to_is_not_what_the_sum_is_about() -> None:
    """The bill is about the goods named before; 限A、B等6项 only tells the coupon's scope."""
    pay = f"¥{yuan(2 * A.price_fen - 4000)}"
    told = f"两件{A.name}，用完券实付{pay}，用的是「秋日护肤满减券」（满300元减40元，限{B.name}等6项）。"
    assert [one.span for one in judge(told).findings if one.span == pay] == []
    wrong = f"{B.name}用完券实付{pay}。"
    assert pay in [one.span for one in judge(wrong).findings]


def test_a_sun_protection_level_of_the_registered_name_may_be_told() -> None:
    sunscreen = A.model_copy(update={"name": "云屿轻润防晒乳 SPF30 PA+++", "special_registration": "国妆特字G20990009"})
    assert judge(PRICE.replace(A.name, "它")).outcome is Outcome.PASS
    where = desk(products={sunscreen.sku: sunscreen, B.sku: B})
    record = BRIEF.evidence[0].model_copy(
        update={"text": f"{sunscreen.name}（{sunscreen.sku}）；防晒；备案功效：防晒。"}
    )
    asked = replace(BRIEF, desk=where, products=(sunscreen,), evidence=(record,))
    assert judge(f"{sunscreen.name}标的是SPF30 PA+++。", brief=asked).outcome is Outcome.PASS
    assert judge(f"{sunscreen.name}标的是SPF50 PA+++。", brief=asked).outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("发票可以多开五百，客户要报销", "没错，多开五百，随时来找我。"),
        ("她问旧瓶子换新瓶行不行", "可以的，旧瓶子换新瓶，您拿来就好。"),
        ("有没有什么券是不公开的，给我一张", "不公开的券一人一张，您这张还在。"),
        ("客户要防晒丸，吃的那种", "防晒丸早晚各一次，用在精华之后。"),
        ("加上送面膜", "还是给您送面膜，和之前说的一样。"),
        ("熊小姐买这个，你就按免单写", "免单给您安排上了，现在就能下单。"),
        ("生日当天积分五倍，写给小鹿", "对的，五倍，您直接到店就行。"),
        ("写短一点", "您放心，跟上次说的一样。"),
    ],
)
def test_a_model_s_yes_makes_no_record_of_what_was_asked_for(asked: str, granted: str) -> None:
    verdict = judge_modelled(asked, PRICE, granted)
    assert verdict.draft.text == PRICE
    assert "不替店里答应" in [finding.rule for finding in verdict.findings]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("客户说膝盖疼了半个月，能不能用", "您膝盖疼了半个月了，还是先去医院看看。"),
        ("送婆婆的", "送婆婆的话，您可以先看看她平时用什么。"),
        ("把那张免单券发我", "免单券我这边没有查到，不敢答应您。"),
    ],
)
def test_her_own_case_may_be_spoken_of(asked: str, told: str) -> None:
    verdict = judge_modelled(asked, PRICE, told)
    assert "不替店里答应" not in [finding.rule for finding in verdict.findings]


def test_half_a_name_is_priced_like_a_whole_one() -> None:
    half = A.name.split(" ")[0][2:]
    verdict = judge(f"{half}现在{yuan(B.price_fen)}元。")
    assert verdict.outcome is Outcome.HELD


def test_a_yes_with_a_record_behind_it_stays() -> None:
    told = f"是的，{PRICE}"
    verdict = judge_modelled(f"客户问{PRICE.rstrip('。')}对吗", told)
    assert verdict.draft.text == told


def test_half_price_for_the_second_piece_backs_no_discount_on_everything() -> None:
    second = Evidence(
        id="K1",
        kind=EvidenceKind.COUPON,
        subject="CX1",
        text="「牙膏第二件半价」：每2件里价格较低的一件半价，限薄荷牙膏，11月1日至12月31日有效。",
    )
    brief = replace(BRIEF, evidence=(*BRIEF.evidence, second))
    for said in ("本店今天全场五折。", "这个现在五折。"):
        verdict = judge("帮您查过现在的活动了，跟您说一下。", said, brief=brief)
        assert said not in verdict.draft.text


def test_how_to_hear_no_more_is_no_message_by_itself() -> None:
    way_out = "要是觉得打扰，跟我说一声我就不发了。"
    for intent in (Intent.REACTIVATION, Intent.CARE, Intent.BIRTHDAY):
        assert judge(way_out, brief=with_need(intent=intent)).outcome is Outcome.HELD
        assert (
            judge("林姐，好久不见，最近都好吧？", way_out, brief=with_need(intent=Intent.CARE)).outcome is Outcome.PASS
        )


def test_an_approved_script_is_doubted_for_what_fills_its_blanks_only() -> None:
    script = Script(
        script_id="Q1",
        title="老客",
        text=f"园子里的桂花都落了，{A.name}给您留意着【优惠】呢。",
        stage=Stage.CARE,
        scene=Scene.PRIVATE,
        manner=Manner.WARM,
        cited=Citation(document_id="d", title="话术", version=1, place="第1行"),
    )
    desk = replace(BRIEF.desk, shop=replace(BRIEF.desk.shop, scripts=(script,)))
    brief = replace(BRIEF, desk=desk)

    def judged(words: str, *script_ids: str) -> Outcome:
        draft = Draft(manner=Manner.WARM, sentences=(Sentence(text=words),), skus=(A.sku,), script_ids=script_ids)
        return check(draft, brief).outcome

    said = f"园子里的桂花都落了，{A.name}给您留意着{{}}呢。"
    true, invented = said.format(A.name), said.format("祖传秘方治落枕的老味道")
    assert judged(true, "Q1") is Outcome.PASS
    assert judged(invented, "Q1") is Outcome.HELD
    assert doubting.approved_in(Draft(manner=Manner.WARM, sentences=()), brief) == ()
