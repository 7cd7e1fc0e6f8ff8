"""A second reader beside the rules: how much a sentence sounds like the unlawful ones, whatever its words.

It is a linear model for each kind of unlawful sentence over runs of one to three characters and over the word classes of the
rules, and a sentence weighs what it weighs for the kind it is likest to. ``eval/guarding/second_reading.py`` trains it on the
train split only; the weights are data (``second_reader.npz``), whole hundredths, so that the same text weighs the same on every
machine. It is asked twice: a sentence it finds unlawful is put to review though no rule was met, or blocked where it is certain,
and a rule met in a sentence it finds harmless does not count. The last is asked of the clauses around the hit as well as of the
whole sentence: a claim cannot be thinned out by friendly words before it.
"""

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from assistant.flow.guard.law.wording import vocabulary

WEIGHTS = "second_reader.npz"
SCALE = 100
"""A weight is packaged in this many parts of one."""
THRESHOLDS = ("suspicious", "certain", "harmless")
"""What is packaged beside the weights, in this order."""
LONGEST_RUN = 3
_SENTENCE = re.compile("[^。！？!?；;\n]+[。！？!?；;\n]*")
_CLAUSE = re.compile("[^，,、：:]+[，,、：:]*")
_DIGIT = re.compile(r"\d")
_CLAUSE_ENDS = "，,、：:。；;！!？?\n"
# A word class this many characters behind another has little to do with it.
_FARTHEST = 14
_DENIED = re.compile(
    "(?:是不是|能不能|会不会|有没有|谈不上|并非|无法|听说|不(?!仅|但|只|光|止|愧|妨)|没|别|未|勿|无|哪|问)[^，,。；;！!？?\\n]{0,8}$"
)
_ASKED = re.compile(r"[^，,。；;！!\n]{0,12}(?:吗|么|呢|？|\?)")
# Below this many characters there is nothing to weigh.
_SHORTEST = 4


@dataclass(frozen=True)
class Weighed:
    """One sentence at [start, end) and what it weighs: the more, the likelier it is unlawful.

    ``kind`` is the sort of unlawful sentence it is likest to; [first, after) is the clause that speaks most for that.
    """

    start: int
    end: int
    weight: float
    kind: str
    first: int
    after: int


@dataclass(frozen=True)
class _Weights:
    """``row_of`` gives the row of a feature in ``of`` ([features, kinds], hundredths); ``bias`` is [kinds]."""

    row_of: dict[str, int]
    kinds: tuple[str, ...]
    of: NDArray[np.int16]
    bias: NDArray[np.int16]
    suspicious: float
    certain: float
    harmless: float


def weight_bytes() -> bytes:
    """Return the weights as packaged, for the guard's version."""
    return files("assistant.flow.guard.law").joinpath(WEIGHTS).read_bytes()


def suspicious_from() -> float:
    """Return the weight from which a sentence is put to review though no rule was met."""
    return _weights().suspicious


def certain_from() -> float:
    """Return the weight from which a sentence is blocked though no rule was met: next to no lawful one weighs as much."""
    return _weights().certain


def is_harmless(text: str, sentence: Weighed, start: int, end: int) -> bool:
    """Return whether a sentence of a folded text is harmless, and so are the clauses of [start, end) alone and with each neighbour."""
    below = _weights().harmless
    if sentence.weight >= below:
        return False
    clauses = [
        (sentence.start + clause.start(), sentence.start + clause.end())
        for clause in _CLAUSE.finditer(text[sentence.start : sentence.end])
    ]
    hit = [place for place, (first, after) in enumerate(clauses) if first < max(end, start + 1) and start < after]
    if not hit:
        return True
    if clauses[hit[-1]][1] - clauses[hit[0]][0] < _SHORTEST:
        return False  # a word by itself (药妆) is what it is
    around = {(hit[0], hit[-1]), (max(hit[0] - 1, 0), hit[-1]), (hit[0], min(hit[-1] + 1, len(clauses) - 1))}
    return all(_weigh_one(text[clauses[first][0] : clauses[last][1]]).weight < below for first, last in around)


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    with np.load(io.BytesIO(weight_bytes())) as held:
        names = held["features"].tobytes().decode("utf-8").split("\n")
        thresholds = dict(zip(THRESHOLDS, (held["thresholds"] / SCALE).tolist(), strict=True))
        row_of = {name: row for row, name in enumerate(names)}
        return _Weights(row_of, tuple(held["kinds"].tolist()), held["weights"], held["bias"], **thresholds)


