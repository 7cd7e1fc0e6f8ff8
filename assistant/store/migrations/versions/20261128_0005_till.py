"""What a till tells: events, orders, redemptions, refunds, stock and points; keys and answers of its API.

Revision ID: 20261128_0005
Revises: 20261128_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0005"
down_revision = "20261128_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "points_entry",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("refund_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "entry_id", name=op.f("pk_points_entry")),
    )
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.create_index("ix_points_entry_corp_id_order_id", ["corp_id", "order_id"], unique=False)
        batch_op.create_index("ix_points_entry_corp_id_side_owner", ["corp_id", "side", "owner"], unique=False)

    op.create_table(
        "till_answer",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "key_id", "idempotency_key", name=op.f("pk_till_answer")),
    )
    with op.batch_alter_table("till_answer", schema=None) as batch_op:
        batch_op.create_index("ix_till_answer_corp_id_at", ["corp_id", "at"], unique=False)

    op.create_table(
        "till_event",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("fact_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "event_id", name=op.f("pk_till_event")),
    )
    with op.batch_alter_table("till_event", schema=None) as batch_op:
        batch_op.create_index("ix_till_event_corp_id_grant_id", ["corp_id", "grant_id"], unique=False)
        batch_op.create_index("ix_till_event_corp_id_kind_fact_id", ["corp_id", "kind", "fact_id"], unique=False)
        batch_op.create_index("ix_till_event_corp_id_order_id", ["corp_id", "order_id"], unique=False)

    op.create_table(
        "till_grant_use",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "grant_id", name=op.f("pk_till_grant_use")),
    )
    op.create_table(
        "till_order",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_area", sa.String(length=50), nullable=False),
        sa.Column("guide", sa.String(length=64), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "order_id", name=op.f("pk_till_order")),
    )
    with op.batch_alter_table("till_order", schema=None) as batch_op:
        batch_op.create_index("ix_till_order_corp_id_customer_id", ["corp_id", "customer_id"], unique=False)

    op.create_table(
        "till_order_line",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "order_id", "line", name=op.f("pk_till_order_line")),
    )
    op.create_table(
        "till_redemption",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("redemption_id", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "redemption_id", name=op.f("pk_till_redemption")),
    )
    with op.batch_alter_table("till_redemption", schema=None) as batch_op:
        batch_op.create_index("ix_till_redemption_corp_id_order_id", ["corp_id", "order_id"], unique=False)
        batch_op.create_index("ix_till_redemption_corp_id_state", ["corp_id", "state"], unique=False)

    op.create_table(
        "till_refund",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("refund_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("claimed_quantity", sa.Integer(), nullable=False),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "refund_id", "line", name=op.f("pk_till_refund")),
    )
    with op.batch_alter_table("till_refund", schema=None) as batch_op:
        batch_op.create_index("ix_till_refund_corp_id_order_id", ["corp_id", "order_id"], unique=False)

    op.create_table(
        "till_stock",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "store_id", "sku", name=op.f("pk_till_stock")),
    )
    op.create_table(
        "webhook_outbox",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "event_id", name=op.f("pk_webhook_outbox")),
    )
    with op.batch_alter_table("webhook_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_outbox_corp_id_state_due_at", ["corp_id", "state", "due_at"], unique=False)

    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.create_index(
            "ix_turn_corp_id_customer_id_finished_at", ["corp_id", "customer_id", "finished_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index("ix_turn_corp_id_customer_id_finished_at")

    with op.batch_alter_table("webhook_outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_webhook_outbox_corp_id_state_due_at")

    op.drop_table("webhook_outbox")
    op.drop_table("till_stock")
    with op.batch_alter_table("till_refund", schema=None) as batch_op:
        batch_op.drop_index("ix_till_refund_corp_id_order_id")

    op.drop_table("till_refund")
    with op.batch_alter_table("till_redemption", schema=None) as batch_op:
        batch_op.drop_index("ix_till_redemption_corp_id_state")
        batch_op.drop_index("ix_till_redemption_corp_id_order_id")

    op.drop_table("till_redemption")
    op.drop_table("till_order_line")
    with op.batch_alter_table("till_order", schema=None) as batch_op:
        batch_op.drop_index("ix_till_order_corp_id_customer_id")

    op.drop_table("till_order")
    op.drop_table("till_grant_use")
    with op.batch_alter_table("till_event", schema=None) as batch_op:
        batch_op.drop_index("ix_till_event_corp_id_order_id")
        batch_op.drop_index("ix_till_event_corp_id_kind_fact_id")
        batch_op.drop_index("ix_till_event_corp_id_grant_id")

    op.drop_table("till_event")
    with op.batch_alter_table("till_answer", schema=None) as batch_op:
        batch_op.drop_index("ix_till_answer_corp_id_at")

    op.drop_table("till_answer")
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_points_entry_corp_id_side_owner")
        batch_op.drop_index("ix_points_entry_corp_id_order_id")

    op.drop_table("points_entry")
    op.drop_table("api_key")
