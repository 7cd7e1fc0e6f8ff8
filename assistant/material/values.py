"""Text as a shop writes it → values: 分, days, discounts, yes and no, phone numbers, lists."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from assistant.barcode import LENGTHS, comparable, is_barcode
from assistant.clock import SHOP_TIME
from assistant.errors import DaogouError

YUAN = 100
_UNITS = {
    "分": 1,
    "角": 10,
    "元": 100,
    "圆": 100,
    "块": 100,
    "元整": 100,
    "rmb": 100,
    "cny": 100,
    "人民币": 100,
    "百元": 10_000,
    "千元": 100_000,
    "万元": 1_000_000,
    "万": 1_000_000,
}
"""How many 分 one of each unit of money is."""
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_CURRENCY = re.compile(r"^(?:rmb|cny|人民币|¥)+", re.IGNORECASE)
# 1.2万 in a cell may be anything; 万元 is an amount
_OWN_UNIT = re.compile(rf"(?:{_UNIT})(?<!万)$", re.IGNORECASE)
_HEADER_UNIT = re.compile(rf"[(\[/](?:单位[:：]?)?(?P<unit>{_UNIT})[)\]]?$", re.IGNORECASE)
_AMOUNT = re.compile(r"^(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d+))?$")
_DAY = re.compile(
    r"^(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[\sT]*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?$"
)
_COMPACT_DAY = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SERIAL = re.compile(r"^(\d{5})(?:\.(\d+))?$")
_EXCEL_EPOCH = date(1899, 12, 30)
_FOLD = re.compile(r"^(\d+)(?:\.(\d))?折$")
_CHINESE_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_YES = frozenset(
    ["是", "y", "yes", "true", "1", "√", "✓", "有", "对", "同意", "已同意", "在职", "在岗", "可", "可用", "可以"]
)
_NO = frozenset(
    [
        "否",
        "n",
        "no",
        "false",
        "0",
        "×",
        "✗",
        "x",
        "无",
        "不",
        "没有",
        "不同意",
        "未同意",
        "离职",
        "已离职",
        "离岗",
        "不可",
        "不可用",
        "不可以",
    ]
)
_SEPARATORS = re.compile(r"[、,，;；/|\n]+")
_SCIENTIFIC = re.compile(r"^\d+(?:\.\d+)?e\+?\d+$", re.IGNORECASE)
_PHONE = re.compile(r"^1[3-9]\d{9}$")
LOWEST_PERCENT = 30
"""A coupon below 三折 is far likelier a slip of the pen (12折) than meant."""
LARGEST_COUNT = 1_000_000_000
"""More pieces or points than that are a number from another column."""


class BadValue(DaogouError):
    """A cell that cannot be read: why, and what to write instead, in Chinese."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def fen(text: str, unit: int = YUAN) -> int:
    """Return an amount of money in 分: ``￥1,299.00``, ``1299元``, ``1 299``. Raises BadValue, also below zero.

    ``unit`` is how many 分 the column counts by; a unit in the cell itself wins.
    """
    amount = _CURRENCY.sub("", "".join(_plain(text).split()))
    own = _OWN_UNIT.search(amount)
    found = _AMOUNT.match(_OWN_UNIT.sub("", amount))
    if found is None:
        raise BadValue(f"“{_shown(text)}”不是金额", "请只写数字，单位元，例如 1299 或 1299.00")
    by = _UNITS[own.group().lower()] if own else unit
    exact = Decimal(f"{found['whole'].replace(',', '')}.{found['part'] or '0'}") * by
    if exact != exact.to_integral_value():
        raise BadValue(f"“{_shown(text)}”比分还细", "请精确到分，最多两位小数")
    if found["sign"] == "-":
        raise BadValue(f"金额“{_shown(text)}”是负数", "请写不小于 0 的金额；退款请另记，不要写成负的订单")
    return int(exact)


def unit_of(header: str) -> int:
    """Return how many 分 a money column counts by: ``售价（分）`` 1, ``售价(万元)`` 1000000, without a unit 元."""
    found = _HEADER_UNIT.search("".join(_plain(header).split()))
    return _UNITS[found["unit"].lower()] if found else YUAN


def day(text: str) -> date:
    """Return a calendar day; see ``moment`` for the styles. Raises BadValue."""
    return _local(text).date()


def moment(text: str) -> datetime:
    """Return an aware UTC moment from Shanghai time; a bare day means its midnight.

    Styles: ``2026-11-01``, ``2026/11/1``, ``2026.11.1``, ``2026年11月1日``, ``20261101``, an Excel serial number, each of the
    separated ones also with a time of day. Raises BadValue.
    """
    return _local(text).astimezone(UTC)


