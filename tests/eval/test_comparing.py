"""A against B: what moved, how sure that is, and that the intervals cover what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.comparing.differences import ALL, ENOUGH_TO_RESAMPLE, WHOLE, differences, interval, least_seen, sign_flip
from eval.comparing.paired import compare
from eval.comparing.reliability import reliability
from tests.eval.outcomes import outcome


def test_what_moved_is_told_turn_by_turn_and_in_words() -> None:
    before = [outcome(f"beauty/c{number}") for number in range(40)]
    now = [outcome(f"beauty/c{number}", 1, *(["隐私"] if number < 8 else [])) for number in range(40)]
    compared = compare(before, now)
    assert [change.name for change in compared.worse] == [f"beauty/c{number}#1" for number in range(8)]
    assert not compared.better
    assert compared.same == 32
    found = differences(compared.pairs)
    whole = next(one for one in found if one.check == WHOLE and one.tag == ALL)
    assert (whole.cases, whole.worse, whole.better) == (40, 8, 0)
    assert whole.share == pytest.approx(-0.2)
    assert whole.low < -0.2 < whole.high < 0
    assert whole.is_sure
    assert "40 段里 8 轮变差" in whole.in_words()
    untouched = next(one for one in found if one.check == "合规")
    assert not untouched.is_sure
    assert "没有变化" in untouched.in_words()


def test_turns_that_were_asked_otherwise_are_not_compared() -> None:
    changed = outcome("beauty/a").model_copy(update={"asked": "other"})
    compared = compare([outcome("beauty/a"), outcome("beauty/b")], [changed, outcome("beauty/c")])
    assert compared.turns == 0
    assert compared.left_out == ("beauty/a#1", "beauty/b#1", "beauty/c#1")


@given(worse=st.integers(0, 12), better=st.integers(0, 12))
def test_for_single_turns_the_test_is_mcnemars_exact_one(worse: int, better: int) -> None:
    shares = np.array([-1.0] * worse + [1.0] * better + [0.0] * 5)
    expected = stats.binomtest(worse, worse + better).pvalue if worse + better else 1.0
    # beyond what can be enumerated the flips are drawn
    assert sign_flip(shares) == pytest.approx(expected, abs=1e-9 if worse + better <= 13 else 0.05)


@pytest.mark.parametrize(("cases", "worse", "better"), [(120, 0.1, 0.1), (400, 0.05, 0.02), (400, 0.1, 0.05)])
def test_intervals_cover_what_they_say(cases: int, worse: float, better: float) -> None:
    """95 % intervals cover the true difference in 93 to 97 % of simulated comparisons, clustered turns included."""
    chance = np.random.default_rng(7)
    covered = tried = 0
    while tried < 600:
        drawn = chance.random((cases, 2))
        together = chance.random(cases) < 0.5
        drawn[together, 1] = drawn[together, 0]
        shares = np.where(drawn < worse, -1, np.where(drawn > 1 - better, 1, 0)).mean(axis=1)
        if np.count_nonzero(shares) < ENOUGH_TO_RESAMPLE:
            continue
        low, high = interval(shares, resamples=999)
        covered += low <= better - worse <= high
        tried += 1
    assert 0.93 <= covered / tried <= 0.97


def test_where_few_cases_differ_the_interval_is_rather_too_wide() -> None:
    chance = np.random.default_rng(7)
    inside = []
    for _ in range(500):
        drawn = chance.random(60)
        low, high = interval(np.where(drawn < 0.03, -1.0, np.where(drawn > 0.99, 1.0, 0.0)))
        inside.append(low <= -0.02 <= high)
    assert np.mean(inside) >= 0.95


def test_more_cases_show_smaller_differences() -> None:
    assert least_seen(400, 0.1) < least_seen(100, 0.1) < 0.1
    # Connor's formula the other way round: that difference needs that many cases
    seen = least_seen(200, 0.1)
    z = stats.norm.ppf(0.975), stats.norm.ppf(0.8)
    needed = (z[0] * 0.1**0.5 + z[1] * (0.1 - seen**2) ** 0.5) ** 2 / seen**2
    assert needed == pytest.approx(200, rel=0.01)


def test_reliability_is_counted_without_bias() -> None:
    runs = [outcome("beauty/steady").model_copy(update={"repeat": repeat}) for repeat in range(4)] + [
        outcome("beauty/flaky", 1, *(["隐私"] if repeat == 0 else [])).model_copy(update={"repeat": repeat})
        for repeat in range(4)
    ]
    found = reliability(runs)
    assert (found.cases, found.repeats) == (2, 4)
    assert found.all_of[1] == pytest.approx((1 + 3 / 4) / 2)
    assert found.all_of[2] == pytest.approx((1 + 3 / 6) / 2)
    assert found.all_of[4] == pytest.approx(0.5)
    assert [(one.name, one.passed) for one in found.flaky] == [("beauty/flaky", 3)]
