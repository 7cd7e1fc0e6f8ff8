"""Which products may be spoken of: lawful for the skin, inside the budget, on the shelf."""

from datetime import timedelta

import pytest

from assistant.flow.finding.choosing import choose_products
from assistant.flow.understanding.understand import understand
from assistant.shop import Customer, CustomerFact, Purchase, Purpose
from assistant.turn import Intent, Need, Slots
from tests.flow.understanding_shop import APPLIANCES, BEAUTY, MOMENT, desk_of, inquiry_of, shop_of

SHOP = shop_of(BEAUTY)


def customer(purchases: tuple[Purchase, ...] = (), **facts: str) -> Customer:
    return Customer(
        customer_id="C01",
        name="苏晴",
        consents=tuple(Purpose),
        facts=tuple(
            CustomerFact(name=name, value=value, source="建档", observed_at=MOMENT) for name, value in facts.items()
        ),
        purchases=purchases,
    )


def chosen(
    text: str, who: Customer | None = None, *, context: str = "none", stock: dict[str, int] | None = None, shop=SHOP
):
    desk = desk_of(shop, context, stock=stock)
    need = understand(inquiry_of(text), desk)
    return [product.sku for product in choose_products(need, who, desk)]


def test_a_named_product_stays_even_where_it_is_not_for_her():
    assert chosen("孕妇能用焕采眼霜吗", customer(肤质="敏感肌")) == ["YY-FC-006"]


def test_a_recommendation_never_holds_what_is_not_for_the_skin_type():
    assert "YY-FC-004" not in chosen("推荐个精华", customer(肤质="敏感肌"))
    assert chosen("推荐个精华", customer(肤质="油皮")) == ["YY-FC-004"]


def test_what_is_said_now_beats_the_profile():
    assert chosen("推荐个精华 她现在是干皮", customer(肤质="油皮"))[0] == "YY-FC-003"


def test_a_known_allergy_rules_a_product_out():
    assert "YY-SP-001" not in chosen("推荐个防晒", customer(过敏史="酒精、芒果"))
    assert "YY-SP-001" in chosen("推荐个防晒", customer(过敏史="无"))


def test_avoided_ingredients_and_budget_bind():
    assert chosen("不要酒精的防晒有吗") == ["YY-SP-002"]
    assert chosen("150以内的面霜推荐") == []


def test_a_worry_nobody_serves_leaves_nothing_unless_a_type_was_asked():
    assert chosen("有没有防脱的推荐") == []
    assert set(chosen("有没有防脱的洗发水推荐")) == {"YY-HR-001"}


def test_what_is_not_sold_is_not_replaced():
    assert chosen("有电饭煲吗") == []
    assert chosen("面霜推荐", shop=shop_of(APPLIANCES)) == []


def test_a_full_shelf_goes_before_an_empty_one():
    assert chosen("推荐个面霜", stock={"YY-FC-001": 0, "YY-FC-002": 3}) == ["YY-FC-002", "YY-FC-001"]


def test_something_else_leaves_out_what_was_shown():
    assert chosen("换一款", context="drafts") == ["YY-FC-002"]


def test_words_no_slot_holds_break_ties():
    assert chosen("推荐个大容量的空气炸锅", shop=shop_of(APPLIANCES))[0] == "NC-AF-02"


@pytest.mark.parametrize("text", ["开封了能退吗", "早上好文案", "苏姐的档案", "给她写个生日祝福", "推荐一下吧"])
def test_nothing_is_pushed_where_nothing_is_to_be_sold(text):
    assert chosen(text) == []


def test_who_does_not_agree_to_it_is_chosen_for_as_if_nobody_knew_her():
    unknown = customer(肤质="敏感肌", 肌肤问题="细纹", 过敏史="").model_copy(update={"consents": (Purpose.SERVICE,)})
    for text in ("推荐个精华", "面部护肤推荐 补水", "敏感肌能用焕采烟酰胺亮肤精华液吗"):
        assert chosen(text, unknown) == chosen(text)
    assert chosen("好久没来了发点什么", unknown, context="current") == []


