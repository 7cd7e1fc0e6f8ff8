"""What the console keeps about offers: sends that a coupon's limits stopped, and checks that twins get the same."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from assistant.store.tables.columns import RowNumber, UtcDateTime, corp_column, key, metadata

coupon_refusal = Table(
    "coupon_refusal",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    corp_column(),
    Column("coupon_id", String(64), nullable=False),
    Column("turn_id", String(64), nullable=False, doc="the turn in which the guide wanted to send it"),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("rule", String(30), nullable=False),
    Column("distance", Text, nullable=False, doc="what would have made it pass"),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_coupon_refusal_corp_id_coupon_id", "corp_id", "coupon_id", "number"),
    sqlite_autoincrement=True,
)

twin_check = Table(
    "twin_check",
    metadata,
    key("check_id"),
    corp_column(),
    Column("state", String(20), nullable=False),
    Column("begun_by", String(64), nullable=False, doc="empty when the command did it"),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, doc="the last sign of life: one that died is told as such"),
    Column("ended_at", UtcDateTime),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("pairs", Integer, nullable=False),
    Column("rules_version", String(20), nullable=False),
    Column(
        "found", JSON, nullable=False, doc="pairs that got different offers: what differed, the basket, both reasons"
    ),
    Index("ix_twin_check_corp_id_begun_at", "corp_id", "begun_at", "check_id"),
)
