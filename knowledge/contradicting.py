"""Statements of the whole material that cannot all be true: another figure, another date, or the very opposite.

``knowledge.reconciling`` compares the few passages of one search while a guide waits; here everything published is
compared, in one pass over statements grouped by what they are about, for a person to rule on. Like there, only
statements that say the same apart from the figure are held against each other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from knowledge.answering import sentences
from knowledge.noun import Labelled
from knowledge.passage import DocumentKind, Passage
from knowledge.reconciling import FIGURE, OPPOSITES, SAME_UNIT, alike, subject_of, telling_words, value_of
from knowledge.words.wording import Wording

DATE_UNIT = "日期"
_DATE = re.compile(r"(?:\d{4}\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]|\d{4}-(\d{1,2})-(\d{1,2})")
# 满200减30 names its unit nowhere
_THRESHOLD = re.compile(
    r"满\s*(\d+(?:\.\d+)?)\s*(?:元|块)?\s*(立?减|送|享)\s*(\d+(?:\.\d+)?)?\s*(?:元|块)?(?![\d折件])"
)
# what makes a sentence a rule that has an opposite
_RULE = re.compile(r"可|能|支持|参加|参与|享受|同享|叠加|允许|接受|需要|须|包邮|退|换|赠")
_ASKS = re.compile(r"[?？吗么]\s*$|^\s*问[:：]")
# said of everything that is sold: they tell no rule from another
_OF_ANYTHING = frozenset(
    (
        "商品",
        "产品",
        "货品",
        "货",
        "起",
        "次日",
        "当日",
        "顾客",
        "客户",
        "会员",
        "亲",
        "亲亲",
        "宝宝",
        "姐",
        "您",
        "门店",
    )
)
_LONGEST_RULE = 80
_LEAST_SHARED = 2
# a script words a rule shorter than its policy does: so much of the longer one must stand in the shorter
_LEAST_SHARE = 0.6
_LEAST_OF_TWO_KINDS = 3
_QUOTED_KINDS = frozenset((DocumentKind.POLICY, DocumentKind.CAMPAIGN, DocumentKind.SCRIPT, DocumentKind.TRAINING))


class ContradictionKind(Labelled):
    """In what two statements differ."""

    FIGURE = "figure", "数字对不上"
    DATE = "date", "日期对不上"
    CONDITION = "condition", "说法相反"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements that cannot both be right; ``ours`` stands in ``first``, ``theirs`` in ``second``."""

    kind: ContradictionKind
    unit: str
    first: Passage
    second: Passage
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Stated:
    """One sentence: what it is about without its figures, how often it denies, and its figures in order, by unit."""

    text: str
    matter: frozenset[str]
    negations: int
    figures: Mapping[str, tuple[float, ...]]
    is_rule: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A passage with what it states and what it stands under."""

    passage: Passage
    subject: frozenset[str]
    stated: tuple[Stated, ...]


def read_statements(passage: Passage, wording: Wording) -> Read:
    """Cut a passage into what it states; sentences that give neither a figure nor a rule are left out."""
    stated = tuple(_stated(passage, wording))
    return Read(passage, subject_of(passage, wording) if stated else frozenset(), stated)


def contradictions(every: Sequence[Read], against: Sequence[Read] | None = None) -> Iterator[Contradiction]:
    """Compare all passages with each other, or these with others only; of two passages the first clash is told."""
    told: set[tuple[str, str]] = set()
    new = {id(one) for one in every} if against is not None else None
    for (one, ours), (other, theirs) in _pairs([*every, *(against or ())]):
        if new is not None and (id(one) in new) == (id(other) in new):
            continue
        pair = (one.passage.id, other.passage.id)
        if pair in told or not _comparable(one, other):
            continue
        clash = _clash(ours, theirs)
        if clash is None:
            continue
        told |= {pair, pair[::-1]}
        kind, unit = clash
        yield Contradiction(kind, unit, one.passage, other.passage, ours.text, theirs.text)


def _pairs(every: Iterable[Read]) -> Iterator[tuple[tuple[Read, Stated], tuple[Read, Stated]]]:
    """Statements about one matter, and those of two kinds of document that share most of their words."""
    by_matter: dict[frozenset[str], list[tuple[Read, Stated]]] = {}
    for read in every:
        for stated in read.stated:
            by_matter.setdefault(stated.matter, []).append((read, stated))
    for group in by_matter.values():
        yield from combinations(group, 2)
    by_word: dict[str, list[frozenset[str]]] = {}
    for matter in by_matter:
        for word in matter:
            by_word.setdefault(word, []).append(matter)
    for matter in by_matter:
        if len(matter) < _LEAST_OF_TWO_KINDS:
            continue
        # a larger one holds every word of this one, so the rarest word's list is enough
        rarest = min(matter, key=lambda word: len(by_word[word]))
        for larger in by_word[rarest]:
            if len(larger) > len(matter) and matter < larger and len(matter) >= _LEAST_SHARE * len(larger):
                for mine in by_matter[matter]:
                    for theirs in by_matter[larger]:
                        if mine[0].passage.kind is not theirs[0].passage.kind:
                            yield mine, theirs


def _comparable(one: Read, other: Read) -> bool:
    """Two documents for the same readers at the same time, neither of them the next version of the other."""
    mine, theirs = one.passage, other.passage
    if mine.document_id == theirs.document_id or mine.scope != theirs.scope or not _meet(mine, theirs):
        return False
    if mine.skus and theirs.skus and set(mine.skus).isdisjoint(theirs.skus):
        return False
    if mine.kind is theirs.kind:
        is_next_version = mine.title == theirs.title and mine.version != theirs.version
        return not is_next_version and alike(one.subject, other.subject)
    # a campaign may give more than the policy does: that is what it is for
    if {mine.kind, theirs.kind} == {DocumentKind.POLICY, DocumentKind.CAMPAIGN}:
        return False
    return {mine.kind, theirs.kind} <= _QUOTED_KINDS


def _meet(one: Passage, other: Passage) -> bool:
    """Say whether there is a moment at which both are valid."""
    starts = [moment for moment in (one.valid_from, other.valid_from) if moment is not None]
    ends = [moment for moment in (one.valid_to, other.valid_to) if moment is not None]
    return not starts or not ends or max(starts) < min(ends)


def _clash(ours: Stated, theirs: Stated) -> tuple[ContradictionKind, str] | None:
    if ours.negations % 2 != theirs.negations % 2:
        is_opposite = ours.is_rule and theirs.is_rule and ours.matter == theirs.matter
        return (ContradictionKind.CONDITION, "") if is_opposite and _same_figures(ours, theirs) else None
    for unit in sorted(ours.figures.keys() & theirs.figures.keys()):
        if _differ(ours.figures[unit], theirs.figures[unit]):
            return (ContradictionKind.DATE if unit == DATE_UNIT else ContradictionKind.FIGURE), unit
    return None


def _same_figures(ours: Stated, theirs: Stated) -> bool:
    return dict(ours.figures) == dict(theirs.figures)


def _differ(ours: tuple[float, ...], theirs: tuple[float, ...]) -> bool:
    """Nothing in common, or the same row of figures with one of them changed (满200减30 and 满250减30)."""
    if set(ours).isdisjoint(theirs):
        return True
    changed = sum(one != other for one, other in zip(ours, theirs, strict=False))
    return len(ours) == len(theirs) and changed == 1


def _stated(passage: Passage, wording: Wording) -> Iterator[Stated]:
    for start, end in sentences(passage.text):
        text = passage.text[start:end]
        folded = wording.fold(text)
        if _ASKS.search(folded):
            continue
        figures = _figures(folded)
        is_rule = len(folded) <= _LONGEST_RULE and _RULE.search(folded) is not None
        if not figures and not is_rule:
            continue
        bare = FIGURE.sub("\n", _DATE.sub("\n", _THRESHOLD.sub(_spelt, folded)))
        words = telling_words(bare, wording)
        matter = frozenset(word for word in words if word not in _OF_ANYTHING and not OPPOSITES.search(word))
        if len(matter) >= _LEAST_SHARED:
            yield Stated(text, matter, len(OPPOSITES.findall(bare)), figures, is_rule)


def _figures(folded: str) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for match in _DATE.finditer(folded):
        month, day = match[1] or match[3], match[2] or match[4]
        found.setdefault(DATE_UNIT, []).append(int(month) * 100 + int(day))
    for number, unit in FIGURE.findall(_THRESHOLD.sub(_spelt, _DATE.sub("\n", folded))):
        value = value_of(number)
        if value is not None:
            found.setdefault(SAME_UNIT.get(unit, unit), []).append(value)
    return {unit: tuple(values) for unit, values in found.items()}


def _spelt(match: re.Match[str]) -> str:
    less = f"{match[2]}{match[3]}元" if match[3] else match[2]
    return f"满{match[1]}元{less}"
