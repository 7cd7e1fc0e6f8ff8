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
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from assistant.flow.guard.check import by_rules
from assistant.flow.guard.doubt.unsaid import Unsaid, fold
from assistant.flow.guard.doubt.weighing import Learned, Limits, Node, marks_of, row_of
from assistant.flow.guard.doubting import said_to, set_beside
from assistant.turn import Draft, DraftSource
from eval.guarding.clean import clean_drafts
from eval.guarding.mutating import Mutant, mutants
from eval.guarding.worded import Laid, laid, read

FALSE_STOPS = 0.07
"""How many true sentences of an author nobody learned from may be stopped. Of a draft of three sentences that is one in five
that loses a sentence; at three in a hundred twice as many false ones would be let through."""
FALSE_STOPS_COMPOSED = 0.0005
"""The same of the composer's own sentences, in cross-validation over questions: one in two thousand, since they are built of
records; what it reads out of an approved script is not doubted at all."""
FOLDS = 4
RAREST = 2
ROUNDS = 2
"""How often the false clause of an unmarked sentence is looked for."""
STRENGTH = 1.0
COMPOSED = 4000
"""How many of the composer's drafts are learned from."""
COMPOSED_CHANGED = 1500
CHANGED_EACH = 7
"""In how many of them a figure is changed, as a model may who copies the composer, and in how many ways each."""
OURS = 0.3
"""How much a sentence of ours, true or changed, counts beside one that somebody worded."""
GRANTED_EACH = 2
COMPOSER = "composer"
CHANGED = "changed"
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
    chance = Random(20261129)
    for number, one in enumerate(clean_drafts(COMPOSED)):
        if one.passed and not one.is_test:
            question = f"clean/{one.asked}"
            found += _sentences(one.draft, one.brief, COMPOSER, question)
            made = list(mutants(one)) if number < COMPOSED_CHANGED else []
            for mutant in chance.sample(made, min(len(made), CHANGED_EACH)):
                found += _changed(mutant, question)
    return found


def _changed(mutant: Mutant, question: str) -> Iterator[Example]:
    """The piece of a changed draft that is false now, as if a model had written it."""
    draft = mutant.draft.model_copy(update={"source": DraftSource.MODEL, "claims": ()})
    said = said_to(mutant.clean.brief)
    before = fold(mutant.before)
    pieces, _ = by_rules(draft, mutant.clean.brief)
    for piece in pieces:
        if mutant.is_shown_in(piece.text):
            clauses, objected = set_beside(piece, said)
            sentence = fold(piece.text)
            labels = tuple(
                int(sentence[one.start : one.end].strip("，,。！!？?～~；; ") not in before) for one in clauses
            )
            if clauses and any(labels):
                yield Example(CHANGED, question, True, clauses, objected, labels)


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
    for draft in one.composed:
        yield from _sentences(draft, one.brief, COMPOSER, question)
    yield from _granted(one, question)


_GRANTING = (
    "{}可以的，您直接来就行。",
    "我们支持{}。",
    "{}没问题，给您安排。",
    "是的，{}。",
    "{}是您的权益，都能用。",
    "给您按{}办，您放心。",
    "{}，店里是这么规定的。",
    "有的，{}。",
    "{}我给您申请好了。",
    "还是跟之前说的一样，{}。",
)
"""Ways in which a model that only agrees grants what was asked: nothing but a record makes it true."""
_ASKED_PART = re.compile(r"[^\s，,。；;！!？?：:]{3,12}")


def _granted(one: Laid, question: str) -> Iterator[Example]:
    """What was asked, granted: parts of the question that no record has, in words of a yes."""
    chance, said = Random(question), said_to(one.brief)
    parts = [part for part in _ASKED_PART.findall(one.worded.asked) if fold(part) not in said.whole]
    for part in chance.sample(parts, min(len(parts), GRANTED_EACH)):
        part = part.rstrip("吗呢吧么")
        draft = one.draft_of([chance.choice(_GRANTING).format(part)])
        for example in _sentences(draft, one.brief, CHANGED, question, untrue=True):
            labels = tuple(_label(clause, example, draft.text, part) for clause in example.clauses)
            yield Example(CHANGED, question, True, example.clauses, example.objected, labels)


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
    ours = np.array([OURS if one.author in (COMPOSER, CHANGED) else 1.0 for one in learned_from])[owner]
    wanted, counted = np.where(labels < 0, 1, labels), np.where(labels < 0, 0.5, 1.0)
    for turn in range(ROUNDS):
        model = LogisticRegression(C=STRENGTH, max_iter=3000, solver="liblinear", random_state=0)
        model.fit(held, wanted, sample_weight=counted * ours)
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


