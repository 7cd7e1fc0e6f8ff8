"""What one coupon does to a bill: which lines count for it, and what it takes off them."""

from collections.abc import Sequence

from assistant.offers.allocate import allocate
from assistant.shop import Coupon, CouponKind, CouponScope
from assistant.turn import BasketLine

ORDER_OF_KINDS = (
    CouponKind.DISCOUNT,
    CouponKind.THRESHOLD,
    CouponKind.VOUCHER,
    CouponKind.GIFT,
    CouponKind.FREE_SHIPPING,
)
"""折扣 first, then 满减, then 代金, then 赠品 and 包邮: the order a till books them in."""


def line_fen(line: BasketLine) -> int:
    """Return the line at shop price, 分."""
    return line.unit_fen * line.quantity


def in_scope(scope: CouponScope, line: BasketLine) -> bool:
    """Say whether the coupon is meant for this line; SKUs and categories together widen each other."""
    if not scope.skus and not scope.categories:
        return True
    return line.sku in scope.skus or line.category in scope.categories


def shut_out(scope: CouponScope, line: BasketLine) -> bool:
    """Say whether the line is excluded although it may be in scope; exclusions always win."""
    return (
        line.coupon_excluded
        or (scope.excludes_new and line.is_new)
        or line.sku in scope.excluded_skus
        or line.category in scope.excluded_categories
    )


def counted_lines(coupon: Coupon, lines: Sequence[BasketLine]) -> tuple[int, ...]:
    """Return the positions of the lines that count for this coupon."""
    return tuple(
        index for index, line in enumerate(lines) if in_scope(coupon.scope, line) and not shut_out(coupon.scope, line)
    )


def money_off(coupon: Coupon, base_fen: int) -> int:
    """Return what the coupon takes off an in-scope amount of ``base_fen``, 分; 0 for 赠品 and 包邮.

    A discount is rounded half up on the saving, so half a 分 goes to the customer, and stops at ``cap_fen``.
    满减 and 代金 never take more than there is. The result never shrinks when the base grows.
    """
    if coupon.kind is CouponKind.DISCOUNT:
        saving = (base_fen * (100 - coupon.pay_percent) + 50) // 100
        return saving if coupon.cap_fen is None else min(saving, coupon.cap_fen)
    if coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER):
        return min(coupon.amount_fen, base_fen)
    return 0


def worth(coupon: Coupon, base_fen: int, shipping_fen: int) -> int:
    """Return what the coupon is worth to the customer, 分: money off, the gift's value or the shipping.

    It is also what the coupon costs the shop's budget.
    """
    if coupon.kind is CouponKind.GIFT:
        return coupon.gift_value_fen
    if coupon.kind is CouponKind.FREE_SHIPPING:
        return shipping_fen
    return money_off(coupon, base_fen)


def counted_fen(coupon: Coupon, lines: Sequence[BasketLine]) -> int:
    """Return the amount of the basket that counts for this coupon, at shop price, 分."""
    return sum(line_fen(lines[index]) for index in counted_lines(coupon, lines))


def worth_alone(coupon: Coupon, lines: Sequence[BasketLine], shipping_fen: int) -> int:
    """Return what the coupon would be worth on this basket with no other beside it, 分."""
    return worth(coupon, counted_fen(coupon, lines), shipping_fen)


def money_per_line(coupon: Coupon, counted: tuple[int, ...], remaining: Sequence[int]) -> tuple[int, ...]:
    """Share the money off over what is left of the counted lines; one entry for every line of the basket."""
    shares = [0] * len(remaining)
    weights = [remaining[index] for index in counted]
    for index, part in zip(counted, allocate(money_off(coupon, sum(weights)), weights), strict=True):
        shares[index] = part
    return tuple(shares)
