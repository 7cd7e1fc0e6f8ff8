"""Statements of the material that disagree, and what people ruled about them.

A conflict is named by the marks of both sides' words: it stays ruled as long as the words are the same, and words that
changed open it anew. What lost a ruling is set aside and served no longer (``material`` leaves it out).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from assistant.errors import NotFound
from assistant.shop import Coupon, Script
from assistant.store import material
from assistant.store.documents import Sight
from assistant.store.jsonlists import holds_any, holds_nothing
from assistant.store.revisions import Decided
from assistant.store.tables import conflict_survey, document, material_conflict, person, set_aside
from knowledge.noun import Labelled, Noun
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel, content_mark

_AT_ONCE = 5000
SCRIPT_PREFIX = "script:"
"""Stands before the id of a script that is read as a passage."""


class ConflictKind(Labelled):
    """In what two statements differ."""

    FIGURE = "figure", "数字对不上"
    DATE = "date", "日期对不上"
    CONDITION = "condition", "说法相反"
    COUPON = "coupon", "券和券打架"


class SideNoun(Labelled):
    """What one side of a conflict is."""

    DOCUMENT = "document", "资料"
    SCRIPT = "script", "话术"
    COUPON = "coupon", "优惠券"


class ConflictStatus(Labelled):
    """Whether anybody ruled."""

    OPEN = "open", "待裁定"
    RULED = "ruled", "已裁定"


class Ruling(Labelled):
    """What a person decided."""

    FIRST = "first", "前一个对"
    SECOND = "second", "后一个对"
    BOTH = "both", "两个都对"


class Side(Noun):
    """One side: where it stands and the words in question. ``ref`` is the document's, script's or coupon's id.

    ``mark`` is of the whole passage's (script's, coupon's) words.
    """

    noun: SideNoun
    ref: str
    title: str
    version: int = 1
    place: str = ""
    text: str
    mark: str

    @property
    def document_id(self) -> str:
        """The document's id, empty for a script or a coupon."""
        return self.ref if self.noun is SideNoun.DOCUMENT else ""


class FoundConflict(Noun):
    """A conflict as a comparison finds it.

    ``stores`` are those in which both sides count, where one is for some stores only; else empty: ``scope`` says it.
    """

    kind: ConflictKind
    first: Side
    second: Side
    scope: Scope = Scope()
    stores: tuple[str, ...] = ()


class Conflict(NamedTuple):
    """A conflict as it is kept. ``stands`` is False once one side has gone or changed."""

    conflict_id: str
    kind: ConflictKind
    first: Side
    second: Side
    scope: Scope
    status: ConflictStatus
    stands: bool
    found_at: datetime
    ruling: Ruling | None
    reason: str
    ruled_by: str
    ruled_at: datetime | None
    first_waits: bool
    second_waits: bool

    @property
    def winner_waits(self) -> bool:
        """True while the side that was ruled right is not published: until then nothing is taken away."""
        return self.first_waits if self.ruling is Ruling.FIRST else self.second_waits

    @property
    def loser(self) -> Side | None:
        """The side that was ruled wrong."""
        if self.ruling is Ruling.FIRST:
            return self.second
        return self.first if self.ruling is Ruling.SECOND else None

    @property
    def winner(self) -> Side | None:
        """The side that was ruled right against the other."""
        if self.ruling is Ruling.FIRST:
            return self.first
        return self.second if self.ruling is Ruling.SECOND else None


class Survey(NamedTuple):
    """When everything was compared last, and at which version of the material; never is None."""

    material_version: int
    surveyed_at: datetime | None


def id_of(corp_id: str, found: FoundConflict) -> str:
    """The name of a conflict: the same whichever side is met first, another once either side's words change."""
    marks = sorted((found.first.mark, found.second.mark))
    return hashlib.sha256("\n".join((corp_id, *marks)).encode()).hexdigest()[:32]


