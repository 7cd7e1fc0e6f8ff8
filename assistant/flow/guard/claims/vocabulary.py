"""The words a shop has for what its products are made of and for whom they suit."""

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.guard.claims.words import any_of
from knowledge.packaged import packaged


@dataclass(frozen=True)
class Vocabulary:
    """The words a shop has for ingredients and for skins; ``name_of`` takes every spelling to one."""

    ingredients: re.Pattern[str]
    suited: re.Pattern[str]
    name_of: dict[str, str]


@lru_cache(maxsize=64)
def vocabulary(ingredients: tuple[str, ...], suited: tuple[str, ...]) -> Vocabulary:
    """Make the vocabulary of a shop from its products' own words and the words of the trade; all folded."""
    read = packaged("assistant.flow.guard.claims", "fact_words.yaml")
    name_of: dict[str, str] = {}
    for name, *others in (*read["ingredients"], *read["suited"]):
        name_of |= {word.lower(): name for word in (name, *others)}
    made = {word.lower() for words in read["ingredients"] for word in words} | {
        one for one in ingredients if len(one) > 1
    }
    whom = {word.lower() for words in read["suited"] for word in words} | {one for one in suited if len(one) > 1}
    return Vocabulary(any_of(made), any_of(whom), name_of)
