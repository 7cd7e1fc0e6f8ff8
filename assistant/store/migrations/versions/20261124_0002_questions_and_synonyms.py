"""Questions that passages have answered, and the shop's own synonyms.

Revision ID: 20261124_0002
Revises: 20261122_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_0002"
down_revision = "20261122_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_question",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("passage_id", sa.String(length=64), nullable=False),
        sa.Column("passage_mark", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.String(length=64), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_asked_question_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_asked_question")),
    )
    with op.batch_alter_table("asked_question", schema=None) as batch_op:
        batch_op.create_index("ix_asked_question_corp_id_passage_id", ["corp_id", "passage_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asked_question_source_id"), ["source_id"], unique=False)

    op.create_table(
        "synonym_group",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_synonym_group_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_synonym_group")),
    )
    with op.batch_alter_table("synonym_group", schema=None) as batch_op:
        batch_op.create_index("ix_synonym_group_corp_id", ["corp_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_synonym_group_source_id"), ["source_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("synonym_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_synonym_group_source_id"))
        batch_op.drop_index("ix_synonym_group_corp_id")

    op.drop_table("synonym_group")
    with op.batch_alter_table("asked_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asked_question_source_id"))
        batch_op.drop_index("ix_asked_question_corp_id_passage_id")

    op.drop_table("asked_question")
