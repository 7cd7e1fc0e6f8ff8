"""A second reader beside the rules: how much a sentence sounds like the unlawful ones, whatever its words.

It is a small network over runs of one to three characters and over classes of words, those of the rules and everyday ones: every
feature of a sentence adds to the same hundred units or so, and what they come to together tells how unlawful it sounds and what
kind it is likest to, so that a word may mean one thing beside some words and another beside others. A sentence weighs what it does
as a whole or in the run of clauses that by itself weighs most: friendly words beside a claim do not thin it out.
``eval/guarding/second_reading`` trains it on the train split only; the weights are data (``second_reader.npz``), whole parts of
one, so that the same text weighs the same on every machine. It is asked twice: a sentence it finds unlawful is put to review though no rule was met, or blocked
where it is certain, and a rule met in a sentence it finds harmless does not count, though the sentence may be put to review.
The last is asked of the clauses around the hit as well as of the whole sentence: friendly words before it thin no claim out.
"""

import io
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from assistant.flow.guard.law.wording import vocabulary
from assistant.flow.guard.network import Floats, Network

Run = tuple[int, int, float]
"""The first clause of a run, the one after it, and how much less it weighs for what its company says."""
WEIGHTS = "second_reader.npz"
SCALE = 100
"""What a sentence weighs is told, and a threshold packaged, in this many parts of one."""
THRESHOLDS = ("suspicious", "certain", "harmless")
"""What is packaged beside the weights, in this order."""
LONGEST_RUN = 3
_SENTENCE = re.compile("[^。！？!?；;\n]+[。！？!?；;\n]*")
_CLAUSE = re.compile("[^，,、：:]+[，,、：:]*")
_DIGIT = re.compile(r"\d")
_CLAUSE_ENDS = "，,、：:。；;！!？?\n"
# A word class this many characters behind another has little to do with it.
_FARTHEST = 14
_WIDEST = 3
COMPANY = 0.4
"""How much of what some clauses weigh is what the whole sentence weighs: friendly words thin a claim out no further."""
DENIED = 3.0
"""How much less they weigh where they begin with a denial, or their company denies, quotes or tells what others say: that may be
what makes them lawful."""
_OPENS_DENYING = re.compile("不会|不是|没有|没说|不用|不要|别")
_DENYING = "不(?!仅|但|只|光|止|愧|妨|同)|没|别|未|勿|莫|无(?!敌|比|双)|非(?!常)|甭|谈不上|难"
_DENIAL = re.compile(_DENYING)
_MAY_DENY = re.compile(f'{_DENYING}|[“”"「」]|[说讲问写传叫]')
_DENIED = re.compile(
    "(?:是不是|能不能|会不会|有没有|谈不上|并非|无法|听说|不(?!仅|但|只|光|止|愧|妨)|没|别|未|勿|无|哪|问)[^，,。；;！!？?\\n]{0,8}$"
)
_CLAUSE_TEXT = re.compile("[^，,、：:。；;！!？?\n]+")
_ASKED = re.compile(r"[^，,。；;！!\n]{0,12}(?:吗|么|呢|？|\?)")
# Below this many characters there is nothing to weigh.
_SHORTEST = 4


@dataclass(frozen=True)
class Weighed:
    """One sentence at [start, end) and what it weighs: the more, the likelier it is unlawful.

    ``whole`` is what it weighs as a whole, ``weight`` what its heaviest clauses do where that is more; ``kind`` is the sort of
    unlawful sentence it is likest to; [first, after) is the clause that speaks most for that.
    """

    start: int
    end: int
    whole: float
    weight: float
    kind: str
    first: int
    after: int


@dataclass(frozen=True)
class _Weights:
    """``row_of`` gives the row of a feature in the network, ``heavy`` the features that somebody may wish to hide.

    The network weighs how unlawful a sentence sounds, then how like each of ``kinds``.
    """

    row_of: dict[str, int]
    kinds: tuple[str, ...]
    network: Network
    heavy: frozenset[str]
    suspicious: float
    certain: float
    harmless: float


def suspicious_from() -> float:
    """Return the weight from which a sentence is put to review though no rule was met."""
    return _weights().suspicious


def certain_from() -> float:
    """Return the weight from which a sentence is blocked though no rule was met: next to no lawful one weighs as much."""
    return _weights().certain


def is_harmless(text: str, sentence: Weighed, start: int, end: int) -> bool:
    """Return whether a sentence of a folded text is harmless, and so are the clauses of [start, end) alone and with each neighbour."""
    below = _weights().harmless
    if sentence.whole >= below:
        return False
    clauses = [
        (sentence.start + first, sentence.start + after)
        for first, after in clauses_of(text[sentence.start : sentence.end])
    ]
    hit = [place for place, (first, after) in enumerate(clauses) if first < max(end, start + 1) and start < after]
    if not hit:
        return True
    if clauses[hit[-1]][1] - clauses[hit[0]][0] < _SHORTEST:
        return False  # a word by itself (药妆) is what it is
    around = {(hit[0], hit[-1]), (max(hit[0] - 1, 0), hit[-1]), (hit[0], min(hit[-1] + 1, len(clauses) - 1))}
    return all(_weigh_whole(text[clauses[first][0] : clauses[last][1]]) < below for first, last in around)


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    with np.load(io.BytesIO(files("assistant.flow.guard.law").joinpath(WEIGHTS).read_bytes())) as held:
        names = held["features"].tobytes().decode("utf-8").split("\n")
        thresholds = dict(zip(THRESHOLDS, (held["thresholds"] / SCALE).tolist(), strict=True))
        heavy = frozenset(names[row] for row in held["heavy"].tolist())
        row_of = {name: row for row, name in enumerate(names)}
        return _Weights(row_of, tuple(held["kinds"].tolist()), Network.of(held), heavy, **thresholds)


