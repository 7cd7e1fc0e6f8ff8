"""Material from the console: uploads, decisions about a text, conflicts, corrections.

Revision ID: 20261201_0012
Revises: 20261201_0011
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0012"
down_revision = "20261201_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("uploaded_by", sa.String(length=64), server_default="", nullable=False))
    op.add_column("document", sa.Column("changes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("document", sa.Column("changed_by", sa.String(length=64), server_default="", nullable=False))
    op.add_column("document", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("passage", sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "upload",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("stored_name", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_upload")),
    )
    op.create_index("ix_upload_corp_id_uploaded_by", "upload", ["corp_id", "uploaded_by", "uploaded_at"])
    op.create_table(
        "document_standing",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("is_dated", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", "digest", name=op.f("pk_document_standing")),
    )
    _conflicts()
    op.create_table(
        "correction",
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turn.turn_id"], name=op.f("fk_correction_turn_id_turn"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", "document_id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_corp_id_document_id", "correction", ["corp_id", "document_id"])


def _conflicts() -> None:
    op.create_table(
        "material_conflict",
        sa.Column("conflict_id", sa.String(length=64), nullable=False),
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("second", sa.JSON(), nullable=False),
        sa.Column("first_mark", sa.String(length=64), nullable=False),
        sa.Column("second_mark", sa.String(length=64), nullable=False),
        sa.Column("first_document", sa.String(length=64), nullable=False),
        sa.Column("second_document", sa.String(length=64), nullable=False),
        sa.Column("scope_level", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ruling", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ruled_by", sa.String(length=64), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("conflict_id", name=op.f("pk_material_conflict")),
    )
    op.create_index(
        "ix_material_conflict_corp_id_status", "material_conflict", ["corp_id", "status", "stands", "found_at"]
    )
    for side in ("first_document", "second_document"):
        op.create_index(f"ix_material_conflict_corp_id_{side}", "material_conflict", ["corp_id", side])
    op.create_table(
        "set_aside",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("conflict_id", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conflict_id"],
            ["material_conflict.conflict_id"],
            name=op.f("fk_set_aside_conflict_id_material_conflict"),
        ),
        sa.PrimaryKeyConstraint("corp_id", "mark", "conflict_id", name=op.f("pk_set_aside")),
    )
    op.create_index(op.f("ix_set_aside_conflict_id"), "set_aside", ["conflict_id"])
    op.create_table(
        "conflict_survey",
        sa.Column("corp_id", sa.String(length=64), nullable=False),
        sa.Column("material_version", sa.Integer(), nullable=False),
        sa.Column("surveyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corp_id", name=op.f("pk_conflict_survey")),
    )


def downgrade() -> None:
    op.drop_table("correction")
    op.drop_table("conflict_survey")
    op.drop_table("set_aside")
    op.drop_table("material_conflict")
    op.drop_table("document_standing")
    op.drop_table("upload")
    # not in a batch: on SQLite that makes the table anew, and dropping the old one would take its passages with it
    op.drop_column("passage", "number")
    for name in ("note", "changed_at", "changed_by", "changes", "uploaded_by"):
        op.drop_column("document", name)
