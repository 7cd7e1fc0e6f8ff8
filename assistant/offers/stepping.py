"""The next best step for a customer: one more piece that pays for itself, because it opens a coupon she just misses."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assistant.offers.effect import in_scope, shut_out
from assistant.shop import Coupon
from assistant.turn import BasketLine, CouponRule, Offer
from knowledge.noun import Noun

NEAREST = 3
"""So many missed coupons are tried, those that lack least."""


class NextStep(Noun):
    """One more piece and what becomes of the bill; ``pay_fen`` is never above what she would pay without it, 分."""

    coupon_id: str
    coupon_name: str
    added: BasketLine
    pay_fen: int
    less_fen: int


def next_step(
    offer: Offer,
    coupons: Mapping[str, Coupon],
    shelf: Sequence[BasketLine],
    decide_for: Callable[[tuple[BasketLine, ...]], Offer],
) -> NextStep | None:
    """Return the step that leaves the smallest bill, or None where nothing pays for itself.

    ``shelf`` is one piece of every product that may be added, ``decide_for`` decides for a larger basket.
    """
    steps = _steps(offer, coupons, sorted(shelf, key=lambda one: (one.unit_fen, one.sku)), decide_for)
    return min(steps, key=lambda one: (one.pay_fen, one.added.sku), default=None)


def _steps(
    offer: Offer,
    coupons: Mapping[str, Coupon],
    shelf: Sequence[BasketLine],
    decide_for: Callable[[tuple[BasketLine, ...]], Offer],
) -> Iterator[NextStep]:
    missed = [one for one in offer.alternatives if one.rule is CouponRule.THRESHOLD and one.shortfall_fen]
    for one in missed[:NEAREST]:
        added = next(_enough(coupons[one.coupon_id], one.shortfall_fen or 0, shelf), None)
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


def _enough(coupon: Coupon, short_fen: int, shelf: Iterable[BasketLine]) -> Iterator[BasketLine]:
    """The products that count for a coupon and are worth what it lacks, the cheapest first."""
    return (
        one
        for one in shelf
        if one.unit_fen >= short_fen and in_scope(coupon.scope, one) and not shut_out(coupon.scope, one)
    )


def _with(lines: tuple[BasketLine, ...], added: BasketLine) -> tuple[BasketLine, ...]:
    """The basket with one more piece: of a line that is there already its quantity grows."""
    if added.sku not in {line.sku for line in lines}:
        return (*lines, added)
    return tuple(
        line.model_copy(update={"quantity": line.quantity + 1}) if line.sku == added.sku else line for line in lines
    )
