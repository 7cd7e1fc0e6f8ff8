"""What one coupon does to a bill: which pieces of which lines it touches, and what it takes off them."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.offers.allocate import allocate
from assistant.shop import Coupon, CouponKind, CouponScope, Layer
from assistant.turn import BasketLine

ORDER_OF_KINDS = (
    CouponKind.ADD_ON,
    CouponKind.NTH_PIECE,
    CouponKind.PIECES,
    CouponKind.PER_THRESHOLD,
    CouponKind.DISCOUNT,
    CouponKind.THRESHOLD,
    CouponKind.VOUCHER,
    CouponKind.GIFT,
    CouponKind.FREE_SHIPPING,
)
"""Within a layer: by the piece first, then 折扣, then 满减, then 代金, then 赠品 and 包邮: as a till books them."""

_PROMOTIONS = (CouponKind.ADD_ON, CouponKind.NTH_PIECE, CouponKind.PIECES, CouponKind.PER_THRESHOLD)
_OFF_THE_LINES = (CouponKind.GIFT, CouponKind.FREE_SHIPPING)
_BY_PERCENT = (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE)
_LAYERS = tuple(Layer)


@dataclass(frozen=True, slots=True)
class Touched:
    """Some pieces of one line: what they cost now is their share of what is left of the line."""

    line: int
    pieces: int
    of: int

    def left(self, remaining: Sequence[int]) -> int:
        """Return what is left to pay for these pieces, 分, rounded down; it never grows when the line shrinks."""
        return remaining[self.line] * self.pieces // self.of


def layer_of(coupon: Coupon) -> Layer:
    """Return the layer in which a coupon is booked: its own where it says so."""
    if coupon.layer is not None:
        return coupon.layer
    if coupon.kind in _PROMOTIONS:
        return Layer.PROMOTION
    return Layer.VOUCHER if coupon.kind is CouponKind.VOUCHER else Layer.COUPON


def booking_place(coupon: Coupon) -> tuple[int, int]:
    """Return the place of a coupon's layer and kind; what takes nothing off the lines comes last."""
    layer = len(_LAYERS) if coupon.kind in _OFF_THE_LINES else _LAYERS.index(layer_of(coupon))
    return (layer, ORDER_OF_KINDS.index(coupon.kind))


def line_fen(line: BasketLine) -> int:
    """Return the line at shop price, 分."""
    return line.unit_fen * line.quantity


def in_scope(scope: CouponScope, line: BasketLine) -> bool:
    """Say whether the coupon is meant for this line; SKUs, categories, brands and attributes widen each other."""
    if not (scope.skus or scope.categories or scope.brands or scope.attributes):
        return True
    return (
        line.sku in scope.skus
        or line.category in scope.categories
        or line.brand in scope.brands
        or any(attribute in scope.attributes for attribute in line.attributes)
    )


def shut_out(scope: CouponScope, line: BasketLine) -> bool:
    """Say whether the line is excluded although it may be in scope; exclusions always win."""
    return (
        line.coupon_excluded
        or (scope.excludes_new and line.is_new)
        or line.sku in scope.excluded_skus
        or line.category in scope.excluded_categories
    )


@dataclass(frozen=True, slots=True)
class Bearing:
    """How one coupon bears on one basket, by shop price alone: worked out once and used by rules and search.

    ``counted`` are the positions of the lines that count, ``counted_fen`` and ``pieces`` how much and how many that is;
    ``touched`` are the pieces that become cheaper, ``touched_fen`` what they cost.
    """

    coupon: Coupon
    counted: tuple[int, ...]
    counted_fen: int
    pieces: int
    touched: tuple[Touched, ...]
    touched_fen: int

    def off(self, left_fen: int) -> int:
        """Return what the coupon takes off its pieces when ``left_fen`` is left to pay for them, 分."""
        return money_off(self.coupon, left_fen, self.counted_fen)

    def worth_alone(self, shipping_fen: int) -> int:
        """Return what the coupon would be worth with no other beside it, 分."""
        return worth(self.coupon, self.touched_fen, self.counted_fen, shipping_fen)

    def per_line(self, remaining: Sequence[int]) -> tuple[int, ...]:
        """Share the money off over what is left of the touched pieces; one entry for every line of the basket."""
        shares = [0] * len(remaining)
        weights = [one.left(remaining) for one in self.touched]
        for one, part in zip(self.touched, allocate(self.off(sum(weights)), weights), strict=True):
            shares[one.line] = part
        return tuple(shares)


