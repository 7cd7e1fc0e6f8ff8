"""Reviewed scripts.

Revision ID: 20261201_0011
Revises: 20261201_0010
"""

revision = "20261201_0011"
down_revision = "20261201_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
