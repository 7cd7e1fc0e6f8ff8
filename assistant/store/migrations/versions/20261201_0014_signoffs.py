"""Drafts that wait for a manager.

Revision ID: 20261201_0014
Revises: 20261201_0013
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0014"
down_revision = "20261201_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signoff",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("signed", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.turn_id"], name=op.f("fk_signoff_turn_id_turn"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_signoff")),
    )
    op.create_index("ix_signoff_conversation_id_decided_at", "signoff", ["conversation_id", "decided_at"])
    op.create_index("ix_signoff_corp_id_decided_at", "signoff", ["corp_id", "decided_at"])
    op.create_index("ix_signoff_corp_id_status_asked_at", "signoff", ["corp_id", "status", "asked_at"])


def downgrade() -> None:
    op.drop_table("signoff")
