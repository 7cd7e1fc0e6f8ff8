"""Coupons granted, and what they were counted against."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Integer, String, Table, Text, UniqueConstraint

from assistant.store.tables.columns import RowNumber, UtcDateTime, corp_column, key, metadata

coupon_grant = Table(
    "coupon_grant",
    metadata,
    key("grant_id"),
    corp_column(),
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
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    corp_column(),
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
    key(),
    key("coupon_id"),
    key("kind", 20),
    key("owner"),
    key("day", 10),
    Column("used", BigInteger, nullable=False),
    Column("most", BigInteger, doc="the limit it was last raised against; none when there was none"),
    CheckConstraint("used >= 0", name="ck_coupon_tally_used"),
)
