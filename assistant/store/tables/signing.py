"""Drafts that wait for a manager, and what she decided."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, metadata

signoff = Table(
    "signoff",
    metadata,
    # it goes with its turn
    Column("turn_id", ForeignKey("turn.turn_id", ondelete="CASCADE"), primary_key=True),
    corp_column(),
    Column("conversation_id", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("drafts", JSON, nullable=False, doc="numbers of the drafts that wait, from 1 as the guide was shown them"),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, doc="from then on nobody signs any more"),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(64), nullable=False, doc="userid in lower case; empty while nobody has decided"),
    Column("signed", JSON, nullable=False, doc="numbers of the drafts that may go out"),
    Column("reason", Text, nullable=False, doc="why drafts were left unsigned; for the guide"),
    Column("advice", Text, nullable=False, doc="what to say instead, in the manager's words; never sent by itself"),
    Index("ix_signoff_corp_id_status_asked_at", "corp_id", "status", "asked_at"),
    Index("ix_signoff_corp_id_decided_at", "corp_id", "decided_at"),
    Index("ix_signoff_conversation_id_decided_at", "conversation_id", "decided_at"),
)
