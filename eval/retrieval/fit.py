"""Fit the weights of "is there a basis" anew: ``python -m eval.retrieval.fit``.

Training and dev questions only, no question attached: a training question would find itself.
"""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.retrieval.corpus import Query, passages, qrels, queries
from eval.retrieval.measuring import MOMENT
from eval.retrieval.run import write_own_set
from knowledge.index.basis import WEIGHTS
from knowledge.index.index import PassageIndex
from knowledge.measures import auroc

Matrix = NDArray[np.float64]
_SPLITS = ("train", "dev")
_FEATURES = tuple(WEIGHTS.by_feature())
_RIDGE = 1.0
_STEPS = 60
_FOLDS = 5


def features(index: PassageIndex, query: Query) -> list[float]:
    """What the best of the first passages has in common with a question; all zero where nothing was found."""
    about = query.about
    found = index.search(
        query.text,
        store_id=about.store_id,
        region_id=about.region_id,
        moment=about.moment or MOMENT,
        limit=6,
        earlier=about.before,
    )
    held = index.particulars([one.passage_id for one in found.passages])
    judge = index.judge(index.wording.question(query.text))
    relevances = [judge.relevance(one.folded) for one in held.values()]
    if not relevances:
        return [0.0] * len(_FEATURES)
    best = max(relevances, key=lambda one: one.value)
    return [getattr(best, name) for name in _FEATURES]


def fitted(rows: Matrix, answers: Matrix) -> Matrix:
    """Logistic regression by Newton's method with a small ridge; the last weight is the bias."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    inputs = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    ridge = np.diag([*[_RIDGE] * rows.shape[1], 0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        odds = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (odds - answers) + ridge @ weights
        bend = (inputs * (odds * (1 - odds))[:, None]).T @ inputs + ridge
        weights -= np.linalg.solve(bend, slope)
    plain: Matrix = np.append(weights[:-1] / spread, weights[-1] - float((weights[:-1] * mean / spread).sum()))
    return plain


def unseen(rows: Matrix, answers: Matrix, folds: int) -> Matrix:
    """The strength of each row by a fit of the others: what cross-validation would say of questions it has not seen."""
    order = np.random.default_rng(0).permutation(len(rows))
    strengths: Matrix = np.zeros(len(rows))
    for fold in range(folds):
        held_out = order[fold::folds]
        rest = np.setdiff1d(order, held_out)
        weights = fitted(rows[rest], answers[rest])
        strengths[held_out] = rows[held_out] @ weights[:-1] + weights[-1]
    return strengths


def main() -> None:
    """Print the weights, and how well such a fit does on questions it has not seen."""
    with tempfile.TemporaryDirectory(prefix="daogou-fit-") as name, PassageIndex(None, None, "fit") as index:
        folder = Path(name)
        write_own_set(folder)
        index.apply(tuple(passages(folder)), ())
        judged = {id_ for split in _SPLITS for id_ in qrels(folder, split)}
        asked = [one for one in queries(folder).values() if one.id in judged or one.about.split in _SPLITS]
        rows = np.array([features(index, one) for one in asked])
        answers = np.array([float(one.is_answerable) for one in asked])
    strengths = unseen(rows, answers, _FOLDS)
    area = auroc(list(strengths[answers == 1]), list(strengths[answers == 0]))
    told = "  ".join(
        f"{name}={weight:.2f}" for name, weight in zip((*_FEATURES, "bias"), fitted(rows, answers), strict=True)
    )
    print(f"{len(asked)} questions, AUROC {area:.3f} in {_FOLDS}-fold cross-validation\n{told}")  # noqa: T201


if __name__ == "__main__":
    main()
