"""Figures in both writings: what is typed as 三百块, 半个月 or 150ml and may stand as 300元, 15天 or 150毫升."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import cn2an

_HAN = "零〇一二两三四五六七八九十百千万"
_NUMBER = rf"(?:\d+(?:\.\d+)?|[{_HAN}]+)"
_MONEY = r"元|块钱|块(?![妆面])|圆|rmb|人民币"
_TIME = r"个?小时|个?钟头|分钟|秒钟?|工作日|天|日(?!用)|周(?!年庆)|个?星期|个?礼拜|个月|年(?!级|龄|轻|卡)|岁"
_AMOUNT = r"毫升|ml|cc|升|克|g(?![a-z])|公斤|千克|kg|斤|毫克|mg|厘米|cm|毫米|mm|米(?!色|白)|寸"
_COUNT = r"瓶|件|支|盒|片|包(?!邮|装|裹|括)|双|次|倍|折|个(?!月)|袋|套|罐|条|期|层|等|级|%"
_FIGURE = re.compile(
    rf"(?<![\d.a-z{_HAN}半第])(?:(?P<percent>百分之{_NUMBER})|(?P<number>{_NUMBER})(?P<thousands>[kw]|千|万)?\s?"
    rf"(?P<half>个半(?=月|小时)|)(?P<measure>{_MONEY}|{_TIME}|{_AMOUNT}|{_COUNT}|月|以[内下上]|左右|出头))"
    rf"|¥(?P<price>\d+(?:\.\d+)?)|(?<![\d.a-z])(?P<bare>\d+(?:\.\d+)?)(?P<suffix>[kw])(?![a-z0-9])"
    rf"|半(?P<part>个月|年|个?小时|斤|公斤)"
)
# 这两天, 过两天, 前几天 mean a few days
_VAGUE = re.compile(r"[这那过前后头没]$")
_TWO = re.compile(r"([一二两三四五六七八九])([一二两三四五六七八九])([十百千万]?)")
_THOUSANDS = {"k": 1000, "千": 1000, "w": 10_000, "万": 10_000}
_WRITTEN_BELOW = 10_000
_FIRST_CALENDAR_YEAR = 1900
_MEASURES = {
    **dict.fromkeys(("元", "块钱", "块", "圆", "rmb", "人民币"), ("元",)),
    **dict.fromkeys(("天", "日"), ("天", "日")),
    **dict.fromkeys(("小时", "个小时", "钟头", "个钟头"), ("小时",)),
    **dict.fromkeys(("秒", "秒钟"), ("秒",)),
    **dict.fromkeys(("毫升", "ml", "cc"), ("ml", "毫升")),
    **dict.fromkeys(("升",), ("l", "升")),
    **dict.fromkeys(("克", "g"), ("g", "克")),
    **dict.fromkeys(("公斤", "千克", "kg"), ("kg", "公斤", "千克")),
    **dict.fromkeys(("毫克", "mg"), ("mg", "毫克")),
    **dict.fromkeys(("厘米", "cm"), ("cm", "厘米")),
    **dict.fromkeys(("毫米", "mm"), ("mm", "毫米")),
}
_WEEKS = ("周", "星期", "个星期", "礼拜", "个礼拜")
_HALVES: dict[str, tuple[str, ...]] = {
    "个月": ("15天", "15日", "十五天", "十五日"),
    "年": ("6个月", "六个月"),
    "小时": ("30分钟", "三十分钟"),
    "个小时": ("30分钟", "三十分钟"),
    "斤": ("250g", "250克"),
    "公斤": ("500g", "500克"),
}
# one of a thing is said in passing (一下, 一个, 一瓶) and tells nothing
_ONE_TELLS = re.compile(rf"(?:{_MONEY}|{_TIME}|{_AMOUNT}|%|倍|折)$")


def other_writings(text: str) -> tuple[str, ...]:
    """Return the figures of a folded text in their other writings, each once; never the writing that stands there."""
    found = dict.fromkeys(word for match in _FIGURE.finditer(text) for word in _written(text, match))
    return tuple(word for word in found if word not in text)


def _written(text: str, match: re.Match[str]) -> Iterator[str]:
    said = match.groupdict()
    if said["part"]:
        yield from _HALVES[said["part"]]
    elif said["percent"]:
        yield from (f"{value}%" for value in _values(said["percent"][3:]))
    elif said["price"]:
        yield f"{said['price']}元"
    elif said["bare"]:
        yield str(_plain(Decimal(said["bare"]) * _THOUSANDS[said["suffix"]]))
    elif not (_VAGUE.search(text[: match.start()]) and said["number"] in ("两", "几")):
        yield from _measured(said)


def _measured(said: dict[str, str | None]) -> Iterator[str]:
    number, measure = said["number"] or "", said["measure"] or ""
    times = _THOUSANDS[said["thousands"]] if said["thousands"] else 1
    if measure == "折":
        yield from _discounts(number)
        return
    for value in _values(number):
        total = _plain(value * times)
        if said["half"]:
            total = _plain(total + Decimal("0.5"))
        if total == 1 and not _ONE_TELLS.match(measure):
            continue
        yield from _with_measure(total, measure)


def _with_measure(value: Decimal, measure: str) -> Iterator[str]:
    if measure == "年" and value >= _FIRST_CALENDAR_YEAR:
        # 2027年 is a date, and nobody spells it out
        return
    if measure in _WEEKS:
        yield from _both(value * 7, "天")
        yield from _both(value * 7, "日")
    elif measure in ("个月", "月") and value <= 3:
        yield from _both(value, "个月" if measure == "个月" else measure)
        if measure == "个月" or value % 1:
            yield from _both(_plain(value * 30), "天")
            yield from _both(_plain(value * 30), "日")
    elif measure == "年":
        yield from _both(value, "年")
        if value <= 3:
            yield from _both(_plain(value * 12), "个月")
    elif measure in ("以内", "以下", "以上", "左右", "出头"):
        yield str(value)
    else:
        for other in _MEASURES.get(measure, (measure,)):
            yield from _both(value, other)


def _both(value: Decimal, measure: str) -> Iterator[str]:
    yield f"{value}{measure}"
    # Latin units are never written behind Chinese numerals, and beyond this nobody spells a number out
    if value % 1 == 0 and 0 < value < _WRITTEN_BELOW and not measure.isascii():
        spelled = cn2an.an2cn(int(value))
        yield f"{spelled.removeprefix('一') if 10 <= value < 20 else spelled}{measure}"


def _discounts(number: str) -> Iterator[str]:
    """八五折, 85折 and 8.5折 are one; 八折 is 8折."""
    digits = number if number[0].isdigit() else "".join(str(value) for value in map(_digit, number))
    plain = digits.replace(".", "")
    if len(plain) > 2 or plain.startswith("0"):
        return
    yield from (f"{'.'.join(plain)}折", f"{plain}折", f"{''.join(cn2an.an2cn(int(one)) for one in plain)}折")


def _digit(character: str) -> int:
    return int(cn2an.cn2an(character, "smart")) if character in "零一二两三四五六七八九" else 0


def _values(number: str) -> Iterator[Decimal]:
    """The value of a number, two for 七八(天) and 三四百(块); nothing for characters that are no number."""
    if number[0].isdigit():
        yield _plain(Decimal(number))
        return
    two = _TWO.fullmatch(number)
    readings = [two[1] + two[3], two[2] + two[3]] if two else [number]
    for reading in readings:
        value = _read(reading, cn2an.cn2an)
        if value:
            yield value


def _read(number: str, convert: Callable[[str, str], float]) -> Decimal | None:
    try:
        return _plain(Decimal(str(convert(number.replace("〇", "零"), "smart"))))
    except ValueError:
        # 万百 and the like: numerals in an order that is no number
        return None


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros, never as an exponent: 500.0 → 500."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
