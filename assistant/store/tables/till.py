"""What the shop's till told."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from assistant.store.tables.columns import RowNumber, UtcDateTime, corp_column, key, metadata

api_key = Table(
    "api_key",
    metadata,
    key("key_id"),
    corp_column(),
    Column("digest", String(64), nullable=False, doc="SHA-256 of the secret: a copied table opens no door"),
    Column("name", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

till_call = Table(
    "till_call",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    corp_column(),
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
    key(),
    key("event_id"),
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
    key(),
    key("order_id"),
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
    key(),
    key("order_id"),
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
    key(),
    key("redemption_id"),
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
    key(),
    key("refund_id"),
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
    key(),
    key("store_id"),
    key("sku"),
    Column("quantity", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
    Column("event_id", String(64), nullable=False),
)

till_grant_use = Table(
    "till_grant_use",
    metadata,
    key(),
    key("grant_id"),
    Column("steps", JSON, nullable=False, doc="what the grant was told so far, and what it answered"),
    Column("calls", Integer, nullable=False, doc="calls ever made: each has a key of its own"),
)

points_entry = Table(
    "points_entry",
    metadata,
    key(),
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
    key(),
    key("key_id"),
    Column("idempotency_key", String(100), primary_key=True),
    Column("digest", String(64), nullable=False, doc="of route and body"),
    Column("answer", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_till_answer_corp_id_at", "corp_id", "at"),
)

webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    key(),
    key("event_id"),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_webhook_outbox_corp_id_state_due_at", "corp_id", "state", "due_at"),
)
