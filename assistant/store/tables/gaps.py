"""Questions the material could not answer: each one, the words it is found by, the topics they make, what was decided."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

gap_topic = Table(
    "gap_topic",
    metadata,
    key("topic_id"),
    corp_column(),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changes", Integer, nullable=False, doc="counted up by every decision: who decided on an older one is told"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime),
)

gap = Table(
    "gap",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    corp_column(),
    Column("question", Text, nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("topic_id", ForeignKey("gap_topic.topic_id"), doc="none: from before topics were made"),
    Column("guide_folded", String(64), nullable=False, server_default=""),
    Column("store_id", String(64), nullable=False, server_default=""),
    Column("skus", JSON, nullable=False, server_default="[]", doc="the products it names"),
    Column("basket_fen", BigInteger, nullable=False, server_default="0", doc="what she would have bought; 0: unknown"),
    Column("despite", String(64), nullable=False, server_default="", doc="the answer in force when it was asked"),
    Column("answer", String(64), nullable=False, server_default="", doc="the document that answered it"),
    Column("settled_at", UtcDateTime),
    Index("ix_gap_corp_id_status_topic_id", "corp_id", "status", "topic_id"),
    Index("ix_gap_topic_id_asked_at", "topic_id", "asked_at"),
)

gap_word = Table(
    "gap_word",
    metadata,
    key(),
    Column("word", String(64), primary_key=True),
    Column("turn_id", ForeignKey("gap.turn_id", ondelete="CASCADE"), primary_key=True, index=True),
)

gap_ruling = Table(
    "gap_ruling",
    metadata,
    key("ruling_id"),
    corp_column(),
    Column("topic_id", ForeignKey("gap_topic.topic_id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False, doc="answer or dismissal"),
    Column("scope_level", String(10), nullable=False),
    Column("scope_id", String(64), nullable=False),
    Column("document_id", String(64), nullable=False, doc="of an answer; no foreign key: it outlives the document"),
    Column("note", Text, nullable=False, doc="who says so, or why it needs no answer"),
    Column("ruled_by", String(64), nullable=False),
    Column("ruled_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime, doc="when an answer first went back to those who had asked"),
    Column("ended_at", UtcDateTime, doc="a dismissal that was taken back, an answer that was given anew"),
    Index("ix_gap_ruling_corp_id_document_id", "corp_id", "document_id"),
)
