"""Trees as they are packaged answer as those they were taken from."""

import json

import numpy as np
import pytest

from assistant.trees import Trees

ensemble = pytest.importorskip("sklearn.ensemble", reason="needs the extra [eval]")


def test_packaged_trees_answer_as_those_they_were_taken_from() -> None:
    from eval.boosting import trees_of

    chance = np.random.default_rng(7)
    rows = chance.normal(size=(400, 5))
    there = rows[:, 0] + rows[:, 1] * rows[:, 2] > 0
    model = ensemble.HistGradientBoostingClassifier(max_iter=80, random_state=0).fit(rows, there)
    trees = Trees.of(json.loads(json.dumps(trees_of(model).packaged())))
    asked = rows[:50]
    assert np.allclose([trees.weigh(row) for row in asked.tolist()], model.decision_function(asked), atol=1e-3)


def test_a_value_that_is_a_threshold_goes_the_way_it_went_when_it_was_learned() -> None:
    from eval.boosting import trees_of

    rows = np.repeat([[1 / 3], [1 / 3 + 1e-7]], 60, axis=0)
    model = ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(rows, np.repeat([False, True], 60))
    trees = trees_of(model)
    assert [trees.weigh(row) > 0 for row in ([1 / 3], [1 / 3 + 1e-7])] == [False, True]
