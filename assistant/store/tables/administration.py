"""What the administration keeps: rulings on people, spent login states, who was forgotten and the receipts for it."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

person_ruling = Table(
    "person_ruling",
    metadata,
    key(),
    key("userid_folded"),
    Column("role", String(20), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("region_id", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("in_force", Boolean, nullable=False, doc="false: the staff file counts again, the count of changes goes on"),
    Column("changes", Integer, nullable=False, doc="counted up by every change: who saved on an older one is told"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

spent_state = Table(
    "spent_state",
    metadata,
    key("digest", 64),
    corp_column(),
    Column("spent_at", UtcDateTime, nullable=False, index=True),
)

forgotten = Table(
    "forgotten",
    metadata,
    key(),
    Column("mark", String(64), primary_key=True, doc="keyed hash of an id or a phone: a copied table names nobody"),
    Column("key_mark", String(16), nullable=False, doc="tells the key it was made with from another, and no more"),
    Column("receipt_number", String(30), nullable=False),
    Column("forgotten_at", UtcDateTime, nullable=False),
    Index("ix_forgotten_corp_id_receipt_number", "corp_id", "receipt_number"),
)

receipt = Table(
    "receipt",
    metadata,
    key(),
    key("number", 30),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", JSON, nullable=False, doc="what was done in which table, counted; names nobody"),
    Column("digest", String(64), nullable=False, doc="SHA-256 of all the above"),
)

retention_day = Table(
    "retention_day",
    metadata,
    key(),
    Column("day", String(10), primary_key=True, doc="in Shanghai: whoever writes it first does that day's clearing"),
    Column("done_at", UtcDateTime, nullable=False),
)
