"""Questions the material could not answer, gathered into topics as they are written.

A topic only says which questions ask the same; whether a question waits stands on the question, since every manager
decides for her own stores (see ``gaprulings``).
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from assistant.scoring import grouping
from assistant.scoring.grouping import Asked, Synonyms
from assistant.store import baskets, synonyms
from assistant.store.gapanswers import in_force
from assistant.store.gaprulings import GapStatus, RulingKind, new_topic, one_at_a_time, rulings
from assistant.store.tables import gap, gap_word, shop_store, turn
from assistant.turn import TurnRecord

COMPARED = 600
"""So many of the newest questions that share a word are compared; a word said oftener tells little."""
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
    own = tuple(tuple(group.words) for group in synonyms.groups(tx, record.corp_id))
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


def _keys(words: Iterable[str]) -> list[str]:
    return sorted({word[:_LONGEST_WORD] for word in words})


def _topic_of(tx: Connection, corp_id: str, asked: Asked, own: Synonyms) -> str | None:
    """The topic whose questions ask the same, or None where nobody has asked it."""
    by_topic: dict[str, list[Asked]] = {}
    for row in _sharing(tx, corp_id, asked):
        by_topic.setdefault(row.topic_id, []).append(grouping.read(row.question, row.skus, own))
    topics = sorted(by_topic)
    words = set(asked.words).union(*(one.words for questions in by_topic.values() for one in questions))
    place = grouping.nearest(asked, [by_topic[one] for one in topics], _rarity(tx, corp_id, words))
    return None if place is None else topics[place]


class _Known(NamedTuple):
    topic_id: str
    question: str
    skus: tuple[str, ...]


def _sharing(tx: Connection, corp_id: str, asked: Asked) -> tuple[_Known, ...]:
    """The newest questions that share a word with this one, or a word for the same thing."""
    looked_for = _keys(asked.looked_for)
    if not looked_for:
        return ()
    found = (
        select(gap_word.c.turn_id)
        .where(gap_word.c.corp_id == corp_id, gap_word.c.word.in_(looked_for))
        .order_by(gap_word.c.turn_id.desc())
        .limit(COMPARED * 2)
        .subquery()
    )
    rows = tx.execute(
        select(gap.c.topic_id, gap.c.question, gap.c.skus)
        .where(gap.c.turn_id.in_(select(found.c.turn_id)), gap.c.topic_id.is_not(None))
        .order_by(gap.c.turn_id.desc())
        .limit(COMPARED)
    )
    return tuple(_Known(row.topic_id, row.question, tuple(row.skus)) for row in rows)


def _rarity(tx: Connection, corp_id: str, words: Iterable[str]) -> grouping.Rarity:
    questions = tx.execute(select(func.count()).select_from(gap).where(gap.c.corp_id == corp_id)).scalar_one()
    rows = tx.execute(
        select(gap_word.c.word, func.count().label("having"))
        .where(gap_word.c.corp_id == corp_id, gap_word.c.word.in_(_keys(words)))
        .group_by(gap_word.c.word)
    )
    return grouping.rarity(questions, {row.word: row.having for row in rows})


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
