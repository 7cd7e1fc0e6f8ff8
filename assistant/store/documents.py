"""Documents at the console: who sees which, how they are reviewed, and what people decided about their words.

A file of the shop that is read again writes its documents anew. What people decided about one is therefore kept beside
it, by a digest of its words: the same words stay withdrawn, other words count as a new text.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, insert, or_, select, true, update

from assistant.errors import NotFound
from assistant.shop import Store
from assistant.store import material
from assistant.store.console.scope import Stores
from assistant.store.material import DocumentToStore
from assistant.store.revisions import Decided
from assistant.store.tables import document, document_standing, passage, person, set_aside, source
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel

_NO_LETTERS = re.compile(r"[\W_]+")


ENDS_SOON = timedelta(days=14)


class Sight(NamedTuple):
    """Which documents somebody may see: those that reach her stores, those she decides on, those she uploaded.

    ``stores`` None is every store; ``reached`` are the regions of her stores, ``whole`` those of which she has them all;
    ``dealers`` own her stores.
    """

    userid: str
    stores: Stores
    reached: frozenset[str]
    whole: frozenset[str]
    dealers: frozenset[str] = frozenset()

    def covers(self, scope: Scope) -> bool:
        """Say whether she answers for everybody whom this scope reaches, so that she may decide about it."""
        if self.stores is None:
            return True
        if scope.level is ScopeLevel.REGION:
            return scope.id in self.whole
        return scope.level is ScopeLevel.STORE and scope.id in self.stores

    def sees(self, scope: Scope, dealers: Collection[str] = ()) -> bool:
        """Say whether a published text of this scope, for these dealers' stores if any are named, is served in hers."""
        if self.stores is None:
            return True
        if dealers and self.dealers.isdisjoint(dealers):
            return False
        if scope.level is ScopeLevel.BRAND:
            return bool(self.stores)
        return scope.id in (self.reached if scope.level is ScopeLevel.REGION else self.stores)


class DocumentFilter(NamedTuple):
    """What a list is narrowed to; empty does not restrict. ``words`` are looked for in titles.

    ``ending_before``: published ones whose own last day comes before that moment and is not over yet, see ``ends_soon``.
    """

    words: str = ""
    kind: str = ""
    status: str = ""
    scope_level: str = ""
    ending_before: datetime | None = None


class DocumentLine(NamedTuple):
    """A document as a list shows it. ``ends_at`` is when it stops counting, for its own date or a newer version."""

    document_id: str
    source_id: str
    title: str
    kind: DocumentKind
    scope: Scope
    version: int
    status: DocumentStatus
    valid_from: datetime | None
    valid_to: datetime | None
    superseded_at: datetime | None
    file_name: str
    uploaded_by: str
    uploader: str
    added_at: datetime
    passages: int
    problems: int
    changes: int
    changed_by: str
    changed_at: datetime | None
    note: str

    @property
    def is_uploaded(self) -> bool:
        """Say whether it came in at the console, not from a folder."""
        return bool(self.uploaded_by)


class NumberedPassage(NamedTuple):
    """A passage of a document with its place in it; ``is_set_aside`` when it lost a ruling and is not served."""

    number: int
    passage: Passage
    is_set_aside: bool


def sight(tx: Connection, corp_id: str, stores: Stores, userid: str) -> Sight:
    """Work out what a person may see from the stores she answers for."""
    every: tuple[Store, ...] = () if stores is None else material.stores(tx, corp_id)
    mine = stores or frozenset()
    reached = frozenset(one.region_id for one in every if one.store_id in mine)
    others = frozenset(one.region_id for one in every if one.store_id not in mine)
    dealers = frozenset(one.dealer for one in every if one.store_id in mine and one.dealer)
    return Sight(userid.lower(), stores, reached, reached - others, dealers)


# ---- reading -----------------------------------------------------------------------------------


def document_lines(
    tx: Connection, corp_id: str, who: Sight, wanted: DocumentFilter, *, before: str, limit: int
) -> tuple[DocumentLine, ...]:
    """Documents she may see, the newest first, from a place in the list; raises NotFound for an unknown ``before``."""
    query = _lines(corp_id, who)
    if wanted.words:
        query = query.where(document.c.title.contains(wanted.words, autoescape=True))
    for column, value in (
        (document.c.kind, wanted.kind),
        (document.c.status, wanted.status),
        (document.c.scope_level, wanted.scope_level),
    ):
        if value:
            query = query.where(column == value)
    if wanted.ending_before is not None:
        query = query.where(*ends_soon(wanted.ending_before))
    if before:
        place = one_document(tx, corp_id, who, before)
        same_moment = and_(source.c.ingested_at == place.added_at, document.c.document_id < before)
        query = query.where(or_(source.c.ingested_at < place.added_at, same_moment))
    newest = query.order_by(source.c.ingested_at.desc(), document.c.document_id.desc()).limit(limit)
    rows = tx.execute(newest).all()
    counted = _passages_of(tx, [row.document_id for row in rows])
    return tuple(_as_line(row, counted.get(row.document_id, 0)) for row in rows)


