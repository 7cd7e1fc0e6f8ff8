"""A second reading of a text in which words are hidden: pinyin, homophones, look-alikes, parts of characters, initials.

Plain text has no second reading. Where something stands in for a character, the words that the rules know are read into
the places that sound or look like them, and each such place is remembered: a rule that is met in the second reading
counts only where it touches one. The map to the original text is kept all the way.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick
import rjieba
from pypinyin import Style, lazy_pinyin, pinyin_dict

from knowledge.folding import Folded
from knowledge.packaged import packaged


@dataclass(frozen=True)
class Second:
    """A stretch of the text read a second time; ``read[i]`` says whether character i was put in for something else."""

    folded: Folded
    read: bytes

    def touches(self, start: int, end: int) -> bool:
        """Say whether [start, end) holds a character that was read into the text."""
        return any(self.read[start:end])


@dataclass(frozen=True)
class _Word:
    text: str
    sounds: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """The words that may be hidden, by how they sound and by what is written in their place."""

    by_sound: dict[str, tuple[tuple[_Word, int], ...]]
    by_initials: dict[str, str]
    variants: ahocorasick.Automaton


@dataclass(frozen=True)
class _Tables:
    alike: dict[str, str]
    split: tuple[tuple[str, str], ...]
    splits: re.Pattern[str]
    initials: dict[str, str]
    syllables: dict[str, str]
    hidden_classes: tuple[str, ...]
    hidden: tuple[str, ...]
    everyday: frozenset[str]
    plain_letters: frozenset[str]
    suspects: re.Pattern[str]


@dataclass(frozen=True)
class _Unit:
    """One place of the text as it is read: a character, or a syllable in Latin letters."""

    text: str
    sound: str
    start: int
    end: int
    odd: bool = False


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    raw = packaged("assistant.flow.guard.law", "disguises.yaml")
    alike = {odd: plain for plain, odds in raw["alike"].items() if len(plain) == 1 for odd in odds if odd != plain}
    split = {parts: plain for plain, spellings in raw["split"].items() for parts in spellings if len(parts) > 1}
    ordered = tuple(sorted(split.items(), key=lambda item: -len(item[0])))
    pattern = re.compile("|".join(re.escape(parts) for parts, _ in ordered))
    plain_letters = "|".join(sorted(map(re.escape, raw["plain_letters"]), key=len, reverse=True))
    return _Tables(
        alike,
        ordered,
        pattern,
        raw["initials"],
        raw["syllables"],
        tuple(raw["hidden_classes"]),
        tuple(raw["hidden"]),
        frozenset(raw["everyday"]),
        frozenset(raw["plain_letters"]),
        re.compile(f"(?<![a-z])(?!(?:{plain_letters})(?![a-z]))[a-z]+|[{_NUMBER_SIGNS}]|{pattern.pattern}"),
    )


def hidden_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes of words, and the words, that are hidden by a wrong character often enough to look for them."""
    return _tables().hidden_classes, _tables().hidden


# ---- the words that may be hidden ---------------------------------------------------------------

_HAN = re.compile("[\u4e00-\u9fff]+")
_COMMON_ROWS = range(0xB0, 0xD8)


def make_lexicon(known: Iterable[str], strong: Iterable[str]) -> Lexicon:
    """Index the words: ``known`` may be spelled in Latin letters, ``strong`` ones also by a character that sounds alike."""
    rjieba.has_word("")  # loads the dictionary now, not in the middle of a turn
    _sounds()
    words = sorted({word for word in known if len(word) >= 2 and _HAN.fullmatch(word)})
    by_sound: dict[str, list[tuple[_Word, int]]] = {}
    sounds_of = {text: tuple(lazy_pinyin(text)) for text in words}
    for text, sounds in sounds_of.items():
        if len(sounds) != len(text):
            continue
        for place, sound in enumerate(sounds):
            by_sound.setdefault(sound, []).append((_Word(text, sounds), place))
    by_initials = {
        "".join(sound[0] for sound in sounds): text for text, sounds in sounds_of.items() if 3 <= len(text) <= 5
    }
    # half a word of two: 孕f
    by_initials |= {word[0] + lazy_pinyin(word)[1][0]: word[1] for word in _tables().hidden if len(word) == 2}
    return Lexicon({sound: tuple(uses) for sound, uses in by_sound.items()}, by_initials, _variants(strong))


def _variants(strong: Iterable[str]) -> ahocorasick.Automaton:
    """Index every spelling of a strong word with one character exchanged for one that sounds or looks like it."""
    alike: dict[str, set[str]] = {}
    for odd, plain in _tables().alike.items():
        alike.setdefault(plain, set()).add(odd)
    automaton = ahocorasick.Automaton()
    for word in sorted({word for word in strong if len(word) >= 2 and _HAN.fullmatch(word)}):
        for place, char in enumerate(word):
            for other in (_same_sound(char) | alike.get(char, set())) - {char}:
                spelled = word[:place] + other + word[place + 1 :]
                if spelled not in automaton:
                    automaton.add_word(spelled, (len(word), place, char, other in alike.get(char, ())))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=4096)
