"""Names with a slip of the pen, told from the names of other things."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from assistant.flow.words.writing import LATIN, is_common_word, sound

SHORTEST = 4
"""A name of three characters with one of them wrong is another word."""
TWO_SLIPS = 7
"""From this length on two slips are forgiven."""
LEAST_ALIKE = 60.0


@dataclass(frozen=True)
class Slip:
    """A name that was nearly written, where, and how many characters are wrong."""

    name: str
    start: int
    end: int
    distance: int


class Misspelling:
    """Finds names that are nearly written in a text. Immutable once made.

    A wrong character that makes a word of another name of this shop, or an ordinary word of another sound, is no
    slip: 云润修护精华 is not 云润保湿精华. Figures and letters are never forgiven: SPF30 is not SPF50.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._pairs: set[str] = set()
        self._by_pair: Mapping[str, list[str]] = defaultdict(list)
        for name in names:
            pairs = _pairs(name)
            self._pairs.update(pairs)
            if len(name) >= SHORTEST:
                for pair in pairs:
                    self._by_pair[pair].append(name)

    def find(self, text: str) -> tuple[Slip, ...]:
        """List the names that are nearly written in a folded text; of several in one place the nearest, all of them."""
        there = Counter(name for pair in _pairs(text) for name in self._by_pair.get(pair, ()))
        slips = [
            slip
            for name, shared in there.items()
            if shared >= max(1, len(name) - 1 - 2 * _forgiven(name))
            for slip in [self._slip(text, name)]
            if slip is not None
        ]
        kept: list[Slip] = []
        for slip in sorted(slips, key=lambda one: (one.distance / len(one.name), -len(one.name), one.start, one.name)):
            rivals = [one for one in kept if one.start < slip.end and slip.start < one.end]
            if all((one.distance, len(one.name)) == (slip.distance, len(slip.name)) for one in rivals):
                kept.append(slip)
        return tuple(sorted(kept, key=lambda one: (one.start, one.name)))

    def _slip(self, text: str, name: str) -> Slip | None:
        place = fuzz.partial_ratio_alignment(name, text, score_cutoff=LEAST_ALIKE)
        if place is None:
            return None
        windows = [
            (OSA.distance(name, text[start:end]), abs(end - start - len(name)), start, end)
            for start in range(max(0, place.dest_start - 1), place.dest_start + 2)
            for end in range(place.dest_end - 1, min(len(text), place.dest_end + 1) + 1)
            if end - start >= SHORTEST - (len(name) > SHORTEST)
        ]
        if not windows:
            return None
        distance, _, start, end = min(windows)
        if not 0 < distance <= _forgiven(name) or not self._is_slip(text[start:end], name):
            return None
        return Slip(name, start, end, distance)

    def _is_slip(self, said: str, name: str) -> bool:
        if "\0" in said or LATIN.findall(said) != LATIN.findall(name):
            return False
        if len(name) == SHORTEST and len(said) != SHORTEST:
            return False
        if sorted(said) == sorted(name):
            return True
        heard = {_sounds(pair) for pair in _pairs(name)}
        new = {pair for pair in _pairs(said) - _pairs(name) if _sounds(pair) not in heard}
        if new & self._pairs:
            return False
        return len(said) != len(name) or not any(map(is_common_word, new))


def _forgiven(name: str) -> int:
    return 2 if len(name) >= TWO_SLIPS else 1


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _sounds(text: str) -> tuple[str, ...]:
    return tuple(map(sound, text))
