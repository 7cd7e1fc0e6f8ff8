"""What people do with material at the console: uploads, what they decided about a text, conflicts and corrections."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from assistant.store.tables.columns import UtcDateTime, corp_column, key, metadata

upload = Table(
    "upload",
    metadata,
    key("upload_id"),
    corp_column(),
    Column("file_name", String(200), nullable=False, doc="as the person called it; display only"),
    Column("stored_name", String(64), nullable=False, doc="our own, inside the uploads folder"),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False, doc="bytes"),
    Column("uploaded_by", String(64), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("document_id", String(64), nullable=False, doc="what became of it; empty until it is submitted"),
    Column("body", JSON, nullable=False, doc="the preview: what will be submitted is just this"),
    Index("ix_upload_corp_id_uploaded_by", "corp_id", "uploaded_by", "uploaded_at"),
)

document_standing = Table(
    "document_standing",
    metadata,
    key(),
    Column("digest", String(64), primary_key=True, doc="of title and passages: other words are another text"),
    Column("status", String(20), nullable=False, doc="empty: as its file says"),
    Column("is_dated", Boolean, nullable=False, doc="the validity below counts instead of the file's"),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

material_conflict = Table(
    "material_conflict",
    metadata,
    key("conflict_id"),
    corp_column(),
    Column("kind", String(20), nullable=False),
    Column("first", JSON, nullable=False),
    Column("second", JSON, nullable=False),
    Column("first_mark", String(64), nullable=False),
    Column("second_mark", String(64), nullable=False),
    Column("first_document", String(64), nullable=False, doc="empty for a script or a coupon"),
    Column("second_document", String(64), nullable=False),
    Column("scope_level", String(10), nullable=False, doc="of both sides"),
    Column("scope_id", String(64), nullable=False),
    Column("stores", JSON, nullable=False, doc="where both sides count, if one is for some stores only; else empty"),
    Column("status", String(20), nullable=False),
    Column("stands", Boolean, nullable=False, doc="both sides are in the material as it was last compared"),
    Column("found_at", UtcDateTime, nullable=False),
    Column("ruling", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("ruled_by", String(64), nullable=False),
    Column("ruled_at", UtcDateTime),
    Index("ix_material_conflict_corp_id_status", "corp_id", "status", "stands", "found_at"),
    Index("ix_material_conflict_corp_id_first_document", "corp_id", "first_document"),
    Index("ix_material_conflict_corp_id_second_document", "corp_id", "second_document"),
)

set_aside = Table(
    "set_aside",
    metadata,
    key(),
    Column("mark", String(64), primary_key=True, doc="of a passage that lost a ruling: it is not served"),
    Column("conflict_id", ForeignKey("material_conflict.conflict_id"), primary_key=True, index=True),
    Column("set_by", String(64), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

conflict_survey = Table(
    "conflict_survey",
    metadata,
    key(),
    Column("material_version", Integer, nullable=False),
    Column("surveyed_at", UtcDateTime, nullable=False),
)

correction = Table(
    "correction",
    metadata,
    Column("turn_id", ForeignKey("turn.turn_id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", String(64), primary_key=True, doc="the document whose change made the sent words wrong"),
    corp_column(),
    Column("sent_by", String(64), nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Index("ix_correction_corp_id_document_id", "corp_id", "document_id"),
)
