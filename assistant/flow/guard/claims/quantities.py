"""Quantities and specifications: 50ml, SPF50+, 3支, points, pieces in stock."""

import re

from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.numbers import ARABIC, NUMBER, plain, read_number
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_SHADE = re.compile(r"spf\s?\d+\s?\+*|(?<![a-z])pa\s?\++")
_SPEC_UNIT = "ml|毫升|mg|毫克|kg|千克|公斤|mm|毫米|cm|厘米|g|克|l(?![a-z])|m(?![a-z])|升(?!级)"
_PIECE_UNIT = "台|片|粒|颗|贴|支|盒|瓶|罐|管|袋|包(?!邮|装|退|您)|套|件|只(?!要|需|有|能)|枚|张|双|积分|泵|滴|倍|度|℃|次|层|遍|万人|人|个|款|位|步|种|句|步骤|名|家|项|层|分(?!钟|钱|之)"
_QUANTITY = re.compile(
    rf"(?P<sign>[x×*]\s?)?(?P<low>{NUMBER})(?:\s?[-–~～至到—]+\s?(?P<high>{NUMBER}))?(?P<about>多|几|来)?\s?(?P<unit>{_SPEC_UNIT}|{_PIECE_UNIT})"
)
_SIDES = re.compile(
    rf"(?P<one>{ARABIC})\s?[x×*]\s?(?P<two>{ARABIC})(?:\s?[x×*]\s?(?P<three>{ARABIC}))?\s?(?P<unit>cm|mm|m(?![a-z])|厘米|毫米|米)"
)
"""50×40×33cm: each side has the unit behind the last."""
_TIMES = re.compile(r"[x×]\s?(?P<number>\d{1,3})(?![\d.]|\s?(?:ml|g|片|支|元))")
_POINTS = re.compile(
    rf"积分(?:余额|还有|一共|共|有|是|为|[:：])*\s?(?P<number>{ARABIC})(?!\s?(?:积分|元|块|倍|天|个|次|月))"
)
_CANONICAL = {
    "毫升": "ml",
    "毫克": "mg",
    "千克": "kg",
    "公斤": "kg",
    "毫米": "mm",
    "厘米": "cm",
    "米": "m",
    "克": "g",
    "升": "l",
}
# Units of conversation: 两款给您, 三位, 两步就好. Only a count that is more than a gesture asserts something.
_TALK_UNIT = frozenset("款位步种句名家项个人遍分") | {"步骤"}
_STOCK_BEFORE = re.compile("(?:库存|现货|还有|还剩|仅剩|只剩|剩|有货|店里有|留了)[只还仅有约:：是为]*$")
_STOCK_AFTER = re.compile("^(?:现货|库存|有货|在店)")
_GIVEN_BEFORE = re.compile("(?:送|赠|限购|限领|限用|最多|每人)[您你一]?(?:可用|能用|可领)?$")
_ORDINAL = re.compile("第$")
_LATIN_BEFORE = re.compile(r"[a-z][\-.]?$")


def mark_shades(scan: Scan) -> None:
    """Mark grades of sun protection."""
    for match in _SHADE.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, match.group().replace(" ", "").upper(), *match.span())


def mark_quantities(scan: Scan) -> None:
    """Mark counts, sizes and points."""
    for match in _POINTS.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, f"{match['number'].replace(',', '')}积分", *match.span("number"))
    for match in _SIDES.finditer(scan.text):
        unit = _CANONICAL.get(match["unit"], match["unit"])
        for side in ("one", "two", "three"):
            number = read_number(match[side]) if match[side] else None
            if number is not None:
                scan.add(ClaimKind.QUANTITY, f"{plain(number)}{unit}", *match.span(side))
    for match in _QUANTITY.finditer(scan.text):
        if _is_count(match, scan):
            scan.add(ClaimKind.QUANTITY, _quantity_value(match), *match.span(), role=_quantity_role(scan, match))
    for match in _TIMES.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, f"{match['number']}件", *match.span())
    for match in re.finditer("双倍|翻倍", scan.text):
        scan.add(ClaimKind.QUANTITY, "2倍", *match.span())


def _is_count(match: re.Match[str], scan: Scan) -> bool:
    """Leave out 一款, 两款给您, 第一次, 一起, B5, 十分: gestures, ordinals and names."""
    before = scan.before(match.start())
    if _ORDINAL.search(before) or _LATIN_BEFORE.search(before):
        return False
    number = read_number(match["low"])
    unit = match["unit"]
    arabic = match["low"][0].isdigit()
    if number is None:
        return False
    if unit in _CANONICAL or unit in _CANONICAL.values():
        return arabic or unit not in ("l", "g")
    if unit in ("度", "分") and not arabic:
        return False
    if unit == "台":
        return number > 1
    weighty = match["high"] or _quantity_role(scan, match) is Role.STOCK or _GIVEN_BEFORE.search(before)
    if unit in _TALK_UNIT:
        return number >= 10 or (unit == "个" and bool(weighty) and number > 1)
    return number > 1 or bool(weighty and not match["high"]) or (number == 1 and bool(match["high"]))


def _quantity_value(match: re.Match[str]) -> str:
    low = read_number(match["low"])
    high = read_number(match["high"]) if match["high"] else None
    figures = "-".join(plain(number) for number in (low, high) if number is not None)
    unit = _CANONICAL.get(match["unit"], match["unit"])
    return f"{'~' if match['about'] else ''}{figures}{unit}"


def _quantity_role(scan: Scan, match: re.Match[str]) -> Role:
    stocked = _STOCK_BEFORE.search(scan.before(match.start())) or _STOCK_AFTER.match(scan.after(match.end()))
    return Role.STOCK if stocked and match["unit"] in "支盒瓶罐管袋包套件只枚个片双台" else Role.PLAIN


_BARE = re.compile(rf"(?<![\d.a-z\-_/:+#]){ARABIC}(?![\d:]|\.\d|[a-z\-_/]|号店|号楼|号线|号口|楼|层|号柜|世纪|代|后)")


def mark_bare(scan: Scan) -> None:
    """A figure of two digits or more that nothing else explained still asserts something."""
    for match in _BARE.finditer(scan.text):
        number = read_number(match.group())
        if number is not None and (number >= 10 or number % 1) and not _ORDINAL.search(scan.before(match.start())):
            scan.add(ClaimKind.QUANTITY, plain(number), *match.span())
