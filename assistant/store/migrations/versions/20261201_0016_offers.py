"""Trials of two wordings, sends that a coupon's limits stopped, and checks that twins get the same offer.

Revision ID: 20261201_0016
Revises: 20261201_0015
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0016"
down_revision = "20261201_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _trials()
    _offers()


def _trials() -> None:
    op.create_table(
        "experiment",
        sa.Column("experiment_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("a", sa.JSON(), nullable=False),
        sa.Column("b", sa.JSON(), nullable=False),
        sa.Column("b_revision", sa.String(length=64), nullable=False),
        sa.Column("b_proposed_by", sa.String(length=64), nullable=False),
        sa.Column("base", sa.Float(), nullable=False),
        sa.Column("effect", sa.Float(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled", sa.String(length=20), nullable=False),
        sa.Column("settled_by", sa.String(length=64), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("experiment_id", name=op.f("pk_experiment")),
    )
    op.create_index("ix_experiment_corp_id_started_at", "experiment", ["corp_id", "started_at", "experiment_id"])
    op.create_table(
        "experiment_script",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("experiment_id", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiment.experiment_id"],
            name=op.f("fk_experiment_script_experiment_id_experiment"),
        ),
        sa.PrimaryKeyConstraint("corp_id", "script_id", name=op.f("pk_experiment_script")),
    )
    op.create_index("ix_experiment_script_experiment_id", "experiment_script", ["experiment_id"])
    op.create_table(
        "experiment_answer",
        sa.Column("experiment_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("arm", sa.String(length=1), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiment.experiment_id"],
            name=op.f("fk_experiment_answer_experiment_id_experiment"),
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.turn_id"], name=op.f("fk_experiment_answer_turn_id_turn"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment_id", "turn_id", name=op.f("pk_experiment_answer")),
    )
    op.create_index("ix_experiment_answer_experiment_id_at", "experiment_answer", ["experiment_id", "at", "turn_id"])
    op.create_index("ix_experiment_answer_turn_id", "experiment_answer", ["turn_id"])


def _offers() -> None:
    op.create_table(
        "coupon_refusal",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("guide_folded", sa.String(length=64), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("distance", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_coupon_refusal")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_coupon_refusal_corp_id_coupon_id", "coupon_refusal", ["corp_id", "coupon_id", "number"])
    op.create_table(
        "twin_check",
        sa.Column("check_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("begun_by", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_twin_check")),
    )
    op.create_index("ix_twin_check_corp_id_begun_at", "twin_check", ["corp_id", "begun_at", "check_id"])


def downgrade() -> None:
    for table in ("twin_check", "coupon_refusal", "experiment_answer", "experiment_script", "experiment"):
        op.drop_table(table)
