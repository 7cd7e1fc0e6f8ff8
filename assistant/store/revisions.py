"""Versions of records that people review: scripts and coupons. Nothing unapproved is ever served.

What a shop's file tells is served until somebody decides otherwise here. Of every record at most one revision *stands*:
a published one is served in place of the file's row, a withdrawn one hides it. Everything else is history or waits.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, text, update

from assistant.errors import NotFound
from assistant.store import experiments, material
from assistant.store.tables import revision
from knowledge.noun import Labelled

_LIBRARY = {"script": "话术库", "coupon": "优惠券库"}


class RevisionNoun(Labelled):
    """What is kept in versions."""

    SCRIPT = "script", "话术"
    COUPON = "coupon", "优惠券"


class RevisionStatus(Labelled):
    """How far a version has come."""

    PROPOSED = "proposed", "待审"
    PUBLISHED = "published", "使用中"
    SUPERSEDED = "superseded", "旧版"
    REFUSED = "refused", "已退回"
    MERGED = "merged", "已并入"
    WITHDRAWN = "withdrawn", "已撤下"


class RevisionOrigin(Labelled):
    """Where a version came from."""

    EDITS = "edits", "导购的改写"
    GAP = "gap", "缺口的回答"
    HAND = "hand", "手工新写"
    IMPORT = "import", "表格导入"
    MERGE = "merge", "合并"
    ROLL_BACK = "roll-back", "退回旧版"
    FILE = "file", "门店资料表"


class Decided(Labelled):
    """What came of a decision."""

    DONE = "done", "已记下"
    ALREADY = "already", "别人先处理了"
    OWN = "own", "自己提的"


class Revision(NamedTuple):
    """One version of one record. ``body`` is the noun as JSON; ``changes`` is what a form must name when it is saved."""

    revision_id: str
    noun: RevisionNoun
    record_id: str
    version: int
    status: RevisionStatus
    origin: RevisionOrigin
    body: Mapping[str, Any]
    about: Mapping[str, Any]
    owner: str
    proposed_by: str
    proposed_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    note: str
    changes: int

    @property
    def body_json(self) -> str:
        """The noun as text, for ``model_validate_json``: strict reading turns lists into tuples and text into moments."""
        return json.dumps(self.body, ensure_ascii=False)


# ---- reading -----------------------------------------------------------------------------------


def one(tx: Connection, corp_id: str, noun: RevisionNoun, revision_id: str) -> Revision:
    """One version; raises NotFound."""
    row = tx.execute(
        select(revision).where(
            revision.c.corp_id == corp_id, revision.c.noun == noun.value, revision.c.revision_id == revision_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(revision_id)
    return as_revision(row)


def of_record(tx: Connection, corp_id: str, noun: RevisionNoun, record_id: str) -> tuple[Revision, ...]:
    """Every version of one record, newest first."""
    rows = tx.execute(_of_record(corp_id, noun, record_id).order_by(revision.c.version.desc()))
    return tuple(as_revision(row) for row in rows)


def waiting(tx: Connection, corp_id: str, noun: RevisionNoun) -> tuple[Revision, ...]:
    """Every proposed version, oldest first."""
    rows = tx.execute(
        select(revision)
        .where(
            revision.c.corp_id == corp_id,
            revision.c.noun == noun.value,
            revision.c.status == RevisionStatus.PROPOSED.value,
        )
        .order_by(revision.c.proposed_at, revision.c.revision_id)
    )
    return tuple(as_revision(row) for row in rows)


# ---- deciding ----------------------------------------------------------------------------------


def hold(tx: Connection, corp_id: str, noun: RevisionNoun, record_id: str) -> None:
    """Let one person at a time decide on a record until this transaction ends; SQLite has one writer anyway."""
    if tx.dialect.name != "sqlite":
        name = f"revision:{corp_id}:{noun.value}:{record_id}"
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def propose(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    record_id: str,
    body: Mapping[str, Any],
    *,
    origin: RevisionOrigin,
    by: str,
    moment: datetime,
    about: Mapping[str, Any] | None = None,
    owner: str = "",
) -> Revision:
    """Lay a new version before whoever reviews it; what is served does not change."""
    return _write(
        tx, corp_id, noun, record_id, body, RevisionStatus.PROPOSED, origin, by, moment, about or {}, owner or by
    )


def change(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    revision_id: str,
    body: Mapping[str, Any],
    *,
    seen: int,
    owner: str = "",
) -> bool:
    """Rewrite a waiting version; False when it was changed since ``seen`` or no longer waits.

    ``owner`` is who looks after it from now on, empty for who did before.
    """
    found = one(tx, corp_id, noun, revision_id)
    kept = _cited(body, found.noun, found.record_id, found.version)
    owned = (owner or found.owner).lower()
    return _set(tx, revision_id, seen, RevisionStatus.PROPOSED, body=kept, owner=owned)


def tell(tx: Connection, corp_id: str, revision_id: str, about: Mapping[str, Any]) -> None:
    """Say anew why a version was proposed; its words stay, and nobody's form is outdated by it."""
    tx.execute(
        update(revision)
        .where(revision.c.corp_id == corp_id, revision.c.revision_id == revision_id)
        .values(about=dict(about))
    )


