"""What managers decide about topics of the gap board, each for her own stores, and what an answer settles.

A decision is kept beside the topic with its scope, for the questions still to come; whether a question waits stands on
the question.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, insert, select, text, update

from assistant.errors import NotFound
from assistant.store.console.scope import Stores
from assistant.store.tables import gap, gap_ruling, gap_topic
from knowledge.noun import Labelled
from knowledge.passage import Scope, ScopeLevel


class GapStatus(Labelled):
    """Where a question stands."""

    OPEN = "open", "等答案"
    ANSWERED = "answered", "已答复"
    DISMISSED = "dismissed", "不用答"


class RulingKind(Labelled):
    """What was decided about a topic."""

    ANSWER = "answer", "写了答案"
    DISMISSAL = "dismissal", "不用答"


class Ruled(Labelled):
    """What came of a decision."""

    DONE = "done", "已记下"
    ALREADY = "already", "别人先处理了"


# ---- topics ------------------------------------------------------------------------------------


def one_at_a_time(tx: Connection, corp_id: str) -> None:
    """Hold the topics of a corp for this transaction: two guides who ask the same at the same moment make one topic; SQLite has one writer anyway."""
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"gaps:{corp_id}"})


def new_topic(tx: Connection, corp_id: str, turn_id: str, moment: datetime) -> str:
    """Make a topic for this question and return its id."""
    named = hashlib.sha256(f"{corp_id}\n{turn_id}\n{moment.isoformat()}".encode()).hexdigest()
    topic_id = f"G{named[:16]}"
    tx.execute(insert(gap_topic).values(topic_id=topic_id, corp_id=corp_id, made_at=moment, changes=0, changed_by=""))
    return topic_id


# ---- what was decided --------------------------------------------------------------------------


class Ruling(NamedTuple):
    """A decision about a topic, for the stores of its scope. ``note``: who says so, or why it needs no answer."""

    ruling_id: str
    topic_id: str
    kind: RulingKind
    scope: Scope
    document_id: str
    note: str
    ruled_by: str
    ruled_at: datetime
    told_at: datetime | None


def rulings(tx: Connection, corp_id: str, topic_ids: Sequence[str]) -> tuple[Ruling, ...]:
    """The decisions about these topics that stand, the oldest first."""
    rows = tx.execute(
        select(gap_ruling)
        .where(
            gap_ruling.c.corp_id == corp_id, gap_ruling.c.topic_id.in_(list(topic_ids)), gap_ruling.c.ended_at.is_(None)
        )
        .order_by(gap_ruling.c.ruled_at, gap_ruling.c.ruling_id)
    )
    return tuple(
        Ruling(
            row.ruling_id,
            row.topic_id,
            RulingKind(row.kind),
            Scope(level=ScopeLevel(row.scope_level), id=row.scope_id),
            row.document_id,
            row.note,
            row.ruled_by,
            row.ruled_at,
            row.told_at,
        )
        for row in rows
    )


class Decision(NamedTuple):
    """Who decides for which stores, when, and on which state of the topic: ``seen`` is the count of changes she saw."""

    by: str
    stores: Stores
    scope: Scope
    moment: datetime
    seen: int


def dismiss(tx: Connection, corp_id: str, topic_id: str, who: Decision, reason: str) -> Ruled:
    """Say that a topic needs no answer in her stores: what waits there is let go, and what comes there later."""
    if not _first(tx, corp_id, topic_id, who):
        return Ruled.ALREADY
    _rule(tx, corp_id, topic_id, who, RulingKind.DISMISSAL, note=reason)
    _set(tx, topic_id, who, GapStatus.OPEN, GapStatus.DISMISSED)
    return Ruled.DONE


def reopen(tx: Connection, corp_id: str, topic_id: str, who: Decision, covers: Callable[[Scope], bool]) -> Ruled:
    """Take back that a topic needs no answer, for the stores of every dismissal that is hers to take back."""
    if not _first(tx, corp_id, topic_id, who):
        return Ruled.ALREADY
    hers = [
        one.ruling_id
        for one in rulings(tx, corp_id, [topic_id])
        if one.kind is RulingKind.DISMISSAL and covers(one.scope)
    ]
    _end(tx, topic_id, RulingKind.DISMISSAL, who.moment, gap_ruling.c.ruling_id.in_(hers))
    _set(tx, topic_id, who, GapStatus.DISMISSED, GapStatus.OPEN)
    return Ruled.DONE


def answered_with(
    tx: Connection, corp_id: str, topic_id: str, who: Decision, document_id: str, reach: Scope, source: str
) -> Ruled:
    """Remember which document was written for a topic; an unpublished one for the same stores is replaced by it."""
    if not _first(tx, corp_id, topic_id, who):
        return Ruled.ALREADY
    same = (gap_ruling.c.scope_level == reach.level.value, gap_ruling.c.scope_id == reach.id)
    _end(tx, topic_id, RulingKind.ANSWER, who.moment, *same)
    _rule(tx, corp_id, topic_id, who._replace(scope=reach), RulingKind.ANSWER, document_id=document_id, note=source)
    return Ruled.DONE


def merge(tx: Connection, corp_id: str, topic_id: str, into: str, who: Decision) -> Ruled:
    """Move her stores' questions of a topic to another; a topic left empty leaves its answers there too."""
    _exists(tx, corp_id, into)
    if not _first(tx, corp_id, topic_id, who):
        return Ruled.ALREADY
    tx.execute(update(gap).where(gap.c.topic_id == topic_id, *_within(who.stores)).values(topic_id=into))
    _count_up(tx, into, who)
    left = tx.execute(select(gap.c.turn_id).where(gap.c.topic_id == topic_id).limit(1)).first()
    if left is None:
        _end(tx, topic_id, RulingKind.DISMISSAL, who.moment)
        tx.execute(update(gap_ruling).where(gap_ruling.c.topic_id == topic_id).values(topic_id=into))
    return Ruled.DONE


