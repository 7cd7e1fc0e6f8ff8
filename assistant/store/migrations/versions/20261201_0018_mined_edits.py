"""Edits that were looked through for scripts.

Revision ID: 20261201_0018
Revises: 20261201_0017
"""

revision = "20261201_0018"
down_revision = "20261201_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
