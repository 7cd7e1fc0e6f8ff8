"""Coupons granted to customers, everything that happened to them, and the counters that keep their limits.

Revision ID: 20261128_0004
Revises: 20261128_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0004"
down_revision = "20261128_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coupon_grant",
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value_fen", sa.Integer(), nullable=False),
        sa.Column("reserved_fen", sa.Integer(), nullable=False),
        sa.Column("redeemed_fen", sa.Integer(), nullable=False),
        sa.Column("refunded_fen", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reserved_fen >= 0 AND refunded_fen >= 0 AND refunded_fen <= redeemed_fen", name=op.f("ck_grant_money")
        ),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_coupon_grant")),
    )
    with op.batch_alter_table("coupon_grant", schema=None) as batch_op:
        batch_op.create_index("ix_coupon_grant_corp_id_coupon_id", ["corp_id", "coupon_id"], unique=False)
        batch_op.create_index("ix_coupon_grant_corp_id_customer_id", ["corp_id", "customer_id"], unique=False)
        batch_op.create_index(
            "ix_coupon_grant_corp_id_status_expires_at", ["corp_id", "status", "expires_at"], unique=False
        )

    op.create_table(
        "grant_event",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_grant_event")),
        sa.UniqueConstraint("corp_id", "key", name=op.f("uq_grant_event_corp_id_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("grant_event", schema=None) as batch_op:
        batch_op.create_index("ix_grant_event_corp_id_grant_id", ["corp_id", "grant_id"], unique=False)

    op.create_table(
        "coupon_tally",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("used >= 0", name=op.f("ck_coupon_tally_used")),
        sa.PrimaryKeyConstraint("corp_id", "coupon_id", "kind", "owner", "day", name=op.f("pk_coupon_tally")),
    )


def downgrade() -> None:
    op.drop_table("coupon_tally")
    with op.batch_alter_table("grant_event", schema=None) as batch_op:
        batch_op.drop_index("ix_grant_event_corp_id_grant_id")

    op.drop_table("grant_event")
    with op.batch_alter_table("coupon_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_coupon_grant_corp_id_status_expires_at")
        batch_op.drop_index("ix_coupon_grant_corp_id_customer_id")
        batch_op.drop_index("ix_coupon_grant_corp_id_coupon_id")

    op.drop_table("coupon_grant")