def _same_sound(char: str) -> frozenset[str]:
    return frozenset(_by_sound().get(lazy_pinyin(char)[0], ()))


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, list[str]]:
    """Return the 3,755 common characters (GB 2312, level 1) by their sound without tone."""
    chars = [bytes((row, cell)).decode("gb2312", "ignore") for row in _COMMON_ROWS for cell in range(0xA1, 0xFF)]
    found: dict[str, list[str]] = {}
    for char in filter(None, chars):
        found.setdefault(lazy_pinyin(char)[0], []).append(char)
    return found


@lru_cache(maxsize=1)
def _sounds() -> frozenset[str]:
    """Return every syllable there is, in plain letters (nü as nv)."""
    spelled = {
        lazy_pinyin(chr(code), style=Style.NORMAL)[0] for code in pinyin_dict.pinyin_dict if 0x4E00 <= code < 0x9FFF
    }
    return frozenset(sound for sound in spelled if sound.isascii() and sound.isalpha() and len(sound) > 1) | {
        "a",
        "e",
        "o",
    }


# ---- reading ------------------------------------------------------------------------------------

# Signs that pass for a number: 第— is 第一. Circled figures keep their shape only for this reading.
_NUMBER_SIGNS = "—–"
# How far around a suspect the text is read again.
_AROUND = 50
_LETTERS = re.compile("[a-z]{1,14}")


def read_again(plain: Folded, lexicon: Lexicon) -> tuple[Second, ...]:
    """Return the stretches of a folded text that read otherwise at second sight; none where nothing stands in for a character."""
    seconds = (
        _read(plain, first, after, lexicon) for first, after in _stretches(_suspects(plain.text, lexicon), plain.text)
    )
    return tuple(second for second in seconds if second is not None)


def _suspects(text: str, lexicon: Lexicon) -> list[int]:
    """Return where something may stand in for a character, in reading order."""
    everyday = _tables().everyday
    found = [match.start() for match in _tables().suspects.finditer(text)]
    for last, (length, place, _, looks_alike) in lexicon.variants.iter(text):
        index = last - length + 1 + place
        if looks_alike or length > 2 or text[index] not in everyday:
            found.append(index)
    return sorted(found)


def _stretches(suspects: list[int], text: str) -> Iterator[tuple[int, int]]:
    """Join the surroundings of suspects that lie close together."""
    first = after = -1
    for index in suspects:
        if first >= 0 and index - _AROUND > after:
            yield first, after
            first = -1
        first = max(0, index - _AROUND) if first < 0 else first
        after = min(len(text), index + _AROUND)
    if first >= 0:
        yield first, after


def _read(plain: Folded, first: int, after: int, lexicon: Lexicon) -> Second | None:
    units, changed = _respelled(_merged(_closed_up(list(_units(plain.text[first:after])))), lexicon)
    if not changed and not any(unit.odd for unit in units):
        return None
    text = "".join(unit.text for unit in units)
    starts = tuple(plain.starts[first + unit.start] for unit in units for _ in unit.text)
    ends = tuple(plain.ends[first + unit.end - 1] for unit in units for _ in unit.text)
    read = bytes(unit.odd for unit in units for _ in unit.text)
    return Second(Folded(text, starts, ends), read)


def _units(text: str) -> Iterator[_Unit]:
    position = 0
    while position < len(text):
        letters = _LETTERS.match(text, position)
        if letters is None or letters[0] in _tables().plain_letters:
            end = letters.end() if letters else position + 1
            for index in range(position, end):
                yield _Unit(text[index], "", index, index + 1)
            position = end
            continue
        for sound in _syllables(letters[0]):
            yield _Unit(sound, sound if sound in _sounds() else "", position, position + len(sound))
            position += len(sound)


_GAP = " -_/·.\n"


def _closed_up(units: list[_Unit]) -> list[_Unit]:
    """Leave out the single signs between two syllables (mian-yi-li)."""
    return [
        unit
        for index, unit in enumerate(units)
        if unit.text not in _GAP
        or not (0 < index < len(units) - 1 and units[index - 1].sound and units[index + 1].sound)
    ]


@lru_cache(maxsize=512)
def _syllables(letters: str) -> tuple[str, ...]:
    """Divide a run of letters into syllables; letters that are none stay together as they are."""
    if not letters:
        return ()
    for size in range(min(6, len(letters)), 0, -1):
        if letters[:size] in _sounds() and (size > 1 or len(letters) == 1):
            rest = _syllables(letters[size:])
            if all(part in _sounds() for part in rest):
                return (letters[:size], *rest)
    return (letters,)


def _merged(units: list[_Unit]) -> list[_Unit]:
    """Put parts of characters together (氵台 → 治), the longest first."""
    text = "".join(unit.text if len(unit.text) == 1 else "\x00" for unit in units)
    found = list(_tables().splits.finditer(text))
    if not found:
        return units
    whole = dict(_tables().split)
    merged: list[_Unit] = []
    position = 0
    for match in found:
        merged += units[position : match.start()]
        first, last = units[match.start()], units[match.end() - 1]
        merged.append(_Unit(whole[match[0]], "", first.start, last.end, odd=True))
        position = match.end()
    return merged + units[position:]


