"""What belongs together must come from one record: the pieces on a bill, two prices compared, a store and its address.

Each half alone may be true: ×5 stands on some bill, this address is some store's. Here the two are looked at as one.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.telling import asked, denied
from assistant.flow.guard.records.backing import same_role, same_value
from assistant.flow.guard.records.ground import Backing, Ground
from assistant.flow.guard.records.subject import Piece, subject_of
from assistant.turn import ClaimKind, EvidenceKind, Finding, Reason
from knowledge.folding import looks


def disagreements(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """Yield what a sentence puts together that no record has together, each with what the record does have."""
    yield from _points_of_others(piece, ground)
    yield from _cautions_turned_round(piece, ground)
    yield from _parts_denied(piece, ground)
    yield from _wrong_comparisons(piece, ground)
    yield from _torn_pairs(piece, ground)
    yield from _wrong_counts(piece, ground)
    yield from _wrong_sizes(piece, ground)
    yield from _wrong_addresses(piece, ground)


def _points_of_others(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """A product's own point, caution or use, word for word, told of another product."""
    for words, owners in ground.own_words.items():
        start = piece.text.find(words)
        if start < 0:
            continue
        about = subject_of(piece, Found(ClaimKind.PROMISE, words, words, start, start + len(words)))
        if about.products and not about.products & owners:
            yield Finding(
                reason=Reason.WRONG_SUBJECT,
                rule="有据可查（产品特点）",
                span=words,
                remedy="这句是别的产品资料里的话，换成这款自己的",
            )


_ALLOWED = "可以|可(?!能)|能(?!不)|放心|尽管|随便|直接|需要|用力|多"


