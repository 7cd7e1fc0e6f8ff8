"""Cut Chinese text for searching: question and passage go through the very same folding and cutting."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.reading.cleaning import strip_invisible

if TYPE_CHECKING:
    import opencc
    import rjieba

_SYNONYMS = Path(__file__).with_name("synonyms.txt")
_EMPTY_WORDS = Path(__file__).with_name("empty_words.txt")
_CHINESE = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CHINESE}]+|[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_HAN = re.compile(rf"[{_CHINESE}]")
_FIRST_HAN = "\u3400"
_FULL_WIDTH = {point: unicodedata.normalize("NFKC", chr(point)) for point in (0x3000, *range(0xFF01, 0xFF5F))}
_ASCII_PARTS = re.compile(r"[a-z]+|\d+")
# What a word of this part of speech says about the subject; the first letter of the cutter's tag decides.
_TELLS = {
    **dict.fromkeys(("d", "q", "f", "m"), 0.3),
    **dict.fromkeys(("r", "p", "c", "u", "y", "o"), 0.0),
    **dict.fromkeys(("a", "b", "i", "l"), 0.8),
    **dict.fromkeys(("t", "s", "z"), 0.6),
}
# A pair of characters across two words tells less: nDCG@10 +0.005 on 10,305 passages of software help, +0.007 on 8,368
# of manuals, the same on 4,871 titles, against weight 1. A field of dictionary words beside the grams gained nothing
# over this on any of them and cost a third of the build.
CROSSING_WEIGHT = 0.7
_SINGLE_CHARACTER_TELLS = 0.4
_NOTHING_MEANT: Mapping[str, Sequence[str]] = {}
# as common as an everyday word, so that a listed word wins over an accidental one across its border
_LISTED_FREQUENCY = 20_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A word that says what is asked, how much it says (0 to 1), and words other people use for the same thing."""

    word: str
    weight: float
    kindred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question cut for searching: ``grams`` as in a passage, ``units`` as judged for relevance.

    ``crossing`` are those grams that belong to two words: 员生 of 会员生日. ``beside`` are grams of words that were not
    typed but are meant: they find, and weigh less.
    """

    text: str
    grams: tuple[str, ...]
    crossing: frozenset[str]
    units: tuple[Unit, ...]
    beside: tuple[str, ...] = ()

    def weight(self, gram: str) -> float:
        """What a match of this gram counts against one inside a word."""
        return CROSSING_WEIGHT if gram in self.crossing else 1.0

    @property
    def kindred(self) -> tuple[str, ...]:
        """Words that other people use for what is asked, each once."""
        return tuple(dict.fromkeys(other for unit in self.units for other in unit.kindred))


class Wording:
    """Folding, cutting and the list of synonyms. The first one loads two dictionaries (about 0.1 s)."""

    def __init__(self) -> None:
        import opencc

        self._simplify = opencc.OpenCC("t2s")
        self._traditional = _changed_by(self._simplify)
        self._groups = _listed(_SYNONYMS)
        self._kindred = _kindred(self._groups)
        self._cutter = _cutter(frozenset(self._kindred))
        # they stay in the lexical query (dropping them there cost recall) and are left out of the judgement only
        self._empty = {word for line in _listed(_EMPTY_WORDS) for word in line}

    def fold(self, text: str) -> str:
        """NFKC, simplified characters, lower case, no invisible characters."""
        plain = strip_invisible(text).text
        if not unicodedata.is_normalized("NFKC", plain):
            # nearly always for full-width punctuation alone, which a table turns twice as fast
            plain = plain.translate(_FULL_WIDTH)
            if not unicodedata.is_normalized("NFKC", plain):
                plain = unicodedata.normalize("NFKC", plain)
        plain = plain.lower()
        # most text is simplified already, and converting costs more than all the rest
        return plain if self._traditional.isdisjoint(plain) else str(self._simplify.convert(plain))

    def speak(self, groups: Sequence[Sequence[str]]) -> None:
        """Know these groups of words beside the built-in ones; they replace the groups given before."""
        own = [[self.fold(word) for word in group] for group in groups]
        self._kindred = _kindred([*self._groups, *own])
        words = {word for group in self._groups for word in group}
        self._cutter = _cutter(frozenset(words | {word for group in own for word in group if _HAN.match(word)}))

    def grams(self, text: str) -> list[str]:
        """Single characters and pairs of neighbours of folded Chinese text; Latin and digit tokens whole, with the
        parts of codes and sizes beside them (``yy-fc-001`` → itself, yy, fc, 001; ``50ml`` → itself, 50, ml)."""
        tokens: list[str] = []
        for run in _RUN.findall(text):
            if _HAN.match(run):
                tokens.extend(run)
                tokens.extend(map(add, run, run[1:]))
            else:
                tokens.append(run)
                parts = _ASCII_PARTS.findall(run)
                if len(parts) > 1:
                    tokens.extend(parts)
        return tokens

    def words(self, text: str) -> list[str]:
        """Dictionary words of two characters and more in folded text, long ones with the short ones inside them."""
        return [word for word in self._cutter.cut_for_search(text) if len(word) > 1 and word[0] >= _FIRST_HAN]

    def cut(self, text: str) -> list[str]:
        """A folded text as a row of dictionary words, none inside another."""
        return list(self._cutter.cut(text, False))

    def tagged(self, text: str) -> list[tuple[str, str]]:
        """A folded text as a row of dictionary words, each with the cutter's part of speech."""
        return list(self._cutter.tag(text, False))

    def commonness(self, word: str) -> int:
        """How often general Chinese says a word, as a count of the cutter's dictionary; 0 for one it does not know."""
        is_general = word not in self._kindred and self._cutter.has_word(word)
        return int(self._cutter.suggest_freq(word)) if is_general else 0

    def says_nothing(self, word: str) -> bool:
        """Whether a word is said in any question about anything."""
        return word in self._empty

    def telling(self, text: str) -> list[str]:
        """The grams of folded text inside words that say what is asked, without 请问, 怎么办 and the like."""
        return list(dict.fromkeys(gram for unit in self._units(text) for gram in self.grams(unit.word)))

    def question(
        self, text: str, beside: Iterable[str] = (), meant: Mapping[str, Sequence[str]] = _NOTHING_MEANT
    ) -> Question:
        """Cut a question. ``beside`` are words it leans on; ``meant`` says for a piece of it what may be meant by it."""
        folded = self.fold(text)
        units = {unit.word: _with_meant(unit, meant) for unit in self._units(folded)}
        grams = dict.fromkeys(self.grams(folded))
        inside = {pair for word in self.words(folded) for pair in map(add, word, word[1:])}
        crossing = frozenset(gram for gram in grams if len(gram) == 2 and _HAN.match(gram) and gram not in inside)
        more = dict.fromkeys(gram for word in beside for gram in self.grams(self.fold(word)) if gram not in grams)
        return Question(folded, tuple(grams), crossing, tuple(units.values()), tuple(more))

    def _units(self, folded: str) -> Iterable[Unit]:
        for run in _RUN.findall(folded):
            if not _HAN.match(run):
                yield Unit(run, 1.0 if len(run) > 2 else _SINGLE_CHARACTER_TELLS)
                continue
            # without guessing unknown words: guessed ones (钱能, 肌用) stand in no passage
            for word, tag in self._cutter.tag(run, False):
                weight = _TELLS.get(tag[:1], 1.0) * (_SINGLE_CHARACTER_TELLS if len(word) == 1 else 1.0)
                if weight and word not in self._empty:
                    yield Unit(word, weight, self._kindred.get(word, ()))


