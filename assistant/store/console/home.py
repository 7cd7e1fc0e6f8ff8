"""What needs a manager, in figures."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from assistant.store.console.scope import (
    Stores,
    is_unsent,
    newest_action,
    ours,
)
from assistant.store.console.suggestions import SuggestionStatus
from assistant.store.tables import gap, suggestion, turn
from assistant.turn import ActionKind, ReplyKind


class Numbers(NamedTuple):
    """The figures of the first page. ``silent`` are turns with drafts about which the guide said nothing."""

    open_suggestions: int
    open_gaps: int
    unsent_turns: int
    turns_today: int
    accepted: int
    edited: int
    refused: int
    silent: int

    @property
    def answered(self) -> int:
        """How many drafts the guides gave their word on: the sample of the adoption rate."""
        return self.accepted + self.edited + self.refused


def numbers(tx: Connection, corp_id: str, stores: Stores, today: datetime, since: datetime) -> Numbers:
    """Count what waits, the turns since ``today`` began, and what became of drafts since ``since``."""
    waiting = ours(
        select(func.count()).select_from(suggestion).join(turn, turn.c.turn_id == suggestion.c.turn_id), corp_id, stores
    ).where(suggestion.c.status == SuggestionStatus.OPEN.value)
    missing = ours(
        select(func.count()).select_from(gap).join(turn, turn.c.turn_id == gap.c.turn_id), corp_id, stores
    ).where(gap.c.status == "open")
    unsent = ours(select(func.count()).select_from(turn), corp_id, stores).where(is_unsent())
    lately = ours(select(func.count()).select_from(turn), corp_id, stores).where(turn.c.finished_at >= today)
    kinds = _words_on_drafts(tx, corp_id, stores, since)
    return Numbers(
        open_suggestions=tx.execute(waiting).scalar_one(),
        open_gaps=tx.execute(missing).scalar_one(),
        unsent_turns=tx.execute(unsent).scalar_one(),
        turns_today=tx.execute(lately).scalar_one(),
        accepted=kinds.get(ActionKind.ACCEPTED.value, 0),
        edited=kinds.get(ActionKind.EDITED.value, 0),
        refused=kinds.get(ActionKind.REFUSED.value, 0),
        silent=kinds.get(None, 0),
    )


def _words_on_drafts(tx: Connection, corp_id: str, stores: Stores, since: datetime) -> dict[str | None, int]:
    newest = newest_action().label("kind")
    words = (
        ours(select(newest), corp_id, stores)
        .where(turn.c.reply_kind == ReplyKind.DRAFTS.value, turn.c.finished_at >= since)
        .subquery()
    )
    return {
        row.kind: row.turns for row in tx.execute(select(words.c.kind, func.count().label("turns")).group_by("kind"))
    }
