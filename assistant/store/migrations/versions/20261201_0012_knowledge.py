"""Material from the console.

Revision ID: 20261201_0012
Revises: 20261201_0011
"""

revision = "20261201_0012"
down_revision = "20261201_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
