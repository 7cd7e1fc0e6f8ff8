"""Sums of money, in 分, and what each is for as far as the words beside it tell."""

import re
from decimal import Decimal

from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.numbers import ARABIC, NUMBER, UNIT_FACTOR, fen, plain, read_number
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_SIGNED = re.compile(rf"[¥$]\s?(?P<number>{ARABIC})(?P<unit>[万千kw])?\s*元?")
_YUAN = re.compile(
    rf"(?P<number>{NUMBER})(?P<about>多|几|来|出头)?(?P<unit>[万千])?\s?(?P<word>元|块钱|块|圆|rmb|人民币)(?![素宝旦气宵首老件年夜复])"
    # 599元一双: the 一 counts pairs, no 角; nor does the 6 of 42元6枚, and 一口价 is no 一角
    r"(?:(?P<hundredths>\d\d)(?![\d.元块张片支盒瓶件条个分天年月日号]|\s?[a-z])"
    r"|(?P<tail>[\d二三四五六七八九半]|一(?![双对个份件条把罐包套只枚袋本串箱桶副顶根台颗粒杯碗斤克米次位人年月天片支盒瓶张块罩床口]))(?![\d.元块张片支盒瓶只枚双个件条包袋罐套])(?:[毛角](?P<cents>[\d一二三四五六七八九](?![\d.元块张片支盒瓶件条个天年月]))?)?)?钱?"
)
_RANGE_HEAD = re.compile(rf"(?P<number>{NUMBER})\s?[-~～至到—]+\s?$")
_ABOUT = re.compile(
    "(?:不到|大概|差不多|也就)(?P<less>[一二两三四五六七八九]百(?:[一二三四五六七八九]十?)?)(?![多来]?[元块次种个人件天])"
    "|(?P<more>[一二两三四五六七八九]百(?:[一二三四五六七八九]十?)?)(?:不到|出头|上下|左右)"
)
"""两百不到: a price told without its unit, and never exact."""
_MAO = re.compile(rf"(?P<number>{NUMBER})(?:毛|角|分)钱")
_COIN = re.compile("^(?:硬币|大小)|^钱?硬币")
_A_PIECE = re.compile("^[一两1-2]块$")
_MONEY_CUE = re.compile(
    rf"(?P<cue>满|每满|立减|直减|再减|减|立省|省下?|到手价?|只要|只需|仅需|券后价?|折后价?|原价|现价|售价|抵|低至|便宜|还差|才|卖|价格[是为]?|付|预算|活动价|会员价|面额|价值)[:：]?\s?"
    rf"(?P<number>{ARABIC}(?:[万千]|(?=\D|$))|[两三四五六七八九一二]?[百千][零一二三四五六七八九十百]*|[二三四五六七八九]十[一二三四五六七八九]?)"
    r"(?![\d.元块%折个件支盒瓶张片天月日号年小分秒种款次步ml克gk倍度积多周点人])"
)
_MAY = "(?:就|可以?|能|直接|给您|您)*"
TAKEN_FOR = f"{_MAY}(?:拿走|带走|拿下|抱走|带回家|成交|包圆)"
"""Words behind a sum that make it a price (29.9拿走), as a pattern."""
_TAKEN_AT = re.compile(rf"(?<![\d.:])(?P<number>{ARABIC})(?={TAKEN_FOR}|{_MAY}到手)")
_REDUCED = re.compile(rf"(?P<first>{ARABIC})\s?(?:元|块)?(?:-|立?减)(?P<second>{ARABIC})(?![\d.%折ml天月])")


def mark_money(scan: Scan) -> None:
    """Mark sums that are told with their unit, and such as 满300减50."""
    for match in _REDUCED.finditer(scan.text):
        if match.group().count("-") and not re.search(
            "满|每|券", scan.before(match.start(), 6) + scan.after(match.end(), 4)
        ):
            continue
        _money_at(scan, match["first"], *match.span("first"), role=Role.THRESHOLD)
        _money_at(scan, match["second"], *match.span("second"), role=Role.SAVING)
    for match in _SIGNED.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            number *= {"万": 10000, "w": 10000, "千": 1000, "k": 1000}.get(match["unit"] or "", 1)
            scan.add(ClaimKind.MONEY, fen(number), *match.span(), role=_money_role(scan, *match.span()))
    for match in _YUAN.finditer(scan.text):
        if _is_money(match, scan.after(match.end())):
            _add_yuan(scan, match)
    for match in _ABOUT.finditer(scan.text):
        number = read_number(match["less"] or match["more"])
        if number is not None:
            scan.add(ClaimKind.MONEY, f"~{fen(number)}", *match.span())
    for match in _MAO.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            scan.add(ClaimKind.MONEY, plain(number if "分钱" in match.group() else number * 10), *match.span())


