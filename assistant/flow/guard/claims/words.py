"""The words by which a text asserts something, as packaged: effects, troubles, promises, coupons, kinds of goods."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from knowledge.packaged import packaged


@dataclass(frozen=True)
class ClaimWords:
    """The words and patterns of ``claim_words.yaml`` and ``fact_words.yaml``, made ready for looking.

    ``effect_of`` takes every word of an effect to the name of the effect, ``trouble_of`` every word of a trouble to the effect
    against it; ``relieved`` and ``rid_of`` are troubles that go away, ``describing`` words that name nothing.
    """

    efficacy: tuple[tuple[str, ...], ...]
    effect_of: dict[str, str]
    effects: re.Pattern[str]
    not_effects: re.Pattern[str]
    promises: tuple[tuple[str, re.Pattern[str]], ...]
    coupons: re.Pattern[str]
    product_endings: tuple[str, ...]
    generic: frozenset[str]
    product_ends: re.Pattern[str]
    describing: re.Pattern[str]
    relieved: re.Pattern[str]
    rid_of: re.Pattern[str]
    trouble_of: dict[str, str]


@lru_cache(maxsize=1)
def claim_words() -> ClaimWords:
    """Read the words as packaged, once."""
    raw = packaged("assistant.flow.guard.claims", "claim_words.yaml")
    efficacy = tuple(tuple(words) for words in raw["efficacy"])
    effect_of = {word: words[0] for words in efficacy for word in words}
    facts = packaged("assistant.flow.guard.claims", "fact_words.yaml")
    trouble_of = {word: family for family, words in facts["troubles"].items() for word in words}
    return ClaimWords(
        efficacy=efficacy,
        effect_of=effect_of,
        effects=any_of(effect_of),
        not_effects=any_of(raw["not_efficacy"]),
        promises=tuple((item["name"], re.compile("|".join(item["patterns"]))) for item in raw["promises"]),
        coupons=re.compile(
            f"({any_of(raw['coupon_occasions']).pattern})[\\w]{{0,5}}?({any_of(raw['coupon_endings']).pattern})"
        ),
        product_endings=tuple(raw["product_endings"]),
        generic=frozenset(effect_of) | frozenset(raw["product_endings"]),
        product_ends=any_of((*raw["product_endings"], *facts["product_ends"])),
        describing=any_of(
            (
                *effect_of,
                *trouble_of,
                *facts["describing"],
                *raw["product_endings"],
                *(word for words in (*facts["ingredients"], *facts["suited"]) for word in words),
            )
        ),
        relieved=re.compile(
            f"(?P<trouble>{any_of(trouble_of).pattern})[^，。；！？!?\\n]{{0,9}}?(?P<change>{'|'.join(facts['relief'])})"
        ),
        rid_of=re.compile(
            f"(?P<change>再也没有|不再有|不用再(?:担心|怕)|告别|摆脱|赶走|消灭|扫除|(?:压|管|止|缩|抚|填|治|赶|控制|解决|改善|缓解|击退|搞定)(?:得?住|好|走|掉|平|小)?)[^，。；！？!?\\n]{{0,4}}(?P<trouble>{any_of(trouble_of).pattern})"
        ),
        trouble_of=trouble_of,
    )


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of these words, the longest tried first."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def effect_families() -> dict[str, str]:
    """Return every effect word with the name of its effect (补水 → 保湿)."""
    return dict(claim_words().effect_of)
