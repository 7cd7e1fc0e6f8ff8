"""What a clause says that no record says: its words, figures and turns set beside the records of the turn.

Rules know what they have words for, and a model words freely. So each clause of a sentence is measured without knowing what
it speaks of: how much of it stands in the records, in one of them or only in many, which words do not, whether its figures
have the company there that they have here, and whether it denies what they tell. ``weighing.py`` weighs what is found.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import chain

import rjieba

from assistant.flow.guard.claims.numbers import read_number
from knowledge.folding import fold_widths

LONGEST_RUN = 3
_CLAUSE = re.compile(r"[^，,。；;！!？?～~\n…]+[，,。；;！!？?～~\n…]*")
_IN_FIGURE = re.compile(r"(?<=\d),(?=\d{3})")
_WORD = re.compile(r"\w")
_RUN = re.compile(r"(?=(\w\w))")
_FIGURE = re.compile(
    # 29块9 and 1米5 are one figure each
    r"(?P<whole>\d+)[块米](?P<tenth>\d)(?:毛(?P<hundredth>\d))?(?![\d.])|\d+(?:\.\d+)?"
    # the 二 of 周二二十四号 is the weekday's
    r"|(?<=[周期拜])[一二三四五六](?=[一二三四五六七八九十])"
    r"|(?<![万千])[一二两三四五六七八九](?=[一二两三四五六七八九][^百千万十点一二三四五六七八九零])"
    r"|[零〇一二两三四五六七八九十百千万廿半]+(?:点[零一二三四五六七八九]+)?"
)
_NO_FIGURE = re.compile("万一|千万(?!元|块)|一万个|十分(?!钟|之)|百分百|一五一十|三三两两|七七八八")
_COUNTED = re.compile(r"[\d百千万十零〇]|[一二两三四五六七八九][一二两三四五六七八九十百千]")
"""A figure that counts something: 一下, 三思 and 两全 count nothing."""
_DENIAL = re.compile(
    "不(?!仅|但|只|过|同|少|错|妨|好意思|知道|着急|急)|没|未|无(?!理由|论|忧)|非(?!常)|勿|别(?![的人家])|免|拒"
)
_LARGEST_ASKED = 60
"""A larger figure of the question is more than a size or a count of hers."""
_BREAK = re.compile(r"[，,。；;：:！!？?（）()\n、|]")
_FIELD = re.compile(r"[。；;\n|]")
_REACH, _RECORD_REACH, _DENIAL_REACH, _FIELD_REACH = 8, 12, 6, 30
"""How many characters around a figure, here and in a record, and before a word, here and there, are looked at."""


def fold(text: str) -> str:
    """Return a text as clauses and records are compared: widths and cases alike, no comma within a figure."""
    return _IN_FIGURE.sub("", fold_widths(text).text.lower())


def _runs(text: str) -> list[str]:
    """Every run of two letters; a run with a sign in it is none."""
    return _RUN.findall(text)


def _figures(text: str) -> Iterator[tuple[str, int, int]]:
    """Every figure with its place; 两三滴 are two of them."""
    spared = [match.span() for match in _NO_FIGURE.finditer(text)]
    for match in _FIGURE.finditer(text):
        if any(first <= match.start() < after for first, after in spared):
            continue
        pair = match["whole"]
        value = read_number(f"{pair}.{match['tenth']}{match['hundredth'] or ''}" if pair else match.group())
        if value is not None:
            yield format(value.normalize(), "f"), match.start(), match.end()


@lru_cache(maxsize=4096)
def _words(clause: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(clause))


@dataclass(frozen=True, eq=False)
class Said:
    """Every record of a turn as clauses are set beside it: (kind, folded text). ``asked`` is the question, folded."""

    records: tuple[tuple[str, str], ...]
    asked: str = ""

    @cached_property
    def whole(self) -> str:
        """All the records in one text."""
        return "\n".join(text for _, text in self.records)

    @cached_property
    def runs(self) -> frozenset[str]:
        """Every run of two letters in the records."""
        return frozenset(_runs(self.whole))

    @cached_property
    def asked_runs(self) -> frozenset[str]:
        """Every run of two letters in the question."""
        return frozenset(_runs(self.asked))

    @cached_property
    def by_record(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The runs of every record by itself, with its kind."""
        return tuple((kind, frozenset(_runs(text))) for kind, text in self.records)

    @cached_property
    def clauses(self) -> tuple[tuple[str, frozenset[str], bool], ...]:
        """Every clause of every record: its kind, its runs, whether it denies."""
        return tuple(
            (kind, frozenset(_runs(part)), bool(_DENIAL.search(part)))
            for kind, text in self.records
            for part in _BREAK.split(text)
            if len(part) > 1
        )

    @cached_property
    def clauses_with(self) -> Mapping[str, tuple[int, ...]]:
        """Of every run, the numbers of the clauses that have it."""
        found: dict[str, list[int]] = {}
        for number, (_, runs, _) in enumerate(self.clauses):
            for run in runs:
                found.setdefault(run, []).append(number)
        return {run: tuple(numbers) for run, numbers in found.items()}

    @cached_property
    def company(self) -> Mapping[str, tuple[frozenset[str], ...]]:
        """Of every figure in the records, the runs around each place where it stands."""
        found: dict[str, list[frozenset[str]]] = {}
        for value, first, after in _figures(self.whole):
            around = _around(self.whole, first, after, _RECORD_REACH)
            found.setdefault(value, []).append(around)
        return {value: tuple(around) for value, around in found.items()}

    def has(self, value: str) -> bool:
        """Say whether a figure stands in the records; 11.20 may be a day of theirs."""
        if value in self.company:
            return True
        month, _, day = value.partition(".")
        return bool(day) and month in self.company and (day in self.company or f"{day}0" in self.company)

    @cached_property
    def measured(self) -> frozenset[str]:
        """Every figure of the records with the letter behind it (8盒)."""
        return frozenset(f"{value}{self.whole[after : after + 1]}" for value, _, after in _figures(self.whole))

    @cached_property
    def asked_figures(self) -> frozenset[str]:
        """Every figure of the question."""
        return frozenset(value for value, _, _ in _figures(self.asked))

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        return tuple(_FIELD.split(self.whole))

    @cached_property
    def _denials(self) -> dict[str, tuple[bool, ...]]:
        return {}

    def denials(self, word: str) -> tuple[bool, ...]:
        """Of every field of a record that holds a word, whether it stands behind a denial there (不含：酒精、香精)."""
        found = self._denials.get(word)
        if found is None:
            places = ((one, one.find(word)) for one in self._fields if word in one)
            found = tuple(bool(_DENIAL.search(one[max(0, at - _FIELD_REACH) : at])) for one, at in places)
            self._denials[word] = found
        return found