def merge(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    revision_id: str,
    *,
    by: str,
    moment: datetime,
    note: str,
    seen: int,
) -> Decided:
    """Close a waiting version because another one carries on what it was for; raises NotFound."""
    one(tx, corp_id, noun, revision_id)
    return _decide(tx, revision_id, seen, RevisionStatus.MERGED, by, moment, note)


def is_proposer(found: Revision, userid: str) -> bool:
    """Say whether she proposed this version, or wrote one of the texts it was made of (``about["proposers"]``)."""
    return userid.lower() in (found.proposed_by, *found.about.get("proposers", ()))


def publish(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    revision_id: str,
    *,
    by: str,
    moment: datetime,
    note: str,
    seen: int,
    owner: str = "",
) -> Decided:
    """Serve a waiting version from now on. Nobody decides on what she proposed (safety D7); raises NotFound.

    ``owner`` is who looks after it from now on, empty for who did before.
    """
    found = one(tx, corp_id, noun, revision_id)
    if is_proposer(found, by):
        return Decided.OWN
    hold(tx, corp_id, noun, found.record_id)
    owned = (owner or found.owner).lower()
    came_of_it = _decide(tx, revision_id, seen, RevisionStatus.PUBLISHED, by, moment, note, owner=owned)
    if came_of_it is Decided.DONE:
        _let_stand(tx, corp_id, found.noun, found.record_id, but=revision_id)
    return came_of_it


def refuse(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    revision_id: str,
    *,
    by: str,
    moment: datetime,
    note: str,
    seen: int,
) -> Decided:
    """Refuse a waiting version; whoever proposed it may take it back this way too. Raises NotFound."""
    one(tx, corp_id, noun, revision_id)
    came_of_it = _decide(tx, revision_id, seen, RevisionStatus.REFUSED, by, moment, note)
    if came_of_it is Decided.DONE:
        # a trial may be showing it: what was sent back is shown to nobody any more
        experiments.end_of_version(tx, corp_id, revision_id, by=by, moment=moment)
    return came_of_it


def withdraw(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    record_id: str,
    body: Mapping[str, Any],
    *,
    by: str,
    moment: datetime,
    note: str,
) -> Revision:
    """Serve this record no longer, whatever a file says of it; ``body`` is what was served until now."""
    gone = _write(
        tx, corp_id, noun, record_id, body, RevisionStatus.WITHDRAWN, RevisionOrigin.HAND, by, moment, {}, by, note
    )
    _let_stand(tx, corp_id, noun, record_id, but=gone.revision_id)
    return gone


def roll_back(
    tx: Connection, corp_id: str, noun: RevisionNoun, revision_id: str, *, by: str, moment: datetime, note: str
) -> Revision:
    """Serve a version again that stood before, as a new version; somebody approved its words then.

    Raises NotFound when it never stood.
    """
    old = one(tx, corp_id, noun, revision_id)
    if old.status is not RevisionStatus.SUPERSEDED:
        raise NotFound(revision_id)
    again = _write(
        tx,
        corp_id,
        noun,
        old.record_id,
        old.body,
        RevisionStatus.PUBLISHED,
        RevisionOrigin.ROLL_BACK,
        by,
        moment,
        {"from_version": old.version},
        old.owner,
        note,
    )
    _let_stand(tx, corp_id, noun, old.record_id, but=again.revision_id)
    return again


