"""Teach the guard's third reader: ``python -m eval.guarding.doubts``.

Two steps, by scikit-learn. A logistic regression over the marks of single clauses learns which words that no record says are
mere courtesy and which assert something; how unheard of a word is (in how many other true drafts it stands) is itself a mark,
counted without the question it is learned from. Gradient boosted trees over the whole sentence then learn how much the
clauses' weights, the measures and the rules' objections are worth together; what they see of the first step was learned from
other authors. In a false sentence of several clauses only the false one is learned as false: the author marked it, or the
reader itself finds the heaviest. The threshold lets a chosen share of true sentences be stopped by authors not learned from.
Of the test split nothing is read.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from assistant.flow.guard.check import by_rules
from assistant.flow.guard.doubt import Learned, Limits, Node, marks_of, row_of
from assistant.flow.guard.doubting import said_to, set_beside
from assistant.flow.guard.unsaid import Unsaid, fold
from assistant.turn import Draft
from eval.guarding.clean import clean_drafts
from eval.guarding.worded import Laid, laid, read

FALSE_STOPS = 0.05
"""How many true sentences of an author nobody learned from may be stopped. Of a draft of three sentences that is one in seven
that loses a sentence; half as many stops would let a tenth more of the false ones through."""
FALSE_STOPS_COMPOSED = 0.0
MARGIN = 0.5
"""A composer's sentence is built of records: next to none may be stopped, and shops not learned from word theirs otherwise."""
FOLDS = 4
RAREST = 2
ROUNDS = 2
"""How often the false clause of an unmarked sentence is looked for."""
STRENGTH = 0.3
COMPOSED = 1500
COMPOSER = "composer"
RULES_FROM = 8
"""A rule that objects less often is no evidence."""
TREES: Mapping[str, Any] = {
    "max_iter": 200,
    "learning_rate": 0.05,
    "max_leaf_nodes": 12,
    "l2_regularization": 1.0,
    "min_samples_leaf": 15,
    "random_state": 0,
}
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Example:
    """One sentence set beside its records. ``labels`` says of every clause: false 1, true 0, unknown -1."""

    author: str
    question: str
    untrue: bool
    clauses: tuple[Unsaid, ...]
    objected: tuple[frozenset[str], ...]
    labels: tuple[int, ...]


def examples() -> list[Example]:
    """Everything learned from: the train split, and what the composer wrote for the same questions and many more."""
    found = [example for one in laid(read("train")) for example in of_question(one)]
    for one in clean_drafts(COMPOSED):
        if one.passed:
            found += _true(one.draft, one, f"clean/{one.asked}")
    return found


def of_question(one: Laid) -> Iterator[Example]:
    """Every sentence an author wrote for one question, and the composer's own."""
    author = one.worded.author
    question = f"{one.worded.pack}/{one.worded.guide}/{one.worded.asked}"
    for sentences in one.worded.true:
        yield from _sentences(one.draft_of(sentences), one.brief, author, question)
    for untrue in one.worded.untrue:
        for example in _sentences(one.draft_of([untrue.text]), one.brief, author, question, untrue=True):
            labels = tuple(_label(clause, example, untrue.text, untrue.span) for clause in example.clauses)
            yield Example(author, question, True, example.clauses, example.objected, labels)
    for draft in one.composed[:-1]:
        yield from _sentences(draft, one.brief, COMPOSER, question)


def _true(draft: Draft, one: Any, question: str) -> list[Example]:
    return list(_sentences(draft, one.brief, COMPOSER, question))


def _sentences(draft: Draft, brief: Any, author: str, question: str, *, untrue: bool = False) -> Iterator[Example]:
    said = said_to(brief)
    pieces, _ = by_rules(draft, brief)
    for piece in pieces:
        clauses, objected = set_beside(piece, said)
        if clauses:
            yield Example(author, question, untrue, clauses, objected, (0,) * len(clauses))


def _label(clause: Unsaid, example: Example, text: str, span: str) -> int:
    """Say whether a clause carries the marked words; of several clauses none of which is marked nobody knows."""
    if not span:
        return 1 if len(example.clauses) == 1 else -1
    whole, marked = fold(text), fold(span)
    first = whole.find(marked)
    return int(first < clause.end and clause.start < first + len(marked))


