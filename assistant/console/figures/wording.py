"""How a share, its interval and a comparison are said to a manager: never more than the sample carries."""

from assistant.scoring.rates import ENOUGH, Difference, Rate, difference

NOT_ENOUGH = "数据还不够"


def share(rate: Rate) -> str:
    """A share in whole percent, or that there is too little."""
    return f"{rate.hits / rate.of:.0%}" if rate.is_enough else NOT_ENOUGH


def sample(rate: Rate, of: str) -> str:
    """The sample behind a share, with its interval; ``of`` says what was counted (次反馈)."""
    interval = rate.interval
    if not rate.is_enough or interval is None:
        return f"已有 {rate.of} {of}，满 {ENOUGH} 才算得准"
    return f"{rate.hits} / {rate.of} {of}，95% 区间 {interval.low:.0%}–{interval.high:.0%}"


def interval(rate: Rate) -> str:
    """Wilson's interval of a share; empty where there is too little."""
    found = rate.interval
    return f"{found.low:.0%}–{found.high:.0%}" if rate.is_enough and found is not None else ""


def compared(now: Rate, before: Rate, what: str) -> str:
    """How a share stands to another one that ``what`` names (前 30 天)."""
    return _told(difference(now, before), what, before)


def _told(found: Difference, what: str, other: Rate) -> str:
    if found.points is None or found.interval is None:
        return f"和{what}比：{NOT_ENOUGH}（那边 {other.of} 次）"
    range_ = f"95% 区间 {points(found.interval.low)}～{points(found.interval.high)}"
    if not found.is_clear:
        return f"和{what}比看不出差别（{points(found.points)} 个百分点，{range_}）"
    side = "高" if found.points > 0 else "低"
    return f"比{what}{side} {abs(found.points) * 100:.0f} 个百分点（{range_}）"


def points(value: float) -> str:
    """A difference of shares in percentage points with its sign."""
    whole = round(value * 100)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def seconds(milliseconds: int | None) -> str:
    """A wait as people say it."""
    if milliseconds is None:
        return NOT_ENOUGH
    return f"{milliseconds} 毫秒" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} 秒"
