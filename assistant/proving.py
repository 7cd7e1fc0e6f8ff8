"""Offers shown with their proof outside any conversation: one customer and one basket, or every customer and her twins.

They go the way of a turn, from the database over ``offer_at`` to ``decide``: what is shown here is what a guide gets.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import NotFound
from assistant.flow.finding.offering import line_of, offer_at, step_from, there
from assistant.offers.twins import Searched, search
from assistant.shop import Channel, Customer, Product, Purpose
from assistant.store import customers
from assistant.store.database import Database
from assistant.turn import BasketLine, Offer

BASKET_SIZES = (1, 2, 4)


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
    ) -> Offer:
        """Decide for so many pieces by SKU, in the customer's own store unless one is named, with the next step if any.

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
        if reach_fen is not None:
            return offer
        read = self.desks.stock_reader(self.corp_id)
        step = step_from(offer, shop, customer, lambda skus: there(read(skus), store), decide_for)
        return offer.model_copy(update={"step": step})

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
