"""Questions that passages have answered: written with the material, mined from accepted replies, proposed by a model.

The index attaches them to their passages, which finds more than any other means without a model. A question stays
with the very words that answered it: when those change, it is no longer served until somebody asks it again.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from assistant.store.tables import asked_question
from knowledge.noun import Labelled
from knowledge.passage import Passage

MOST_SERVED = 20
"""Questions attached to one passage; a hundred ways of asking the same drown the passage's own words."""
LONGEST = 200


class QuestionOrigin(Labelled):
    """Where an attached question comes from."""

    WRITTEN = "written", "写在资料里"
    MINED = "mined", "导购问过"
    PROPOSED = "proposed", "模型建议"


class QuestionStatus(Labelled):
    """Only approved questions are served; what a person wrote or a guide's click confirmed is approved from the start."""

    PROPOSED = "proposed", "待审"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "不采用"


class AskedQuestion(NamedTuple):
    """A question and the passage that answers it."""

    question_id: str
    passage_id: str
    text: str
    origin: QuestionOrigin
    status: QuestionStatus
    asked_at: datetime


def mark_of(passage: Passage) -> str:
    """A mark of the words a passage answers with."""
    return hashlib.sha256("\n".join((*passage.heading, passage.text)).encode()).hexdigest()


def attach(
    tx: Connection,
    corp_id: str,
    passage: Passage,
    texts: Iterable[str],
    origin: QuestionOrigin,
    moment: datetime,
    *,
    source_id: str | None = None,
    turn_id: str = "",
) -> int:
    """Attach questions to a passage and return how many are new; the same words count once, a refused one stays refused.

    ``source_id`` names the file they were written in: they go with it.
    """
    status = QuestionStatus.PROPOSED if origin is QuestionOrigin.PROPOSED else QuestionStatus.APPROVED
    mark = mark_of(passage)
    wanted = {_id(corp_id, passage.id, mark, text): text.strip()[:LONGEST] for text in texts if _bare(text)}
    known = set(
        tx.execute(select(asked_question.c.question_id).where(asked_question.c.question_id.in_(list(wanted)))).scalars()
    )
    rows = [
        {
            "question_id": question_id,
            "corp_id": corp_id,
            "passage_id": passage.id,
            "passage_mark": mark,
            "text": text,
            "origin": origin.value,
            "status": status.value,
            "source_id": source_id,
            "turn_id": turn_id,
            "asked_at": moment,
            "reviewed_by": "",
        }
        for question_id, text in wanted.items()
        if question_id not in known
    ]
    if rows:
        tx.execute(insert(asked_question), rows)
    return len(rows)


def served(tx: Connection, corp_id: str, passages: Sequence[Passage]) -> dict[str, tuple[str, ...]]:
    """Approved questions by passage id, those written first, then the latest asked."""
    marks = {passage.id: mark_of(passage) for passage in passages}
    rows = tx.execute(
        select(asked_question.c.passage_id, asked_question.c.passage_mark, asked_question.c.text)
        .where(asked_question.c.corp_id == corp_id, asked_question.c.status == QuestionStatus.APPROVED.value)
        .order_by(
            (asked_question.c.origin != QuestionOrigin.WRITTEN.value),
            asked_question.c.asked_at.desc(),
            asked_question.c.question_id,
        )
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        if marks.get(row.passage_id) == row.passage_mark:
            texts = found.setdefault(row.passage_id, [])
            if len(texts) < MOST_SERVED:
                texts.append(row.text)
    return {passage_id: tuple(texts) for passage_id, texts in found.items()}


def asked_passages(tx: Connection, corp_id: str) -> frozenset[str]:
    """The ids of every passage that a question was ever attached to."""
    return frozenset(tx.execute(select(asked_question.c.passage_id).where(_of(corp_id)).distinct()).scalars())


class Changes(NamedTuple):
    """Something that differs whenever a question was attached, decided upon or taken away."""

    every: int
    approved: int
    asked_at: datetime | None
    reviewed_at: datetime | None


def changes(tx: Connection, corp_id: str) -> Changes:
    """Return what differs once a question has changed."""
    approved = func.count().filter(asked_question.c.status == QuestionStatus.APPROVED.value)
    columns = (func.count(), approved, func.max(asked_question.c.asked_at), func.max(asked_question.c.reviewed_at))
    return Changes(*tx.execute(select(*columns).where(_of(corp_id))).one())


def to_review(tx: Connection, corp_id: str, limit: int) -> tuple[AskedQuestion, ...]:
    """Proposed questions that wait for a manager, oldest first."""
    return _read(tx, and_(_of(corp_id), asked_question.c.status == QuestionStatus.PROPOSED.value), limit)


def of_passages(tx: Connection, corp_id: str, passage_ids: Iterable[str]) -> Mapping[str, tuple[AskedQuestion, ...]]:
    """Every question of these passages, whatever became of it, by passage id."""
    found: dict[str, list[AskedQuestion]] = {}
    for one in _read(tx, and_(_of(corp_id), asked_question.c.passage_id.in_(list(passage_ids))), None):
        found.setdefault(one.passage_id, []).append(one)
    return {passage_id: tuple(questions) for passage_id, questions in found.items()}


def review(
    tx: Connection, corp_id: str, question_ids: Iterable[str], status: QuestionStatus, reviewer: str, moment: datetime
) -> int:
    """Approve or refuse questions; returns how many there were. Those of another corp are not touched."""
    decided = tx.execute(
        update(asked_question)
        .where(_of(corp_id), asked_question.c.question_id.in_(list(question_ids)))
        .values(status=status.value, reviewed_by=reviewer, reviewed_at=moment)
    )
    return int(decided.rowcount)


def _read(tx: Connection, condition: ColumnElement[bool], limit: int | None) -> tuple[AskedQuestion, ...]:
    rows = tx.execute(
        select(asked_question)
        .where(condition)
        .order_by(asked_question.c.asked_at, asked_question.c.question_id)
        .limit(limit)
    )
    return tuple(
        AskedQuestion(
            row.question_id,
            row.passage_id,
            row.text,
            QuestionOrigin(row.origin),
            QuestionStatus(row.status),
            row.asked_at,
        )
        for row in rows
    )


def _of(corp_id: str) -> ColumnElement[bool]:
    return asked_question.c.corp_id == corp_id


def _id(corp_id: str, passage_id: str, mark: str, text: str) -> str:
    return hashlib.sha256("\n".join((corp_id, passage_id, mark, _bare(text))).encode()).hexdigest()[:32]


def _bare(text: str) -> str:
    """The words without case, width, blanks and marks, so that 能退吗？ and 能退吗 are one question."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).lower() if character.isalnum())