# ---- the two steps -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Clauses:
    """The first step: the weights of the marks, and in how many true drafts a mark of what no record says stands."""

    bias: float
    weights: dict[str, float]
    seen: dict[str, set[str]]

    def weigh(self, example: Example, *, own: bool = False) -> list[float]:
        """Every clause's weight; ``own`` leaves its own question out of what was seen."""
        seen = _counter(self.seen, example.question if own else "")
        return [
            self.bias + sum(self.weights.get(mark, 0.0) for mark in marks_of(clause, rules, seen))
            for clause, rules in zip(example.clauses, example.objected, strict=True)
        ]


def _counter(seen: Mapping[str, set[str]], without: str) -> Callable[[str, int], int]:
    def count(mark: str, default: int) -> int:
        questions = seen.get(mark)
        return default if questions is None else len(questions) - (without in questions)

    return count


def learn_clauses(learned_from: Sequence[Example]) -> Clauses:
    """Fit the first step, looking twice for the false clause where nobody marked it."""
    seen: dict[str, set[str]] = defaultdict(set)
    for one in learned_from:
        if not one.untrue:
            for clause in one.clauses:
                for mark in clause.marks:
                    if mark.startswith(("w-", "-")):
                        seen[mark].add(one.question)
    marked = [
        frozenset(marks_of(clause, rules, _counter(seen, one.question)))
        for one in learned_from
        for clause, rules in zip(one.clauses, one.objected, strict=True)
    ]
    labels = np.array([label for one in learned_from for label in one.labels])
    owner = np.array([number for number, one in enumerate(learned_from) for _ in one.labels])
    times = Counter(mark for marks in marked for mark in marks)
    columns = {mark: number for number, mark in enumerate(sorted(mark for mark, of in times.items() if of >= RAREST))}
    held = _matrix(marked, columns)
    wanted, counted = np.where(labels < 0, 1, labels), np.where(labels < 0, 0.5, 1.0)
    for turn in range(ROUNDS):
        model = LogisticRegression(C=STRENGTH, max_iter=3000, solver="liblinear", random_state=0)
        model.fit(held, wanted, sample_weight=counted)
        if turn + 1 < ROUNDS:
            wanted, counted = _heaviest(labels, owner, model.decision_function(held))
    weights = {mark: float(model.coef_[0][number]) for mark, number in columns.items()}
    return Clauses(float(model.intercept_[0]), weights, dict(seen))


def _matrix(marked: Sequence[frozenset[str]], columns: Mapping[str, int]) -> csr_matrix:
    cells = [(row, columns[mark]) for row, marks in enumerate(marked) for mark in marks if mark in columns]
    rows, places = np.array(cells, dtype=np.int32).T
    held = csr_matrix((np.ones(len(rows)), (rows, places)), shape=(len(marked), len(columns)))
    # liblinear reads no wider numbers
    held.indices, held.indptr = held.indices.astype(np.int32), held.indptr.astype(np.int32)
    return held


def _heaviest(labels: NDArray[np.int64], owner: NDArray[np.int64], weights: Numbers) -> tuple[Numbers, Numbers]:
    """Take the heaviest clause of each unmarked false sentence for the false one; light ones of it are true."""
    wanted, counted = np.where(labels < 0, 0, labels), np.ones(len(labels))
    for sentence in set(owner[labels < 0].tolist()):
        places = np.flatnonzero(owner == sentence)
        heaviest = places[np.argmax(weights[places])]
        counted[places] = np.where(weights[places] > -1, 0.0, 1.0)
        wanted[heaviest], counted[heaviest] = 1, 1.0
    return wanted, counted


def learn(learned_from: Sequence[Example]) -> tuple[Clauses, Learned, float]:
    """Fit both steps and choose the threshold; returns also the share of false sentences stopped in cross-validation."""
    authors = sorted({one.author for one in learned_from} - {COMPOSER})
    folds = [set(authors[start::FOLDS]) for start in range(FOLDS)]
    composed = [one for one in learned_from if one.author == COMPOSER]
    fold_of = {id(one): number % FOLDS for number, one in enumerate(composed)}
    weighed: dict[int, list[float]] = {}
    for number, fold in enumerate(folds):
        away = [one for one in learned_from if one.author in fold or fold_of.get(id(one)) == number]
        gone = {id(one) for one in away}
        step = learn_clauses([one for one in learned_from if id(one) not in gone])
        weighed |= {id(one): step.weigh(one) for one in away}
    times = Counter(rule for one in learned_from for rules in one.objected for rule in rules)
    rules = tuple(sorted(rule for rule, of in times.items() if of >= RULES_FROM))
    rows = np.array([row_of(one.clauses, one.objected, weighed[id(one)], rules) for one in learned_from])
    wanted = np.array([int(one.untrue) for one in learned_from])
    scores = np.zeros(len(learned_from))
    for number, fold in enumerate(folds):
        away_rows = np.array([one.author in fold or fold_of.get(id(one)) == number for one in learned_from])
        model = HistGradientBoostingClassifier(**TREES).fit(rows[~away_rows], wanted[~away_rows])
        scores[away_rows] = model.decision_function(rows[away_rows])
    worded = np.array([one.author != COMPOSER for one in learned_from])
    objected = np.array([any(one.objected) for one in learned_from])
    np.savez("/tmp/worded/cv.npz", scores=scores, wanted=wanted, objected=objected, worded=worded)
    limits = _limits(scores, wanted == 1, objected, worded)
    stopped = np.where(objected, scores >= limits.sound, scores >= limits.doubtful)
    caught = float(stopped[wanted == 1].mean())
    model = HistGradientBoostingClassifier(**TREES).fit(rows, wanted)
    clauses = learn_clauses(learned_from)
    trees, base = _trees(model)
    known = Learned(clauses.bias, clauses.weights, {}, rules, trees, base, limits)
    return clauses, known, caught


