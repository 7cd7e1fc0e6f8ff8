"""The second step of the third reader: boosted trees over whole sentences, by scikit-learn, and from where on one is stopped."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from assistant.flow.guard.doubt.weighing import Limits

FALSE_STOPS = 0.07
"""How many true sentences of an author nobody learned from may be stopped. Of a draft of three sentences that is one in five
that loses a sentence; at three in a hundred twice as many false ones would be let through."""
FALSE_STOPS_COMPOSED = 0.0005
"""The same of the composer's own sentences, in cross-validation over questions: one in two thousand, since they are built of
records; what it reads out of an approved script is not doubted at all."""
BOOSTING: Mapping[str, Any] = {
    "max_iter": 200,
    "learning_rate": 0.05,
    "max_leaf_nodes": 12,
    "l2_regularization": 1.0,
    "min_samples_leaf": 15,
    "random_state": 0,
}
Numbers = NDArray[np.floating[Any]]
Marked = NDArray[np.bool_]


def fit(rows: Numbers, untrue: Marked, counts: Numbers) -> HistGradientBoostingClassifier:
    """Fit the trees to sentences, one a row."""
    return HistGradientBoostingClassifier(**BOOSTING).fit(rows, untrue, sample_weight=counts)


def cross_validated(rows: Numbers, untrue: Marked, counts: Numbers, fold_of: NDArray[np.int64]) -> Numbers:
    """Weigh every sentence by trees that have not met its fold."""
    scores = np.zeros(len(rows))
    for fold in np.unique(fold_of):
        away = fold_of == fold
        scores[away] = fit(rows[~away], untrue[~away], counts[~away]).decision_function(rows[away])
    return scores


def limits_of(scores: Numbers, untrue: Marked, objected: Marked, worded: Marked) -> Limits:
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
