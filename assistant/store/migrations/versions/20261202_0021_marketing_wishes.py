"""Every wish for no more advertising as it was written down, so that one for the wrong customer can be taken back.

Of those from before nobody knows whose words they were: they count as a customer's own.

Revision ID: 20261202_0021
Revises: 20261202_0020
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202_0021"
down_revision = "20261202_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "marketing_wish",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("in_her_words", sa.Boolean(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=64), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_why", sa.Text(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "customer_id", "turn_id", name=op.f("pk_marketing_wish")),
    )
    op.create_index("ix_marketing_wish_corp_id_turn_id", "marketing_wish", ["corp_id", "turn_id"])
    op.execute(
        sa.text(
            "INSERT INTO marketing_wish (corp_id, customer_id, turn_id, at, guide_folded, in_her_words,"
            " taken_back_by, taken_back_at, taken_back_why, moved)"
            " SELECT corp_id, customer_id, turn_id, stopped_at, guide_folded, :yes, '', NULL, '', :no FROM marketing_stop"
        ).bindparams(sa.bindparam("yes", True, sa.Boolean()), sa.bindparam("no", False, sa.Boolean()))
    )


def downgrade() -> None:
    op.drop_table("marketing_wish")
