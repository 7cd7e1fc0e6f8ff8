"""What a turn comes to, kept beside its record so that lists and figures read narrow rows; and what people said of it.

Everything but ``turn_rating`` and ``kept_case`` follows from the records: ``summaries.py`` writes it, ``daogou figures
--check`` compares it with them. All of it goes when its turn goes (safety I9).
"""

from sqlalchemy import JSON, Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata


def _of_turn() -> Column[str]:
    return Column("turn_id", ForeignKey("turn.turn_id", ondelete="CASCADE"), primary_key=True)


_COUNTED = (
    *("reply_kind", "action", "refusal", "has_gap", "draft_count", "cut_claims", "edit_distance", "edit_share"),
    *("first_draft_ms", "suggests_coupon", "sends_coupon"),
)

turn_summary = Table(
    "turn_summary",
    metadata,
    _of_turn(),
    corp_column(),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False, doc="in Shanghai"),
    Column("store_id", String(64), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("intent", String(30), nullable=False),
    Column("reply_kind", String(20), nullable=False),
    Column(
        "verdict", String(20), nullable=False, doc="the guard's word on the whole turn, scoring.summing.TurnVerdict"
    ),
    Column("has_gap", Boolean, nullable=False),
    Column("draft_count", Integer, nullable=False, doc="shown to the guide"),
    Column("trimmed_count", Integer, nullable=False),
    Column("held_count", Integer, nullable=False),
    Column("cut_claims", Integer, nullable=False, doc="findings of the guard"),
    Column("first_draft_ms", Integer, doc="from the guide's last message to the drafts; none without drafts"),
    Column("suggests_coupon", Boolean, nullable=False, doc="a shown draft offers one"),
    Column("sends_coupon", Boolean, nullable=False, doc="what the guide sent offers one"),
    Column("action", String(20), nullable=False, doc="the guide's latest word, empty while she said nothing"),
    Column("action_at", UtcDateTime),
    Column("refusal", String(30), nullable=False, doc="why she refused, empty for no reason given"),
    Column("similarity", Float, doc="of the sent text and the nearest draft, 0..1"),
    Column("edit_distance", Integer, doc="characters between the draft she took and what she sent"),
    Column("edit_share", Float, doc="the same, of the longer text: 0..1"),
    Column("score", Float, doc="the rubric's mean over what was judged, 0..1"),
    # all that the figures count, in the order they count it: no row of the table itself is read for them
    Index("ix_turn_summary_figures", "corp_id", "day", "store_id", "guide_folded", *_COUNTED),
    Index("ix_turn_summary_corp_id_finished_at", "corp_id", "finished_at", "turn_id"),
    Index("ix_turn_summary_corp_id_store_id", "corp_id", "store_id", "finished_at"),
    Index("ix_turn_summary_corp_id_guide_folded", "corp_id", "guide_folded", "finished_at"),
    Index("ix_turn_summary_corp_id_customer_id", "corp_id", "customer_id", "finished_at"),
)

turn_lean = Table(
    "turn_lean",
    metadata,
    _of_turn(),
    key("kind", 20),
    Column("ref", String(200), primary_key=True, doc="the document, passage, script, coupon or SKU"),
    corp_column(),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("action", String(20), nullable=False, doc="the guide's latest word on the turn"),
    Column("taken", Boolean, nullable=False, doc="the draft she took leaned on it too"),
    Index(
        "ix_turn_lean_corp_id_kind_ref",
        *("corp_id", "kind", "ref", "finished_at", "turn_id", "store_id", "action", "taken"),
    ),
    Index("ix_turn_lean_corp_id_kind_finished_at", "corp_id", "kind", "finished_at"),
)

turn_word = Table(
    "turn_word",
    metadata,
    key(),
    Column("word", String(40), primary_key=True, doc="two neighbouring characters, or a Latin word, folded"),
    Column("finished_at", UtcDateTime, primary_key=True),
    _of_turn(),
    Column("store_id", String(64), nullable=False),
    Index("ix_turn_word_turn_id", "turn_id"),
    # the rows are nothing but their key: on SQLite this halves them
    sqlite_with_rowid=False,
)

turn_rating = Table(
    "turn_rating",
    metadata,
    _of_turn(),
    key("rated_by"),
    corp_column(),
    Column("marks", JSON, nullable=False, doc="0..1 by rubric item; an item left out was not judged"),
    Column("automatic", JSON, nullable=False, doc="the automatic marks at that moment, the same way"),
    Column("note", Text, nullable=False),
    Column("rated_at", UtcDateTime, nullable=False),
    Column("changes", Integer, nullable=False, doc="how often it was saved"),
    Index("ix_turn_rating_corp_id_rated_at", "corp_id", "rated_at"),
)

kept_case = Table(
    "kept_case",
    metadata,
    _of_turn(),
    corp_column(),
    Column("reason", Text, nullable=False),
    Column("kept_by", String(64), nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    Index("ix_kept_case_corp_id_kept_at", "corp_id", "kept_at"),
)
