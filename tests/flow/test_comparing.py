"""Products side by side, and shelves seen from a store."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.flow.drafting.comparing import compare as told
from assistant.flow.drafting.ground import Ground
from assistant.flow.finding.comparing import UNSAID, compare
from assistant.flow.finding.goods import look
from assistant.flow.finding.stocking import Near, age, is_stale, shelves
from assistant.shop import Manner, Product, Stock, Store
from assistant.turn import Intent
from tests.flow import shopfloor
from tests.flow.sample_shop import NOW, sample_products
from tests.flow.understanding_shop import shop_of

ONE, OTHER = sample_products()[0], sample_products()[4]
STORES = {
    store_id: Store(store_id=store_id, name=f"{store_id}店", region_id=region, region_name="")
    for store_id, region in (("S1", "R1"), ("S2", "R1"), ("S3", "R2"), ("S4", "R2"))
}


def test_what_differs_and_what_agrees():
    comparison = compare((ONE, OTHER))
    price, spec = comparison.row("价格"), comparison.row("规格")
    assert price is not None
    assert price.values == ("¥299", "¥339")
    assert price in comparison.differing
    assert spec in comparison.agreeing
    text = comparison.text()
    assert "价格：云润保湿精华液 ¥299；舒屿舒缓精华液 ¥339" in text
    assert "卖点" not in text
    assert "相同：" in text


def test_what_nobody_wrote_down_is_said():
    silent = OTHER.model_copy(update={"free_of": ()})
    row = compare((ONE, silent)).row("不含")
    assert row is not None
    assert row.values[1] == UNSAID
    assert row.differs
    assert not row.is_whole


def test_the_order_of_a_list_makes_no_difference():
    turned = ONE.model_copy(update={"sku": "X", "ingredients": tuple(reversed(ONE.ingredients))})
    assert compare((ONE, turned)).differing == ()


@given(st.lists(st.sampled_from(sample_products()), max_size=6, unique_by=lambda one: one.sku))
def test_two_to_four_can_be_compared(products):
    if 2 <= len(products) <= 4:
        comparison = compare(products)
        assert all(len(row.values) == len(products) for row in comparison.rows)
        assert {*comparison.differing, *comparison.agreeing} == set(comparison.rows)
    else:
        with pytest.raises(ValueError, match="can be compared"):
            compare(products)


def counted(store_id: str, quantity: int, hours: float = 1, sku: str = "A") -> Stock:
    return Stock(store_id=store_id, sku=sku, quantity=quantity, read_at=NOW - timedelta(hours=hours))


def test_the_own_store_stands_first_then_its_region():
    found = shelves(
        [counted("S3", 50), counted("S4", 9), counted("S2", 1), counted("S1", 0), counted("S9", 3)],
        STORES,
        "S1",
        NOW,
        48,
    )
    assert [(one.store_id, one.near) for one in found] == [
        ("S1", Near.OWN),
        ("S2", Near.REGION),
        ("S3", Near.OTHER),
        ("S4", Near.OTHER),
    ]


@pytest.mark.parametrize(
    ("hours", "words"), [(0.5, "30分钟前"), (13, "13小时前"), (47, "47小时前"), (73, "3天前"), (-1, "盘点时间比现在晚")]
)
def test_the_age_of_a_count(hours: float, words: str):
    assert age(NOW - timedelta(hours=hours), NOW) == words


def test_an_old_count_is_said_to_be_old():
    assert not is_stale(counted("S1", 1, 48), NOW, 48)
    assert is_stale(counted("S1", 1, 48.1), NOW, 48)


def looked(*words: str, home: str = "S1", side_by_side: bool = False):
    shop = shop_of(sample_products())

    def stock(skus: tuple[str, ...]) -> tuple[Stock, ...]:
        return tuple(counted("S1", 2, sku=sku) for sku in skus)

    return look(words, shop, stock, NOW, home=home, side_by_side=side_by_side)


def test_words_name_or_describe():
    assert [one.sku for one in looked("小云瓶").products] == [ONE.sku]
    assert looked("小云瓶").sifted is None
    described = looked("200以内", "敏感肌", "防晒")
    assert described.sifted is not None
    assert len(described.products) == len(described.sifted.passing) > 0
    both = looked("云屿雾感唇釉 110以内")
    assert [one.sku for one in both.products] == ["YY-MU-001", "YY-MU-002"]
    nothing = looked("今天天气怎么样")
    assert nothing.products == ()
    assert nothing.wished is not None
    assert nothing.wished.not_understood


def test_side_by_side_needs_every_name_to_be_clear():
    assert looked("小云瓶和小绿瓶", side_by_side=True).comparison is not None
    assert looked("小云瓶", "yr", side_by_side=True).comparison is None
    assert "没有对上唯一的商品" in looked("小云瓶", "雾感唇釉", side_by_side=True).trouble
    assert "2 到 4 个" in looked("小云瓶", side_by_side=True).trouble


def said(one: Product, other: Product, question: str, manner: Manner) -> str:
    brief = shopfloor.brief(shopfloor.need(Intent.COMPARE, question), products=(one, other))
    return "".join(line.wordings[0] for line in told(Ground(brief), manner))


@pytest.mark.parametrize("manner", [Manner.WARM, Manner.EXPERT, Manner.BRIEF])
def test_a_draft_tells_what_the_comparison_was_asked_for(manner: Manner):
    one, other = shopfloor.CREAM, shopfloor.LOTION
    assert "不含酒精、香精" in said(one, other, "哪个不含酒精", manner)
    assert "资料里没写" in said(one, shopfloor.ESSENCE, "哪个没有酒精", manner)
    alike = other.model_copy(update={"free_of": one.free_of})
    assert "两款都不含酒精、香精" in said(one, alike, "哪个没有酒精", manner)
    silent = [product.model_copy(update={"free_of": ()}) for product in (one, other)]
    assert "两款的资料里都没写" in said(*silent, "哪个没有酒精", manner)
