"""Stores by name and by address."""

import re

from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.known_names import name_key
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_MALL_STORE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:广场|天地|城|汇|里|中心|百货|商场|路)店(?![里员长内铺家])")
_ADDRESS = re.compile(r"[\u4e00-\u9fff]{2,12}(?:路|街|巷|里|大道|弄)\d+号[\u4e00-\u9fffa-z\d]{0,24}")
_NO_STORE = re.compile("我们|咱们|本店|哪个|其他|别的|这家|那家|门店")


def mark_stores(scan: Scan) -> None:
    """Mark stores called by the house or by a mall, and addresses."""
    brand = name_key(scan.names.brand)
    patterns = [_MALL_STORE]
    if brand:
        patterns.insert(0, re.compile(rf"{re.escape(brand)}[\u4e00-\u9fff]{{2,12}}?店(?![里员长内铺家])"))
    for pattern in patterns:
        for match in pattern.finditer(scan.text):
            if not _NO_STORE.search(match.group()):
                scan.add(ClaimKind.STORE, match.group(), *match.span(), known=False)
    for match in _ADDRESS.finditer(scan.text):
        scan.add(ClaimKind.STORE, match.group(), *match.span(), known=False, role=Role.ADDRESS)
