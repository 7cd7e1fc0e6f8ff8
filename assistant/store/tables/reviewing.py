"""What people decide at the console: versions of reviewed records, and the corp's own rules."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, UniqueConstraint

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

revision = Table(
    "revision",
    metadata,
    key("revision_id"),
    corp_column(),
    Column("noun", String(20), nullable=False, doc="script or coupon"),
    Column("record_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("body", JSON, nullable=False),
    Column("about", JSON, nullable=False, doc="why it was proposed: cause, turns, expected effect"),
    Column("owner", String(64), nullable=False, doc="userid in lower case: who is reminded before it ends"),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("reviewed_by", String(64), nullable=False),
    Column("reviewed_at", UtcDateTime),
    Column("note", Text, nullable=False),
    Column("changes", Integer, nullable=False, doc="counted up by every change: who saved on an older one is told"),
    UniqueConstraint("corp_id", "noun", "record_id", "version"),
    Index("ix_revision_corp_id_noun_status", "corp_id", "noun", "status", "proposed_at"),
)

rulebook = Table(
    "rulebook",
    metadata,
    key(),
    Column("body", JSON, nullable=False),
    Column("changes", Integer, nullable=False, doc="counted up by every change: who saved on an older one is told"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
