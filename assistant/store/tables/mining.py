"""What was read out of a guide's edit, once: why she changed the draft, and the template her words make.

The texts themselves stay in ``suggestion``; a row goes when its turn goes (safety I9).
"""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, metadata

mined_edit = Table(
    "mined_edit",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id", ondelete="CASCADE"), primary_key=True),
    corp_column(),
    Column("cluster", String(32), nullable=False, doc="a mark of script, stage, manner, cause and what was changed"),
    Column("script_id", String(64), nullable=False, doc="the script that carried the draft, empty for none"),
    Column("stage", String(20), nullable=False),
    Column("scene", String(20), nullable=False),
    Column("manner", String(20), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("changed", String(100), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("template", Text, nullable=False, doc="empty where somebody has to write it"),
    Column("obstacle", String(100), nullable=False, doc="why there is no template"),
    Column("edited_at", UtcDateTime, nullable=False),
    Column("revision_id", String(64), nullable=False, doc="the suggestion it stands behind, empty while observed"),
    Index("ix_mined_edit_corp_id_cluster", "corp_id", "cluster"),
    Index("ix_mined_edit_corp_id_revision_id", "corp_id", "revision_id"),
    Index("ix_mined_edit_corp_id_script_id", "corp_id", "script_id"),
)
