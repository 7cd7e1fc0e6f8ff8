"""A coupon back as the cells of a table, under the keys by which ``coupons.read_coupons`` reads them."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from assistant.clock import SHOP_TIME
from assistant.material.coupons import KINDS
from assistant.offers.terms import WEEKDAYS
from assistant.offers.wording import clock_time
from assistant.shop import Coupon, CouponKind

_YES, _NO = "是", "否"
KIND_WORDS: dict[CouponKind, str] = {kind: word for word, kind in reversed(tuple(KINDS.items()))}
"""What a table calls every kind."""


def cells_of(one: Coupon) -> dict[str, str]:
    """The cells that give this coupon again when they are read; empty for what it does not say."""
    scope, audience = one.scope, one.audience
    return {
        "coupon": one.coupon_id,
        "name": one.name,
        "kind": KIND_WORDS[one.kind],
        "amount": _yuan(one.amount_fen or None),
        "discount": f"{one.pay_percent}%" if one.pay_percent < 100 else "",
        "cap": _yuan(one.cap_fen),
        "gift": one.gift,
        "gift_value": _yuan(one.gift_value_fen or None),
        "threshold": _yuan(one.threshold_fen or None),
        "skus": _several(scope.skus),
        "categories": _several(scope.categories),
        "excluded_skus": _several(scope.excluded_skus),
        "excluded_categories": _several(scope.excluded_categories),
        "new_allowed": _NO if scope.excludes_new else "",
        "stores": _several(scope.stores),
        "regions": _several(scope.regions),
        "tiers": _several(audience.tiers),
        "new_customer": _yes(audience.new_customer),
        "birthday": _yes(audience.birthday_month),
        "tags": _several(audience.tags),
        "starts": _moment(one.starts_at),
        "ends": _last_moment(one.ends_at),
        "pieces": _number(one.pieces or None),
        "add_on": one.add_on_sku,
        "add_on_price": _yuan(one.add_on_fen if one.add_on_sku else None),
        "layer": one.layer.label if one.layer is not None else "",
        "brands": _several(scope.brands),
        "attributes": _several(scope.attributes),
        "dealers": _several(scope.dealers),
        "channels": _several(channel.label for channel in scope.channels),
        "weekdays": _several(f"周{WEEKDAYS[day - 1]}" for day in one.times.weekdays),
        "hours": _several(f"{clock_time(part.starts)}-{clock_time(part.ends)}" for part in one.times.hours),
        "blackout": _several(f"{part.first}至{part.last}" for part in one.times.blackout),
        "birthday_days": "前{}后{}".format(*audience.birthday_days) if audience.birthday_days is not None else "",
        "lapsed": _number(audience.lapsed_days),
        "customers": _several(audience.customers),
        "barred": _several(audience.barred),
        "limit": _number(one.per_customer_limit),
        "day_limit": _number(one.per_day_limit),
        "grant_limit": _number(one.grant_limit),
        "guide_day_limit": _number(one.guide_day_limit),
        "store_day_limit": _number(one.store_day_limit),
        "valid_days": _number(one.valid_days),
        "budget": _yuan(one.budget_fen),
        "group": one.stacking_group,
        "exclusive": _yes(one.exclusive),
    }


def _yuan(fen: int | None) -> str:
    if fen is None:
        return ""
    whole, part = divmod(fen, 100)
    return f"{whole}.{part:02d}" if part else str(whole)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _yes(value: bool) -> str:
    return _YES if value else ""


def _several(words: Iterable[str]) -> str:
    return "、".join(words)


def _moment(moment: datetime) -> str:
    local = moment.astimezone(SHOP_TIME)
    return local.date().isoformat() if local.time() == time() else f"{local:%Y-%m-%d %H:%M:%S}"


def _last_moment(end: datetime) -> str:
    """An exclusive end as files name it: the last day itself, or a time of day."""
    local = end.astimezone(SHOP_TIME)
    return (local - timedelta(days=1)).date().isoformat() if local.time() == time() else _moment(end)
