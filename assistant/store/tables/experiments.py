"""Two ways of saying something, tried beside each other: the comparison, the scripts it holds, and every answer."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

experiment = Table(
    "experiment",
    metadata,
    key("experiment_id"),
    corp_column(),
    Column("a", JSON, nullable=False, doc="the script as it was served when the trial began"),
    Column("b", JSON, nullable=False, doc="the other version of it, or the other script"),
    Column("b_revision", String(64), nullable=False, doc="the version b was read from; empty for a served script"),
    Column("b_proposed_by", String(64), nullable=False, doc="whoever wrote b does not start the trial nor publish it"),
    Column("base", Float, nullable=False, doc="share taken as it stood before the trial"),
    Column("effect", Float, nullable=False, doc="the smallest difference worth having, as a share"),
    Column("planned", Integer, nullable=False, doc="answers a side"),
    Column("started_by", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("ended_by", String(64), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("note", Text, nullable=False, doc="why it was stopped early"),
    Column("settled", String(20), nullable=False, doc="which side was put into use afterwards; empty for none"),
    Column("settled_by", String(64), nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_experiment_corp_id_started_at", "corp_id", "started_at", "experiment_id"),
)

experiment_script = Table(
    "experiment_script",
    metadata,
    key(),
    key("script_id"),
    Column("experiment_id", ForeignKey("experiment.experiment_id"), nullable=False, index=True),
    Column("until", UtcDateTime, nullable=False, doc="from then on another trial may take the script"),
)

experiment_answer = Table(
    "experiment_answer",
    metadata,
    Column("experiment_id", ForeignKey("experiment.experiment_id"), primary_key=True),
    Column("turn_id", ForeignKey("turn.turn_id", ondelete="CASCADE"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("unit", String(32), nullable=False, doc="digest of the customer, or of the guide where none was meant"),
    Column("arm", String(1), nullable=False),
    Column("outcome", String(20), nullable=False, doc="the guide's first word on the turn"),
    Column("store_id", String(64), nullable=False),
    Index("ix_experiment_answer_experiment_id_at", "experiment_id", "at", "turn_id"),
    Index("ix_experiment_answer_turn_id", "turn_id"),
)
