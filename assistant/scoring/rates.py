"""What may be said of a share of so many turns: its interval, a difference with its interval, and when there is too little.

Wilson's interval for one share (E. B. Wilson, JASA 22, 1927, 209-212) and Newcombe's for a difference of two, made of
both (R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10). Both stay within their bounds for 0 and for
all of few, which the usual ± does not.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

ENOUGH = 20
"""Below this many a share says more about chance than about its matter: at 20 the interval still spans up to 0.4."""
_Z = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


class Rate(NamedTuple):
    """So many ``hits`` of ``of``."""

    hits: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval; None of nothing."""
        return wilson(self.hits, self.of)

    @property
    def is_enough(self) -> bool:
        """Say whether there are enough to speak of a share at all."""
        return self.of >= ENOUGH


class Difference(NamedTuple):
    """How much larger one share is than another. ``points`` and ``interval`` are None where either sample is too small.

    ``is_clear`` when the interval leaves 0 out.
    """

    points: float | None
    interval: Interval | None

    @property
    def is_clear(self) -> bool:
        """Say whether chance alone would hardly make it."""
        return self.interval is not None and (self.interval.low > 0 or self.interval.high < 0)


def wilson(hits: int, of: int) -> Interval | None:
    """Wilson's 95 % interval of a share; None of nothing. It stays between 0 and 1, also for 0 and for all of few."""
    if not of:
        return None
    share = hits / of
    spread = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    middle = share + _Z**2 / (2 * of)
    whole = 1 + _Z**2 / of
    # rounding must not put the end of "all of them" beside 1
    low = 0.0 if hits == 0 else (middle - spread) / whole
    high = 1.0 if hits == of else (middle + spread) / whole
    return Interval(low, high)


def difference(one: Rate, other: Rate) -> Difference:
    """``one`` less ``other``, with Newcombe's 95 % interval; nothing is said of samples that are too small."""
    first, second = one.interval, other.interval
    if not (one.is_enough and other.is_enough) or first is None or second is None:
        return Difference(None, None)
    here, there = one.hits / one.of, other.hits / other.of
    points = here - there
    low = points - math.hypot(here - first.low, second.high - there)
    high = points + math.hypot(first.high - here, there - second.low)
    return Difference(points, Interval(low, high))


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The value that this share (0..1) of the observations does not exceed, by nearest rank; None of nothing.

    ``counts`` says how often each value was seen.
    """
    wanted, seen = math.ceil(share * sum(counts.values())), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= max(wanted, 1):
            return value
    return None


def total(rates: Iterable[Rate]) -> Rate:
    """All of them as one."""
    every = list(rates)
    return Rate(sum(one.hits for one in every), sum(one.of for one in every))
