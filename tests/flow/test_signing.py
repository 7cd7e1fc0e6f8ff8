"""Which texts a manager signs before they are sent: each rule fires on what it is for, and leaves ordinary answers alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.flow.guard.signing import Behind, sign_offs
from assistant.rulebook import SignOffRules
from assistant.shop import CouponKind
from assistant.turn import (
    AppliedCoupon,
    BasketLine,
    Intent,
    Need,
    Noticed,
    Offer,
    Signal,
    SignOffRule,
)

RULES = SignOffRules()
OFF = SignOffRules(discount_pays_at_most=0, grant_fen=0, refund_promise=False, complaint=False, health_claim=False)
POLICY = (
    "自购买次日起30天内出现不适的，凭购买记录和剩余商品全额退款，开封了也可以办。质量问题我们给您换新，运费由门店承担。"
)


def behind(
    intent: Intent = Intent.POLICY, offer: Offer | None = None, records: tuple[str, ...] = (), *signals: Signal
) -> Behind:
    noticed = tuple(Noticed(signal=one, words="怀孕") for one in signals)
    return Behind(Need(intent=intent, question="问题", signals=noticed), offer, records)


def met(text: str, about: Behind | None = None, rules: SignOffRules = RULES) -> list[SignOffRule]:
    return [one.rule for one in sign_offs(text, about or behind(), rules)]


def offer(price_fen: int, *savings: int, quantity: int = 1, shipping_fen: int = 0) -> Offer:
    applied = tuple(
        AppliedCoupon(
            coupon_id=f"CP{number}",
            name=f"券{'甲乙丙'[number]}",
            kind=CouponKind.THRESHOLD,
            saving_fen=saving,
            per_line=(saving,),
            terms="",
        )
        for number, saving in enumerate(savings)
    )
    total = price_fen * quantity + shipping_fen
    return Offer(
        lines=(BasketLine(sku="S", name="面霜", category="面霜", unit_fen=price_fen, quantity=quantity),),
        shipping_fen=shipping_fen,
        total_fen=total,
        pay_fen=total - sum(savings),
        saving_fen=sum(savings),
        applied=applied,
        why="",
        decided_at=datetime(2026, 11, 22, tzinfo=UTC),
        rules_version="r",
    )


# ---- a promised refund -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "您放心，我这就给您全额退款。",
        "姐，万一过敏我全额赔您。",
        "这单我给您破个例退掉。",
        "我马上给您补寄一支新的过去。",
        "您的医药费全部由我们来出。",
        "医药费我们承担，您安心看病。",
        "我们负责给您换条新的。",
        "给您补一张50元券，算是一点心意。",
        "钱我保证当天就给您退回去。",
        "后面要是降价了，七天内给您补差价。",
        "给您免单，好吧？",
        "我们愿意三倍赔偿。",
    ],
)
def test_a_promise_to_pay_back_waits(text: str) -> None:
    [found] = sign_offs(text, behind(), RULES)
    assert found.rule is SignOffRule.REFUND_PROMISE
    assert found.words in text
    assert "店长" in found.remedy


@pytest.mark.parametrize(
    "text",
    [
        "您好，门店退换货政策里写着：7天内，吊牌完整的，凭小票可以退货，原路退款。",
        "退款会原路返回，到账时间的规定是3个工作日内。",
        "赔付我做不了主，不能随口应您，我现在就报给店长，请店长直接联系您。",
        "您提的要求我一字不差地报给店长，这不是我能答应的，由店长来跟您谈。",
        "能不能给您退，我问准了再回您。",
        "开了封的不能给您无理由退。",
        "我帮您申请一下补偿，批不批由店长定。",
        "您看要给您换一件新的吗？",
        "我帮您查一下退换货的规定。",
        "已经记下您的意思，推广消息给您退订了。",
        "麻烦您先说说想退的原因。",
        "这款给您换个颜色看看？",
        "给您介绍一款补水面膜。",
        "未拆封可以凭小票退货，您把单子拍给我。",
    ],
)
def test_an_ordinary_answer_about_returns_does_not_wait(text: str) -> None:
    assert met(text) == []


def test_words_of_the_published_policy_are_no_promise() -> None:
    quoted = "按《门店退换货政策》，质量问题我们给您换新，运费由门店承担。"
    assert met(quoted) == [SignOffRule.REFUND_PROMISE]
    assert met(quoted, behind(records=(POLICY,))) == []
    assert met("您这个情况，我们给您换新。", behind(records=(POLICY,))) == []
    assert met("您这个我们直接给您全额退款。", behind(records=(POLICY,))) == [SignOffRule.REFUND_PROMISE]


# ---- a complaint -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "听您这么说我很着急。请先停用，用清水冲洗干净；要是一直不缓解，请尽快去医院皮肤科看看，听医生的。方便的话拍张照片给我。",
        "真对不起，先别再用了，东西和小票留好；人不舒服请先去看医生。我这就报给店长，由店长联系您。",
        "您说的我都记下了，是我们没做好，跟您道个歉。我现在去找店长一起看怎么处理。",
        "抱歉给您添麻烦了。您把平时用着没事的产品告诉我，我一起报上去。",
        "是不是过敏要听医生的，您先别用了。",
    ],
)
def test_a_calm_first_answer_goes_out(text: str) -> None:
    assert met(text, behind(Intent.COMPLAINT)) == []


@pytest.mark.parametrize(
    "text",
    [
        "您先涂点抗过敏药膏，明天再看。",
        "这是正常的排毒反应。",
        "您可以冷敷一下。",
        "坚持再用几天就好了。",
        "没关系，您继续用就行。",
        "这跟我们产品没有关系。",
        "产品质量肯定没问题。",
        "是您自己用法不当造成的。",
        "这次确实是我们的责任。",
        "问题不大，不用去医院。",
    ],
)
def test_guidance_and_verdicts_in_a_complaint_wait(text: str) -> None:
    assert SignOffRule.COMPLAINT in met(text, behind(Intent.COMPLAINT))
    assert SignOffRule.COMPLAINT not in met(text, behind(Intent.USAGE))


def test_who_answers_for_complaints_answers_for_promises_in_them() -> None:
    promise = "我这就给您全额退款。"
    rules = RULES.model_copy(update={"refund_promise": False})
    assert met(promise, behind(Intent.COMPLAINT), rules) == [SignOffRule.COMPLAINT]
    assert met(promise, behind(Intent.POLICY), rules) == []


# ---- health ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "孕期也可以放心用。",
        "哺乳期能用的，很温和。",
        "血糖高的老人也能吃。",
        "怀孕的姐妹涂也不用担心。",
        "适合糖尿病人吃。",
        "对小麦过敏的人少吃两口也不要紧。",
        "每天喝一杯，可以增强免疫力。",
        "这款能改善睡眠。",
    ],
)
def test_a_claim_of_health_waits(text: str) -> None:
    assert met(text, behind(Intent.SUITABILITY)) == [SignOffRule.HEALTH_CLAIM]


@pytest.mark.parametrize(
    "text",
    [
        "孕期能不能用，请您先问医生。",
        "资料写明不适合少年儿童、孕妇、乳母。",
        "对牛奶过敏的人不能吃。",
        "孕妇及哺乳期慎用。",
        "适合敏感肌、干皮，质地清爽。",
        "本品不能代替药物。",
        "适合6–9个月宝宝穿。",
    ],
)
def test_a_caution_is_no_claim_of_health(text: str) -> None:
    assert met(text, behind(Intent.SUITABILITY)) == []


def test_what_the_record_says_is_weighed_anew_for_somebody_with_a_condition() -> None:
    record = ("适用：孕妇可用，哺乳期可用",)
    assert met("资料写的是孕妇可用。", behind(Intent.SUITABILITY, None, record)) == [SignOffRule.HEALTH_CLAIM]
    assert met("孕妇可用，哺乳期可用。", behind(Intent.SUITABILITY, None, record)) == []
    asked = behind(Intent.SUITABILITY, None, record, Signal.PREGNANCY)
    assert met("孕妇可用，哺乳期可用。", asked) == [SignOffRule.HEALTH_CLAIM]


# ---- money -------------------------------------------------------------------------------------


def test_a_deep_discount_waits_at_the_limit_and_not_above() -> None:
    at_limit, above = offer(20000, 10000), offer(20000, 9900)
    [found] = sign_offs("可以用「券甲」。", behind(offer=at_limit), RULES)
    assert found.rule is SignOffRule.DEEP_DISCOUNT
    assert found.words == "用「券甲」后付 100 元，是店价 200 元的 50%"
    assert met("可以用「券甲」。", behind(offer=above)) == []
    assert met("这款200元，挺好用。", behind(offer=at_limit)) == []


def test_telling_what_is_left_to_pay_tells_the_coupons() -> None:
    deep = offer(20000, 12000)
    assert met("您这单到手80元。", behind(offer=deep)) == [SignOffRule.DEEP_DISCOUNT]
    assert met("您这单到手¥180元。", behind(offer=deep)) == []


def test_shipping_makes_no_discount_shallow() -> None:
    assert met("用「券甲」。", behind(offer=offer(20000, 10000, shipping_fen=1000))) == [SignOffRule.DEEP_DISCOUNT]


def test_a_large_grant_waits_from_its_sum_on() -> None:
    text = "可以用「券甲」和「券乙」。"
    [found] = sign_offs(text, behind(offer=offer(900000, 30000, 20000)), RULES)
    assert (found.rule, found.words) == (SignOffRule.LARGE_GRANT, "用「券甲」「券乙」一共减 500 元")
    assert met("可以用「券甲」。", behind(offer=offer(900000, 30000, 20000))) == []


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("老顾客给您打三折。", True),
        ("今天全场半价。", True),
        ("这款享8.8折。", False),
        ("连体衣第二件半价。", False),
        ("两件里低的那件半价。", False),
        ("打五折这个没有记录，没法按这个报。", False),
        ("没有五折的券。", False),
    ],
)
def test_a_discount_told_without_an_offer(text: str, waits: bool) -> None:
    assert (met(text) == [SignOffRule.DEEP_DISCOUNT]) is waits


# ---- all of them -------------------------------------------------------------------------------

EVERYTHING = "给您全额退款，您先涂点药膏，孕期可以放心用，给您打三折，用「券甲」。"


def test_a_rule_that_is_off_holds_nothing() -> None:
    about = behind(Intent.COMPLAINT, offer(20000, 15000))
    assert set(met(EVERYTHING, about)) == set(SignOffRule) - {SignOffRule.LARGE_GRANT}
    assert met(EVERYTHING, about, OFF) == []


@given(st.integers(0, 99_999), st.integers(1, 100_000), st.integers(0, 100), st.integers(0, 60_000))
def test_money_rules_follow_their_limits(saving: int, price: int, limit: int, grant: int) -> None:
    saving = min(saving, price)
    rules = OFF.model_copy(update={"discount_pays_at_most": limit, "grant_fen": grant})
    found = met("用「券甲」。", behind(offer=offer(price, saving)), rules)
    assert (SignOffRule.DEEP_DISCOUNT in found) is (limit > 0 and (price - saving) * 100 <= limit * price)
    assert (SignOffRule.LARGE_GRANT in found) is (0 < grant <= saving)


@given(st.text(max_size=200))
def test_any_text_is_judged_and_each_rule_told_once(text: str) -> None:
    found = sign_offs(text, behind(Intent.COMPLAINT), RULES)
    assert len({one.rule for one in found}) == len(found)
    assert all(one.words in text for one in found)
    assert sign_offs(text, behind(Intent.COMPLAINT), OFF) == ()
