"""Turn records, what the guide did with them, gaps and suggestions. A record is checked against its schema on write."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import jsonschema_rs
from sqlalchemy import Connection, func, insert, select, true

from assistant.errors import NotFound
from assistant.store import gapboard, summaries
from assistant.store.tables import action, suggestion, turn
from assistant.turn import Action, ActionKind, Draft, Need, TurnRecord

SCHEMA_FILE = "turn_record.schema.json"


@cache
def _validator() -> jsonschema_rs.Validator:
    schema = json.loads(files("assistant.store").joinpath(SCHEMA_FILE).read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


def exists(tx: Connection, turn_id: str) -> bool:
    """Say whether the turn was written already; a job may be run twice."""
    return tx.execute(select(turn.c.turn_id).where(turn.c.turn_id == turn_id)).one_or_none() is not None


def write(tx: Connection, record: TurnRecord) -> None:
    """Write a turn's record and the narrow rows beside it.

    Raises jsonschema_rs.ValidationError when the record does not fit its own schema.
    """
    body = record.model_dump(mode="json")
    _validator().validate(body)
    tx.execute(
        insert(turn).values(
            turn_id=record.turn_id,
            corp_id=record.corp_id,
            conversation_id=record.conversation_id,
            guide_folded=record.guide.lower(),
            store_id=record.store_id,
            customer_id=record.need.customer_id,
            intent=record.need.intent.value,
            reply_kind=record.reply.kind.value,
            finished_at=record.finished_at,
            record=body,
        )
    )
    if record.gap:
        gapboard.take_in(tx, record)
    summaries.write(tx, record)


def add_action(tx: Connection, turn_id: str, one: Action) -> None:
    """Join the guide's word to her turn; an edited text also becomes a suggestion for the manager."""
    number = tx.execute(select(func.count()).select_from(action).where(action.c.turn_id == turn_id)).scalar_one()
    tx.execute(
        insert(action).values(
            turn_id=turn_id, number=number, kind=one.kind.value, at=one.at, body=one.model_dump(mode="json")
        )
    )
    record = read(tx, turn_id)
    if record is None:
        return
    summaries.keep_up(tx, record)
    if one.kind is ActionKind.EDITED and not _has_suggestion(tx, turn_id):
        _suggest(tx, record, one)


def _has_suggestion(tx: Connection, turn_id: str) -> bool:
    return tx.execute(select(suggestion.c.turn_id).where(suggestion.c.turn_id == turn_id)).one_or_none() is not None


def _suggest(tx: Connection, record: TurnRecord, one: Action) -> None:
    chosen = (one.choice or 1) - 1
    if not 0 <= chosen < len(record.verdicts):
        return
    draft = record.verdicts[chosen].draft
    tx.execute(
        insert(suggestion).values(
            turn_id=record.turn_id,
            corp_id=record.corp_id,
            script_id=draft.script_ids[0] if draft.script_ids else "",
            draft_text=draft.text,
            proposed_text=one.sent_text,
            similarity=one.similarity or 0.0,
            status="open",
            reviewed_by="",
            note="",
        )
    )


def read(tx: Connection, turn_id: str) -> TurnRecord | None:
    """Return a turn with the guide's latest action joined to it."""
    row = tx.execute(select(turn.c.record).where(turn.c.turn_id == turn_id)).one_or_none()
    return None if row is None else _with_action(tx, turn_id, row.record)


def conversation_of(tx: Connection, turn_id: str) -> str:
    """The conversation a turn belongs to; raises NotFound."""
    found = tx.execute(select(turn.c.conversation_id).where(turn.c.turn_id == turn_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(turn_id)
    return str(found)


def latest(
    tx: Connection, conversation_id: str, limit: int, before: str = "", until: datetime | None = None
) -> tuple[TurnRecord, ...]:
    """The last turns of a conversation, newest first, with their actions.

    Only those before a turn where one is named, and only what was said of them before a moment where one is.
    """
    earlier = turn.c.turn_id < before if before else true()
    rows = tx.execute(
        select(turn.c.turn_id, turn.c.record)
        .where(turn.c.conversation_id == conversation_id, earlier)
        .order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc())
        .limit(limit)
    ).all()
    return tuple(_with_action(tx, row.turn_id, row.record, until) for row in rows)


class WordOnDrafts(NamedTuple):
    """What a guide was shown for which need, and her latest word on it."""

    need: Need
    drafts: tuple[Draft, ...]
    action: Action


def words_on_drafts(
    tx: Connection, corp_id: str, guide: str, kind: ActionKind, since: datetime | None, at_most: int
) -> tuple[WordOnDrafts, ...]:
    """A guide's latest words of one kind, said after ``since`` (None: ever), newest first.

    Only need and drafts are read, never whole records: this runs while her reply waits.
    """
    later = action.alias("later")
    wanted = (
        select(turn.c.record["need"].label("need"), turn.c.record["verdicts"].label("verdicts"), action.c.body)
        .join(action, action.c.turn_id == turn.c.turn_id)
        .where(
            turn.c.corp_id == corp_id,
            turn.c.guide_folded == guide.lower(),
            action.c.kind == kind.value,
            ~select(later).where(later.c.turn_id == action.c.turn_id, later.c.number > action.c.number).exists(),
        )
        .order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc())
        .limit(at_most)
    )
    if since is not None:
        wanted = wanted.where(action.c.at > since)
    return tuple(
        WordOnDrafts(
            Need.model_validate(row.need),
            # numbered as she was shown them: a held draft has no number
            tuple(Draft.model_validate(one["draft"]) for one in row.verdicts if one["draft"]["sentences"]),
            Action.model_validate(row.body),
        )
        for row in tx.execute(wanted)
    )


def every(tx: Connection, corp_id: str, *, whole: bool = False) -> Iterator[TurnRecord]:
    """All turns of a corp in order, for the export; read in batches so that memory does not grow with them.

    ``whole`` leaves out those whose words were cleared.
    """
    wanted = select(turn.c.turn_id, turn.c.record).where(turn.c.corp_id == corp_id)
    if whole:
        wanted = wanted.where(turn.c.cleared == "")
    rows = tx.execution_options(yield_per=200).execute(wanted.order_by(turn.c.turn_id))
    for batch in rows.partitions():
        for row in batch:
            yield _with_action(tx, row.turn_id, row.record)


def _with_action(tx: Connection, turn_id: str, body: dict[str, Any], until: datetime | None = None) -> TurnRecord:
    earlier = action.c.at < until if until is not None else true()
    newest = tx.execute(
        select(action.c.body).where(action.c.turn_id == turn_id, earlier).order_by(action.c.number.desc()).limit(1)
    ).scalar_one_or_none()
    return TurnRecord.model_validate_json(json.dumps({**body, "action": newest or body.get("action")}))