def _cautions_turned_round(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """可以吞咽, where a record warns 请勿吞咽: what a product's paper warns of is never allowed."""
    for deed, caution in ground.warned_of.items():
        if deed not in piece.text:
            continue
        for match in re.finditer(
            f"(?P<before>.{{0,4}}?)(?:{_ALLOWED})[^，。；不勿别没]{{0,2}}{re.escape(deed)}", piece.text
        ):
            if match.group() in ground.everything or denied(match["before"]) or asked(piece.text[match.end() :]):
                continue
            yield Finding(
                reason=Reason.UNSUPPORTED_FACT,
                rule="有据可查（注意事项）",
                span=match.group()[len(match["before"]) :],
                remedy=f"资料里写的是：{caution}，照着写",
            )


_WITHOUT = re.compile(
    "(?:不含有?|不添加|未添加|没有?添?加|没有|零添加|无添加)(?:任何|什么)?(?P<part>[\u4e00-\u9fffa-z]{2,8}?)(?=的|成分|这|等|[，。；！？!?、\\s]|$)"
)


def _parts_denied(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """不含山茶 of a product made with 山茶籽油: one who may not have a thing asks by its plain name."""
    for match in _WITHOUT.finditer(piece.text):
        part = match["part"]
        about = subject_of(piece, Found(ClaimKind.INGREDIENT, part, part, *match.span("part")))
        skus = about.products or (frozenset(ground.products) if len(ground.products) == 1 else frozenset())
        made_of = [one for sku in skus if sku in ground.products for one in ground.products[sku].ingredients]
        has = next((one for one in made_of if part in looks(one)), "")
        if has:
            yield Finding(
                reason=Reason.UNSUPPORTED_FACT,
                rule="有据可查（成分）",
                span=match.group(),
                remedy=f"资料里的成分有{has}，不能说没有",
            )


def _torn_pairs(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """满99减50: both figures must stand in one and the same record, not each in another."""
    for one, other in pairwise(piece.found):
        if (one.role, other.role) != (Role.THRESHOLD, Role.SAVING) or other.start - one.end > _PAIR_GAP:
            continue
        records = [
            {backing.evidence.id for backing in ground.backings if _says_too(claim, backing, ground)}
            for claim in (one, other)
        ]
        if not records[0] & records[1]:
            yield Finding(
                reason=Reason.UNSUPPORTED_FIGURE,
                rule="有据可查（满减）",
                span=piece.text[one.start : other.end],
                remedy="没有这样的满减，门槛和优惠要照同一张券写",
            )


_PAIR_GAP = 3


def _says_too(claim: Found, backing: Backing, ground: Ground) -> bool:
    return same_value(claim, backing.found, ground.today) and same_role(claim, backing.found, ground.has_final_price)


_CHEAPER = re.compile("(?P<down>便宜|价格低|实惠|价低|划算)|(?P<up>(?<!不)贵|价格高|价高)")
_COMPARES = re.compile("比|更|两款|里面|相比|要")
_CLAUSE_ENDS = "，,。；;！!？?\n"


def _wrong_comparisons(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """A比B便宜, A更便宜: the prices of the two must say so too."""
    match = _CHEAPER.search(piece.text)
    groups = [group for group in piece.groups if group.kind is ClaimKind.PRODUCT]
    if match is None or not groups or not _COMPARES.search(piece.text):
        return
    clause = max(piece.text.rfind(mark, 0, match.start()) for mark in _CLAUSE_ENDS) + 1
    sides = [member for group in groups for member in group.members if clause <= group.start < match.start()]
    if not sides:
        sides = [member for group in groups for member in group.members if group.start < match.start()]
    if len(sides) < 2:
        sides += [member for group in groups for member in group.members if member not in sides]
    if len(sides) < 2:
        sides += [frozenset({sku}) for sku in ground.products if frozenset({sku}) not in sides]
    prices = [{ground.products[sku].price_fen for sku in side if sku in ground.products} for side in sides[:2]]
    if len(prices) < 2 or not all(prices):
        return
    one, other = min(prices[0]), min(prices[1])
    if one == other or (one < other) is (match["down"] is not None):
        return
    yield Finding(
        reason=Reason.UNSUPPORTED_FIGURE,
        rule="有据可查（价格高低）",
        span=match.group(),
        remedy="价格高低说反了，照两款的售价写",
    )


_TIMES = re.compile(r"(?:[¥￥]\s*[\d.,]+|[」\s])?\s*[×xX*]\s*(?P<count>\d+)")


def _wrong_counts(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """A¥45×3: so many pieces of it must be on the bill."""
    for sku, end in _products_named(piece):
        match = _TIMES.match(piece.text, end)
        written = ground.pieces.get(sku)
        if match is None or written is None or int(match["count"]) == written:
            continue
        yield Finding(
            reason=Reason.UNSUPPORTED_FIGURE,
            rule="有据可查（件数）",
            span=match.group().strip(),
            remedy=f"账单上这款是{written}件，照着写",
        )


_MEASURE = r"[\d.]+\s*(?:ml|mL|ML|毫升|g|G|克|kg|KG|千克|公斤|斤|L|升|cm|厘米|支|片|台|只|个|件|盒|包|套|瓶|枚|袋|双|条|张|颗|粒|贴|块|码|罐|管|对)"
_SIZE = re.compile(rf"{_MEASURE}(?:\s*[×xX*/+＋、]\s*[\u4e00-\u9fff]{{0,6}}?{_MEASURE}|\s*[×xX*]\s*\d+)*(?:装)?")
_SIZED = re.compile(
    r"」?\s*(?:[（(](?P<inside>[^（）()]{1,24})[）)]|规格(?:是|为|：)?\s*(?P<told>[^，。；、（(]{1,24})|，(?P<apart>[^，。；、（(]{1,24})(?=[，。；]))"
)
_BOUGHT = re.compile(r"\d+(?:件|支|瓶|盒|套|个|片|条|双)")


def _wrong_sizes(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """A（150ml）: a size behind a product's name is that product's; so many pieces of it may also be what she buys."""
    for sku, end in _products_named(piece):
        match = _SIZED.match(piece.text, end)
        product = ground.products.get(sku)
        if match is None or product is None or not product.spec:
            continue
        told = (match["inside"] or match["told"] or match["apart"]).strip()
        if not _SIZE.fullmatch(told) or (not match["told"] and _BOUGHT.fullmatch(told)):
            continue
        said, written = _bare(told), _bare(f"{product.name}{product.spec}")
        if said not in written and _bare(product.spec) not in said:
            yield Finding(
                reason=Reason.WRONG_SUBJECT,
                rule="有据可查（规格）",
                span=told,
                remedy=f"这款的规格是：{product.spec}，照着写",
            )


def _bare(text: str) -> str:
    return re.sub(r"[\s*×xX]+", "", looks(text))


def _products_named(piece: Piece) -> Iterator[tuple[str, int]]:
    """Every product the sentence names beyond doubt, with the place right behind its name."""
    for one in piece.found:
        if one.kind is ClaimKind.PRODUCT and one.known and "|" not in one.value:
            yield one.value, one.end


_STORE_BEFORE = 4


def _wrong_addresses(piece: Piece, ground: Ground) -> Iterator[Finding]:
    """南宁店（深圳路5号）: the address behind a store's name is that store's."""
    stores = [one for one in ground.evidence if one.kind is EvidenceKind.STORE]
    places = [one for one in piece.found if one.kind is ClaimKind.STORE]
    for store, address in pairwise(places):
        if store.role is Role.ADDRESS or address.role is not Role.ADDRESS or address.start - store.end > _STORE_BEFORE:
            continue
        owners = [one.text.partition("；")[0] for one in stores if address.text in one.text]
        if owners and not any(store.text in owner or owner in store.text for owner in owners):
            yield Finding(
                reason=Reason.WRONG_SUBJECT,
                rule="有据可查（门店地址）",
                span=piece.text[store.start : address.end],
                remedy=f"这是{owners[0]}的地址，店名和地址要照同一家店写",
            )