def script_passage(script: Script) -> Passage:
    """A script as the radar reads it."""
    return Passage(
        id=f"{SCRIPT_PREFIX}{script.script_id}",
        document_id=f"{SCRIPT_PREFIX}{script.script_id}",
        title=script.title,
        version=script.version,
        kind=DocumentKind.SCRIPT,
        place=script.script_id,
        text=script.text,
        scope=script.scope,
        valid_from=script.valid_from,
        valid_to=script.valid_to,
    )


def script_mark(script: Script) -> str:
    """The mark of a script's words as a side has it."""
    return content_mark(script_passage(script))


def coupon_mark(coupon: Coupon) -> str:
    """The mark of a coupon's rule as a side has it."""
    return hashlib.blake2b(coupon.model_dump_json(exclude={"cited"}).encode(), digest_size=16).hexdigest()


# ---- what a comparison found -------------------------------------------------------------------


def keep_survey(tx: Connection, corp_id: str, found: Iterable[FoundConflict], version: int, moment: datetime) -> None:
    """Keep what a comparison of everything published found; what it no longer finds no longer stands."""
    kept = _keep(tx, corp_id, found, moment)
    waiting = (
        select(document.c.document_id)
        .where(
            document.c.document_id.in_([material_conflict.c.first_document, material_conflict.c.second_document]),
            document.c.status.in_([DocumentStatus.DRAFT.value, DocumentStatus.REVIEWED.value]),
        )
        .correlate(material_conflict)
        .exists()
    )
    _let_rest(tx, corp_id, kept, ~waiting)
    row = {"material_version": version, "surveyed_at": moment}
    if tx.execute(update(conflict_survey).where(conflict_survey.c.corp_id == corp_id).values(**row)).rowcount == 0:
        tx.execute(insert(conflict_survey).values(corp_id=corp_id, **row))


def keep_comparison(
    tx: Connection, corp_id: str, document_id: str, found: Iterable[FoundConflict], moment: datetime
) -> None:
    """Keep what a document that waits for review brings."""
    kept = _keep(tx, corp_id, found, moment)
    _let_rest(tx, corp_id, kept, _of_document(document_id))


def last_survey(tx: Connection, corp_id: str) -> Survey:
    """Say when everything was compared last."""
    row = tx.execute(select(conflict_survey).where(conflict_survey.c.corp_id == corp_id)).one_or_none()
    return Survey(row.material_version, row.surveyed_at) if row is not None else Survey(0, None)


def _keep(tx: Connection, corp_id: str, found: Iterable[FoundConflict], moment: datetime) -> frozenset[str]:
    by_id = {id_of(corp_id, one): one for one in found}
    known: set[str] = set()
    for start in range(0, len(by_id), _AT_ONCE):
        part = list(by_id)[start : start + _AT_ONCE]
        known |= set(
            tx.execute(
                select(material_conflict.c.conflict_id).where(material_conflict.c.conflict_id.in_(part))
            ).scalars()
        )
    rows = [
        {
            "conflict_id": id_,
            "corp_id": corp_id,
            "status": ConflictStatus.OPEN.value,
            "found_at": moment,
            "ruling": "",
            "reason": "",
            "ruled_by": "",
            **_columns(one),
        }
        for id_, one in by_id.items()
        if id_ not in known
    ]
    if rows:
        tx.execute(insert(material_conflict), rows)
    for id_ in known:
        this = material_conflict.c.conflict_id == id_
        tx.execute(update(material_conflict).where(this).values(stands=True, stores=list(by_id[id_].stores)))
        # a ruling names the sides in the order in which they stood then
        is_open = material_conflict.c.status == ConflictStatus.OPEN.value
        tx.execute(update(material_conflict).where(this, is_open).values(**_columns(by_id[id_])))
    return frozenset(by_id)


def _columns(one: FoundConflict) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "first": one.first.model_dump(mode="json"),
        "second": one.second.model_dump(mode="json"),
        "first_mark": one.first.mark,
        "second_mark": one.second.mark,
        "first_document": one.first.document_id,
        "second_document": one.second.document_id,
        "scope_level": one.scope.level.value,
        "scope_id": one.scope.id,
        "stores": list(one.stores),
        "stands": True,
    }


