"""Stores by name and by address."""

import re

from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.known_names import name_key
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_MALL_STORE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:广场|天地|城|汇|里|中心|百货|商场|路)店(?![里员长内铺家])")
_ADDRESS = re.compile(
    r"(?:(?!那家|这家|[的在])[\u4e00-\u9fff]){2,12}(?:路|街|巷|里|大道|弄)\d+号(?:(?!那家|这家|[的有])[\u4e00-\u9fffa-z\d]){0,24}"
)
_LED_BY = re.compile("(?:目前|现在|比如|例如|就|和|跟|与|去|到|在|是|地址是?)+")
"""What may stand before a store's name or address and is none of it."""
_NO_STORE = re.compile("我们|咱们|本店|哪个|其他|别的|这家|那家|门店")


_SHORTEST_CALLED = 4


def called(store: str, brand: str) -> tuple[str, ...]:
    """Return how people call a store: in full, without the house's name, without 店 and without the town, if that still tells it."""
    bare = store.removeprefix(brand) if brand else store
    short = bare.removesuffix("店")
    spellings = (store, bare, short, short[2:])
    return tuple(dict.fromkeys(one for one in spellings if len(one) >= _SHORTEST_CALLED))


def mark_stores(scan: Scan) -> None:
    """Mark stores called by the house or by a mall, and addresses."""
    brand = name_key(scan.names.brand)
    patterns = [_MALL_STORE]
    if brand:
        patterns.insert(0, re.compile(rf"{re.escape(brand)}[\u4e00-\u9fff]{{2,12}}?店(?![里员长内铺家])"))
    for pattern in patterns:
        for match in pattern.finditer(scan.text):
            if not _NO_STORE.search(match.group()):
                _add(scan, match, Role.PLAIN)
    for match in _ADDRESS.finditer(scan.text):
        _add(scan, match, Role.ADDRESS)


def _add(scan: Scan, match: re.Match[str], role: Role) -> None:
    led_by = _LED_BY.match(match.group())
    start = match.start() + (led_by.end() if led_by else 0)
    scan.add(ClaimKind.STORE, scan.text[start : match.end()], start, match.end(), known=False, role=role)
