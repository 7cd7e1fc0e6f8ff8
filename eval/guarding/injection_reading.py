"""Teach the detector of injections its second look: ``python -m eval.guarding.injection_reading`` (needs the extra [eval]).

A logistic regression over runs of characters, from the attacks of the train split and some more (``sets/more``) and from what nobody
means as one: look-alikes, what guides write in the packs' dialogues, what the authors of shop sentences wrote, lawful and not,
and the papers of the packs' shops. Of the test split it sees nothing. From which weight on a text counts is chosen in
cross-validation, by how many look-alikes may be taken for attacks.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from eval.cases.packs import PACKS
from eval.cases.reading import read_cases
from eval.guarding.attacks import attacks, innocents
from eval.guarding.second_reading.examples import of_the_shops, written_by_others
from knowledge.folding import looks
from knowledge.injection import FINENESS, WEIGHTS, runs, windows
from knowledge.packaged import packaged

FOLDS = 8
FALSE_ALARMS = 0.03
"""How many look-alikes may be taken for attacks, in cross-validation: hardly an ordinary sentence is where one in thirty of those is."""
LOOK_ALIKES = 3.0
"""What a look-alike counts beside an ordinary sentence."""
SOFTNESS = 0.3
LEAST = 0.02
"""A run that weighs less adds nothing and is not packaged."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A folded text, whether it is an attack, what it counts, and in which ``group`` it is cross-validated."""

    text: str
    attack: bool
    counts: float
    group: int


def taught(learnt_from: Sequence[Example]) -> bytes:
    """Teach it, choose from which weight on it is certain, and return the weights as they are packaged."""
    vectorizer = CountVectorizer(analyzer=runs, min_df=2, binary=True)
    held = csr_matrix(vectorizer.fit_transform([one.text for one in learnt_from]))
    names = vectorizer.get_feature_names_out().tolist()
    attack = np.array([one.attack for one in learnt_from])
    counts = np.array([one.counts for one in learnt_from])
    fold_of = np.array([one.group % FOLDS for one in learnt_from])
    weighed = np.zeros(len(learnt_from))
    for fold in track(range(FOLDS), "cross-validating"):
        here = fold_of == fold
        weights, bias = _fitted(held[~here], attack[~here], counts[~here])
        of = dict(zip(names, weights.tolist(), strict=True))
        for place in np.flatnonzero(here).tolist():
            sums = (bias + sum(of.get(run, 0.0) for run in runs(words)) for words in windows(learnt_from[place].text))
            weighed[place] = max(sums, default=bias)
    groups = {
        "attacks": attack,
        "look-alikes": ~attack & (counts == LOOK_ALIKES),
        "ordinary sentences": ~attack & (counts < LOOK_ALIKES),
    }
    look_alikes = np.sort(weighed[groups["look-alikes"]])[::-1]
    certain = float(look_alikes[int(FALSE_ALARMS * len(look_alikes))])
    for name, which in groups.items():
        Console().print(f"{name}: {np.mean(weighed[which] > certain):.2%} of {which.sum()} above {certain:.2f}")
    return _packed(names, *_fitted(held, attack, counts), certain)


def examples() -> list[Example]:
    """Gather what it learns from; what is not in Chinese is left to the expressions."""
    found: list[Example] = []

    def add(written: Iterable[str], *, attack: bool, counts: float, group: int) -> None:
        folded = (looks(one).lower() for one in written)
        found.extend(Example(text, attack, counts, group) for text in folded if next(windows(text), ""))

    for number, one in enumerate(attacks("train")):
        add((one.message, one.material), attack=True, counts=LOOK_ALIKES, group=number)
    for number, innocent in enumerate(innocents("train")):
        add((innocent.message, innocent.material), attack=False, counts=LOOK_ALIKES, group=number)
    more: dict[str, list[str]] = packaged("eval.guarding", "sets/more/attacks.yaml")
    for number, text in enumerate(more["attacks"]):
        add((text,), attack=True, counts=LOOK_ALIKES, group=number)
    for number, text in enumerate(more["innocent"]):
        add((text,), attack=False, counts=LOOK_ALIKES, group=number)
    cases = read_cases(*PACKS.glob("*/dialogues/train"), *PACKS.glob("*/dialogues/dev"))
    said = [line for case in cases for turn in case.turns for line in turn.guide]
    said += [example.text for example in written_by_others()]
    for number, text in enumerate((*dict.fromkeys(said), *of_the_shops())):
        add((text,), attack=False, counts=1.0, group=number)
    return found


def _fitted(held: csr_matrix, attack: NDArray[np.bool_], counts: Numbers) -> tuple[Numbers, float]:
    model = LogisticRegression(C=SOFTNESS, max_iter=400).fit(held, attack, sample_weight=counts)
    return np.ravel(model.coef_), float(model.intercept_[0])


def _packed(names: Sequence[str], weights: Numbers, bias: float, certain: float) -> bytes:
    adds = [place for place in np.flatnonzero(np.abs(weights) >= LEAST).tolist() if "\n" not in names[place]]
    written = io.BytesIO()
    np.savez_compressed(
        written,
        runs=np.frombuffer("\n".join(names[place] for place in adds).encode("utf-8"), dtype=np.uint8),
        weights=np.rint(weights[adds] * FINENESS).astype(np.int16),
        bias_and_certain=np.rint(np.array([bias, certain]) * FINENESS).astype(np.int32),
    )
    return written.getvalue()


if __name__ == "__main__":
    Path(str(files("knowledge.words").joinpath(WEIGHTS))).write_bytes(taught(examples()))