def _let_rest(tx: Connection, corp_id: str, kept: frozenset[str], which: ColumnElement[bool]) -> None:
    standing = set(
        tx.execute(
            select(material_conflict.c.conflict_id).where(
                material_conflict.c.corp_id == corp_id, material_conflict.c.stands, which
            )
        ).scalars()
    )
    for id_ in standing - kept:
        tx.execute(update(material_conflict).where(material_conflict.c.conflict_id == id_).values(stands=False))


# ---- reading -----------------------------------------------------------------------------------


def open_conflicts(
    tx: Connection, corp_id: str, who: Sight, *, document_id: str = "", before: str = "", limit: int
) -> tuple[Conflict, ...]:
    """Conflicts that wait for a ruling, the newest first; of one document where one is named.

    Raises NotFound for an unknown ``before``.
    """
    query = _conflicts(corp_id, who).where(*_open())
    if document_id:
        query = query.where(_of_document(document_id))
    if before:
        place = one_conflict(tx, corp_id, who, before).found_at
        same_moment = and_(material_conflict.c.found_at == place, material_conflict.c.conflict_id < before)
        query = query.where(or_(material_conflict.c.found_at < place, same_moment))
    newest = query.order_by(material_conflict.c.found_at.desc(), material_conflict.c.conflict_id.desc()).limit(limit)
    return tuple(_as_conflict(row) for row in tx.execute(newest))


def count_open(tx: Connection, corp_id: str, who: Sight) -> int:
    """How many conflicts wait for a ruling."""
    waiting = select(func.count()).select_from(_conflicts(corp_id, who).where(*_open()).subquery())
    return tx.execute(waiting).scalar_one()


def ruled_conflicts(tx: Connection, corp_id: str, who: Sight, limit: int) -> tuple[Conflict, ...]:
    """The last rulings, newest first."""
    query = _conflicts(corp_id, who).where(material_conflict.c.status == ConflictStatus.RULED.value)
    rows = tx.execute(query.order_by(material_conflict.c.ruled_at.desc(), material_conflict.c.conflict_id).limit(limit))
    return tuple(_as_conflict(row) for row in rows)


def lost_by(tx: Connection, corp_id: str, who: Sight, noun: SideNoun) -> tuple[Conflict, ...]:
    """Rulings that still stand against a script or a coupon, the newest first; those whose winner waits are left out."""
    rows = tx.execute(_against_records(corp_id, who).where(material_conflict.c.stands))
    found = (_as_conflict(row) for row in rows)
    return tuple(one for one in found if one.loser is not None and one.loser.noun is noun and not one.winner_waits)


def lost_to(tx: Connection, corp_id: str, who: Sight, document_id: str) -> tuple[Conflict, ...]:
    """Rulings against scripts and coupons in favour of this document."""
    found = map(_as_conflict, tx.execute(_against_records(corp_id, who).where(_of_document(document_id))))
    return tuple(one for one in found if one.winner is not None and one.winner.document_id == document_id)


def _against_records(corp_id: str, who: Sight) -> Select[Any]:
    """Rulings whose loser is no document."""
    first, second = (
        and_(material_conflict.c.ruling == ruling.value, loser == "")
        for ruling, loser in (
            (Ruling.FIRST, material_conflict.c.second_document),
            (Ruling.SECOND, material_conflict.c.first_document),
        )
    )
    ruled = material_conflict.c.status == ConflictStatus.RULED.value
    newest = (material_conflict.c.ruled_at.desc(), material_conflict.c.conflict_id)
    return _conflicts(corp_id, who).where(ruled, or_(first, second)).order_by(*newest)


def one_conflict(tx: Connection, corp_id: str, who: Sight, conflict_id: str) -> Conflict:
    """One conflict; raises NotFound when it is missing or not for her eyes."""
    row = tx.execute(_conflicts(corp_id, who).where(material_conflict.c.conflict_id == conflict_id)).one_or_none()
    if row is None:
        raise NotFound(conflict_id)
    return _as_conflict(row)


