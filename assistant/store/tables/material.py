"""What the shop's files told: documents and passages, stores, people, goods, coupons, scripts."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

corp = Table(
    "corp",
    metadata,
    key(),
    Column("brand", String(100), nullable=False),
    Column("tiers", JSON, nullable=False),
    Column("shipping_fen", Integer, nullable=False),
    Column("free_shipping_from_fen", Integer),
    Column("lapsed_after_days", Integer, nullable=False),
    Column("material_version", Integer, nullable=False),
)

source = Table(
    "source",
    metadata,
    key("source_id"),
    corp_column(),
    Column("root", String(500), nullable=False),
    Column("name", String(500), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("ingested_at", UtcDateTime, nullable=False),
    Column("report", JSON, nullable=False),
    UniqueConstraint("corp_id", "root", "name"),
)

document = Table(
    "document",
    metadata,
    key("document_id"),
    corp_column(),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", String(300), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("scope_level", String(10), nullable=False),
    Column("scope_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Column("superseded_at", UtcDateTime),
    Column("uploaded_by", String(64), nullable=False, server_default="", doc="empty: read from a folder"),
    Column("changes", Integer, nullable=False, server_default="0", doc="counted up by every decision about it"),
    Column("changed_by", String(64), nullable=False, server_default=""),
    Column("changed_at", UtcDateTime),
    Column("note", Text, nullable=False, server_default="", doc="why it was sent back or withdrawn"),
    Index("ix_document_corp_id_title", "corp_id", "title"),
)

passage = Table(
    "passage",
    metadata,
    key("passage_id"),
    corp_column(),
    Column("document_id", ForeignKey("document.document_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place", String(300), nullable=False),
    Column("heading", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("skus", JSON, nullable=False),
    Column("mark", String(32), nullable=False, server_default="", doc="of its own content, see knowledge.passage"),
    Column("number", Integer, nullable=False, server_default="0", doc="its place in the document"),
    Index("ix_passage_corp_id", "corp_id"),
)

asked_question = Table(
    "asked_question",
    metadata,
    key("question_id"),
    corp_column(),
    Column("passage_id", String(64), nullable=False, doc="no foreign key: a file read again writes its passages anew"),
    Column("passage_mark", String(64), nullable=False, doc="of the words it answers with: others may not answer it"),
    Column("text", Text, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), index=True),
    Column("turn_id", String(64), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("reviewed_by", String(64), nullable=False),
    Column("reviewed_at", UtcDateTime),
    Index("ix_asked_question_corp_id_passage_id", "corp_id", "passage_id"),
)

synonym_group = Table(
    "synonym_group",
    metadata,
    key("group_id"),
    corp_column(),
    Column("words", JSON, nullable=False),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), index=True),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_synonym_group_corp_id", "corp_id"),
)

shop_store = Table(
    "store",
    metadata,
    key(),
    key("store_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

person = Table(
    "person",
    metadata,
    key(),
    Column("userid_folded", String(64), primary_key=True, doc="lower case: WeCom compares userids without case"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("userid", String(64), nullable=False),
    Column("name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("region_id", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
)

product = Table(
    "product",
    metadata,
    key(),
    key("sku"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    key(),
    key("store_id"),
    key("sku"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

coupon = Table(
    "coupon",
    metadata,
    key(),
    key("coupon_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

script = Table(
    "script",
    metadata,
    key(),
    key("script_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("body", JSON, nullable=False),
)
