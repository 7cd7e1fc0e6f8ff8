"""The words of the trade for one shop: skin types, worries, product types, categories, and what people say for them.

The packaged ``words.yaml`` holds the general words; a shop's own come from its products.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ahocorasick

from assistant.flow.words.writing import fold, plain
from assistant.shop import Product
from knowledge.noun import Labelled
from knowledge.packaged import packaged

SPEC = re.compile(
    r"[(（【\[].*?[)）】\]]|\d+(\.\d+)?\s*(ml|g|kg|l|片|支|瓶|盒|毫升|克|升|斤|公斤|对|粒|w|寸)(\s*[*x×]\s*\d+\S?)?$",
    re.I,
)
_FIGURES = str.maketrans("一二三四五六七八九", "123456789")


class TermKind(Labelled):
    """What a vocabulary word is about."""

    SKIN = "skin", "肤质"
    AUDIENCE = "audience", "人群"
    CONCERN = "concern", "需求"
    TYPE = "type", "产品类型"
    CATEGORY = "category", "品类"
    AVOIDABLE = "avoidable", "忌用成分"
    OCCASION = "occasion", "时机"


@dataclass(frozen=True)
class Term:
    """A vocabulary word in a text: ``value`` is the word we keep, ``said`` the one written."""

    kind: TermKind
    value: str
    said: str
    start: int
    end: int


@dataclass(frozen=True)
class Traits:
    """What a product is, in the words we keep, so that shops that write 油性肌肤 and 油皮 compare alike."""

    types: tuple[str, ...]
    """Product types in its name, the main one first (云润精华面霜: 面霜, 精华)."""
    suits: frozenset[str]
    shuns: frozenset[str]
    concerns: frozenset[str]
    any_skin: bool


def finder_of(words: Mapping[str, object]) -> ahocorasick.Automaton | None:
    """Make a finder of whole words; an empty vocabulary has none."""
    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for word, value in words.items():
        if word:
            automaton.add_word(word, (word, value))
    automaton.make_automaton()
    return automaton


def longest(automaton: ahocorasick.Automaton | None, text: str) -> list[tuple[int, str]]:
    """List (end, word) of the longest words that do not overlap."""
    if automaton is None:
        return []
    return [(last + 1, word) for last, (word, _) in automaton.iter_long(text)]


def terms_in(kind: TermKind, automaton: ahocorasick.Automaton | None, text: str) -> list[Term]:
    """List the words of one vocabulary in a folded text, the longest where they overlap."""
    if automaton is None:
        return []
    return [
        Term(kind, value, word, last + 1 - len(word), last + 1) for last, (word, value) in automaton.iter_long(text)
    ]


def bare_name(name: str) -> str:
    """Fold a name and drop specification and brackets."""
    return plain(SPEC.sub("", fold(name).strip()).strip())


def vocabulary_of(products: Iterable[Product], categories: tuple[str, ...]) -> dict[TermKind, dict[str, str]]:
    """Join the general words with a shop's own: {kind: {said: kept}}."""
    words = packaged("assistant.flow.words", "words.yaml")
    every = tuple(products)
    vocabulary = {
        TermKind.SKIN: _spoken(words["skin_types"]),
        TermKind.AUDIENCE: _spoken(words["audiences"]),
        TermKind.CONCERN: _spoken(words["concerns"]),
        TermKind.TYPE: _spoken(words["product_types"]),
        TermKind.CATEGORY: _category_words(categories),
        TermKind.AVOIDABLE: {fold(word): word for word in words["avoidable"]},
        TermKind.OCCASION: _spoken(words["occasions"]),
    }
    vocabulary[TermKind.TYPE].update(_own_types(every, vocabulary[TermKind.TYPE]))
    known = {**vocabulary[TermKind.SKIN], **vocabulary[TermKind.AUDIENCE], **_spoken({"": words["every_skin"]})}
    _add_own(vocabulary[TermKind.AUDIENCE], (value for one in every for value in one.suitable_for + one.not_for), known)
    _add_own(
        vocabulary[TermKind.CONCERN],
        (value for one in every for value in one.concerns),
        dict(vocabulary[TermKind.CONCERN]),
    )
    _add_own(vocabulary[TermKind.AVOIDABLE], (value for one in every for value in one.free_of + one.ingredients), {})
    return vocabulary


