"""What each key of the till's API called, how much of a redemption refunds gave back, and grants found by order.

Revision ID: 20261129_0006
Revises: 20261128_0005
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_0006"
down_revision = "20261128_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "till_call",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_till_call")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("till_call", schema=None) as batch_op:
        batch_op.create_index("ix_till_call_corp_id_at", ["corp_id", "at"], unique=False)
        batch_op.create_index("ix_till_call_corp_id_key_id_number", ["corp_id", "key_id", "number"], unique=False)
    with op.batch_alter_table("till_redemption", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_back_fen", sa.BigInteger(), server_default="0", nullable=False))
    with op.batch_alter_table("coupon_grant", schema=None) as batch_op:
        batch_op.create_index("ix_coupon_grant_corp_id_order_id", ["corp_id", "order_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("coupon_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_coupon_grant_corp_id_order_id")
    with op.batch_alter_table("till_redemption", schema=None) as batch_op:
        batch_op.drop_column("given_back_fen")
    with op.batch_alter_table("till_call", schema=None) as batch_op:
        batch_op.drop_index("ix_till_call_corp_id_key_id_number")
        batch_op.drop_index("ix_till_call_corp_id_at")
    op.drop_table("till_call")
