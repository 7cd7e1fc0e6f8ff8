"""One product of another category to mention beside what was asked, with the reason: what she said, or what she bought.

It is told to the guide, never put into a draft: the customer asked for something else. Without a reason from her own words
or a real order there is none. It must suit her by the record, hold nothing she is allergic to, and stand on the own
store's shelf by a count whose time is told with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.clock import SHOP_TIME
from assistant.flow.brief import Brief
from assistant.flow.finding.evidence import consented
from assistant.flow.finding.fitting import Fit, fit_of, known_allergen
from assistant.flow.words.wording import money, reading_time
from assistant.offers.wording import near_date
from assistant.shop import Customer, Product, Scene, Stock
from assistant.turn import Intent

SERIES = "系列"
SKIN = "肤质"
_WHEN_SELLING = (Intent.CLOSING, Intent.PRICE, Intent.COUPON, Intent.RECOMMEND)


@dataclass(frozen=True)
class Beside:
    """A product, why it comes to mind, and the count on the own shelf."""

    product: Product
    why: str
    stock: Stock

    def words(self, brief: Brief) -> str:
        """One line for the guide."""
        one, shelf = self.product, _counted(self.stock, brief)
        return f"只给您看：{self.why}，可以顺带提{one.name}（{one.category}，{money(one.price_fen)}，{shelf}）。提不提您定。"


def beside(brief: Brief) -> Beside | None:
    """Return the one product to mention, what she said before what she bought; None where nothing speaks for any."""
    customer = brief.customer
    asked = (brief.need.intent, *brief.need.also)
    if customer is None or not consented(customer) or not brief.products or brief.need.scene is not Scene.PRIVATE:
        return None
    if not any(intent in _WHEN_SELLING for intent in asked) or Intent.COMPLAINT in asked:
        return None
    fitting = {product.sku: product for product in _may_be_named(brief, customer)}
    for product, why in (*_for_what_she_said(brief, fitting), *_of_what_she_bought(customer, brief, fitting)):
        stock = _on_the_shelf(product.sku, brief)
        if stock is not None:
            return Beside(product, why, stock)
    return None


def _may_be_named(brief: Brief, customer: Customer) -> Iterator[Product]:
    """Products of other categories that suit her by the record and that she does not have yet."""
    here = {product.category for product in brief.products}
    has = {one.sku for one in customer.purchases}
    skin = brief.need.slots.skin_type or customer.fact(SKIN)
    for product in sorted(brief.desk.shop.products.values(), key=lambda one: one.sku):
        if product.category in here or product.sku in has or known_allergen(product, customer):
            continue
        if not skin or fit_of(product, skin).fit is Fit.SUITS:
            yield product


def _for_what_she_said(brief: Brief, fitting: dict[str, Product]) -> Iterator[tuple[Product, str]]:
    for concern in brief.need.slots.concerns:
        for product in fitting.values():
            if concern in product.concerns:
                yield product, f"她这次说到{concern}"


def _of_what_she_bought(customer: Customer, brief: Brief, fitting: dict[str, Product]) -> Iterator[tuple[Product, str]]:
    """Of the series of something she bought, the latest first: who uses a series may not know what else is in it."""
    for bought in customer.purchases:
        known = brief.desk.shop.products.get(bought.sku)
        series = known.attributes.get(SERIES, "") if known is not None else ""
        # a series that is the brand itself says nothing of what belongs together
        if not series or (known is not None and series == known.brand):
            continue
        # 2024 is told with its year
        day = near_date(bought.bought_at.astimezone(SHOP_TIME).date(), seen_from=brief.moment)
        for product in fitting.values():
            if product.attributes.get(SERIES, "") == series:
                yield product, f"她{day}买过同系列的{bought.product_name}"


def counted(sku: str, brief: Brief) -> str:
    """How many pieces of a product the own store has and when that was read; 本店没有库存记录 where nobody counted."""
    stock = _on_the_shelf(sku, brief)
    return _counted(stock, brief) if stock is not None else "本店没有库存记录"


def _counted(stock: Stock, brief: Brief) -> str:
    return f"本店{stock.quantity}件，{reading_time(stock.read_at, brief.moment)}盘点"


def _on_the_shelf(sku: str, brief: Brief) -> Stock | None:
    counts = [one for one in brief.desk.stock((sku,)) if one.store_id == brief.desk.store.store_id]
    latest = max(counts, key=lambda one: one.read_at, default=None)
    return latest if latest is not None and latest.quantity > 0 else None