def ends_soon(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Published documents whose last day lies in the ``ENDS_SOON`` before this moment, as conditions on ``document``."""
    return (
        document.c.status == DocumentStatus.PUBLISHED.value,
        document.c.superseded_at.is_(None),
        document.c.valid_to.between(before - ENDS_SOON, before),
    )


def waiting(tx: Connection, corp_id: str, who: Sight) -> int:
    """How many documents wait for a decision that is hers."""
    query = select(func.count()).select_from(document).where(document.c.corp_id == corp_id, decided_by(who))
    undecided = document.c.status.in_([DocumentStatus.DRAFT.value, DocumentStatus.REVIEWED.value])
    return tx.execute(query.where(undecided, document.c.uploaded_by != who.userid)).scalar_one()


def waiting_for_review(tx: Connection, corp_id: str) -> tuple[str, ...]:
    """Every document that nobody has published or refused yet."""
    undecided = [DocumentStatus.DRAFT.value, DocumentStatus.REVIEWED.value]
    query = select(document.c.document_id).where(document.c.corp_id == corp_id, document.c.status.in_(undecided))
    return tuple(tx.execute(query.order_by(document.c.document_id)).scalars())


class OtherVersion(NamedTuple):
    """Another version of the same document."""

    document_id: str
    version: int


def earlier_version(tx: Connection, corp_id: str, line: DocumentLine) -> OtherVersion | None:
    """The published version of the same title, kind and scope that this one takes over from, the newest of them."""
    row = tx.execute(
        select(document.c.document_id, document.c.version)
        .where(
            document.c.corp_id == corp_id,
            document.c.title == line.title,
            document.c.kind == line.kind.value,
            document.c.scope_level == line.scope.level.value,
            document.c.scope_id == line.scope.id,
            document.c.status == DocumentStatus.PUBLISHED.value,
            document.c.version < line.version,
        )
        .order_by(document.c.version.desc())
        .limit(1)
    ).one_or_none()
    return OtherVersion(row.document_id, row.version) if row is not None else None


def one_document(tx: Connection, corp_id: str, who: Sight, document_id: str) -> DocumentLine:
    """One document; raises NotFound when it is missing or not for her eyes."""
    row = tx.execute(_lines(corp_id, who).where(document.c.document_id == document_id)).one_or_none()
    if row is None:
        raise NotFound(document_id)
    return _as_line(row, _passages_of(tx, [document_id]).get(document_id, 0))


def passages_of_document(
    tx: Connection, corp_id: str, document_id: str, *, after: int = -1, limit: int | None = None
) -> tuple[NumberedPassage, ...]:
    """Its passages in their order, whatever its status, from behind a number; NotFound is the caller's to raise."""
    lost = _is_set_aside().label("lost")
    rows = tx.execute(
        material.passages_with_documents()
        .add_columns(passage.c.number.label("number_in_document"), lost)
        .where(passage.c.corp_id == corp_id, passage.c.document_id == document_id, passage.c.number > after)
        .order_by(passage.c.number, passage.c.passage_id)
        .limit(limit)
    )
    return tuple(NumberedPassage(row.number_in_document, material.as_passage(row), bool(row.lost)) for row in rows)


def uploaders(tx: Connection, corp_id: str, document_ids: Iterable[str]) -> dict[str, str]:
    """Who uploaded these documents, folded, by document id; those from a folder are left out."""
    rows = tx.execute(
        select(document.c.document_id, document.c.uploaded_by).where(
            document.c.corp_id == corp_id,
            document.c.document_id.in_(sorted(set(document_ids))),
            document.c.uploaded_by != "",
        )
    )
    return {row.document_id: row.uploaded_by for row in rows}


def report_of(tx: Connection, corp_id: str, source_id: str) -> tuple[dict[str, Any], ...]:
    """What was found wrong in the file a document came from, each finding with its place and remedy."""
    report = tx.execute(
        select(source.c.report).where(source.c.corp_id == corp_id, source.c.source_id == source_id)
    ).scalar_one_or_none()
    return tuple(report) if isinstance(report, list) else ()


def highest_version(tx: Connection, corp_id: str, title: str, kind: DocumentKind, scope: Scope) -> int | None:
    """The newest published version of the document of this title, kind and scope; None when there is none."""
    return tx.execute(
        select(func.max(document.c.version)).where(
            document.c.corp_id == corp_id,
            document.c.title == title,
            document.c.kind == kind.value,
            document.c.scope_level == scope.level.value,
            document.c.scope_id == scope.id,
            document.c.status == DocumentStatus.PUBLISHED.value,
        )
    ).scalar_one_or_none()


def _lines(corp_id: str, who: Sight) -> Select[Any]:
    return (
        select(
            document,
            source.c.name.label("file_name"),
            source.c.ingested_at,
            source.c.report,
            func.coalesce(person.c.name, document.c.uploaded_by).label("uploader"),
        )
        .join(source, source.c.source_id == document.c.source_id)
        .outerjoin(
            person, and_(person.c.corp_id == document.c.corp_id, person.c.userid_folded == document.c.uploaded_by)
        )
        .where(document.c.corp_id == corp_id, _visible(who))
    )


def _visible(who: Sight) -> ColumnElement[bool]:
    """A text that guides may meet, or may have met; before that only those who decide on it, and who uploaded it."""
    if who.stores is None:
        return true()
    decided = document.c.status.in_([DocumentStatus.PUBLISHED.value, DocumentStatus.WITHDRAWN.value])
    brand = document.c.scope_level == ScopeLevel.BRAND.value if who.stores else false()
    reaching = or_(brand, _at(ScopeLevel.REGION, who.reached), _at(ScopeLevel.STORE, who.stores))
    mine = document.c.uploaded_by == who.userid if who.userid and who.stores else false()
    return or_(and_(decided, reaching), decided_by(who), mine)


def decided_by(who: Sight) -> ColumnElement[bool]:
    """Those she decides about, as a condition on ``document``."""
    if who.stores is None:
        return true()
    return or_(_at(ScopeLevel.REGION, who.whole), _at(ScopeLevel.STORE, who.stores))


def _at(level: ScopeLevel, ids: Iterable[str]) -> ColumnElement[bool]:
    return and_(document.c.scope_level == level.value, document.c.scope_id.in_(sorted(ids)))


def _passages_of(tx: Connection, document_ids: list[str]) -> dict[str, int]:
    rows = tx.execute(
        select(passage.c.document_id, func.count().label("passages"))
        .where(passage.c.document_id.in_(document_ids))
        .group_by(passage.c.document_id)
    )
    return {row.document_id: row.passages for row in rows}


def _is_set_aside() -> ColumnElement[bool]:
    return (
        select(set_aside.c.mark)
        .where(set_aside.c.corp_id == passage.c.corp_id, set_aside.c.mark == passage.c.mark)
        .correlate(passage)
        .exists()
    )


def _as_line(row: Row[Any], passages: int) -> DocumentLine:
    return DocumentLine(
        document_id=row.document_id,
        source_id=row.source_id,
        title=row.title,
        kind=DocumentKind(row.kind),
        scope=Scope(level=ScopeLevel(row.scope_level), id=row.scope_id),
        version=row.version,
        status=DocumentStatus(row.status),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        superseded_at=row.superseded_at,
        file_name=row.file_name,
        uploaded_by=row.uploaded_by,
        uploader=row.uploader,
        added_at=row.ingested_at,
        passages=passages,
        problems=len(row.report) if isinstance(row.report, list) else 0,
        changes=row.changes,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        note=row.note,
    )


# ---- deciding ----------------------------------------------------------------------------------

_STEPS = {
    DocumentStatus.REVIEWED: (DocumentStatus.DRAFT,),
    DocumentStatus.PUBLISHED: (DocumentStatus.REVIEWED,),
    DocumentStatus.WITHDRAWN: (DocumentStatus.DRAFT, DocumentStatus.REVIEWED, DocumentStatus.PUBLISHED),
    DocumentStatus.DRAFT: (DocumentStatus.WITHDRAWN,),
}
"""From where each status is reached: nothing is published that nobody reviewed (safety D7)."""


def move(
    tx: Connection,
    corp_id: str,
    document_id: str,
    to: DocumentStatus,
    *,
    by: str,
    moment: datetime,
    seen: int,
    note: str = "",
) -> Decided:
    """Take a document one step, once: nobody passes her own upload, and whoever saw an older state changes nothing.

    Whoever brings a withdrawn text back counts as its uploader. What is published or withdrawn is remembered with its
    words. Raises NotFound when there is no such document.
    """
    row = tx.execute(
        select(document.c.uploaded_by, document.c.status).where(
            document.c.corp_id == corp_id, document.c.document_id == document_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(document_id)
    is_approval = to in (DocumentStatus.REVIEWED, DocumentStatus.PUBLISHED)
    if is_approval and row.uploaded_by == by.lower():
        return Decided.OWN
    values: dict[str, Any] = {
        "status": to.value,
        "changes": seen + 1,
        "changed_by": by.lower(),
        "changed_at": moment,
        "note": note,
    }
    if to is DocumentStatus.DRAFT:
        values["uploaded_by"] = by.lower()
    changed = tx.execute(
        update(document)
        .where(
            document.c.corp_id == corp_id,
            document.c.document_id == document_id,
            document.c.changes == seen,
            document.c.status.in_([status.value for status in _STEPS[to]]),
        )
        .values(**values)
    )
    if changed.rowcount != 1:
        return Decided.ALREADY
    if to is not DocumentStatus.REVIEWED:
        _remember(tx, corp_id, document_id, by, moment)
    if DocumentStatus.PUBLISHED in (to, DocumentStatus(row.status)):
        material.supersede(tx, corp_id)
        material.bump_material_version(tx, corp_id)
    return Decided.DONE


def set_validity(
    tx: Connection,
    corp_id: str,
    document_id: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
    *,
    by: str,
    moment: datetime,
    seen: int,
) -> Decided:
    """Change from when until when a document counts; a later reading of the same words keeps it so."""
    changed = tx.execute(
        update(document)
        .where(
            document.c.corp_id == corp_id,
            document.c.document_id == document_id,
            document.c.changes == seen,
            document.c.status == DocumentStatus.PUBLISHED.value,
        )
        .values(valid_from=valid_from, valid_to=valid_to, changes=seen + 1, changed_by=by.lower(), changed_at=moment)
    )
    if changed.rowcount != 1:
        return Decided.ALREADY
    _remember(tx, corp_id, document_id, by, moment, dated=True)
    material.supersede(tx, corp_id)
    material.bump_material_version(tx, corp_id)
    return Decided.DONE


# ---- what was decided about the same words ------------------------------------------------------


def digest_of(title: str, passages: Iterable[Passage]) -> str:
    """A mark of a text's words: the same however it is cut, spaced or punctuated."""
    words = _NO_LETTERS.sub("", "".join(one.text for one in passages)).lower()
    return hashlib.blake2b(f"{title}\n{words}".encode(), digest_size=16).hexdigest()


def hold_to_decisions(tx: Connection, corp_id: str, read: DocumentToStore) -> None:
    """Give a document that was just read and written what people decided about the same words."""
    _hold(tx, corp_id, read.document_id, digest_of(read.title, read.passages))


def hold_all_to_decisions(tx: Connection, corp_id: str) -> None:
    """The same for every text there is: decisions were put back after it was read. Goods stay as their table has them."""
    pieces: dict[str, list[Passage]] = {}
    rows = tx.execute(
        material.passages_with_documents()
        .where(passage.c.corp_id == corp_id, document.c.kind != DocumentKind.PRODUCT.value)
        .order_by(passage.c.document_id, passage.c.number, passage.c.passage_id)
    )
    for row in rows:
        pieces.setdefault(row.document_id, []).append(material.as_passage(row))
    for document_id, passages in pieces.items():
        _hold(tx, corp_id, document_id, digest_of(passages[0].title, passages))
    material.supersede(tx, corp_id)


def _hold(tx: Connection, corp_id: str, document_id: str, digest: str) -> None:
    kept = tx.execute(
        select(document_standing).where(document_standing.c.corp_id == corp_id, document_standing.c.digest == digest)
    ).one_or_none()
    if kept is None:
        return
    values: dict[str, Any] = {"changed_by": kept.changed_by, "changed_at": kept.changed_at}
    if kept.status:
        values["status"] = kept.status
    if kept.is_dated:
        values |= {"valid_from": kept.valid_from, "valid_to": kept.valid_to}
    tx.execute(update(document).where(document.c.document_id == document_id).values(**values))


def _remember(
    tx: Connection, corp_id: str, document_id: str, by: str, moment: datetime, *, dated: bool = False
) -> None:
    row = tx.execute(select(document).where(document.c.document_id == document_id)).one()
    digest = _digest(tx, corp_id, document_id, row.title)
    this = (document_standing.c.corp_id == corp_id, document_standing.c.digest == digest)
    kept = tx.execute(select(document_standing.c.is_dated).where(*this)).one_or_none()
    # back to a draft: as its file says, until somebody decides again
    status = "" if row.status == DocumentStatus.DRAFT.value else row.status
    values: dict[str, Any] = {"status": status, "changed_by": by.lower(), "changed_at": moment}
    if dated:
        values |= {"is_dated": True, "valid_from": row.valid_from, "valid_to": row.valid_to}
    if kept is None:
        tx.execute(insert(document_standing).values(corp_id=corp_id, digest=digest, **{"is_dated": False, **values}))
    else:
        tx.execute(update(document_standing).where(*this).values(**values))


def _digest(tx: Connection, corp_id: str, document_id: str, title: str) -> str:
    return digest_of(title, (one.passage for one in passages_of_document(tx, corp_id, document_id)))