@lru_cache(maxsize=4)
def _cutter(words: frozenset[str]) -> "rjieba.Jieba":
    """Return a cutter that knows these words too; those of the same words share one, which nobody changes."""
    import rjieba

    cutter = rjieba.Jieba()
    for word in words:
        # shop words the dictionary does not know, or 多少钱包邮 becomes 多少 钱包 邮
        cutter.add_word(word, _LISTED_FREQUENCY, "n")
    return cutter


def _with_meant(unit: Unit, meant: Mapping[str, Sequence[str]]) -> Unit:
    """The unit, with what is meant by the piece it stands in or that stands in it as other words for it."""
    others = [word for piece, words in meant.items() if piece in unit.word or unit.word in piece for word in words]
    return Unit(unit.word, unit.weight, (*unit.kindred, *others)) if others else unit


def _changed_by(converter: "opencc.OpenCC") -> frozenset[str]:
    """The characters of the basic block that conversion changes."""
    every = [chr(point) for point in range(0x3400, 0xA000)]
    return frozenset(
        one for one, other in zip(every, str(converter.convert("".join(every))), strict=False) if one != other
    )


def _listed(file: Path) -> list[list[str]]:
    """The words of each line, without comments."""
    lines = (line.split("#")[0].split() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _kindred(groups: list[list[str]]) -> dict[str, tuple[str, ...]]:
    kindred: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for word in group:
            others = (other for other in (*kindred.get(word, ()), *group) if other != word)
            kindred[word] = tuple(dict.fromkeys(others))
    return kindred


@lru_cache(maxsize=1)
def general_wording() -> Wording:
    """The wording without any shop's own synonyms, made once for everybody; it must not be told any."""
    return Wording()
