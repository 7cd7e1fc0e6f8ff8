"""Codes, barcodes, pinyin and initials as they are typed: in one go or in pieces, whole or begun, with a slip."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.barcode import comparable
from assistant.flow.words.pinyin import near_typed
from assistant.flow.words.shopnames import SERIES_LIMIT, Codes, How

MOST_PIECES = 12
"""So many pieces with blanks or dashes between them may be one code: yun run bao shi jing hua ye."""
BEGUN = {How.INITIALS: 4, How.PINYIN: 6}
"""Shorter beginnings of a spelling could be any word."""
SLIP = 8
"""One wrong letter is forgiven from this length on."""
_RUN = re.compile(r"[a-z0-9][a-z0-9+]*(?:[ \-_./][a-z0-9][a-z0-9+]*)*")
_PIECE = re.compile(r"[a-z0-9+]+")
_Span = tuple[int, int, Mapping[str, How], bool]


class Typed:
    """Finds what is typed in letters and digits. Immutable once made."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._near: dict[str, dict[str, How]] = defaultdict(dict)
        self._begun: dict[How, list[str]] = {how: [] for how in BEGUN}
        for code, skus in codes.items():
            for sku, how in skus.items():
                if how is How.PINYIN:
                    self._near[near_typed(code)][sku] = how
            for how, known in self._begun.items():
                if how in skus.values():
                    known.append(code)
        for known in self._begun.values():
            known.sort()
        self._spelled = [code for code, skus in codes.items() if len(code) >= SLIP and How.PINYIN in skus.values()]

    def find(self, text: str) -> Iterator[_Span]:
        """List (start, end, products, whether exactly so) for a folded text, in reading order."""
        for run in _RUN.finditer(text):
            pieces = [(run.start() + one.start(), run.start() + one.end()) for one in _PIECE.finditer(run.group())]
            first = 0
            while first < len(pieces):
                found = self._longest(text, pieces[first : first + MOST_PIECES])
                if found is None:
                    first += 1
                    continue
                yield found[1]
                first += found[0]

    def _longest(self, text: str, pieces: list[tuple[int, int]]) -> tuple[int, _Span] | None:
        """Return how many pieces the longest spelling takes; an exact one wins over every other."""
        joined = ["".join(text[start:end] for start, end in pieces[:count]) for count in range(1, len(pieces) + 1)]
        for exact in (True, False):
            for count in range(len(pieces), 0, -1):
                skus = self._exactly(joined[count - 1]) if exact else self._nearly(joined[count - 1])
                if skus:
                    return count, (pieces[0][0], pieces[count - 1][1], skus, exact)
        return None

    def _exactly(self, letters: str) -> Mapping[str, How]:
        return self._codes.get(letters) or (self._codes.get(comparable(letters), {}) if letters.isdigit() else {})

    def _nearly(self, letters: str) -> Mapping[str, How]:
        """Return what letters sound like, begin, or miss by one; digits are never taken for other digits."""
        if not letters.isalpha() or len(letters) < min(BEGUN.values()):
            return {}
        near = near_typed(letters)
        if len(letters) >= BEGUN[How.PINYIN] and near in self._near:
            return self._near[near]
        for how, least in BEGUN.items():
            begun = self._begins(letters, how) if len(letters) >= least else {}
            if begun:
                return begun
        if len(letters) < SLIP:
            return {}
        alike = process.extract(letters, self._spelled, scorer=OSA.distance, score_cutoff=1, limit=SERIES_LIMIT)
        return {sku: How.TYPO for code, _, _ in alike for sku in self._codes[code]}

    def _begins(self, letters: str, how: How) -> Mapping[str, How]:
        known = self._begun[how]
        found: dict[str, How] = {}
        place = bisect_left(known, letters)
        while place < len(known) and known[place].startswith(letters):
            found.update({sku: how for sku, by in self._codes[known[place]].items() if by is how})
            place += 1
        return found if len(found) <= SERIES_LIMIT else {}
