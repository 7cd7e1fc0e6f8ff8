"""The search for the best combination, in layers: coupon by coupon in booking order, every partial combination at once.

A layer takes each combination on with the next coupon and without it, and drops what can no longer win. Whatever was
booked before only shrinks a coupon's benefit, hence the benefit it would have right now bounds what it can bring later,
and of one group only the largest can come. Too many combinations are parted: the more promising go down first, and what
they find drops most of the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.offers.gains import Gains, Whole

Flags = NDArray[np.bool_]

FIRST_WIDTH = 16
"""So many combinations go down first: they find a good one, by which the others are judged."""
WIDTH = 1024
MOST_ROWS = 500_000
"""Combinations looked at before the search ends without having seen all, in some two seconds. Only heaps of coupons come
that far that take a whole bill to nothing in thousands of equal ways."""


@dataclass(frozen=True, slots=True)
class States:
    """Partial combinations, one a row: which coupons are in, which may still come, and the bill with them, 分.

    ``gains`` is what each coupon would be worth on that bill; ``worth`` what those that are in brought.
    """

    chosen: Flags
    free: Flags
    remaining: Whole
    shipping: Whole
    worth: Whole
    gains: Whole

    def __len__(self) -> int:
        return len(self.worth)

    def only(self, rows: Flags | Whole) -> "States":
        """These rows."""
        return States(
            self.chosen[rows],
            self.free[rows],
            self.remaining[rows],
            self.shipping[rows],
            self.worth[rows],
            self.gains[rows],
        )

    def and_also(self, others: "States") -> "States":
        """These and the others."""
        return States(
            np.concatenate((self.chosen, others.chosen)),
            np.concatenate((self.free, others.free)),
            np.concatenate((self.remaining, others.remaining)),
            np.concatenate((self.shipping, others.shipping)),
            np.concatenate((self.worth, others.worth)),
            np.concatenate((self.gains, others.gains)),
        )


class Layers(ABC):
    """A search over coupons in booking order. ``groups`` names for each the group of which at most one may come;
    ``twins`` for each the place of one before it with the same effect, without which it never comes."""

    def __init__(
        self,
        gains: Gains,
        groups: Sequence[str],
        twins: Sequence[int | None],
        is_shipping: Sequence[bool],
        floors: Sequence[int],
    ) -> None:
        names = list(dict.fromkeys(groups))
        self._of = np.array([names.index(name) for name in groups], dtype=np.int64)
        self._by_group = np.argsort(self._of, kind="stable")
        self._starts = np.searchsorted(self._of[self._by_group], np.arange(len(names)))
        self._gains, self._twins, self._is_shipping = gains, twins, is_shipping
        self._floors = np.array(floors, dtype=np.int64)
        self._count = len(groups)

    @abstractmethod
    def offer(self, states: States) -> None:
        """Look at new combinations: any of them may be the best so far."""

    @abstractmethod
    def hopeful(self, states: States, largest: Whole) -> Flags:
        """Say which may still lead to a better one; ``largest`` is what each group could bring now, one column each."""

    def run(self, remaining: Sequence[int], shipping_fen: int, worth_fen: int) -> bool:
        """Search everything that begins with this bill; False when it ended before all was seen.

        It ends by what it looked at and not by the clock, so that the same bill always ends the same.
        """
        bill, shipping = np.array([remaining], dtype=np.int64), np.array([shipping_fen], dtype=np.int64)
        every = np.ones((1, self._count), dtype=bool)
        start = States(~every, every, bill, shipping, np.array([worth_fen]), self._gains.now(bill, shipping))
        self.offer(start)
        waiting = [(0, start)]
        width, rows = FIRST_WIDTH, 0
        while waiting:
            place, states = waiting.pop()
            while len(states) and place < self._count:
                if not (states.free[:, place] & (states.gains[:, place] > 0)).any():
                    place += 1
                    continue
                rows += len(states)
                if rows > MOST_ROWS:
                    return False
                largest = self._largest(place, states)
                kept = self.hopeful(states, largest)
                if not kept.all():
                    states = states.only(kept)
                if len(states) > width:
                    order = np.argsort(-(states.worth + largest[kept].sum(axis=1)), kind="stable")
                    waiting.append((place, states.only(order[width:])))
                    states = states.only(order[:width])
                taken = self._take(place, states)
                if len(taken):
                    self.offer(taken)
                    states = states.and_also(taken)
                place += 1
            width = WIDTH
        return True

    def _largest(self, place: int, states: States) -> Whole:
        """What each group could bring at most by its coupons from this place on."""
        open_ = states.free & (np.arange(self._count) >= place)
        gains = np.where(open_, states.gains, 0)[:, self._by_group]
        largest: Whole = np.maximum.reduceat(gains, self._starts, axis=1)
        return largest

    def _take(self, place: int, states: States) -> States:
        """The combinations with the coupon at this place, where it brings something and keeps the floors."""
        able = states.free[:, place] & (states.gains[:, place] > 0)
        twin = self._twins[place]
        if twin is not None:
            able &= states.chosen[:, twin]
        if not able.any():
            return states.only(able)
        before = states if able.all() else states.only(able)
        gain = before.gains[:, place]
        remaining = self._gains.left(place, before.remaining, gain)
        if self._floors.any():
            kept = ((remaining == before.remaining) | (remaining >= self._floors)).all(axis=1)
            before, remaining, gain = before.only(kept), remaining[kept], gain[kept]
        chosen, free = before.chosen.copy(), before.free.copy()
        chosen[:, place] = True
        free[:, self._of == self._of[place]] = False
        shipping = np.zeros_like(before.shipping) if self._is_shipping[place] else before.shipping
        gains = self._gains.now(remaining, shipping, place + 1)
        return States(chosen, free, remaining, shipping, before.worth + gain, gains)
