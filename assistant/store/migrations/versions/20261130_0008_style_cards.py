"""A guide's own way of writing, and her turns found by her name.

Revision ID: 20261130_0008
Revises: 20261129_0007
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0008"
down_revision = "20261129_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "style_card",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("userid_folded", sa.String(length=64), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("learned_from", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("corp_id", "userid_folded", name=op.f("pk_style_card")),
    )
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.create_index(
            "ix_turn_corp_id_guide_folded_finished_at", ["corp_id", "guide_folded", "finished_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index("ix_turn_corp_id_guide_folded_finished_at")
    op.drop_table("style_card")
