"""Numbers as people write them: 1,299.00, 1.2万, 两百六十八, 百二, 半.

Chinese numerals are read by cn2an. Gaps filled here, because it raises on them: 九块九 and 九块九毛 (a digit after 块 is 角),
百二 / 万二 (a leading 一 is missing), 三点五万 (point and unit together), 半, 两百多 (an approximation: kept as ``~``, never
equal to an exact figure), and 八五折 (two digits in a row are read one by one, which cn2an does do).
"""

import re
from decimal import Decimal
from functools import lru_cache

import cn2an

ARABIC = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""1,299 and 12.50, as a pattern."""
CHINESE = "[零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟廿卅]+(?:点[零一二三四五六七八九]+[万千]?)?"
"""两百六十八 and 三点五万, as a pattern."""
NUMBER = rf"(?:{ARABIC}(?:[万千](?:\d(?!\d))?|百)?|{CHINESE})"
"""Either of them, as a pattern: 1.2万 and 3百 too."""
UNIT_FACTOR = {"万": Decimal(10000), "千": Decimal(1000), "百": Decimal(100)}
"""What 万, 千 and 百 behind a figure multiply it by."""


@lru_cache(maxsize=4096)
def read_number(text: str) -> Decimal | None:
    """Read 1,299.00, 1.2万, 2千3, 两百六十八, 百二, 三点五万, 半; None where it is no number."""
    arabic = re.fullmatch(rf"({ARABIC})([万千百])?(\d)?", text)
    if arabic:
        figure = Decimal(arabic[1].replace(",", ""))
        factor = UNIT_FACTOR.get(arabic[2] or "", Decimal(1))
        tail = Decimal(arabic[3]) * factor / 10 if arabic[3] else Decimal(0)
        return figure * factor + tail
    if text == "半":
        return Decimal("0.5")
    if text[-1:] in UNIT_FACTOR and "点" in text:
        whole = read_number(text[:-1])
        return None if whole is None else whole * UNIT_FACTOR[text[-1]]
    if text[:1] in ("百", "千", "万") and len(text) > 1:
        text = "一" + text
    try:
        return Decimal(str(cn2an.cn2an(text.replace("〇", "零"), "smart")))
    except (ValueError, KeyError):
        # of 二二十四 (周二二十四号) cn2an raises KeyError
        return None


def plain(number: Decimal) -> str:
    """Write a number without exponent or trailing zeros."""
    return format(number.normalize(), "f") if number else "0"


def fen(number: Decimal) -> str:
    """Write a sum of 元 in 分."""
    return plain(number * 100)
