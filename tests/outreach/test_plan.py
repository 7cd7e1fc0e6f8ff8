"""Where a task stands in time, and when it is behind: never on its first day, never when all is settled."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.outreach.plan import Counted, TaskPhase, elapsed, is_behind, phase

FIRST = date(2026, 11, 20)
LAST = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("today", "stands"),
    [
        (date(2026, 11, 19), TaskPhase.PLANNED),
        (FIRST, TaskPhase.RUNNING),
        (LAST, TaskPhase.RUNNING),
        (date(2026, 11, 30), TaskPhase.ENDED),
    ],
)
def test_the_phase_of_a_published_task_is_a_question_of_the_day(today: date, stands: TaskPhase) -> None:
    assert phase(TaskPhase.RUNNING, FIRST, LAST, today) is stands
    for decided in (TaskPhase.DRAFT, TaskPhase.STOPPED):
        assert phase(decided, FIRST, LAST, today) is decided


@pytest.mark.parametrize(
    ("day", "settled", "behind"),
    [
        (0, 0, False),
        (1, 0, True),
        (1, 1, False),
        (5, 4, True),
        (5, 5, False),
        (9, 8, True),
        (9, 9, False),
        (30, 9, True),
    ],
)
def test_behind_is_less_settled_than_days_are_over(day: int, settled: int, behind: bool) -> None:
    counted = Counted(reached=settled, open=10 - settled)
    assert is_behind(counted, FIRST, LAST, FIRST + timedelta(days=day)) == behind


def test_what_a_guide_leaves_out_with_a_reason_is_settled_too() -> None:
    assert not is_behind(Counted(reached=2, skipped=3, open=5), FIRST, LAST, FIRST + timedelta(days=5))


@given(
    reached=st.integers(0, 50),
    skipped=st.integers(0, 50),
    open=st.integers(0, 50),
    days=st.integers(0, 60),
    day=st.integers(-5, 90),
)
def test_shares_stay_shares_and_a_finished_task_is_never_behind(
    reached: int, skipped: int, open: int, days: int, day: int
) -> None:
    counted, last = Counted(reached=reached, skipped=skipped, open=open), FIRST + timedelta(days=days)
    today = FIRST + timedelta(days=day)
    assert 0 <= counted.share <= 1
    assert 0 <= elapsed(FIRST, last, today) <= 1
    if open == 0 or day <= 0:
        assert not is_behind(counted, FIRST, last, today)
