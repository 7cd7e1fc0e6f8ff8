"""Texts that guides changed, and what was decided about each."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, select, update

from assistant.errors import NotFound
from assistant.store.console.scope import (
    Stores,
    guide_name,
    is_customer,
    is_guide,
    ours,
    page_of,
)
from assistant.store.tables import customer, person, script, suggestion, turn
from assistant.turn import Intent
from knowledge.noun import Labelled


class SuggestionStatus(Labelled):
    """How far a suggestion has come; ``turns.add_action`` opens it."""

    OPEN = "open", "待审"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "已退回"


class Review(Labelled):
    """What came of a manager's decision."""

    DONE = "done", "已记下"
    ALREADY = "already", "别人先处理了"
    OWN = "own", "自己的改写"


class SuggestionLine(NamedTuple):
    """A text that a guide changed before sending it, and what was decided about it."""

    turn_id: str
    guide: str
    guide_userid: str
    store_id: str
    intent: Intent
    finished_at: datetime
    question: str
    script_title: str
    draft_text: str
    proposed_text: str
    similarity: float
    status: SuggestionStatus
    reviewer: str
    reviewed_at: datetime | None
    note: str
    customer_names: tuple[str, ...]


def open_suggestions(
    tx: Connection, corp_id: str, stores: Stores, *, before: str, limit: int
) -> tuple[SuggestionLine, ...]:
    """Suggestions waiting for a decision, newest first; raises NotFound for an unknown ``before``."""
    query = _suggestions(corp_id, stores).where(suggestion.c.status == SuggestionStatus.OPEN.value)
    return tuple(_as_suggestion(row) for row in tx.execute(page_of(tx, query, corp_id, stores, before, limit)))


def decided_suggestions(tx: Connection, corp_id: str, stores: Stores, limit: int) -> tuple[SuggestionLine, ...]:
    """The last decisions, newest first."""
    query = _suggestions(corp_id, stores).where(suggestion.c.status != SuggestionStatus.OPEN.value)
    rows = tx.execute(query.order_by(suggestion.c.reviewed_at.desc(), turn.c.turn_id.desc()).limit(limit))
    return tuple(_as_suggestion(row) for row in rows)


def one_suggestion(tx: Connection, corp_id: str, stores: Stores, turn_id: str) -> SuggestionLine:
    """Return the suggestion of this turn; raises NotFound when it is missing or not theirs."""
    row = tx.execute(_suggestions(corp_id, stores).where(suggestion.c.turn_id == turn_id)).one_or_none()
    if row is None:
        raise NotFound(turn_id)
    return _as_suggestion(row)


def review(
    tx: Connection,
    corp_id: str,
    stores: Stores,
    turn_id: str,
    *,
    reviewer: str,
    decision: SuggestionStatus,
    note: str,
    moment: datetime,
) -> Review:
    """Decide on a suggestion once. Nobody decides on her own (safety D7); the second of two decisions changes nothing.

    Raises NotFound when the suggestion is missing or not theirs.
    """
    found = one_suggestion(tx, corp_id, stores, turn_id)
    if found.guide_userid == reviewer.lower():
        return Review.OWN
    changed = tx.execute(
        update(suggestion)
        .where(suggestion.c.turn_id == turn_id, suggestion.c.status == SuggestionStatus.OPEN.value)
        .values(status=decision.value, reviewed_by=reviewer.lower(), reviewed_at=moment, note=note)
    )
    return Review.DONE if changed.rowcount == 1 else Review.ALREADY


def _suggestions(corp_id: str, stores: Stores) -> Select[Any]:
    reviewer = person.alias("reviewer")
    return ours(
        select(
            suggestion,
            turn.c.guide_folded,
            turn.c.store_id,
            turn.c.intent,
            turn.c.finished_at,
            turn.c.record["messages"].label("messages"),
            script.c.body["title"].label("script_title"),
            func.coalesce(reviewer.c.name, suggestion.c.reviewed_by).label("reviewer_name"),
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            guide_name(),
        ).select_from(
            suggestion.join(turn, turn.c.turn_id == suggestion.c.turn_id)
            .outerjoin(person, is_guide())
            .outerjoin(customer, is_customer())
            .outerjoin(
                reviewer,
                and_(reviewer.c.corp_id == turn.c.corp_id, reviewer.c.userid_folded == suggestion.c.reviewed_by),
            )
            .outerjoin(script, and_(script.c.corp_id == turn.c.corp_id, script.c.script_id == suggestion.c.script_id))
        ),
        corp_id,
        stores,
    )


def _as_suggestion(row: Row[Any]) -> SuggestionLine:
    return SuggestionLine(
        turn_id=row.turn_id,
        guide=row.guide_name,
        guide_userid=row.guide_folded,
        store_id=row.store_id,
        intent=Intent(row.intent),
        finished_at=row.finished_at,
        question=" / ".join(message["text"] for message in row.messages if message["text"]),
        script_title=row.script_title or "",
        draft_text=row.draft_text,
        proposed_text=row.proposed_text,
        similarity=row.similarity,
        status=SuggestionStatus(row.status),
        reviewer=row.reviewer_name,
        reviewed_at=row.reviewed_at,
        note=row.note,
        customer_names=tuple(name for name in (row.customer_name, row.address_as) if name),
    )
