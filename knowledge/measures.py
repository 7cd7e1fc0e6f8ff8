"""How good a ranking is, and whether two settings really differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH = 10
"""Places looked at; nothing further down helps a guide."""
ROUNDS = 10_000
_SEED = 20_261_122
_CHUNK = 500


def recall(ranked: Sequence[str], gains: Mapping[str, int], depth: int) -> float:
    """The share of what is relevant that stands in the first ``depth`` places."""
    relevant = {id_ for id_, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], gains: Mapping[str, int]) -> float:
    """One over the place of the first relevant one, 0 beyond the tenth place."""
    places = (place for place, id_ in enumerate(ranked[:DEPTH], start=1) if gains.get(id_, 0) > 0)
    return 1 / next(places, math.inf)


def ndcg(ranked: Sequence[str], gains: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain at ten, with linear gains (Järvelin & Kekäläinen 2002; as trec_eval)."""
    got = (max(gains.get(id_, 0), 0) / math.log2(place + 1) for place, id_ in enumerate(ranked[:DEPTH], start=1))
    best = sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:DEPTH]
    return sum(got) / sum(gain / math.log2(place + 1) for place, gain in enumerate(best, start=1))


@dataclass(frozen=True)
class Interval:
    """A mean difference and the bounds that hold 95 % of its resamples."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Say whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def paired(before: Sequence[float], after: Sequence[float]) -> Interval:
    """Bootstrap the mean of per-query differences (percentile method, seeded); both sides in the same order."""
    differences = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    if not len(differences):
        return Interval(0.0, 0.0, 0.0)
    chance = np.random.default_rng(_SEED)
    means = np.concatenate(
        [
            differences[chance.integers(len(differences), size=(_CHUNK, len(differences)))].mean(axis=1)
            for _ in range(ROUNDS // _CHUNK)
        ]
    )
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(differences.mean()), float(low), float(high))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a positive stands above a negative, ties counted half (Mann-Whitney U over n·m); NaN without both."""
    if not positive or not negative:
        return math.nan
    values = np.concatenate([np.asarray(positive), np.asarray(negative)])
    ranks = _ranks(values)[: len(positive)].sum()
    wins = ranks - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the middle of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle: NDArray[np.float64] = ends - (counts - 1) / 2
    return middle[place]
