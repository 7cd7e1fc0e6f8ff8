"""Texts that guides changed before sending them: what a suggestion is made of, and what became of each with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, update

from assistant.store.console.scope import Stores, guide_name, is_customer, is_guide, ours
from assistant.store.tables import customer, mined_edit, person, script, suggestion, turn
from assistant.turn import Intent
from knowledge.noun import Labelled

MOST_OBSERVED = 60
"""Edited texts read at once for the clusters of one page."""


class SuggestionStatus(Labelled):
    """How far a suggestion has come; ``turns.add_action`` opens it."""

    OPEN = "open", "待审"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "已退回"


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
    cluster: str
    """What it has in common with others; empty while nobody looked through it."""
    obstacle: str
    """Why its words make no template; empty when they do."""


def decided_suggestions(tx: Connection, corp_id: str, stores: Stores, limit: int) -> tuple[SuggestionLine, ...]:
    """The edited texts behind the last decisions, newest first; an approval of a suggestion is one of each of them."""
    query = _suggestions(corp_id, stores).where(suggestion.c.status != SuggestionStatus.OPEN.value)
    rows = tx.execute(query.order_by(suggestion.c.reviewed_at.desc(), turn.c.turn_id.desc()).limit(limit))
    return tuple(_as_suggestion(row) for row in rows)


def behind(tx: Connection, corp_id: str, stores: Stores, revision_id: str, limit: int) -> tuple[SuggestionLine, ...]:
    """The newest edited texts behind a suggestion, of these stores."""
    return _mined(tx, corp_id, stores, mined_edit.c.revision_id == revision_id, limit)


def observed(tx: Connection, corp_id: str, stores: Stores, clusters: Iterable[str]) -> tuple[SuggestionLine, ...]:
    """Edited texts of these clusters that no suggestion was made of, of these stores, newest first."""
    here = and_(mined_edit.c.revision_id == "", mined_edit.c.cluster.in_(sorted(set(clusters))))
    return _mined(tx, corp_id, stores, here, MOST_OBSERVED)


def decide_behind(
    tx: Connection,
    corp_id: str,
    revision_id: str,
    *,
    decision: SuggestionStatus,
    reviewer: str,
    moment: datetime,
    note: str,
) -> tuple[str, ...]:
    """Let every edited text behind a suggestion share its fate; returns the turns, for keeping them as cases."""
    turns = select(mined_edit.c.turn_id).where(mined_edit.c.corp_id == corp_id, mined_edit.c.revision_id == revision_id)
    tx.execute(
        update(suggestion)
        .where(suggestion.c.turn_id.in_(turns), suggestion.c.status == SuggestionStatus.OPEN.value)
        .values(status=decision.value, reviewed_by=reviewer.lower(), reviewed_at=moment, note=note)
    )
    return tuple(tx.execute(turns.order_by(mined_edit.c.turn_id)).scalars())


def _mined(
    tx: Connection, corp_id: str, stores: Stores, which: ColumnElement[bool], limit: int
) -> tuple[SuggestionLine, ...]:
    query = _suggestions(corp_id, stores).where(which).order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc())
    return tuple(_as_suggestion(row) for row in tx.execute(query.limit(limit)))


def _suggestions(corp_id: str, stores: Stores) -> Select[Any]:
    reviewer = person.alias("reviewer")
    return ours(
        select(
            suggestion,
            mined_edit.c.cluster,
            mined_edit.c.obstacle,
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
            .outerjoin(mined_edit, mined_edit.c.turn_id == suggestion.c.turn_id)
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
        cluster=row.cluster or "",
        obstacle=row.obstacle or "",
    )
