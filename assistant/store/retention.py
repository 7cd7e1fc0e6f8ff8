"""Keeps nothing longer than the corp's rules say (safety I10): once a day, in small steps, counted in the audit log."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from assistant.clock import SHOP_TIME
from assistant.rulebook import RetentionRules
from assistant.store import anonymous, audit, erasing, notices, rulebooks
from assistant.store.audit import AuditAction
from assistant.store.console import sessions
from assistant.store.database import AlreadyThere, Database
from assistant.store.datamap import BY_TURN, data_map
from assistant.store.tables import (
    action,
    message,
    metadata,
    outbox,
    retention_day,
    task,
    task_item,
    turn,
    turn_summary,
)
from assistant.store.traces import Traces
from assistant.turn import ActionKind, TurnRecord

AT_ONCE = 100
"""Turns of one transaction: nobody who answers a guide waits longer than these take."""

STATES_LAST = timedelta(days=1)
CONVERSATION = "conversation"
DRAFTS = "drafts"


class Cleared(NamedTuple):
    """What a day's clearing came to."""

    turns: int
    drafts: int
    messages: int
    states: int
    notices: int
    logins: int


def daily(database: Database, corp_id: str, moment: datetime) -> Cleared | None:
    """Clear what is too old, unless this day's clearing was done; whoever ends first writes the day's entry.

    A clearing that broke off is simply begun again: what was cleared is not found a second time.
    """
    day = f"{moment.astimezone(SHOP_TIME):%Y-%m-%d}"
    with database.read() as tx:
        if _is_done(tx, corp_id, day):
            return None
        rules = rulebooks.of_corp(tx, corp_id).retention
    cleared = _clear(database, corp_id, rules, moment)
    try:
        with database.begin() as tx:
            if _is_done(tx, corp_id, day):
                return cleared
            tx.execute(insert(retention_day).values(corp_id=corp_id, day=day, done_at=moment))
            counts = {name: str(number) for name, number in cleared._asdict().items()}
            audit.append(tx, corp_id, moment, audit.SERVICE, AuditAction.DELETE, "retention", **counts)
    except AlreadyThere:
        pass  # another replica ended first and wrote the day's entry
    return cleared


def _is_done(tx: Connection, corp_id: str, day: str) -> bool:
    this = (retention_day.c.corp_id == corp_id, retention_day.c.day == day)
    return tx.execute(select(retention_day.c.day).where(*this)).first() is not None


def _clear(database: Database, corp_id: str, rules: RetentionRules, moment: datetime) -> Cleared:
    old = moment - timedelta(days=rules.conversation_days)
    unsent = moment - timedelta(days=rules.unsent_draft_days)
    turns = _in_steps(database, lambda tx: _clear_turns(tx, corp_id, old))
    drafts = _in_steps(database, lambda tx: _clear_drafts(tx, corp_id, unsent))
    for name in (name for name, mapped in data_map().tables.items() if mapped.aged):
        aged = metadata.tables[name].c[data_map().tables[name].aged] < old
        _in_steps(database, partial(erasing.age_rows, corp_id=corp_id, name=name, old=aged))
    _in_steps(database, partial(erasing.age_rows, corp_id=corp_id, name=task_item.name, old=_never_settled(old)))
    told = moment - timedelta(days=rules.notice_days)
    number = _in_steps(database, lambda tx: notices.forget_old(tx, corp_id, told, AT_ONCE))
    entered = moment - timedelta(days=rules.login_days)
    logins = _in_steps(database, lambda tx: sessions.forget_logins(tx, corp_id, entered, AT_ONCE))
    with database.begin() as tx:
        loose = _clear_loose_messages(tx, corp_id, old)
        states = sessions.forget_states(tx, corp_id, moment - STATES_LAST)
    return Cleared(turns, drafts, loose, states, number, logins)


def _never_settled(before: datetime) -> ColumnElement[bool]:
    """Customers of tasks that ended before a moment, or were stopped, whom nobody wrote to and nobody left out."""
    over = or_(task.c.ends_on < before.astimezone(SHOP_TIME).date(), task.c.stopped_at < before)
    ended = select(task.c.task_id).where(task.c.task_id == task_item.c.task_id, over).exists()
    return and_(task_item.c.settled_at.is_(None), ended)


def _in_steps(database: Database, step: Callable[[Connection], int]) -> int:
    number = 0
    while True:
        with database.begin() as tx:
            done = step(tx)
        if not done:
            return number
        number += done


def _clear_turns(tx: Connection, corp_id: str, before: datetime) -> int:
    """Take words and customer out of the oldest turns, and out of everything the data map keeps as long as they."""
    where = (turn.c.corp_id == corp_id, turn.c.finished_at < before, turn.c.cleared != erasing.WORDS)
    rows = tx.execute(select(turn.c.turn_id, turn.c.record).where(*where).limit(AT_ONCE)).all()
    ids = [row.turn_id for row in rows]
    for name, mapped in data_map().tables.items():
        if ids and mapped.term == CONVERSATION and mapped.hers == BY_TURN:
            erasing.erase_rows(tx, corp_id, name, Traces(), erasing.Hers("", tuple(ids)), "")
    for row in rows:
        values = {"record": erasing.record_without_words(row.record), "customer_id": "", "cleared": erasing.WORDS}
        tx.execute(update(turn).where(turn.c.turn_id == row.turn_id).values(**values))
    tx.execute(update(turn_summary).where(turn_summary.c.turn_id.in_(ids)).values(customer_id=""))
    return len(rows)


def _clear_drafts(tx: Connection, corp_id: str, before: datetime) -> int:
    """Take the drafts nobody sent out of their records; the question stays as long as the conversation does."""
    used = (ActionKind.ACCEPTED.value, ActionKind.EDITED.value)
    sent = select(action.c.turn_id).where(action.c.turn_id == turn.c.turn_id, action.c.kind.in_(used)).exists()
    where = (turn.c.corp_id == corp_id, turn.c.finished_at < before, turn.c.cleared == "", ~sent)
    rows = tx.execute(select(turn.c.turn_id, turn.c.record).where(*where).limit(AT_ONCE)).all()
    for row in rows:
        record = anonymous.without_drafts(TurnRecord.model_validate_json(json.dumps(row.record)))
        values = {"record": record.model_dump(mode="json"), "cleared": DRAFTS}
        tx.execute(update(turn).where(turn.c.turn_id == row.turn_id).values(**values))
    tx.execute(delete(outbox).where(outbox.c.turn_id.in_([row.turn_id for row in rows])))
    return len(rows)


def _clear_loose_messages(tx: Connection, corp_id: str, before: datetime) -> int:
    """Messages that no turn took up: events, and what was said before a guide left."""
    where = (message.c.corp_id == corp_id, message.c.received_at < before, message.c.text != "")
    return tx.execute(update(message).where(*where).values(text="")).rowcount
