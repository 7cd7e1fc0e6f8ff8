"""Patterns as the word lists write them: ``<name>`` is a class of words, ``<4>`` a gap of up to four characters.

No gap runs over a word that denies (不, 没, 未, 别) unless it is written ``<*4>``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

_PLACE = re.compile(r"<(?:(?P<any>\*)?(?P<gap>\d+)|(?P<name>[a-z_]+))>")
_DENYING = "不没未别"


class WordPatterns:
    """Compiles patterns of one list.

    ``classes`` are its words by name; one may use those before it. ``bounds`` are the characters where every gap ends.
    """

    def __init__(self, classes: Mapping[str, Sequence[str]], *, bounds: str) -> None:
        self._bounds = bounds
        self._classes: dict[str, str] = {}
        for name, words in classes.items():
            self._classes[name] = f"(?:{'|'.join(map(self._expanded, words))})"

    def compiled(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """Return what matches any of the patterns; nothing, where there are none."""
        return re.compile("|".join(map(self._expanded, patterns)) or "(?!)")

    def _expanded(self, pattern: str) -> str:
        return _PLACE.sub(self._put, pattern)

    def _put(self, place: re.Match[str]) -> str:
        if place["gap"]:
            return f"[^{self._bounds}{'' if place['any'] else _DENYING}]{{0,{place['gap']}}}?"
        return self._classes[place["name"]]
