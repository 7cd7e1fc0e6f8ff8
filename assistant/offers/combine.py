"""The exact best combination of coupons that are each usable by themselves.

Coupons are decided in the order the till books them, so what is left of every line is known exactly at each step; the
search itself is in layers.py. A solver library was not taken: savings are rounded, capped and measured on what others
left, which no linear or constraint model says plainly. ``make bench`` measures it on 60 coupons and 30 lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from assistant.offers.effect import (
    Bearing,
    booking_place,
    line_fen,
)
from assistant.offers.gains import Gains, Whole
from assistant.offers.layers import Flags, Layers, States
from assistant.shop import Coupon, CouponKind
from assistant.turn import BasketLine

Signature = tuple[tuple[int, int], int, int, tuple[tuple[int, int], ...], int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A usable coupon with what the search needs at hand. Equal ``signature`` means equal effect on this basket.

    ``group`` is the stacking group; a coupon without one gets a group of its own, which never conflicts.
    """

    bearing: Bearing
    signature: Signature
    group: str
    lonely: bool

    @property
    def coupon(self) -> Coupon:
        """The coupon itself."""
        return self.bearing.coupon


@dataclass(frozen=True, slots=True)
class Bill:
    """What is left to pay after the coupons booked so far, 分 a line and for shipping."""

    remaining: tuple[int, ...]
    shipping_fen: int


@dataclass(frozen=True, slots=True)
class Booked:
    """One coupon of the chosen combination and what it took: off the lines, off the shipping."""

    coupon: Coupon
    per_line: tuple[int, ...]
    shipping_fen: int


class Best(NamedTuple):
    """The chosen combination in booking order; ``is_exact`` is False where there were too many to look at all of them."""

    booked: tuple[Booked, ...]
    is_exact: bool = True


Rank = tuple[int, int, tuple[datetime, ...], tuple[str, ...]]
"""Smaller is better: most worth, fewest coupons, the one that ends earliest, coupon ids."""


def rank(worth_fen: int, coupons: Iterable[Coupon]) -> Rank:
    """Return the sorting key of a combination: the objective and its ties, in this order."""
    chosen = list(coupons)
    ends = tuple(sorted(coupon.ends_at for coupon in chosen))
    return (-worth_fen, len(chosen), ends, tuple(sorted(coupon.coupon_id for coupon in chosen)))