def back_to_file(tx: Connection, corp_id: str, noun: RevisionNoun, record_id: str) -> bool:
    """Serve the file's row again; False when nothing stood in its place."""
    return _let_stand(tx, corp_id, noun, record_id, but="")


def _let_stand(tx: Connection, corp_id: str, noun: RevisionNoun, record_id: str, *, but: str) -> bool:
    """Make every other standing version history; the material has changed then."""
    hold(tx, corp_id, noun, record_id)
    standing = (RevisionStatus.PUBLISHED.value, RevisionStatus.WITHDRAWN.value)
    ended = tx.execute(
        update(revision)
        .where(
            revision.c.corp_id == corp_id,
            revision.c.noun == noun.value,
            revision.c.record_id == record_id,
            revision.c.revision_id != but,
            revision.c.status.in_(standing),
        )
        .values(status=RevisionStatus.SUPERSEDED.value, changes=revision.c.changes + 1)
    )
    material.bump_material_version(tx, corp_id)
    return ended.rowcount > 0


def _decide(
    tx: Connection,
    revision_id: str,
    seen: int,
    status: RevisionStatus,
    by: str,
    moment: datetime,
    note: str,
    **values: Any,
) -> Decided:
    """Give a waiting version its end; the second of two decisions changes nothing."""
    decided = {"status": status.value, "reviewed_by": by.lower(), "reviewed_at": moment, "note": note}
    done = _set(tx, revision_id, seen, RevisionStatus.PROPOSED, **decided, **values)
    return Decided.DONE if done else Decided.ALREADY


def _set(tx: Connection, revision_id: str, seen: int, was: RevisionStatus, **values: Any) -> bool:
    this = (revision.c.revision_id == revision_id, revision.c.changes == seen, revision.c.status == was.value)
    return tx.execute(update(revision).where(*this).values(changes=seen + 1, **values)).rowcount == 1


def _write(
    tx: Connection,
    corp_id: str,
    noun: RevisionNoun,
    record_id: str,
    body: Mapping[str, Any],
    status: RevisionStatus,
    origin: RevisionOrigin,
    by: str,
    moment: datetime,
    about: Mapping[str, Any],
    owner: str,
    note: str = "",
) -> Revision:
    hold(tx, corp_id, noun, record_id)
    newest = tx.execute(
        select(func.max(revision.c.version)).where(
            revision.c.corp_id == corp_id, revision.c.noun == noun.value, revision.c.record_id == record_id
        )
    ).scalar_one()
    # a file counts its own versions: the first one here comes after the one it replaces
    version = max(newest or 0, int(body.get("version", 0))) + 1
    decided = status is not RevisionStatus.PROPOSED
    made = Revision(
        revision_id=uuid4().hex,
        noun=noun,
        record_id=record_id,
        version=version,
        status=status,
        origin=origin,
        body=_cited(body, noun, record_id, version),
        about=about,
        owner=owner.lower(),
        proposed_by=by.lower(),
        proposed_at=moment,
        reviewed_by=by.lower() if decided else "",
        reviewed_at=moment if decided else None,
        note=note,
        changes=0,
    )
    tx.execute(insert(revision).values(corp_id=corp_id, **_row(made)))
    return made


def _cited(body: Mapping[str, Any], noun: RevisionNoun, record_id: str, version: int) -> dict[str, Any]:
    """The body with itself as the place where its words are read."""
    cited = {
        "document_id": f"{noun.value}:{record_id}",
        "title": _LIBRARY[noun.value],
        "version": version,
        "place": f"{record_id} 第{version}版",
    }
    return {**body, "cited": cited} | ({"version": version} if noun is RevisionNoun.SCRIPT else {})


def _row(made: Revision) -> dict[str, Any]:
    told = made._asdict()
    return {**told, "noun": made.noun.value, "status": made.status.value, "origin": made.origin.value}


def _of_record(corp_id: str, noun: RevisionNoun, record_id: str) -> Any:
    return select(revision).where(
        revision.c.corp_id == corp_id, revision.c.noun == noun.value, revision.c.record_id == record_id
    )


def as_revision(row: Row[Any]) -> Revision:
    """Make a version of a whole row of its table."""
    told = {name: value for name, value in row._mapping.items() if name != "corp_id"}
    return Revision(
        **{
            **told,
            "noun": RevisionNoun(row.noun),
            "status": RevisionStatus(row.status),
            "origin": RevisionOrigin(row.origin),
        }
    )
