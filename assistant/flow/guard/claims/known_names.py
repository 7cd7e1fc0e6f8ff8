"""The names a text may use for what a shop has: every product by all its spellings, every coupon."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import ahocorasick

from assistant.flow.guard.claims.vocabulary import Vocabulary, vocabulary
from assistant.flow.guard.claims.words import claim_words
from assistant.shop import Coupon, Product
from assistant.turn import ClaimKind
from knowledge.folding import fold_widths


@dataclass(frozen=True)
class Name:
    """A known name: what it means, and whether it is a coupon's."""

    kind: ClaimKind
    value: str


class _Spoken(NamedTuple):
    """What a product is called, and the words its record uses. Strings: they are hashed on every turn.

    ``series`` is its line (舒屿), by which a made-up sister of it is recognised.
    """

    sku: str
    name: str
    aliases: tuple[str, ...]
    category: str
    house: str
    told: tuple[str, ...]
    made_of: tuple[str, ...]
    suited: tuple[str, ...]
    series: str


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Every product name, alias and coupon name of a shop in one automaton. Compared by identity: built once per shop."""

    brand: str
    series: tuple[str, ...]
    words: Vocabulary
    _automaton: ahocorasick.Automaton = field(repr=False)

    @classmethod
    def of(cls, products: Iterable[Product], coupons: Iterable[Coupon] = (), brand: str = "") -> "KnownNames":
        """Make the automaton; the same names give the same object back, so that it may be called per turn."""
        spoken = tuple(
            _Spoken(
                product.sku,
                product.name,
                product.aliases,
                product.category,
                product.brand or brand,
                (product.spec, *product.selling_points, *product.cautions, product.usage),
                (*product.ingredients, *product.free_of),
                (*product.suitable_for, *product.not_for),
                product.attributes.get("系列", ""),
            )
            for product in products
        )
        return _known_names(spoken, tuple((coupon.name, coupon.coupon_id) for coupon in coupons), brand)

    def find(self, folded: str) -> Iterator[tuple[int, int, Name]]:
        """Yield the longest names from left to right as (start, end, name)."""
        if not len(self._automaton):
            return
        for last, (length, name) in self._automaton.iter_long(folded):
            if name is not None:
                yield last - length + 1, last + 1, name


@lru_cache(maxsize=64)
def _known_names(spoken: tuple[_Spoken, ...], redeemed: tuple[tuple[str, str], ...], brand: str) -> KnownNames:
    values: dict[tuple[str, ClaimKind], set[str]] = {}
    for one in spoken:
        for spelling in _spellings(one):
            values.setdefault((spelling, ClaimKind.PRODUCT), set()).add(one.sku)
    for name, coupon_id in redeemed:
        values.setdefault((name_key(name), ClaimKind.COUPON), set()).add(coupon_id)
    automaton = ahocorasick.Automaton()
    for (spelling, kind), ids in values.items():
        if len(spelling) >= 2:
            automaton.add_word(spelling, (len(spelling), Name(kind, "|".join(sorted(ids)))))
    names = {spelling for spelling, _ in values}
    for word in {name_key(word) for one in spoken for word in (*one.made_of, *one.told) if word}:
        # an ingredient, a size or a caution that holds a nickname is not that product
        if word not in names and any(name in word for name in names):
            automaton.add_word(word, (len(word), None))
    automaton.make_automaton()
    made_of = tuple(sorted({name_key(word) for one in spoken for word in one.made_of}))
    suited = tuple(sorted({name_key(word) for one in spoken for word in one.suited}))
    series = tuple(sorted({name_key(one.series) for one in spoken if len(one.series) > 1}))
    return KnownNames(brand, series, vocabulary(made_of, suited), automaton)


_TRAILING_SPEC = re.compile(r"[\s(（·\-]*\d+(?:\.\d+)?\s*(?:ml|g|kg|l|片|支|盒|瓶|克|毫升)(?:装)?[)）]?$")


def name_key(name: str) -> str:
    """Return a name as names are compared: widths and cases alike, no space around it."""
    return fold_widths(name).text.strip()


def _spellings(spoken: _Spoken) -> set[str]:
    """Return how people write a product: name, aliases, code, and the name without spaces, brand or size.

    An alias that is only an effect, a category or a kind of product (防晒, 面霜) names nothing.
    """
    found: set[str] = set()
    for written in (spoken.name, spoken.sku, *spoken.aliases):
        key = name_key(written)
        bare = _TRAILING_SPEC.sub("", key)
        unbranded = bare.removeprefix(name_key(spoken.house)).strip() if spoken.house else bare
        found |= {key, key.replace(" ", "")}
        found |= {short for short in (bare, bare.replace(" ", ""), unbranded) if len(short) >= 4}
    return found - claim_words().generic - {name_key(spoken.category)}
