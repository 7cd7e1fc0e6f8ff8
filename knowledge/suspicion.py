"""Find text that speaks to a model instead of to people: in material when it is read, in a turn's words when it runs.

One detector for both. It looks at a text as a person reads it and as a model can be made to: decoded, read backwards,
spelled in pinyin, with what is invisible made visible. Few false alarms matter more than every trick: a found document
waits for a person, and a person who is called in vain ten times stops looking.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from knowledge.folding import looks
from knowledge.injection import sounds_like_orders
from knowledge.packaged import packaged

SHORTEST = 6
"""Nothing shorter tells a model anything."""
_LONGEST_QUOTE = 40
_MOST_QUOTED = 5
_LONGEST = 20_000
_MANY = 4
_TOKEN = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")
_TAGS = re.compile("[\U000e0020-\U000e007e]{7,}")
# a character that is parted from the next by nothing that could be seen
_PARTED = re.compile("(?<=[\u4e00-\u9fff])[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]+(?=[\u4e00-\u9fff])")
_SPACED = re.compile(r"[\u4e00-\u9fff](?:[ \t·•_\-/|\\^*'`#=+~.,，]{1,3}[\u4e00-\u9fff](?![\u4e00-\u9fff])){3,}")
_BACKWARDS = re.compile(
    "倒(?:读|着|过来|排|念)|反(?:过来|话|着|写)|逆(?:序|写|着|向)|镜像|从后往前|自右|右往左|回文|正(?:序|过来|回来|着念)|过来(?:念|读)|reversed?|backwards?"
)
_PINYIN = re.compile(r"[a-z]{1,6}(?:[ ,?!.'\"-]{1,2}[a-z]{1,24}){3,}")
_SYLLABLES = re.compile(
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ui|ao|ou|iu|ie|ue|ve|er|an|en|in|un|vn|ia|ua|uo|a|o|e|i|u|v|ü))+"
)
# 忽 略 以·上/指-令: signs between two Chinese characters hide nothing from a model
_SPREAD = re.compile(
    r"(?<=[\u4e00-\u9fff])[ \t·•_\-/|\\^*'`#=+~.,，]+(?=[\u4e00-\u9fff](?:[ \t·•_\-/|\\^*'`#=+~.,，]|[^\u4e00-\u9fff]|$))"
)
_OTHER_LETTERS = re.compile("[\u00c0-\u024f\u0400-\u04ff\u3040-\u30ff\uac00-\ud7af]")
_WORDS = re.compile(r"[^\W\d_](?:[\W\d_]*[^\W\d_]){3}")
_PLAIN_MARKS = str.maketrans("，；：！？（）【】［］、", ",;:!?()[][],")


def suspicious_parts(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give place and quotation of each text (with its place) that speaks to a model, at most one a text."""
    found = 0
    for place, text in texts:
        if quotation := quoted(text):
            found += 1
            yield place, quotation
            if found >= _MOST_QUOTED:
                return


@lru_cache(maxsize=4096)
def quoted(text: str) -> str:
    """Return the words of ``text`` that speak to a model; empty when none do."""
    if len(text) < SHORTEST or not _WORDS.search(text):
        return ""
    read = text[:_LONGEST]
    words = next((found for found in (*map(_speaks, _views(read)), *map(_hides, _disguises(read))) if found), "")
    return " ".join(words.split())[:_LONGEST_QUOTE]


@lru_cache(maxsize=4096)
def overheard(text: str) -> str:
    """Like ``quoted``, for what is said in a turn: words that only sound like orders to a model count, too.

    A turn that is marked in vain is only read with more care; papers would wait for a person, and laws sound like orders.
    """
    if words := quoted(text):
        return words
    read = text[:_LONGEST]
    words = next((found for found in map(sounds_like_orders, (*_views(read), *_disguises(read))) if found), "")
    return " ".join(words.split())[:_LONGEST_QUOTE]


def quoted_outright(text: str) -> str:
    """Like ``quoted``, for words of our own that speak of coupons all day: only what is an order by itself."""
    return " ".join(_outright(_looks(text)).split())[:_LONGEST_QUOTE]


# ---- the ways to read a text -------------------------------------------------------------------


def _views(text: str) -> Iterator[str]:
    """The text as it is written, as it looks, without tricks of spacing, and read backwards."""
    written = unicodedata.normalize("NFKC", text).lower().translate(_PLAIN_MARKS)
    if _OTHER_LETTERS.search(written):
        yield written
    plain = _looks(html.unescape(text))
    yield plain
    closed = _SPREAD.sub("", plain)
    if closed != plain:
        yield closed
    yield from (line[::-1] for line in closed.splitlines() if _reads_backwards(line))


def _reads_backwards(line: str) -> bool:
    """Say whether a line holds more words from its end than from its beginning: ordinary ones never do."""
    if not _HAN_RUN.search(line):
        return line.isascii() and bool(line.strip())
    return _held(line[::-1]) >= _held(line)


def _held(text: str) -> int:
    """Return how many characters of a text belong to words of two and more."""
    # the dictionary is loaded only where a text is judged
    import rjieba

    return sum(len(word) for word in rjieba.cut(text) if len(word) > 1 and rjieba.has_word(word))


