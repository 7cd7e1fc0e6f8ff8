"""Figures worked out from figures: three pieces at 159 are 477, two prices lie 170 apart, 300 lacks 41 at 259.

No record has them, and yet they are true. Only what the sentence shows how to work out counts: a count with its product's
price, two prices with a word for a difference or a sum, a threshold that the sentence names. What is to pay with coupons is
never reckoned here: that is the bill's to say (see ``unbacked``).
"""

import re
from collections.abc import Iterator
from itertools import combinations, product

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.records.ground import Ground
from assistant.flow.guard.records.subject import About, Piece
from assistant.turn import ClaimKind

_COUNT = re.compile(r"(\d{1,2})(?:件|支|盒|瓶|罐|管|袋|包|套|只|枚|张|双|个|台|条|把|块|根|箱|桶)")
_MOST_PIECES = 20
_UP_TO = "(?:了|整|出|花|个|您|是|有|也就|刚好|将近)*[¥￥]?$"
_APART = re.compile(f"(?:相差|差价?|差距){_UP_TO}")
_BELOW = re.compile(f"(?:少|便宜|低){_UP_TO}")
_ABOVE = re.compile(f"(?:贵|高|多){_UP_TO}")
_LACKS = re.compile("(?:还差|只差|就差|差|再买|再凑|再添|再加)(?:了|个|着|您|大概|刚好)*[¥￥]?$")
_SUM = re.compile(
    "(?:一共|合计|总共|总价|加起来|合起来|合在一起|一起拿?|一块儿|两样|俩|共|小计|凑一起)(?:是|才|要|也就|就|大概|刚好|得|[:：])*[¥￥]?$"
)
_FEW = {"俩": 2, "两": 2, "三": 3, "四": 4}
_A_FEW = re.compile("俩|[两三四](?=[条把块根对床])")
"""Counts in units that the claims leave alone."""
_NEAR = 10
"""A count and its sum stand at most so many characters apart (两罐，一共516)."""


def is_reckoned(piece: Piece, claim: Found, about: About, ground: Ground) -> bool:
    """Say whether a sum without a record is what the words beside it come to."""
    sum_fen = _fen(claim)
    if sum_fen is None or claim.role in (Role.FINAL, Role.LIST, Role.WORTH):
        return False
    goods = _goods(piece, about, ground)
    compared = _prices(tuple({*goods, *_main(ground)}), ground)
    if claim.role is Role.SAVING:
        # what she saves is the bill's to say; what one costs less than another is not
        return "比" in piece.text[: claim.start] and sum_fen in _differences(piece, claim, compared, ground)
    prices = _prices(goods, ground)
    before = piece.text[max(0, claim.start - _NEAR) : claim.start]
    several = {count * price for count, price in product(_counts(piece, claim.start), prices)}
    if sum_fen in several:
        return True
    together = {sum(some) for size in (2, 3, 4) for some in combinations(compared, size)}
    if _SUM.search(before) and sum_fen in together:
        return True
    if _LACKS.search(before) and sum_fen in _gaps(piece, several.union(together, prices)):
        return True
    if _APART.search(before):
        return sum_fen in {abs(one - other) for one, other in combinations(compared, 2)}
    return sum_fen in _differences(piece, claim, compared, ground)


def _differences(piece: Piece, claim: Found, compared: list[int], ground: Ground) -> set[int]:
    """What the product before the word for it costs less or more than another, or less than its suggested price."""
    before = piece.text[: claim.start]
    below = _BELOW.search(before) is not None
    if not below and not _ABOVE.search(before):
        return set()
    # A比B便宜: the first is spoken of
    until = before.find("比") if "比" in before else claim.start
    named = [group for group in piece.groups if group.kind is ClaimKind.PRODUCT and group.start < until]
    mine = [ground.products[sku] for sku in sorted(named[-1].values) if sku in ground.products] if named else []
    if len(mine) > 1:
        return set()
    goods = mine or [one for one in ground.fallback if len(ground.fallback) == 1]
    if not below:
        return {one.price_fen - other for one in mine for other in compared if other < one.price_fen}
    under_list = {one.list_price_fen - one.price_fen for one in goods if one.list_price_fen is not None}
    return under_list | {other - one.price_fen for one in mine for other in compared if other > one.price_fen}


def counts_what_is_bought(piece: Piece, claim: Found, about: About, ground: Ground) -> bool:
    """Say whether a count is there to be multiplied: its sum stands behind it, and is right."""
    match = _COUNT.fullmatch(claim.value)
    if match is None or claim.role is not Role.PLAIN:
        return False
    sums = {int(match[1]) * price for price in _prices(_goods(piece, about, ground), ground)}
    return any(one.start >= claim.end and one.start - claim.end <= _NEAR and _fen(one) in sums for one in piece.found)


def _fen(claim: Found) -> int | None:
    """A sum in 分; a figure without a unit is one in 元."""
    if not claim.value.isdigit():
        return None
    if claim.kind is ClaimKind.MONEY:
        return int(claim.value)
    return int(claim.value) * 100 if claim.kind is ClaimKind.QUANTITY else None


def _goods(piece: Piece, about: About, ground: Ground) -> tuple[str, ...]:
    """The products a sentence may reckon with: those it names, else those spoken of before it, else the main ones."""
    named = {sku for group in piece.groups if group.kind is ClaimKind.PRODUCT for sku in group.values}
    before = frozenset[str]().union(*about.order) | about.products
    return tuple(sorted((named or before or {*_main(ground)}) & ground.products.keys()))


def _main(ground: Ground) -> tuple[str, ...]:
    """The products the whole text is about."""
    return tuple(one.sku for one in ground.fallback if one.sku in ground.products)


def _prices(goods: tuple[str, ...], ground: Ground) -> list[int]:
    return [ground.products[sku].price_fen for sku in goods]


def _counts(piece: Piece, place: int) -> Iterator[int]:
    """Every count of pieces that stands shortly before a place."""
    for one in piece.found:
        match = _COUNT.fullmatch(one.value) if one.kind is ClaimKind.QUANTITY else None
        if match is not None and 0 <= place - one.end <= _NEAR and int(match[1]) <= _MOST_PIECES:
            yield int(match[1])
    near = piece.text[max(0, place - _NEAR) : place]
    yield from (_FEW[word[0]] for word in _A_FEW.finditer(near))


def _gaps(piece: Piece, sums: set[int]) -> set[int]:
    """What each sum lacks of a threshold that the sentence names."""
    thresholds = {int(one.value) for one in piece.found if one.role is Role.THRESHOLD and one.value.isdigit()}
    return {threshold - one for threshold in thresholds for one in sums if threshold > one}
