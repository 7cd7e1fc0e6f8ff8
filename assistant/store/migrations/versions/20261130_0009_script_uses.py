"""How often each approved script was taken, reworked or refused.

Revision ID: 20261130_0009
Revises: 20261130_0008
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0009"
down_revision = "20261130_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "script_use",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("edited", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "script_id", name=op.f("pk_script_use")),
    )


def downgrade() -> None:
    op.drop_table("script_use")
