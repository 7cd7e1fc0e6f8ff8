"""What every coupon would take off a bill right now, all at once: the inner loop of the search, hence in arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.offers.effect import Bearing
from assistant.shop import CouponKind

Whole = NDArray[np.int64]
# more than any bill; two of them still add up
_NO_CAP = 2**61
_BY_PERCENT = (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE)


class Gains:
    """``effect.worth`` of a fixed row of coupons, for any state of the bill; whole 分 throughout, so no rounding differs.

    Bills beyond 9 * 10**14 分 would overflow 64 bits; ``decide`` refuses them long before.
    """

    def __init__(self, bearings: Sequence[Bearing], floors: Sequence[int]) -> None:
        coupons = [one.coupon for one in bearings]
        self._count = len(coupons)
        lines = max((part.line for one in bearings for part in one.touched), default=-1) + 1
        self._lines = lines
        self._pieces: Whole = np.zeros((self._count, lines), dtype=np.int64)
        self._of: Whole = np.ones(lines, dtype=np.int64)
        self._floors = self._array(floors[:lines])
        self._has_floors = any(floors)
        for row, one in enumerate(bearings):
            for part in one.touched:
                self._pieces[row, part.line] = part.pieces
                self._of[part.line] = part.of
        self._percent = self._array([100 - one.pay_percent if one.kind in _BY_PERCENT else 0 for one in coupons])
        self._fixed = self._array([_fixed(one) for one in bearings])
        # 加价购 takes what is left of a piece beyond its own price; nothing is beyond this for any other kind
        self._above = self._array([one.add_on_fen if one.kind is CouponKind.ADD_ON else _NO_CAP for one in coupons])
        self._cap = self._array([one.cap_fen if one.cap_fen is not None else _NO_CAP for one in coupons])
        self._gift = self._array([one.gift_value_fen if one.kind is CouponKind.GIFT else 0 for one in coupons])
        self._ships = self._array([one.kind is CouponKind.FREE_SHIPPING for one in coupons])

    def now(self, remaining: Sequence[int], shipping_fen: int) -> list[int]:
        """Return what each coupon is worth on what is left, 分, in the order given.

        One that would bring a line below its floor is worth nothing, now and after anything else that is booked: what is
        left of a line afterwards only falls with what was left before. Where rounding decides, the search itself looks.
        """
        if not self._count:
            return []
        left = np.array(remaining[: self._lines], dtype=np.int64)
        bases = self._pieces * left // self._of
        base = bases.sum(axis=1)
        saving = (base * self._percent + 50) // 100 + self._fixed + np.maximum(base - self._above, 0)
        off = np.minimum(np.minimum(saving, base), self._cap)
        if self._has_floors:
            shares = bases * (off / np.maximum(base, 1))[:, None]
            off[((shares > 1) & (left - shares < self._floors - 1)).any(axis=1)] = 0
        worth: list[int] = (off + self._gift + self._ships * shipping_fen).tolist()
        return worth

    @staticmethod
    def _array(values: Sequence[int]) -> Whole:
        return np.array(values, dtype=np.int64)


def _fixed(one: Bearing) -> int:
    coupon = one.coupon
    if coupon.kind is CouponKind.PER_THRESHOLD:
        return coupon.amount_fen * (one.counted_fen // coupon.threshold_fen if coupon.threshold_fen else 1)
    return coupon.amount_fen if coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER) else 0