def open_by_document(tx: Connection, corp_id: str, document_ids: Sequence[str]) -> Mapping[str, int]:
    """How many conflicts wait for each of these documents; those without are left out."""
    counted: dict[str, int] = {}
    for column in (material_conflict.c.first_document, material_conflict.c.second_document):
        rows = tx.execute(
            select(column.label("document_id"), func.count().label("number"))
            .where(material_conflict.c.corp_id == corp_id, column.in_(list(document_ids)), *_open())
            .group_by(column)
        )
        for row in rows:
            counted[row.document_id] = counted.get(row.document_id, 0) + row.number
    return counted


def agreed(tx: Connection, corp_id: str, marks: Iterable[str]) -> frozenset[frozenset[str]]:
    """Pairs among these marks that a person called right both: nobody need be told that they differ."""
    wanted = sorted(set(marks))
    rows = tx.execute(
        select(material_conflict.c.first_mark, material_conflict.c.second_mark).where(
            material_conflict.c.corp_id == corp_id,
            material_conflict.c.status == ConflictStatus.RULED.value,
            material_conflict.c.ruling == Ruling.BOTH.value,
            material_conflict.c.first_mark.in_(wanted),
            material_conflict.c.second_mark.in_(wanted),
        )
    )
    return frozenset(frozenset((row.first_mark, row.second_mark)) for row in rows)


def _open() -> tuple[ColumnElement[bool], ...]:
    return (material_conflict.c.status == ConflictStatus.OPEN.value, material_conflict.c.stands)


def _of_document(document_id: str) -> ColumnElement[bool]:
    return or_(material_conflict.c.first_document == document_id, material_conflict.c.second_document == document_id)


def _conflicts(corp_id: str, who: Sight) -> Select[Any]:
    first, second = document.alias("first_of"), document.alias("second_of")
    undecided = [DocumentStatus.DRAFT.value, DocumentStatus.REVIEWED.value]
    first_waits, second_waits = (func.coalesce(one.c.status.in_(undecided), False) for one in (first, second))
    return (
        select(
            material_conflict,
            func.coalesce(person.c.name, material_conflict.c.ruled_by).label("ruler"),
            first_waits.label("first_waits"),
            second_waits.label("second_waits"),
        )
        .outerjoin(first, first.c.document_id == material_conflict.c.first_document)
        .outerjoin(second, second.c.document_id == material_conflict.c.second_document)
        .outerjoin(
            person,
            and_(person.c.corp_id == corp_id, person.c.userid_folded == material_conflict.c.ruled_by),
        )
        .where(material_conflict.c.corp_id == corp_id, _reaches(who, or_(first_waits, second_waits)))
    )


def _reaches(who: Sight, waits: ColumnElement[bool]) -> ColumnElement[bool]:
    """What her stores are served; of a text that waits, only what she decides on."""
    if who.stores is None:
        return true()
    covered = or_(_at(ScopeLevel.REGION, who.whole), _at(ScopeLevel.STORE, who.stores))
    reached = or_(_at(ScopeLevel.REGION, who.reached), _at(ScopeLevel.STORE, who.stores))
    if who.stores:
        reached = or_(reached, material_conflict.c.scope_level == ScopeLevel.BRAND.value)
    here = or_(holds_nothing(material_conflict.c.stores), holds_any(material_conflict.c.stores, who.stores))
    return and_(or_(covered, and_(reached, ~waits)), here)


def _at(level: ScopeLevel, ids: Iterable[str]) -> ColumnElement[bool]:
    return and_(material_conflict.c.scope_level == level.value, material_conflict.c.scope_id.in_(sorted(ids)))


