"""Questions the material could not answer, gathered into topics as they are written.

A topic only says which questions ask the same; whether a question waits stands on the question, since every manager
decides for her own stores (see ``gaprulings``).
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, exists, func, insert, select, update

from assistant.scoring import grouping
from assistant.scoring.grouping import Asked, Synonyms
from assistant.store import baskets, synonyms
from assistant.store.gapanswers import in_force
from assistant.store.gaprulings import GapStatus, RulingKind, new_topic, one_at_a_time, rulings
from assistant.store.tables import gap, gap_ruling, gap_topic, gap_word, shop_store, turn
from assistant.turn import TurnRecord

FOUND = 100
"""So many questions that share most with a new one are looked at for the topics it may belong to."""
TOPICS_COMPARED = 6
MEMBERS_READ = 8
"""A topic is known by so many of its newest questions."""
COMMON = 300
"""A word that so many questions have finds nothing, unless a question has no other."""
GATHERED_AT_ONCE = 150
"""So many of the newest questions are gathered again at a time: about a second's work."""
LOOSE_AT_ONCE = 200
_LONGEST_WORD = 64


# ---- taking questions in -----------------------------------------------------------------------


def take_in(tx: Connection, record: TurnRecord) -> None:
    """Write the gap of a turn whose record was just written, in the topic it belongs to."""
    tx.execute(
        insert(gap).values(
            turn_id=record.turn_id,
            corp_id=record.corp_id,
            question=_said_once(record.gap),
            customer_id=record.need.customer_id,
            status=GapStatus.OPEN.value,
            asked_at=record.finished_at,
            guide_folded=record.guide.lower(),
            store_id=record.store_id,
            skus=list(record.need.skus),
        )
    )
    _sort_in(tx, record)


def _said_once(question: str) -> str:
    """A question asked again right after itself is searched with both; the board shows it once."""
    return " ".join(dict.fromkeys(question.split()))


def sort_loose(tx: Connection, corp_id: str) -> int:
    """Sort in gaps that were written before there were topics, the oldest first; return how many were."""
    rows = tx.execute(
        select(turn.c.record)
        .join(gap, gap.c.turn_id == turn.c.turn_id)
        .where(gap.c.corp_id == corp_id, gap.c.topic_id.is_(None))
        .order_by(gap.c.asked_at, gap.c.turn_id)
        .limit(LOOSE_AT_ONCE)
    ).all()
    for row in rows:
        _sort_in(tx, TurnRecord.model_validate_json(json.dumps(row.record)))
    return len(rows)


def _sort_in(tx: Connection, record: TurnRecord) -> None:
    one_at_a_time(tx, record.corp_id)
    own = _own(tx, record.corp_id)
    asked = grouping.read(_said_once(record.gap), record.need.skus, own)
    topic_id = _topic_of(tx, record.corp_id, asked, own) or new_topic(
        tx, record.corp_id, record.turn_id, record.finished_at
    )
    dismissed, despite = _standing(tx, record.corp_id, topic_id, record.store_id, record.finished_at)
    values = {
        "topic_id": topic_id,
        "skus": list(record.need.skus),
        "basket_fen": baskets.at_stake(tx, record),
        "despite": despite,
    }
    if dismissed:
        values |= {"status": GapStatus.DISMISSED.value, "settled_at": record.finished_at}
    tx.execute(update(gap).where(gap.c.turn_id == record.turn_id).values(**values))
    rows = [{"corp_id": record.corp_id, "word": word, "turn_id": record.turn_id} for word in _keys(asked.words)]
    if rows:
        tx.execute(insert(gap_word), rows)


def _own(tx: Connection, corp_id: str) -> Synonyms:
    return tuple(tuple(group.words) for group in synonyms.groups(tx, corp_id))


# ---- gathering again ---------------------------------------------------------------------------


class Waiting(NamedTuple):
    """A question that waits in a topic nobody has decided about."""

    turn_id: str
    topic_id: str
    question: str
    skus: tuple[str, ...]


class Move(NamedTuple):
    """A question that belongs to another topic than it came into; ``to`` is the turn a new topic is named after, or a topic."""

    turn_id: str
    topic_id: str
    to: str
    is_new: bool


