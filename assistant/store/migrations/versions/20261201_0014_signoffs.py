"""Drafts that wait for a manager.

Revision ID: 20261201_0014
Revises: 20261201_0013
"""

revision = "20261201_0014"
down_revision = "20261201_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
