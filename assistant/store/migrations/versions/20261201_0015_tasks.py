"""Tasks from headquarters, the log of contacts, and notices to guides and managers.

Revision ID: 20261201_0015
Revises: 20261201_0014
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0015"
down_revision = "20261201_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("segment", sa.JSON(), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_corp_id_status_ends_on", "task", ["corp_id", "status", "ends_on"])
    op.create_index("ix_task_corp_id_made_at", "task", ["corp_id", "made_at"])
    op.create_table(
        "task_store",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.task_id"], name=op.f("fk_task_store_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", "store_id", name=op.f("pk_task_store")),
    )
    op.create_index("ix_task_store_store_id", "task_store", ["store_id"])
    op.create_table(
        "task_item",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.task_id"], name=op.f("fk_task_item_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", "customer_id", name=op.f("pk_task_item")),
    )
    op.create_index("ix_task_item_corp_id_customer_id_status", "task_item", ["corp_id", "customer_id", "status"])
    op.create_index("ix_task_item_corp_id_turn_id", "task_item", ["corp_id", "turn_id"])
    op.create_table(
        "contact",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=30), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "turn_id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_corp_id_customer_id_at", "contact", ["corp_id", "customer_id", "at"])
    op.create_table(
        "marketing_stop",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "customer_id", name=op.f("pk_marketing_stop")),
    )
    op.create_table(
        "notice",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("userid", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=100), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notice")),
        sa.UniqueConstraint("corp_id", "key", name=op.f("uq_notice_corp_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_state", "notice", ["state"])


def downgrade() -> None:
    for name in ("notice", "marketing_stop", "contact", "task_item", "task_store", "task"):
        op.drop_table(name)
