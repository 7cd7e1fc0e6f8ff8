"""The words that changes put in, read from the YAML files beside this one."""

from functools import lru_cache

from knowledge.noun import Noun
from knowledge.packaged import packaged


class Promise(Noun):
    """Clauses that promise the same; ``unless`` is a pattern of records that make it."""

    say: tuple[str, ...]
    unless: str = ""


class Words(Noun):
    """Everything in words.yaml, by the names it has there."""

    invented_products: tuple[str, ...]
    invented_coupons: tuple[str, ...]
    invented_stores: tuple[str, ...]
    gifts: tuple[str, ...]
    effects: tuple[str, ...]
    substances: tuple[str, ...]
    free_of: tuple[str, ...]
    skins: tuple[str, ...]
    effects_in_plain_words: dict[str, tuple[str, ...]]
    effects_measured: tuple[str, ...]
    worries_ended: dict[str, str]
    groups_let_in: dict[str, str]
    coupons_added: dict[str, str]
    stock_promised: tuple[str, ...]
    arrivals_invented: tuple[str, ...]
    sales_invented: tuple[str, ...]
    free_pieces: tuple[str, ...]
    hours_invented: tuple[str, ...]
    usage_invented: tuple[str, ...]
    promised: dict[str, Promise]
    turned: dict[str, tuple[tuple[str, str], ...]]
    swapped: dict[str, tuple[tuple[str, str], ...]]


@lru_cache(maxsize=2)
def words(*, held_out: bool = False) -> Words:
    """Read the file, once; ``held_out`` puts the wordings of the test part, which nobody mends the guard on, over it."""
    read = _read("words.yaml")
    return Words.model_validate(read | _read("words_held_out.yaml") if held_out else read)


def _read(name: str) -> dict[str, object]:
    content: dict[str, object] = packaged("eval.guarding", name)
    return content
