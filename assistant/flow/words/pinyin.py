"""How Chinese sounds: the one file that knows pypinyin."""

import os

# its table of phrases takes 40 MB and serves running text; names are heard character by character
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import Style, lazy_pinyin


def spelled(text: str) -> str:
    """Return a text in pinyin without tones, as typed into an input method: 面霜 → mianshuang."""
    return "".join(lazy_pinyin(text))


def initials(text: str) -> str:
    """Return the first letters of the pinyin: 面霜 → ms."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
