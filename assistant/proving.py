"""Offers shown with their proof outside any conversation: one customer and one basket, or every customer and her twins.

They go the way of a turn, from the database over ``offer_at`` to ``decide``: what is shown here is what a guide gets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import structlog

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import NotFound
from assistant.flow.desk import Shop
from assistant.flow.finding.offering import line_of, offer_at, shipping_due, step_from, there
from assistant.offers.decide import rules_version
from assistant.offers.holdout import Holdout
from assistant.offers.twins import Bias, Searched, search
from assistant.shop import Channel, Coupon, CouponUse, Customer, Product, Purpose, Store
from assistant.store import customers
from assistant.store.coupons import checks, tallies
from assistant.store.database import Database
from assistant.turn import BasketLine, Offer

log = structlog.get_logger()

BASKET_SIZES = (1, 2, 4)
CHECKED_CUSTOMERS = 300
"""Customers of a check from the console, spread over all: some seconds. The command compares every one."""
TOLD_EVERY = 5


class Asked(NamedTuple):
    """What a manager wants to see. ``basket`` is pieces by SKU; ``customer`` None means that nobody is known.

    ``uses`` are the customer's whose id she has. ``trial`` is a coupon that is not served yet, laid over today's.
    """

    customer: Customer | None
    basket: Mapping[str, int]
    store_id: str
    channel: Channel
    moment: datetime
    trial: Coupon | None = None


@dataclass(frozen=True)
class Proving:
    """One corp's offers as of now."""

    database: Database
    desks: Desks
    corp_id: str
    clock: Clock

    @property
    def holdout(self) -> Holdout:
        """The customers who are left alone."""
        return self.desks.holdout

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
        with self.database.read() as tx:
            customer = next(customers.customers_of_corp(tx, self.corp_id, moment, customer_id), None)
        if customer is None:
            raise NotFound(customer_id)
        return self.consider(Asked(customer, basket, store_id or customer.store_id, channel, moment), reach_fen)

    def consider(self, asked: Asked, reach_fen: int | None = None) -> Offer:
        """Decide as for a guide who asks this; raises NotFound for a SKU or a store that is not there.

        Shipping is due on an order by the mini-program, as it is where a guide speaks of delivery.
        """
        shop = _with_trial(self.desks.shop(self.corp_id, asked.moment), asked.trial)
        for sku in asked.basket:
            if sku not in shop.products:
                raise NotFound(sku)
        store = shop.stores.get(asked.store_id)
        if store is None:
            raise NotFound(asked.store_id)
        customer = asked.customer
        uses = self.desks.uses_reader(self.corp_id, shop, asked.moment)(customer.customer_id if customer else "")
        deciding = _deciding(shop, store, asked, uses, reach_fen)
        offer = deciding(tuple(line_of(shop.products[sku], quantity) for sku, quantity in asked.basket.items()))
        if reach_fen is not None or customer is None:
            return offer
        read = self.desks.stock_reader(self.corp_id)
        step = step_from(offer, shop, customer, lambda skus: there(read(skus), store), deciding)
        return offer.model_copy(update={"step": step})

    def spent(self, moment: datetime) -> dict[str, int]:
        """What was spent of every running coupon's budget, in 分 by coupon id: orders without a grant, and grants.

        Nothing before anything was ingested.
        """
        try:
            shop = self.desks.shop(self.corp_id, moment)
        except NotFound:
            return {}
        total = dict(self.desks.spending.of(self.corp_id, shop, moment))
        with self.database.read() as tx:
            for coupon_id, fen in tallies.spent(tx, self.corp_id).items():
                total[coupon_id] = total.get(coupon_id, 0) + fen
        return total

    # ---- twins ---------------------------------------------------------------------------------

    def twins(self, progress: Callable[[int, int], None] | None = None, at_most: int | None = None) -> Searched:
        """Compare every customer with each of her twins on baskets of the shop's products.

        With ``at_most`` so many customers are taken, spread over all.
        """
        moment = self.clock()
        shop = self.desks.shop(self.corp_id, moment)
        with self.database.read() as tx:
            ids = _spread(sorted(customers.known_customers(tx, self.corp_id)), at_most)
            every = tuple(one for each in ids for one in customers.customers_of_corp(tx, self.corp_id, moment, each))
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
        each_done = None if told is None else (lambda done: told(done, len(every)))
        return search(every, lambda customer: _baskets(customer, products), offer_to, each_done)

    def begin_check(self, by: str) -> str | None:
        """Note that somebody wants twins compared and return the check's name; None where a check runs."""
        with self.database.begin() as tx:
            return checks.begin(tx, self.corp_id, by=by, moment=self.clock())

    def run_check(self, check_id: str, at_most: int | None = CHECKED_CUSTOMERS) -> None:
        """Compare twins and keep what was found; what breaks is kept as broken, for nobody waits here."""
        try:
            self.keep(check_id, self.twins(lambda done, total: self._go_on(check_id, done, total), at_most))
        except Exception:
            log.exception("twins not compared", check=check_id)
            with self.database.begin() as tx:
                checks.fail(tx, check_id, self.clock())

    def keep(self, check_id: str, found: Searched) -> None:
        """Keep what a comparison found under its name."""
        shop = self.desks.shop(self.corp_id, self.clock())
        with self.database.begin() as tx:
            checks.finish(
                tx,
                check_id,
                pairs=found.pairs,
                unequal=len(found.found),
                found=[_told(bias) for bias in found.found],
                rules_version=rules_version(shop.coupons),
                moment=self.clock(),
            )

    def _go_on(self, check_id: str, done: int, total: int) -> None:
        if done % TOLD_EVERY and done != total:
            return
        with self.database.begin() as tx:
            checks.go_on(tx, check_id, done, total, self.clock())


def _with_trial(shop: Shop, trial: Coupon | None) -> Shop:
    if trial is None:
        return shop
    others = (one for one in shop.coupons if one.coupon_id != trial.coupon_id)
    return replace(shop, coupons=(*others, trial))


def _deciding(
    shop: Shop, store: Store, asked: Asked, uses: Mapping[str, CouponUse], reach_fen: int | None
) -> Callable[[tuple[BasketLine, ...]], Offer]:
    def decide_for(lines: tuple[BasketLine, ...]) -> Offer:
        return offer_at(
            shop,
            store,
            customer=asked.customer,
            lines=lines,
            shipping_fen=shipping_due(shop.rules, lines) if asked.channel is Channel.MINI_PROGRAM else 0,
            uses=uses,
            moment=asked.moment,
            channel=asked.channel,
            reach_fen=reach_fen,
        )

    return decide_for


def _spread(ids: Sequence[str], at_most: int | None) -> Sequence[str]:
    if at_most is None or len(ids) <= at_most:
        return ids
    return [ids[number * len(ids) // at_most] for number in range(at_most)]


def _told(bias: Bias) -> dict[str, str]:
    return {
        "customer_id": bias.customer.customer_id,
        "differs_in": bias.twin.differs_in,
        "basket": "、".join(f"{line.name}×{line.quantity}" for line in bias.lines),
        "offer": bias.offer.why,
        "twin_offer": bias.twin_offer.why,
    }


def _baskets(customer: Customer, products: list[Product]) -> Iterator[tuple[BasketLine, ...]]:
    """A few baskets that differ from customer to customer, the same in every run."""
    first = sum(customer.customer_id.encode())
    for size in BASKET_SIZES:
        places = ((first + 7 * step) % len(products) for step in range(size))
        yield tuple(line_of(products[place], 1 + step % 2) for step, place in enumerate(places))
