"""In which stores both sides of a conflict count, where a script or a coupon is for some dealers' stores only.

Everything is compared anew, so that what was found before learns it.

Revision ID: 20261202_0022
Revises: 20261202_0021
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202_0022"
down_revision = "20261202_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("material_conflict") as table:
        table.add_column(sa.Column("stores", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    with op.batch_alter_table("material_conflict") as table:
        table.alter_column("stores", server_default=None)
    op.execute("UPDATE conflict_survey SET material_version = 0")


def downgrade() -> None:
    with op.batch_alter_table("material_conflict") as table:
        table.drop_column("stores")
