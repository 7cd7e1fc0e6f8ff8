"""How written Chinese is made comparable: folded, bare of signs, heard, and told from ordinary words."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any

import opencc
import rjieba
import yaml

from assistant.flow.words.pinyin import spelled

LATIN = re.compile(r"[a-z0-9][a-z0-9+\-]*")
_BEYOND_PLAIN = re.compile(r"[^0-9a-z\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def _simplifier() -> Callable[[str], str]:
    converter = opencc.OpenCC("t2s")

    def simplify(text: str) -> str:
        return str(converter.convert(text))

    return simplify


@lru_cache(maxsize=8)
def packaged(name: str) -> Any:
    """Read one of the YAML files beside this module."""
    return yaml.safe_load((resources.files("assistant.flow.words") / name).read_text(encoding="utf-8"))


def fold(text: str) -> str:
    """Write a text in half width, lower case and simplified characters; what all expressions are tested on."""
    return _simplifier()(unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Fold a name and leave only letters, digits and Chinese characters (🌸小鹿🌸 becomes 小鹿)."""
    return _BEYOND_PLAIN.sub("", unicodedata.normalize("NFKC", text).lower())


@lru_cache(maxsize=16384)
def sound(character: str) -> str:
    """Return how a character sounds, without tone and without the pairs that input methods and dialects mix."""
    spoken = spelled(character)
    spoken = re.sub(r"^(z|c|s)h", r"\1", spoken)
    return re.sub(r"(?<=[aei]n)g$", "", spoken)


def sounds(text: str) -> str:
    """Return the sounds of a text, one word a character."""
    return " ".join(sound(character) for character in text)


def is_common_word(text: str) -> bool:
    """Say whether a dictionary of ordinary Chinese knows this word."""
    return bool(rjieba.has_word(text))
