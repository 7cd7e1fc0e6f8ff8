"""The next best step for a customer: one more piece that pays for itself, because it opens a coupon she just misses."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from assistant.offers.effect import in_scope, shut_out
from assistant.shop import Coupon
from assistant.turn import BasketLine, CouponRule, NextStep, Offer

NEAREST = 3
"""So many missed coupons are tried, those that lack least."""
LOOKED_AT = 20
"""So many of the cheapest goods that are worth what a coupon lacks are asked for on the shelf,"""
ASKED_AT_ONCE = 4
"""so many at a time: nearly always one of the first lies there."""

Available = Callable[[tuple[str, ...]], Collection[str]]
"""Of these SKUs those that lie on the store's shelf."""


def next_step(
    offer: Offer,
    coupons: Mapping[str, Coupon],
    goods: Sequence[BasketLine],
    available: Available,
    decide_for: Callable[[tuple[BasketLine, ...]], Offer],
) -> NextStep | None:
    """Return the step that leaves the smallest bill, or None where nothing pays for itself.

    ``goods`` is one piece of every product that may be added, ``decide_for`` decides for a larger basket.
    """
    steps = _steps(offer, coupons, sorted(goods, key=lambda one: (one.unit_fen, one.sku)), available, decide_for)
    return min(steps, key=lambda one: (one.pay_fen, one.added.sku), default=None)


def _steps(
    offer: Offer,
    coupons: Mapping[str, Coupon],
    goods: Sequence[BasketLine],
    available: Available,
    decide_for: Callable[[tuple[BasketLine, ...]], Offer],
) -> Iterator[NextStep]:
    missed = [one for one in offer.alternatives if one.rule is CouponRule.THRESHOLD and one.shortfall_fen]
    for one in sorted(missed, key=lambda other: (other.shortfall_fen or 0, other.coupon_id))[:NEAREST]:
        added = _cheapest(coupons[one.coupon_id], one.shortfall_fen or 0, goods, available)
        if added is None:
            continue
        larger = decide_for(_with(offer.lines, added))
        if larger.pay_fen <= offer.pay_fen and one.coupon_id in {used.coupon_id for used in larger.applied}:
            yield NextStep(
                coupon_id=one.coupon_id,
                coupon_name=one.name,
                added=added,
                pay_fen=larger.pay_fen,
                less_fen=offer.pay_fen - larger.pay_fen,
            )


def _cheapest(coupon: Coupon, short_fen: int, goods: Sequence[BasketLine], available: Available) -> BasketLine | None:
    """The cheapest product on the shelf that counts for a coupon and is worth what it lacks."""
    enough = [
        one
        for one in goods
        if one.unit_fen >= short_fen and in_scope(coupon.scope, one) and not shut_out(coupon.scope, one)
    ][:LOOKED_AT]
    for start in range(0, len(enough), ASKED_AT_ONCE):
        few = enough[start : start + ASKED_AT_ONCE]
        there = available(tuple(one.sku for one in few))
        if found := next((one for one in few if one.sku in there), None):
            return found
    return None


def _with(lines: tuple[BasketLine, ...], added: BasketLine) -> tuple[BasketLine, ...]:
    """The basket with one more piece: of a line that is there already its quantity grows."""
    if added.sku not in {line.sku for line in lines}:
        return (*lines, added)
    return tuple(
        line.model_copy(update={"quantity": line.quantity + 1}) if line.sku == added.sku else line for line in lines
    )
