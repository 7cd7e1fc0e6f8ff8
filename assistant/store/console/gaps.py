"""The gap board: topics with what each is worth, and how many customers wait.

Everything is counted within the stores handed in: a topic may hold more questions elsewhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Subquery, and_, case, exists, func, or_, select

from assistant.errors import NotFound
from assistant.store.console.scope import Stores
from assistant.store.gaprulings import GapStatus, RulingKind
from assistant.store.tables import document, gap, gap_ruling
from knowledge.noun import Labelled
from knowledge.passage import DocumentStatus


class Shelf(Labelled):
    """Where on the board a topic lies."""

    OPEN = "open", "等答案"
    WRITTEN = "written", "写好待发布"
    ANSWERED = "answered", "已答复"
    DISMISSED = "dismissed", "不用答"


_STATUS = {
    Shelf.OPEN: GapStatus.OPEN,
    Shelf.WRITTEN: GapStatus.OPEN,
    Shelf.ANSWERED: GapStatus.ANSWERED,
    Shelf.DISMISSED: GapStatus.DISMISSED,
}


class Waiting(NamedTuple):
    """How much waits on the board: topics without an answer, and the customers behind them."""

    topics: int
    customers: int


class TopicLine(NamedTuple):
    """One topic on the board. ``question`` is its plainest wording; ``at_stake_fen`` what the waiting customers usually
    spend, 0 where nobody knows. ``store_id`` is empty when it was asked in several stores. ``since`` are the people who
    asked although an answer was there; ``is_written`` when an answer waits to be published."""

    topic_id: str
    question: str
    asks: int
    customers: int
    guides: int
    stores: int
    store_id: str
    at_stake_fen: int
    oldest: datetime
    newest: datetime
    since: int
    is_written: bool


# ---- the board ---------------------------------------------------------------------------------


def waiting(tx: Connection, corp_id: str, stores: Stores) -> Waiting:
    """Count for the first page."""
    named = func.count(func.distinct(func.nullif(gap.c.customer_id, "")))
    row = tx.execute(
        select(func.count(func.distinct(gap.c.topic_id)).label("topics"), named.label("customers")).where(
            *theirs(corp_id, stores), gap.c.status == GapStatus.OPEN.value
        )
    ).one()
    return Waiting(row.topics, row.customers)


def topic_lines(
    tx: Connection, corp_id: str, stores: Stores, shelf: Shelf, *, store_id: str = "", before: str, limit: int
) -> tuple[TopicLine, ...]:
    """Topics of a shelf behind the topic ``before``: those that wait by worth, then by age; the others newest first.

    Raises NotFound for a ``before`` that does not lie there.
    """
    facts = facts_of(corp_id, stores, shelf, store_id)
    query = select(facts)
    if before:
        place = tx.execute(query.where(facts.c.topic_id == before)).one_or_none()
        if place is None:
            raise NotFound(before)
        query = query.where(_behind(facts, place, shelf))
    rows = tx.execute(query.order_by(*_order(facts, shelf)).limit(limit)).all()
    return lines_of(tx, corp_id, stores, shelf, rows)


def theirs(corp_id: str, stores: Stores) -> tuple[ColumnElement[bool], ...]:
    """Hold a query over gaps to the corp and to these stores."""
    mine = (gap.c.corp_id == corp_id, gap.c.topic_id.is_not(None))
    return mine if stores is None else (*mine, gap.c.store_id.in_(sorted(stores)))


def facts_of(corp_id: str, stores: Stores, shelf: Shelf | None, store_id: str = "", topic_id: str = "") -> Subquery:
    """What each topic comes to, one row a topic: its people counted, and each customer's dearest basket once."""
    which = [*theirs(corp_id, stores)]
    if shelf is not None:
        which.append(gap.c.status == _STATUS[shelf].value)
    if shelf is Shelf.WRITTEN:
        which.append(_is_written())
    if store_id:
        which.append(gap.c.store_id == store_id)
    if topic_id:
        which.append(gap.c.topic_id == topic_id)
    each = (
        select(gap.c.topic_id, gap.c.customer_id, func.max(gap.c.basket_fen).label("basket"))
        .where(*which)
        .group_by(gap.c.topic_id, gap.c.customer_id)
        .subquery()
    )
    worth = select(each.c.topic_id, func.sum(each.c.basket).label("worth")).group_by(each.c.topic_id).subquery()
    people = (
        select(
            gap.c.topic_id,
            func.count().label("asks"),
            func.count(func.distinct(func.nullif(gap.c.customer_id, ""))).label("customers"),
            func.count(func.distinct(gap.c.guide_folded)).label("guides"),
            func.count(func.distinct(gap.c.store_id)).label("stores"),
            func.min(gap.c.store_id).label("store_id"),
            func.min(gap.c.asked_at).label("oldest"),
            func.max(gap.c.asked_at).label("newest"),
            func.sum(case((gap.c.status == GapStatus.OPEN.value, 1), else_=0)).label("open_asks"),
        )
        .where(*which)
        .group_by(gap.c.topic_id)
        .subquery()
    )
    return select(people, worth.c.worth).join(worth, worth.c.topic_id == people.c.topic_id).subquery()


