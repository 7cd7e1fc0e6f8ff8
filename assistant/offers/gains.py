"""What coupons would take off many bills, and what one would leave of them, all at once: the inner loop of the search,
hence in arrays.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.offers.effect import Bearing
from assistant.shop import CouponKind

Whole = NDArray[np.int64]
# the product of two amounts must fit into 64 bits; a larger bill is shared over its lines one by one
_SHARED_AT_ONCE = 2**31
# more than any bill; two of them still add up
_NO_CAP = 2**61
_BY_PERCENT = (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE)


class Gains:
    """``Bearing.worth`` and ``Bearing.per_line`` of a fixed row of coupons, for many bills, one a row.

    Whole 分 throughout, so no rounding differs; for bills of up to 9 * 10**13 分.
    """

    def __init__(self, bearings: Sequence[Bearing], floors: Sequence[int]) -> None:
        coupons = [one.coupon for one in bearings]
        self._bearings = tuple(bearings)
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
        is_part = (self._pieces > 0) & (self._pieces < self._of)
        self._in_part = np.flatnonzero(is_part.any(axis=1))
        # floats hold whole numbers of 53 bits exactly, and are multiplied much faster
        self._in_whole = ((self._pieces > 0) & ~is_part).T.astype(np.float64)
        self._percent = self._array([100 - one.pay_percent if one.kind in _BY_PERCENT else 0 for one in coupons])
        self._fixed = self._array([_fixed(one) for one in bearings])
        # 加价购 takes what is left of a piece beyond its own price; nothing is beyond this for any other kind
        self._above = self._array([one.add_on_fen if one.kind is CouponKind.ADD_ON else _NO_CAP for one in coupons])
        self._cap = self._array([one.cap_fen if one.cap_fen is not None else _NO_CAP for one in coupons])
        self._gift = self._array([one.gift_value_fen if one.kind is CouponKind.GIFT else 0 for one in coupons])
        self._ships = self._array([one.kind is CouponKind.FREE_SHIPPING for one in coupons])

    def now(self, remaining: Whole, shipping_fen: Whole, first: int = 0) -> Whole:
        """Return what each coupon from ``first`` on is worth on what is left of each bill, 分; 0 for those before.

        One that would bring a line below its floor is worth nothing, now and after anything else that is booked: what is
        left of a line afterwards only falls with what was left before. Where rounding decides, the search itself looks.
        """
        left = remaining[:, : self._lines]
        base = (left.astype(np.float64) @ self._in_whole[:, first:]).astype(np.int64)
        for place in self._in_part[self._in_part >= first]:
            base[:, place - first] = (self._pieces[place] * left // self._of).sum(axis=1)
        saving = (base * self._percent[first:] + 50) // 100 + self._fixed[first:]
        saving += np.maximum(base - self._above[first:], 0)
        off = np.minimum(np.minimum(saving, base), self._cap[first:])
        if self._has_floors:
            bases = self._pieces[first:] * left[:, None, :] // self._of
            shares = bases * (off / np.maximum(base, 1))[:, :, None]
            below = (shares > 1) & (left[:, None, :] - shares < self._floors - 1)
            off[below.any(axis=2)] = 0
        worth = np.zeros((len(left), self._count), dtype=np.int64)
        worth[:, first:] = off + self._gift[first:] + self._ships[first:] * shipping_fen[:, None]
        return worth

    def left(self, place: int, remaining: Whole, gains: Whole) -> Whole:
        """Return what one coupon leaves of every line of each bill; ``gains`` is what it takes off or gives there.

        What is taken off is shared over the lines by largest remainder, see allocate.py.
        """
        one = self._bearings[place]
        if one.coupon.kind in (CouponKind.GIFT, CouponKind.FREE_SHIPPING):
            return remaining
        if int(remaining.sum(axis=1).max(initial=0)) >= _SHARED_AT_ONCE:
            return remaining - np.array([one.per_line(bill) for bill in remaining.tolist()], dtype=np.int64)
        weights = self._pieces[place] * remaining[:, : self._lines] // self._of
        total = np.maximum(weights.sum(axis=1), 1)[:, None]
        products = gains[:, None] * weights
        parts = products // total
        missing = gains - parts.sum(axis=1)
        order = np.argsort(-(products % total), axis=1, kind="stable")
        parts[np.arange(len(parts))[:, None], order] += np.arange(self._lines) < missing[:, None]
        after = remaining.copy()
        after[:, : self._lines] -= parts
        return after

    @staticmethod
    def _array(values: Sequence[int]) -> Whole:
        return np.array(values, dtype=np.int64)


def _fixed(one: Bearing) -> int:
    coupon = one.coupon
    if coupon.kind is CouponKind.PER_THRESHOLD:
        return coupon.amount_fen * (one.counted_fen // coupon.threshold_fen if coupon.threshold_fen else 1)
    return coupon.amount_fen if coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER) else 0
