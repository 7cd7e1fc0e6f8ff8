"""The words by which a turn is found again: every two neighbouring Chinese characters, every Latin word, folded.

Pairs of neighbours need no dictionary, so no word is missed for being cut otherwise (护手霜 in 买护手霜套装), and a later
dictionary leaves no old row unfound. The search for material rests on the same pairs (``knowledge.words.wording``).
"""

import re
import unicodedata

from knowledge.reading.cleaning import strip_invisible

LONGEST = 40
"""Characters of a word; a longer Latin one is cut off."""
_RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[a-z0-9]+")
_FIRST_HAN = "\u3400"
# a phone, a card, an order: numbers by which somebody could be looked up are never in the index
_NUMBER = re.compile(r"[0-9](?:[ \-]?[0-9]){6,}")


def words_of(*texts: str) -> frozenset[str]:
    """All words of these texts; numbers of seven digits and more are left out."""
    return frozenset(word for text in texts for word in _words(text))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", strip_invisible(text).text).lower()
    found: list[str] = []
    for run in _RUN.findall(_NUMBER.sub(" ", plain)):
        if run[0] < _FIRST_HAN:
            found.append(run[:LONGEST])
        else:
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
    return found
