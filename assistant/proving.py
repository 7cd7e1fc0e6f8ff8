"""Offers shown with their proof outside any conversation: one customer and one basket, or every customer and her twins.

They go the way of a turn, from the database over ``offer_at`` to ``decide``: what is shown here is what a guide gets.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import NotFound
from assistant.flow.desk import Shop
from assistant.flow.finding.offering import line_of, offer_at
from assistant.offers.stepping import NextStep, next_step
from assistant.offers.twins import Searched, search
from assistant.shop import Channel, Customer, Product, Purpose
from assistant.store import customers
from assistant.store.database import Database
from assistant.turn import BasketLine, Offer

BASKET_SIZES = (1, 2, 4)


class Proved(NamedTuple):
    """An offer with its proof, and the next step that would pay for itself, if any."""

    offer: Offer
    step: NextStep | None


@dataclass(frozen=True)
class Proving:
    """One corp's offers as of now."""

    database: Database
    desks: Desks
    corp_id: str
    clock: Clock

    def offer(
        self,
        customer_id: str,
        basket: Mapping[str, int],
        *,
        store_id: str = "",
        channel: Channel = Channel.SHOP,
        reach_fen: int | None = None,
    ) -> Proved:
        """Decide for so many pieces by SKU, in the customer's own store unless one is named.

        Raises NotFound for a customer, a SKU or a store that is not there.
        """
        moment = self.clock()
        shop = self.desks.shop(self.corp_id, moment)
        with self.database.read() as tx:
            customer = next(customers.customers_of_corp(tx, self.corp_id, moment, customer_id), None)
        if customer is None:
            raise NotFound(customer_id)
        for sku in basket:
            if sku not in shop.products:
                raise NotFound(sku)
        store = shop.stores.get(store_id or customer.store_id)
        if store is None:
            raise NotFound(store_id or customer.store_id)
        uses = self.desks.uses_reader(self.corp_id, shop, moment)(customer_id)

        def decide_for(lines: tuple[BasketLine, ...]) -> Offer:
            return offer_at(
                shop,
                store,
                customer=customer,
                lines=lines,
                shipping_fen=0,
                uses=uses,
                moment=moment,
                channel=channel,
                reach_fen=reach_fen,
            )

        offer = decide_for(tuple(line_of(shop.products[sku], quantity) for sku, quantity in basket.items()))
        coupons = {one.coupon_id: one for one in shop.coupons}
        shelf = [line_of(one, 1) for one in self._on_the_shelf(shop, store.store_id)]
        return Proved(offer, None if reach_fen is not None else next_step(offer, coupons, shelf, decide_for))

    def _on_the_shelf(self, shop: Shop, store_id: str) -> tuple[Product, ...]:
        """What this store has by its last count."""
        counts = self.desks.stock_reader(self.corp_id)(tuple(shop.products))
        there = {one.sku for one in counts if one.store_id == store_id and one.quantity > 0}
        return tuple(product for sku, product in shop.products.items() if sku in there)

    def twins(self, progress: Callable[[int, int], None] | None = None) -> Searched:
        """Compare every customer with each of her twins on baskets of the shop's products."""
        moment = self.clock()
        shop = self.desks.shop(self.corp_id, moment)
        with self.database.read() as tx:
            every = tuple(customers.customers_of_corp(tx, self.corp_id, moment))
        read = self.desks.uses_reader(self.corp_id, shop, moment)
        uses = {one.customer_id: read(one.customer_id) for one in every}
        products = sorted(shop.products.values(), key=lambda one: one.sku)
        stores = sorted(shop.stores.values(), key=lambda one: one.store_id)

        def offer_to(customer: Customer, lines: tuple[BasketLine, ...]) -> Offer:
            return offer_at(
                shop,
                shop.stores.get(customer.store_id, stores[0]),
                # without consent nothing about her is looked at, and there would be nothing to compare
                customer=customer.model_copy(update={"consents": tuple(Purpose)}),
                lines=lines,
                shipping_fen=0,
                uses=uses[customer.customer_id],
                moment=moment,
            )

        told = progress
        each = None if told is None else (lambda done: told(done, len(every)))
        return search(every, lambda customer: _baskets(customer, products), offer_to, each)


def _baskets(customer: Customer, products: list[Product]) -> Iterator[tuple[BasketLine, ...]]:
    """A few baskets that differ from customer to customer, the same in every run."""
    first = sum(customer.customer_id.encode())
    for size in BASKET_SIZES:
        places = ((first + 7 * step) % len(products) for step in range(size))
        yield tuple(line_of(products[place], 1 + step % 2) for step, place in enumerate(places))
