"""Which conditions of a coupon a freely worded draft leaves out, and the sentence that puts them in (safety K3).

A record lists a coupon's conditions in set phrases, which the composer repeats. Who words freely says them as people do:
每人两次 for 每人限2次, 到12月31号 for 11月1日至12月31日有效, and what the coupon's own name says already is said. What is truly
missing is added behind the draft, so that no customer gets a coupon without its conditions (明码标价和禁止价格欺诈规定 Art. 19).
"""

import re
from collections.abc import Callable, Iterator

from assistant.flow.guard.claims.numbers import read_number
from assistant.flow.guard.doubt.unsaid import fold

_NEEDLESS = re.compile(
    r"^(?:全场可用|全场|本单商品可用|本店可用|每人限\d+张|价值[\d.]+元|满\d+元可?兑?.*×\d+)$|^客户能用"
)
"""What opens a coupon to everything at hand, or tells a gift's worth, restrains nobody."""
_TIMES = re.compile(r"^每人(?:每天|每月)?限(?P<times>\d+)次$")
_DAYS = re.compile(r"(?:(?:\d{4}年)?\d{1,2}月\d{1,2}日?至)?(?:\d{4}年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日有效$")
_OFF = re.compile(r"^(?:每)?满(?P<from>[\d.]+)元(?:减|抵|享|赠|加|可|兑|送|包邮)?(?P<off>[\d.]+)?")
_FOLD = re.compile(r"^享?(?P<fold>[\d.]+)折$")
_CAP = re.compile(r"^最多[省减](?P<most>[\d.]+)元$")
_ONLY = re.compile(r"^限(?P<scope>.+?)(?:使用|可用|商品)?$")
_ALONE = re.compile("同享|叠加|单独用|一起用|并用|一块")
_ONE_KIND = re.compile("同类[^，。；]{0,8}(?:一张|1张|不叠|不能叠)|(?:一张|1张)[^，。；]{0,4}同类")
_EXCLUDED = re.compile(r"[（(]?不含(?P<goods>[^）)]+)[）)]?")
_JOINT = re.compile("[、和及与]|等|以及")
_NOT_OFFERED = re.compile(
    "用不了|用不上|不能用|没法用|够不着|够不上|不够|过期|结束|还没开始|没开始|不参加|不能同享|没有?用|没查到|没有这|取消|才能用|才够|另外一张用"
)


def left_out(draft: str, name: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the conditions of a coupon that a draft does not tell, by the form that leaves out least.

    A sentence that says the coupon is not for this order offers nothing, so nothing is missing from it.
    """
    told, title = fold(draft), fold(name)
    sentences = [one for one in re.split(r"[。！？!?；;\n]", told) if title in one]
    if sentences and all(_NOT_OFFERED.search(one) for one in sentences):
        return ()
    missing = {form: tuple(one for one in _conditions(form) if not _is_told(fold(one), told, title)) for form in forms}
    return min(missing.values(), key=len, default=())


def added(missing: dict[str, tuple[str, ...]]) -> str:
    """Word what is missing as one sentence; ``missing`` is by coupon name."""
    told = (f"「{name}」{'，'.join(conditions)}" for name, conditions in missing.items())
    return f"用券说明：{'；'.join(told)}。"


def _conditions(form: str) -> Iterator[str]:
    """The conditions of a form; a comma within brackets parts none."""
    for one in re.split(r"[，,](?![^（(]*[）)])", form):
        condition = one.strip("。 ")
        if condition and not _NEEDLESS.match(condition):
            yield condition


def _is_told(condition: str, told: str, title: str) -> bool:
    both = f"{title}\n{told}"
    if condition in both:
        return True
    checks: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], bool]], ...] = (
        (_TIMES, _times_told),
        (_DAYS, _last_day_told),
        (_OFF, _sums_told),
        (_FOLD, lambda match, text: f"{match['fold']}折" in text or _in_words(match["fold"]) in text),
        (_CAP, lambda match, text: bool(re.search(rf"(?<![\d.]){re.escape(match['most'])}(?![\d.])", text))),
        (_ONLY, _scope_told),
    )
    if condition.startswith("不与其他"):
        return bool(_ALONE.search(told))
    if condition.startswith("同类"):
        return bool(_ONE_KIND.search(told))
    for pattern, is_said in checks:
        match = pattern.search(condition)
        if match is not None:
            return is_said(match, both) and _exclusions_told(condition, both)
    return _exclusions_told(condition, both) if _EXCLUDED.search(condition) else False


def _times_told(match: re.Match[str], text: str) -> bool:
    times = match["times"]
    found = re.finditer(r"(?P<times>[\d一两二三四五六七八九十]+)\s?[次回]", text)
    return any(read_number(one["times"]) == read_number(times) for one in found)


def _last_day_told(match: re.Match[str], text: str) -> bool:
    """The day it ends: 12月31日, 12月31号, 12.31, 12/31, or 11月1日到30日 where the month is told before."""
    month, day = match["month"], match["day"]
    near = rf"(?<!\d)0?{month}\s?[月./-]\s?{day}(?!\d)"
    same_month = rf"(?<!\d)0?{month}月\d{{1,2}}[日号]?\s?(?:到|至|[-~—～]+)\s?{day}(?!\d)"
    loose = "年底|年内|本月底|月底" if day in ("30", "31") else "(?!)"
    return bool(re.search(f"{near}|{same_month}|{loose}", text))


def _sums_told(match: re.Match[str], text: str) -> bool:
    sums = [one for one in (match["from"], match["off"]) if one]
    return all(re.search(rf"(?<![\d.]){re.escape(one)}(?![\d.])", text) for one in sums)


def _scope_told(match: re.Match[str], text: str) -> bool:
    """Every thing the coupon is limited to is named, 等6项 as the first of them."""
    scope = re.sub(r"[（(].*?[）)]", "", match["scope"])
    things = [one for one in _JOINT.split(scope) if len(one) > 1 and not re.fullmatch(r"\d+[项款家个].*", one)]
    return not things or sum(_named(one, text) for one in things) * 2 >= len(things)


def _named(thing: str, text: str) -> bool:
    return thing in text or (len(thing) > 2 and any(thing[at : at + 2] in text for at in range(len(thing) - 1)))


def _exclusions_told(condition: str, text: str) -> bool:
    match = _EXCLUDED.search(condition)
    return match is None or all(_named(one, text) for one in _JOINT.split(match["goods"]) if len(one) > 1)


def _in_words(fold_figure: str) -> str:
    """8.8 is said as 八八."""
    return "".join("零一二三四五六七八九"[int(one)] for one in fold_figure if one.isdigit()) + "折"
