"""Coupons from the console.

Revision ID: 20261201_0016
Revises: 20261201_0015
"""

revision = "20261201_0016"
down_revision = "20261201_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