def undecided(tx: Connection, corp_id: str) -> tuple[tuple[Waiting, ...], Synonyms]:
    """The newest questions of topics that nobody has decided about yet, and the shop's own synonyms."""
    rows = tx.execute(
        select(gap.c.turn_id, gap.c.topic_id, gap.c.question, gap.c.skus)
        .where(gap.c.corp_id == corp_id, gap.c.topic_id.is_not(None), *_untouched())
        .order_by(gap.c.turn_id.desc())
        .limit(GATHERED_AT_ONCE)
    )
    waiting = tuple(Waiting(row.turn_id, row.topic_id, row.question, tuple(row.skus)) for row in rows)
    return waiting, _own(tx, corp_id)


def _untouched() -> tuple[ColumnElement[bool], ...]:
    changed = exists().where(gap_topic.c.topic_id == gap.c.topic_id, gap_topic.c.changes > 0)
    ruled = exists().where(gap_ruling.c.topic_id == gap.c.topic_id)
    return gap.c.status == GapStatus.OPEN.value, ~changed, ~ruled


@lru_cache(maxsize=4)
def gathered_again(waiting: tuple[Waiting, ...], own: Synonyms) -> tuple[Move, ...]:
    """Gather these questions all at once; a topic stays where most of what is gathered already is.

    Taken in one by one, a question is put where it seems to belong before the others that ask the same are known.
    """
    asked = [grouping.read(one.question, one.skus, own) for one in waiting]
    groups = [[waiting[place] for place in places] for places in grouping.gather(asked)]
    taken: set[str] = set()
    moves: list[Move] = []
    for group in sorted(groups, key=lambda group: (-len(group), group[0].turn_id)):
        known = Counter(one.topic_id for one in group if one.topic_id not in taken)
        topic_id = min(known, key=lambda topic: (-known[topic], topic), default="")
        taken.add(topic_id)
        to = topic_id or min(one.turn_id for one in group)
        moves += [Move(one.turn_id, one.topic_id, to, not topic_id) for one in group if one.topic_id != topic_id]
    return tuple(moves)


def move(tx: Connection, corp_id: str, moves: Iterable[Move], moment: datetime) -> int:
    """Move questions to the topics they belong to, unless somebody decided meanwhile; return how many were."""
    one_at_a_time(tx, corp_id)
    new: dict[str, str] = {}
    moved = 0
    for one in moves:
        this = (gap.c.corp_id == corp_id, gap.c.turn_id == one.turn_id, gap.c.topic_id == one.topic_id, *_untouched())
        if tx.execute(select(gap.c.turn_id).where(*this)).one_or_none() is None:
            continue
        if one.is_new and one.to not in new:
            new[one.to] = new_topic(tx, corp_id, one.to, moment)
        to = new[one.to] if one.is_new else one.to
        if not one.is_new and _is_decided(tx, to):
            continue
        tx.execute(update(gap).where(gap.c.turn_id == one.turn_id).values(topic_id=to))
        moved += 1
    return moved


def _is_decided(tx: Connection, topic_id: str) -> bool:
    changes = tx.execute(select(gap_topic.c.changes).where(gap_topic.c.topic_id == topic_id)).scalar_one()
    ruled = tx.execute(select(gap_ruling.c.ruling_id).where(gap_ruling.c.topic_id == topic_id).limit(1)).first()
    return changes > 0 or ruled is not None


# ---- finding the topic -------------------------------------------------------------------------


def _keys(words: Iterable[str]) -> list[str]:
    return sorted({word[:_LONGEST_WORD] for word in words})


def _topic_of(tx: Connection, corp_id: str, asked: Asked, own: Synonyms) -> str | None:
    """The topic whose questions ask the same, or None where nobody has asked it."""
    questions = _members(tx, _likely(tx, corp_id, asked), own)
    topics = sorted(questions)
    as_one = [grouping.together(questions[one]) for one in topics]
    rare = _rarity(tx, corp_id, set(asked.words).union(*(one.words for one in as_one)))
    place = grouping.nearest(asked, as_one, rare)
    return None if place is None else topics[place]


