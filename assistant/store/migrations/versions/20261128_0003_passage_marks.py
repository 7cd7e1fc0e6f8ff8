"""A mark of every passage's content, so that the index sees what changed without reading all texts.

Passages written before keep an empty one: the index applies them again once, and never after that.

Revision ID: 20261128_0003
Revises: 20261124_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0003"
down_revision = "20261124_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mark", sa.String(length=32), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.drop_column("mark")
