"""Words for taking back what was said: quoted from what was sent and from what is published now, never invented.

Pure: the console shows and sends what is made here, a guide decides whether her customer reads it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from knowledge.answering import sentences
from knowledge.reconciling import FIGURE, SAME_UNIT, value_of

LONGEST_QUOTE = 60
LONGEST_NEWS = 200
"""Characters that are quoted: the whole message stays well within one WeCom text of 2,048 bytes."""

_SAID = re.compile(r"[^。！？!?；;～~\n]+")
_CLAUSE = re.compile(r"[^，,：:]+")
_LETTER = re.compile(r"[\u3400-\u9fffa-z0-9]+")
# a sentence that shares so much of its pairs of characters speaks of the same thing
_SAME_SUBJECT = 0.35
_RELATED = 0.2


class Value(NamedTuple):
    """A number with its unit, as compared."""

    number: float
    unit: str


class Figure(NamedTuple):
    """A number with its unit where it stands; ``words`` as written."""

    value: Value
    words: str


class Statement(NamedTuple):
    """A sentence with the figures it gives and the pairs of characters that say what it is about."""

    text: str
    values: frozenset[Value]
    pairs: frozenset[str]


class Correction(NamedTuple):
    """What to tell a customer, with what is wrong in the words sent.

    ``wrong`` is the clause that no longer holds, empty when none could be told apart; ``figure`` the number in it.
    ``news`` is the sentence that holds now, quoted whole; empty when nothing published says it.
    """

    text: str
    wrong: str
    figure: str
    news: str


def statements(texts: Iterable[str]) -> tuple[Statement, ...]:
    """Cut texts into sentences, each with what it is compared by: done once, however many sent texts are compared."""
    cut = (text[start:end] for text in texts for start, end in sentences(text))
    return tuple(Statement(one, _values(one), frozenset(_pairs(one))) for one in cut)


def correction(sent: str, old: Sequence[Statement], new: Sequence[Statement]) -> Correction | None:
    """Word the correction of a text that was sent, from the statements it leaned on and those that hold now.

    None when what was said still holds: the new ones give the same figures on the same matter.
    """
    wrong, figure, basis = _what_is_wrong(sent, old)
    news = _now(basis or next(iter(statements([sent])), None), new)
    if news is not None and _still_holds(wrong or sent, basis, news):
        return None
    quoted = _shortened(wrong, LONGEST_QUOTE)
    told = f"上次跟您说的“{quoted}”" if quoted else "上次跟您说的那件事"
    if news is not None:
        said = _shortened(news.text.rstrip("。.!！ "), LONGEST_NEWS)
        text = f"您好，{told}有变化，现在是这样的：{said}。请以这次说的为准，之前没说准，给您添麻烦了。"
    else:
        text = f"您好，{told}可能有变化，我再核实一下，稍后回您。先别按之前说的来办，给您添麻烦了。"
    return Correction(text, wrong, figure, news.text if news is not None else "")


def message_to_guide(
    correction: Correction, *, when: str, customer: str, title: str, version: int | None, ai_label: str
) -> str:
    """The WeCom text to the guide who sent it: what is wrong, since what, and words she may pass on.

    ``version`` is of the text that holds now; None when there is none.
    """
    whom = f"给{customer}的话" if customer else "给客户的话"
    what = f"里的“{_shortened(correction.wrong, LONGEST_QUOTE)}”" if correction.wrong else ""
    basis = f"《{title}》已经换成第 {version} 版" if version is not None else f"依据的《{title}》已经不用了"
    return (
        f"【更正】您{when}发{whom}{what}，现在不对了：{basis}。\n"
        f"可以这样跟客户说（请看过再发）：\n{correction.text}{ai_label}"
    )


def by_figure(old: Iterable[Statement]) -> Mapping[Value, Sequence[Statement]]:
    """Statements by the figures they give, for ``shares_figures``."""
    found: dict[Value, list[Statement]] = {}
    for one in old:
        for value in one.values:
            found.setdefault(value, []).append(one)
    return found


def shares_figures(text: str, old: Mapping[Value, Sequence[Statement]]) -> tuple[str, ...]:
    """The sentences of a text that give a figure of these statements on a related matter, as they stand."""
    # of thousands of scripts few have any of these figures, and cutting sentences is what takes the time
    if _values(text).isdisjoint(old):
        return ()
    return tuple(
        mine.text
        for mine in statements([text])
        if any(_likeness(mine.pairs, other.pairs) >= _RELATED for value in mine.values for other in old.get(value, ()))
    )


def figures(text: str) -> tuple[Figure, ...]:
    """Every number with a unit in a text, in order."""
    found = []
    for match in FIGURE.finditer(text):
        value = value_of(match[1])
        if value is not None:
            found.append(Figure(Value(value, SAME_UNIT.get(match[2], match[2])), match[0].strip()))
    return tuple(found)


def _what_is_wrong(sent: str, before: Sequence[Statement]) -> tuple[str, str, Statement | None]:
    """The words sent that lean most on the old text, the figure in them, and the old sentence; None where none do."""
    best: tuple[str, str, Statement | None] = ("", "", None)
    highest = 0.0
    for said in _SAID.finditer(sent):
        for clause in _CLAUSE.finditer(said[0]):
            mine, pairs = figures(clause[0]), frozenset(_pairs(clause[0]))
            for one in before:
                shared = next((each for each in mine if each.value in one.values), None)
                likeness = _likeness(pairs, one.pairs)
                # the same figure says more than the same words
                score = likeness + (1.0 if shared is not None else 0.0)
                if score > highest and (shared is not None or likeness >= _SAME_SUBJECT):
                    figure = shared.words if shared is not None else ""
                    highest, best = score, (_with_neighbours(said[0], clause, one), figure, one)
    return best


def _with_neighbours(said: str, clause: re.Match[str], basis: Statement) -> str:
    """A clause with those beside it that quote the same old sentence: 七天内，没有拆封的可以退."""
    start, end = clause.span()
    for after in _CLAUSE.finditer(said, end):
        if not _quotes(after[0], basis):
            break
        end = after.end()
    for earlier in reversed(list(_CLAUSE.finditer(said, 0, start))):
        # what stands before a colon leads in
        if said[earlier.end()] in "：:" or not _quotes(earlier[0], basis):
            break
        start = earlier.start()
    return said[start:end].strip()


def _quotes(clause: str, basis: Statement) -> bool:
    return _likeness(frozenset(_pairs(clause)), basis.pairs) >= _SAME_SUBJECT


def _now(basis: Statement | None, after: Sequence[Statement]) -> Statement | None:
    """The sentence of the new text on the same matter."""
    if basis is None:
        return None
    scored = [(_likeness(basis.pairs, one.pairs), one) for one in after]
    likeness, found = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return found if likeness >= _SAME_SUBJECT else None


def _still_holds(clause: str, basis: Statement | None, news: Statement) -> bool:
    if basis is not None and _letters(basis.text) == _letters(news.text):
        return True
    mine = _values(clause)
    before = basis.values if basis is not None else frozenset()
    # the same words around other figures is a change; figures that are all still there are none
    return bool(mine) and mine <= news.values and before == news.values


def _values(text: str) -> frozenset[Value]:
    return frozenset(one.value for one in figures(text))


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of the shorter text's pairs of characters that stand in the other."""
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least else 0.0


def _pairs(text: str) -> Iterator[str]:
    """Neighbouring characters, figures left out."""
    for run in _LETTER.findall(FIGURE.sub(" ", text.lower())):
        yield from (run[place : place + 2] for place in range(len(run) - 1))


def _letters(text: str) -> str:
    return "".join(_LETTER.findall(text.lower()))


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