def _likely(tx: Connection, corp_id: str, asked: Asked) -> list[str]:
    """The topics of the questions that share most with this one and name its products, the likeliest first."""
    weights = _telling(tx, corp_id, asked)
    if not weights:
        return []
    much = func.sum(case(*((gap_word.c.word == word, told) for word, told in weights.items()), else_=0.0))
    found = (
        select(gap_word.c.turn_id, much.label("much"))
        .where(gap_word.c.corp_id == corp_id, gap_word.c.word.in_(list(weights)))
        .group_by(gap_word.c.turn_id)
        .order_by(much.desc(), gap_word.c.turn_id.desc())
        .limit(FOUND)
        .subquery()
    )
    rows = tx.execute(
        select(gap.c.topic_id, gap.c.skus)
        .join(found, found.c.turn_id == gap.c.turn_id)
        .where(gap.c.topic_id.is_not(None))
        .order_by(found.c.much.desc(), gap.c.turn_id.desc())
    )
    fitting = (row.topic_id for row in rows if (asked.skus & set(row.skus) if asked.skus else not row.skus))
    return list(dict.fromkeys(fitting))[:TOPICS_COMPARED]


def _telling(tx: Connection, corp_id: str, asked: Asked) -> dict[str, float]:
    """The words by which to look for a question's like, and how much each tells here; common ones only for want of others."""
    by_key = {word[:_LONGEST_WORD]: asked.words[word] for word in sorted(asked.looked_for)}
    having = _having(tx, corp_id, by_key)
    rare = grouping.rarity(_questions(tx, corp_id), having)
    telling = {word: told * rare(word) for word, told in by_key.items() if 0 < having.get(word, 0) <= COMMON}
    return telling or {word: told * rare(word) for word, told in by_key.items() if word in having}


def _members(tx: Connection, topic_ids: Iterable[str], own: Synonyms) -> dict[str, list[Asked]]:
    """The newest questions of these topics, taken apart."""
    place = func.row_number().over(partition_by=gap.c.topic_id, order_by=gap.c.turn_id.desc()).label("place")
    known = select(gap.c.topic_id, gap.c.question, gap.c.skus, place).where(gap.c.topic_id.in_(list(topic_ids)))
    newest = known.subquery()
    by_topic: dict[str, list[Asked]] = {}
    for row in tx.execute(select(newest).where(newest.c.place <= MEMBERS_READ)):
        by_topic.setdefault(row.topic_id, []).append(grouping.read(row.question, row.skus, own))
    return by_topic


def _rarity(tx: Connection, corp_id: str, words: Iterable[str]) -> grouping.Rarity:
    return grouping.rarity(_questions(tx, corp_id), _having(tx, corp_id, words))


def _questions(tx: Connection, corp_id: str) -> int:
    return tx.execute(select(func.count()).select_from(gap).where(gap.c.corp_id == corp_id)).scalar_one()


def _having(tx: Connection, corp_id: str, words: Iterable[str]) -> dict[str, int]:
    """How many questions have each word; those that none has are left out."""
    rows = tx.execute(
        select(gap_word.c.word, func.count().label("having"))
        .where(gap_word.c.corp_id == corp_id, gap_word.c.word.in_(_keys(words)))
        .group_by(gap_word.c.word)
    )
    return {row.word: row.having for row in rows}


def _standing(tx: Connection, corp_id: str, topic_id: str, store_id: str, moment: datetime) -> tuple[bool, str]:
    """Whether the topic needs no answer in this store, and the document that answers it there, as things stand."""
    dismissed, despite = False, ""
    for ruling in rulings(tx, corp_id, [topic_id]):
        if not ruling.scope.reaches(store_id=store_id, region_id=_region(tx, corp_id, store_id)):
            continue
        if ruling.kind is RulingKind.DISMISSAL:
            dismissed = True
        elif ruling.told_at is not None and in_force(tx, corp_id, ruling.document_id, moment):
            despite = ruling.document_id
    return dismissed, despite


def _region(tx: Connection, corp_id: str, store_id: str) -> str:
    found = tx.execute(
        select(shop_store.c.body["region_id"].as_string()).where(
            shop_store.c.corp_id == corp_id, shop_store.c.store_id == store_id
        )
    ).scalar_one_or_none()
    return found or ""