def _around(text: str, first: int, after: int, reach: int) -> frozenset[str]:
    return frozenset((*_runs(text[max(0, first - reach) : first]), *_runs(text[after : after + reach])))


@dataclass(frozen=True)
class Measures:
    """How a clause stands to the records, in small whole numbers."""

    lost: int = 0
    """Words that are in no record and not in the question."""
    share: int = 0
    """Tenths of its runs that are in no record."""
    asked: int = 0
    """Of those, how many the question has."""
    alike: int = 0
    """Fifths of the likest record's clause that it says too."""
    one: int = 10
    """Tenths of its runs that one single record has."""
    apart: int = 0
    """How many runs more all records together have: words of many records side by side say something new."""
    turned: int = 0
    """Words it tells that the records only deny, or denies that they only tell."""
    clash: int = 0
    """1 where it denies and the likest clause does not, or the other way round."""
    figures_in: int = 0
    figures_asked: int = 0
    figures_out: int = 0
    """Figures that are in a record, only in the question, in neither."""
    unit_out: int = 0
    """Figures of a record that no record has with the letter behind them."""
    company: int = 4
    """How many runs beside its loneliest figure stand beside it in a record too, at most 4."""


MEASURES = tuple(one.name for one in fields(Measures))


@dataclass(frozen=True)
class Unsaid:
    """One clause at [start, end) of its folded sentence: what it has (``marks``) and how it stands to the records."""

    start: int
    end: int
    marks: frozenset[str]
    measures: Measures
    loose: tuple[str, ...] = ()
    """Its figures that stand in no record, as written."""


def unsaid(
    sentence: str, said: Said, names: Iterable[tuple[str, str]] = (), right: Iterable[str] = ()
) -> tuple[Unsaid, ...]:
    """Set every clause of a folded sentence beside the records; ``names`` are (name, letter that stands for its kind).

    ``right`` are words whose figures were found right: a record writes them otherwise, or they were worked out from others.
    """
    found_right = frozenset(value for words in right for value, _, _ in _figures(words))
    put_for = sorted(((name, letter) for name, letter in names if len(name) > 1), key=lambda one: -len(one[0]))
    return tuple(_beside(sentence, *match.span(), said, put_for, found_right) for match in _CLAUSE.finditer(sentence))


