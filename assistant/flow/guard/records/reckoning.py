"""Figures worked out from figures: three pieces at 159 are 477, two prices lie 170 apart, 300 lacks 41 at 259.

No record has them, and yet they are true. Only what the sentence shows how to work out counts: a count with its product's
price, two sums with a word for a difference or a total, a threshold that the sentence or a coupon has, a price by the piece or by
the measure, pieces of several stores taken together, the days to or from a date. What is to pay with coupons is never reckoned
here: that is the bill's to say (see ``unbacked``).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, product

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.records.days import day_of
from assistant.flow.guard.records.ground import Ground
from assistant.flow.guard.records.subject import About, Piece
from assistant.turn import ClaimKind, EvidenceKind

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
    """Say whether a figure without a record is what the words beside it come to."""
    if claim.kind is ClaimKind.DURATION:
        return _are_days_between(piece, claim, about, ground)
    if claim.kind is ClaimKind.QUANTITY and (
        _are_pieces_together(piece, claim, ground) or _is_a_measure_priced(piece, claim, about, ground)
    ):
        return True
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
    told = _told(piece, claim)
    together = {sum(some) for size in (2, 3, 4) for some in combinations(compared, size)}
    totals = {sum(some) for size in (2, 3, 4) for some in combinations(told, size)}
    if _SUM.search(before) and sum_fen in together | totals:
        return True
    reached = several.union(together, prices, told)
    if sum_fen in _lacked(piece, claim, about, ground, reached):
        return True
    if _is_by_the_piece(piece, claim, {*prices, *told, *_bill(ground)}, ground, goods):
        return True
    if _APART.search(before):
        return sum_fen in {abs(one - other) for one, other in combinations({*compared, *told}, 2)}
    return sum_fen in _differences(piece, claim, compared, ground) | _below_or_above(piece, claim, compared, told)


def _told(piece: Piece, claim: Found) -> list[int]:
    """Every other sum of the sentence; each is judged by itself."""
    sums = (
        _fen(one) for one in piece.found if one.kind is ClaimKind.MONEY and one != claim and one.role is not Role.SAVING
    )
    return [one for one in sums if one is not None]


def _below_or_above(piece: Piece, claim: Found, compared: list[int], told: list[int]) -> set[int]:
    """How far two sums lie apart of which the sentence names one, where no second product could be meant by less or more."""
    before = piece.text[: claim.start]
    below, above = _BELOW.search(before) is not None, _ABOVE.search(before) is not None
    named = {group.values for group in piece.groups if group.kind is ClaimKind.PRODUCT}
    if len(named) > 1 or not (below or above):
        return set()
    pairs = [(one, other) for one in told for other in {*told, *compared} if one != other]
    return {abs(one - other) for one, other in pairs}


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


_OVER = re.compile(f"(?:超过?|超出|越过|过了|多出|高出)[^，。；]{{0,12}}?{_UP_TO}")
_OFF = re.compile("(?:离|距)[^，。；]{0,16}?还[要得](?:了|个|着|您|大概|刚好)*[¥￥]?$")


def _lacked(piece: Piece, claim: Found, about: About, ground: Ground, reached: set[int]) -> set[int]:
    """What a sum lacks of a threshold or goes beyond it: of one that the sentence names, else of a coupon's own."""
    before = piece.text[: claim.start]
    lacks, over = _LACKS.search(before) or _OFF.search(before), _OVER.search(before)
    if not lacks and not over:
        return set()
    wanted = (one for one in piece.found if one.role is Role.THRESHOLD and one != claim)
    thresholds = {int(one.value) for one in wanted if one.value.isdigit()} or {
        int(one.found.value)
        for one in ground.by_kind.get(ClaimKind.MONEY, ())
        if one.found.role is Role.THRESHOLD
        and one.evidence.kind is EvidenceKind.COUPON
        and (not about.coupons or one.subjects & about.coupons)
    }
    ends = reached | _bill(ground)
    if lacks:
        return {threshold - one for threshold in thresholds for one in ends if threshold > one}
    return {one - threshold for threshold in thresholds for one in ends if threshold < one}


def _bill(ground: Ground) -> set[int]:
    """The sums that the bill has."""
    return {
        int(one.found.value)
        for one in ground.by_kind.get(ClaimKind.MONEY, ())
        if one.evidence.kind is EvidenceKind.OFFER and one.found.value.isdigit() and one.found.role is not Role.SAVING
    }


_BY = re.compile(
    r"(?:每|平均(?:下来)?[一每]?|摊到?(?:下来)?[一每]?|合(?:下来)?[一每]?|折(?:合|成)?[一每]?)(?P<many>\d{0,4})"
    r"(?P<unit>毫升|ml|克|g|片|包|枚|颗|粒|盒|支|瓶|件|双|条|袋|只|层|个|套|张)[^，。；]{0,8}$"
)
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)\s?(毫升|ml|克|g|片|包|枚|颗|粒|盒|支|瓶|件|双|条|袋|只|层|个|套|张)")
_SAME_MEASURE = {"ml": "毫升", "g": "克"}