def _respelled(units: list[_Unit], lexicon: Lexicon) -> tuple[list[_Unit], bool]:
    read = dict(_homophones(units, lexicon))
    latin = [
        index for index, unit in enumerate(units) if len(unit.text) > 1 or unit.text.isascii() and unit.text.isalpha()
    ]
    for index in latin:
        if index not in read:
            read.update(_spelled_out(units, index, lexicon) or _initials(units, index, lexicon))
    for index, unit in enumerate(units):
        # an odd character with one plain reading, next to Chinese: 第— is 第一, whatever word it belongs to
        if index not in read and unit.text in _NUMBER_SIGNS and index and _HAN.fullmatch(units[index - 1].text):
            read[index] = _tables().alike.get(unit.text, unit.text)
    again = [
        _Unit(read[index], "", unit.start, unit.end, odd=True) if index in read else unit
        for index, unit in enumerate(units)
    ]
    return again, bool(read)


def _spelled_out(units: list[_Unit], index: int, lexicon: Lexicon) -> dict[int, str]:
    """Read the syllable at ``index`` as part of the longest known word that fits all its neighbours."""
    sound = units[index].sound
    if not sound or not _among_han(units, index):
        return {}
    best: dict[int, str] = {}
    for word, place in lexicon.by_sound.get(sound, ()):
        first = index - place
        if first < 0 or first + len(word.text) > len(units) or len(word.text) <= len(best):
            continue
        fitting = {}
        exact = 0
        for offset, char in enumerate(word.text):
            unit = units[first + offset]
            if unit.text == char:
                exact += 1
            elif unit.sound and unit.sound == word.sounds[offset]:
                fitting[first + offset] = char
            else:
                break
        else:
            if exact + len(fitting) == len(word.text) and (exact or len(fitting) > 1):
                best = fitting
    if best:
        return best
    alone = _beside_a_neighbour(units, index) or _tables().syllables.get(sound, "")
    return {index: alone} if alone else {}


def _beside_a_neighbour(units: list[_Unit], index: int) -> str:
    """Read a single syllable as the character that makes a dictionary word with the one before or after it."""
    before = units[index - 1].text if index else ""
    after = units[index + 1].text if index + 1 < len(units) else ""
    preferred = _tables().syllables.get(units[index].sound, "")
    for char in (*preferred, *_by_sound().get(units[index].sound, ())):
        made = [before + char] * bool(_HAN.fullmatch(before)) + [char + after] * bool(_HAN.fullmatch(after))
        if any(rjieba.has_word(word) for word in made):
            return str(char)
    return ""


def _initials(units: list[_Unit], index: int, lexicon: Lexicon) -> dict[int, str]:
    """Read letters that are no syllable as the initials of a word: lj 垃圾, 孕f 孕妇."""
    letters = units[index].text
    if not _among_han(units, index) or _begins_a_number(units, index):
        return {}
    if letters in _tables().initials:
        return {index: _tables().initials[letters]}
    if letters in lexicon.by_initials:
        return {index: lexicon.by_initials[letters]}
    before = units[index - 1].text if index else ""
    char = lexicon.by_initials.get(before + letters, "") if len(letters) == 1 else ""
    return {index: char} if char else {}


_NEAR = 12
_SHORTEST_NUMBER = 4


def _begins_a_number(units: list[_Unit], index: int) -> bool:
    """Say whether the letters open the number of a patent, a certificate or a report, as in ZL2099…: they stand for no word."""
    behind = units[index + 1 : index + 1 + _SHORTEST_NUMBER]
    return len(behind) == _SHORTEST_NUMBER and all(unit.text.isdecimal() for unit in behind)


def _among_han(units: list[_Unit], index: int) -> bool:
    """Say whether Chinese stands near, so that the letters are likely read as Chinese too."""
    return any(_HAN.fullmatch(unit.text) for unit in units[max(0, index - _NEAR) : index + _NEAR])


def _homophones(units: list[_Unit], lexicon: Lexicon) -> Iterator[tuple[int, str]]:
    """Find strong words written with one wrong character that belongs to no word of its own in this sentence."""
    text = "".join(unit.text if len(unit.text) == 1 else "\x00" for unit in units)
    found = list(lexicon.variants.iter(text)) if len(text) else []
    if not found:
        return
    alone = _single_tokens(text)
    for last, (length, place, char, looks_alike) in found:
        index = last - length + 1 + place
        if alone[index] and (length > 2 or looks_alike or text[index] not in _tables().everyday):
            yield index, char


def _single_tokens(text: str) -> bytearray:
    """Mark the characters that stand alone when the text is divided into dictionary words."""
    alone = bytearray(len(text))
    position = 0
    for token in rjieba.cut(text, False):
        if len(token) == 1:
            alone[position] = 1
        position += len(token)
    return alone
