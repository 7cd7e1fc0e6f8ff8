"""Wishes read from words and tested on what is written: yes, no, and not written are three things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.flow.finding.choosing import choose_products
from assistant.flow.finding.filtering import Field, Filtering, Met, Order
from assistant.flow.finding.measuring import amounts, asked_amounts
from assistant.flow.understanding.understand import understand
from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.writing import fold
from assistant.shop import Product
from tests.flow.sample_shop import sample_products
from tests.flow.understanding_shop import desk_of, inquiry_of, product, shop_of

FILTERING = Filtering(Lexicon.build(sample_products()))
NAMES = {one.sku: one.name for one in sample_products()}


def goods(sku: str, name: str, category: str, yuan: int, *, spec: str = "", **attributes: str) -> Product:
    return product(sku, name, category, yuan).model_copy(update={"attributes": attributes, "spec": spec})


KITCHEN = Filtering(
    Lexicon.build(
        (
            goods("K1", "禾暖小电饭煲", "厨房小电", 229, 功率="400W", 容量="1.2L", 颜色="米白", 材质="不锈钢"),
            goods("K2", "禾暖大电饭煲", "厨房小电", 399, 功率="860W", 容量="4L", 颜色="浅绿、红"),
            goods("K3", "禾暖迷你烤箱", "厨房小电", 219, 功率="1000W", 颜色="奶油白"),
            goods("K4", "禾暖围裙", "布艺", 59, 尺码="S、M、XL"),
        )
    )
)


def told(words: str, filtering: Filtering = FILTERING) -> list[tuple[str, str]]:
    return [(wish.told, wish.said) for wish in filtering.read(words).conditions]


@pytest.mark.parametrize(
    ("words", "wishes"),
    [
        ("200以内 精华", ["价格 不超过200元", "产品类型 精华"]),
        ("不超过两百的防晒", ["价格 不超过200元", "产品类型 防晒"]),
        ("三百左右的面霜", ["价格 240元到360元", "产品类型 面霜"]),
        ("200-300 精华", ["价格 200元到300元", "产品类型 精华"]),
        ("三百到五百 面霜", ["价格 300元到500元", "产品类型 面霜"]),
        ("300块以上的眼霜", ["价格 300元以上", "产品类型 眼霜"]),
        ("至少三百 五百以内 面霜", ["价格 300元到500元", "产品类型 面霜"]),
        ("敏感肌 无酒精 不含香精", ["适合 敏感肌", "不含 酒精", "不含 香精"]),
        ("含烟酰胺的精华", ["含有 烟酰胺", "产品类型 精华"]),
        ("烟酰胺过敏 精华", ["不含 烟酰胺", "产品类型 精华"]),
        ("不要视黄醇的面霜", ["不含 视黄醇", "产品类型 面霜"]),
        ("零添加酒精 油皮 控油", ["不含 酒精", "适合 油皮", "需求 控油"]),
        ("30ml 精华", ["规格 30ml", "产品类型 精华"]),
        ("400毫升以上 洗发水", ["规格 400ml以上", "产品类型 洗发水"]),
        ("云润系列 面霜", ["系列 云润", "产品类型 面霜"]),
        ("本店有货的新品", ["本店有货", "新品"]),
        ("油性头皮 洗发水", ["适合 油性头皮", "产品类型 洗发水"]),
    ],
)
def test_wishes_are_read_with_the_words_they_came_from(words: str, wishes: list[str]):
    found = FILTERING.read(words)
    assert [wish.told for wish in found.conditions] == wishes
    assert all(piece in fold(words) for wish in found.conditions for piece in wish.said.split("、"))
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("words", "skus"),
    [
        ("米白的电饭煲", ["K1"]),
        ("红色电饭煲", ["K2"]),
        ("500W以上 电饭煲", ["K2"]),
        ("功率1000瓦以内", ["K1", "K2", "K3"]),
        ("4升电饭煲", ["K2"]),
        ("不锈钢电饭煲", ["K1"]),
        ("xl码围裙", ["K4"]),
        ("便宜点的电饭煲", ["K1", "K2"]),
        ("贵一点的电饭煲", ["K2", "K1"]),
    ],
)
def test_other_trades_filter_by_their_own_columns(words: str, skus: list[str]):
    assert list(KITCHEN.sift(KITCHEN.read(words), {}).passing) == skus


def test_what_no_data_speak_of_is_said_and_not_dropped():
    assert FILTERING.read("显白的唇釉").not_understood == ("显白",)
    assert "孕妇" in FILTERING.read("孕妇能用的面霜").not_understood
    assert "米其林" in KITCHEN.read("米其林电饭煲").not_understood


def test_not_written_is_neither_yes_nor_no():
    wished = FILTERING.read("无酒精 洁面")
    sifted = FILTERING.sift(wished, {})
    silent = [one for one in sample_products() if "洁面" in one.name and not one.free_of]
    free_of = FILTERING.read("无酒精").conditions[0]
    assert {FILTERING.met(free_of, one, {}) for one in silent} <= {Met.UNSAID}
    assert not {one.sku for one in sifted.unsaid} & set(sifted.passing)
    for one in sifted.unsaid:
        assert one.wishes == ("无酒精",)


def test_when_nothing_passes_the_wish_to_loosen_is_named_with_what_it_gives():
    sifted = FILTERING.sift(FILTERING.read("200以内 敏感肌 无酒精 精华"), {})
    assert sifted.passing == ()
    first = sifted.loosened[0]
    assert first.wishes == ("200以内",)
    assert first.count == len(first.skus) == 2
    assert first.to == "339元"
    assert NAMES[first.skus[0]] == "舒屿舒缓精华液"


def test_a_kind_of_product_is_given_up_last():
    for words in ("新品 面膜", "美白 敏感肌 精华 无香精 100以内"):
        for one in FILTERING.sift(FILTERING.read(words), {}).loosened:
            assert not set(one.wishes) & {"面膜", "精华"}


def test_stock_that_nobody_counted_is_not_written():
    wished = FILTERING.read("本店有货的防晒")
    sunscreens = [one.sku for one in sample_products() if one.category == "防晒" and "防晒乳" in one.name]
    counted = {sunscreens[0]: 3, sunscreens[1]: 0}
    sifted = FILTERING.sift(wished, counted)
    assert sifted.passing == (sunscreens[0],)
    silent = {one.sku for one in sifted.unsaid}
    assert sunscreens[2] in silent
    assert sunscreens[1] not in silent


def test_big_bottles_come_first():
    assert FILTERING.read("大瓶沐浴露").order is Order.LARGEST
    assert FILTERING.read("小支的牙膏").order is Order.SMALLEST


PIECES = st.sampled_from(
    [
        "200以内",
        "敏感肌",
        "无酒精",
        "精华",
        "面霜",
        "显白",
        "云润",
        "30ml",
        "有货",
        "新品",
        "干燥",
        "不要香精",
        "含烟酰胺",
        "便宜点",
        "qq",
        "，",
        "吗",
    ]
)


@given(st.lists(PIECES, max_size=7))
def test_every_wish_is_met_by_what_passes_and_missed_by_nothing_silently(pieces: list[str]):
    words = " ".join(pieces)
    wished = FILTERING.read(words)
    stock = {one.sku: number % 3 for number, one in enumerate(sample_products())}
    sifted = FILTERING.sift(wished, stock)
    by_sku = {one.sku: one for one in sample_products()}
    for sku in sifted.passing:
        assert all(FILTERING.met(wish, by_sku[sku], stock) is Met.YES for wish in wished.conditions)
    for silent in sifted.unsaid:
        assert Met.NO not in {FILTERING.met(wish, by_sku[silent.sku], stock) for wish in wished.conditions}
    assert not (sifted.passing and sifted.loosened)
    if "显白" in pieces:
        assert "显白" in wished.not_understood


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str):
    FILTERING.sift(FILTERING.read(text), {})


@given(st.integers(1, 9999), st.sampled_from(["ml", "毫升", "L", "升", "g", "克", "kg", "W", "瓦"]))
def test_an_amount_written_is_the_amount_asked(number: int, unit: str):
    written, asked = amounts(fold(f"{number}{unit}")), asked_amounts(fold(f"要{number} {unit}的"))
    assert [(one.value, one.unit) for one in written] == [(one.low, one.unit) for one in asked]


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("推荐个300以上的面霜", {"YY-FC-013", "YY-FC-014"}),
        ("有没有含烟酰胺的精华推荐", {"YY-FC-015"}),
        ("推荐个30ml的精华", {"YY-FC-001", "YY-FC-005", "YY-FC-015"}),
    ],
)
def test_the_turn_chooses_by_them(text: str, skus: set[str]):
    desk = desk_of(shop_of(sample_products()))
    chosen = choose_products(understand(inquiry_of(text), desk), None, desk)
    assert chosen
    assert {one.sku for one in chosen} <= skus


def test_reading_a_filter_does_not_care_where_a_price_stands():
    assert FILTERING.read("精华 200以内").of(Field.PRICE) == FILTERING.read("200以内 精华").of(Field.PRICE)
