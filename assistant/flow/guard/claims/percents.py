"""Discounts and percentages: a discount as what is paid (八五折 and 便宜15% are 85折)."""

import re
from decimal import Decimal

from assistant.flow.guard.claims.numbers import ARABIC, CHINESE, plain, read_number
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_ZHE = re.compile(
    rf"(?P<number>{ARABIC}|[一二三四五六七八九](?:点[一二三四五六七八九]|[一二三四五六七八九])?)\s*折(?![叠痕扣射返中旧断磨])"
)
_PERCENT = re.compile(rf"(?P<number>{ARABIC})\s*(?:%|个百分点)|百分之(?P<said>{CHINESE})|百分百")
_HALF_PRICE = re.compile("半价|对折|五折")
_OFF_BEFORE = re.compile("(?:立减|直减|减|优惠|便宜|省|降|返)[了您掉:：]*$")
_TENTHS = re.compile(
    "(?:便宜|优惠|降|省|减|少付|少花|抵|让利?|返)[了您掉]?(?P<number>[一二三四五六七八九])成(?!分|本|员)"
)


def mark_percents(scan: Scan) -> None:
    """Mark discounts and percentages."""
    for match in _ZHE.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            scan.add(ClaimKind.PERCENT, f"{plain(number * 10 if number < 10 else number)}折", *match.span())
    for match in _HALF_PRICE.finditer(scan.text):
        scan.add(ClaimKind.PERCENT, "50折", *match.span())
    for match in _PERCENT.finditer(scan.text):
        number = Decimal(100) if match.group() == "百分百" else read_number(match["number"] or match["said"])
        if number is None:
            continue
        off = _OFF_BEFORE.search(scan.before(match.start())) or scan.after(match.end()).lstrip().startswith("off")
        scan.add(ClaimKind.PERCENT, f"{plain(100 - number)}折" if off else f"{plain(number)}%", *match.span())
    for match in _TENTHS.finditer(scan.text):
        tenths = read_number(match["number"])
        if tenths is not None:
            scan.add(ClaimKind.PERCENT, f"{plain(100 - tenths * 10)}折", *match.span("number"))
