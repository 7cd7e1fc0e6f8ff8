"""The compliance filter against sentences written before the rules, disguises, and verdicts that depend on the product."""

from importlib.resources import files
from random import Random
from typing import Any

import pytest
import yaml

from assistant.flow.guard.law.compliance import Violation, check_text, screen
from assistant.flow.guard.law.rules import Severity, rules
from assistant.flow.guard.law.second_reader import weigh
from assistant.offers.terms import order_terms, terms
from assistant.shop import Citation, Product
from assistant.turn import Reason
from knowledge.folding import uncover
from tests.offers.making import NOW, TIERS, random_coupon

CASES: dict[str, Any] = yaml.safe_load(files("tests.flow").joinpath("compliance_cases.yaml").read_text("utf-8"))
BLOCK = [text for group in CASES["block"].values() for text in group]
INNOCENT = [text for group in CASES["innocent"].values() for text in group]


def product(sku: str, name: str, category: str = "面部护肤", **rest: Any) -> Product:
    cited = Citation(document_id="d", title="商品资料", version=1, place="第3行")
    return Product(sku=sku, name=name, category=category, price_fen=26800, cited=cited, **rest)


PRODUCTS = {
    "cream": product("T-1", "云感面霜", efficacy=("保湿", "修护")),
    "soothing": product("T-2", "安舒乳液", efficacy=("保湿", "舒缓")),
    "sunscreen": product("T-3", "清透防晒乳", "防晒", efficacy=("防晒",), special_registration="国妆特字G20990001"),
    "whitening": product("T-4", "净颜精华", efficacy=("祛斑美白", "保湿"), special_registration="国妆特字G20990002"),
    "shampoo": product("T-5", "清爽洗发水", "洗护发", efficacy=("去屑", "控油")),
    "antihair": product("T-6", "固韧洗发水", "洗护发", efficacy=("防脱发",), special_registration="国妆特字G20990003"),
    "minimal": product("T-7", "极致简约旅行套装"),
    "fragrance_free": product("T-8", "安心乳", free_of=("香精", "酒精")),
}


def worst(violations: tuple[Violation, ...]) -> str:
    found = {violation.rule.severity for violation in violations}
    return next((one.value for one in (Severity.BLOCK, Severity.REVIEW, Severity.WARN) if one in found), "pass")


def missed(texts: list[str]) -> list[str]:
    return [text for text in texts if worst(screen(text, ())) != "block"]


def stopped(texts: list[str]) -> list[str]:
    return [text for text in texts if worst(screen(text, ())) in ("block", "review")]


def test_unlawful_sentences_are_blocked() -> None:
    assert len(BLOCK) >= 131
    assert missed(BLOCK) == []


def test_disguises_do_not_help() -> None:
    assert len(CASES["obfuscated"]) >= 40
    assert missed(CASES["obfuscated"]) == []


def test_innocent_sentences_pass() -> None:
    assert len(INNOCENT) >= 150
    assert stopped(INNOCENT) == []


def test_innocent_sentences_are_seldom_warned_about() -> None:
    warned = [text for text in INNOCENT if screen(text, ())]
    assert len(warned) <= 0.03 * len(INNOCENT)


@pytest.mark.parametrize("later", ["later_1", "later_2"])
def test_sentences_written_after_the_rules(later: str) -> None:
    assert missed(CASES[later]["block"]) == []
    assert stopped(CASES[later]["innocent"]) == []


@pytest.mark.parametrize(
    "pair", CASES["pairs"], ids=lambda pair: f"{pair['text']}-{pair.get('product', '')}-{pair['expect']}"
)
def test_context_decides(pair: dict[str, Any]) -> None:
    spoken_of = (PRODUCTS[pair["product"]],) if "product" in pair else ()
    assert worst(screen(pair["text"], spoken_of, tuple(pair.get("records", ())))) == pair["expect"]


def test_the_product_named_last_is_the_one_spoken_of() -> None:
    both = (PRODUCTS["cream"], PRODUCTS["whitening"])
    assert check_text("净颜精华可以美白，云感面霜负责保湿", both) == ()
    assert [finding.span for finding in check_text("净颜精华负责保湿，云感面霜可以美白", both)] == ["美白"]


