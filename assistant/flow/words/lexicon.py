"""Finds products and trade words in what a guide writes.

Built once per material version from the products themselves, so that another shop works without a line of code.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ahocorasick
import rjieba
from rapidfuzz.distance import LCSseq

from assistant.flow.words.misspelling import Misspelling
from assistant.flow.words.shopnames import (
    SERIES_LIMIT,
    Codes,
    How,
    Part,
    by_sound_of,
    codes_of,
    how_called,
    names_of,
    parts_of,
)
from assistant.flow.words.typing import Typed
from assistant.flow.words.vocabulary import (
    Term,
    TermKind,
    Traits,
    finder_of,
    longest,
    terms_in,
    traits_of,
    vocabulary_of,
)
from assistant.flow.words.writing import LATIN, fold, is_common_word, plain, sound
from assistant.shop import Product
from knowledge.packaged import packaged

DESCRIPTION_LIMIT = 2
"""Describing words plus a product type (蓬松洗发水) count as a name only while they mean so few products."""
VERBATIM = 5
"""From this length on, describing words that stand in a name exactly so are that name (舒缓修护面霜)."""
TYPE_REACH = 8
"""How many characters a product type may stand behind the short name it completes (云润家的那个面霜)."""
FULL, SHORT, SERIES, SOUND, TYPO, DESCRIBED = 1.0, 0.9, 0.8, 0.75, 0.7, 0.6
"""Scores of a found product: its whole name or code, a short form, a series, a homophone, a slip, a description."""
_TYPED_SCORES = {How.PINYIN: SOUND, How.INITIALS: SERIES, How.TYPO: TYPO}
_CLAUSE_END = re.compile(r"[,。，.;；!！?？\n、]|和|跟|与|还是|或者|或|以及")
_BETWEEN = re.compile(r"家的?|的|那[个款瓶支台]|这[个款瓶支台]|系列|色号?|\s")


@dataclass(frozen=True)
class Found:
    """A product meant by a text, and how. Several products of one short name share a span; ``score`` is 0..1."""

    sku: str
    start: int
    end: int
    said: str
    score: float
    how: How


class Lexicon:
    """Finds products and trade words in what a guide writes. Immutable once built; safe to share between threads."""

    def __init__(
        self,
        products: Mapping[str, Product],
        names: Mapping[str, tuple[str, ...]],
        codes: Codes,
        parts: Mapping[str, Part],
        term_finders: Mapping[TermKind, ahocorasick.Automaton | None],
        skin_types: frozenset[str],
        traits: Mapping[str, Traits],
        categories: tuple[str, ...],
        coupon_names: tuple[str, ...],
    ) -> None:
        """Use ``Lexicon.build``."""
        self._products = products
        self._plain_names = {sku: plain(product.name) for sku, product in products.items()}
        self._names = names
        self._codes = codes
        self._parts = parts
        self._name_finder = finder_of(names)
        self._part_finder = finder_of(parts)
        self._term_finders = term_finders
        self._coupon_names = {fold(name): name for name in coupon_names}
        self._coupon_finder = finder_of(self._coupon_names)
        self._by_sound = by_sound_of(names, parts)
        self._misspelling = Misspelling(names)
        self._typed = Typed(codes)
        self._mainly = _by_type({sku: one.types[:1] for sku, one in traits.items()})
        self._besides = _by_type({sku: one.types for sku, one in traits.items()})
        self.traits = traits
        self.categories = categories
        self.skin_types = skin_types

    @classmethod
    def build(cls, products: Iterable[Product], coupon_names: Iterable[str] = ()) -> "Lexicon":
        """Read the shop's own words out of its products; ``coupon_names`` are never taken for products."""
        by_sku = {product.sku: product for product in products}
        categories = tuple(dict.fromkeys(product.category for product in by_sku.values() if product.category))
        vocabulary = vocabulary_of(by_sku.values(), categories)
        finders = {kind: finder_of(words) for kind, words in vocabulary.items()}
        traits = {sku: traits_of(product, finders) for sku, product in by_sku.items()}
        names = names_of(by_sku)
        parts = parts_of(by_sku, finders)
        return cls(
            by_sku,
            names,
            codes_of(by_sku, names, parts, traits),
            parts,
            finders,
            frozenset(vocabulary[TermKind.SKIN].values()),
            traits,
            categories,
            tuple(coupon_names),
        )

    def is_name(self, text: str) -> bool:
        """Say whether a folded text is nothing but the name of a product or a coupon."""
        return text in self._names or text in self._coupon_names

    def terms(self, text: str, *kinds: TermKind) -> tuple[Term, ...]:
        """List the vocabulary words in a folded text, longest first where they overlap, in reading order."""
        wanted = kinds or tuple(TermKind)
        found = [term for kind in wanted for term in terms_in(kind, self._term_finders[kind], text)]
        return tuple(sorted(found, key=lambda term: (term.start, term.kind)))

    def kept(self, kind: TermKind, value: str) -> frozenset[str]:
        """Return the words we keep for a value as a shop or a profile writes it; the value itself if none is known."""
        folded = fold(value)
        return frozenset(term.value for term in self.terms(folded, kind)) or frozenset((folded,) if folded else ())

    def find_coupon(self, text: str) -> str:
        """Return the name of a coupon of the shop that stands in a folded text, or the empty string."""
        found = [name for _, name in longest(self._coupon_finder, text)]
        return found[0] if found else ""

    def find_products(self, text: str) -> tuple[Found, ...]:
        """List the products a text means, in reading order; products of one short name all come, best score first.

        Exact names, aliases, codes and barcodes win over short forms, these over homophones and near sounds, and these
        over other slips; a series alone counts only while it means few products.
        """
        rest = folded = fold(text)
        found: list[Found] = []
        for look in (self._written, self._short, self._sounding, self._misspelt):
            fresh = look(rest)
            found += fresh
            rest = _blank_out(rest, fresh)
        found = _narrowed_by_figures(_joined(found, folded), folded, self._products)
        unique: dict[str, Found] = {}
        for one in sorted(found, key=lambda found_one: (-found_one.score, found_one.start, found_one.sku)):
            unique.setdefault(one.sku, one)
        return tuple(sorted(unique.values(), key=lambda one: (one.start, -one.score, one.sku)))

    def types_sold(self, value: str) -> tuple[str, ...]:
        """List the SKUs whose main type this is, or, if there are none, those that carry it anywhere in the name."""
        return self._mainly.get(value) or self._besides.get(value, ())

    def category_of(self, type_value: str) -> str:
        """Return the shop's category in which a product type is mostly sold, or nothing where none stands out."""
        found = Counter(self._products[sku].category for sku in self.types_sold(type_value))
        if not found:
            return ""
        category, count = found.most_common(1)[0]
        return category if count * 2 > found.total() else ""

    def category_hinted(self, text: str) -> str:
        """Return the one category that a part of the body or home points to (脸 to 面部护肤), or nothing."""
        hints = packaged("assistant.flow.words", "words.yaml")["category_hints"]
        held = [mark for part, marks in hints.items() if part in text for mark in marks]
        found = [category for category in self.categories if any(mark in category for mark in held)]
        return found[0] if len(found) == 1 else ""

    @property
    def products(self) -> Mapping[str, Product]:
        """The products it was built from, by SKU."""
        return self._products

    def name_of(self, sku: str) -> str:
        """Return a product's name, folded and bare of signs."""
        return self._plain_names[sku]

    def _written(self, text: str) -> list[Found]:
        return self._exact(text) + self._coded(text)

    def _exact(self, text: str) -> list[Found]:
        return [
            Found(sku, end - len(name), end, name, FULL, how_called(self._products[sku], name))
            for end, name in longest(self._name_finder, text)
            for sku in self._names[name]
        ]

    def _coded(self, text: str) -> list[Found]:
        return [
            Found(sku, start, end, text[start:end], FULL if exact else _TYPED_SCORES[how], how)
            for start, end, skus, exact in self._typed.find(text)
            for sku, how in skus.items()
        ]

    def _short(self, text: str) -> list[Found]:
        found: list[Found] = []
        reached = 0
        for end, key in longest(self._part_finder, text):
            start = end - len(key)
            if start < reached or _inside_latin(text, start, end):
                continue
            mention = self._mention(text, start, end, self._parts[key])
            found.extend(mention)
            reached = max([reached, *(one.end for one in mention)])
        return found

    def _mention(self, text: str, start: int, end: int, part: Part) -> list[Found]:
        """Complete a part of a name with the product type said after it."""
        reach = text[end : end + TYPE_REACH]
        stop = _CLAUSE_END.search(reach)
        clause = reach[: stop.start()] if stop else reach
        typed = self.terms(clause, TermKind.TYPE)
        if typed:
            return self._typed_mention(text, start, end, part, clause, typed[0])
        if part.alone and not _cuts_a_word(text, start, end) and len(part.skus) <= SERIES_LIMIT:
            narrowed = _closest(part.skus, clause, self._plain_names)
            return [Found(sku, start, end, text[start:end], SERIES, How.SHORT) for sku in narrowed]
        return []

    def _typed_mention(self, text: str, start: int, end: int, part: Part, clause: str, typed: Term) -> list[Found]:
        of_type = [sku for sku in part.skus if typed.value in self.traits[sku].types]
        main = [sku for sku in of_type if self.traits[sku].types[0] == typed.value]
        between = clause[: typed.start]
        if not self._joins(part, between, tuple(main or of_type)):
            return []
        narrowed = _closest(tuple(main or of_type), between, self._plain_names)
        limit = DESCRIPTION_LIMIT if part.describes else SERIES_LIMIT
        if not narrowed or len(narrowed) > limit:
            return []
        stop = end + typed.end
        said = plain(text[start:stop])
        verbatim = len(said) >= VERBATIM and all(said in self._plain_names[sku] for sku in narrowed)
        described = part.describes and not verbatim
        score, how = (DESCRIBED, How.DESCRIPTION) if described else (SHORT, How.SHORT)
        return [Found(sku, start, stop, text[start:stop], score, how) for sku in narrowed]

    def _joins(self, part: Part, between: str, skus: tuple[str, ...]) -> bool:
        """Say whether short name and type belong together: 烟酰胺过敏，推荐个精华 names no 烟酰胺精华."""
        said = plain(_BETWEEN.sub("", between))
        if any(LCSseq.similarity(said, self._plain_names[sku]) == len(said) for sku in skus):
            return True
        return part.alone and any(term.said == said for term in self.terms(said))

    def _sounding(self, text: str) -> list[Found]:
        """Find names typed with other characters of the same sound, the usual slip of an input method."""
        found: list[Found] = []
        heard = [sound(character) for character in text]
        types = self.terms(text, TermKind.TYPE)
        for length in sorted(self._by_sound, reverse=True):
            by_sound = self._by_sound[length]
            for start in range(len(text) - length + 1):
                key = by_sound.get(" ".join(heard[start : start + length]))
                if (
                    key is None
                    or "\0" in text[start : start + length]
                    or any(one.start < start + length and start < one.end for one in found)
                ):
                    continue
                found.extend(self._heard(text, start, start + length, key, types))
        return found

    def _heard(self, text: str, start: int, end: int, key: str, types: tuple[Term, ...]) -> list[Found]:
        said = text[start:end]
        if key in self._names:
            if is_common_word(said):
                return []
            return [Found(sku, start, end, said, SOUND, How.TYPO) for sku in self._names[key]]
        if not any(end <= typed.start <= end + 2 for typed in types):
            return []
        return [
            Found(one.sku, one.start, one.end, one.said, SOUND, How.TYPO)
            for one in self._mention(text, start, end, self._parts[key])
        ]

    def _misspelt(self, text: str) -> list[Found]:
        """Find names with a slip that is neither of sound nor a word of its own: one left out, doubled, turned round."""
        return [
            Found(sku, slip.start, slip.end, text[slip.start : slip.end], TYPO, How.TYPO)
            for slip in self._misspelling.find(text)
            if not self._means_another(text[slip.start : slip.end], slip.name)
            for sku in self._names[slip.name]
        ]

    def _means_another(self, said: str, name: str) -> bool:
        """Say whether words of the trade stand in what was said that the name has not: 面膜 is no slip for 面霜."""
        kinds = (TermKind.TYPE, TermKind.CONCERN, TermKind.SKIN, TermKind.AUDIENCE)
        theirs = {term.value for term in self.terms(name, *kinds)}
        return any(term.value not in theirs and term.said not in name for term in self.terms(said, *kinds))


