"""Conversations: messages, turns, what became of them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from assistant.store.tables.columns import RowNumber, UtcDateTime, corp_column, key, metadata

conversation = Table(
    "conversation",
    metadata,
    key("conversation_id"),
    corp_column(),
    Column("guide_folded", String(64), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("current_customer_id", String(64), nullable=False),
    UniqueConstraint("corp_id", "channel", "guide_folded"),
)

message = Table(
    "message",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    corp_column(),
    Column("agent_id", Integer, nullable=False),
    Column("msgid", String(80), nullable=False),
    Column("conversation_id", ForeignKey("conversation.conversation_id"), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("text", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("turn_id", String(64), index=True),
    UniqueConstraint("corp_id", "agent_id", "msgid"),
    Index("ix_message_conversation_id_number", "conversation_id", "number"),
    # a number is a job's name for good and must not come again after a deletion
    sqlite_autoincrement=True,
)

turn = Table(
    "turn",
    metadata,
    key("turn_id"),
    corp_column(),
    Column("conversation_id", ForeignKey("conversation.conversation_id"), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("intent", String(30), nullable=False),
    Column("reply_kind", String(20), nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("record", JSON, nullable=False),
    Column(
        "cleared",
        String(10),
        nullable=False,
        server_default="",
        doc="what was taken out of the record: drafts or words",
    ),
    Index("ix_turn_conversation_id_finished_at", "conversation_id", "finished_at"),
    Index("ix_turn_corp_id_finished_at", "corp_id", "finished_at"),
    Index("ix_turn_corp_id_customer_id_finished_at", "corp_id", "customer_id", "finished_at"),
    Index("ix_turn_corp_id_guide_folded_finished_at", "corp_id", "guide_folded", "finished_at"),
)

action = Table(
    "action",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", JSON, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    corp_column(),
    Column("userid", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("message_id", String(100), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_outbox_state", "state"),
)

model_usage = Table(
    "model_usage",
    metadata,
    key(),
    Column("day", Date, primary_key=True, doc="in Shanghai"),
    Column("calls", BigInteger, nullable=False, doc="requests sent, also in vain"),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_microfen", BigInteger, nullable=False, doc="millionths of a 分"),
    Column("turned_away", BigInteger, nullable=False, doc="questions not put to the model, for the budget"),
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    corp_column(),
    Column("script_id", String(64), nullable=False),
    Column("draft_text", Text, nullable=False),
    Column("proposed_text", Text, nullable=False),
    Column("similarity", Float, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reviewed_by", String(64), nullable=False),
    Column("reviewed_at", UtcDateTime),
    Column("note", Text, nullable=False),
)

script_use = Table(
    "script_use",
    metadata,
    Column("corp_id", String(64), primary_key=True),
    Column("script_id", String(64), primary_key=True),
    Column("accepted", BigInteger, nullable=False),
    Column("edited", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
)

style_card = Table(
    "style_card",
    metadata,
    key(),
    Column("userid_folded", String(64), primary_key=True),
    Column("card", JSON, nullable=False),
    Column("learned_from", Integer, nullable=False, doc="edits looked at"),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime, doc="what she did before is never learned from again"),
)