def _limits(scores: Numbers, untrue: NDArray[np.bool_], objected: NDArray[np.bool_], worded: NDArray[np.bool_]) -> Limits:
    """Choose from which weight on a sentence is stopped, so that most false ones are, by authors not learned from."""
    true = worded & ~untrue
    allowed = int(FALSE_STOPS * true.sum())
    most, doubtful, sound = -1, 0.0, 0.0
    left = np.sort(scores[true & ~objected])[::-1]
    for lifted in np.sort(scores[true & objected])[::-1][: allowed + 1]:
        stopped = int((scores[true & objected] >= lifted).sum())
        limit = float(left[max(0, allowed - stopped)])
        caught = int((np.where(objected, scores >= lifted, scores >= limit) & untrue).sum())
        if lifted <= limit and caught > most:
            most, doubtful, sound = caught, limit, float(lifted)
    composed = np.sort(scores[~worded & ~objected])[::-1]
    certain = float(composed[int(FALSE_STOPS_COMPOSED * len(composed))]) + MARGIN
    return Limits(doubtful, sound, max(certain, doubtful))


def _trees(model: HistGradientBoostingClassifier) -> tuple[tuple[tuple[Node, ...], ...], float]:
    """The boosted trees as plain knots; scikit-learn keeps them under private names, which a test compares with its answers."""
    trees = []
    for (predictor,) in model._predictors:
        knots = []
        for node in predictor.nodes:
            if node["is_leaf"]:
                knots.append(Node(-1, round(float(node["value"]), 6), 0, 0))
            else:
                limit = round(float(node["num_threshold"]), 6)
                knots.append(Node(int(node["feature_idx"]), limit, int(node["left"]), int(node["right"])))
        trees.append(tuple(knots))
    return tuple(trees), float(np.ravel(model._baseline_prediction)[0])


# ---- what is packaged --------------------------------------------------------------------------

LIGHTEST = 0.02
"""Lighter weights are left out, unless the mark is counted as seen."""


def write(clauses: Clauses, known: Learned, folder: Path) -> None:
    """Write ``doubt.txt`` and ``doubt_trees.json``."""
    lines = []
    for mark in sorted(clauses.weights.keys() | clauses.seen.keys()):
        weight = clauses.weights.get(mark, 0.0)
        times = min(len(clauses.seen.get(mark, ())), 5)
        if (abs(weight) >= LIGHTEST or times > 1 or (times and len(mark) <= 3)) and not {"\n", "\t"} & set(mark):
            lines.append(f"{mark}\t{round(weight * 1000) if abs(weight) >= LIGHTEST else 0}\t{times or ''}")
    (folder / "doubt.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    trees = {
        "bias": round(known.bias, 6),
        "base": round(known.base, 6),
        "limits": [round(limit, 4) for limit in known.limits],
        "rules": list(known.rules),
        "trees": [[list(node) for node in tree] for tree in known.trees],
    }
    (folder / "doubt_trees.json").write_text(json.dumps(trees, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    import os, pickle
    if os.path.exists("/tmp/worded/examples.pkl"):
        found = pickle.load(open("/tmp/worded/examples.pkl", "rb"))
    else:
        found = examples(); pickle.dump(found, open("/tmp/worded/examples.pkl", "wb"))
    taught, known, caught = learn(found)
    write(taught, known, Path(str(files("assistant.flow.guard"))))
    print(f"false sentences stopped, authors not learned from: {caught:.1%} at {FALSE_STOPS:.0%} of true ones")
