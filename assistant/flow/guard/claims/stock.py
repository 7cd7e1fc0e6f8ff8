"""Whether something is said to be there (有货) or not (没货); a count of pieces is a quantity."""

import re

from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.telling import denied
from assistant.turn import ClaimKind

_IN_STOCK, _SOLD_OUT = "有货", "没货"
_STOCK_STATES = re.compile(
    "(?P<out>没有?现货|没货|没有货|无货|缺货|断货|售罄|卖完|卖光|抢光|没有?库存|零库存)"
    "|(?P<there>有现货|有货|货还有|刚补了?货|到货了)"
)
_STOCK_OPEN_BEFORE = re.compile(
    "(?:如果|要是|万一|等|一|下次|什么时候|何时|有没|是否|哪家|哪里|只要|凡是?|若)[^，。；]{0,6}$"
)
_STOCK_OPEN_AFTER = re.compile(
    "^(?:的(?!库存|记录|现货)|了?(?:我|再|就|会|通知|告诉|提醒)|之?后|以后|提醒|时|与|登记|吗|么|没|不)"
)


def mark_stock(scan: Scan) -> None:
    """Mark what is said to be there or sold out; what is asked or left open says neither."""
    for match in _STOCK_STATES.finditer(scan.text):
        start, end = match.span()
        if (
            _STOCK_OPEN_BEFORE.search(scan.before(start))
            or _STOCK_OPEN_AFTER.match(scan.after(end))
            or scan.is_asked(end)
        ):
            continue
        state = _SOLD_OUT if match["out"] else _IN_STOCK
        if match["there"] and denied(scan.before(start, 3)):
            state = _SOLD_OUT
        scan.add(ClaimKind.STOCK, state, start, end)
