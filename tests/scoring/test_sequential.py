"""A comparison that is looked at after every answer: how often it is wrong, and how often it sees what is there."""

import math
import sys
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.scoring import sequential
from assistant.scoring.sequential import ENOUGH, Answer, Side, bounds, difference, evidence, planned_sample, unfairness
from assistant.turn import Arm

RUNS = 4000


def told(words: str) -> None:
    """Print a measurement; ``pytest -s`` shows it."""
    sys.stdout.write(f"{words}\n")


def peaks(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The log of the most evidence of many runs at once, looked at after every pair: ``evidence``, in arrays."""
    number, prior = np.arange(a.shape[1]), sequential._PRIOR

    def learned(taken: NDArray[np.bool_]) -> NDArray[np.float64]:
        return (np.cumsum(taken, 1) - taken + prior) / (number + 2 * prior)

    def log(rate: NDArray[np.float64], taken: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.log(np.where(taken, rate, 1 - rate))

    one, other = learned(a), learned(b)
    middle = (one + other) / 2
    total = np.cumsum(log(one, a) + log(other, b) - log(middle, a) - log(middle, b), 1)
    return np.maximum(total.max(1), 0.0)


def drawn(rng: np.random.Generator, rate: float, length: int, runs: int = RUNS) -> NDArray[np.bool_]:
    return rng.random((runs, length)) < rate


def in_turn(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> Iterator[Answer]:
    for one, other in zip(a, b, strict=True):
        yield Answer(Arm.A, bool(one))
        yield Answer(Arm.B, bool(other))


def test_the_arrays_of_this_test_say_what_the_product_says() -> None:
    rng = np.random.default_rng(3)
    a, b = drawn(rng, 0.4, 200, 20), drawn(rng, 0.6, 200, 20)
    for run, peak in enumerate(peaks(a, b)):
        found = evidence(in_turn(a[run], b[run]))
        assert math.log(found.peak) == pytest.approx(peak)
        assert found.pairs == 200


def test_a_block_is_worth_at_most_one_where_there_is_no_difference() -> None:
    for common, a, b in product((0.01, 0.2, 0.5, 0.9), (0.05, 0.4, 0.8), (0.1, 0.5, 0.95)):
        mean = sum(
            (common if one else 1 - common)
            * (common if other else 1 - common)
            * math.exp(sequential._log_block(a, b, one, other))
            for one, other in product((True, False), repeat=2)
        )
        assert mean <= 1 + 1e-12


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 0.5, 0.8, 0.97])
def test_with_no_difference_looking_after_every_answer_is_wrong_in_at_most_one_run_of_twenty(rate: float) -> None:
    rng = np.random.default_rng(int(rate * 1000))
    wrong = float((peaks(drawn(rng, rate, 3000), drawn(rng, rate, 3000)) >= math.log(ENOUGH)).mean())
    told(f"rate {rate}: {wrong:.2%} of {RUNS} runs of 3000 looks raised a false alarm")
    assert wrong <= 0.05


def test_a_usual_test_looked_at_as_often_is_wrong_far_more_often() -> None:
    rng = np.random.default_rng(8)
    a, b = drawn(rng, 0.4, 3000, 500), drawn(rng, 0.4, 3000, 500)
    shown = np.arange(1, 3001)
    one, other = np.cumsum(a, 1) / shown, np.cumsum(b, 1) / shown
    pooled = (one + other) / 2
    spread = np.sqrt(np.maximum(2 * pooled * (1 - pooled) / shown, 1e-12))
    wrong = float((np.abs(one - other) / spread >= 1.96)[:, 30:].any(1).mean())
    told(f"the usual test, looked at after every answer: {wrong:.0%} false alarms")
    assert wrong > 0.3


def test_a_rate_that_drifts_for_both_sides_alike_raises_no_more_alarms() -> None:
    rng = np.random.default_rng(5)
    drift = np.linspace(0.2, 0.7, 2000)
    a, b = rng.random((RUNS, 2000)) < drift, rng.random((RUNS, 2000)) < drift
    assert float((peaks(a, b) >= math.log(ENOUGH)).mean()) <= 0.05


def test_customers_counted_once_are_safe_where_counting_their_every_turn_is_not() -> None:
    """Customers differ in how easily they are pleased, and come again: their answers hang together."""
    rng = np.random.default_rng(11)
    customers, visits = 150, 8
    temper = rng.beta(0.6, 0.6, (2, 1000, customers))
    every = rng.random((2, 1000, customers, visits)) < temper[..., None]
    once = peaks(every[0, :, :, 0], every[1, :, :, 0])
    each = peaks(every[0].reshape(1000, -1), every[1].reshape(1000, -1))
    wrong_once, wrong_each = (float((one >= math.log(ENOUGH)).mean()) for one in (once, each))
    told(f"first turn of a customer {wrong_once:.1%}, every turn {wrong_each:.1%} false alarms")
    assert wrong_once <= 0.05 < wrong_each


@pytest.mark.parametrize(
    ("base", "effect"), [(0.1, 0.05), (0.3, 0.1), (0.4, 0.1), (0.5, 0.15), (0.5, 0.05), (0.7, 0.1), (0.6, 0.3)]
)
def test_the_planned_sample_sees_the_difference_in_four_runs_of_five(base: float, effect: float) -> None:
    planned = planned_sample(base, effect)
    assert planned is not None
    rng = np.random.default_rng(planned)
    seen = [
        float((peaks(drawn(rng, base, planned, 1500), drawn(rng, other, planned, 1500)) >= math.log(ENOUGH)).mean())
        for other in (base + effect, base - effect)
        if 0 < other < 1
    ]
    told(f"{base} against {effect} more or less: {planned} a side, seen in {[f'{one:.0%}' for one in seen]}")
    assert min(seen) >= 0.77


def test_nobody_is_told_to_wait_for_ever() -> None:
    assert planned_sample(0.5, 0.001) is None
    with pytest.raises(ValueError, match="shares"):
        planned_sample(1.2, 0.1)


def test_the_bounds_hold_at_every_look_together() -> None:
    rng = np.random.default_rng(2)
    missed = 0
    for _ in range(300):
        taken = np.cumsum(rng.random(400) < 0.35)
        looks = (bounds(Side(number, int(taken[number - 1]))) for number in (5, 20, 50, 100, 150, 200, 300, 400))
        missed += any(not one.low <= 0.35 <= one.high for one in looks)
    assert missed / 300 <= 0.05


def test_a_clear_difference_is_told_with_its_size_and_its_side() -> None:
    rng = np.random.default_rng(4)
    found = evidence(in_turn(rng.random(600) < 0.3, rng.random(600) < 0.6))
    assert found.is_enough
    assert found.better is Arm.B
    low, high = difference(found)
    assert 0 < low < 0.3 < high < 0.5


def test_an_answer_without_a_partner_waits() -> None:
    lonely = evidence([Answer(Arm.A, True)] * 50)
    assert (lonely.pairs, lonely.value, lonely.b.rate, lonely.better) == (0, 1.0, None, None)
    assert evidence([]).a.rate is None
    assert bounds(Side()) == (0.0, 1.0)


def test_one_side_served_far_more_often_is_noticed_and_chance_is_not() -> None:
    assert unfairness(500, 500) < 1
    assert unfairness(530, 470) < 1
    assert unfairness(620, 380) > sequential.SURELY_UNFAIR
    rng = np.random.default_rng(6)
    worst = [
        max(unfairness(int(b), n - int(b)) for n, b in enumerate(np.cumsum(rng.random(400) < 0.5), 1))
        for _ in range(200)
    ]
    assert sum(one > sequential.SURELY_UNFAIR for one in worst) == 0
