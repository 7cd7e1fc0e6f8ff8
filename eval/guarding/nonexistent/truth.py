"""The shop's own tables as they bear on one turn, and by which rules a coupon is not for a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk, Shop
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.offers.terms import terms
from assistant.shop import Coupon, CouponUse, Customer, Purpose, Stock
from assistant.turn import CouponRule
from eval.sample import SAMPLE_DAY

MOMENT = datetime.fromisoformat(SAMPLE_DAY)
"""When everything is asked: a day of the sample shop."""

Used = dict[str, Mapping[str, CouponUse]]
"""What each customer has used of each coupon; nothing is redeemed while prompts are asked."""


@dataclass(frozen=True)
class Seen:
    """The shop's own tables as they bear on one turn: where it was asked, about whom, and what she has used.

    ``customer`` is None where nobody is meant, where the text is for many, and where she did not agree to
    personalisation: only what is open to everybody may be told then (个人信息保护法 Art. 24).
    """

    shop: Shop
    store_id: str
    moment: datetime
    customer: Customer | None = None
    uses: Mapping[str, CouponUse] = field(default_factory=dict)
    stock: tuple[Stock, ...] = ()

    @classmethod
    def of(cls, desk: Desk, customer_id: str, stock: tuple[Stock, ...] = (), used: Used | None = None) -> "Seen":
        """Look a customer up as this guide may; what is ``used`` already need not be read again."""
        used = {} if used is None else used
        if customer_id not in used:
            used[customer_id] = desk.uses(customer_id)
        known = desk.customer(customer_id) if customer_id else None
        agreed = known is not None and Purpose.PERSONALISATION in known.consents
        return cls(desk.shop, desk.store.store_id, MOMENT, known if agreed else None, used[customer_id], stock)

    @cached_property
    def names(self) -> KnownNames:
        """Every name of the shop, for reading texts."""
        return KnownNames.of(self.shop.products.values(), self.shop.coupons, self.shop.brand)

    @cached_property
    def short_names(self) -> dict[str, str]:
        """Products by their name without series: a guide writes 舒缓修护霜. Names that several would share are left out."""
        short: dict[str, list[str]] = {}
        for product in self.shop.products.values():
            series = product.attributes.get("系列", "")
            words = product.name.removeprefix(series).removeprefix(product.brand).split(" ")[0]
            if words != product.name and len(words) > 3:
                short.setdefault(words, []).append(product.sku)
        names = [product.name for product in self.shop.products.values()]
        return {words: skus[0] for words, skus in short.items() if sum(words in name for name in names) == 1}

    @cached_property
    def called(self) -> dict[str, str]:
        """What regions, stores and products are called, by id."""
        shop = self.shop
        return (
            {store.region_id: store.region_name for store in shop.stores.values()}
            | {store_id: store.name for store_id, store in shop.stores.items()}
            | {sku: product.name for sku, product in shop.products.items()}
        )

    def terms(self, coupon: Coupon) -> str:
        """All conditions of a coupon in words."""
        return terms(coupon, names=self.called, tiers=self.shop.tiers)


def failing(coupon: Coupon, seen: Seen) -> tuple[CouponRule, ...]:
    """Every rule by which this coupon is not for this customer in this store today, whatever she buys."""
    audience, scope, times = coupon.audience, coupon.scope, coupon.times
    store, customer = seen.shop.stores[seen.store_id], seen.customer
    local = seen.moment.astimezone(SHOP_TIME)
    use = seen.uses.get(coupon.coupon_id, CouponUse(coupon_id=coupon.coupon_id))
    somewhere = bool(scope.stores or scope.regions or scope.dealers)
    here = store.store_id in scope.stores or store.region_id in scope.regions or store.dealer in scope.dealers
    last = max((one.bought_at for one in customer.purchases), default=None) if customer else None
    away = (local.date() - last.astimezone(SHOP_TIME).date()).days if last else None
    minute = local.hour * 60 + local.minute
    wrong_hour = bool(times.hours) and not any(part.starts <= minute < part.ends for part in times.hours)
    wrong_day = bool(times.weekdays) and local.isoweekday() not in times.weekdays
    listed = customer is not None and customer.customer_id in audience.customers
    barred = customer is not None and customer.customer_id in audience.barred
    rules = {
        CouponRule.NOT_STARTED: seen.moment < coupon.starts_at,
        CouponRule.EXPIRED: seen.moment >= coupon.ends_at,
        CouponRule.BLACKOUT: any(days.first <= local.date() <= days.last for days in times.blackout),
        CouponRule.TIME: wrong_hour or wrong_day,
        CouponRule.STORE: somewhere and not here,
        CouponRule.AUDIENCE_LIST: barred or (bool(audience.customers) and not listed),
        CouponRule.AUDIENCE_TIER: bool(audience.tiers) and (customer is None or customer.tier not in audience.tiers),
        CouponRule.AUDIENCE_NEW: audience.new_customer and (customer is None or customer.order_count > 0),
        CouponRule.AUDIENCE_BIRTHDAY: _birthday_is_elsewhere(coupon, customer, local.date()),
        CouponRule.AUDIENCE_TAG: bool(audience.tags)
        and (customer is None or not set(audience.tags) & set(customer.tags)),
        CouponRule.AUDIENCE_LAPSED: audience.lapsed_days is not None and (away is None or away < audience.lapsed_days),
        CouponRule.LIMIT: coupon.per_customer_limit is not None and use.used_by_customer >= coupon.per_customer_limit,
        CouponRule.DAY_LIMIT: coupon.per_day_limit is not None and use.used_today >= coupon.per_day_limit,
        CouponRule.BUDGET: coupon.budget_fen is not None and use.spent_fen >= coupon.budget_fen,
    }
    return tuple(rule for rule, fails in rules.items() if fails)


def _birthday_is_elsewhere(coupon: Coupon, customer: Customer | None, today: date) -> bool:
    around = coupon.audience.birthday_days
    if not coupon.audience.birthday_month and around is None:
        return False
    birthday = customer.birthday if customer is not None else None
    if birthday is None:
        return True
    if around is None:
        return birthday.month != today.month
    # a birthday on 29 February is kept on 1 March where the year has none
    on = (birthday.month, birthday.day) if (birthday.month, birthday.day) != (2, 29) else (3, 1)
    distances = ((today - date(year, *on)).days for year in (today.year - 1, today.year, today.year + 1))
    return not any(-around[0] <= days <= around[1] for days in distances)


def yuan(fen: int | None) -> str:
    """An amount in 元, without the unit and without idle zeros."""
    return f"{(fen or 0) / 100:g}"