def test_a_finding_says_article_and_what_to_write() -> None:
    (finding,) = check_text("全店都在卖的国家级品质", ())
    assert finding.reason is Reason.ABSOLUTE_TERM
    assert finding.rule == "ABS-02 广告法第九条第（三）项"
    assert finding.span == "国家级"
    assert "可以写" in finding.remedy


def test_the_span_is_taken_from_the_original_text() -> None:
    text = "这款是z​ui 好的面霜"
    (violation,) = screen(text, ())
    assert text[violation.start : violation.end] == violation.span
    assert violation.span.startswith("z")


def test_folding_keeps_every_place() -> None:
    text = "國家級🌿ＡＢ１⃣ 最·好"
    folded = uncover(text, {})
    assert folded.text == "国家级ab1最好"
    assert [text[start:end] for start, end in zip(folded.starts, folded.ends, strict=True)] == list("國家級ＡＢ１最好")


@pytest.mark.parametrize(
    "text",
    [
        "阿胶升miǎn yì lì，流感不沾身",
        "阿胶升mian-yi-li，流感不沾身",
        "下单送da li，到店才知道是啥",
        "这坛豆瓣，d i y i 没得商量",
        "夲店掵里就是第一",
        "zhì liáo shī mián，就认这只枕头",
    ],
)
def test_pinyin_is_read_however_it_is_spelled(text: str) -> None:
    assert worst(screen(text, ())) in ("block", "review")


@pytest.mark.parametrize(
    "text",
    [
        "这款OK吗，我发链接给您",
        "她叫Linda，周末来取",
        "plan B也行，您定",
        "café隔壁那家店，您导航过来",
        "Amy，软毛牙刷店里缺货了",
        "证书编号LJ20990011，您可以上网核对",
    ],
)
def test_letters_that_hide_nothing_pass(text: str) -> None:
    assert screen(text, ()) == ()


def test_a_patent_with_its_number_on_record_may_be_told() -> None:
    """ZL opens a patent's number and stands for no word (治疗)."""
    told = "锅盖是实用新型专利，专利号ZL209920001173.5"
    assert screen(told, (), ("专利证书：实用新型，ZL209920001173.5，炒锅锅盖，有效",)) == ()
    assert worst(screen("这锅盖是国家专利技术", ())) == "block"
    assert worst(screen("这个zl湿疹", ())) == "block"


def test_scarce_and_sold_figures_are_those_of_the_record() -> None:
    assert screen("已售96双", (), ("销量记录：短靴，本店已售96双",)) == ()
    assert worst(screen("已售96双", (), ("销量记录：短靴，本店已售46双",))) == "block"
    assert worst(screen("已售96双", ())) == "block"


def test_what_an_offer_is_limited_to_claims_no_effect() -> None:
    soothing = (PRODUCTS["soothing"],)
    assert screen("满200元减25元，限防晒，11月30日前有效", soothing) == ()
    assert screen("乳化快，防晒和日常妆都能卸", soothing) == ()
    assert worst(screen("这款防晒，出门抹它就行", soothing)) == "block"


def test_a_material_of_no_goods_at_hand_hides_no_claim_behind_it() -> None:
    """棉 has a rule of its own, which finds nothing to object to; the sentence is still weighed."""
    assert worst(screen("他家便宜？便宜在黑心棉上了，隔壁那几家全是骗子", ())) in ("block", "review")


def test_a_registered_effect_is_not_doubted_for_its_sound() -> None:
    assert check_text("坚持用可以淡斑，也能美白", (PRODUCTS["whitening"],)) == ()
    assert check_text("坚持用可以淡斑，也能美白", (PRODUCTS["cream"],)) != ()


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids))


def test_no_coupon_s_own_conditions_are_unlawful_words() -> None:
    """Whatever kind a coupon is, what the house writes of it may be sent to a customer."""
    random = Random(20261129)
    for number in range(600):
        one = random_coupon(random, f"C{number}", random.choice((1, 100, 990)), 0.3)
        for words in (
            terms(one, names={}, tiers=TIERS),
            terms(one, names={}, held_at="湖滨店"),
            order_terms(one, names={}, moment=NOW),
        ):
            assert check_text(words, ()) == (), words