def window_end(text: str) -> datetime:
    """Return the exclusive end of a window whose last day the file names: the next midnight in Shanghai.

    An end with a time of day ends then, but 23:59 means the whole day. Raises BadValue.
    """
    local = _local(text)
    if local.time() == time() or (local.hour, local.minute) == (23, 59):
        local = datetime.combine(local.date() + timedelta(days=1), time(), SHOP_TIME)
    return local.astimezone(UTC)


def pay_percent(text: str) -> int:
    """Return what the customer pays in percent: ``8.5折``, ``85折``, ``八五折``, ``85%``, ``0.85`` → 85. Raises BadValue."""
    compact = "".join(_plain(text).split()).translate(_CHINESE_DIGITS).removeprefix("打")
    percent = _percent(compact)
    if percent is None or not LOWEST_PERCENT <= percent < 100:
        raise BadValue(f"“{_shown(text)}”不是合理的折扣", "请写成 8.5折 这样，3折到9.9折之间，最多一位小数")
    return percent


def yes_or_no(text: str) -> bool:
    """Return 是 or 否 in its usual spellings. Raises BadValue."""
    word = _plain(text).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(f"“{_shown(text)}”看不出是还是否", "请写 是 或 否")


def phone(text: str) -> str:
    """Return a mainland mobile number as 11 digits. Raises BadValue (its reason never repeats the number)."""
    digits = re.sub(r"[\s\-()]", "", _plain(text)).removeprefix("+86")
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    if _PHONE.match(digits) is None:
        raise BadValue("手机号不是 11 位手机号码", "请核对手机号；没有就留空")
    return digits


def count(text: str) -> int:
    """Return a whole number that is not negative; ``3.0`` and ``3件`` are 3. Raises BadValue."""
    compact = re.sub(r"[件个支瓶张次分台盒天]$", "", "".join(_plain(text).split())).replace(",", "")
    found = re.match(r"^(-?\d+)(?:\.0+)?$", compact)
    if found is None:
        raise BadValue(f"“{_shown(text)}”不是整数", "请写整数，例如 3")
    if found[1].startswith("-"):
        raise BadValue(f"数量“{_shown(text)}”是负数", "请写不小于 0 的整数")
    if int(found[1]) > LARGEST_COUNT:
        raise BadValue(f"数量“{_shown(text)}”大得不合常理", "请核对是不是填错了列")
    return int(found[1])


def barcode(text: str) -> str:
    """Return one barcode as digits, in the one spelling that ``assistant.barcode`` compares. Raises BadValue."""
    as_text = "请把这一列设成“文本”格式，再照包装填写完整的条码"
    compact = re.sub(r"[\s\-]|(?<=\d)\.0+$", "", _plain(text))
    if _SCIENTIFIC.match(compact):
        raise BadValue(f"“{_shown(text)}”是科学计数法，后面几位已经丢了", as_text)
    if re.fullmatch(r"\d+", compact) is None:
        raise BadValue(f"“{_shown(text)}”不是条码", "请只写数字，几个条码之间用顿号分开")
    if len(compact) not in LENGTHS:
        raise BadValue(
            f"条码“{_shown(text)}”有 {len(compact)} 位，应为 8、12、13 或 14 位", f"{as_text}，开头的 0 也要写"
        )
    if not is_barcode(compact):
        raise BadValue(f"条码“{_shown(text)}”的校验位不对", "请照包装核对每一位，最好用扫码枪扫一次")
    return comparable(compact)


def several(text: str) -> tuple[str, ...]:
    """Return the words of a cell split on 、 , ， ; ； / | and line breaks, without repeats."""
    return tuple(dict.fromkeys(word for part in _SEPARATORS.split(text) if (word := part.strip())))


def phrases(text: str) -> tuple[str, ...]:
    """Return the sentences of a cell split on 、 ; ； | and line breaks; a comma belongs to its sentence."""
    return tuple(dict.fromkeys(phrase for part in re.split(r"[、;；|\n]+", text) if (phrase := part.strip())))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("￥", "¥")


def _shown(text: str) -> str:
    return " ".join(text.split())[:30]


def _local(text: str) -> datetime:
    stripped = _plain(text).strip()
    if serial := _SERIAL.match(stripped):
        seconds = round(float(f"0.{serial[2] or 0}") * 86400)
        midnight = datetime.combine(_EXCEL_EPOCH + timedelta(days=int(serial[1])), time(), SHOP_TIME)
        return midnight + timedelta(seconds=seconds)
    found = _COMPACT_DAY.match(stripped)
    if found is not None:
        return _checked(text, int(found[1]), int(found[2]), int(found[3]))
    found = _DAY.match(stripped)
    if found is None:
        raise BadValue(f"“{_shown(text)}”不是日期", "请写成 2026-11-01 这样的日期")
    clock = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    return _checked(text, int(found["year"]), int(found["month"]), int(found["day"]), *clock)


