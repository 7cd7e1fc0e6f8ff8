"""Intervals against published ones, and when nothing is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.scoring.rates import ENOUGH, Rate, difference, percentile, total, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_published(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
    ],
)
def test_newcombe_is_as_published(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = difference(Rate(*one), Rate(*other))
    assert found.interval == pytest.approx((low, high), abs=5e-5)
    assert found.points == pytest.approx(0.2)
    assert found.is_clear


def test_nothing_is_said_of_few() -> None:
    assert wilson(0, 0) is None
    assert Rate().share is None
    few, many = Rate(10, ENOUGH - 1), Rate(300, 600)
    assert difference(few, many) == difference(many, few) == (None, None)
    assert not difference(few, many).is_clear
    assert not difference(many, many).is_clear


@given(st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(rate: tuple[int, int]) -> None:
    found = Rate(*rate)
    if found.interval is None:
        assert found.share is None
        return
    assert 0 <= found.interval.low <= found.share <= found.interval.high <= 1  # type: ignore[operator]


@given(st.dictionaries(st.integers(0, 99), st.integers(1, 9), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_a_value_that_was_seen(counts: dict[int, int], share: float) -> None:
    value = percentile(counts, share)
    assert value in counts
    below = sum(count for one, count in counts.items() if one <= value)
    assert below >= share * sum(counts.values()) - 1e-9
    assert sum(count for one, count in counts.items() if one < value) < share * sum(counts.values()) + 1e-9


def test_percentiles_by_hand() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({3: 1}, 0.95) == 3
    counts = dict.fromkeys(range(1, 101), 1)
    assert (percentile(counts, 0.5), percentile(counts, 0.95), percentile(counts, 1.0)) == (50, 95, 100)


def test_rates_add_up() -> None:
    assert total([Rate(1, 2), Rate(3, 5)]) == Rate(4, 7)
    assert total([]) == Rate(0, 0)
