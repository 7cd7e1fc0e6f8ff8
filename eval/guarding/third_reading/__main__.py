"""Teach the guard's third reader: ``python -m eval.guarding.third_reading`` (needs the extras [eval] and [local]).

Two steps. A network learns how doubtful a single clause is (``clauses``); boosted trees then learn how much the clauses' weights,
the measures and the rules' objections are worth together (``trees``): what they see of the first step was learned from other
authors. The threshold lets a chosen share of true sentences be stopped by authors not learned from. Of the test split nothing
is read.
"""

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from assistant.flow.guard.doubt.weighing import CLAUSES, TREES, Limits, row_of
from assistant.trees import Trees
from eval.boosting import trees_of
from eval.guarding.third_reading.clauses import OURS, Clauses, learn_clauses, weigh_apart
from eval.guarding.third_reading.examples import Example, examples
from eval.guarding.third_reading.trees import FALSE_STOPS, Numbers, cross_validated, fit, limits_of

FOLDS = 6
RULES_FROM = 8
"""A rule that objects less often is no evidence."""


@dataclass(frozen=True)
class Taught:
    """Both steps, and which shares of false sentences, worded and changed, are stopped in cross-validation."""

    clauses: Clauses
    rules: tuple[str, ...]
    trees: Trees
    limits: Limits
    caught: tuple[float, float]


def folds_of(learned_from: Sequence[Example]) -> NDArray[np.int64]:
    """Say in which fold each example is kept away: an author's all in one, ours by their question."""
    authors = sorted({one.author for one in learned_from if one.is_worded})
    questions = sorted({one.question for one in learned_from if not one.is_worded})
    fold_of = {name: number % FOLDS for names in (authors, questions) for number, name in enumerate(names)}
    return np.array([fold_of[one.author if one.is_worded else one.question] for one in learned_from])


def learn(learned_from: Sequence[Example], jobs: int = -1) -> Taught:
    """Fit both steps and choose the thresholds; ``jobs`` are how many folds are read at a time, -1 for one on every core."""
    fold_of = folds_of(learned_from)
    apart = [np.flatnonzero(fold_of == fold) for fold in np.unique(fold_of)]
    weighed: list[list[float]] = [[] for _ in learned_from]
    fitted = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(weigh_apart)(
            [one for one, fold in zip(learned_from, fold_of, strict=True) if fold != fold_of[away[0]]],
            [learned_from[place] for place in away.tolist()],
        )
        for away in apart
    )
    for away, weights in track(zip(apart, fitted, strict=True), "reading clauses", total=len(apart)):
        for place, each in zip(away, weights, strict=True):
            weighed[place] = each
    times = Counter(rule for one in learned_from for rules in one.objected for rule in rules)
    rules = tuple(sorted(rule for rule, of in times.items() if of >= RULES_FROM))
    rows: Numbers = np.array(
        [row_of(one.clauses, one.objected, each, rules) for one, each in zip(learned_from, weighed, strict=True)]
    )
    untrue = np.array([one.untrue for one in learned_from])
    worded = np.array([one.is_worded for one in learned_from])
    objected = np.array([any(one.objected) for one in learned_from])
    counts = np.where(worded, 1.0, OURS)
    scores = cross_validated(rows, untrue, counts, fold_of)
    limits = limits_of(scores, untrue, objected, worded)
    stopped = np.where(objected, scores >= limits.sound, scores >= limits.doubtful)
    caught = (float(stopped[worded & untrue].mean()), float(stopped[~worded & untrue].mean()))
    return Taught(learn_clauses(learned_from), rules, trees_of(fit(rows, untrue, counts)), limits, caught)


MOST_SEEN = 5
"""Seen oftener is seen as often as this."""


def write(taught: Taught, folder: Path) -> None:
    """Write what the reader loads: the marks of the network first, then those that are only counted as seen."""
    clauses = taught.clauses
    adds: NDArray[np.int64] = np.flatnonzero(clauses.network.units.any(axis=1))
    weighing = [clauses.marks[row] for row in adds]
    only_seen = sorted(
        mark for mark, of in clauses.seen.items() if "\n" not in mark and (len(of) > 1 or len(mark) <= len("-字"))
    )
    marks = list(dict.fromkeys((*weighing, *only_seen)))
    seen = [min(len(clauses.seen.get(mark, ())), MOST_SEEN) for mark in marks]
    written = io.BytesIO()
    np.savez_compressed(
        written,
        marks=np.frombuffer("\n".join(marks).encode("utf-8"), dtype=np.uint8),
        seen=np.array(seen, dtype=np.uint8),
        **clauses.network.packaged(adds),
    )
    folder.joinpath(CLAUSES).write_bytes(written.getvalue())
    trees = {
        "limits": [round(limit, 4) for limit in taught.limits],
        "rules": list(taught.rules),
        **taught.trees.packaged(),
    }
    folder.joinpath(TREES).write_text(json.dumps(trees, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    taught = learn(examples())
    write(taught, Path(str(files("assistant.flow.guard.doubt"))))
    Console().print(
        f"not learned from: {taught.caught[0]:.1%} of worded, {taught.caught[1]:.1%} of changed false ones at {FALSE_STOPS:.0%} true"
    )