def learn(learned_from: Sequence[Example]) -> tuple[Clauses, Learned, tuple[float, float]]:
    """Fit both steps and choose the threshold; returns also which shares of false sentences, worded and
    changed, are stopped in cross-validation."""
    authors = sorted({one.author for one in learned_from} - {COMPOSER, CHANGED})
    folds = [set(authors[start::FOLDS]) for start in range(FOLDS)]
    ours = sorted({one.question for one in learned_from if one.author in (COMPOSER, CHANGED)})
    fold_of_question = {question: number % FOLDS for number, question in enumerate(ours)}
    fold_of = {id(one): fold_of_question[one.question] for one in learned_from if one.author in (COMPOSER, CHANGED)}
    weighed: dict[int, list[float]] = {}
    for number, apart in enumerate(folds):
        away = [one for one in learned_from if one.author in apart or fold_of.get(id(one)) == number]
        gone = {id(one) for one in away}
        step = learn_clauses([one for one in learned_from if id(one) not in gone])
        weighed |= {id(one): step.weigh(one) for one in away}
    times = Counter(rule for one in learned_from for rules in one.objected for rule in rules)
    rules = tuple(sorted(rule for rule, of in times.items() if of >= RULES_FROM))
    rows = np.array([row_of(one.clauses, one.objected, weighed[id(one)], rules) for one in learned_from])
    wanted = np.array([int(one.untrue) for one in learned_from])
    weight = np.array([OURS if one.author in (COMPOSER, CHANGED) else 1.0 for one in learned_from])
    scores = np.zeros(len(learned_from))
    for number, apart in enumerate(folds):
        away_rows = np.array([one.author in apart or fold_of.get(id(one)) == number for one in learned_from])
        model = HistGradientBoostingClassifier(**TREES)
        model.fit(rows[~away_rows], wanted[~away_rows], sample_weight=weight[~away_rows])
        scores[away_rows] = model.decision_function(rows[away_rows])
    worded = np.array([one.author not in (COMPOSER, CHANGED) for one in learned_from])
    objected = np.array([any(one.objected) for one in learned_from])
    limits = _limits(scores, wanted == 1, objected, worded)
    stopped = np.where(objected, scores >= limits.sound, scores >= limits.doubtful)
    untrue = wanted == 1
    caught = (float(stopped[worded & untrue].mean()), float(stopped[~worded & untrue].mean()))
    model = HistGradientBoostingClassifier(**TREES).fit(rows, wanted, sample_weight=weight)
    clauses = learn_clauses(learned_from)
    trees, base = _trees(model)
    known = Learned(clauses.bias, clauses.weights, {}, rules, trees, base, limits)
    return clauses, known, caught


def _limits(
    scores: Numbers, untrue: NDArray[np.bool_], objected: NDArray[np.bool_], worded: NDArray[np.bool_]
) -> Limits:
    """Choose from which weight on a sentence is stopped, so that most false ones are, by authors not learned from."""
    true = worded & ~untrue
    allowed = int(FALSE_STOPS * true.sum())
    most, doubtful, sound = -1, 0.0, 0.0
    left = np.sort(scores[true & ~objected])[::-1]
    for lifted in np.sort(scores[true & objected])[::-1][: allowed + 1]:
        stopped = int((scores[true & objected] >= lifted).sum())
        limit = float(left[max(0, allowed - stopped)])
        caught = int((np.where(objected, scores >= lifted, scores >= limit) & untrue & worded).sum())
        if lifted <= limit and caught > most:
            most, doubtful, sound = caught, limit, float(lifted)
    composed = np.sort(scores[~worded & ~untrue])[::-1]
    certain = float(composed[int(FALSE_STOPS_COMPOSED * len(composed))])
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
    taught, known, caught = learn(examples())
    write(taught, known, Path(str(files("assistant.flow.guard.doubt"))))
    Console().print(
        f"not learned from: {caught[0]:.1%} of worded, {caught[1]:.1%} of changed false ones at {FALSE_STOPS:.0%} true"
    )
