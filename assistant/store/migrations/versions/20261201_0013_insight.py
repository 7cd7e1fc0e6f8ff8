"""What a turn comes to.

Revision ID: 20261201_0013
Revises: 20261201_0012
"""

revision = "20261201_0013"
down_revision = "20261201_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
