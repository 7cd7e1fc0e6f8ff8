"""One topic of the gap board whole: its questions, what was found instead, what was written, what may be the same.

Everything is held to the stores handed in, as on the board.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from assistant.errors import NotFound
from assistant.scoring import grouping
from assistant.store.console.gaps import Shelf, TopicLine, facts_of, lines_of, theirs
from assistant.store.console.scope import Stores, is_customer, is_guide
from assistant.store.gaprulings import GapStatus, Ruling, RulingKind, rulings
from assistant.store.tables import customer, document, gap, gap_topic, gap_word, person, turn
from assistant.turn import Hit, Intent
from knowledge.passage import DocumentStatus

RECORDS_READ = 5
"""So many of a topic's newest turns are looked at for what was found instead."""
NEAR_TOPICS = 5
LEAST_NEAR = 0.2
_COMPARED = 200
_NAMES_READ = 2000


class GapLine(NamedTuple):
    """One question of a topic. ``customer`` is empty unless she is a customer of these stores."""

    turn_id: str
    question: str
    asked_at: datetime
    guide: str
    store_id: str
    intent: Intent
    status: GapStatus
    despite: str
    customer: str
    names: tuple[str, ...]


class WrittenAnswer(NamedTuple):
    """A document written for a topic, as far as it has come; ``status`` None when it is gone."""

    ruling: Ruling
    title: str
    status: DocumentStatus | None
    writer: str


class Topic(NamedTuple):
    """One topic whole, but for its questions. ``changed_by`` is a name, empty while nobody decided anything."""

    line: TopicLine
    open_asks: int
    changes: int
    changed_by: str
    changed_by_userid: str
    changed_at: datetime | None
    answers: tuple[WrittenAnswer, ...]
    dismissal: Ruling | None


class FoundInstead(NamedTuple):
    """A passage that was found for a question and did not answer it; ``questions`` are how many it came up for."""

    hit: Hit
    questions: int


class NearTopic(NamedTuple):
    """Another open topic that may be the same, by these words."""

    topic_id: str
    question: str
    shared: tuple[str, ...]


def one_topic(tx: Connection, corp_id: str, stores: Stores, topic_id: str) -> Topic:
    """One topic; raises NotFound when it is missing, or nothing of it was asked in these stores.

    Its line counts what waits; once nothing does, all that was asked.
    """
    shelf, row = _waiting_or_all(tx, corp_id, stores, topic_id)
    (line,) = lines_of(tx, corp_id, stores, shelf, [row])
    head = tx.execute(
        select(gap_topic, func.coalesce(person.c.name, gap_topic.c.changed_by).label("changer"))
        .outerjoin(person, and_(person.c.corp_id == corp_id, person.c.userid_folded == gap_topic.c.changed_by))
        .where(gap_topic.c.topic_id == topic_id)
    ).one()
    standing = rulings(tx, corp_id, [topic_id])
    return Topic(
        line=line,
        open_asks=int(row.open_asks),
        changes=head.changes,
        changed_by=head.changer,
        changed_by_userid=head.changed_by,
        changed_at=head.changed_at,
        answers=_answers(tx, corp_id, [one for one in standing if one.kind is RulingKind.ANSWER]),
        dismissal=next((one for one in reversed(standing) if one.kind is RulingKind.DISMISSAL), None),
    )


def _waiting_or_all(tx: Connection, corp_id: str, stores: Stores, topic_id: str) -> tuple[Shelf | None, Row[Any]]:
    """What waits of a topic; once nothing does, all that was asked."""
    for shelf in (Shelf.OPEN, None):
        row = tx.execute(select(facts_of(corp_id, stores, shelf, topic_id=topic_id))).one_or_none()
        if row is not None:
            return shelf, row
    raise NotFound(topic_id)


def _answers(tx: Connection, corp_id: str, written: Sequence[Ruling]) -> tuple[WrittenAnswer, ...]:
    ids = [one.document_id for one in written]
    rows = tx.execute(
        select(document.c.document_id, document.c.title, document.c.status).where(
            document.c.corp_id == corp_id, document.c.document_id.in_(ids)
        )
    )
    found = {row.document_id: row for row in rows}
    writers = tx.execute(
        select(person.c.userid_folded, person.c.name).where(
            person.c.corp_id == corp_id, person.c.userid_folded.in_([one.ruled_by for one in written])
        )
    )
    names = {row.userid_folded: row.name for row in writers}
    return tuple(
        WrittenAnswer(
            ruling=one,
            title=found[one.document_id].title if one.document_id in found else "",
            status=DocumentStatus(found[one.document_id].status) if one.document_id in found else None,
            writer=names.get(one.ruled_by, one.ruled_by),
        )
        for one in written
    )


