"""Whether the day a draft tells is the day a record has: 月底 and 11月30日, with or without the year."""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache


def same_date(said: str, written: str, today: date) -> bool:
    """Say whether the date in a draft is the one written in a record; what the draft leaves open is not compared.

    Date words are resolved against ``today`` (Asia/Shanghai), so that 月底 agrees with a record saying 11月30日.
    """
    if said == written:
        return True
    left, right = _resolved(said, today), _resolved(written, today)
    if left is None or right is None:
        return False
    # A bare month or year must not be taken as proof of a full day, but a record without a year may prove one.
    if any(said is not None and written is None for said, written in zip(left[1:], right[1:], strict=True)):
        return False
    if left[0] is not None and right[0] is None and not _is_near(left, today):
        # a record without a year speaks of the days around
        return False
    shared = [said == written for said, written in zip(left, right, strict=True) if None not in (said, written)]
    return bool(shared) and all(shared)


def day_of(value: str, today: date) -> date | None:
    """Return the day that a date means, the nearest to today where it leaves month or year open; None for no full day."""
    parts = _resolved(value, today)
    year, month, day = parts or (None, None, None)
    if day is None:
        return None
    months = [month] if month is not None else [one % 12 + 1 for one in range(today.month - 2, today.month + 1)]
    years = [year] if year is not None else [today.year - 1, today.year, today.year + 1]
    meant = [date(one, each, day) for one in years for each in months if day <= monthrange(one, each)[1]]
    return min(meant, key=lambda one: abs((one - today).days), default=None)


_NEAR_DAYS = 220


def _is_near(said: tuple[int | None, int | None, int | None], today: date) -> bool:
    year, month, day = said
    if year is None or month is None:
        return True
    return abs((date(year, month, min(day or 1, monthrange(year, month)[1])) - today).days) <= _NEAR_DAYS


@lru_cache(maxsize=4096)
def _resolved(value: str, today: date) -> tuple[int | None, int | None, int | None] | None:
    match = re.fullmatch(r"(\d{4}|-)-(\d\d)(?:-(\d\d))?", value)
    if match:
        year = None if match[1] == "-" else int(match[1])
        return year, int(match[2]), int(match[3]) if match[3] else None
    if value.startswith("---"):
        return None, None, int(value[3:])
    if re.fullmatch(r"\d{4}", value):
        return int(value), None, None
    named = _named_day(value, today)
    return None if named is None else (named.year, named.month, named.day)


def _named_day(word: str, today: date) -> date | None:
    month_end = today.replace(day=monthrange(today.year, today.month)[1])
    fixed = {
        "双十二": (12, 12),
        "双12": (12, 12),
        "双十一": (11, 11),
        "双11": (11, 11),
        "元旦": (1, 1),
        "国庆": (10, 1),
    }
    fixed |= {"618": (6, 18), "六一八": (6, 18), "年底": (12, 31), "今年底": (12, 31)}
    if word in ("本月底", "这个月底", "月底"):
        return month_end
    if word in fixed:
        month, day = fixed[word]
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    ahead = {"刚刚": 0, "刚才": 0, "今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "后天": 2}
    if word in ahead:
        return today + timedelta(days=ahead[word])
    weekday = re.fullmatch("(本|这|下)?(?:周|星期|礼拜)([一二三四五六日天])", word)
    if weekday is None:
        return None
    wanted = "一二三四五六日".index(weekday[2].replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(days=wanted + (7 if weekday[1] == "下" else 0))
