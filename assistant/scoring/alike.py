"""How alike two questions, or two topics, are: measures of what they share and lack, weighed by small decision trees.

The trees were learned by ``eval/grouping`` from invented questions of many trades and are data (``alike_trees.json``). The same
two always weigh the same, and ``Likeness.shared`` says by which words.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from math import fsum
from typing import NamedTuple, TypeVar

from assistant.scoring.asking import SORTS, Asked, Kind, Wants, kinship
from assistant.trees import Trees

TREES = "alike_trees.json"
_LEAST_RARITY = 0.3
_A_FEW = 5
_A_FEW_HUNDRED = 300
_TRIFLE = 0.02
_LEAST_KINSHIP = 0.1
_SAYS_SOMETHING = 0.3
_MANY = 8
_NEVER_NOTHING = 1e-6
_OPEN = frozenset({Wants.EXISTS, Wants.WHETHER, Wants.IS})
_TOLD_APART = tuple(want for want in Wants if want not in _OPEN)

_Of = TypeVar("_Of")
Rarity = Callable[[str], float]
"""How much a word tells, 0..1: the oftener it is said the less."""


class Likeness(NamedTuple):
    """How alike two are, 0..1, and by which words."""

    value: float
    shared: tuple[str, ...]


def rarity(questions: int, having: Mapping[str, int]) -> Rarity:
    """How much a word tells among so many questions: from 1 (said in a few) down, by its inverse frequency.

    Few questions count as a few hundred and words seldom said as said a few times, so that a board tells a word's weight
    the same while it fills.
    """
    count = 1 + max(questions, _A_FEW_HUNDRED)
    most = math.log(count / (1 + _A_FEW))

    def of(word: str) -> float:
        return max(_LEAST_RARITY, math.log(count / (1 + max(_A_FEW, having.get(word, 0)))) / most)

    return of


@lru_cache(maxsize=1)
def learned() -> Trees:
    """Read what was learned, once: what two weigh together before it is brought to 0..1."""
    return Trees.of(json.loads(files("assistant.scoring").joinpath(TREES).read_text("utf-8")))


def likeness(one: Asked, other: Asked, rare: Rarity = lambda word: 1.0) -> Likeness:
    """How alike two are; no telling word in common, or other products, is no likeness."""
    if not same_products(one, other):
        return Likeness(0.0, ())
    shared = tuple(sorted(one.looked_for & other.looked_for))
    if not shared:
        return Likeness(0.0, ())
    return Likeness(weigh(measures(one, other, rare)), shared)


def weigh(row: Sequence[float], known: Trees | None = None) -> float:
    """The likeness of what was measured, 0..1."""
    return 1.0 / (1.0 + math.exp(-(known or learned()).weigh(row)))


def same_products(one: Asked, other: Asked) -> bool:
    """Say whether both name a product the other names, or neither names any."""
    return bool(one.skus & other.skus) if one.skus or other.skus else True


# ---- what is measured --------------------------------------------------------------------------


def measures(one: Asked, other: Asked, rare: Rarity) -> list[float]:
    """What the trees look at. The one of more questions comes first, so that the order does not matter."""
    if (one.questions, one.length, sorted(one.words)) < (other.questions, other.length, sorted(other.words)):
        one, other = other, one
    return [
        *_of_words(one, other, rare),
        *_of_letters(one.letters, other.letters),
        *_of_letters(one.pairs, other.pairs),
        *_of_wants(one, other),
        float(min(one.questions, _MANY)),
        float(min(other.questions, _MANY)),
        one.length,
        other.length,
        float(bool(one.skus)),
    ]


def _of_words(one: Asked, other: Asked, rare: Rarity) -> Iterator[float]:
    mine = {word: told * rare(word) for word, told in one.words.items()}
    theirs = {word: told * rare(word) for word, told in other.words.items()}
    shared = {word: min(told, theirs[word]) for word, told in mine.items() if word in theirs}
    left, right = _without(mine, shared), _without(theirs, shared)
    both = fsum(shared.values())
    yield from (both, fsum(left.values()), fsum(right.values()))
    kindred = _match_kindred(left, right)
    apart, aside = fsum(left.values()), fsum(right.values())
    whole = both + kindred + _NEVER_NOTHING
    yield from (kindred, both / (whole + apart + aside), whole / (whole + apart + aside))
    yield from (whole / (whole + apart), whole / (whole + aside), min(apart, aside), max(apart, aside))
    yield from (max(left.values(), default=0.0), max(right.values(), default=0.0), max(shared.values(), default=0.0))
    yield float(sum(told > _SAYS_SOMETHING for told in shared.values()))
    yield from (fsum(mine.values()), fsum(theirs.values()))
    for kind in Kind:
        yield fsum(told for word, told in shared.items() if one.kinds[word] is kind)
        alone = fsum(told for word, told in left.items() if one.kinds[word] is kind)
        lacking = fsum(told for word, told in right.items() if other.kinds[word] is kind)
        yield from (alone, lacking, min(alone, lacking))


def _without(words: Mapping[str, float], shared: Mapping[str, float]) -> dict[str, float]:
    left = {word: told - shared.get(word, 0.0) for word, told in words.items()}
    return {word: told for word, told in left.items() if told > _TRIFLE}


def _match_kindred(left: dict[str, float], right: dict[str, float]) -> float:
    """Take from both sides what may stand for each other, the closest kin first; return how much that is."""
    kin = [
        (close, word, partner)
        for word in left
        for partner in right
        if word != partner and (close := kinship(word, partner)) > _LEAST_KINSHIP
    ]
    found = 0.0
    for close, word, partner in sorted(kin, key=lambda pair: (-pair[0], pair[1], pair[2])):
        part = close * min(left[word], right[partner])
        found += part
        left[word] -= part
        right[partner] -= part
    return found


def _of_letters(one: Mapping[str, float], other: Mapping[str, float]) -> Iterator[float]:
    shared = fsum(min(told, other[letter]) for letter, told in one.items() if letter in other)
    mine, theirs = fsum(one.values()) + _NEVER_NOTHING, fsum(other.values()) + _NEVER_NOTHING
    yield from (shared, shared / (mine + theirs - shared), shared / mine, shared / theirs)


def _of_wants(one: Asked, other: Asked) -> Iterator[float]:
    yield from _beside(one.wants, other.wants, _TOLD_APART)
    yield from _beside(one.sorts, other.sorts, tuple(SORTS))
    for sort in SORTS:
        yield from _both_and_one(one.sorts, other.sorts, sort)
    for want in Wants:
        yield from _both_and_one(one.wants, other.wants, want)


def _both_and_one(one: Mapping[_Of, float], other: Mapping[_Of, float], key: _Of) -> tuple[float, float]:
    mine, theirs = one.get(key, 0.0), other.get(key, 0.0)
    return min(mine, theirs), abs(mine - theirs)


def _beside(one: Mapping[_Of, float], other: Mapping[_Of, float], keys: Sequence[_Of]) -> Iterator[float]:
    shared = fsum(min(one.get(key, 0.0), other.get(key, 0.0)) for key in keys)
    alone = fsum(one.get(key, 0.0) for key in keys) - shared
    lacking = fsum(other.get(key, 0.0) for key in keys) - shared
    yield from (shared, alone, lacking, min(alone, lacking))
