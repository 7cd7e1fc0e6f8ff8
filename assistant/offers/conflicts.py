"""What a shop's coupons do to each other before any customer is asked: found when the rules are read, with an example.

The engine never makes an offer below the least price (控价); whoever wrote the rules should know all the same which
coupons can never be used, and which can never be used together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assistant.offers.combine import booked_together
from assistant.offers.effect import bearing, line_fen
from assistant.offers.gains import Whole
from assistant.offers.wording import yuan
from assistant.shop import Coupon, CouponKind, Product
from assistant.turn import BasketLine

_OFF_THE_LINES = (CouponKind.GIFT, CouponKind.FREE_SHIPPING)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Coupons that cannot stand as they are, why, and what to do; both Chinese."""

    coupons: tuple[Coupon, ...]
    reason: str
    remedy: str


def conflicts(coupons: Sequence[Coupon], products: Sequence[Product]) -> tuple[Conflict, ...]:
    """Return what contradicts itself: steps that save less the more is bought, and prices below the least one."""
    return (*_backward_steps(coupons), *_below_least(coupons, products))


def conflicts_of(coupon: Coupon, others: Sequence[Coupon], products: Sequence[Product]) -> tuple[Conflict, ...]:
    """Return what one coupon contradicts: itself, or any of the others; what those do among themselves is left out."""
    steps = [one for one in _backward_steps((coupon, *others)) if coupon in one.coupons]
    return (*steps, *(one for one in _below_least((coupon, *others), products, of=coupon) if coupon in one.coupons))


def _backward_steps(coupons: Sequence[Coupon]) -> Iterator[Conflict]:
    """Of two steps of one ladder the higher one must save more."""
    ladders: dict[str, list[Coupon]] = {}
    for coupon in coupons:
        if coupon.kind is CouponKind.THRESHOLD and coupon.stacking_group:
            same = coupon.model_dump_json(include={"scope", "audience", "times", "layer", "stacking_group"})
            ladders.setdefault(same, []).append(coupon)
    for steps in ladders.values():
        steps.sort(key=lambda one: (one.threshold_fen, one.coupon_id))
        for lower, higher in combinations(steps, 2):
            covered = lower.starts_at <= higher.starts_at and higher.ends_at <= lower.ends_at
            if covered and higher.threshold_fen > lower.threshold_fen and higher.amount_fen <= lower.amount_fen:
                yield Conflict(
                    (higher, lower),
                    f"「{higher.name}」门槛比「{lower.name}」高，减得却不更多，永远用不上",
                    "请核对两档的门槛和面额是否填反",
                )


def _below_least(
    coupons: Sequence[Coupon], products: Sequence[Product], of: Coupon | None = None
) -> Iterator[Conflict]:
    """What brings a product below its least price; with ``of`` only pairs with that coupon are looked at."""
    held = _Held([product for product in products if product.floor_price_fen])
    useful = [coupon for coupon in coupons if coupon.kind not in _OFF_THE_LINES]
    sinking: dict[str, str] = {}
    for coupon in useful:
        example = next(_examples((coupon,), held), None)
        if example is not None:
            sinking[coupon.coupon_id] = example
            remedy = "系统不会这样用券；要能用，请提高门槛、降低优惠或把这个商品排除"
            yield Conflict((coupon,), f"「{coupon.name}」单独用就会低于最低售价：{example}", remedy)
    pairs = combinations(useful, 2) if of is None else ((of, one) for one in useful if one is not of)
    for one, other in pairs:
        if one.coupon_id in sinking or other.coupon_id in sinking or not _combine(one, other):
            continue
        example = next(_examples((one, other), held), None)
        if example is not None:
            remedy = "系统不会这样叠加；不想让它们叠加，请写上相同的叠加组"
            yield Conflict((one, other), f"「{one.name}」和「{other.name}」一起用会低于最低售价：{example}", remedy)


def _combine(one: Coupon, other: Coupon) -> bool:
    same_group = bool(one.stacking_group) and one.stacking_group == other.stacking_group
    overlap = one.starts_at < other.ends_at and other.starts_at < one.ends_at
    return not (one.exclusive or other.exclusive or same_group) and overlap


class _Held:
    """Products that may not fall below a price, with their prices in arrays."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products
        self._prices = np.array([one.price_fen for one in products], dtype=np.int64)
        self._least = np.array([one.floor_price_fen or 0 for one in products], dtype=np.int64)

    def near(self, coupons: tuple[Coupon, ...]) -> Iterator[Product]:
        """The products that these coupons together might bring below their least price.

        Whatever is booked before only shrinks a coupon's saving, so what each would save alone bounds what they save
        together: this leaves out most products by arithmetic alone.
        """
        if any(one.kind is CouponKind.ADD_ON for one in coupons):
            # it makes one piece cheaper that does not count itself
            yield from self._products
            return
        prices = np.maximum(self._prices, 1)
        pieces = np.ones_like(prices)
        for one in coupons:
            pieces = np.maximum(pieces, np.maximum(-(-one.threshold_fen // prices), max(one.pieces, 1)))
        total = self._prices * pieces
        saved = sum((_most_off(one, self._prices, pieces) for one in coupons), np.zeros_like(total))
        for place in np.flatnonzero(total - saved < self._least * pieces):
            yield self._products[int(place)]


def _most_off(coupon: Coupon, prices: Whole, pieces: Whole) -> Whole:
    """What ``effect.money_off`` takes off so many pieces of each product, had nothing been booked before, 分."""
    counted = prices * pieces
    cheaper = prices * (pieces // max(coupon.pieces, 1)) if coupon.kind is CouponKind.NTH_PIECE else counted
    if coupon.kind in (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE):
        saving = (cheaper * (100 - coupon.pay_percent) + 50) // 100
    elif coupon.kind is CouponKind.PER_THRESHOLD and coupon.threshold_fen:
        saving = coupon.amount_fen * (counted // coupon.threshold_fen)
    else:
        saving = np.full_like(counted, coupon.amount_fen)
    most = cheaper if coupon.cap_fen is None else np.minimum(cheaper, coupon.cap_fen)
    least: Whole = np.minimum(saving, most)
    return least


def _examples(coupons: tuple[Coupon, ...], held: _Held) -> Iterator[str]:
    """The smallest basket of one product on which these coupons together bring it below its least price."""
    for product in held.near(coupons):
        quantity = max(_pieces_needed(coupon, product) for coupon in coupons)
        line = BasketLine(
            sku=product.sku,
            name=product.name,
            category=product.category,
            unit_fen=product.price_fen,
            quantity=quantity,
            is_new=product.is_new,
            coupon_excluded=product.coupon_excluded,
            brand=product.brand,
            attributes=tuple(f"{name}:{value}" for name, value in product.attributes.items()),
        )
        bearings = [bearing(coupon, (line,)) for coupon in coupons]
        if not all(one.touched for one in bearings):
            continue
        paid = line_fen(line) - sum(sum(one.per_line) for one in booked_together(bearings, (line,)))
        if paid < (product.floor_price_fen or 0) * quantity:
            yield f"买 {quantity} 件{product.name}（每件 {yuan(product.price_fen)} 元）只收 {yuan(paid)} 元"


def _pieces_needed(coupon: Coupon, product: Product) -> int:
    by_threshold = -(-coupon.threshold_fen // product.price_fen) if product.price_fen else 1
    return max(by_threshold, coupon.pieces, 1)
