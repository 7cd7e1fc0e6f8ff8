"""Customers and what they bought."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table

from assistant.store.tables.columns import UtcDateTime, key, metadata

customer = Table(
    "customer",
    metadata,
    key(),
    key("customer_id"),
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
    key(),
    key("order_id"),
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
