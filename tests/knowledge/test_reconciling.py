"""Which of several passages on one matter counts, and which of them contradict each other."""

import pytest

from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from knowledge.reconciling import reconcile
from knowledge.words.wording import Wording

STORE = Scope(level=ScopeLevel.STORE, id="S001")
REGION = Scope(level=ScopeLevel.REGION, id="R01")


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording()


def passage(
    name: str,
    text: str,
    heading: str = "退货时间",
    scope: Scope | None = None,
    kind: DocumentKind = DocumentKind.POLICY,
    skus: tuple[str, ...] = (),
    document: str = "",
) -> Passage:
    return Passage(
        id=name,
        document_id=document or name,
        title=f"{name}号文",
        version=1,
        kind=kind,
        place=heading,
        heading=(heading,),
        text=text,
        scope=scope or Scope(),
        skus=skus,
    )


def disputes(wording: Wording, one: Passage, other: Passage) -> list[tuple[str, str, str]]:
    first, second = sorted(reconcile([one, other], wording), key=lambda standing: standing.passage.id)
    assert [clash.other for clash in first.disagreements] == ([second.passage.id] if second.disagreements else [])
    return [(clash.unit, clash.ours, clash.theirs) for clash in first.disagreements]


@pytest.mark.parametrize(
    ("ours", "theirs", "unit"),
    [
        ("签收次日起7天内可以退货。", "签收次日起15天内可以退货。", "天"),
        ("签收次日起七日内可以退货。", "签收次日起15天内可以退货。", "天"),
        ("退款在 3 个工作日内原路退回。", "退款在5个工作日内原路退回。", "工作日"),
        ("满99元包邮，偏远地区除外。", "满199元包邮，偏远地区除外。", "元"),
        ("金卡会员生日当月双倍积分，另享 9 折。", "金卡会员生日当月双倍积分，另享八折。", "折"),
        ("开封后请在六个月内用完。", "开封后请在12个月内用完。", "月"),
        ("每笔订单最多抵扣 50 元。", "每笔订单最多抵扣 100 元。", "元"),
        ("门店预留最多保留 24 小时。", "门店预留最多保留 48 小时。", "小时"),
        ("签收次日起，7天内都可以退货的哦。", "签收次日起 10 天内，可以退货。", "天"),
        ("可预约人数每天最多 8 次。", "可预约人数每天最多 6 次。", "次"),
    ],
)
def test_the_same_statement_with_another_figure_is_a_contradiction(
    wording: Wording, ours: str, theirs: str, unit: str
) -> None:
    found = disputes(wording, passage("a", ours), passage("b", theirs))
    assert found
    assert found[0][0].endswith(unit)
    assert found[0][1:] == (ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("签收次日起7天内可以退货。", "签收次日起七日内可以退货。"),
        ("金卡会员生日当月享 9 折。", "银卡会员生日当月享 9.5 折。"),
        ("未拆封商品7天内可以退货。", "已拆封商品3天内可以退货。"),
        ("7天内可以退货。", "15天内不可以退货。"),
        ("满99元包邮。", "满199元送面膜一片。"),
        ("退货请在7天内寄回。", "换货请在15天内寄回。"),
        ("江浙沪2天送达。", "新疆西藏5天送达。"),
        ("面霜开封后12个月内用完。", "面膜开封后6个月内用完。"),
        ("第3条规定可以退货。", "第5条规定可以退货。"),
        ("营业时间为早上10点。", "打烊时间为晚上10点。"),
        ("积分满100分可抵1元。", "每消费1元积1分。"),
        ("请保留小票。", "请保留小票和包装。"),
    ],
)
def test_other_matters_and_equal_figures_are_none(wording: Wording, ours: str, theirs: str) -> None:
    assert disputes(wording, passage("a", ours), passage("b", theirs)) == []


def test_headings_that_name_two_things_keep_equal_words_apart(wording: Wording) -> None:
    gold = passage("a", "生日当月购物享 9 折优惠。", heading="金卡权益")
    silver = passage("b", "生日当月购物享 9.5 折优惠。", heading="银卡权益")
    assert disputes(wording, gold, silver) == []
    assert disputes(wording, gold, passage("c", "生日当月购物享 8 折优惠。", heading="金卡权益"))


def test_rows_of_tables_are_compared_by_their_first_cell(wording: Wording) -> None:
    east = passage("a", "地区：华东；发货后一般几天到：2 天；运费：8 元")
    west = passage("b", "地区：西北；发货后一般几天到：5 天；运费：20 元")
    assert disputes(wording, east, west) == []
    assert disputes(wording, east, passage("c", "地区：华东；发货后一般几天到：3 天；运费：8 元"))


def test_one_document_and_two_products_do_not_contradict_each_other(wording: Wording) -> None:
    seven, fifteen = "签收次日起7天内可以退货。", "签收次日起15天内可以退货。"
    assert disputes(wording, passage("a", seven, document="d"), passage("b", fifteen, document="d")) == []
    assert disputes(wording, passage("a", seven, skus=("X",)), passage("b", fifteen, skus=("Y",))) == []
    assert disputes(wording, passage("a", seven), passage("b", fifteen, kind=DocumentKind.TRAINING)) == []


def test_the_narrower_rule_stands_first_and_replaces_the_wider(wording: Wording) -> None:
    brand = passage("brand", "签收次日起7天内可以退货。")
    region = passage("region", "签收次日起10天内可以退货。", scope=REGION)
    store = passage("store", "签收次日起15天内可以退货。", scope=STORE)
    other = passage("other", "停车满200元送券。", heading="停车")
    standing = reconcile([other, brand, region, store], wording)
    assert [one.passage.id for one in standing] == ["other", "store", "region", "brand"]
    assert {one.passage.id: one.replaced_by for one in standing} == {
        "other": "",
        "store": "",
        "region": "store",
        "brand": "store",
    }
    assert not any(one.disagreements for one in standing)


def test_what_is_said_of_the_product_asked_about_is_narrowest(wording: Wording) -> None:
    store = passage("store", "签收次日起15天内可以退货。", scope=STORE)
    special = passage("special", "签收次日起3天内可以退货。", skus=("YY-1",))
    assert [one.passage.id for one in reconcile([store, special], wording, ["YY-1"])] == ["special", "store"]
    assert [one.passage.id for one in reconcile([store, special], wording)] == ["store", "special"]


def test_an_unrelated_local_text_stays_where_it_was_found(wording: Wording) -> None:
    brand = passage("brand", "签收次日起7天内可以退货。")
    parking = passage("parking", "地下二层可以停车三小时。", heading="停车", scope=STORE)
    assert [one.passage.id for one in reconcile([brand, parking], wording)] == ["brand", "parking"]
