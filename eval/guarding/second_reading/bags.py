"""Take examples apart into features, as the second reader does, and weigh them with a network."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.flow.guard.law.second_reader import (
    Run,
    by_clause,
    clauses_of,
    features,
    heaviest_run,
    runs_of,
    so_far,
)
from assistant.flow.guard.network import Network
from eval.guarding.second_reading.examples import Example
from knowledge.folding import uncover
from knowledge.packaged import packaged

Bag = NDArray[np.int64]
"""The columns of the features that one example has."""
Numbers = NDArray[np.floating[Any]]
RAREST = 3
"""In how many examples a feature stands that is learned from. Without those that stand in three or four, a hundredth less is found."""
HEAVY = 1.5
"""How much oftener a run of characters stands in unlawful examples than in lawful ones, as a logarithm, that somebody may hide."""
HEAVY_TIMES = 8
"""In how many examples such a run stands at least."""
_HAN_WORD = re.compile("[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class Apart:
    """The clauses of one example: the features of the first ``ends[k]`` of ``columns`` are those of its first k clauses."""

    columns: Bag
    ends: tuple[int, ...]
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Bags:
    """The features of every example: ``whole`` those of the sentence, ``apart`` by clauses where it has several."""

    names: tuple[str, ...]
    whole: tuple[Bag, ...]
    apart: tuple[Apart | None, ...]

    def heavy(self, unlawful: NDArray[np.bool_]) -> Bag:
        """Return the runs of two and three characters that stand much oftener in unlawful examples."""

        def times(of: NDArray[np.bool_]) -> Numbers:
            held = [bag for bag, counts in zip(self.whole, of, strict=True) if counts]
            counted: Numbers = np.bincount(np.concatenate(held), minlength=len(self.names)) + 1.0
            return counted

        there, elsewhere = times(unlawful), times(~unlawful)
        oftener = np.log(there / there.sum()) - np.log(elsewhere / elsewhere.sum())
        heavy = np.flatnonzero((oftener >= HEAVY) & (there + elsewhere >= HEAVY_TIMES))
        return np.array([row for row in heavy if _HAN_WORD.fullmatch(self.names[row])], dtype=np.int64)


def bags(learnt_from: Sequence[Example]) -> Bags:
    """Number the features that occur often enough, and take the examples apart."""
    sentences = [uncover(one.text, _disguises()).text for one in learnt_from]
    held = [{feature for feature, _ in features(one)} for one in sentences]
    counts = Counter(feature for one in held for feature in one)
    names = tuple(sorted(name for name, count in counts.items() if count >= RAREST and "\n" not in name))
    number = {name: place for place, name in enumerate(names)}
    whole = tuple(np.array(sorted(number[name] for name in one if name in number), dtype=np.int64) for one in held)
    return Bags(names, whole, tuple(_apart(one, number) for one in sentences))


def _apart(sentence: str, number: dict[str, int]) -> Apart | None:
    clauses = clauses_of(sentence)
    runs = runs_of(sentence, clauses)
    if not runs:
        return None
    known = ((number[feature], place) for feature, place in features(sentence) if feature in number)
    columns, ends = by_clause(known, clauses)
    return Apart(np.array(columns, dtype=np.int64), tuple(ends), tuple(runs))


@cache
def _disguises() -> dict[str, str]:
    disguises: dict[str, str] = packaged("assistant.flow.guard.law", "compliance_rules.yaml")["disguises"]
    return disguises


def score(network: Network, bag: Bag, apart: Apart | None) -> tuple[float, float]:
    """Say how unlawful an example sounds: as a whole, and in its heaviest clauses where that is more."""
    whole = network.weigh(network.add(bag.tolist()))
    if apart is None:
        return float(whole[0]), float(whole[0])
    heaviest = heaviest_run(network, so_far(network.units[apart.columns], apart.ends), whole, apart.runs)
    return float(whole[0]), max(float(whole[0]), float(heaviest[0]))
