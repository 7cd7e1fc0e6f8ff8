"""Uploads: kept as previews for the person who made them, then submitted as documents that wait for another person."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from assistant.errors import NotFound
from assistant.store import material, questions
from assistant.store.material import DocumentToStore
from assistant.store.questions import QuestionOrigin
from assistant.store.tables import document, upload
from assistant.uploaded import Preview, Stored, UploadState
from knowledge.passage import DocumentStatus

ROOT = "console"
"""The root of sources that came in at the console: no folder is ever read under it."""

_UNSEEN = "看不见的内容不会被引用；确实要用，请改成看得见的正文再上传"


class Upload(NamedTuple):
    """An upload with what it would become. ``document_id`` is empty until it is submitted."""

    upload_id: str
    file_name: str
    stored_name: str
    sha256: str
    size: int
    uploaded_by: str
    uploaded_at: datetime
    state: UploadState
    document_id: str
    preview: Preview


@dataclass(frozen=True)
class _Finding:
    """A finding as ``ingest.report.Reported`` keeps it beside a folder's file."""

    file: str
    place: str
    field: str
    reason: str
    remedy: str
    is_error: bool
    is_hidden: bool


def add(
    tx: Connection, corp_id: str, upload_id: str, stored: Stored, preview: Preview, *, by: str, moment: datetime
) -> None:
    """Keep a preview."""
    tx.execute(
        insert(upload).values(
            upload_id=upload_id,
            corp_id=corp_id,
            file_name=stored.shown,
            stored_name=stored.name,
            sha256=stored.sha256,
            size=stored.size,
            uploaded_by=by.lower(),
            uploaded_at=moment,
            state=UploadState.PREVIEW.value,
            document_id="",
            body=preview.model_dump(mode="json"),
        )
    )


def own(tx: Connection, corp_id: str, userid: str, upload_id: str) -> Upload:
    """A person's own upload; raises NotFound for a missing one and for another person's."""
    row = tx.execute(
        select(upload).where(
            upload.c.corp_id == corp_id, upload.c.upload_id == upload_id, upload.c.uploaded_by == userid.lower()
        )
    ).one_or_none()
    if row is None:
        raise NotFound(upload_id)
    return _as_upload(row)


class Unsubmitted(NamedTuple):
    """A preview that waits for its own person."""

    upload_id: str
    file_name: str
    uploaded_at: datetime


def unsubmitted(tx: Connection, corp_id: str, userid: str, limit: int) -> tuple[Unsubmitted, ...]:
    """A person's previews that she has not submitted, newest first."""
    rows = tx.execute(
        select(upload.c.upload_id, upload.c.file_name, upload.c.uploaded_at)
        .where(
            upload.c.corp_id == corp_id,
            upload.c.uploaded_by == userid.lower(),
            upload.c.state == UploadState.PREVIEW.value,
        )
        .order_by(upload.c.uploaded_at.desc())
        .limit(limit)
    )
    return tuple(Unsubmitted(*row) for row in rows)


def submit(tx: Connection, corp_id: str, one: Upload, moment: datetime) -> str | None:
    """Make the document that was previewed, as a draft; returns its id, or None when it was submitted or dropped."""
    preview = one.preview
    document_id = preview.passages[0].document_id
    if not _end(tx, one, UploadState.SUBMITTED, document_id):
        return None
    source = material.replace_source(tx, corp_id, f"{ROOT}:{one.upload_id}", one.file_name, one.sha256, moment)
    material.keep_report(tx, source.source_id, _report(one))
    material.add_document(
        tx,
        corp_id,
        source.source_id,
        DocumentToStore(
            document_id,
            preview.title,
            preview.kind,
            preview.scope,
            preview.version,
            DocumentStatus.DRAFT,
            preview.valid_from,
            preview.valid_to,
            preview.passages,
            one.uploaded_by,
        ),
    )
    written = QuestionOrigin.WRITTEN
    for passage in preview.passages:
        if asked := preview.questions.get(passage.id):
            questions.attach(tx, corp_id, passage, asked, written, moment, source_id=source.source_id)
    return document_id


def drop(tx: Connection, one: Upload) -> bool:
    """Give a preview up; False when it was submitted meanwhile."""
    return _end(tx, one, UploadState.DROPPED, "")


def forget_unused(tx: Connection, corp_id: str, before: datetime) -> tuple[str, ...]:
    """Forget uploads nobody submitted since a moment, and those sent back or withdrawn before it.

    Returns the names of their files. What became a document stays one, also when that is withdrawn.
    """
    theirs = document.c.document_id == upload.c.document_id
    withdrawn = and_(document.c.status == DocumentStatus.WITHDRAWN.value, document.c.changed_at < before)
    unused = or_(
        and_(upload.c.state != UploadState.SUBMITTED.value, upload.c.uploaded_at < before),
        select(document.c.document_id).where(theirs, withdrawn).exists(),
    )
    rows = tx.execute(select(upload.c.upload_id, upload.c.stored_name).where(upload.c.corp_id == corp_id, unused)).all()
    tx.execute(delete(upload).where(upload.c.upload_id.in_([row.upload_id for row in rows])))
    return tuple(row.stored_name for row in rows)


def stored_names(tx: Connection) -> frozenset[str]:
    """The names of every file that an upload stands for, of whichever corp: the folder is one."""
    return frozenset(tx.execute(select(upload.c.stored_name)).scalars())


def take_next_version(tx: Connection, corp_id: str, document_id: str, version: int) -> None:
    """Number a document that is about to be published, after others that were meanwhile."""
    tx.execute(
        update(document)
        .where(document.c.corp_id == corp_id, document.c.document_id == document_id)
        .values(version=version)
    )


def _end(tx: Connection, one: Upload, state: UploadState, document_id: str) -> bool:
    ended = tx.execute(
        update(upload)
        .where(upload.c.upload_id == one.upload_id, upload.c.state == UploadState.PREVIEW.value)
        .values(state=state.value, document_id=document_id)
    )
    return ended.rowcount == 1


def _report(one: Upload) -> list[dict[str, Any]]:
    told = [
        _Finding(one.file_name, trouble.place, "", trouble.reason, trouble.remedy, trouble.is_error, False)
        for trouble in one.preview.troubles
    ]
    unseen = [_Finding(one.file_name, "", "", words, _UNSEEN, False, True) for words in one.preview.hidden]
    return [asdict(finding) for finding in (*told, *unseen)]


def _as_upload(row: Row[Any]) -> Upload:
    return Upload(
        row.upload_id,
        row.file_name,
        row.stored_name,
        row.sha256,
        row.size,
        row.uploaded_by,
        row.uploaded_at,
        UploadState(row.state),
        row.document_id,
        Preview.model_validate_json(json.dumps(row.body)),
    )
