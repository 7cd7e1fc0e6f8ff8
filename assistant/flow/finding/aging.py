"""How old somebody is and for what age a product is made: both in months, both only as they were written."""

import re
from dataclasses import dataclass

import cn2an

from assistant.flow.words.writing import fold
from assistant.shop import Product

AGE_COLUMN = re.compile(r"月龄|年龄|适用岁|段位")
_NUMBER = r"(?:\d{1,3}(?:\.\d)?|[一二两三四五六七八九十半]{1,3})"
_SAID = re.compile(
    rf"(?<![\d.第])(?P<number>{_NUMBER})\s?(?:个|周)?(?P<unit>月|岁)(?P<half>半)?"
    r"(?!份|底|初|末|中旬|上旬|下旬|日|\d+[日号]|内|后|前|起|以上|以下|以内|多?才|销|饼|供|费|卡)"
)
_RANGE = re.compile(r"(?P<low>\d{1,3})\s?(?P<first>个?月|岁)?\s?[-–—~～至到]\s?(?P<high>\d{1,3})\s?(?P<unit>个?月|岁)")
_NEWBORN = re.compile(r"(?:新生儿?|出生)\s?[-–—~～至到]\s?(?P<high>\d{1,3})\s?(?P<unit>个?月|岁)")
_FROM = re.compile(r"(?P<low>\d{1,3})\s?(?P<unit>个?月|岁)\s?(?:以上|起|\+)|满(?P<full>\d{1,3})\s?(?P<fulls>个?月|岁)")
_UNDER = re.compile(r"(?P<high>\d{1,3})\s?(?P<unit>个?月|岁)\s?(?:以内|以下|以前|前|内)")
_LONG_AGO = re.compile(r"买|用|穿|戴|开|放|过|保修|保质|等|超|退|换|内|怀孕|孕|产后|没来|没买|有效")
"""Behind or before these a number of months is no age: 买了三个月, 怀孕三个月."""
NO_END = 10_000


@dataclass(frozen=True)
class Ages:
    """From which month to which a product is for, and the words of the record it rests on."""

    low: int
    high: int
    words: str


def age_said(question: str) -> int | None:
    """Return the age in months of whom a question is about; nothing where no child's age is said."""
    folded = fold(question)
    for match in _SAID.finditer(folded):
        months = match["unit"] == "月"
        around = folded[max(0, match.start() - 4) : match.start()] + folded[match.end() : match.end() + 2]
        if months and (_LONG_AGO.search(around) or ("个" not in match.group() and match["number"].isdigit())):
            continue
        value = _value(match["number"])
        if value is None:
            continue
        half = 0.5 if match["half"] else 0
        return round(value + half) if months else round((value + half) * 12)
    return None


def ages_of(product: Product) -> Ages | None:
    """Return for which ages a product is made, by the columns of its record; nothing where they tell none."""
    columns = [value for label, value in product.attributes.items() if AGE_COLUMN.search(label) and value]
    for words in (*columns, *product.suitable_for):
        found = _range(words)
        if found is not None:
            return found
    for words in product.not_for:
        under = _UNDER.search(fold(words))
        if under:
            return Ages(_months(under["high"], under["unit"]), NO_END, words)
    return None


def _range(words: str) -> Ages | None:
    text = fold(words)
    both = _RANGE.search(text)
    if both:
        low = _months(both["low"], both["first"] or both["unit"])
        return Ages(low, _months(both["high"], both["unit"]), words)
    newborn = _NEWBORN.search(text)
    if newborn:
        return Ages(0, _months(newborn["high"], newborn["unit"]), words)
    start = _FROM.search(text)
    if start:
        low = _months(start["low"] or start["full"], start["unit"] or start["fulls"])
        return Ages(low, NO_END, words)
    return None


def _months(number: str, unit: str) -> int:
    return int(number) * (12 if unit == "岁" else 1)


def _value(said: str) -> float | None:
    if said.startswith("半"):
        return 0.5
    try:
        return float(said) if said[0].isdigit() else float(cn2an.cn2an(said.replace("半", ""), "smart"))
    except ValueError:
        return None