def test_what_she_is_allergic_to_is_kept_from_her_whatever_she_agreed_to():
    allergic = customer(过敏史="神经酰胺").model_copy(update={"consents": ()})
    assert "YY-FC-001" in chosen("推荐个面霜")
    assert "YY-FC-001" not in chosen("推荐个面霜", allergic)


def test_a_birthday_wish_with_a_recommendation_may_name_products():
    assert chosen("给她写个生日祝福顺便推一下精华", customer(肤质="敏感肌"), context="current") == ["YY-FC-003"]


def test_an_old_customer_is_reminded_of_what_she_uses_up():
    bought = Purchase(
        order_id="o1",
        sku="YY-FC-005",
        product_name="洁面乳",
        quantity=1,
        paid_fen=9900,
        bought_at=MOMENT - timedelta(days=120),
    )
    assert chosen("好久没来了发点什么", customer((bought,)), context="current") == ["YY-FC-005"]
    assert chosen("好久没来了发点什么", customer((bought,)), context="current", stock={"YY-FC-005": 0}) == []
    fryer = bought.model_copy(update={"sku": "NC-VC-01"})
    assert chosen("好久没来了发点什么", customer((fryer,)), context="current", shop=shop_of(APPLIANCES)) == []


def test_a_refined_recommendation_keeps_the_products_shown():
    assert chosen("短一点", context="reco") == ["YY-FC-001", "YY-FC-003"]


def test_groups_know_no_single_customers_skin():
    desk = desk_of(SHOP)
    need = Need(intent=Intent.GROUP_POST, question="精华", product_words="精华", slots=Slots(category="面部护肤"))
    assert len(choose_products(need, customer(肤质="敏感肌"), desk)) == 2


def test_at_most_three_in_an_order_that_never_changes():
    first = chosen("面部护肤推荐 补水")
    assert len(first) <= 3
    assert all(chosen("面部护肤推荐 补水") == first for _ in range(3))


def test_both_sides_of_a_comparison_are_found():
    assert chosen("面霜和洁面乳有什么区别") == ["YY-FC-001", "YY-FC-005"]
    assert chosen("小云瓶和眼霜哪个好") == ["YY-FC-001", "YY-FC-006"]
    assert chosen("小云瓶和水光瓶哪个好") == ["YY-FC-001", "YY-FC-003"]


def test_a_product_not_for_her_skin_comes_with_one_that_is():
    assert chosen("敏感肌能用焕采烟酰胺亮肤精华液吗") == ["YY-FC-004", "YY-FC-003"]
    assert chosen("油皮能用焕采烟酰胺亮肤精华液吗") == ["YY-FC-004"]
    # whether something suits a pregnancy is for a doctor to say, so nothing is offered instead
    assert chosen("孕妇能用焕采眼霜吗") == ["YY-FC-006"]


def bought(sku: str, days: int) -> Purchase:
    return Purchase(
        order_id=f"o{days}",
        sku=sku,
        product_name=sku,
        quantity=1,
        paid_fen=100,
        bought_at=MOMENT - timedelta(days=days),
    )


def test_a_complaint_without_a_name_is_about_what_she_bought_of_that_type():
    owner = customer((bought("YY-BD-001", 9), bought("YY-FC-002", 3), bought("YY-FC-001", 30)))
    assert chosen("苏姐用了面霜脸上起疹子", owner) == ["YY-FC-002"]
    assert chosen("苏姐用完脸上起疹子", owner) == []
    assert chosen("苏姐用完脸上起疹子", customer((bought("YY-FC-002", 3),))) == ["YY-FC-002"]


@pytest.mark.parametrize("text", ["适合老人的推荐一个", "3000之内的推荐，不需要烘干功能的", "推荐一下，两百以内的"])
def test_a_budget_or_an_age_alone_chooses_nothing(text):
    assert chosen(text) == []
