"""Who did what at the console, in a chain that shows any change."""

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table

from assistant.store.tables.columns import UtcDateTime, key, metadata

audit_entry = Table(
    "audit_entry",
    metadata,
    key(),
    Column("number", BigInteger, primary_key=True, autoincrement=False, doc="1, 2, 3 ... of the corp: a gap is a loss"),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False, doc="userid in lower case; daogou for the service itself"),
    Column("action", String(30), nullable=False),
    Column("subject", String(200), nullable=False, doc="what was acted on: script:SC01, document:…, person:…"),
    Column("details", JSON, nullable=False, doc="flat texts; no message text, no phone"),
    Column("digest", String(64), nullable=False, doc="SHA-256 of this entry and the digest before it"),
    Index("ix_audit_entry_corp_id_subject", "corp_id", "subject", "number"),
    Index("ix_audit_entry_corp_id_by", "corp_id", "by", "number"),
    Index("ix_audit_entry_corp_id_action", "corp_id", "action", "number"),
    Index("ix_audit_entry_corp_id_at", "corp_id", "at"),
)