def signature_of(one: Bearing) -> Signature:
    """Return the place of a coupon in the order of booking: by layer and kind, then narrower, then the larger one.

    Narrower means a smaller touched amount at shop price: a coupon for few goods must not be starved by one that could
    have been taken from any. Coupons that still compare equal have the same effect.
    """
    coupon = one.coupon
    place = booking_place(coupon)
    if coupon.kind in (CouponKind.GIFT, CouponKind.FREE_SHIPPING):
        return (place, 0, 0, (), 0, 0, 0, 0, _gift_fen(coupon))
    return (
        place,
        one.touched_fen,
        -one.off(one.touched_fen),
        tuple((part.line, part.pieces) for part in one.touched),
        coupon.amount_fen * (one.counted_fen // coupon.threshold_fen if _is_repeated(coupon) else 1),
        coupon.pay_percent,
        coupon.add_on_fen,
        coupon.cap_fen if coupon.cap_fen is not None else -1,
        0,
    )


def _is_repeated(coupon: Coupon) -> bool:
    return coupon.kind is CouponKind.PER_THRESHOLD and coupon.threshold_fen > 0


def best_combination(
    usable: Sequence[Bearing],
    lines: Sequence[BasketLine],
    shipping_fen: int,
    floors: Sequence[int] = (),
    reach_fen: int | None = None,
) -> Best:
    """Return the best lawful combination in booking order; empty when no coupon brings anything.

    ``usable`` are coupons that pass every rule by themselves on this basket. ``floors`` are the least that must stay to
    pay for each line, 分. With ``reach_fen`` the cheapest combination that brings the bill down to it; where none does,
    the one that saves most.
    """
    prices = tuple(line_fen(line) for line in lines)
    least = tuple(floors) if floors else (0,) * len(prices)
    candidates = _candidates(usable)
    start = Bill(remaining=prices, shipping_fen=shipping_fen)
    alone = [one for one in candidates if one.coupon.exclusive]
    joining = [one for one in candidates if not one.coupon.exclusive]
    was_exact = True
    if reach_fen is not None:
        needed = sum(prices) + shipping_fen - reach_fen
        useful = [one for one in joining if one.coupon.kind is not CouponKind.GIFT]
        by_itself = [one for one in alone if one.coupon.kind is not CouponKind.GIFT]
        search = _Cheapest(useful, by_itself, start, least, needed)
        cheapest = search.best(start)
        if cheapest is not None:
            return Best(tuple(_book(cheapest, prices, shipping_fen)), search.is_exact)
        was_exact = search.is_exact
    certain = tuple(one for one in joining if _is_certain(one))
    others = [one for one in joining if not _is_certain(one)]
    most = _Most(others, certain, alone, start, least)
    best = most.best(start)
    return Best(tuple(_book(best, prices, shipping_fen)), was_exact and most.is_exact)


def booked_together(bearings: Sequence[Bearing], lines: Sequence[BasketLine]) -> tuple[Booked, ...]:
    """Book these coupons one after the other, whether that is the best combination or not, and lawful or not."""
    prices = tuple(line_fen(line) for line in lines)
    alone = [Candidate(one, signature_of(one), one.coupon.coupon_id, lonely=True) for one in bearings]
    return tuple(_book(sorted(alone, key=_place), prices, 0))


def _candidates(usable: Sequence[Bearing]) -> list[Candidate]:
    """Return the coupons in booking order, without those that a twin of the same group always beats."""
    made: list[Candidate] = []
    for usual in usable:
        alone = not usual.coupon.stacking_group
        group = f"coupon {usual.coupon.coupon_id}" if alone else f"group {usual.coupon.stacking_group}"
        made.append(Candidate(usual, signature_of(usual), group, lonely=alone))
    made.sort(key=_place)
    seen: set[tuple[str, Signature, bool]] = set()
    kept = []
    for one in made:
        key = (one.group, one.signature, one.coupon.exclusive)
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept


def _place(one: Candidate) -> tuple[Signature, datetime, str]:
    return (one.signature, one.coupon.ends_at, one.coupon.coupon_id)


def _worth_now(one: Candidate, bill: Bill) -> int:
    kind = one.coupon.kind
    if kind is CouponKind.GIFT:
        return one.coupon.gift_value_fen
    if kind is CouponKind.FREE_SHIPPING:
        return bill.shipping_fen
    remaining = bill.remaining
    return one.bearing.off(sum([piece.left(remaining) for piece in one.bearing.touched]))


def _gift_fen(coupon: Coupon) -> int:
    return coupon.gift_value_fen if coupon.kind is CouponKind.GIFT else 0


def _is_certain(one: Candidate) -> bool:
    """Say whether the coupon belongs to every best combination: a gift that stands in nobody's way."""
    return one.lonely and not one.coupon.exclusive and _gift_fen(one.coupon) > 0


def _after(one: Candidate, bill: Bill) -> Bill:
    kind = one.coupon.kind
    if kind is CouponKind.GIFT:
        return bill
    if kind is CouponKind.FREE_SHIPPING:
        return Bill(bill.remaining, 0)
    taken = one.bearing.per_line(bill.remaining)
    left = tuple(before - part for before, part in zip(bill.remaining, taken, strict=True))
    return Bill(left, bill.shipping_fen)


def _book(chosen: Sequence[Candidate], prices: tuple[int, ...], shipping_fen: int) -> list[Booked]:
    bill = Bill(prices, shipping_fen)
    booked = []
    for one in chosen:
        after = _after(one, bill)
        per_line = tuple(before - left for before, left in zip(bill.remaining, after.remaining, strict=True))
        booked.append(Booked(one.coupon, per_line, bill.shipping_fen - after.shipping_fen))
        bill = after
    return booked


def _keeps_floors(before: Bill, after: Bill, floors: Sequence[int]) -> bool:
    """Say whether no line that became cheaper stands below the least that must be paid for it."""
    return all(
        left == was or left >= least for was, left, least in zip(before.remaining, after.remaining, floors, strict=True)
    )


def _twins(candidates: Sequence[Candidate]) -> list[int | None]:
    """Return for each lonely coupon the one before it with the same effect: it is never used without that one."""
    last: dict[Signature, int] = {}
    twins: list[int | None] = []
    for index, one in enumerate(candidates):
        twins.append(last.get(one.signature) if one.lonely else None)
        if one.lonely:
            last[one.signature] = index
    return twins


class _Layered(Layers):
    """What both searches share: the candidates, and the best combination seen so far."""

    def __init__(self, candidates: list[Candidate], floors: tuple[int, ...]) -> None:
        self._candidates = candidates
        self.is_exact = True
        bearings = [one.bearing for one in candidates]
        super().__init__(
            Gains(bearings, floors),
            [one.group for one in candidates],
            _twins(candidates),
            [one.coupon.kind is CouponKind.FREE_SHIPPING for one in candidates],
            floors,
        )
        ends = sorted({one.coupon.ends_at for one in candidates})
        ids = sorted(one.coupon.coupon_id for one in candidates)
        self._ends = np.array([ends.index(one.coupon.ends_at) for one in candidates], dtype=np.int64)
        self._ids = np.array([ids.index(one.coupon.coupon_id) for one in candidates], dtype=np.int64)

    def _row(self, chosen: Flags) -> tuple[Candidate, ...]:
        return tuple(self._candidates[place] for place in np.flatnonzero(chosen))


class _Most(_Layered):
    """The combination that saves most, by ``rank``. ``certain`` belong to every combination, ``alone`` combine with none."""

    def __init__(
        self,
        candidates: list[Candidate],
        certain: tuple[Candidate, ...],
        alone: Sequence[Candidate],
        bill: Bill,
        floors: tuple[int, ...],
    ) -> None:
        super().__init__(candidates, floors)
        self._certain = certain
        self._gifts_fen = sum(_gift_fen(one.coupon) for one in candidates)
        self._best: tuple[Candidate, ...] = ()
        self._best_rank = rank(0, ())
        # which of the candidates the best holds; none when it is one of those that combine with none
        self._best_row: Flags | None = None
        for one in alone:
            gain = _worth_now(one, bill)
            if _keeps_floors(bill, _after(one, bill), floors):
                self._challenge((one,), gain, None)

    def best(self, bill: Bill) -> tuple[Candidate, ...]:
        """Return it in booking order."""
        gifts_fen = sum(_gift_fen(one.coupon) for one in self._certain)
        if self._candidates:
            self.is_exact = self.run(bill.remaining, bill.shipping_fen, gifts_fen)
        else:
            self._challenge(self._certain, gifts_fen, None)
        return tuple(sorted(self._best, key=_place))

    def _challenge(self, chosen: tuple[Candidate, ...], worth_fen: int, row: Flags | None) -> None:
        challenger = rank(worth_fen, (one.coupon for one in chosen))
        if challenger < self._best_rank:
            self._best, self._best_rank, self._best_row = chosen, challenger, row

    def offer(self, states: States) -> None:
        """Look at those that save no less than the best so far."""
        for place in np.flatnonzero(states.worth >= -self._best_rank[0]):
            row = states.chosen[place]
            self._challenge((*self._certain, *self._row(row)), int(states.worth[place]), row)

    def hopeful(self, states: States, largest: Whole) -> Flags:
        """Those that could save more than the best, or as much in a way that ranks before it."""
        best_fen = -self._best_rank[0]
        ceiling = states.remaining.sum(axis=1) + states.shipping + self._gifts_fen
        bound = states.worth + np.minimum(largest.sum(axis=1), ceiling)
        hopeful: Flags = bound > best_fen
        ties = np.flatnonzero((bound == best_fen) & (states.worth < best_fen))
        if len(ties):
            hopeful[ties] = self._may_rank_before(states.only(ties), largest[ties], best_fen)
        return hopeful

    def _may_rank_before(self, states: States, largest: Whole, best_fen: int) -> Flags:
        """Say which could save as much with fewer coupons, or with as many that end earlier or come first by id."""
        gained = np.sort(largest, axis=1)[:, ::-1].cumsum(axis=1)
        needed = (gained < (best_fen - states.worth)[:, None]).sum(axis=1) + 1
        spare = self._best_rank[1] - len(self._certain) - states.chosen.sum(axis=1)
        hopeful: Flags = needed < spare
        even = np.flatnonzero(needed == spare)
        if len(even):
            hopeful[even] = self._may_come_first(states.only(even), spare[even])
        return hopeful

    def _may_come_first(self, states: States, spare: Whole) -> Flags:
        """Compare the smallest ends, then ids, that they and so many more could have with those of the best."""
        best_row = self._best_row
        if best_row is None:
            return np.ones(len(states), dtype=bool)
        undecided = np.ones(len(states), dtype=bool)
        first = np.zeros(len(states), dtype=bool)
        size = int(best_row.sum())
        for keys in (self._ends, self._ids):
            nothing = len(keys) + 1
            rest = np.sort(np.where(states.free & (states.gains > 0), keys, nothing), axis=1)
            rest[np.arange(rest.shape[1]) >= spare[:, None]] = nothing
            theirs = np.where(states.chosen, keys, nothing)
            smallest = np.sort(np.concatenate((theirs, rest), axis=1), axis=1)[:, :size]
            wanted = np.sort(keys[best_row])
            differs = smallest != wanted
            at = differs.argmax(axis=1)
            rows = np.arange(len(states))
            smaller = differs.any(axis=1) & (smallest[rows, at] < wanted[at])
            first |= undecided & smaller
            undecided &= ~differs.any(axis=1)
        return first


class _Cheapest(_Layered):
    """The cheapest combination that saves at least ``needed_fen``; ties are those of ``rank``.

    Gifts cost and bring nothing here, so none may be among the candidates.
    """

    def __init__(
        self,
        candidates: list[Candidate],
        alone: Sequence[Candidate],
        bill: Bill,
        floors: tuple[int, ...],
        needed_fen: int,
    ) -> None:
        super().__init__(candidates, floors)
        self._needed = needed_fen
        self._best: tuple[Candidate, ...] | None = None
        self._best_rank: Rank | None = None
        for one in alone:
            gain = _worth_now(one, bill)
            if gain >= needed_fen and _keeps_floors(bill, _after(one, bill), floors):
                self._challenge((one,), gain)

    def best(self, bill: Bill) -> tuple[Candidate, ...] | None:
        """Return it in booking order, empty when the bill is there already; None when nothing reaches it."""
        if self._needed <= 0:
            return ()
        if self._candidates:
            self.is_exact = self.run(bill.remaining, bill.shipping_fen, 0)
        return None if self._best is None else tuple(sorted(self._best, key=_place))

    def _challenge(self, chosen: tuple[Candidate, ...], cost_fen: int) -> None:
        challenger = rank(-cost_fen, (one.coupon for one in chosen))
        if self._best_rank is None or challenger < self._best_rank:
            self._best, self._best_rank = chosen, challenger

    def offer(self, states: States) -> None:
        """Look at those that reach the price and cost no more than the best so far."""
        reaches = states.worth >= self._needed
        if self._best_rank is not None:
            reaches &= states.worth <= self._best_rank[0]
        for place in np.flatnonzero(reaches):
            self._challenge(self._row(states.chosen[place]), int(states.worth[place]))

    def hopeful(self, states: States, largest: Whole) -> Flags:
        """Those that do not reach the price yet, still can, and no dearer than the best."""
        hopeful: Flags = (states.worth < self._needed) & (states.worth + largest.sum(axis=1) >= self._needed)
        if self._best_rank is not None:
            cost, count = self._best_rank[:2]
            # with one coupon more it costs the price at least
            hopeful &= (self._needed < cost) | (states.chosen.sum(axis=1) + 1 <= count)
        return hopeful