def gap_lines(
    tx: Connection, corp_id: str, stores: Stores, topic_id: str, *, before: str, limit: int
) -> tuple[GapLine, ...]:
    """A topic's questions, newest first, older than the turn ``before``; raises NotFound for an unknown one."""
    which = [*theirs(corp_id, stores), gap.c.topic_id == topic_id]
    query = _questions().where(*which)
    if before:
        place = tx.execute(select(gap.c.asked_at).where(*which, gap.c.turn_id == before)).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        same = and_(gap.c.asked_at == place, gap.c.turn_id < before)
        query = query.where(or_(gap.c.asked_at < place, same))
    rows = tx.execute(query.order_by(gap.c.asked_at.desc(), gap.c.turn_id.desc()).limit(limit))
    return tuple(_as_line(row, stores) for row in rows)


def _questions() -> Select[Any]:
    return select(
        gap,
        turn.c.intent,
        turn.c.record["need"]["mention"].label("mention"),
        func.coalesce(person.c.name, gap.c.guide_folded).label("guide"),
        customer.c.name.label("customer_name"),
        customer.c.address_as,
        customer.c.store_id.label("customer_store"),
    ).select_from(
        gap.join(turn, turn.c.turn_id == gap.c.turn_id).outerjoin(person, is_guide()).outerjoin(customer, is_customer())
    )


def _as_line(row: Row[Any], stores: Stores) -> GapLine:
    """A customer handed over to a store of others stays unnamed."""
    is_theirs = bool(row.customer_name) and (stores is None or row.customer_store in stores)
    mention = row.mention or {}
    names = (row.customer_name, row.address_as, mention.get("name"))
    return GapLine(
        turn_id=row.turn_id,
        question=row.question,
        asked_at=row.asked_at,
        guide=row.guide,
        store_id=row.store_id,
        intent=Intent(row.intent),
        status=GapStatus(row.status),
        despite=row.despite,
        customer=row.customer_name if is_theirs else "",
        names=tuple(name for name in names if name),
    )


def found_instead(tx: Connection, corp_id: str, stores: Stores, topic_id: str, limit: int) -> tuple[FoundInstead, ...]:
    """The passages that came nearest for the newest questions of a topic, the best first."""
    rows = tx.execute(
        select(turn.c.record["hits"].label("hits"))
        .join(gap, gap.c.turn_id == turn.c.turn_id)
        .where(*theirs(corp_id, stores), gap.c.topic_id == topic_id)
        .order_by(gap.c.asked_at.desc(), gap.c.turn_id.desc())
        .limit(RECORDS_READ)
    )
    best: dict[str, Hit] = {}
    asked: dict[str, int] = {}
    for row in rows:
        for told in row.hits or ():
            hit = Hit.model_validate(told)
            id_ = hit.passage.id
            asked[id_] = asked.get(id_, 0) + 1
            if id_ not in best or hit.score > best[id_].score:
                best[id_] = hit
    order = sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id))
    return tuple(FoundInstead(hit, asked[hit.passage.id]) for hit in order[:limit])


def near_topics(tx: Connection, corp_id: str, stores: Stores, line: TopicLine) -> tuple[NearTopic, ...]:
    """Other topics that wait and share words with this one, the likest first: perhaps they are the same."""
    asked = grouping.read(line.question)
    words = sorted(asked.looked_for)
    rows = tx.execute(
        select(gap.c.topic_id, gap.c.question)
        .join(gap_word, gap_word.c.turn_id == gap.c.turn_id)
        .where(
            *theirs(corp_id, stores),
            gap_word.c.corp_id == corp_id,
            gap_word.c.word.in_(words),
            gap.c.topic_id != line.topic_id,
            gap.c.status == GapStatus.OPEN.value,
        )
        .distinct()
        .limit(_COMPARED)
    )
    best: dict[str, tuple[float, NearTopic]] = {}
    for row in rows:
        alike = grouping.likeness(asked, grouping.read(row.question))
        known = best.get(row.topic_id)
        if alike.value >= LEAST_NEAR and (known is None or alike.value > known[0]):
            best[row.topic_id] = (alike.value, NearTopic(row.topic_id, row.question, alike.shared))
    ranked = sorted(best.values(), key=lambda one: (-one[0], one[1].topic_id))
    return tuple(near for _, near in ranked[:NEAR_TOPICS])


def seen_in(tx: Connection, corp_id: str, stores: Stores, topic_ids: Iterable[str]) -> frozenset[str]:
    """Those of these topics of which something was asked in these stores."""
    asked = select(gap.c.topic_id).where(*theirs(corp_id, stores), gap.c.topic_id.in_(sorted(set(topic_ids))))
    return frozenset(tx.execute(asked.distinct()).scalars())


def names_in(tx: Connection, corp_id: str, stores: Stores, topic_ids: Sequence[str]) -> tuple[str, ...]:
    """How the customers behind these topics are called: what an auditor must not read, and no answer may name."""
    mention = turn.c.record["need"]["mention"]["name"].as_string()
    rows = tx.execute(
        select(customer.c.name, customer.c.address_as, mention.label("said"))
        .select_from(gap.join(turn, turn.c.turn_id == gap.c.turn_id).outerjoin(customer, is_customer()))
        .where(*theirs(corp_id, stores), gap.c.topic_id.in_(list(topic_ids)))
        .distinct()
        .limit(_NAMES_READ)
    )
    return tuple(dict.fromkeys(name for row in rows for name in (row.name, row.address_as, row.said) if name))
