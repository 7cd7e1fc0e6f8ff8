"""Evidence: complete for the guard, with short stable ids, and nothing personal that must not leave."""

from assistant.flow.drafting.draft import draft_again
from assistant.flow.finding.evidence import gather, ids_about
from assistant.flow.reply import present
from assistant.shop import CustomerFact, Manner, Stage
from assistant.turn import Evidence, EvidenceKind, Intent, Outcome, Verdict
from knowledge.passage import DocumentKind
from knowledge.reconciling import Disagreement
from tests.flow.shopfloor import (
    CREAM,
    CREAM_SMALL,
    ESSENCE,
    LIN,
    MOMENT,
    RETURNS,
    ZHOU,
    brief,
    cited,
    desk,
    hit,
    need,
    passage,
    script,
)


def about(evidence: tuple[Evidence, ...], kind: EvidenceKind) -> list[Evidence]:
    return [one for one in evidence if one.kind is kind]


def test_a_product_is_stated_whole_with_its_source() -> None:
    made = brief(need(Intent.PRICE, "多少钱", CREAM), customer=LIN)
    (product,) = about(made.evidence, EvidenceKind.PRODUCT)
    assert (product.id, product.subject) == ("P1", CREAM.sku)
    assert (product.title, product.version, product.place) == ("商品资料", 2, "面部护肤!第3行")
    said = (
        "¥268",
        "建议零售价¥298",
        "50ml",
        "干性、敏感性",
        "不适合：油性",
        "神经酰胺",
        "不含：酒精、香精",
        "舒缓、保湿",
    )
    for words in (*said, "早晚各一次", "耳后做局部测试", "沪G妆网备字2025000101", "上市日期：2025-03-01", CREAM.name):
        assert words in product.text


def test_stock_says_where_how_many_and_when_in_shanghai() -> None:
    made = brief(need(Intent.STOCK, "有货吗", CREAM))
    here, there = about(made.evidence, EvidenceKind.STOCK)
    assert "云屿湖滨店" in here.text
    assert "8件" in here.text
    assert "2026年11月22日10:05" in here.text
    assert "8件" in here.place
    assert "云屿城西店" in there.text
    assert [one.subject for one in about(made.evidence, EvidenceKind.STORE)] == ["S001", "S002"]


def test_offer_and_coupons_state_price_saving_and_all_conditions() -> None:
    made = brief(need(Intent.COUPON, "有券吗", CREAM), customer=LIN)
    (bill,) = about(made.evidence, EvidenceKind.OFFER)
    assert "¥211.2" in bill.text
    assert "¥56.8" in bill.text
    chosen = {one.subject: one.text for one in about(made.evidence, EvidenceKind.COUPON)}
    for words in ("满250元减30元", "限面部护肤", "11月1日至12月31日", "同类券限一张"):
        assert words in chosen["K02"]
    assert "再买 32 元可用" in chosen["K01"].replace("适用商品", "")


def test_coupons_for_other_people_are_not_evidence() -> None:
    made = brief(need(Intent.COUPON, "有券吗", CREAM), customer=LIN)
    assert ids_about(made.evidence, EvidenceKind.COUPON, "K06") == ()


def test_the_customer_is_known_by_tier_points_month_and_purchases_only() -> None:
    made = brief(need(Intent.RECOMMEND, "推荐", CREAM), customer=LIN)
    (customer,) = about(made.evidence, EvidenceKind.CUSTOMER)
    for words in ("金卡", "1860", "11月", "肤质：干性敏感肌", "2026年9月10日买过云屿氨基酸洁面乳"):
        assert words in customer.text
    everything = " ".join(one.text + one.title + one.place for one in made.evidence)
    for secret in ("2231", "138", "11月28", "11-28", "1988", "林婉清", "林姐", "OD2026", "水杨酸", "过敏史"):
        assert secret not in everything


