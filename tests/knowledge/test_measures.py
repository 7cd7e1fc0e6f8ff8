"""Ranking figures against values worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.measures import auroc, ndcg, paired, recall, reciprocal_rank

GAINS = {"a": 1, "b": 2, "c": 0}


def test_recall_counts_the_relevant_among_the_first_places() -> None:
    assert recall(["x", "a", "b"], GAINS, 2) == 0.5
    assert recall(["x", "a", "b"], GAINS, 3) == 1.0


def test_a_judged_miss_is_no_hit() -> None:
    assert recall(["c"], GAINS, 1) == 0.0
    assert reciprocal_rank(["c", "a"], GAINS) == 0.5


def test_rank_beyond_the_tenth_place_counts_nothing() -> None:
    assert reciprocal_rank([*"0123456789", "a"], GAINS) == 0.0


def test_ndcg_with_graded_gains() -> None:
    # ideal: b (2) then a (1) = 2/1 + 1/log2(3); here a, b = 1/1 + 2/log2(3)
    ideal = 2 + 1 / math.log2(3)
    assert ndcg(["a", "b"], GAINS) == pytest.approx((1 + 2 / math.log2(3)) / ideal)
    assert ndcg(["b", "a"], GAINS) == 1.0
    assert ndcg(["x"], GAINS) == 0.0


def test_auroc_counts_ties_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert math.isnan(auroc([], [0.1]))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_auroc_equals_counting_every_pair(positive: list[float], negative: list[float]) -> None:
    wins = sum((one > other) + (one == other) / 2 for one in positive for other in negative)
    assert auroc(positive, negative) == pytest.approx(wins / len(positive) / len(negative))


def test_a_real_difference_is_told_from_chance() -> None:
    before = [0.0, 1.0] * 100
    better = paired(before, [min(value + 0.2, 1.2) for value in before])
    assert better.is_clear
    assert better.mean == pytest.approx(0.2)
    mixed = paired(before, [1.0, 0.0] * 100)
    assert not mixed.is_clear
    assert mixed.low < 0 < mixed.high


def test_the_interval_is_the_same_each_time() -> None:
    before, after = [0.1, 0.5, 0.3, 0.9], [0.2, 0.4, 0.7, 0.9]
    assert paired(before, after) == paired(before, after)
