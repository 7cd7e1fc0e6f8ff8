"""Comparing two ways of saying something while the answers come in, and stopping whenever one likes.

A manager looks every day. A usual test would call a difference that is not there far more often than its 5 % once it
is looked at again and again; what stands here holds at every look, and at all of them together.

- **Is there a difference?** The e-process for two Bernoulli samples of Turner, Ly & Grünwald, "Generic E-variables for
  exact sequential k-sample tests that allow for optional stopping", J. Statist. Plann. Inference 230 (2024) 106116,
  arXiv:2106.02693, in blocks of one answer from either arm. A block multiplies the evidence by
  ``p(yA|a) p(yB|b) / (p(yA|m) p(yB|m))`` with ``m = (a+b)/2``, where a and b are learned from the blocks before it. With
  no difference its mean is ``1 - (a-m)**2 * g**2 <= 1`` whatever the common rate, so the product is a test martingale's
  lower bound and exceeds 20 in fewer than 5 % of all runs (Ville 1939). It needs no balance between the arms: an answer
  that has no partner yet waits.
- **How large?** For either arm the beta-binomial mixture confidence sequence (Robbins 1970), the difference by a union
  bound: also right at every look.
- **Were both served alike?** The evidence against a fair coin, a uniform mixture over its bias (Lindon & Malek 2022,
  "Anytime-valid inference for multinomial count data"). Where it is large something else than chance chose who got
  which, and the comparison is worth nothing.

Rates are shares of 0..1. Nothing here draws at random.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from assistant.turn import Arm

ENOUGH = 20.0
"""Evidence from which on a difference is believed: at most one false alarm in twenty, however often one looks."""
SURELY_UNFAIR = 1000.0
"""Evidence from which on the arms are not believed to be served alike; a wrong alarm here stops a good comparison."""
POWER_Z = 0.8416
"""Standard deviations that 80 % of the runs reach."""
LONGEST = 100_000
"""Answers a side beyond which nobody waits."""
_PRIOR = 0.18
"""Of the rates learned: what Turner, Ly & Grünwald found to lose least against the best (their section 4)."""
_LEARNING = 0.5
"""What learning the rates costs, as a multiple of log n; found by simulation, see tests/scoring/test_sequential.py."""


class Answer(NamedTuple):
    """One answer: which side was shown, and whether it was taken as it stood."""

    arm: Arm
    taken: bool


class Side(NamedTuple):
    """How many answers one side got, and how many of them took it as it stood."""

    shown: int = 0
    taken: int = 0

    @property
    def rate(self) -> float | None:
        """The share that took it, None while there is no answer."""
        return self.taken / self.shown if self.shown else None


class Between(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


class Evidence(NamedTuple):
    """Where a comparison stands. ``value`` is the evidence for a difference after ``pairs`` answers of either side.

    ``peak`` is the most it ever was: once it passed ``ENOUGH`` a difference is believed, whatever came later.
    """

    a: Side
    b: Side
    pairs: int
    value: float
    peak: float

    @property
    def is_enough(self) -> bool:
        """Say whether a difference may be believed."""
        return self.peak >= ENOUGH

    @property
    def better(self) -> Arm | None:
        """The side that was taken more often; None where they stand alike or one has no answer."""
        if self.a.rate is None or self.b.rate is None or self.a.rate == self.b.rate:
            return None
        return Arm.A if self.a.rate > self.b.rate else Arm.B


def evidence(answers: Iterable[Answer]) -> Evidence:
    """Weigh the answers in the order in which they came."""
    waiting: dict[Arm, list[bool]] = {Arm.A: [], Arm.B: []}
    seen = {Arm.A: Side(), Arm.B: Side()}
    learned = {Arm.A: Side(), Arm.B: Side()}
    log_value = log_peak = 0.0
    used = 0
    for one in answers:
        seen[one.arm] = _with(seen[one.arm], one.taken)
        waiting[one.arm].append(one.taken)
        if used < len(waiting[Arm.A]) and used < len(waiting[Arm.B]):
            first, second = waiting[Arm.A][used], waiting[Arm.B][used]
            log_value += _log_block(_learned(learned[Arm.A]), _learned(learned[Arm.B]), first, second)
            log_peak = max(log_peak, log_value)
            learned = {Arm.A: _with(learned[Arm.A], first), Arm.B: _with(learned[Arm.B], second)}
            used += 1
    return Evidence(seen[Arm.A], seen[Arm.B], used, _exp(log_value), _exp(log_peak))


def _with(side: Side, taken: bool) -> Side:
    return Side(side.shown + 1, side.taken + taken)


def _learned(side: Side) -> float:
    return (side.taken + _PRIOR) / (side.shown + 2 * _PRIOR)


def _log_block(a: float, b: float, first: bool, second: bool) -> float:
    middle = (a + b) / 2
    return _log(a, first) + _log(b, second) - _log(middle, first) - _log(middle, second)


def _log(rate: float, taken: bool) -> float:
    return math.log(rate if taken else 1 - rate)


def _exp(log_value: float) -> float:
    return math.exp(min(log_value, 700.0))


# ---- how many answers are needed ---------------------------------------------------------------


def planned_sample(base: float, effect: float) -> int | None:
    """Answers a side after which a difference of ``effect`` is seen in 80 % of all runs; None where nobody waits so long.

    ``base`` is today's rate; the better one may lie above or below it, and the harder of the two is planned for.
    Raises ValueError for rates outside of 0..1.
    """
    if not 0 <= base <= 1 or not 0 < effect < 1:
        raise ValueError("rates are shares of 0..1")
    others = [one for one in (base + effect, base - effect) if 0 < one < 1]
    needed = [_sample(base, other) for other in others]
    return None if not needed or None in needed else max(one for one in needed if one is not None)


def _sample(a: float, b: float) -> int | None:
    """The number of blocks by which the evidence has passed ``ENOUGH`` in 80 % of the runs, near enough."""
    mean, spread = _growth(_inside(a), _inside(b))

    def reached(blocks: int) -> bool:
        cost = _LEARNING * math.log(blocks + 1)
        return blocks * mean - cost - POWER_Z * spread * math.sqrt(blocks) >= math.log(ENOUGH)

    if not reached(LONGEST):
        return None
    low, high = 1, LONGEST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle + 1, high)
    return low


def _inside(rate: float) -> float:
    return min(max(rate, 0.005), 0.995)


def _growth(a: float, b: float) -> tuple[float, float]:
    """Mean and standard deviation of what one block adds to the log of the evidence, had the rates been known."""
    blocks = [
        ((a if first else 1 - a) * (b if second else 1 - b), _log_block(a, b, first, second))
        for first in (True, False)
        for second in (True, False)
    ]
    mean = sum(chance * log for chance, log in blocks)
    return mean, math.sqrt(sum(chance * (log - mean) ** 2 for chance, log in blocks))


# ---- how large -------------------------------------------------------------------------------


def bounds(side: Side, alpha: float = 0.05) -> Between:
    """The rates that cannot be ruled out, at every look together: wrong in at most ``alpha`` of all runs."""
    shown, taken = side.shown, side.taken
    if not shown:
        return Between(0.0, 1.0)
    mixed = _log_beta(taken + 0.5, shown - taken + 0.5) - _log_beta(0.5, 0.5)
    most = math.log(1 / alpha)

    def is_out(rate: float) -> bool:
        told = (taken * math.log(rate) if taken else 0.0) + (
            (shown - taken) * math.log(1 - rate) if shown > taken else 0.0
        )
        return mixed - told >= most

    centre = min(max(taken / shown, 1e-9), 1 - 1e-9)
    return Between(
        0.0 if not taken else _edge(is_out, 1e-12, centre), 1.0 if taken == shown else _edge(is_out, 1 - 1e-12, centre)
    )


def _edge(is_out: Callable[[float], bool], outside: float, inside: float) -> float:
    if not is_out(outside):
        return outside
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if is_out(middle) else (outside, middle)
    return outside


def difference(found: Evidence, alpha: float = 0.05) -> Between:
    """How much more often B may be taken than A, at every look together."""
    a, b = bounds(found.a, alpha / 2), bounds(found.b, alpha / 2)
    return Between(b.low - a.high, b.high - a.low)


# ---- were both served alike --------------------------------------------------------------------


def unfairness(a: int, b: int) -> float:
    """The evidence that a fair coin did not choose the sides of so many customers."""
    return _exp(_log_beta(a + 1, b + 1) + (a + b) * math.log(2))


def _log_beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)
