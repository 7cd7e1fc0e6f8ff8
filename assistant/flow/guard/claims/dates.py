"""Dates and times of day: 2026-11-30, --11-30 without a year, ---30 without a month, T21:00, and words such as 月底."""

import re
from decimal import Decimal

from assistant.flow.guard.claims.numbers import ARABIC, CHINESE, read_number
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_YEAR = r"(?:(?P<year>20\d\d)\s*[年/.\-])\s*"
_MONTH = rf"(?P<month>1[0-2]|0?[1-9]|{CHINESE})\s*"
_DAY = rf"(?P<day>3[01]|[12]\d|0?[1-9]|{CHINESE})\s*"
_WRITTEN_DATE = re.compile(rf"(?:{_YEAR})?{_MONTH}月份?(?:\s*{_DAY}[日号]|(?!\s*\d))")
_FIGURE_DATE = re.compile(r"(?P<year>20\d\d)[/.\-](?P<month>1[0-2]|0?[1-9])[/.\-](?P<day>3[01]|[12]\d|0?[1-9])(?!\d)")
_SHORT_DATE = re.compile(
    r"(?<![\d.¥$])(?P<month>1[0-2]|0?[1-9])[./](?P<day>3[01]|[12]\d|0?[1-9])(?![\d.]|\s*(?:元|块|折|分|倍|%|ml|g|万|千|片|支))"
)
_DATE_CUE_BEFORE = re.compile(r"(?:到|至|截止|截至|活动|期间|有效期|日期|时间|从|[~\-—])[是为:：]?\s*$")
_DATE_CUE_AFTER = re.compile(r"^\s*(?:到|至|截止|前|起|开始|结束|活动|期间|[~\-—]\s*\d|[(（]?周)")
_LONE_DAY = re.compile(
    # the 二 of 周二二十四号 is the weekday's
    rf"(?:(?<=[周期拜][一二三四五六])|(?<![\d.月第周期拜一二三四五六七八九十]))(?P<day>3[01]|[12]\d|0?[1-9]|{CHINESE})[日号](?=前|之前|截止|结束|到期|起|开始|当天|晚上|上午|下午|[早晚中]|盘|查|那天|$|[，。,]|\s?\d\d?:\d\d)"
)
_SIZES = re.compile(r"(?<![\d月])(?<!月 )\d{1,2}\s*[-–~—]\s*$")
_TERM = re.compile(r"前|之前|截止|结束|到期|起|开始|当天|晚上|上午|下午")
_YEAR_ONLY = re.compile(r"(?<!\d)(20\d\d)年(?!\s*\d{1,2}\s*月)")
_DATE_WORD = re.compile(
    "本月底|这个月底|月底|下月初|下个月初|年底|今年底|双十二|双12|双十一|双11|六一八|618|元旦|春节前|国庆|中秋|端午|七夕|"
    "(?:本|这|下)?(?:周|星期|礼拜)[一二三四五六日天末]|明天|后天|今天|今晚|今日|明日|刚刚|刚才"
)
_NEAR_DEADLINE = re.compile(
    "库存|盘点|的记录|查(?:的|到|过的)|显示|截止|结束|到期|过期|失效|之前|为止|最后|有效|期限|送达|到货|到店领|发货|会员日|恢复|涨|(?<![目之以])前(?!面|台|后|几|天)|开始|起$|起[，。]|止"
)
_CLOCK = re.compile(
    rf"(?:(?P<part>早上|上午|中午|下午|晚上|今晚|昨晚|凌晨|[早晚](?=[\d七八九十]))\s*(?P<said>{ARABIC}|{CHINESE})[点时](?:(?P<half>半)|(?P<past>[0-5]\d|{CHINESE})(?:分|(?=[盘查的]|到))|(?P<quarter>[一三])刻)?|(?<![\d.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)|(?<![\d.几第])(?P<open>1\d|2[0-4]|十[一二]?)点(?=开门|关门|营业|打烊|闭店|开店|前|截止|结束))"
)


def mark_dates(scan: Scan) -> None:
    """Mark dates, years, and words that set a term."""
    for pattern in (_FIGURE_DATE, _WRITTEN_DATE):
        for match in pattern.finditer(scan.text):
            value = _date_value(match)
            if value:
                scan.add(ClaimKind.DATE, value, *match.span())
    for match in _SHORT_DATE.finditer(scan.text):
        cued = _DATE_CUE_BEFORE.search(scan.before(match.start())) or _DATE_CUE_AFTER.match(scan.after(match.end()))
        if cued:
            scan.add(ClaimKind.DATE, _date_value(match), *match.span())
    for match in _LONE_DAY.finditer(scan.text):
        day = read_number(match["day"])
        # 12-15号 without a month or a term are sizes of rings, not days
        of_sizes = _SIZES.search(scan.before(match.start())) and not _TERM.match(scan.after(match.end()))
        if day is not None and 1 <= day <= 31 and not of_sizes:
            scan.add(ClaimKind.DATE, f"---{int(day):02d}", *match.span())
    for match in _YEAR_ONLY.finditer(scan.text):
        scan.add(ClaimKind.DATE, match[1], *match.span())
    for match in _DATE_WORD.finditer(scan.text):
        if _is_date_claim(match.group(), scan.before(match.start(), 6) + "|" + scan.after(match.end(), 8)):
            scan.add(ClaimKind.DATE, match.group(), *match.span())


def _is_date_claim(word: str, around: str) -> bool:
    """Say whether a date word sets a term. 今天过来 does not; 今天截止 does; 月底 and feast days always do."""
    everyday = re.match("(?:本|这|下)?(?:周|星期|礼拜)|[今明后]|刚", word)
    return not everyday or bool(_NEAR_DEADLINE.search(around))


def _date_value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    month = read_number(groups["month"])
    day = read_number(groups["day"]) if groups.get("day") else None
    if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return ""
    year = groups.get("year") or "-"
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day is not None else "")


def mark_clock(scan: Scan) -> None:
    """Mark times of day."""
    for match in _CLOCK.finditer(scan.text):
        said = match["hour"] or match["said"] or match["open"]
        hour = read_number(said)
        if hour is None or hour > 24:
            continue
        hours = int(hour)
        if match["part"] in ("下午", "晚上", "今晚", "昨晚", "晚") and hours < 12:
            hours += 12
        past = read_number(match["past"]) if match["past"] else None
        if match["quarter"]:
            past = Decimal(15 if match["quarter"] == "一" else 45)
        minutes = match["minute"] or (f"{int(past):02d}" if past is not None else "30" if match["half"] else "00")
        scan.add(ClaimKind.DATE, f"T{hours:02d}:{minutes}", *match.span())
