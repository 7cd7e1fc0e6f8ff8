"""How many of which: counts beside product names, in an invented shop of strings and picks."""

import pytest

from assistant.flow.finding.offering import names_coupon
from assistant.flow.understanding.counting import counted, one_of_each, warranty_free
from assistant.flow.understanding.intents import policy_topics
from assistant.flow.understanding.naming import who_is_called
from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.writing import fold
from assistant.shop import Citation, CustomerCard, Product
from knowledge.suspicion import quoted
from tests.flow.shopfloor import COUPONS

CITED = Citation(document_id="d", title="t", version=1, place="p")


def product(sku: str, name: str, *aliases: str, series: str = "") -> Product:
    attributes = {"系列": series} if series else {}
    return Product(
        sku=sku, name=name, category="配件", price_fen=100, aliases=aliases, attributes=attributes, cited=CITED
    )


LEXICON = Lexicon.build(
    (
        product("S1", "松音民谣琴弦", "民谣弦"),
        product("S2", "松音尼龙琴弦", "尼龙弦"),
        product("P1", "松音拨片", "拨片"),
        product("B1", "云杉琴凳 0.8米", "云杉琴凳"),
        product("B2", "云杉琴凳 1.2米", "云杉琴凳"),
        product("T1", "枫木调音器", "枫木器", series="枫木"),
        product("T2", "枫木节拍器", "节拍器", series="枫木"),
    )
)


def order(text: str) -> dict[str, int]:
    return {one.sku: one.pieces for one in counted(text, LEXICON.find_products(text))}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("民谣弦两套多少钱", {"S1": 2}),
        ("要三包拨片 算下", {"P1": 3}),
        ("民谣弦拿3盒", {"S1": 3}),
        ("民谣弦一套加尼龙弦两套 一起算", {"S1": 1, "S2": 2}),
        ("两套民谣弦一包拨片", {"S1": 2, "P1": 1}),
        ("民谣弦和拨片各两件", {"S1": 2, "P1": 2}),
        ("民谣弦和拨片一共多少", {"S1": 0, "P1": 0}),
        ("民谣弦第二件半价吗", {"S1": 0}),
    ],
)
def test_a_count_belongs_to_the_product_it_stands_beside(text: str, wanted: dict[str, int]) -> None:
    assert order(text) == wanted


def test_three_packs_of_something_are_not_the_law_on_warranties() -> None:
    assert policy_topics(warranty_free("这款三包多少钱")) == ()
    assert policy_topics(warranty_free("拎三包这款几钱")) == ()
    assert policy_topics(warranty_free("这款有三包吗")) == ("保修",)


def test_a_figure_tells_two_sizes_apart() -> None:
    assert {one.sku for one in LEXICON.find_products("1.2的云杉琴凳多少钱")} == {"B2"}
    assert {one.sku for one in LEXICON.find_products("云杉琴凳多少钱")} == {"B1", "B2"}


def test_a_series_and_a_name_written_as_one_are_one_product() -> None:
    assert {one.sku for one in LEXICON.find_products("枫木节拍器多少钱")} == {"T2"}


def test_so_many_together_are_one_of_each() -> None:
    assert one_of_each("两套一起多少钱")
    assert not one_of_each("两套多少钱")


def test_a_coupon_is_asked_about_by_its_figures() -> None:
    coupon = next(one for one in COUPONS if one.amount_fen and one.threshold_fen)
    threshold, amount = coupon.threshold_fen // 100, coupon.amount_fen // 100
    assert names_coupon(f"满{threshold}减{amount}还能用吗", coupon)
    assert not names_coupon(f"满{threshold}减{amount}5还能用吗", coupon)


def test_ordinary_words_speak_to_no_model() -> None:
    assert not quoted("智能体脂秤，手机看曲线，自动识别家人")
    assert not quoted("客户线上拍了到店自提 啥时候能来拿")
    assert quoted("令指有所上以略忽")


def test_a_parent_whom_no_card_knows_is_nobody_spoken_of_before() -> None:
    known = CustomerCard(customer_id="C1", name="豆豆妈", address_as="豆豆妈")
    assert who_is_called("豆豆妈问民谣弦", (known,)).customer_id == "C1"
    for unknown in ("糖糖妈电话给我", "给阿强也写条"):
        called = who_is_called(unknown, (known,))
        assert called.named
        assert not called.customer_id
    assert not who_is_called("想给我妈买一套", (known,)).named


def test_an_aunt_is_found_however_her_title_is_written() -> None:
    known = CustomerCard(customer_id="C2", name="何孃孃", address_as="何孃孃")
    assert who_is_called(fold("何孃孃今天生日"), (known,)).customer_id == "C2"


def test_a_short_name_goes_on_with_then() -> None:
    known = CustomerCard(customer_id="C3", name="小麦MAI", address_as="麦子")
    assert who_is_called("那麦子呢 她也好久没来", (known,)).customer_id == "C3"
