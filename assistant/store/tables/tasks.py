"""Tasks from headquarters, contacts with customers, and what guides and managers are told unasked."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from assistant.store.tables.columns import RowNumber, UtcDateTime, corp_column, key, metadata

task = Table(
    "task",
    metadata,
    key("task_id"),
    corp_column(),
    Column("title", String(60), nullable=False),
    Column("purpose", Text, nullable=False, doc="what it is for, in the manager's words; only guides read it"),
    Column("segment", JSON, nullable=False),
    Column("script_id", String(64), nullable=False, doc="empty: none"),
    Column("coupon_id", String(64), nullable=False, doc="empty: whichever suits each customer"),
    Column("starts_on", Date, nullable=False, doc="in Shanghai"),
    Column("ends_on", Date, nullable=False, doc="in Shanghai, included"),
    Column("status", String(20), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("published_by", String(64), nullable=False),
    Column("published_at", UtcDateTime),
    Column("announced_at", UtcDateTime, doc="when its guides were told that it began"),
    Column("reminded_at", UtcDateTime, doc="when those with open items were told that it ends"),
    Column("stopped_by", String(64), nullable=False),
    Column("stopped_at", UtcDateTime),
    Column("left_out", JSON, nullable=False, doc="how many were left out when it was published, by reason"),
    Column("changes", Integer, nullable=False, doc="counted up by every change: who saved on an older one is told"),
    Index("ix_task_corp_id_status_ends_on", "corp_id", "status", "ends_on"),
    Index("ix_task_corp_id_made_at", "corp_id", "made_at"),
)

task_store = Table(
    "task_store",
    metadata,
    Column("task_id", ForeignKey("task.task_id"), primary_key=True),
    Column("store_id", String(64), primary_key=True),
    Index("ix_task_store_store_id", "store_id"),
)

task_item = Table(
    "task_item",
    metadata,
    Column("task_id", ForeignKey("task.task_id"), primary_key=True),
    Column("customer_id", String(64), primary_key=True),
    corp_column(),
    Column("guide_folded", String(64), nullable=False, doc="whose it was when published; who settled it, afterwards"),
    Column("store_id", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("turn_id", String(64), nullable=False, doc="the turn whose draft was sent: the proof; no foreign key"),
    Column("reason", Text, nullable=False, doc="why the guide did not write, in her words"),
    Column("settled_at", UtcDateTime),
    Index("ix_task_item_corp_id_customer_id_status", "corp_id", "customer_id", "status"),
    Index("ix_task_item_corp_id_turn_id", "corp_id", "turn_id"),
)

contact = Table(
    "contact",
    metadata,
    key(),
    Column(
        "turn_id", String(64), primary_key=True, doc="whose draft was sent; no foreign key: the cap outlives the turn"
    ),
    Column("customer_id", String(64), nullable=False),
    Column("guide_folded", String(64), nullable=False),
    Column("store_id", String(64), nullable=False),
    Column("intent", String(30), nullable=False),
    Column("task_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_contact_corp_id_customer_id_at", "corp_id", "customer_id", "at"),
)

marketing_stop = Table(
    "marketing_stop",
    metadata,
    key(),
    key("customer_id"),
    Column("stopped_at", UtcDateTime, nullable=False),
    Column("guide_folded", String(64), nullable=False, doc="who passed the customer's words on"),
    Column("turn_id", String(64), nullable=False),
)

marketing_wish = Table(
    "marketing_wish",
    metadata,
    key(),
    key("customer_id"),
    Column("turn_id", String(64), primary_key=True, doc="in which a guide passed it on; no foreign key"),
    Column("at", UtcDateTime, nullable=False),
    Column("guide_folded", String(64), nullable=False, doc="who passed the customer's words on"),
    Column("in_her_words", Boolean, nullable=False, doc="the guide passed a customer's words on, as such"),
    Column("taken_back_by", String(64), nullable=False, doc="empty: it stands"),
    Column("taken_back_at", UtcDateTime),
    Column("taken_back_why", Text, nullable=False),
    Column("moved", Boolean, nullable=False, doc="another customer had said it, and this turn's wish is hers now"),
    Index("ix_marketing_wish_corp_id_turn_id", "corp_id", "turn_id"),
)

notice = Table(
    "notice",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    corp_column(),
    Column("key", String(160), nullable=False, doc="what it is about: the same is told once"),
    Column("userid", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("message_id", String(100), nullable=False),
    Column("detail", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("corp_id", "key"),
    Index("ix_notice_state", "state"),
    # a number is a job's name for good and must not come again after a deletion
    sqlite_autoincrement=True,
)
