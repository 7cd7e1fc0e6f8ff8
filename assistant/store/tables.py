"""Every table of the house. Times are aware UTC; money is integer 分; wide nouns live whole in ``body``."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC on every database: SQLite forgets the zone, so it is taken off going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: give it a zone before it is stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# BIGINT does not autoincrement on SQLite
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


def _key(name: str = "corp_id", length: int = 64) -> Column[str]:
    return Column(name, String(length), primary_key=True)


def _corp() -> Column[str]:
    return Column("corp_id", String(64), nullable=False)


corp = Table(
    "corp",
    metadata,
    _key(),
    Column("brand", String(100), nullable=False),
    Column("tiers", JSON, nullable=False),
    Column("shipping_fen", Integer, nullable=False),
    Column("free_shipping_from_fen", Integer),
    Column("lapsed_after_days", Integer, nullable=False),
    Column("material_version", Integer, nullable=False),
)

# ---- material ----------------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    _key("source_id"),
    _corp(),
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
    _key("document_id"),
    _corp(),
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
    Index("ix_document_corp_id_title", "corp_id", "title"),
)

passage = Table(
    "passage",
    metadata,
    _key("passage_id"),
    _corp(),
    Column("document_id", ForeignKey("document.document_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place", String(300), nullable=False),
    Column("heading", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("skus", JSON, nullable=False),
    Column("mark", String(32), nullable=False, server_default="", doc="of its own content, see knowledge.passage"),
    Index("ix_passage_corp_id", "corp_id"),
)

asked_question = Table(
    "asked_question",
    metadata,
    _key("question_id"),
    _corp(),
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
    _key("group_id"),
    _corp(),
    Column("words", JSON, nullable=False),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), index=True),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_synonym_group_corp_id", "corp_id"),
)

shop_store = Table(
    "store",
    metadata,
    _key(),
    _key("store_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

person = Table(
    "person",
    metadata,
    _key(),
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
    _key(),
    _key("sku"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    _key(),
    _key("store_id"),
    _key("sku"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

coupon = Table(
    "coupon",
    metadata,
    _key(),
    _key("coupon_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
)

script = Table(
    "script",
    metadata,
    _key(),
    _key("script_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("body", JSON, nullable=False),
)

# ---- customers ---------------------------------------------------------------------------------

customer = Table(
    "customer",
    metadata,
    _key(),
    _key("customer_id"),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("address_as", String(50), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("tier", String(30), nullable=False),
    Column("tier_level", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("birthday", Date),
    Column("tags", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("consents", JSON, nullable=False),
    Column("consented_at", UtcDateTime),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("joined_at", UtcDateTime),
    Index("ix_customer_corp_id_guide_folded", "corp_id", "guide_folded"),
)

order_line = Table(
    "order_line",
    metadata,
    _key(),
    _key("order_id"),
    Column("line", Integer, primary_key=True),
    Column("source_id", ForeignKey("source.source_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("customer_id", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("channel", String(30), nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("sku", String(64), nullable=False),
    Column("product_name", String(200), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("paid_fen", Integer, nullable=False),
    Column("status", String(30), nullable=False),
    Column("coupon_id", String(64), nullable=False),
    Index("ix_order_line_corp_id_customer_id", "corp_id", "customer_id"),
    Index("ix_order_line_corp_id_coupon_id", "corp_id", "coupon_id"),
)

# ---- conversations -----------------------------------------------------------------------------

conversation = Table(
    "conversation",
    metadata,
    _key("conversation_id"),
    _corp(),
    Column("guide_folded", String(64), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("current_customer_id", String(64), nullable=False),
    UniqueConstraint("corp_id", "channel", "guide_folded"),
)

message = Table(
    "message",
    metadata,
    Column("number", _RowNumber, primary_key=True, autoincrement=True),
    _corp(),
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
    _key("turn_id"),
    _corp(),
    Column("conversation_id", ForeignKey("conversation.conversation_id"), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("intent", String(30), nullable=False),
    Column("reply_kind", String(20), nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("record", JSON, nullable=False),
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
    _corp(),
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
    _key(),
    Column("day", Date, primary_key=True, doc="in Shanghai"),
    Column("calls", BigInteger, nullable=False, doc="requests sent, also in vain"),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_microfen", BigInteger, nullable=False, doc="millionths of a 分"),
    Column("turned_away", BigInteger, nullable=False, doc="questions not put to the model, for the budget"),
)

gap = Table(
    "gap",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    _corp(),
    Column("question", Text, nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id"), primary_key=True),
    _corp(),
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
    _key(),
    Column("userid_folded", String(64), primary_key=True),
    Column("card", JSON, nullable=False),
    Column("learned_from", Integer, nullable=False, doc="edits looked at"),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime, doc="what she did before is never learned from again"),
)

# ---- console -----------------------------------------------------------------------------------

used_login = Table(
    "used_login",
    metadata,
    Column("nonce", String(64), primary_key=True, doc="of the login link: its second use meets the first here"),
    _corp(),
    Column("userid_folded", String(64), nullable=False),
    Column("session_digest", String(64), nullable=False, unique=True, doc="SHA-256: a copied table opens no session"),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

# ---- grants ------------------------------------------------------------------------------------

coupon_grant = Table(
    "coupon_grant",
    metadata,
    _key("grant_id"),
    _corp(),
    Column("coupon_id", String(64), nullable=False, doc="no foreign key: a grant outlives its template's file"),
    Column("customer_id", String(64), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("turn_id", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("value_fen", Integer, nullable=False),
    Column("reserved_fen", Integer, nullable=False),
    Column("redeemed_fen", Integer, nullable=False),
    Column("refunded_fen", Integer, nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("held_until", UtcDateTime),
    CheckConstraint("reserved_fen >= 0 AND refunded_fen >= 0 AND refunded_fen <= redeemed_fen", name="ck_grant_money"),
    Index("ix_coupon_grant_corp_id_customer_id", "corp_id", "customer_id"),
    Index("ix_coupon_grant_corp_id_coupon_id", "corp_id", "coupon_id"),
    Index("ix_coupon_grant_corp_id_order_id", "corp_id", "order_id"),
    Index("ix_coupon_grant_corp_id_status_expires_at", "corp_id", "status", "expires_at"),
)

grant_event = Table(
    "grant_event",
    metadata,
    Column("number", _RowNumber, primary_key=True, autoincrement=True),
    _corp(),
    Column("key", String(200), nullable=False, doc="the caller's: its second use meets the first here"),
    Column("grant_id", String(64), nullable=False, doc="no foreign key: the event is written before its grant"),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    UniqueConstraint("corp_id", "key"),
    Index("ix_grant_event_corp_id_grant_id", "corp_id", "grant_id"),
    sqlite_autoincrement=True,
)

coupon_tally = Table(
    "coupon_tally",
    metadata,
    _key(),
    _key("coupon_id"),
    _key("kind", 20),
    _key("owner"),
    _key("day", 10),
    Column("used", BigInteger, nullable=False),
    Column("most", BigInteger, doc="the limit it was last raised against; none when there was none"),
    CheckConstraint("used >= 0", name="ck_coupon_tally_used"),
)

# ---- till --------------------------------------------------------------------------------------

api_key = Table(
    "api_key",
    metadata,
    _key("key_id"),
    _corp(),
    Column("digest", String(64), nullable=False, doc="SHA-256 of the secret: a copied table opens no door"),
    Column("name", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

till_call = Table(
    "till_call",
    metadata,
    Column("number", _RowNumber, primary_key=True, autoincrement=True),
    _corp(),
    Column("key_id", String(64), nullable=False),
    Column("method", String(10), nullable=False),
    Column("route", String(100), nullable=False, doc="as declared, without the ids that were asked for"),
    Column("status", Integer, nullable=False),
    Column("error", String(40), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_till_call_corp_id_key_id_number", "corp_id", "key_id", "number"),
    Index("ix_till_call_corp_id_at", "corp_id", "at"),
    sqlite_autoincrement=True,
)

till_event = Table(
    "till_event",
    metadata,
    _key(),
    _key("event_id"),
    Column("kind", String(20), nullable=False),
    Column("fact_id", String(64), nullable=False, doc="the order's, redemption's or refund's own id, empty for stock"),
    Column("order_id", String(64), nullable=False),
    Column("grant_id", String(64), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("body", JSON, nullable=False),
    Column("digest", String(64), nullable=False, doc="of all that was told"),
    Column("body_digest", String(64), nullable=False, doc="of the fact without its event: a fact is told only one way"),
    Column("state", String(20), nullable=False),
    Index("ix_till_event_corp_id_order_id", "corp_id", "order_id"),
    Index("ix_till_event_corp_id_grant_id", "corp_id", "grant_id"),
    Index("ix_till_event_corp_id_kind_fact_id", "corp_id", "kind", "fact_id"),
)

till_order = Table(
    "till_order",
    metadata,
    _key(),
    _key("order_id"),
    Column("customer_id", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("delivery_area", String(50), nullable=False),
    Column("guide", String(64), nullable=False, doc="whose link the customer came by"),
    Column("total_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("refunded_fen", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("event_id", String(64), nullable=False, doc="the newest that told of it"),
    Column("occurred_at", UtcDateTime, nullable=False),
    Index("ix_till_order_corp_id_customer_id", "corp_id", "customer_id"),
)

till_order_line = Table(
    "till_order_line",
    metadata,
    _key(),
    _key("order_id"),
    Column("line", Integer, primary_key=True),
    Column("sku", String(64), nullable=False),
    Column("product_name", String(200), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
)

till_redemption = Table(
    "till_redemption",
    metadata,
    _key(),
    _key("redemption_id"),
    Column("grant_id", String(64), nullable=False),
    Column("coupon_id", String(64), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_back_fen", BigInteger, nullable=False, server_default="0", doc="of the amount, by refunds"),
    Index("ix_till_redemption_corp_id_order_id", "corp_id", "order_id"),
    Index("ix_till_redemption_corp_id_state", "corp_id", "state"),
)

till_refund = Table(
    "till_refund",
    metadata,
    _key(),
    _key("refund_id"),
    Column("line", Integer, primary_key=True),
    Column("order_id", String(64), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("fen", BigInteger, nullable=False),
    Column("claimed_quantity", Integer, nullable=False),
    Column("claimed_fen", BigInteger),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Index("ix_till_refund_corp_id_order_id", "corp_id", "order_id"),
)

till_stock = Table(
    "till_stock",
    metadata,
    _key(),
    _key("store_id"),
    _key("sku"),
    Column("quantity", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    Column("event_id", String(64), nullable=False),
)

till_grant_use = Table(
    "till_grant_use",
    metadata,
    _key(),
    _key("grant_id"),
    Column("steps", JSON, nullable=False, doc="what the grant was told so far, and what it answered"),
    Column("calls", Integer, nullable=False, doc="calls ever made: each has a key of its own"),
)

points_entry = Table(
    "points_entry",
    metadata,
    _key(),
    Column("entry_id", String(64), primary_key=True, doc="SHA-256 of account and number: the same entry comes once"),
    Column("side", String(20), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("refund_id", String(64), nullable=False),
    Column("turn_id", String(64), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("reason", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_points_entry_corp_id_order_id", "corp_id", "order_id"),
    Index("ix_points_entry_corp_id_side_owner", "corp_id", "side", "owner"),
)

till_answer = Table(
    "till_answer",
    metadata,
    _key(),
    _key("key_id"),
    Column("idempotency_key", String(100), primary_key=True),
    Column("digest", String(64), nullable=False, doc="of route and body"),
    Column("answer", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_till_answer_corp_id_at", "corp_id", "at"),
)

webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    _key(),
    _key("event_id"),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_webhook_outbox_corp_id_state_due_at", "corp_id", "state", "due_at"),
)
