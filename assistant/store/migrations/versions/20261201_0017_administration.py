"""People and settings.

Revision ID: 20261201_0017
Revises: 20261201_0016
"""

revision = "20261201_0017"
down_revision = "20261201_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
