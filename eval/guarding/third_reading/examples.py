"""What the third reader learns from: true and false sentences, each set beside the records it was written from.

Most were worded freely by authors who had the records of a question before them (``sets/worded``); the composer's own sentences,
such with one figure changed, and what was asked granted in words of a yes stand beside them and count for less. Of the test
split nothing is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from assistant.flow.guard.check import by_rules
from assistant.flow.guard.doubt.unsaid import Unsaid, fold
from assistant.flow.guard.doubting import said_to, set_beside
from assistant.turn import Draft, DraftSource
from eval.guarding.clean import clean_drafts
from eval.guarding.mutating import Mutant, mutants
from eval.guarding.worded import Laid, laid, read

COMPOSED = 4000
"""How many of the composer's drafts are learned from."""
COMPOSED_CHANGED = 1500
CHANGED_EACH = 7
"""In how many of them a figure is changed, as a model may who copies the composer, and in how many ways each."""
GRANTED_EACH = 2
COMPOSER = "composer"
CHANGED = "changed"


@dataclass(frozen=True)
class Example:
    """One sentence set beside its records. ``labels`` says of every clause: false 1, true 0, unknown -1."""

    author: str
    question: str
    untrue: bool
    clauses: tuple[Unsaid, ...]
    objected: tuple[frozenset[str], ...]
    labels: tuple[int, ...]

    @property
    def is_worded(self) -> bool:
        """True where somebody worded it; the rest is ours, and counts for less."""
        return self.author not in (COMPOSER, CHANGED)


def examples() -> list[Example]:
    """Everything learned from: the train split, and what the composer wrote for the same questions and many more."""
    found = [example for one in laid(read("train")) for example in of_question(one)]
    chance = Random(20261129)
    for number, one in enumerate(clean_drafts(COMPOSED)):
        if one.passed and not one.is_test:
            question = f"clean/{one.asked}"
            found += _sentences(one.draft, one.brief, COMPOSER, question)
            made = list(mutants(one)) if number < COMPOSED_CHANGED else []
            for mutant in chance.sample(made, min(len(made), CHANGED_EACH)):
                found += _changed(mutant, question)
    return found


def _changed(mutant: Mutant, question: str) -> Iterator[Example]:
    """The piece of a changed draft that is false now, as if a model had written it."""
    draft = mutant.draft.model_copy(update={"source": DraftSource.MODEL, "claims": ()})
    said = said_to(mutant.clean.brief)
    before = fold(mutant.before)
    pieces, _ = by_rules(draft, mutant.clean.brief)
    for piece in pieces:
        if mutant.is_shown_in(piece.text):
            clauses, objected = set_beside(piece, said)
            sentence = fold(piece.text)
            labels = tuple(
                int(sentence[one.start : one.end].strip("，,。！!？?～~；; ") not in before) for one in clauses
            )
            if clauses and any(labels):
                yield Example(CHANGED, question, True, clauses, objected, labels)


def of_question(one: Laid) -> Iterator[Example]:
    """Every sentence an author wrote for one question, and the composer's own."""
    author = one.worded.author
    question = f"{one.worded.pack}/{one.worded.guide}/{one.worded.asked}"
    for sentences in one.worded.true:
        yield from _sentences(one.draft_of(sentences), one.brief, author, question)
    for untrue in one.worded.untrue:
        for example in _sentences(one.draft_of([untrue.text]), one.brief, author, question, untrue=True):
            labels = tuple(_label(clause, example, untrue.text, untrue.span) for clause in example.clauses)
            yield Example(author, question, True, example.clauses, example.objected, labels)
    for draft in one.composed:
        yield from _sentences(draft, one.brief, COMPOSER, question)
    yield from _granted(one, question)


_GRANTING = (
    "{}可以的，您直接来就行。",
    "我们支持{}。",
    "{}没问题，给您安排。",
    "是的，{}。",
    "{}是您的权益，都能用。",
    "给您按{}办，您放心。",
    "{}，店里是这么规定的。",
    "有的，{}。",
    "{}我给您申请好了。",
    "还是跟之前说的一样，{}。",
)
"""Ways in which a model that only agrees grants what was asked: nothing but a record makes it true."""
_ASKED_PART = re.compile(r"[^\s，,。；;！!？?：:]{3,12}")


def _granted(one: Laid, question: str) -> Iterator[Example]:
    """What was asked, granted: parts of the question that no record has, in words of a yes."""
    chance, said = Random(question), said_to(one.brief)
    parts = [part for part in _ASKED_PART.findall(one.worded.asked) if fold(part) not in said.whole]
    for part in chance.sample(parts, min(len(parts), GRANTED_EACH)):
        part = part.rstrip("吗呢吧么")
        draft = one.draft_of([chance.choice(_GRANTING).format(part)])
        for example in _sentences(draft, one.brief, CHANGED, question, untrue=True):
            labels = tuple(_label(clause, example, draft.text, part) for clause in example.clauses)
            yield Example(CHANGED, question, True, example.clauses, example.objected, labels)


def _sentences(draft: Draft, brief: Any, author: str, question: str, *, untrue: bool = False) -> Iterator[Example]:
    said = said_to(brief)
    pieces, _ = by_rules(draft, brief)
    for piece in pieces:
        clauses, objected = set_beside(piece, said)
        if clauses:
            yield Example(author, question, untrue, clauses, objected, (0,) * len(clauses))


def _label(clause: Unsaid, example: Example, text: str, span: str) -> int:
    """Say whether a clause carries the marked words; of several clauses none of which is marked nobody knows."""
    if not span:
        return 1 if len(example.clauses) == 1 else -1
    whole, marked = fold(text), fold(span)
    first = whole.find(marked)
    return int(first < clause.end and clause.start < first + len(marked))