def _is_written() -> ColumnElement[bool]:
    return exists().where(
        gap_ruling.c.topic_id == gap.c.topic_id,
        gap_ruling.c.kind == RulingKind.ANSWER.value,
        gap_ruling.c.told_at.is_(None),
        gap_ruling.c.ended_at.is_(None),
        gap_ruling.c.document_id == document.c.document_id,
        document.c.status.in_([DocumentStatus.DRAFT.value, DocumentStatus.REVIEWED.value]),
    )


def _order(facts: Subquery, shelf: Shelf) -> tuple[ColumnElement[Any], ...]:
    if _STATUS[shelf] is GapStatus.OPEN:
        return facts.c.worth.desc(), facts.c.customers.desc(), facts.c.oldest, facts.c.topic_id
    return facts.c.newest.desc(), facts.c.topic_id


def _behind(facts: Subquery, place: Row[Any], shelf: Shelf) -> ColumnElement[bool]:
    """What comes after a place in that order, column by column."""
    if _STATUS[shelf] is not GapStatus.OPEN:
        same = and_(facts.c.newest == place.newest, facts.c.topic_id > place.topic_id)
        return or_(facts.c.newest < place.newest, same)
    as_dear = facts.c.worth == place.worth
    as_many = and_(as_dear, facts.c.customers == place.customers)
    as_old = and_(as_many, facts.c.oldest == place.oldest)
    return or_(
        facts.c.worth < place.worth,
        and_(as_dear, facts.c.customers < place.customers),
        and_(as_many, facts.c.oldest > place.oldest),
        and_(as_old, facts.c.topic_id > place.topic_id),
    )


def lines_of(
    tx: Connection, corp_id: str, stores: Stores, shelf: Shelf | None, rows: Sequence[Row[Any]]
) -> tuple[TopicLine, ...]:
    """Lines from rows of ``facts_of``; ``shelf`` None counts every question."""
    ids = [row.topic_id for row in rows]
    faces = _faces(tx, corp_id, stores, shelf, ids)
    since = _asked_since(tx, corp_id, stores, ids)
    written = _written(tx, ids)
    return tuple(
        TopicLine(
            topic_id=row.topic_id,
            question=faces[row.topic_id],
            asks=row.asks,
            customers=row.customers,
            guides=row.guides,
            stores=row.stores,
            store_id=row.store_id if row.stores == 1 else "",
            at_stake_fen=int(row.worth),
            oldest=row.oldest,
            newest=row.newest,
            since=since.get(row.topic_id, 0),
            is_written=row.topic_id in written,
        )
        for row in rows
    )


def _faces(
    tx: Connection, corp_id: str, stores: Stores, shelf: Shelf | None, topic_ids: Sequence[str]
) -> dict[str, str]:
    """The shortest wording of each topic: it says what is asked and little besides."""
    which = [*theirs(corp_id, stores), gap.c.topic_id.in_(list(topic_ids))]
    if shelf is not None:
        which.append(gap.c.status == _STATUS[shelf].value)
    place = func.row_number().over(
        partition_by=gap.c.topic_id, order_by=(func.length(gap.c.question), gap.c.asked_at, gap.c.turn_id)
    )
    ranked = select(gap.c.topic_id, gap.c.question, place.label("place")).where(*which).subquery()
    rows = tx.execute(select(ranked.c.topic_id, ranked.c.question).where(ranked.c.place == 1))
    return {row.topic_id: row.question for row in rows}


def _asked_since(tx: Connection, corp_id: str, stores: Stores, topic_ids: Sequence[str]) -> dict[str, int]:
    """How many people asked although an answer was in force, and still wait."""
    who = func.coalesce(func.nullif(gap.c.customer_id, ""), gap.c.guide_folded)
    rows = tx.execute(
        select(gap.c.topic_id, func.count(func.distinct(who)).label("people"))
        .where(
            *theirs(corp_id, stores),
            gap.c.topic_id.in_(list(topic_ids)),
            gap.c.status == GapStatus.OPEN.value,
            gap.c.despite != "",
        )
        .group_by(gap.c.topic_id)
    )
    return {row.topic_id: row.people for row in rows}


def _written(tx: Connection, topic_ids: Sequence[str]) -> frozenset[str]:
    rows = tx.execute(select(gap.c.topic_id).where(gap.c.topic_id.in_(list(topic_ids)), _is_written()).distinct())
    return frozenset(rows.scalars())
