"""Gaps in topics: what each is worth, the words they are found by, what was decided about them.

Gaps from before stand without a topic; the service sorts them in when it runs.

Revision ID: 20261201_0019
Revises: 20261201_0018
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0019"
down_revision = "20261201_0018"
branch_labels = None
depends_on = None

_NEW = ("topic_id", "guide_folded", "store_id", "skus", "basket_fen", "despite", "answer", "settled_at")


def upgrade() -> None:
    op.create_table(
        "gap_topic",
        sa.Column("topic_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_gap_topic")),
    )
    with op.batch_alter_table("gap") as gap:
        gap.add_column(sa.Column("topic_id", sa.String(length=64), nullable=True))
        gap.add_column(sa.Column("guide_folded", sa.String(length=64), server_default="", nullable=False))
        gap.add_column(sa.Column("store_id", sa.String(length=64), server_default="", nullable=False))
        gap.add_column(sa.Column("skus", sa.JSON(), server_default="[]", nullable=False))
        gap.add_column(sa.Column("basket_fen", sa.BigInteger(), server_default="0", nullable=False))
        gap.add_column(sa.Column("despite", sa.String(length=64), server_default="", nullable=False))
        gap.add_column(sa.Column("answer", sa.String(length=64), server_default="", nullable=False))
        gap.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        gap.create_foreign_key(op.f("fk_gap_topic_id_gap_topic"), "gap_topic", ["topic_id"], ["topic_id"])
        gap.create_index("ix_gap_corp_id_status_topic_id", ["corp_id", "status", "topic_id"])
        gap.create_index("ix_gap_topic_id_asked_at", ["topic_id", "asked_at"])
    for name in ("guide_folded", "store_id"):
        op.execute(f"UPDATE gap SET {name} = (SELECT turn.{name} FROM turn WHERE turn.turn_id = gap.turn_id)")
    op.create_table(
        "gap_word",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["gap.turn_id"], name=op.f("fk_gap_word_turn_id_gap"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("corp_id", "word", "turn_id", name=op.f("pk_gap_word")),
    )
    op.create_index(op.f("ix_gap_word_turn_id"), "gap_word", ["turn_id"])
    op.create_table(
        "gap_ruling",
        sa.Column("ruling_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("topic_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope_level", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ruled_by", sa.String(length=64), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["topic_id"], ["gap_topic.topic_id"], name=op.f("fk_gap_ruling_topic_id_gap_topic")),
        sa.PrimaryKeyConstraint("ruling_id", name=op.f("pk_gap_ruling")),
    )
    op.create_index(op.f("ix_gap_ruling_topic_id"), "gap_ruling", ["topic_id"])
    op.create_index("ix_gap_ruling_corp_id_document_id", "gap_ruling", ["corp_id", "document_id"])


def downgrade() -> None:
    op.drop_table("gap_ruling")
    op.drop_table("gap_word")
    with op.batch_alter_table("gap") as gap:
        gap.drop_index("ix_gap_topic_id_asked_at")
        gap.drop_index("ix_gap_corp_id_status_topic_id")
        gap.drop_constraint(op.f("fk_gap_topic_id_gap_topic"), type_="foreignkey")
        for name in reversed(_NEW):
            gap.drop_column(name)
    op.drop_table("gap_topic")