def split(tx: Connection, corp_id: str, topic_id: str, turn_id: str, who: Decision) -> str | None:
    """Make one question a topic of its own; return its id, or None when somebody decided meanwhile.

    Raises NotFound when the question is not in the topic, or not in her stores.
    """
    this = (gap.c.corp_id == corp_id, gap.c.topic_id == topic_id, gap.c.turn_id == turn_id, *_within(who.stores))
    if tx.execute(select(gap.c.turn_id).where(*this)).one_or_none() is None:
        raise NotFound(turn_id)
    if not _first(tx, corp_id, topic_id, who):
        return None
    new = new_topic(tx, corp_id, turn_id, who.moment)
    # decided by a person: gathering again leaves it alone
    _count_up(tx, new, who)
    tx.execute(update(gap).where(gap.c.turn_id == turn_id).values(topic_id=new))
    return new


def _first(tx: Connection, corp_id: str, topic_id: str, who: Decision) -> bool:
    _exists(tx, corp_id, topic_id)
    changed = tx.execute(
        update(gap_topic)
        .where(gap_topic.c.topic_id == topic_id, gap_topic.c.corp_id == corp_id, gap_topic.c.changes == who.seen)
        .values(changes=who.seen + 1, changed_by=who.by.lower(), changed_at=who.moment)
    )
    return changed.rowcount == 1


def _count_up(tx: Connection, topic_id: str, who: Decision) -> None:
    tx.execute(
        update(gap_topic)
        .where(gap_topic.c.topic_id == topic_id)
        .values(changes=gap_topic.c.changes + 1, changed_by=who.by.lower(), changed_at=who.moment)
    )


def _exists(tx: Connection, corp_id: str, topic_id: str) -> None:
    this = (gap_topic.c.topic_id == topic_id, gap_topic.c.corp_id == corp_id)
    if tx.execute(select(gap_topic.c.topic_id).where(*this)).one_or_none() is None:
        raise NotFound(topic_id)


def _within(stores: Stores) -> tuple[ColumnElement[bool], ...]:
    return () if stores is None else (gap.c.store_id.in_(sorted(stores)),)


def _set(tx: Connection, topic_id: str, who: Decision, was: GapStatus, to: GapStatus) -> None:
    settled = None if to is GapStatus.OPEN else who.moment
    tx.execute(
        update(gap)
        .where(gap.c.topic_id == topic_id, gap.c.status == was.value, *_within(who.stores))
        .values(status=to.value, settled_at=settled)
    )


def _end(tx: Connection, topic_id: str, kind: RulingKind, moment: datetime, *which: ColumnElement[bool]) -> None:
    standing = and_(gap_ruling.c.topic_id == topic_id, gap_ruling.c.kind == kind.value, gap_ruling.c.ended_at.is_(None))
    tx.execute(update(gap_ruling).where(standing, *which).values(ended_at=moment))


def _rule(
    tx: Connection,
    corp_id: str,
    topic_id: str,
    who: Decision,
    kind: RulingKind,
    *,
    document_id: str = "",
    note: str = "",
) -> None:
    made = f"{topic_id}\n{kind.value}\n{who.by}\n{who.moment.isoformat()}\n{who.seen}"
    tx.execute(
        insert(gap_ruling).values(
            ruling_id=f"R{hashlib.sha256(made.encode()).hexdigest()[:16]}",
            corp_id=corp_id,
            topic_id=topic_id,
            kind=kind.value,
            scope_level=who.scope.level.value,
            scope_id=who.scope.id,
            document_id=document_id,
            note=note,
            ruled_by=who.by.lower(),
            ruled_at=who.moment,
        )
    )
