"""How written Chinese is made comparable: folded, bare of signs, heard, and told from ordinary words."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import opencc
import rjieba

from knowledge.asking.pinyin import sound, sounds

__all__ = ["LATIN", "fold", "is_common_word", "plain", "sound", "sounds"]

LATIN = re.compile(r"[a-z0-9][a-z0-9+\-]*")
_BEYOND_PLAIN = re.compile(r"[^0-9a-z\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def _simplifier() -> Callable[[str], str]:
    converter = opencc.OpenCC("t2s")

    def simplify(text: str) -> str:
        return str(converter.convert(text))

    return simplify


def fold(text: str) -> str:
    """Write a text in half width, lower case and simplified characters; what all expressions are tested on."""
    return _simplifier()(unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Fold a name and leave only letters, digits and Chinese characters (🌸小鹿🌸 becomes 小鹿)."""
    return _BEYOND_PLAIN.sub("", unicodedata.normalize("NFKC", text).lower())


def is_common_word(text: str) -> bool:
    """Say whether a dictionary of ordinary Chinese knows this word."""
    return bool(rjieba.has_word(text))