def bearing(coupon: Coupon, lines: Sequence[BasketLine]) -> Bearing:
    """Work out how a coupon bears on a basket."""
    counted = _counted_lines(coupon, lines)
    pieces = sum(lines[index].quantity for index in counted)
    prices = [line_fen(line) for line in lines]
    touched = _touched(coupon, counted, pieces, lines)
    return Bearing(
        coupon,
        counted,
        sum(prices[index] for index in counted),
        pieces,
        touched,
        sum(one.left(prices) for one in touched),
    )


def _counted_lines(coupon: Coupon, lines: Sequence[BasketLine]) -> tuple[int, ...]:
    """The positions of the lines that count; the goods of a 加价购 do not count for it."""
    return tuple(
        index
        for index, line in enumerate(lines)
        if in_scope(coupon.scope, line)
        and not shut_out(coupon.scope, line)
        and not (coupon.kind is CouponKind.ADD_ON and line.sku == coupon.add_on_sku)
    )


def _touched(coupon: Coupon, counted: Sequence[int], pieces: int, lines: Sequence[BasketLine]) -> tuple[Touched, ...]:
    """The pieces that become cheaper, by shop price alone, so that no other coupon changes which they are.

    Of 第N件折 these are the cheapest, one of every N; among equal prices those that stand first.
    """
    if coupon.kind is CouponKind.ADD_ON:
        goods = next((index for index, line in enumerate(lines) if _is_added(coupon, line)), None)
        return () if goods is None else (Touched(goods, 1, lines[goods].quantity),)
    if coupon.kind is CouponKind.NTH_PIECE:
        return _cheapest(counted, lines, pieces // max(coupon.pieces, 1))
    return tuple(Touched(index, lines[index].quantity, lines[index].quantity) for index in counted)


def _is_added(coupon: Coupon, line: BasketLine) -> bool:
    return line.sku == coupon.add_on_sku and not line.coupon_excluded


def _cheapest(counted: Sequence[int], lines: Sequence[BasketLine], pieces: int) -> tuple[Touched, ...]:
    found: list[Touched] = []
    for index in sorted(counted, key=lambda index: (lines[index].unit_fen, index)):
        taken = min(pieces, lines[index].quantity)
        if taken:
            found.append(Touched(index, taken, lines[index].quantity))
        pieces -= taken
    return tuple(sorted(found, key=lambda one: one.line))


def money_off(coupon: Coupon, left_fen: int, counted_fen: int) -> int:
    """Return what the coupon takes off pieces for which ``left_fen`` is left to pay, 分; 0 for 赠品 and 包邮.

    ``counted_fen`` is what counts at shop price: 每满减 goes by it. A percentage is rounded half up on the saving, so half
    a 分 goes to the customer. Nothing takes more than ``cap_fen`` or than there is; never more when less is left.
    """
    if coupon.kind in _BY_PERCENT:
        saving = (left_fen * (100 - coupon.pay_percent) + 50) // 100
    elif coupon.kind is CouponKind.PER_THRESHOLD:
        saving = coupon.amount_fen * (counted_fen // coupon.threshold_fen if coupon.threshold_fen else 1)
    elif coupon.kind is CouponKind.ADD_ON:
        saving = max(left_fen - coupon.add_on_fen, 0)
    elif coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER):
        saving = coupon.amount_fen
    else:
        return 0
    return min(saving, left_fen, coupon.cap_fen if coupon.cap_fen is not None else saving)


def worth(coupon: Coupon, left_fen: int, counted_fen: int, shipping_fen: int) -> int:
    """Return what the coupon is worth to the customer, 分: money off, the gift's value or the shipping.

    It is also what the coupon costs the shop's budget.
    """
    if coupon.kind is CouponKind.GIFT:
        return coupon.gift_value_fen
    if coupon.kind is CouponKind.FREE_SHIPPING:
        return shipping_fen
    return money_off(coupon, left_fen, counted_fen)
