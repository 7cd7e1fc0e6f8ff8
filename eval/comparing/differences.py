"""By how much version B differs from version A, and how sure that is: overall, by check and by slice.

The unit is the case: its turns and repetitions hang together, so differences are averaged within a case before anything
is tested. Significance comes from an exact sign-flip test over the cases (all flips where they can be enumerated, else
ten thousand drawn ones), intervals from the paired bootstrap; with fewer than ten cases that differ the bootstrap is too
narrow (measured in tests/eval/test_comparing.py), and the interval is the wider adjusted one of Agresti and Min (2005).
Many slices are looked at, so p-values are adjusted for the share of false discoveries (Benjamini and Hochberg).
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from eval.checks.checks import CHECK_NAMES
from eval.comparing.paired import Pair

Shares = NDArray[np.float64]
"""One difference for each case, between -1 and 1."""

ALPHA = 0.05
ENOUGH_TO_RESAMPLE = 10
"""So many cases must differ before the bootstrap's interval covers what it says."""
RESAMPLES = 9999
_SEED = 20261129
WHOLE = "全部检查"
ALL = "全部"


@dataclass(frozen=True)
class Difference:
    """B minus A in one check and one slice, over the cases both were judged in.

    ``share`` and the interval are differences of passing shares, between -1 and 1; ``p`` is two-sided, ``adjusted`` for
    all that were looked at beside it.
    """

    check: str
    tag: str
    value: str
    cases: int
    turns: int
    before: float
    after: float
    share: float
    low: float
    high: float
    worse: int
    better: int
    p: float
    adjusted: float = 1.0

    @property
    def is_sure(self) -> bool:
        """Say whether chance is an unlikely reason, all comparisons counted."""
        return self.adjusted < ALPHA

    def in_words(self) -> str:
        """What a manager is told."""
        where = "" if self.tag == ALL else f"「{self.value}」的"
        if not self.worse and not self.better:
            return f"{where}{self.check}没有变化（{self.cases} 段）"
        turned = "、".join(
            words for words in (self.worse and f"{self.worse} 轮变差", self.better and f"{self.better} 轮变好") if words
        )
        sure = f"p={self.adjusted:.3f}" + ("" if self.is_sure else "，可能只是碰巧")
        return (
            f"{where}{self.check}：{self.cases} 段里 {turned}，{self.before:.1%} → {self.after:.1%}"
            f"（差 {self.share:+.1%}，95% 区间 {self.low:+.1%} 到 {self.high:+.1%}，{sure}）"
        )


def differences(pairs: Sequence[Pair]) -> tuple[Difference, ...]:
    """Every check over all pairs, and all checks together in every slice."""
    return _adjusted(_differences(pairs))


def _differences(pairs: Sequence[Pair]) -> list[Difference]:
    grouped: defaultdict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        grouped[ALL, ALL].append(pair)
        for tag, value in pair[1].tags.items():
            grouped[tag, value].append(pair)
    found = [_difference(WHOLE, tag, value, ones) for (tag, value), ones in grouped.items()]
    found += [_difference(check, ALL, ALL, grouped[ALL, ALL]) for check in CHECK_NAMES]
    return [one for one in found if one is not None]


def _difference(check: str, tag: str, value: str, pairs: Sequence[Pair]) -> Difference | None:
    cases: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for one, other in pairs:
        passed, passes = (
            (not one.failed, not other.failed) if check == WHOLE else (one.passes(check), other.passes(check))
        )
        if passed is not None and passes is not None:
            cases[one.case].append((passed, passes))
    if not cases:
        return None
    every = [both for ones in cases.values() for both in ones]
    shares = np.array([sum(after - before for before, after in ones) / len(ones) for ones in cases.values()])
    low, high = interval(shares)
    return Difference(
        check=check,
        tag=tag,
        value=value,
        cases=len(cases),
        turns=len(every),
        before=sum(before for before, _ in every) / len(every),
        after=sum(after for _, after in every) / len(every),
        share=float(shares.mean()),
        low=low,
        high=high,
        worse=sum(before and not after for before, after in every),
        better=sum(after and not before for before, after in every),
        p=sign_flip(shares),
    )


def interval(differences: Shares, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The 95 % interval of a mean of per-case differences."""
    differing = int(np.count_nonzero(differences))
    if differing >= ENOUGH_TO_RESAMPLE:
        drawn = stats.bootstrap(
            (differences,),
            np.mean,
            n_resamples=resamples,
            method="percentile",
            vectorized=True,
            batch=500,
            rng=np.random.default_rng(_SEED),
        )
        return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)
    # one case better and one worse beside those seen
    widened = np.append(differences, [1.0, -1.0])
    reach = float(stats.t.ppf(1 - ALPHA / 2, len(widened) - 1)) * float(widened.std(ddof=1)) / math.sqrt(len(widened))
    return max(-1.0, float(widened.mean()) - reach), min(1.0, float(widened.mean()) + reach)


def sign_flip(differences: Shares) -> float:
    """The two-sided p-value of a mean of per-case differences, were better and worse equally likely in each."""
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    if len(moved) == 1:
        return 1.0
    tested = stats.permutation_test(
        (moved, np.zeros_like(moved)),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=500,
        rng=np.random.default_rng(_SEED),
    )
    return float(tested.pvalue)


def _adjusted(found: Sequence[Difference]) -> tuple[Difference, ...]:
    if not found:
        return ()
    adjusted = stats.false_discovery_control([one.p for one in found])
    return tuple(replace(one, adjusted=float(p)) for one, p in zip(found, adjusted, strict=True))


def least_seen(cases: int, differing: float, power: float = 0.8) -> float:
    """The smallest difference of shares that so many cases would show with this power, told before anything is run.

    ``differing`` is the share of cases expected to come out otherwise in either direction (from earlier comparisons).
    Connor (1987), for paired shares: the test's variance under no difference, the difference's under the alternative.
    """
    z_alpha, z_power = float(stats.norm.ppf(1 - ALPHA / 2)), float(stats.norm.ppf(power))
    low, high = 0.0, differing
    for _ in range(60):
        middle = (low + high) / 2
        needed = ((z_alpha * math.sqrt(differing) + z_power * math.sqrt(max(differing - middle**2, 0.0))) / middle) ** 2
        low, high = (low, middle) if needed <= cases else (middle, high)
    return high