def test_sensitive_facts_and_tags_are_left_out() -> None:
    told = LIN.model_copy(
        update={
            "tags": ("孕期", "爱逛门店"),
            "facts": (CustomerFact(name="备注", value="湿疹正在用药", source="导购", observed_at=MOMENT),),
        }
    )
    made = brief(need(Intent.RECOMMEND, "推荐", CREAM), customer=told)
    text = about(made.evidence, EvidenceKind.CUSTOMER)[0].text
    assert "爱逛门店" in text
    assert "孕" not in text
    assert "湿疹" not in text


def test_without_consent_nothing_about_the_customer_is_stated() -> None:
    made = brief(need(Intent.RECOMMEND, "推荐", CREAM), customer=ZHOU)
    assert about(made.evidence, EvidenceKind.CUSTOMER) == []


def test_passages_carry_title_version_and_place_but_scripts_are_not_quoted() -> None:
    spoken = passage(9, "话术库", DocumentKind.SCRIPT, "随便一段话术。")
    made = brief(need(Intent.POLICY, "能退吗"), hits=(hit(RETURNS), hit(spoken)))
    (policy,) = about(made.evidence, EvidenceKind.PASSAGE)
    assert (policy.id, policy.title, policy.version, policy.place) == ("D1", "退换货规定", 3, "二、退货条件")
    assert "15天内" in policy.text


def test_a_smaller_size_is_evidence_where_the_price_is_the_worry() -> None:
    made = brief(need(Intent.OBJECTION, "太贵了", CREAM))
    assert [one.subject for one in about(made.evidence, EvidenceKind.PRODUCT)] == [CREAM.sku, CREAM_SMALL.sku]
    assert len(about(brief(need(Intent.PRICE, "多少钱", CREAM)).evidence, EvidenceKind.PRODUCT)) == 1


def test_a_script_with_figures_of_its_own_is_evidence_for_them() -> None:
    counted = script(90, Stage.CLOSING, Manner.WARM, "【产品名】一般28天左右用完一瓶，您看要几件。")
    where = desk(scripts=(counted,))
    made = brief(need(Intent.CLOSING, "促一下", CREAM), on=where)
    (spoken,) = about(made.evidence, EvidenceKind.SCRIPT)
    assert "28天" in spoken.text
    assert spoken.title == cited("话术库", "").title


def test_ids_are_short_unique_and_the_same_each_time() -> None:
    wanted = need(Intent.COMPARE, "哪个好", CREAM, ESSENCE)
    first, again = brief(wanted, customer=LIN), brief(wanted, customer=LIN)
    ids = [one.id for one in first.evidence]
    assert len(set(ids)) == len(ids)
    assert all(len(one) <= 3 for one in ids)
    assert first.evidence == again.evidence


def test_gather_without_anything_states_only_the_store() -> None:
    made = gather(need(Intent.GREETING, "打招呼"), None, (), (), (), None, desk())
    assert {one.kind for one in made} == {EvidenceKind.STORE}


def test_a_figure_that_another_document_gives_differently_is_told_to_the_guide():
    about = passage(9, "退货办法", DocumentKind.POLICY, "签收次日起七天内，没有拆封的商品可以退货。")
    clash = Disagreement(
        other="other",
        title="服务承诺",
        version=2,
        unit="天",
        ours="签收次日起七天内，没有拆封的商品可以退货。",
        theirs="签收次日起十五天内，没有拆封的商品可以退货。",
    )
    disputed = hit(about).model_copy(update={"disagreements": (clash,)})
    asked = brief(need(Intent.POLICY, "没拆封的几天内能退"), hits=(disputed,))
    drafted = draft_again(asked)
    shown = present(asked, drafted, tuple(Verdict(draft=one, outcome=Outcome.PASS) for one in drafted.drafts))
    text = "\n".join(shown.reply.parts)
    assert "只给您看：资料里的数字对不上，发之前请先和店长核实。" in text
    assert "《服务承诺》（第2版）写“签收次日起十五天内" in text
    plain = brief(need(Intent.POLICY, "没拆封的几天内能退"), hits=(hit(about),))
    drafted = draft_again(plain)
    shown = present(plain, drafted, tuple(Verdict(draft=one, outcome=Outcome.PASS) for one in drafted.drafts))
    assert "对不上" not in "\n".join(shown.reply.parts)