def _checked(text: str, *parts: int) -> datetime:
    try:
        return datetime(*parts, tzinfo=SHOP_TIME)  # type: ignore[arg-type, misc]
    except ValueError:
        raise BadValue(f"日期“{_shown(text)}”不存在", "请核对年月日后改正") from None


def _percent(compact: str) -> int | None:
    if found := _FOLD.match(compact):
        whole, tenth = found[1], found[2] or ""
        return int(whole + (tenth or "0")) if len(whole) == 1 else (int(whole) if not tenth else None)
    if found := re.match(r"^(\d{1,2})(?:\.0+)?%$", compact):
        return int(found[1])
    if found := re.match(r"^0\.(\d{1,2})$", compact):
        return int(found[1].ljust(2, "0"))
    if found := re.match(r"^(\d)(?:\.(\d))?$", compact):
        return int(found[1] + (found[2] or "0"))
    return int(compact) if re.match(r"^\d{2}$", compact) else None


_WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
_NAMED_DAYS = {"工作日": (1, 2, 3, 4, 5), "周末": (6, 7), "每天": (1, 2, 3, 4, 5, 6, 7)}
_WEEKDAY = re.compile(r"^(?:周|星期|礼拜)?([一二三四五六日天1-7])$")
_SPAN = re.compile(r"\s*(?:至|到|~|～|—|–|-{1,2})\s*")
_CLOCK = re.compile(r"^(\d{1,2})(?:[:：点时](\d{2})?分?)?$")


def weekdays(text: str) -> tuple[int, ...]:
    """Return days of the week, Monday 1: ``周一、周三``, ``周一至周五``, ``工作日``, ``周末``. Raises BadValue."""
    found: set[int] = set()
    for word in several(text):
        if word in _NAMED_DAYS:
            found.update(_NAMED_DAYS[word])
            continue
        days = [_weekday(part, text) for part in _SPAN.split(word)]
        if len(days) > 2:
            raise BadValue(f"“{_shown(text)}”看不出是星期几", "请写成 周二、周四，或 周一至周五")
        last = days[-1] if days[-1] >= days[0] else days[-1] + 7
        found.update((day - 1) % 7 + 1 for day in range(days[0], last + 1))
    return tuple(sorted(found))


def _weekday(word: str, text: str) -> int:
    match = _WEEKDAY.match(_plain(word).strip())
    if match is None:
        raise BadValue(f"“{_shown(text)}”看不出是星期几", "请写成 周二、周四，或 周一至周五")
    return _WEEKDAYS[match[1]] if match[1] in _WEEKDAYS else int(match[1])


def day_parts(text: str) -> tuple[tuple[int, int], ...]:
    """Return parts of a day in minutes since midnight: ``10:00-12:00、18点至22点``. Raises BadValue."""
    remedy = "请写成 10:00-22:00，几个时段用顿号隔开"
    found = []
    for word in several(text):
        ends = [_CLOCK.match(part) for part in _SPAN.split(_plain(word).strip())]
        if len(ends) != 2 or any(one is None for one in ends):
            raise BadValue(f"“{_shown(text)}”看不出是几点到几点", remedy)
        first, last = (int(one[1]) * 60 + int(one[2] or 0) for one in ends if one is not None)
        if not first < last <= 24 * 60:
            raise BadValue(f"“{_shown(text)}”的结束时间不晚于开始时间", remedy)
        found.append((first, last))
    return tuple(found)


def day_spans(text: str) -> tuple[tuple[date, date], ...]:
    """Return spans of days, both ends included: ``2026-12-24至2026-12-26、2027-01-01``. Raises BadValue."""
    found = []
    for word in several(text):
        # a day itself is written with -, so only the other signs stand between two
        ends = [day(part) for part in re.split(r"\s*(?:至|到|~|～|—|–|--)\s*", word)]
        if len(ends) > 2 or ends[-1] < ends[0]:
            raise BadValue(f"“{_shown(text)}”看不出是哪几天", "请写成 2026-12-24至2026-12-26，几段用顿号隔开")
        found.append((ends[0], ends[-1]))
    return tuple(found)


def days_around(text: str) -> tuple[int, int]:
    """Return days before and after: ``前3后7``, ``7`` for seven on both sides. Raises BadValue."""
    plain_text = "".join(_plain(text).split())
    if plain_text.removesuffix("天").isdigit():
        both = int(plain_text.removesuffix("天"))
        return both, both
    match = re.fullmatch(r"前(\d{1,3})天?[、,]?后(\d{1,3})天?", plain_text)
    if match is None:
        raise BadValue(f"“{_shown(text)}”看不出是前后几天", "请写成 前3后7，或 7")
    return int(match[1]), int(match[2])
