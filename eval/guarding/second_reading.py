"""Train the guard's second reader: ``python -m eval.guarding.second_reading``.

A logistic regression over the features that ``second_reader`` names. It learns from the train split, from the sentences
written while the rules were widened (``sets/more``), from what dozens of authors wrote who had not seen them (``sets/authors``) and
from drafts the product wrote itself; of the test and fresh splits it sees nothing. The questions asked of the material are left
out: some are typed in pinyin, and a reader that takes pinyin for harmless lets a disguised claim pass. The thresholds are chosen
by cross-validation on authors that a fold has not met: first how few innocent sentences it may stop, then all the recall that
leaves. It is the number of authors that counts: trained without any of them it finds 46 of 100 sentences of an author it has not
met where it stops 2 of 100 innocent ones (two thirds of which speak of the very same matters), with seven 66, with twenty 83,
with twenty-six 86.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from assistant.flow.guard.law.rules import rules
from assistant.flow.guard.law.second_reader import features
from assistant.turn import Reason
from eval.cases.packs import PACKS
from eval.guarding.clean import clean_drafts
from knowledge.folding import uncover
from knowledge.packaged import packaged

Numbers = NDArray[np.floating[Any]]
Places = NDArray[np.int64]

FOLDS = 8
STRENGTH = 1.0
"""How little the weights are held back (scikit-learn's ``C``)."""
RAREST = 2
LARGEST = 1_000_000
"""How many bytes the packaged weights may take: the lightest features are left out."""
FALSE_STOPS = 0.025
"""How many innocent sentences the reader may put to review by itself, in cross-validation. Review holds nothing up but a model's
sentence, and a script until a manager looks; blocking is for FALSE_BLOCKS. Two thirds of the innocent sentences are look-alikes."""
FALSE_BLOCKS = 0.01
"""How many innocent sentences the reader may block by itself, in cross-validation."""
LOST = 0.1
"""How many unlawful sentences may be taken for harmless, in cross-validation, where only a broad rule was met. By itself a broad
rule stops eight lawful look-alikes for one claim that the reader misses."""
LOST_SURELY = 0.03
"""The same where a rule was met by plain words."""
DRAFTS = 1500


@dataclass(frozen=True)
class Example:
    """A sentence to learn from; ``source`` says which group the cross-validation counts it in."""

    text: str
    unlawful: bool
    kind: str
    source: str

    @property
    def is_of_an_author(self) -> bool:
        """True for what an author wrote who had not seen the rules: by these scores the thresholds are chosen."""
        return self.source.startswith(_AUTHOR)


@dataclass(frozen=True)
class Matrix:
    """Which features each example has: feature ``columns[i]`` belongs to example ``rows[i]``."""

    rows: Places
    columns: Places
    examples: int
    names: tuple[str, ...]


def examples() -> list[Example]:
    """Gather everything that may be learnt from, in a fixed order."""
    found = [Example(row["text"], True, row["kind"], "block") for row in _read("train", "block")]
    found += [Example(row["plain"], True, row["kind"], "plain") for row in _read("train", "obfuscated")]
    found += [Example(row["text"], False, "", "innocent") for row in _read("train", "innocent")]
    found += written_by_others()
    pairs = yaml.load(_file("train", "pairs"), Loader=yaml.CSafeLoader)["pairs"]
    passing = {pair["text"] for pair in pairs if pair["expect"] == "pass"}
    stopped = (pair for pair in pairs if pair["expect"] == "block" and pair["text"] not in passing)
    found += [Example(pair["text"], True, "", "pairs") for pair in stopped]
    lawful = (pair for pair in pairs if pair["expect"] == "pass" and not pair.get("records"))
    found += [Example(pair["text"], False, "", "pairs") for pair in lawful]
    found += [Example(text, False, "", "draft") for text in (*_drafted(), *_of_the_shops())]
    for rule in rules():
        kind = next(iter(rule.likeness), _KIND_OF[rule.category])
        found.append(Example(rule.hit, True, kind, "rules"))
        found += [Example(text, False, "", "rules") for text in (rule.innocent, rule.rewrite)]
    return found


def written_by_others() -> list[Example]:
    """What was written only to be learned from: while the rules were widened, and by authors who had not seen them."""
    found = [Example(row["text"], True, row["kind"], "more") for row in _read("more", "block")]
    found += [Example(row["text"], False, "", "more") for row in _read("more", "innocent")]
    for author, written in _authors():
        found += [Example(row["text"], True, row["kind"], author) for row in written["block"]]
        found += [Example(row["plain"], True, row["kind"], author) for row in written["disguised"]]
        found += [Example(row["text"], False, "", author) for row in written["innocent"]]
    return found


_KIND_OF = {
    Reason.ABSOLUTE_TERM: "absolute",
    Reason.MEDICAL_TERM: "medical",
    Reason.UNSUPPORTED_EFFICACY: "efficacy",
    Reason.UNSUPPORTED_FIGURE: "figure",
    Reason.UNSUPPORTED_PROMISE: "personal-use",
    Reason.PRICE_LAW: "price",
    Reason.UNFAIR_TERM: "terms",
}


def _of_the_shops() -> list[str]:
    """Every sentence of the rules, approved scripts and goods of the invented shops in the packs."""
    texts: list[str] = []
    for shop in sorted(PACKS.glob("*/shop")):
        texts += [path.read_text(encoding="utf-8") for path in sorted(shop.rglob("*.md"))]
        for path in sorted(shop.rglob("*.csv")):
            if path.parent.name in _TOLD:
                with path.open(encoding="utf-8-sig", newline="") as file:
                    texts += [cell for row in csv.reader(file) for cell in row]
    pieces = (one.strip() for text in texts for one in re.split(r"(?<=[。！？])|\n", text))
    return sorted({one for one in pieces if len(one) > SHORTEST_TOLD and not one.startswith(("#", "---"))})


_TOLD = ("话术", "商品", "优惠")
"""Folders whose tables are told to customers."""
SHORTEST_TOLD = 5
"""What has fewer characters is no sentence."""
_AUTHOR = "author "


def _drafted() -> list[str]:
    sentences = {
        sentence.strip()
        for one in clean_drafts(DRAFTS)
        for sentence in re.split(r"(?<=[。！？])|\n", one.draft.text)
        if len(sentence.strip()) > 3
    }
    return sorted(sentences)


def _read(split: str, name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = yaml.load(_file(split, name), Loader=yaml.CSafeLoader)
    return rows


def _authors() -> Iterator[tuple[str, dict[str, list[dict[str, str]]]]]:
    """What each author wrote who is learned from, by a name that only tells them apart."""
    room = files("eval.guarding").joinpath("sets", "authors")
    for path in sorted(room.iterdir(), key=lambda one: one.name):
        yield _AUTHOR + path.name.removesuffix(".yaml"), yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def _file(split: str, name: str) -> str:
    return files("eval.guarding").joinpath("sets", split, f"{name}.yaml").read_text("utf-8")


def _features(text: str) -> set[str]:
    return {feature for feature, _ in features(uncover(text, _disguises()).text)}


def _disguises() -> dict[str, str]:
    disguises: dict[str, str] = packaged("assistant.flow.guard.law", "compliance_rules.yaml")["disguises"]
    return disguises


def matrix(learnt_from: Sequence[Example]) -> Matrix:
    """Number the features that occur often enough."""
    held = [_features(one.text) for one in learnt_from]
    counts = Counter(feature for one in held for feature in one)
    names = tuple(sorted(feature for feature, count in counts.items() if count >= RAREST))
    number = {name: place for place, name in enumerate(names)}
    cells = [(row, number[feature]) for row, one in enumerate(held) for feature in sorted(one) if feature in number]
    rows, columns = np.array(cells, dtype=np.int64).T
    return Matrix(rows, columns, len(learnt_from), names)


@dataclass(frozen=True)
class Fitted:
    """The weight of every feature of a matrix, and what a sentence weighs of which nothing is known."""

    weights: Numbers
    bias: float

    def score(self, held: Matrix) -> Numbers:
        """Weigh every example."""
        score: Numbers = np.bincount(held.rows, weights=self.weights[held.columns], minlength=held.examples) + self.bias
        return score


def fit(held: Matrix, wanted: Numbers, counted: Numbers) -> Fitted:
    """Fit a logistic regression to the examples that count.

    Each feature enters by how much oftener it stands in one class than in the other (Wang and Manning 2012, NB-SVM): what
    tells the classes apart is penalised less than what stands in both.
    """
    strength = _strength(held, wanted, counted)
    entered = csr_matrix((strength[held.columns], (held.rows, held.columns)), (held.examples, len(held.names)))
    model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=500, random_state=0)
    met = counted > 0
    model.fit(entered[met], wanted[met], sample_weight=counted[met])
    return Fitted(model.coef_[0] * strength, float(model.intercept_[0]))


def _strength(held: Matrix, wanted: Numbers, counted: Numbers) -> Numbers:
    """The log of how much oftener each feature stands in an unlawful example than in a lawful one, with one of each added."""

    def share(of: Numbers) -> Numbers:
        times = np.bincount(held.columns, weights=(of * counted)[held.rows], minlength=len(held.names)) + 1.0
        shares: Numbers = times / times.sum()
        return shares

    strength: Numbers = np.log(share(wanted) / share(1.0 - wanted))
    return strength


def cross_validated(held: Matrix, wanted: Numbers, counted: Numbers, groups: Sequence[str]) -> Numbers:
    """Score every example with weights that have not met its group (one author, say); a fold is every eighth group."""
    scores = np.zeros(held.examples)
    place = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    fold_of = np.array([place[one] % FOLDS for one in groups])
    for fold in sorted(set(fold_of.tolist())):
        fitted = fit(held, wanted, np.where(fold_of == fold, 0.0, counted))
        scores = np.where(fold_of == fold, fitted.score(held), scores)
    return scores


def _kinds(held: Matrix, learnt_from: Sequence[Example]) -> list[str]:
    """Say for each feature which kind of unlawful sentence holds it most often for that kind's size."""
    of = Counter(one.kind for one in learnt_from if one.kind)
    names = sorted(of)
    share = np.zeros((len(names), len(held.names)))
    for place, name in enumerate(names):
        mine = np.array([1.0 if one.unlawful and one.kind == name else 0.0 for one in learnt_from])
        share[place] = np.bincount(held.columns, weights=mine[held.rows], minlength=len(held.names)) / of[name]
    return [names[place] for place in share.argmax(axis=0)]


def _lines(held: Matrix, weights: Numbers, kinds: Sequence[str], head: dict[str, float]) -> Iterator[str]:
    for name, value in head.items():
        yield f"{name}\t{value:.4f}"
    written = [
        (abs(float(weight)), f"{name}\t{round(float(weight) * 1000)}\t{kind if weight > 0 else ''}")
        for name, weight, kind in zip(held.names, weights, kinds, strict=True)
        if "\n" not in name and "\t" not in name
    ]
    heaviest = sorted(written, reverse=True)
    sizes = accumulate(len(line.encode("utf-8")) + 1 for _, line in heaviest)
    yield from sorted(line for (_, line), size in zip(heaviest, sizes, strict=True) if size <= LARGEST)


def train() -> str:
    """Train on everything, choose the thresholds, and return the weights as they are packaged."""
    learnt_from = examples()
    held = matrix(learnt_from)
    wanted = np.array([float(one.unlawful) for one in learnt_from])
    counted = np.ones(len(learnt_from))
    scores = cross_validated(held, wanted, counted, [one.source for one in learnt_from])
    innocent = np.sort(scores[[not one.unlawful and one.is_of_an_author for one in learnt_from]])[::-1]
    unlawful = np.sort(scores[[one.unlawful and one.is_of_an_author for one in learnt_from]])
    fitted = fit(held, wanted, counted)
    head = {
        "bias": fitted.bias,
        "suspicious": float(innocent[int(FALSE_STOPS * len(innocent))]) + 0.01,
        "certain": float(innocent[int(FALSE_BLOCKS * len(innocent))]) + 0.01,
        "harmless": float(unlawful[int(LOST * len(unlawful))]),
        "surely_harmless": float(unlawful[int(LOST_SURELY * len(unlawful))]),
    }
    return "\n".join(_lines(held, fitted.weights, _kinds(held, learnt_from), head)) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    weights = Path(str(files("assistant.flow.guard.law").joinpath("second_reader.txt")))
    weights.write_text(train(), encoding="utf-8")
