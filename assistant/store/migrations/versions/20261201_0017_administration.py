"""People and settings: rulings on people, ways of logging in, who was forgotten, days of clearing.

Revision ID: 20261201_0017
Revises: 20261201_0016
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0017"
down_revision = "20261201_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_ruling",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("userid_folded", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "userid_folded", name=op.f("pk_person_ruling")),
    )
    op.create_table(
        "spent_state",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_state")),
    )
    op.create_index(op.f("ix_spent_state_spent_at"), "spent_state", ["spent_at"])
    op.create_table(
        "forgotten",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("key_mark", sa.String(length=16), nullable=False),
        sa.Column("receipt_number", sa.String(length=30), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "mark", name=op.f("pk_forgotten")),
    )
    op.create_index("ix_forgotten_corp_id_receipt_number", "forgotten", ["corp_id", "receipt_number"])
    op.create_table(
        "receipt",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "number", name=op.f("pk_receipt")),
    )
    op.create_table(
        "retention_day",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "day", name=op.f("pk_retention_day")),
    )
    with op.batch_alter_table("used_login") as batch_op:
        batch_op.add_column(sa.Column("way", sa.String(length=20), server_default="link", nullable=False))
        batch_op.create_index("ix_used_login_corp_id_userid_folded", ["corp_id", "userid_folded", "began_at"])
    with op.batch_alter_table("turn") as batch_op:
        batch_op.add_column(sa.Column("cleared", sa.String(length=10), server_default="", nullable=False))
    op.create_index("ix_audit_entry_corp_id_action", "audit_entry", ["corp_id", "action", "number"])
    op.create_index("ix_audit_entry_corp_id_at", "audit_entry", ["corp_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_corp_id_at", "audit_entry")
    op.drop_index("ix_audit_entry_corp_id_action", "audit_entry")
    with op.batch_alter_table("turn") as batch_op:
        batch_op.drop_column("cleared")
    with op.batch_alter_table("used_login") as batch_op:
        batch_op.drop_index("ix_used_login_corp_id_userid_folded")
        batch_op.drop_column("way")
    for table in ("retention_day", "receipt", "forgotten", "spent_state", "person_ruling"):
        op.drop_table(table)
