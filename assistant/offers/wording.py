"""Money, days and names as a shop colleague writes them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from assistant.clock import SHOP_TIME
from assistant.turn import NextStep


def yuan(fen: int) -> str:
    """Return 分 as 元 without idle zeros: 4000 → ``40``, 4050 → ``40.5``, 4005 → ``40.05``."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def full_day(moment: datetime) -> str:
    """Return ``2026年11月1日``, with the time of day when it is not midnight."""
    local = moment.astimezone(SHOP_TIME)
    return f"{local.year}年{local.month}月{local.day}日{_time_of_day(local)}"


def window(starts_at: datetime, ends_at: datetime, *, seen_from: datetime | None = None) -> str:
    """Return ``2026年11月1日至12月31日``; the year stands twice only when it changes.

    With ``seen_from`` the year is left out where it is that moment's: ``11月1日至12月31日``.
    """
    last = last_moment(ends_at)
    first = full_day(starts_at) if seen_from is None else near_day(starts_at, seen_from=seen_from)
    return f"{first}至{near_day(last, seen_from=starts_at)}"


def near_day(moment: datetime, *, seen_from: datetime) -> str:
    """Return ``12月1日``, with the year only when it differs from the year of ``seen_from``."""
    local = moment.astimezone(SHOP_TIME)
    return f"{near_date(local.date(), seen_from=seen_from)}{_time_of_day(local)}"


def near_date(day: date, *, seen_from: datetime) -> str:
    """``near_day`` of a whole Shanghai day."""
    year = "" if day.year == seen_from.astimezone(SHOP_TIME).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def last_moment(ends_at: datetime) -> datetime:
    """Return what people call the end: an exclusive midnight means the day before it."""
    local = ends_at.astimezone(SHOP_TIME)
    at_midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    return (local - timedelta(days=1)) if at_midnight else local


def named(ids: Iterable[str], names: Mapping[str, str], *, at_most: int = 6) -> str:
    """Join the names of these ids with 、; an id without a name stands for itself."""
    words = [names.get(one, one) for one in ids]
    if len(words) <= at_most:
        return "、".join(words)
    return f"{'、'.join(words[:at_most])}等{len(words)}项"


def tier_words(wanted: tuple[str, ...], tiers: tuple[str, ...]) -> str:
    """Return ``金卡及以上`` when the wanted tiers are the top of the ladder, else their list."""
    above = tuple(tier for tier in tiers if tier in wanted)
    if len(above) > 1 and above == tiers[-len(above) :]:
        return f"{above[0]}及以上"
    return "、".join(above if len(above) == len(wanted) else wanted)


def clock_time(minute: int) -> str:
    """Return minutes since midnight as ``9:30``; the end of the day is ``24:00``."""
    return f"{minute // 60}:{minute % 60:02d}"


def step_words(step: NextStep, counted: str) -> str:
    """Return the next step in one line; ``counted`` says how many lie on the shelf, and when that was read."""
    less = f"还少付 {yuan(step.less_fen)} 元" if step.less_fen else "一分不多付"
    price = f"{yuan(step.added.unit_fen)} 元"
    return f"再加一件{step.added.name}（{price}，{counted}），用上「{step.coupon_name}」，{less}"


def _time_of_day(local: datetime) -> str:
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return ""
    return f"{local.hour:02d}:{local.minute:02d}"