_FIGURES = re.compile(r"(?<![a-z0-9.])(?:\d+(?:\.\d+)?|x{0,4}[sml])(?![a-z0-9.%])")


def _joined(found: list[Found], text: str) -> list[Found]:
    """Join names that touch: 淡水 and 珍珠耳钉 written as one mean the 耳钉 of that series, not each other's companions."""
    spans = sorted({(one.start, one.end) for one in found})
    meant = {span: {one.sku for one in found if (one.start, one.end) == span} for span in spans}
    gone: set[tuple[tuple[int, int], str]] = set()
    for first, second in zip(spans, spans[1:], strict=False):
        both = meant[first] & meant[second]
        if text[first[1] : second[0]] in ("", "的") and first[1] <= second[0] and both:
            gone |= {(span, sku) for span in (first, second) for sku in meant[span] - both}
    return [one for one in found if ((one.start, one.end), one.sku) not in gone]


def _narrowed_by_figures(found: list[Found], text: str, products: Mapping[str, Product]) -> list[Found]:
    """Of products that share the words said, keep those that a figure beside them names: 1.8的长绒棉, 双面呢L码."""
    said = frozenset(_FIGURES.findall(text))
    kept: list[Found] = []
    for span in dict.fromkeys((one.start, one.end) for one in found):
        here = [one for one in found if (one.start, one.end) == span]
        held = {one.sku: said & _figures_of(products[one.sku]) for one in here} if said and len(here) > 1 else {}
        most = max((len(figures) for figures in held.values()), default=0)
        # a figure that all of them have tells none of them from another
        apart = most and any(len(figures) < most for figures in held.values())
        kept += [one for one in here if len(held[one.sku]) == most] if apart else here
    return kept