def _spoken(values: Mapping[str, Iterable[object]]) -> dict[str, str]:
    """Turn {kept: said} of the data file into {said: kept}, folded."""
    pairs = {fold(str(kept)): str(kept) for kept in values}
    for kept, said in values.items():
        for word in said or ():
            pairs.setdefault(fold(str(word)), str(kept))
    return pairs


def _add_own(words: dict[str, str], values: Iterable[str], known: Mapping[str, str]) -> None:
    """Add a shop's own values, except those that say in more words what is known (保湿补水)."""
    finder = finder_of(known)
    for value in values:
        folded = fold(value)
        if 2 <= len(folded) <= 10 and not longest(finder, folded):
            words.setdefault(folded, value)
            words.setdefault(folded.translate(_FIGURES), value)


def _category_words(categories: tuple[str, ...]) -> dict[str, str]:
    """Let a category be called by its two first or last characters where no other category ends or begins so."""
    words = {fold(category): category for category in categories}
    shorts = defaultdict(set)
    for category in categories:
        folded = fold(category)
        if len(folded) >= 4:
            shorts[folded[:2]].add(category)
            shorts[folded[-2:]].add(category)
    for short, meant in shorts.items():
        if len(meant) == 1:
            words.setdefault(short, next(iter(meant)))
    return words


def _own_types(products: tuple[Product, ...], known: Mapping[str, str]) -> dict[str, str]:
    """Take the end of a name for its type where the trade's words know none and several names end alike."""
    finder = finder_of(known)
    endings: dict[str, set[str]] = defaultdict(set)
    for product in products:
        name = bare_name(product.name)
        if longest(finder, name):
            continue
        for length in (4, 3, 2):
            if len(name) > length:
                endings[name[-length:]].add(product.sku)
    own: dict[str, str] = {}
    for product in products:
        name = bare_name(product.name)
        shared = [length for length in (4, 3, 2) if len(endings.get(name[-length:], ())) > 1]
        word = name[-shared[0] :] if shared else name[-2:]
        if len(name) > 2 and not longest(finder, name):
            own[word] = word
    return own


def traits_of(product: Product, finders: Mapping[TermKind, ahocorasick.Automaton | None]) -> Traits:
    """Say what a product is in the words we keep; a shop's own value stays beside the kept one."""

    def kept(values: tuple[str, ...], *kinds: TermKind) -> frozenset[str]:
        found = {
            term.value for value in values for kind in kinds for term in terms_in(kind, finders[kind], fold(value))
        }
        return frozenset(found | {fold(value) for value in values})

    typed = terms_in(TermKind.TYPE, finders[TermKind.TYPE], bare_name(product.name))
    if not typed:
        typed = [
            term for alias in product.aliases for term in terms_in(TermKind.TYPE, finders[TermKind.TYPE], fold(alias))
        ]
    every_skin = packaged("assistant.flow.words", "words.yaml")["every_skin"]
    ending = _ending_type(bare_name(product.name), finders[TermKind.TYPE])
    return Traits(
        types=tuple(dict.fromkeys((*ending, *(term.value for term in reversed(typed))))),
        suits=kept(product.suitable_for, TermKind.SKIN, TermKind.AUDIENCE),
        shuns=kept(product.not_for, TermKind.SKIN, TermKind.AUDIENCE),
        concerns=kept(product.concerns + product.efficacy, TermKind.CONCERN),
        any_skin=any(word in value for value in product.suitable_for for word in every_skin),
    )


def _ending_type(name: str, finder: ahocorasick.Automaton | None) -> tuple[str, ...]:
    """Return the type a name ends with: 白泥清洁面膜 is a mask, though 洁面 can be read in it first."""
    ending = [value for length in (5, 4, 3, 2) if finder is not None and (value := finder.get(name[-length:], None))]
    return (ending[0][1],) if ending else ()