def _is_by_the_piece(piece: Piece, claim: Found, sums: set[int], ground: Ground, goods: tuple[str, ...]) -> bool:
    """Say whether a sum is what a measure or a piece comes to, to as many places as it is told (每毫升9块6)."""
    match = _BY.search(piece.text[: claim.start])
    if match is None or claim.kind is not ClaimKind.MONEY or not claim.value.isdigit():
        return False
    value, of = int(claim.value), Decimal(match["many"] or 1)
    unit = _SAME_MEASURE.get(match["unit"], match["unit"])
    within = Decimal(50 if value % 100 == 0 else 5 if value % 10 == 0 else 1) + Decimal("0.5")
    texts = [piece.text, *(ground.products[sku].spec for sku in goods if sku in ground.products)]
    sizes = {
        Decimal(size)
        for text in texts
        for size, measure in _MEASURE.findall(text)
        if _SAME_MEASURE.get(measure, measure) == unit and Decimal(size) > 1
    }
    sizes |= {Decimal(count) for count in _FEW.values() if unit not in ("毫升", "克")}
    return any(abs(one * of / size - value) <= within for one in sums for size in sizes)


def _is_a_measure_priced(piece: Piece, claim: Found, about: About, ground: Ground) -> bool:
    """Say whether a measure is there to be priced: its sum stands behind it, and is right (每10毫升13.6元)."""
    if piece.text[: claim.start][-1:] != "每":
        return False
    goods = _goods(piece, about, ground)
    return any(
        one.start >= claim.end
        and one.start - claim.end <= _NEAR
        and _is_by_the_piece(piece, one, {*_prices(goods, ground), *_told(piece, one), *_bill(ground)}, ground, goods)
        for one in piece.found
    )


_TOGETHER = re.compile(
    "(?:一共|总共|合计|共|合起来|加起来|合着|连着?)(?:是|才|也就|就|有|还有|剩|得)*$|[两三四五]家(?:店)?[^，。；]{0,6}$|[两三四五]店[^，。；]{0,6}$"
)


def _are_pieces_together(piece: Piece, claim: Found, ground: Ground) -> bool:
    """Say whether a count is what the stores have together: all that the sentence counts, or all stores that it names."""
    match = re.match(r"\d+", claim.value)
    if match is None or not _TOGETHER.search(piece.text[: claim.start]):
        return False
    stock = [one for one in piece.found if one.role is Role.STOCK and one.kind is ClaimKind.QUANTITY and one != claim]
    counts = [int(found[0]) for one in stock if one.start < claim.start and (found := re.match(r"\d+", one.value))]
    named: dict[str, int] = {}
    for one in ground.by_kind.get(ClaimKind.QUANTITY, ()):
        counted = re.match(r"\d+", one.found.value)
        if one.evidence.kind is EvidenceKind.STOCK and counted and any(name in piece.text for name in one.place):
            named[one.evidence.id] = int(counted[0])
    sums = {sum(each) for each in (counts, [*named.values()]) if len(each) > 1}
    return int(match[0]) in sums


_DAYS = re.compile(r"(\d+)天")
_BETWEEN = re.compile("还有|还剩|剩|离|距|到今天|至今|过了|已经|往后|[早晚]了?$|相?差|一晃|隔|再等|得等|今天")


def _are_days_between(piece: Piece, claim: Found, about: About, ground: Ground) -> bool:
    """Say whether a number of days lies between today and a date, or between two: of the sentence, else of a coupon's record."""
    if _is_another_span(piece, claim):
        return True
    days = _DAYS.fullmatch(claim.value)
    if days is None or claim.role is Role.EFFECT or not _BETWEEN.search(piece.text):
        return False
    told = (one.value for one in piece.found if one.kind is ClaimKind.DATE)
    meant = {day for value in told if (day := day_of(value, ground.today)) is not None}
    if not meant and claim.role is not Role.POLICY:
        meant = {
            day
            for one in ground.by_kind.get(ClaimKind.DATE, ())
            if one.evidence.kind in (EvidenceKind.COUPON, EvidenceKind.OFFER)
            and (not about.coupons or one.subjects & about.coupons)
            and (day := day_of(one.found.value, ground.today)) is not None
        }
    return int(days[1]) in {abs((one - other).days) for one, other in combinations({*meant, ground.today}, 2)}


_SPAN = re.compile(r"(\d+)(天|个月|年|小时)")
_LONGER = re.compile("(?:差|短|长|多|早|晚|少)了?(?:放|用|等)?$|也就是|整|等于|合|算下来|相当于")


def _is_another_span(piece: Piece, claim: Found) -> bool:
    """Say whether a length of time is how far two others of the sentence lie apart, or one of them in another unit."""
    mine = _SPAN.fullmatch(claim.value)
    if mine is None or not _LONGER.search(piece.text[: claim.start]):
        return False
    others = [
        span
        for one in piece.found
        if one.kind is ClaimKind.DURATION and one != claim and (span := _SPAN.fullmatch(one.value)) is not None
    ]
    months = _in_months(mine)
    if months is not None and months in map(_in_months, others):
        return True
    alike = [int(one[1]) for one in others if one[2] == mine[2]]
    return int(mine[1]) in {abs(one - other) for one, other in combinations(alike, 2)}


def _in_months(span: re.Match[str]) -> int | None:
    return {"个月": 1, "年": 12}.get(span[2], 0) * int(span[1]) or None
