"""Cut Chinese text for searching: question and passage go through the very same folding and cutting."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.reading.cleaning import strip_invisible

_SYNONYMS = Path(__file__).with_name("synonyms.txt")
_EMPTY_WORDS = Path(__file__).with_name("empty_words.txt")
_CHINESE = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CHINESE}]+|[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_HAN = re.compile(rf"[{_CHINESE}]")
_ASCII_PARTS = re.compile(r"[a-z]+|\d+")
# What a word of this part of speech says about the subject; the first letter of the cutter's tag decides.
_TELLS = {
    **dict.fromkeys(("d", "q", "f", "m"), 0.3),
    **dict.fromkeys(("r", "p", "c", "u", "y", "o"), 0.0),
    **dict.fromkeys(("a", "b", "i", "l"), 0.8),
    **dict.fromkeys(("t", "s", "z"), 0.6),
}
_SINGLE_CHARACTER_TELLS = 0.4
# as common as an everyday word, so that a listed word wins over an accidental one across its border
_LISTED_FREQUENCY = 20_000
_MUCH_EVIDENCE = 1.76
_KINDRED_CREDIT = 0.8
_PAIRS_CREDIT = 0.5
_CHARACTERS_CREDIT = 0.25


@dataclass(frozen=True, slots=True)
class Unit:
    """A word that says what is asked, how much it says (0 to 1), and words other people use for the same thing."""

    word: str
    weight: float
    kindred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question cut for searching: ``grams`` and ``words`` as in a passage, ``units`` as judged for relevance."""

    text: str
    grams: tuple[str, ...]
    words: tuple[str, ...]
    units: tuple[Unit, ...]

    @property
    def kindred(self) -> tuple[str, ...]:
        """Words that other people use for what is asked, each once."""
        return tuple(dict.fromkeys(other for unit in self.units for other in unit.kindred))


class Wording:
    """Folding, cutting and the list of synonyms. Making one loads two dictionaries (about 0.1 s): make it once."""

    def __init__(self) -> None:
        import opencc
        import rjieba

        self._simplify = opencc.OpenCC("t2s")
        self._kindred = _kindred(_listed(_SYNONYMS))
        self._cutter = rjieba.Jieba()
        for word in self._kindred:
            # shop words the dictionary does not know, or 多少钱包邮 becomes 多少 钱包 邮
            self._cutter.add_word(word, _LISTED_FREQUENCY, "n")
        # they stay in the lexical query (dropping them there cost recall) and are left out of the judgement only
        self._empty = {word for line in _listed(_EMPTY_WORDS) for word in line}

    def fold(self, text: str) -> str:
        """NFKC, simplified characters, lower case, no invisible characters."""
        return str(self._simplify.convert(unicodedata.normalize("NFKC", strip_invisible(text).text).lower()))

    def grams(self, text: str) -> list[str]:
        """Single characters and pairs of neighbours of folded Chinese text; Latin and digit tokens whole, with the
        parts of codes and sizes beside them (``yy-fc-001`` → itself, yy, fc, 001; ``50ml`` → itself, 50, ml)."""
        tokens: list[str] = []
        for run in _RUN.findall(text):
            if _HAN.match(run):
                tokens.extend(run)
                tokens.extend(run[at : at + 2] for at in range(len(run) - 1))
            else:
                tokens.append(run)
                parts = _ASCII_PARTS.findall(run)
                if len(parts) > 1:
                    tokens.extend(parts)
        return tokens

    def words(self, text: str) -> list[str]:
        """Dictionary words of two characters and more in folded text, long ones with the short ones inside them."""
        return [word for word in self._cutter.cut_for_search(text) if len(word) > 1 and _HAN.match(word)]

    def question(self, text: str) -> Question:
        """Cut a question."""
        folded = self.fold(text)
        units = {unit.word: unit for unit in self._units(folded)}
        grams = tuple(dict.fromkeys(self.grams(folded)))
        return Question(folded, grams, tuple(dict.fromkeys(self.words(folded))), tuple(units.values()))

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


class Judge:
    """How much a passage has to do with a question, from rarities counted in the index.

    ``rarity`` must know every unit and every gram of the question; ``rarest`` is the value of a word in no passage.
    """

    def __init__(self, question: Question, rarity: Mapping[str, float], rarest: float) -> None:
        self._units = [(unit, unit.weight * rarity[unit.word]) for unit in question.units]
        self._pairs = {gram: rarity[gram] for gram in question.grams if len(gram) > 1}
        self._characters = {gram: rarity[gram] for gram in question.grams if len(gram) == 1}
        self._rarest = rarest

    def relevance(self, passage: str) -> "Relevance":
        """Judge a folded passage.

        The weights are a logistic fit over the dev set (55 questions, 40 off topic): AUROC 0.96, against 0.95 for
        word coverage alone and 0.92 for pairs of characters alone.
        """
        found = sum(weight * _credit(unit, passage) for unit, weight in self._units)
        covered = found / (sum(weight for _, weight in self._units) or 1.0)
        evidence = min(found / (_MUCH_EVIDENCE * self._rarest), 1.0)
        pairs = _share(self._pairs, passage)
        characters = _share(self._characters, passage)
        strength = 3.0 * covered + 2.0 * pairs + 3.0 * characters + 3.3 * evidence - 2.6
        return Relevance(covered, 1 / (1 + math.exp(-strength)))


@dataclass(frozen=True, slots=True)
class Relevance:
    """``coverage``: the share of what is asked that stands in the passage; ``value``: the judgement, both 0 to 1."""

    coverage: float
    value: float


def _share(grams: Mapping[str, float], passage: str) -> float:
    total = sum(grams.values())
    return sum(value for gram, value in grams.items() if gram in passage) / total if total else 0.0


def _credit(unit: Unit, passage: str) -> float:
    word = unit.word
    if word in passage:
        return 1.0
    if any(other in passage for other in unit.kindred):
        return _KINDRED_CREDIT
    if len(word) < 2 or not _HAN.match(word):
        return 0.0
    if len(word) == 2:
        return _CHARACTERS_CREDIT * sum(character in passage for character in word) / 2
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return _PAIRS_CREDIT * sum(pair in passage for pair in pairs) / len(pairs)


def rarity_of(documents: int, containing: int) -> float:
    """Inverse document frequency as in BM25: how much a word in ``containing`` of ``documents`` passages tells."""
    return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))
