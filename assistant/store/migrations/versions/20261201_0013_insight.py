"""What a turn comes to.

The tables are empty after this: what they hold follows from the turn records, and ``daogou migrate`` fills them in parts
once the tables are there (``summaries.fill_missing``), so that an old database is not locked for the length of it.

Revision ID: 20261201_0013
Revises: 20261201_0012
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0013"
down_revision = "20261201_0012"
branch_labels = None
depends_on = None


def _of_turn(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["turn_id"], ["turn.turn_id"], name=op.f(f"fk_{table}_turn_id_turn"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "turn_summary",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=30), nullable=False),
        sa.Column("reply_kind", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("has_gap", sa.Boolean(), nullable=False),
        sa.Column("draft_count", sa.Integer(), nullable=False),
        sa.Column("trimmed_count", sa.Integer(), nullable=False),
        sa.Column("held_count", sa.Integer(), nullable=False),
        sa.Column("cut_claims", sa.Integer(), nullable=False),
        sa.Column("first_draft_ms", sa.Integer(), nullable=True),
        sa.Column("suggests_coupon", sa.Boolean(), nullable=False),
        sa.Column("sends_coupon", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=30), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=True),
        sa.Column("edit_distance", sa.Integer(), nullable=True),
        sa.Column("edit_share", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        _of_turn("turn_summary"),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_turn_summary")),
    )
    counted = (
        *("reply_kind", "action", "refusal", "has_gap", "draft_count", "cut_claims", "edit_distance", "edit_share"),
        *("first_draft_ms", "suggests_coupon", "sends_coupon"),
    )
    op.create_index("ix_turn_summary_figures", "turn_summary", ["corp_id", "day", "store_id", "guide_folded", *counted])
    op.create_index("ix_turn_summary_corp_id_finished_at", "turn_summary", ["corp_id", "finished_at", "turn_id"])
    op.create_index("ix_turn_summary_corp_id_store_id", "turn_summary", ["corp_id", "store_id", "finished_at"])
    op.create_index("ix_turn_summary_corp_id_guide_folded", "turn_summary", ["corp_id", "guide_folded", "finished_at"])
    op.create_index("ix_turn_summary_corp_id_customer_id", "turn_summary", ["corp_id", "customer_id", "finished_at"])
    op.create_table(
        "turn_lean",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        _of_turn("turn_lean"),
        sa.PrimaryKeyConstraint("turn_id", "kind", "ref", name=op.f("pk_turn_lean")),
    )
    op.create_index(
        "ix_turn_lean_corp_id_kind_ref",
        "turn_lean",
        ["corp_id", "kind", "ref", "finished_at", "turn_id", "store_id", "action", "taken"],
    )
    op.create_index("ix_turn_lean_corp_id_kind_finished_at", "turn_lean", ["corp_id", "kind", "finished_at"])
    op.create_table(
        "turn_word",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        _of_turn("turn_word"),
        sa.PrimaryKeyConstraint("corp_id", "word", "finished_at", "turn_id", name=op.f("pk_turn_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_turn_word_turn_id", "turn_word", ["turn_id"])
    op.create_table(
        "turn_rating",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("rated_by", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("automatic", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        _of_turn("turn_rating"),
        sa.PrimaryKeyConstraint("turn_id", "rated_by", name=op.f("pk_turn_rating")),
    )
    op.create_index("ix_turn_rating_corp_id_rated_at", "turn_rating", ["corp_id", "rated_at"])
    op.create_table(
        "kept_case",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.String(length=64), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        _of_turn("kept_case"),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_kept_case")),
    )
    op.create_index("ix_kept_case_corp_id_kept_at", "kept_case", ["corp_id", "kept_at"])


def downgrade() -> None:
    for table in ("kept_case", "turn_rating", "turn_word", "turn_lean", "turn_summary"):
        op.drop_table(table)
