"""A shop's products looked up by what somebody calls one: code, barcode, name, nickname, pinyin, initials, with slips.

``Lexicon`` finds products inside running talk; here the words are meant to be a product, so more is tried.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from assistant.barcode import LENGTHS, is_barcode
from assistant.flow.words.lexicon import DESCRIBED, FULL, SERIES, Lexicon
from assistant.flow.words.pinyin import initials, spelled
from assistant.flow.words.shopnames import SERIES_LIMIT, How
from assistant.flow.words.writing import LATIN, fold, plain
from assistant.shop import Product
from knowledge.noun import Labelled, Noun

_RANK = {how: place for place, how in enumerate(How)}
_SHORTEST, _LEAST_LETTERS = 2, 3


class Sure(Labelled):
    """How sure a match is."""

    CERTAIN = "certain", "确定"
    LIKELY = "likely", "很可能"
    POSSIBLE = "possible", "可能"


class Match(Noun):
    """One product that words may mean: which words, how they mean it, and how surely (``score`` 0..1)."""

    sku: str
    name: str
    said: str
    how: How
    sure: Sure
    score: float


class Matches(Noun):
    """Every product that words may mean: the exact kinds of match first, then by score, then by code.

    ``note`` says what a person should do about words that look like something and are not (a wrong check digit).
    """

    words: str
    found: tuple[Match, ...] = ()
    note: str = ""

    @property
    def one(self) -> str:
        """The SKU where the words mean exactly one product; empty where none or several are meant."""
        return self.found[0].sku if len({match.sku for match in self.found}) == 1 else ""

    @property
    def is_ambiguous(self) -> bool:
        """Say whether several products are meant by the same words, so that a person has to choose."""
        said: dict[str, set[str]] = {}
        for match in self.found:
            said.setdefault(match.said, set()).add(match.sku)
        return any(len(skus) > 1 for skus in said.values())


class Catalogue:
    """The products of one shop, for exact lookup. Immutable; safe to share between threads."""

    def __init__(self, products: Iterable[Product], lexicon: Lexicon | None = None) -> None:
        """``lexicon`` is the shop's own where there is one already; it is made from the same products."""
        self._products: Mapping[str, Product] = {one.sku: one for one in products}
        self.lexicon = lexicon or Lexicon.build(self._products.values())

    def find(self, words: str) -> Matches:
        """Look products up; what the words do not name gives nothing rather than the nearest thing."""
        folded = fold(words).strip()
        found = [(one.sku, one.said, one.how, one.score) for one in self.lexicon.find_products(folded)]
        found = found or [(sku, folded, how, SERIES) for sku, how in self._whole(folded)]
        alike = Counter(said for _, said, _, _ in found)
        matches = [
            Match(
                sku=sku,
                name=self._products[sku].name,
                said=said,
                how=how,
                sure=_sure(score, how, several=alike[said] > 1),
                score=score,
            )
            for sku, said, how, score in found
        ]
        return Matches(words=words, found=tuple(sorted(matches, key=_order)), note="" if found else _note(folded))

    def _whole(self, folded: str) -> list[tuple[str, How]]:
        """Take all the words for one name: mixed with pinyin, begun, or a piece that few names hold."""
        said = plain(folded)
        if len(said) < _SHORTEST:
            return []
        if said.isascii():
            begun = [sku for sku in self._products if initials(self.lexicon.name_of(sku)).startswith(said)]
            return _few(begun if said.isalpha() and len(said) >= _LEAST_LETTERS else [], How.INITIALS)
        if any(term.said == folded for term in self.lexicon.terms(folded)):
            return []
        mixed = self.lexicon.find_products(spelled(said)) if LATIN.search(said) else ()
        spoken = [one.sku for one in mixed if one.how is How.PINYIN]
        holding = [sku for sku in self._products if said in self.lexicon.name_of(sku)]
        return _few(spoken, How.PINYIN) or _few(holding, How.SHORT)


def _few(skus: list[str], how: How) -> list[tuple[str, How]]:
    return [(sku, how) for sku in skus] if len(skus) <= SERIES_LIMIT else []


def _sure(score: float, how: How, *, several: bool) -> Sure:
    if score <= DESCRIBED or (several and score < FULL):
        return Sure.POSSIBLE
    exact = how in (How.CODE, How.BARCODE, How.NAME, How.ALIAS, How.NICKNAME)
    return Sure.CERTAIN if exact and score == FULL and not several else Sure.LIKELY


def _order(match: Match) -> tuple[int, float, str]:
    return (_RANK[match.how], -match.score, match.sku)


def _note(folded: str) -> str:
    digits = folded.replace(" ", "").replace("-", "")
    if not digits.isdigit() or len(digits) not in LENGTHS:
        return ""
    if is_barcode(digits):
        return "条码本身没有错，但商品表里没有登记这个条码"
    return "这串数字像条码，但校验位不对，请重新扫一次或逐位核对"