def heavy_words() -> frozenset[str]:
    """Return the runs of two and three characters that speak for an unlawful sentence: what somebody may wish to hide."""
    return _weights().heavy


@lru_cache(maxsize=1)
def _classes() -> ahocorasick.Automaton:
    names: dict[str, set[str]] = {}
    known = vocabulary()
    for name, words in (*known.words.items(), *known.heard.items()):
        for word in words:
            names.setdefault(word, set()).add(f"{{{name}}}")
    automaton = ahocorasick.Automaton()
    for word, found in names.items():
        automaton.add_word(word, (len(word), tuple(sorted(found))))
    automaton.make_automaton()
    return automaton


def features(sentence: str) -> Iterator[tuple[str, int]]:
    """Yield the features of a folded sentence with the place each starts at; a figure is a figure whatever it is.

    Runs of two in a clause that denies something are features once more (``¬美白``): 这款不美白 claims nothing, in whatever
    order. Beside runs of characters these are word classes: by themselves, denied or asked about (``-{illness}``), and one
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
    for clause in _CLAUSE_TEXT.finditer(plain):
        if _DENIAL.search(clause[0]):
            for start in range(clause.start(), clause.end() - 1):
                yield f"¬{plain[start : start + 2]}", start
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
    start, end, first, after = (place + by for place in (weighed.start, weighed.end, weighed.first, weighed.after))
    return replace(weighed, start=start, end=end, first=first, after=after)


@lru_cache(maxsize=4096)
def _weigh_one(sentence: str) -> Weighed:
    # A draft is weighed sentence by sentence and then once more as a whole: the same sentence is not weighed twice.
    weights = _weights()
    network = weights.network
    found = _known(sentence)
    whole = _together(found)
    clauses = clauses_of(sentence)
    heaviest = whole
    if runs := runs_of(sentence, clauses):
        rows, ends = by_clause(found, clauses)
        reached = so_far(network.units[rows], ends)
        heaviest = max(whole, heaviest_run(network, reached, whole, runs), key=_unlawful)
    weight = round(_unlawful(heaviest), 2)
    kind = weights.kinds[int(heaviest[1:].argmax())]
    shown = (0, len(sentence))
    if weight > weights.suspicious and runs:
        each = network.weigh(np.diff(reached, axis=0))
        shown = clauses[int(each[:, 0].argmax())]
    return Weighed(0, len(sentence), round(_unlawful(whole), 2), weight, kind, *shown)


def _unlawful(weights: Floats) -> float:
    return float(weights[0])


@lru_cache(maxsize=4096)
def _weigh_whole(words: str) -> float:
    return round(_unlawful(_together(_known(words))), 2)


def _known(words: str) -> list[tuple[int, int]]:
    """Return the rows of the features that are known, each with its place."""
    row_of = _weights().row_of
    return [(row_of[feature], place) for feature, place in features(words) if feature in row_of]


def _together(found: Iterable[tuple[int, int]]) -> Floats:
    """Weigh features, each with its place, as one whole; a feature counts once."""
    network = _weights().network
    return network.weigh(network.add(list({row for row, _ in found})))


def clauses_of(sentence: str) -> list[tuple[int, int]]:
    """Return where the clauses of a sentence begin and end."""
    return [match.span() for match in _CLAUSE.finditer(sentence)]


def by_clause(found: Iterable[tuple[int, int]], clauses: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Return the rows of features, each with its place, clause by clause and once in each, and how many there are by its end."""
    ends = [after for _, after in clauses]
    each: list[set[int]] = [set() for _ in clauses]
    for row, place in found:
        each[min(bisect_right(ends, place), len(ends) - 1)].add(row)
    return [row for rows in each for row in sorted(rows)], list(accumulate(map(len, each)))


def so_far(units: NDArray[Any], ends: Sequence[int]) -> Floats:
    """Return what the first clauses add to the units together, none of them, one, two and so on; ``units`` is [rows, units]."""
    before = np.arange(len(units)) < np.array([0, *ends])[:, None]
    # whole numbers below 2**24: no sum of single floats is rounded
    reached: Floats = (before.astype(np.float32) @ units.astype(np.float32)).astype(np.float64)
    return reached


def runs_of(sentence: str, clauses: Sequence[tuple[int, int]]) -> list[Run]:
    """Return the runs of up to three clauses of a sentence that has more."""
    denied = [_MAY_DENY.search(sentence, first, after) is not None for first, after in clauses]
    found = []
    for size in range(1, min(_WIDEST, len(clauses) - 1) + 1):
        for first in range(len(clauses) - size + 1):
            after = first + size
            if clauses[after - 1][1] - clauses[first][0] >= _SHORTEST:
                beside = any(denied[:first]) or any(denied[after:])
                unsaid = _OPENS_DENYING.match(sentence, clauses[first][0]) is not None
                found.append((first, after, DENIED if beside or unsaid else 0.0))
    return found


def heaviest_run(network: Network, reached: Floats, whole: Floats, runs: Sequence[Run]) -> Floats:
    """Return what the heaviest run weighs in its company, [1 + kinds]; ``reached`` is ``so_far``, ``whole`` what the sentence weighs."""
    first, after, less = zip(*runs, strict=True)
    alone = network.weigh(reached[list(after)] - reached[list(first)])
    heaviest = int((alone[:, 0] - np.array(less)).argmax())
    weights: Floats = (1 - COMPANY) * alone[heaviest] + COMPANY * whole
    weights[0] -= (1 - COMPANY) * less[heaviest]
    return weights