def _money_at(scan: Scan, words: str, start: int, end: int, *, role: Role) -> None:
    number = read_number(words)
    if number is not None:
        scan.add(ClaimKind.MONEY, fen(number), start, end, role=role)


def _is_money(match: re.Match[str], after: str) -> bool:
    """一元硬币大小 is a size, 两块香皂 and 这一块 are pieces."""
    if _COIN.match(after):
        return False
    return not _A_PIECE.match(match.group())


def _add_yuan(scan: Scan, match: re.Match[str]) -> None:
    number = read_number(match["number"])
    if number is None:
        # Fail closed: an unreadable figure stays a claim, backed only by the very same words.
        scan.add(ClaimKind.MONEY, match.group(), *match.span())
        return
    number *= UNIT_FACTOR.get(match["unit"] or "", Decimal(1))
    if match["tail"]:
        tail = Decimal(5) if match["tail"] == "半" else read_number(match["tail"])
        number += (tail or Decimal(0)) / 10
    if match["cents"]:
        number += (read_number(match["cents"]) or Decimal(0)) / 100
    if match["hundredths"]:
        number += Decimal(match["hundredths"]) / 100
    head = _RANGE_HEAD.search(scan.before(match.start(), 12))
    if head:
        start = match.start() - len(scan.before(match.start(), 12)) + head.start()
        _money_at(scan, head["number"], start, start + len(head["number"]), role=Role.PLAIN)
    about = "~" if match["about"] else ""
    scan.add(ClaimKind.MONEY, about + fen(number), *match.span(), role=_money_role(scan, *match.span()))


def mark_cued_money(scan: Scan) -> None:
    """Mark figures without a unit that the word before or behind makes a sum (到手268, 268拿走)."""
    for match in (*_MONEY_CUE.finditer(scan.text), *_TAKEN_AT.finditer(scan.text)):
        start, end = match.span("number")
        if scan.free(start, end):
            _money_at(scan, match["number"], start, end, role=_money_role(scan, start, end))


_ROLE_BEFORE: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?:{words})(?:了|您|你|是|为|约|大概|[:：(（]|元[)）])*\s*[¥$]?$"))
    for role, words in (
        (Role.THRESHOLD, "满|每满|够|达到?|超过|门槛|使用门槛|满额|凑到|凑满|消费"),
        (Role.GAP, "还差|差|再买|再凑|再加|再添"),
        (
            Role.SAVING,
            "立减|直减|再减|减|立省|省下|节省|省|便宜|优惠|抵扣|抵用|抵|减免|面额|少付|少花|返|最多减|最高减|最高优惠|封顶",
        ),
        (Role.LIST, "原价|建议零售价|零售价|吊牌价|专柜价|划线价|市场价"),
        (Role.FEE, "运费|邮费|快递费|配送费|手续费"),
        (Role.WORTH, "价值|值"),
        (Role.FINAL, "到手价?|实付|券后价?|折后价?|应付|付|」后"),
        (Role.PRICE, "售价|现价|价格|单价|只要|只需|仅需|卖|合计|一共|总共|总价|共|会员价|活动价|现在"),
    )
)
_THRESHOLD_AFTER = re.compile(
    r"^\s*(?:以上|起用|起可|可用|就能用|才能用|(?:元|块)?(?:立?减|就减|包邮|免运费))|^\s*(?:的)?门槛"
)
_SAVING_AFTER = re.compile(r"^\s*(?:的|无门槛|现金|代金|满减|抵用|优惠)*券")


def _money_role(scan: Scan, start: int, end: int) -> Role:
    before = scan.before(start, 10)
    for role, pattern in _ROLE_BEFORE:
        if pattern.search(before):
            return role
    after = scan.after(end)
    if _SAVING_AFTER.match(after):
        return Role.SAVING
    return Role.THRESHOLD if _THRESHOLD_AFTER.match(after) else Role.PLAIN