def _figures_of(product: Product) -> frozenset[str]:
    return frozenset(_FIGURES.findall(re.sub(r"[码号米克]", " ", fold(f"{product.name} {product.spec}"))))


def _by_type(types: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for sku, named in types.items():
        for one in named:
            found.setdefault(one, []).append(sku)
    return {one: tuple(skus) for one, skus in found.items()}


def _blank_out(text: str, found: list[Found]) -> str:
    """Overwrite what is already explained, keeping places."""
    for one in found:
        text = text[: one.start] + "\0" * (one.end - one.start) + text[one.end :]
    return text


def _inside_latin(text: str, start: int, end: int) -> bool:
    """Say whether a latin part was cut out of a longer latin word (x20 of x200)."""
    latin = LATIN.fullmatch(text[start:end])
    before, after = text[start - 1 : start], text[end : end + 1]
    return latin is not None and bool(LATIN.fullmatch(before) or LATIN.fullmatch(after))


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Say whether a place begins or ends inside an ordinary word (云润 in 白云润色)."""
    position = 0
    for word in rjieba.cut(text.replace("\0", " ")):
        inside = any(position < edge < position + len(word) for edge in (start, end))
        if inside and is_common_word(word):
            return True
        position += len(word)
    return False


def _closest(skus: tuple[str, ...], words: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Keep the products whose names share most with the words said between short name and type."""
    said = plain(words.replace("\0", ""))
    if len(skus) < 2 or len(said) < 2:
        return skus
    shared = {sku: LCSseq.similarity(said, names[sku]) for sku in skus}
    best = max(shared.values())
    return tuple(sku for sku in skus if shared[sku] == best) if best >= 2 else skus