_HAN_WORD = re.compile("[\u4e00-\u9fff]{2,}")
_HEAVY = 100


def heavy_words() -> frozenset[str]:
    """Return the runs of two and three characters that speak for an unlawful sentence: what somebody may wish to hide."""
    weights = _weights()
    heavy = (weights.of.max(axis=1) >= _HEAVY).tolist()
    return frozenset(run for run, row in weights.row_of.items() if heavy[row] and _HAN_WORD.fullmatch(run))


@lru_cache(maxsize=1)
def _classes() -> ahocorasick.Automaton:
    names: dict[str, set[str]] = {}
    for name, words in vocabulary().words.items():
        for word in words:
            names.setdefault(word, set()).add(f"{{{name}}}")
    automaton = ahocorasick.Automaton()
    for word, found in names.items():
        automaton.add_word(word, (len(word), tuple(sorted(found))))
    automaton.make_automaton()
    return automaton


def features(sentence: str) -> Iterator[tuple[str, int]]:
    """Yield the features of a folded sentence with the place each starts at; a figure is a figure whatever it is.

    Beside runs of characters these are word classes: by themselves, denied or asked about (``-{illness}``), and one
    followed by another in the same clause (``{illness}>{outcome}``): a claim is made of what is spoken of and what is
    said of it, whatever words stand for them.
    """
    plain = _DIGIT.sub("0", sentence)
    for size in range(1, LONGEST_RUN + 1):
        for start in range(len(plain) - size + 1):
            yield plain[start : start + size], start
    for edge in (plain[:1], plain[:2]):
        yield f"^{edge}", 0
    for size in range(1, LONGEST_RUN + 1):
        yield f"{plain[-size:]}$", max(len(plain) - size, 0)
    yield from _class_features(sentence)


def _class_features(sentence: str) -> Iterator[tuple[str, int]]:
    clause_of = list(accumulate(letter in _CLAUSE_ENDS for letter in sentence))
    before: deque[tuple[int, str]] = deque()
    for last, (length, names) in _classes().iter(sentence):
        start, end = last - length + 1, last + 1
        while before and before[0][0] < start - _FARTHEST:
            before.popleft()
        led_by = [name for after, name in before if after <= start and clause_of[after - 1] == clause_of[start]]
        doubt = _doubt(sentence, start, end)
        for name in names:
            yield name, start
            if doubt:
                yield doubt + name, start
            yield from ((f"{earlier}>{name}", start) for earlier in led_by)
        before.extend((end, name) for name in names)


def _doubt(sentence: str, start: int, end: int) -> str:
    if _DENIED.search(sentence, max(0, start - 12), start):
        return "-"
    return "?" if _ASKED.match(sentence, end, min(len(sentence), end + 15)) else ""


def weigh(text: str) -> tuple[Weighed, ...]:
    """Weigh every sentence of a folded text."""
    return tuple(
        _moved(_weigh_one(match[0]), match.start()) for match in _SENTENCE.finditer(text) if len(match[0]) >= _SHORTEST
    )


def _moved(weighed: Weighed, by: int) -> Weighed:
    return Weighed(
        weighed.start + by, weighed.end + by, weighed.weight, weighed.kind, weighed.first + by, weighed.after + by
    )


@lru_cache(maxsize=4096)
def _weigh_one(sentence: str) -> Weighed:
    # A draft is weighed sentence by sentence and then once more as a whole: the same sentence is not weighed twice.
    weights = _weights()
    found = [(weights.row_of[feature], place) for feature, place in features(sentence) if feature in weights.row_of]
    totals = weights.of[list({row for row, _ in found})].sum(axis=0, dtype=np.int64) + weights.bias
    likest = int(totals.argmax())
    total = int(totals[likest]) / SCALE
    if total <= weights.suspicious:
        return Weighed(0, len(sentence), total, weights.kinds[likest], 0, len(sentence))
    heavy = [(place, weight) for row, place in found if (weight := int(weights.of[row, likest])) > 0]
    return Weighed(0, len(sentence), total, weights.kinds[likest], *_heaviest(sentence, heavy))


def _heaviest(sentence: str, places: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the clause whose features weigh most."""
    clauses = [match.span() for match in _CLAUSE.finditer(sentence)] or [(0, len(sentence))]
    sums = [sum(weight for place, weight in places if first <= place < after) for first, after in clauses]
    return clauses[sums.index(max(sums))]
