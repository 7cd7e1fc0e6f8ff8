"""The exact best combination of coupons that are each usable by themselves: depth first, with bounds.

Coupons are decided in the order the till books them, so what is left of every line is known exactly at each
step. Whatever was booked before only shrinks a coupon's benefit, hence the benefit it would have right now
bounds what it can bring later, and of one stacking group only the largest can come. Most branches end there.
A solver library was not taken: savings are rounded, capped and measured on what others left, which no linear or
constraint model says plainly, and the bound above ends most searches within a hundred steps. ``make bench`` measures it
on 60 coupons and 30 lines; slow is only a heap of coupons that takes the whole bill to zero in many equal ways.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from assistant.offers.effect import (
    Bearing,
    booking_place,
    line_fen,
)
from assistant.offers.gains import Gains
from assistant.shop import Coupon, CouponKind
from assistant.turn import BasketLine

Ordered = TypeVar("Ordered", datetime, str)
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
    """What is left to pay after the coupons booked so far, 分 a line and for shipping; ``worth_fen`` is the gain."""

    remaining: tuple[int, ...]
    shipping_fen: int
    worth_fen: int = 0


@dataclass(frozen=True, slots=True)
class Booked:
    """One coupon of the chosen combination and what it took: off the lines, off the shipping."""

    coupon: Coupon
    per_line: tuple[int, ...]
    shipping_fen: int


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
) -> tuple[Booked, ...]:
    """Return the best lawful combination in booking order; empty when no coupon brings anything.

    ``usable`` are coupons that pass every rule by themselves on this basket. ``floors`` are the least that must stay to
    pay for each line, 分. With ``reach_fen`` the cheapest combination that brings the bill down to it; where none does,
    the one that saves most.
    """
    prices = tuple(line_fen(line) for line in lines)
    least = tuple(floors) if floors else (0,) * len(prices)
    candidates = _candidates(usable)
    start = Bill(remaining=prices, shipping_fen=shipping_fen)
    if reach_fen is not None:
        cheapest = Reaching(candidates, start, least, sum(prices) + shipping_fen - reach_fen).best()
        if cheapest is not None:
            return tuple(_book(cheapest, prices, shipping_fen))
    return tuple(_book(_Search(candidates, start, least).best(), prices, shipping_fen))


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


def _gains_of(candidates: Sequence[Candidate], floors: Sequence[int]) -> Gains:
    return Gains([one.bearing for one in candidates], floors)


def _gift_fen(coupon: Coupon) -> int:
    return coupon.gift_value_fen if coupon.kind is CouponKind.GIFT else 0


def _is_certain(one: Candidate) -> bool:
    """Say whether the coupon belongs to every best combination: a gift that stands in nobody's way."""
    return one.lonely and not one.coupon.exclusive and _gift_fen(one.coupon) > 0


def _after(one: Candidate, bill: Bill, gain: int) -> Bill:
    kind = one.coupon.kind
    if kind is CouponKind.GIFT:
        return Bill(bill.remaining, bill.shipping_fen, bill.worth_fen + gain)
    if kind is CouponKind.FREE_SHIPPING:
        return Bill(bill.remaining, 0, bill.worth_fen + gain)
    taken = one.bearing.per_line(bill.remaining)
    left = tuple(before - part for before, part in zip(bill.remaining, taken, strict=True))
    return Bill(left, bill.shipping_fen, bill.worth_fen + gain)


def _book(chosen: Sequence[Candidate], prices: tuple[int, ...], shipping_fen: int) -> list[Booked]:
    bill = Bill(prices, shipping_fen)
    booked = []
    for one in chosen:
        after = _after(one, bill, 0)
        per_line = tuple(before - left for before, left in zip(bill.remaining, after.remaining, strict=True))
        booked.append(Booked(one.coupon, per_line, bill.shipping_fen - after.shipping_fen))
        bill = after
    return booked