def _beside(
    sentence: str, start: int, end: int, said: Said, names: Iterable[tuple[str, str]], right: frozenset[str]
) -> Unsaid:
    clause = sentence[start:end]
    runs = _runs(clause)
    marks = set(_wording(clause, start, names))
    missing = [run for run in runs if run not in said.runs]
    marks |= {f"-{run}" for run in missing}
    marks |= {f"-{letter}" for letter in set(clause) if _WORD.match(letter) and letter not in said.whole}
    lost, turned = _word_by_word(clause, said, marks)
    held = frozenset(runs)
    kind, most = max(((kind, len(held & of)) for kind, of in said.by_record), key=lambda one: one[1], default=("", 0))
    likest, alike, clash = _likest(clause, held, said)
    marks |= {f"by:{kind if most else ''}", f"near:{likest}"}
    counted, loose = _count(clause, said, marks, right)
    measures = Measures(
        lost=min(lost, 6),
        share=len(missing) * 10 // max(len(runs), 1),
        asked=min(sum(run in said.asked_runs for run in missing), 4),
        alike=alike,
        one=most * 10 // max(len(held), 1),
        apart=min(len(held & said.runs) - most, 6),
        turned=min(turned, 3),
        clash=clash,
        **counted,
    )
    marks |= {f"{name}={getattr(measures, name)}" for name in MEASURES}
    return Unsaid(start, end, frozenset(marks), measures, loose)


def _wording(clause: str, start: int, names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The clause's own runs of letters, with every name as its kind and every figure as 0."""
    plain = clause
    for name, letter in names:
        plain = plain.replace(name, letter)
    plain = re.sub(r"\d+(?:\.\d+)?", "0", plain)
    for size in range(1, LONGEST_RUN + 1):
        for place in range(len(plain) - size + 1):
            yield plain[place : place + size]
    yield f"^{plain[:2]}"
    yield f"{plain[-2:]}$"
    if start == 0:
        yield f"^^{plain[:1]}"


def _word_by_word(clause: str, said: Said, marks: set[str]) -> tuple[int, int]:
    """Mark the words no record has and how known and unknown ones follow; count them, and those that are turned round."""
    lost = turned = place = 0
    before = "^"
    for word in _words(clause):
        at = place
        place += len(word)
        if not _WORD.match(word[:1]):
            continue
        if word in said.whole:
            now = "+"
            if len(word) > 1 and not word[:1].isdigit():
                denies = bool(_DENIAL.search(clause[max(0, at - _DENIAL_REACH) : at]))
                if all(denied is not denies for denied in said.denials(word)):
                    turned += 1
                    marks.add(f"turned{int(denies)}")
        elif word in said.asked:
            now = "?"
            marks.add(f"?{word}")
        else:
            now = f"-{word}"
            lost += 1
            marks |= {f"w-{word}", f"w{min(len(word), 4)}"}
        marks.add(f"{before}>{now}")
        before = now
    return lost, turned


def _likest(clause: str, held: frozenset[str], said: Said) -> tuple[str, int, int]:
    """The record's clause that is likest: its kind, how much of it is said too in fifths, whether just one of the two denies."""
    shared = Counter(chain.from_iterable(said.clauses_with.get(run, ()) for run in held))
    if not shared:
        return "", 0, 0
    number = min(shared, key=lambda one: (-shared[one] / (len(said.clauses[one][1]) + 4), one))
    kind, runs, denies = said.clauses[number]
    clash = shared[number] > 1 and bool(_DENIAL.search(clause)) is not denies
    return kind, min(shared[number] * 5 // len(runs), 5), int(clash)


def _count(clause: str, said: Said, marks: set[str], right: frozenset[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    loose: list[str] = []
    counts = {"figures_in": 0, "figures_asked": 0, "figures_out": 0, "unit_out": 0, "company": 4}
    for value, first, after in _figures(clause):
        if not _COUNTED.search(clause[first:after]):
            continue
        unit = clause[after : after + 1]
        if value in right and not said.has(value):
            marks.add("figure:reckoned")
            continue
        where = "in" if said.has(value) else "asked" if value in said.asked_figures else "out"
        # what only the question says is no record: 26码的 may be said back, 还有999件 may not
        if where == "out" or (where == "asked" and Decimal(value) > _LARGEST_ASKED):
            loose.append(clause[first:after])
        counts[f"figures_{where}"] = min(counts[f"figures_{where}"] + 1, 5)
        marks |= {f"figure:{where}", f"figure:{where}:{unit}"}
        if where == "in":
            here = _around(clause, first, after, _REACH)
            there = said.company.get(value, ())
            counts["company"] = min(counts["company"], max((len(here & one) for one in there), default=0))
            counts["unit_out"] += f"{value}{unit}" not in said.measured
    return counts, tuple(loose)
