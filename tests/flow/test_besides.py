"""One product of another category beside what was asked: with a reason and a count, or not at all."""

from dataclasses import replace

import pytest

from assistant.flow.drafting.draft import draft_again
from assistant.flow.finding.besides import beside
from assistant.flow.reply import present
from assistant.shop import Product, Purpose, Scene, Stock
from assistant.turn import Intent, Outcome, Slots, Verdict
from tests.flow.shopfloor import CHEN, CREAM, HOME, LIN, MOMENT, PRODUCTS, ZHOU, brief, desk, need

MILK = CREAM.model_copy(
    update={
        "sku": "YY-BD-900",
        "name": "云屿舒缓身体乳",
        "category": "身体护理",
        "aliases": (),
        "barcodes": (),
        "price_fen": 12800,
        "concerns": ("瘙痒",),
        "ingredients": ("泛醇",),
    }
)
BOUGHT = LIN.purchases[0].model_copy(update={"sku": CREAM.sku, "product_name": CREAM.name})
LIN_HAS_CREAM = LIN.model_copy(update={"purchases": (BOUGHT,)})


def floor(*more: Product, quantity: int = 6):
    """The shop with further products, the milk counted in the own store."""
    products = {product.sku: product for product in (*PRODUCTS, *more)}
    counted = Stock(store_id=HOME.store_id, sku=MILK.sku, quantity=quantity, read_at=MOMENT)
    laid = desk(products=products)
    return replace(laid, stock=lambda skus: (*laid.stock(skus), *((counted,) if MILK.sku in skus else ())))


def found(customer=LIN_HAS_CREAM, *, on=None, intent=Intent.PRICE, **rest):
    asked = brief(need(intent, "面霜多少钱", CREAM, **rest), customer=customer, on=on or floor(MILK))
    return asked, beside(asked)


def test_what_she_bought_brings_its_series_with_date_price_and_count() -> None:
    asked, one = found()
    assert one is not None
    assert one.words(asked) == (
        f"只给您看：她9月10日买过同系列的{CREAM.name}，可以顺带提云屿舒缓身体乳"
        "（身体护理，¥128，本店6件，今天14:30盘点）。提不提您定。"
    )


def test_what_she_says_now_comes_before_what_she_bought() -> None:
    asked, one = found(slots=Slots(concerns=("瘙痒",)))
    assert one is not None
    assert one.why == "她这次说到瘙痒"


@pytest.mark.parametrize(
    "why_not",
    [
        {"customer": LIN},
        {"customer": CHEN},
        {"customer": None},
        {"customer": LIN_HAS_CREAM.model_copy(update={"consents": (Purpose.SERVICE,)})},
        {"on": floor()},
        {"on": floor(MILK, quantity=0)},
        {"on": floor(MILK.model_copy(update={"not_for": ("干性",), "suitable_for": ()}))},
        {"on": floor(MILK.model_copy(update={"ingredients": ("水杨酸",)}))},
        {"on": floor(MILK.model_copy(update={"category": CREAM.category}))},
        {"on": floor(MILK.model_copy(update={"attributes": {"系列": "别的"}}))},
        {"intent": Intent.POLICY},
        {"intent": Intent.COMPLAINT},
        {"intent": Intent.USAGE},
        {"scene": Scene.GROUP_MARKETING},
    ],
)
def test_without_a_reason_a_fit_or_a_count_there_is_none(why_not: dict[str, object]) -> None:
    if why_not.get("customer") is LIN:
        # she bought nothing of a series that is elsewhere in the shop
        why_not = {"customer": LIN.model_copy(update={"purchases": ZHOU.purchases[:0]})}
    assert found(**why_not)[1] is None  # type: ignore[arg-type]


def test_a_series_that_is_only_the_brand_is_no_reason() -> None:
    branded = [one.model_copy(update={"attributes": {"系列": "云屿"}}) for one in (CREAM, MILK)]
    assert found(on=floor(*branded))[1] is None


def test_the_guide_reads_it_and_no_draft_says_it() -> None:
    asked, one = found()
    assert one is not None
    drafted = draft_again(asked)
    assert not [draft for draft in drafted.drafts if MILK.name in draft.text]
    shown = present(asked, drafted, tuple(Verdict(draft=each, outcome=Outcome.PASS) for each in drafted.drafts))
    assert one.words(asked) in "\n".join(shown.reply.parts)