def _keeps_floors(before: Bill, after: Bill, floors: Sequence[int]) -> bool:
    """Say whether no line that became cheaper stands below the least that must be paid for it."""
    return all(
        left == was or left >= least for was, left, least in zip(before.remaining, after.remaining, floors, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """A coupon that might be booked next: its gain now, and the most that could be gained with it in all."""

    index: int
    gain: int
    bound: int


class _Search:
    """One run over the candidates of one basket; it remembers the best combination seen so far."""

    def __init__(self, candidates: list[Candidate], bill: Bill, floors: tuple[int, ...]) -> None:
        self._start = bill
        self._floors = floors
        self._alone = [one for one in candidates if one.coupon.exclusive]
        self._certain = tuple(one for one in candidates if _is_certain(one))
        self._stackable = [one for one in candidates if not one.coupon.exclusive and not _is_certain(one)]
        self._gains = _gains_of(self._stackable, floors)
        self._twin_before = _twins(self._stackable)
        self._gifts_fen = sum(_gift_fen(one.coupon) for one in self._stackable)
        self._best: tuple[Candidate, ...] = ()
        self._best_rank = rank(0, ())

    def best(self) -> tuple[Candidate, ...]:
        """Return the best combination in booking order."""
        for one in self._alone:
            gain = _worth_now(one, self._start)
            if _keeps_floors(self._start, _after(one, self._start, gain), self._floors):
                self._offer((one,), gain)
        gifts_fen = sum(_gift_fen(one.coupon) for one in self._certain)
        self._visit(0, self._certain, frozenset(), replace(self._start, worth_fen=gifts_fen))
        return tuple(sorted(self._best, key=_place))

    def _offer(self, chosen: tuple[Candidate, ...], worth_fen: int) -> None:
        challenger = rank(worth_fen, (one.coupon for one in chosen))
        if challenger < self._best_rank:
            self._best, self._best_rank = chosen, challenger

    def _visit(self, first: int, chosen: tuple[Candidate, ...], used: frozenset[str], bill: Bill) -> None:
        self._offer(chosen, bill.worth_fen)
        gains = self._gains.now(bill.remaining, bill.shipping_fen)
        for step in self._steps(first, used, bill, gains):
            if not self._hopeful(step, chosen, used, bill):
                continue
            one = self._stackable[step.index]
            after = _after(one, bill, step.gain)
            if not _keeps_floors(bill, after, self._floors):
                continue
            self._visit(step.index + 1, (*chosen, one), used | {one.group}, after)

    def _steps(self, first: int, used: frozenset[str], bill: Bill, gains: Sequence[int]) -> list[_Step]:
        """Return what may be booked next, the most promising first; ``gains`` is what each would bring now."""
        steps: list[_Step] = []
        best = -self._best_rank[0]
        ceiling = bill.worth_fen + sum(bill.remaining) + bill.shipping_fen + self._gifts_fen
        largest: dict[str, int] = {}
        later = 0
        for index in range(len(self._stackable) - 1, first - 1, -1):
            one = self._stackable[index]
            if one.group in used:
                continue
            gain = gains[index]
            if gain == 0:
                continue
            of_group = largest.get(one.group, 0)
            twin = self._twin_before[index]
            bound = min(ceiling, bill.worth_fen + gain + later - of_group)
            if bound >= best and (twin is None or twin < first):
                steps.append(_Step(index, gain, bound))
            if gain > of_group:
                largest[one.group] = gain
                later += gain - of_group
        steps.sort(key=lambda step: (-step.bound, self._stackable[step.index].coupon.ends_at, step.index))
        return steps

    def _hopeful(self, step: _Step, chosen: tuple[Candidate, ...], used: frozenset[str], bill: Bill) -> bool:
        """Say whether a combination that goes on with this step could still beat the best, ties included."""
        best_worth, best_count, best_ends, best_ids = self._best_rank
        if step.bound != -best_worth:
            return step.bound > -best_worth
        one = self._stackable[step.index]
        places = [
            index
            for index in range(step.index + 1, len(self._stackable))
            if self._stackable[index].group not in used and self._stackable[index].group != one.group
        ]
        rest = [self._stackable[index] for index in places]
        gains = self._gains.now(bill.remaining, bill.shipping_fen)
        needed = _still_needed(-best_worth - bill.worth_fen - step.gain, rest, [gains[index] for index in places])
        spare = best_count - len(chosen) - 1
        if needed != spare:
            return needed < spare
        picked = [*(kept.coupon for kept in chosen), one.coupon]
        ends = _merged([coupon.ends_at for coupon in picked], [later.coupon.ends_at for later in rest], spare)
        ids = _merged([coupon.coupon_id for coupon in picked], [later.coupon.coupon_id for later in rest], spare)
        return (ends, ids) < (best_ends, best_ids)


def _still_needed(goal_fen: int, rest: Sequence[Candidate], gains: Sequence[int]) -> int:
    """Return how many of the rest it takes at the very least to gain this much more."""
    largest: dict[str, int] = {}
    for one, gain in zip(rest, gains, strict=True):
        largest[one.group] = max(largest.get(one.group, 0), gain)
    count = 0
    for gain in sorted(largest.values(), reverse=True):
        if goal_fen <= 0:
            break
        goal_fen, count = goal_fen - gain, count + 1
    return count


def _merged(picked: list[Ordered], rest: list[Ordered], spare: int) -> tuple[Ordered, ...]:
    """Return the smallest sorted tuple that the picked ones and ``spare`` more of the rest could make."""
    return tuple(sorted(picked + sorted(rest)[:spare]))


def _twins(candidates: Sequence[Candidate]) -> list[int | None]:
    """Return for each lonely coupon the one before it with the same effect: it is never used without that one."""
    last: dict[Signature, int] = {}
    twins: list[int | None] = []
    for index, one in enumerate(candidates):
        twins.append(last.get(one.signature) if one.lonely else None)
        if one.lonely:
            last[one.signature] = index
    return twins


class Reaching:
    """The cheapest combination that saves at least ``needed_fen``; gifts cost and bring nothing here, so none is used.

    Among equal costs the ties are those of ``rank``.
    """

    def __init__(self, candidates: list[Candidate], bill: Bill, floors: tuple[int, ...], needed_fen: int) -> None:
        self._start, self._floors, self._needed = bill, floors, needed_fen
        useful = [one for one in candidates if one.coupon.kind is not CouponKind.GIFT]
        self._alone = [one for one in useful if one.coupon.exclusive]
        self._stackable = [one for one in useful if not one.coupon.exclusive]
        self._worth = _gains_of(self._stackable, floors)
        self._best: tuple[Candidate, ...] | None = None
        self._best_rank: Rank | None = None

    def best(self) -> tuple[Candidate, ...] | None:
        """Return it in booking order, empty when the bill is there already; None when nothing reaches it."""
        if self._needed <= 0:
            return ()
        for one in self._alone:
            gain = _worth_now(one, self._start)
            if gain >= self._needed and _keeps_floors(self._start, _after(one, self._start, gain), self._floors):
                self._offer((one,), gain)
        self._visit(0, (), frozenset(), self._start)
        return None if self._best is None else tuple(sorted(self._best, key=_place))

    def _offer(self, chosen: tuple[Candidate, ...], cost_fen: int) -> None:
        challenger = rank(-cost_fen, (one.coupon for one in chosen))
        if self._best_rank is None or challenger < self._best_rank:
            self._best, self._best_rank = chosen, challenger

    def _visit(self, first: int, chosen: tuple[Candidate, ...], used: frozenset[str], bill: Bill) -> None:
        if bill.worth_fen >= self._needed:
            # one more coupon only costs more
            self._offer(chosen, bill.worth_fen)
            return
        gains = self._gains(first, used, bill)
        for index in range(first, len(self._stackable)):
            one = self._stackable[index]
            gain = gains.get(index, 0)
            if gain == 0 or not self._hopeful(index, gain, gains, chosen, bill):
                continue
            after = _after(one, bill, gain)
            if _keeps_floors(bill, after, self._floors):
                self._visit(index + 1, (*chosen, one), used | {one.group}, after)

    def _gains(self, first: int, used: frozenset[str], bill: Bill) -> dict[int, int]:
        worth = self._worth.now(bill.remaining, bill.shipping_fen)
        later = range(first, len(self._stackable))
        return {index: worth[index] for index in later if self._stackable[index].group not in used}

    def _hopeful(self, index: int, gain: int, gains: dict[int, int], chosen: tuple[Candidate, ...], bill: Bill) -> bool:
        """Say whether going on with this coupon can still reach the price, and no dearer than the best so far."""
        group = self._stackable[index].group
        largest: dict[str, int] = {}
        for later, worth in gains.items():
            of = self._stackable[later].group
            if later > index and of != group:
                largest[of] = max(largest.get(of, 0), worth)
        if bill.worth_fen + gain + sum(largest.values()) < self._needed:
            return False
        if self._best_rank is None:
            return True
        least = max(self._needed, bill.worth_fen + gain)
        return (least, len(chosen) + 1) <= self._best_rank[:2]
