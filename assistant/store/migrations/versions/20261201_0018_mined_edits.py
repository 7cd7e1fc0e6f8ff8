"""Edits that were looked through for scripts.

Revision ID: 20261201_0018
Revises: 20261201_0017
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0018"
down_revision = "20261201_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mined_edit",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("cluster", sa.String(length=32), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("scene", sa.String(length=20), nullable=False),
        sa.Column("manner", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("changed", sa.String(length=100), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("obstacle", sa.String(length=100), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.turn_id"], name=op.f("fk_mined_edit_turn_id_turn"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_mined_edit")),
    )
    op.create_index("ix_mined_edit_corp_id_cluster", "mined_edit", ["corp_id", "cluster"])
    op.create_index("ix_mined_edit_corp_id_revision_id", "mined_edit", ["corp_id", "revision_id"])
    op.create_index("ix_mined_edit_corp_id_script_id", "mined_edit", ["corp_id", "script_id"])


def downgrade() -> None:
    op.drop_table("mined_edit")
