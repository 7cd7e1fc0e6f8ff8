"""Notices know when they were made, so that they grow old; those from before begin to when this runs.

Revision ID: 20261202_0020
Revises: 20261201_0019
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261202_0020"
down_revision = "20261201_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    now = datetime.now(UTC)
    if op.get_bind().dialect.name == "sqlite":
        # SQLite forgets the zone
        now = now.replace(tzinfo=None)
    made_at = sa.table("notice", sa.column("made_at", sa.DateTime(timezone=True)))
    op.execute(made_at.update().values(made_at=now))
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("made_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        notice.create_index(op.f("ix_notice_made_at"), ["made_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("notice") as notice:
        notice.drop_index(op.f("ix_notice_made_at"))
        notice.drop_column("made_at")
