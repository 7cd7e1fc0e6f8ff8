"""The clock of the house: handed in everywhere, so that a replay can run on the shop's day."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

SHOP_TIME = ZoneInfo("Asia/Shanghai")
"""The time people read; inside, every moment is aware UTC."""


def system_clock() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """A clock that reads ``start`` now and runs on from there: the demo's sample coupons have dates."""
    began, first = system_clock(), start.astimezone(UTC)
    return lambda: first + (system_clock() - began)