def _as_conflict(row: Row[Any]) -> Conflict:
    return Conflict(
        conflict_id=row.conflict_id,
        kind=ConflictKind(row.kind),
        first=_side(row.first),
        second=_side(row.second),
        scope=Scope(level=ScopeLevel(row.scope_level), id=row.scope_id),
        status=ConflictStatus(row.status),
        stands=row.stands,
        found_at=row.found_at,
        ruling=Ruling(row.ruling) if row.ruling else None,
        reason=row.reason,
        ruled_by=row.ruler,
        ruled_at=row.ruled_at,
        first_waits=bool(row.first_waits),
        second_waits=bool(row.second_waits),
    )


def _side(body: Mapping[str, Any]) -> Side:
    return Side.model_validate_json(json.dumps(body))


# ---- ruling ------------------------------------------------------------------------------------


def rule(
    tx: Connection, corp_id: str, conflict: Conflict, ruling: Ruling, *, reason: str, by: str, moment: datetime
) -> Decided:
    """Rule once. What lost is set aside at once, or when the text that won is published."""
    done = tx.execute(
        update(material_conflict)
        .where(
            material_conflict.c.conflict_id == conflict.conflict_id,
            material_conflict.c.corp_id == corp_id,
            material_conflict.c.status == ConflictStatus.OPEN.value,
        )
        .values(
            status=ConflictStatus.RULED.value,
            ruling=ruling.value,
            reason=reason,
            ruled_by=by.lower(),
            ruled_at=moment,
        )
    )
    if done.rowcount != 1:
        return Decided.ALREADY
    ruled = conflict._replace(ruling=ruling)
    if ruled.loser is not None and not ruled.winner_waits:
        _set_aside(tx, corp_id, conflict.conflict_id, ruled.loser, by, moment)
    material.bump_material_version(tx, corp_id)
    return Decided.DONE


def carry_out(tx: Connection, corp_id: str, document_id: str, by: str, moment: datetime) -> int:
    """Set aside what lost against a document that is published now; returns how many passages that were."""
    rows = tx.execute(
        select(material_conflict).where(
            material_conflict.c.corp_id == corp_id,
            material_conflict.c.status == ConflictStatus.RULED.value,
            or_(
                and_(
                    material_conflict.c.first_document == document_id,
                    material_conflict.c.ruling == Ruling.FIRST.value,
                ),
                and_(
                    material_conflict.c.second_document == document_id,
                    material_conflict.c.ruling == Ruling.SECOND.value,
                ),
            ),
        )
    ).all()
    losers = [_side(row.second if row.ruling == Ruling.FIRST.value else row.first) for row in rows]
    return sum(
        _set_aside(tx, corp_id, row.conflict_id, loser, by, moment) for row, loser in zip(rows, losers, strict=True)
    )


def reopen(tx: Connection, corp_id: str, conflict: Conflict) -> Decided:
    """Take a ruling back: what was set aside for it is served again, and somebody has to rule anew."""
    done = tx.execute(
        update(material_conflict)
        .where(
            material_conflict.c.conflict_id == conflict.conflict_id,
            material_conflict.c.corp_id == corp_id,
            material_conflict.c.status == ConflictStatus.RULED.value,
        )
        .values(status=ConflictStatus.OPEN.value, ruling="", reason="", ruled_by="", ruled_at=None)
    )
    if done.rowcount != 1:
        return Decided.ALREADY
    tx.execute(delete(set_aside).where(set_aside.c.corp_id == corp_id, set_aside.c.conflict_id == conflict.conflict_id))
    material.bump_material_version(tx, corp_id)
    return Decided.DONE


def _set_aside(tx: Connection, corp_id: str, conflict_id: str, loser: Side, by: str, moment: datetime) -> int:
    """Scripts and coupons have their own libraries, where they are withdrawn."""
    if loser.noun is not SideNoun.DOCUMENT:
        return 0
    this = (
        set_aside.c.corp_id == corp_id,
        set_aside.c.mark == loser.mark,
        set_aside.c.conflict_id == conflict_id,
    )
    if tx.execute(select(exists().where(*this))).scalar_one():
        return 0
    tx.execute(
        insert(set_aside).values(
            corp_id=corp_id, mark=loser.mark, conflict_id=conflict_id, set_by=by.lower(), set_at=moment
        )
    )
    return 1