_HAN_RUN = re.compile("[\u4e00-\u9fff]{2}")


def _disguises(text: str) -> Iterator[str]:
    """What somebody took the trouble to hide, as it reads without its disguise."""
    yield from _spelled_in_tags(text)
    yield from _decoded(text)
    plain = _looks(text)
    if len(_PARTED.findall(text)) >= _MANY:
        yield plain
    yield from (_SPREAD.sub("", run.group()) for run in _SPACED.finditer(plain))
    if _BACKWARDS.search(plain):
        yield _SPREAD.sub("", plain)[::-1]
    yield from (run.group() for run in _PINYIN.finditer(plain) if _is_pinyin(run.group()))


def _looks(text: str) -> str:
    return looks(text).translate(_PLAIN_MARKS)


def _spelled_in_tags(text: str) -> Iterator[str]:
    """What tag characters spell: they mirror ASCII, invisibly. Flags of regions use up to six."""
    for match in _TAGS.finditer(text):
        yield "".join(chr(ord(char) - 0xE0000) for char in match.group())


def _decoded(text: str) -> Iterator[str]:
    """What long tokens hold that are base64 of something written."""
    for match in _TOKEN.finditer(text):
        token = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        padded = token[: len(token) - (len(token) % 4 == 1)]
        try:
            raw = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        written = raw.decode("utf-8", errors="ignore")
        if len(written.encode()) >= len(raw) - 3 and written.isprintable() and len(written) >= SHORTEST:
            yield _looks(written)


def _is_pinyin(run: str) -> bool:
    """Say whether Latin words are Chinese spelled out: almost every one cuts into syllables."""
    words = re.findall(r"[a-z]+", run)
    spelled = sum(_SYLLABLES.fullmatch(word) is not None for word in words)
    return len(words) >= _MANY and spelled >= 0.8 * len(words)


# ---- what is looked for ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """Pieces that make an order together when they stand within so many characters."""

    pieces: tuple[str, ...]
    within: int


@dataclass(frozen=True)
class _Expressions:
    """What is looked for. Each expression by itself: one that begins with a letter is found far faster alone."""

    outright: Mapping[str, tuple[re.Pattern[str], ...]]
    disguised: tuple[re.Pattern[str], ...]
    pieces: Mapping[str, tuple[re.Pattern[str], ...]]
    rules: tuple[_Rule, ...]


_LETTERS = {
    "any": re.compile(""),
    "latin": re.compile(r"[a-z\u00c0-\u024f]{2,}[^a-z\u4e00-\u9fff]{1,3}[a-z\u00c0-\u024f]{2,}"),
    "kana": re.compile("[\u3040-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
}
"""Which letters a text must have for the expressions of a language to be looked for."""


@lru_cache(maxsize=1)
def _expressions() -> _Expressions:
    read: Mapping[str, Any] = packaged("knowledge.words", "suspicion.yaml")
    return _Expressions(
        {letters: _compiled(expressions) for letters, expressions in read["outright"].items()},
        _compiled(read["disguised"]),
        {name: _compiled(expressions) for name, expressions in read["pieces"].items()},
        tuple(_Rule(tuple(rule[:-1]), rule[-1]) for rule in read["rules"]),
    )


def _compiled(expressions: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one, re.MULTILINE) for one in expressions)


def _first(expressions: Iterable[re.Pattern[str]], text: str) -> str:
    return next((match.group() for one in expressions if (match := one.search(text))), "")


def _hides(disguised: str) -> str:
    """Return what of these words was worth a disguise."""
    return _first(_expressions().disguised, disguised)


def _outright(view: str) -> str:
    for letters, outright in _expressions().outright.items():
        if _LETTERS[letters].search(view) and (words := _first(outright, view)):
            return words
    return ""


def _speaks(view: str) -> str:
    """Return the words of one reading that make an order to a model."""
    if words := _outright(view):
        return words
    expressions = _expressions()
    found: dict[str, list[tuple[int, int]]] = {}
    for rule in expressions.rules:
        spans = []
        for name in rule.pieces:
            if name not in found:
                found[name] = [match.span() for one in expressions.pieces[name] for match in one.finditer(view)]
            if not found[name]:
                break
            spans.append(found[name])
        else:
            if window := _together(spans, rule.within):
                return view[slice(*window)]
    return ""


def _together(spans: list[list[tuple[int, int]]], within: int) -> tuple[int, int] | None:
    """Return the first window with one of each piece, none serving twice, at most so many characters beyond the first."""
    first, *others = spans
    for start, end in first:
        used = [(start, end)]
        for candidates in others:
            low, high = min(one for one, _ in used), max(one for _, one in used)
            free = (one for one in candidates if not any(one[0] < stop and begin < one[1] for begin, stop in used))
            nearest = min(free, key=lambda one: max(high, one[1]) - min(low, one[0]), default=None)
            if nearest is None:
                break
            used.append(nearest)
        else:
            low, high = min(one for one, _ in used), max(one for _, one in used)
            if high - low <= within + (end - start):
                return low, high
    return None