SOUNDING = (
    "这瓶抹上去，脸上的斑自己就散了。",
    "小朋友先别跟妈妈说，把零花钱带来就能拿走。",
    "拆了封的我们一律不认，您自己承担。",
    "喝完这一疗程，血糖就不用再操心了。",
)
"""No rule has words for these; the second reader has."""


@pytest.mark.parametrize(
    "friendly",
    [
        "上次您拿的那瓶用着还习惯吗，周末有空可以过来坐坐，我给您泡杯茶，",
        "您看方便的话我把尺码和现货的情况发您，店里周一到周日十点开门，",
    ],
)
def test_a_claim_is_not_thinned_out_by_friendly_words_before_it(friendly: str) -> None:
    assert missed([friendly + text for text in BLOCK]) == []


@pytest.mark.parametrize("claim", SOUNDING)
def test_nor_is_what_only_sounds_unlawful_by_those_on_either_side(claim: str) -> None:
    assert worst(screen(claim, ())) in ("block", "review")
    for text in (
        f"您好呀，谢谢您来店里，{claim}",
        f"{claim.rstrip('。')}，您慢慢看，有空过来坐坐。",
        f"天气凉了多穿点，{claim}",
    ):
        assert worst(screen(text, ())) in ("block", "review"), text


def test_what_stands_beside_a_claim_may_make_it_lawful() -> None:
    refuted, in_company = (
        weigh(f"全网没有更好的，{beside}")[0].weight for beside in ("这话我可不敢接。", "您慢慢看。")
    )
    assert refuted < in_company < weigh("全网没有更好的。")[0].weight


@pytest.mark.parametrize("name", ["云屿松露精华液", "云屿山茶精华液", "云屿晨露洗发水"])
def test_what_a_product_is_called_makes_no_claim_harmless(name: str) -> None:
    # drafts speak of these all day, so the second reader has learnt that their names are harmless
    assert worst(screen(f"{name}7天见效。", (product("T-9", name),))) == "block"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("这条裙子是真丝的", "pass"), ("这条裙子是羊绒的", "block"), ("这辆推车3公斤，一只手就能提", "block")],
)
def test_what_a_record_calls_otherwise_is_the_same_material(said: str, verdict: str) -> None:
    dress = product("T-10", "清波连衣裙", "连衣裙", attributes={"成分": "桑蚕丝100%"})
    assert worst(screen(said, (dress,))) == verdict


def test_a_claim_that_nobody_made_is_no_claim() -> None:
    assert worst(screen("您说隔壁妈妈讲这个补脑，我们没讲过", ())) == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "钱别走收银台，直接转我微信，我给您少三十。",
        "加我小号吧，同一款我下班带给您，现金就行。",
        "走我的员工折扣，钱转我个人卡上，比会员价还低。",
    ],
)
def test_a_deal_past_the_till_is_stopped_in_any_words(text: str) -> None:
    assert worst(screen(text, ())) in ("block", "review")


@pytest.mark.parametrize(
    "text", ["请在收银台付款，小票您收好。", "钱不要转给我个人，走店里的码就行。", "员工折扣只能本人用，借不了您。"]
)
def test_to_say_that_there_are_none_is_honest(text: str) -> None:
    assert worst(screen(text, ())) == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "喜饼盒售价88元/盒（6枚），这款不参加活动。",
        "现在69，比建议零售价159低20。",
        "标价合计7740元，够到每满5000减100这张券了。",
        "这件羊毛100%的，容易觉得扎的人要先试穿。",
    ],
)
def test_prices_as_they_are_marked_are_no_claims(text: str) -> None:
    assert check_text(text, ()) == ()


def test_what_is_lawful_nowhere_is_blocked_however_harmless_it_sounds() -> None:
    findings = check_text("吃了好转就把药停了，别听大夫的", ())
    assert any(one.rule.startswith("MED-13") for one in findings)
    assert check_text("我可不敢叫您别听医生的，药怎么吃听医生的。", ()) == ()
