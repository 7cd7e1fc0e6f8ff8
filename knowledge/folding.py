"""Making written text comparable without losing the place: every folded character knows where it came from.

``fold_widths`` is enough to read figures; ``fold_looks`` takes off whatever changes only the look of characters
(traditional forms, zero-width characters, pictures); ``uncover`` also takes off the disguises that advertising words
wear (signs between two characters, 蕞, zui, N0.1).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

# Full-width punctuation separates clauses and numbers; folding "，" to "," would join 满300，400 into one number.
_KEPT = frozenset("，。、；：！？（）～…「」『』《》【】“”‘’")
# Greek and Cyrillic letters that look like the Latin ones used in NO.1, TOP1, SPF.
_LOOKALIKE = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτАВЕКМНОРСТХУаеоркстху",
    "ABEZHIKMNOPTYXavoptABEKMHOPCTXYaeopkctxy",
)
_CJK = r"\u3400-\u9fff"
_NOISE = re.compile(
    rf"(?<=[{_CJK}\d%a-z])[^\S\n·•・._*|^/\\`'\"#=+\-]*[·•・._*|^/\\`'\"#=+\- \t\u3000]+(?=[{_CJK}])"
    rf"|(?<=[{_CJK}])[·•・._*|^/\\`'\"#=+\- \t\u3000]+(?=[{_CJK}a-z\d])"
)
_SEPARATOR = r"[\s,，.、;；:：!！?？。~～\-…]"
_SINGLES = re.compile(
    rf"(?:(?<=^[{_CJK}])|(?<={_SEPARATOR}[{_CJK}]))({_SEPARATOR}+)(?=[{_CJK}])|(?<=[最第])({_SEPARATOR}+)(?=[{_CJK}\d])"
)
# d i y i: three letters or more, each by itself.
_LETTER_BY_LETTER = re.compile(r"(?<![a-z])[a-z](?:[ \-_/.·]+[a-z]){2,}(?![a-z])")
_NO_LETTER = re.compile("[^a-z]")
# What is put between characters but also stands between words: it goes only where a scrap of text is left beside it.
_BETWEEN = re.compile(r"[\n()\[\]{}<>（）【】「」《》“”‘’￥¥$@&~～…:：¦‖]+")
_SCRAP = 2


@dataclass(frozen=True)
class Place:
    """A half-open range of the original text, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class Folded:
    """Folded text; ``starts[i]`` and ``ends[i]`` are where character i stood in the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def place(self, start: int, end: int) -> Place:
        """Return where the folded range [start, end) stands in the original text."""
        return Place(self.starts[start], self.ends[end - 1])


def fold_widths(text: str) -> Folded:
    """Fold full-width digits, letters and symbols (NFKC, lower case); Chinese punctuation stays."""
    return _joined([_narrow(char) for char in text])


def fold_looks(text: str) -> Folded:
    """Take off what changes only the look: widths, traditional forms, zero-width and control characters, pictures.

    Spacing and punctuation stay.
    """
    return _simplified(_joined([_bare(char) for char in text]))


def looks(text: str) -> str:
    """Return what ``fold_looks`` makes of a text, for whoever needs no places: twenty times as fast."""
    return _simplify("".join(map(_bare, text)))


def uncover(text: str, disguises: Mapping[str, str]) -> Folded:
    """Take off disguises: widths, traditional forms, zero-width and pictures, split characters, look-alike spellings.

    ``disguises`` maps a folded spelling to the plain one (zui → 最).
    """
    folded = _without(fold_looks(text), _NOISE)
    folded = _without(folded, _SINGLES)
    folded = _kept(folded, {index for run in _LETTER_BY_LETTER.finditer(folded.text) for index in _signs(run)})
    folded = _without_scraps(folded)
    return _respelled(folded, disguises)


def _signs(run: re.Match[str]) -> Iterator[int]:
    """Where the signs between the letters of a run stand."""
    return (match.start() for match in _NO_LETTER.finditer(run.string, *run.span()))


def _joined(parts: list[str]) -> Folded:
    """Join what each character of a text was folded to: mostly one character, sometimes none or several."""
    text = "".join(parts)
    if len(text) == len(parts) and "" not in parts:
        return Folded(text, tuple(range(len(parts))), tuple(range(1, len(parts) + 1)))
    places = [index for index, part in enumerate(parts) for _ in part]
    return Folded(text, tuple(places), tuple(index + 1 for index in places))


@lru_cache(maxsize=16384)
def _narrow(char: str) -> str:
    if char in _KEPT:
        return char
    folded = unicodedata.normalize("NFKC", char)
    lowered = folded.lower()
    return lowered if len(lowered) == len(folded) else folded


@lru_cache(maxsize=16384)
def _bare(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return char if char in "\n\r\t" else ""
    if category in ("Cf", "Mn", "Me", "So", "Sk", "Cs", "Co", "Cn"):
        # A circled or dingbat digit is a digit in disguise (第①名); the other symbols are only noise.
        digit = unicodedata.digit(char, None)
        return "" if digit is None else str(digit)
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return _narrow(_without_tone(char).translate(_LOOKALIKE))


_TONES = "\u0300\u0301\u0304\u0306\u030c"
_UMLAUT = "\u0308"


def _without_tone(char: str) -> str:
    """Take the tone off a letter of pinyin (xiāo), and write ü as v."""
    if char.isascii() or not char.isalpha():
        return char
    parts = unicodedata.normalize("NFD", char)
    letter, marks = parts[0], parts[1:]
    if not marks or not letter.isascii() or any(mark not in _TONES + _UMLAUT for mark in marks):
        return char
    return "v" if letter in "uU" and _UMLAUT in marks else letter


@lru_cache(maxsize=1)
def _converter() -> "OpenCC":
    # Its tables take a while to load, and a reader of files need not wait for them.
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(folded: Folded) -> Folded:
    return Folded(_simplify(folded.text), folded.starts, folded.ends)


def _simplify(text: str) -> str:
    converter = _converter()
    simplified: str = converter.convert(text)
    if len(simplified) == len(text):
        return simplified
    # A phrase conversion changed the length, so a map would slip: convert one character at a time.
    return "".join(converter.convert(char)[:1] or char for char in text)


def _without_scraps(folded: Folded) -> Folded:
    """Take out line breaks, brackets and the like that leave one or two characters standing alone on a side."""
    found = list(_BETWEEN.finditer(folded.text))
    if not found:
        return folded
    borders = [0, *(match.end() for match in found)], [*(match.start() for match in found), len(folded.text)]
    sizes = [end - start for start, end in zip(*borders, strict=True)]
    gone: set[int] = set()
    for place, match in enumerate(found):
        before, after = sizes[place], sizes[place + 1]
        between_han = _is_han(folded.text[match.start() - 1 : match.start()]) and _is_han_or_digit(
            folded.text[match.end() : match.end() + 1]
        )
        spread = len(found) > 1 or match[0] != "\n"
        if between_han and spread and 0 < min(before, after) <= _SCRAP:
            gone.update(range(*match.span()))
    return _kept(folded, gone)


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _is_han_or_digit(char: str) -> bool:
    return _is_han(char) or char.isdigit()


def _without(folded: Folded, pattern: re.Pattern[str]) -> Folded:
    return _kept(folded, {index for match in pattern.finditer(folded.text) for index in range(*match.span())})


def _kept(folded: Folded, gone: set[int]) -> Folded:
    if not gone:
        return folded
    kept = [index for index in range(len(folded.text)) if index not in gone]
    return Folded(
        "".join(folded.text[index] for index in kept),
        tuple(folded.starts[index] for index in kept),
        tuple(folded.ends[index] for index in kept),
    )


def _respelled(folded: Folded, disguises: Mapping[str, str]) -> Folded:
    present = [spelling for spelling in disguises if spelling in folded.text]
    if not present:
        return folded
    pattern = re.compile("|".join(re.escape(spelling) for spelling in sorted(present, key=len, reverse=True)))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in pattern.finditer(folded.text):
        chars.append(folded.text[position : match.start()])
        starts.extend(folded.starts[position : match.start()])
        ends.extend(folded.ends[position : match.start()])
        plain = disguises[match.group()]
        chars.append(plain)
        starts.extend([folded.starts[match.start()]] * len(plain))
        ends.extend([folded.ends[match.end() - 1]] * len(plain))
        position = match.end()
    chars.append(folded.text[position:])
    starts.extend(folded.starts[position:])
    ends.extend(folded.ends[position:])
    return Folded("".join(chars), tuple(starts), tuple(ends))
