"""How fast a budget goes, and when there will be nothing left."""

from datetime import timedelta

import pytest

from assistant.offers.pace import PaceKind, Running, pace, running
from tests.offers.making import NOW, coupon

HALFWAY = coupon(budget_fen=100_000)


@pytest.mark.parametrize(
    ("spent", "kind", "ends_with"),
    [
        (20_000, PaceKind.SLOW, 40_000),
        (45_000, PaceKind.STEADY, 90_000),
        (50_000, PaceKind.STEADY, 100_000),
        (50_100, PaceKind.FAST, 100_000),
        (100_000, PaceKind.GONE, None),
        (120_000, PaceKind.GONE, None),
    ],
)
def test_the_share_spent_is_measured_on_the_share_of_the_window(
    spent: int, kind: PaceKind, ends_with: int | None
) -> None:
    found = pace(HALFWAY, spent, NOW)
    assert (found.kind, found.ends_with_fen, found.elapsed_share) == (kind, ends_with, 0.5)
    assert found.spent_share == spent / 100_000


def test_a_fast_one_says_when_nothing_is_left() -> None:
    # 80 % in ten days of twenty: the rest lasts two and a half days
    found = pace(HALFWAY, 80_000, NOW)
    assert found.runs_out_at == NOW + timedelta(days=2.5)
    assert pace(HALFWAY, 40_000, NOW).runs_out_at is None


def test_a_slow_start_is_no_news_and_a_fast_one_is() -> None:
    window = HALFWAY.ends_at - HALFWAY.starts_at
    soon, quarter = HALFWAY.starts_at + window * 0.2, HALFWAY.starts_at + window * 0.25
    assert [pace(HALFWAY, 1_000, at).kind for at in (soon, quarter)] == [PaceKind.EARLY, PaceKind.SLOW]
    assert [pace(HALFWAY, spent, soon).kind for spent in (15_000, 60_000)] == [PaceKind.STEADY, PaceKind.FAST]


def test_what_cannot_be_said_is_not_said() -> None:
    assert pace(coupon(), 5_000, NOW).kind is PaceKind.NO_BUDGET
    early = pace(HALFWAY, 30_000, HALFWAY.starts_at + timedelta(hours=3))
    assert (early.kind, early.runs_out_at) == (PaceKind.EARLY, None)
    assert pace(HALFWAY, 0, HALFWAY.starts_at - timedelta(days=1)).kind is PaceKind.PLANNED
    assert pace(HALFWAY, 0, HALFWAY.ends_at).kind is PaceKind.ENDED
    nothing_used = pace(HALFWAY, 0, NOW)
    assert (nothing_used.kind, nothing_used.ends_with_fen) == (PaceKind.SLOW, 0)
    assert pace(coupon(budget_fen=0), 0, NOW).kind is PaceKind.GONE


def test_the_window_ends_exclusively() -> None:
    assert [running(HALFWAY, at) for at in (HALFWAY.starts_at, HALFWAY.ends_at)] == [Running.RUNNING, Running.ENDED]
    assert running(HALFWAY, HALFWAY.starts_at - timedelta(seconds=1)) is Running.PLANNED
