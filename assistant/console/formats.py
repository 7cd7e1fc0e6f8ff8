"""How figures, moments and texts look on a page. Nothing a page prints goes round ``shown``."""

import re
from datetime import datetime, timedelta
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from assistant.clock import SHOP_TIME

HIDDEN_NAMES = "hidden_names"
# a mobile number standing by itself: inside an id or a bar code the digits go on
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)(?:[ -]?\d{4})[ -]?(\d{4})(?![0-9A-Za-z])")


def money(fen: int) -> str:
    """An amount in 分 as ¥, with a minus before it where it is taken off."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def round_money(fen: int) -> str:
    """An estimate in whole ¥ with two leading figures: 234,567 分 is ¥2,300."""
    yuan = round(fen / 100)
    step = 10 ** max(0, len(str(yuan)) - 2)
    return f"¥{round(yuan / step) * step:,}"


def moment(at: datetime) -> str:
    """Day and minute in the shop's time."""
    return f"{at.astimezone(SHOP_TIME):%Y-%m-%d %H:%M}"


def second(at: datetime) -> str:
    """Day and second in the shop's time."""
    return f"{at.astimezone(SHOP_TIME):%Y-%m-%d %H:%M:%S}"


def machine_time(at: datetime) -> str:
    """The moment for a ``datetime`` attribute."""
    return at.astimezone(SHOP_TIME).isoformat(timespec="seconds")


def time_left(left: timedelta) -> str:
    """How long is left, as people say it: 还剩 1 小时 20 分钟."""
    minutes = max(int(left.total_seconds()) // 60, 0)
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        return f"还剩 {hours // 24} 天"
    if hours:
        return f"还剩 {hours} 小时 {rest} 分钟" if rest else f"还剩 {hours} 小时"
    return f"还剩 {rest} 分钟" if rest else "还剩不到 1 分钟"


def percent(share: float) -> str:
    """A share of 0..1 in whole percent."""
    return f"{share:.0%}"


def without_phones(text: str) -> str:
    """Mobile numbers as 138****1234, also where a guide pasted one into a message (safety A9)."""
    return _MOBILE.sub(r"\1****\2", text)


def without_names(text: str, names: tuple[str, ...]) -> str:
    """These customer names with only their first character left, for an auditor (safety section 1)."""
    for name in sorted(set(names), key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, name[0] + "＊" * (len(name) - 1))
    return text


@pass_context
def shown(context: Context, value: Any) -> Any:
    """Every printed value passes here before it is escaped: what must not be read is not written."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    hidden = context.get(HIDDEN_NAMES)
    return without_names(without_phones(value), hidden) if hidden else without_phones(value)
