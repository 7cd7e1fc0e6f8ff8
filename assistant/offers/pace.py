"""How fast a coupon uses up its budget, and when there will be nothing left if it goes on like this."""

from datetime import datetime, timedelta
from typing import NamedTuple

from assistant.shop import Coupon
from knowledge.noun import Labelled

SOONEST = timedelta(days=1)
"""Before that much of its window a coupon's pace says more about its first hours than about it."""
SLOW_SHARE = 0.5
"""A coupon that would leave more than half of its budget unused is slow."""
SLOW_FROM = 0.25
"""From this share of its window on: most coupons start slowly, and there is time; a fast one is told of at once."""


class Running(Labelled):
    """Where a coupon's window stands."""

    PLANNED = "planned", "还没开始"
    RUNNING = "running", "正在用"
    ENDED = "ended", "已结束"


class PaceKind(Labelled):
    """What there is to say of a budget."""

    NO_BUDGET = "no-budget", "没有设预算"
    PLANNED = "planned", "还没开始"
    GONE = "gone", "预算已经用完"
    EARLY = "early", "刚开始，还看不出快慢"
    FAST = "fast", "偏快，会提前用完"
    STEADY = "steady", "快慢合适"
    SLOW = "slow", "偏慢，大半会剩下"
    ENDED = "ended", "已结束"


class Pace(NamedTuple):
    """A budget and its window. Money in 分, shares of 0..1 (``spent_share`` may pass 1), moments aware.

    ``runs_out_at`` is when nothing is left at the pace so far: None where it never will within the window, and where the
    pace is not known. ``ends_with_fen`` is what will have been spent when the window ends.
    """

    kind: PaceKind
    spent_fen: int
    budget_fen: int | None
    spent_share: float | None
    elapsed_share: float
    runs_out_at: datetime | None = None
    ends_with_fen: int | None = None


def running(coupon: Coupon, moment: datetime) -> Running:
    """Say where the coupon's window stands at a moment."""
    if moment < coupon.starts_at:
        return Running.PLANNED
    return Running.RUNNING if moment < coupon.ends_at else Running.ENDED


def pace(coupon: Coupon, spent_fen: int, moment: datetime) -> Pace:
    """Compare the share of the budget that is spent with the share of the window that has passed."""
    elapsed = min(max(moment - coupon.starts_at, timedelta(0)), coupon.ends_at - coupon.starts_at)
    elapsed_share = elapsed / (coupon.ends_at - coupon.starts_at)
    budget = coupon.budget_fen
    share = spent_fen / budget if budget else None

    def told(kind: PaceKind, runs_out_at: datetime | None = None, ends_with_fen: int | None = None) -> Pace:
        return Pace(kind, spent_fen, budget, share, elapsed_share, runs_out_at, ends_with_fen)

    stands = running(coupon, moment)
    if budget is None:
        return told(PaceKind.NO_BUDGET)
    if spent_fen >= budget:
        return told(PaceKind.GONE)
    if stands is not Running.RUNNING:
        return told(PaceKind.PLANNED if stands is Running.PLANNED else PaceKind.ENDED)
    if elapsed < SOONEST:
        return told(PaceKind.EARLY)
    ends_with = round(spent_fen / elapsed_share)
    if ends_with > budget:
        return told(PaceKind.FAST, coupon.starts_at + elapsed * (budget / spent_fen), budget)
    if ends_with >= budget * SLOW_SHARE:
        return told(PaceKind.STEADY, None, ends_with)
    return told(PaceKind.SLOW if elapsed_share >= SLOW_FROM else PaceKind.EARLY, None, ends_with)
