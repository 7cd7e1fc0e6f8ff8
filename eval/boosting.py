"""Boosted trees of scikit-learn as the product packages them."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from assistant.trees import Node, Trees

_DIGITS = 6


def trees_of(model: HistGradientBoostingClassifier) -> Trees:
    """Take a fitted model of two classes apart; scikit-learn keeps its trees under private names, which a test compares with
    its answers. A leaf is rounded to a millionth, a threshold not at all: it may be a value that was seen."""
    trees = []
    for (predictor,) in model._predictors:
        knots = []
        for node in predictor.nodes:
            if node["is_leaf"]:
                knots.append(Node(-1, round(float(node["value"]), _DIGITS), 0, 0))
            else:
                limit = float(node["num_threshold"])
                knots.append(Node(int(node["feature_idx"]), limit, int(node["left"]), int(node["right"])))
        trees.append(tuple(knots))
    return Trees(round(float(np.ravel(model._baseline_prediction)[0]), _DIGITS), tuple(trees))
