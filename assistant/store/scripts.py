"""Scripts as people look after them: what is served and what was, what waits for review, and how much each was used.

A file's row is served until a version from here stands in its place (``revisions``). Every list is held to what reaches
the visitor's stores; a script's scope says which those are.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from rapidfuzz import fuzz, process
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    union_all,
)

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.scoring.summing import LeanKind
from assistant.shop import Scene, Script, ScriptUse, Stage
from assistant.store import notices, people, summaries
from assistant.store.console.scope import Stores, ours
from assistant.store.documents import Sight
from assistant.store.jsonlists import holds_any, holds_nothing
from assistant.store.revisions import Revision, RevisionNoun, RevisionOrigin, RevisionStatus, as_revision
from assistant.store.tables import gap, product, revision, script, script_use, turn, turn_summary
from knowledge.passage import ScopeLevel

RECENT = timedelta(days=30)
EXPIRES_SOON = timedelta(days=14)
REMIND = timedelta(days=7)
SIMILAR = 3
ALIKE = 45
"""Texts less alike than that (0..100) have little in common."""
_SCRIPT = RevisionNoun.SCRIPT.value
_STANDING = (RevisionStatus.PUBLISHED.value, RevisionStatus.WITHDRAWN.value)


class Served(NamedTuple):
    """A script of the library. ``revision_id`` is empty where a file's row is served as it stands.

    ``withdrawn`` ones are served no longer. ``decided_by`` and ``decided_at`` are of the version that stands.
    """

    script: Script
    revision_id: str
    withdrawn: bool
    owner: str
    decided_by: str
    decided_at: datetime | None

    @property
    def mark(self) -> str:
        """What a form names so that whoever saves on an older one is told."""
        return self.revision_id or f"file:{self.script.version}"

    @property
    def from_file(self) -> bool:
        """True where nobody put anything in the place of the file's row."""
        return not self.revision_id


class LibraryFilter(NamedTuple):
    """What is looked for; an empty word does not restrict. ``expiring`` are those that end soon or have ended."""

    words: str = ""
    stage: Stage | None = None
    scene: Scene | None = None
    scope: ScopeLevel | None = None
    owner: str = ""
    expiring: bool = False
    withdrawn: bool = False


class Figures(NamedTuple):
    """What guides made of a script: ever, and in the last 30 days by turns."""

    ever: ScriptUse
    recent: summaries.LeanCount

    @property
    def said(self) -> int:
        """How many guides said anything of it, ever."""
        return self.ever.accepted + self.ever.edited + self.ever.refused


class Similar(NamedTuple):
    """Another script that says much the same, 0..1, and what guides made of it."""

    script_id: str
    title: str
    text: str
    likeness: float
    figures: Figures


# ---- waiting -----------------------------------------------------------------------------------


def waiting(
    tx: Connection, corp_id: str, who: Sight, *, origin: RevisionOrigin | None = None, before: str = "", limit: int
) -> tuple[Revision, ...]:
    """Suggestions that wait, newest first, from one downwards; raises NotFound for an unknown ``before``."""
    query = select(revision).where(*_proposed(corp_id), _reaches(revision.c.body, who))
    if origin is not None:
        query = query.where(revision.c.origin == origin.value)
    if before:
        place = tx.execute(
            select(revision.c.proposed_at).where(revision.c.corp_id == corp_id, revision.c.revision_id == before)
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        query = query.where(tuple_(revision.c.proposed_at, revision.c.revision_id) < tuple_(place, before))
    newest = query.order_by(revision.c.proposed_at.desc(), revision.c.revision_id.desc()).limit(limit)
    return tuple(as_revision(row) for row in tx.execute(newest))


def one_suggestion(tx: Connection, corp_id: str, who: Sight, revision_id: str) -> Revision:
    """A version that reaches her stores; raises NotFound for another's as for none."""
    row = tx.execute(
        select(revision).where(
            revision.c.corp_id == corp_id, revision.c.noun == _SCRIPT, revision.c.revision_id == revision_id
        )
    ).one_or_none()
    found = as_revision(row) if row is not None else None
    if found is None or not _sees(who, script_of(found)):
        raise NotFound(revision_id)
    return found


def new_script_id() -> str:
    """An id for a script that stands in no file."""
    return f"X{uuid4().hex[:10].upper()}"


def count_waiting(tx: Connection, corp_id: str, who: Sight) -> int:
    """How many suggestions wait that reach her stores."""
    query = select(func.count()).select_from(revision).where(*_proposed(corp_id), _reaches(revision.c.body, who))
    return int(tx.execute(query).scalar_one())


def decided(tx: Connection, corp_id: str, who: Sight, limit: int) -> tuple[Revision, ...]:
    """The suggestions decided last, newest first."""
    query = (
        select(revision)
        .where(
            revision.c.corp_id == corp_id,
            revision.c.noun == _SCRIPT,
            revision.c.status != RevisionStatus.PROPOSED.value,
            revision.c.origin != RevisionOrigin.ROLL_BACK.value,
            revision.c.reviewed_at.is_not(None),
            _reaches(revision.c.body, who),
        )
        .order_by(revision.c.reviewed_at.desc(), revision.c.revision_id.desc())
        .limit(limit)
    )
    return tuple(as_revision(row) for row in tx.execute(query))


def _proposed(corp_id: str) -> tuple[ColumnElement[bool], ...]:
    proposed = revision.c.status == RevisionStatus.PROPOSED.value
    return (revision.c.corp_id == corp_id, revision.c.noun == _SCRIPT, proposed)


def script_of(found: Revision) -> Script:
    """The script that a version is."""
    return Script.model_validate_json(found.body_json)


# ---- the library -------------------------------------------------------------------------------


def library(
    tx: Connection, corp_id: str, who: Sight, wanted: LibraryFilter, moment: datetime, *, after: str = "", limit: int
) -> tuple[Served, ...]:
    """Served and withdrawn scripts by their ids, from behind one."""
    shelf = _shelf(corp_id)
    query = select(shelf).where(*_wanted(shelf.c, who, wanted, moment))
    if after:
        query = query.where(shelf.c.record_id > after)
    return tuple(_served(row) for row in tx.execute(query.order_by(shelf.c.record_id).limit(limit)))


def count_library(tx: Connection, corp_id: str, who: Sight, wanted: LibraryFilter, moment: datetime) -> int:
    """How many scripts of the library are wanted."""
    shelf = _shelf(corp_id)
    query = select(func.count()).select_from(shelf).where(*_wanted(shelf.c, who, wanted, moment))
    return int(tx.execute(query).scalar_one())


def count_expiring(tx: Connection, corp_id: str, who: Sight, moment: datetime) -> int:
    """How many served scripts end soon, or have ended and wait for somebody to renew them."""
    return count_library(tx, corp_id, who, LibraryFilter(expiring=True), moment)


def of_library(tx: Connection, corp_id: str, script_ids: Iterable[str]) -> dict[str, Served]:
    """These scripts as they are served now, withdrawn ones among them; those that never were are left out."""
    shelf = _shelf(corp_id, sorted(set(script_ids)))
    return {row.record_id: _served(row) for row in tx.execute(select(shelf))}


def one_of_library(tx: Connection, corp_id: str, who: Sight, script_id: str) -> Served:
    """One script that is or was served; raises NotFound when it is missing or reaches none of her stores."""
    found = of_library(tx, corp_id, (script_id,)).get(script_id)
    if found is None or not _sees(who, found.script):
        raise NotFound(script_id)
    return found


def file_row(tx: Connection, corp_id: str, script_id: str) -> Script | None:
    """What a file says of this script, whatever is served in its place; None where no file has it."""
    body = tx.execute(
        select(script.c.body).where(script.c.corp_id == corp_id, script.c.script_id == script_id)
    ).scalar_one_or_none()
    return Script.model_validate_json(json.dumps(body)) if body is not None else None


def categories(tx: Connection, corp_id: str) -> tuple[str, ...]:
    """Every category of goods there is."""
    named = product.c.body["category"].as_string()
    rows = tx.execute(select(named).where(product.c.corp_id == corp_id).distinct().order_by(named))
    return tuple(one for one in rows.scalars() if one)


def waiting_for(tx: Connection, corp_id: str, script_ids: Iterable[str]) -> dict[str, tuple[Revision, ...]]:
    """The suggestions that wait for these scripts, oldest first, by the script's id."""
    wanted = sorted(set(script_ids))
    query = select(revision).where(*_proposed(corp_id), revision.c.record_id.in_(wanted))
    found: dict[str, tuple[Revision, ...]] = {}
    for row in tx.execute(query.order_by(revision.c.proposed_at, revision.c.revision_id)):
        found[row.record_id] = (*found.get(row.record_id, ()), as_revision(row))
    return found


def owners(tx: Connection, corp_id: str) -> dict[str, str]:
    """Everybody who looks after a script, by userid in lower case, with her name."""
    rows = tx.execute(
        select(revision.c.owner)
        .where(revision.c.corp_id == corp_id, revision.c.noun == _SCRIPT, revision.c.status.in_(_STANDING))
        .distinct()
    )
    return names(tx, corp_id, rows.scalars())


def names(tx: Connection, corp_id: str, userids: Iterable[str]) -> dict[str, str]:
    """What these people are called, by userid in lower case; one who is gone is called by her userid."""
    wanted = {one.lower() for one in userids if one}
    return {one: one for one in wanted} | people.names(tx, corp_id, wanted)


def _shelf(corp_id: str, script_ids: list[str] | None = None) -> Any:
    """What files told, with the standing versions in its place."""
    standing = (revision.c.corp_id == corp_id, revision.c.noun == _SCRIPT, revision.c.status.in_(_STANDING))
    told = (script.c.corp_id == corp_id, script.c.status == "published")
    replaced = select(revision.c.revision_id).where(*standing, revision.c.record_id == script.c.script_id).exists()
    ours = revision.c.record_id.in_(script_ids) if script_ids is not None else true()
    theirs = script.c.script_id.in_(script_ids) if script_ids is not None else true()
    return union_all(
        select(
            revision.c.record_id,
            revision.c.body,
            revision.c.revision_id,
            revision.c.status,
            revision.c.owner,
            revision.c.reviewed_by,
            revision.c.reviewed_at,
        ).where(*standing, ours),
        select(
            script.c.script_id.label("record_id"),
            script.c.body,
            literal("").label("revision_id"),
            literal(RevisionStatus.PUBLISHED.value).label("status"),
            literal("").label("owner"),
            literal("").label("reviewed_by"),
            # a column of its own type that no file's row has
            cast(null(), revision.c.reviewed_at.type).label("reviewed_at"),
        ).where(*told, theirs, ~replaced),
    ).subquery("shelf")


def _wanted(columns: Any, who: Sight, wanted: LibraryFilter, moment: datetime) -> list[ColumnElement[bool]]:
    body = type_coerce(columns.body, JSON)
    gone = RevisionStatus.WITHDRAWN.value if wanted.withdrawn else RevisionStatus.PUBLISHED.value
    asked: list[ColumnElement[bool]] = [_reaches(body, who), columns.status == gone]
    for word in wanted.words.split():
        asked.append(
            or_(
                columns.record_id.icontains(word, autoescape=True),
                *(body[name].as_string().icontains(word, autoescape=True) for name in ("title", "text")),
                holds_any(body["keywords"], (word,)),
            )
        )
    for name, choice in (("stage", wanted.stage), ("scene", wanted.scene)):
        if choice is not None:
            asked.append(body[name].as_string() == choice.value)
    if wanted.scope is not None:
        asked.append(body["scope"]["level"].as_string() == wanted.scope.value)
    if wanted.owner:
        asked.append(columns.owner == wanted.owner.lower())
    if wanted.expiring:
        asked.append(body["valid_to"].as_string() < _written(moment + EXPIRES_SOON))
    return asked


def _sees(who: Sight, script: Script) -> bool:
    return who.sees(script.scope, script.dealers)


def _reaches(body: Any, who: Sight) -> ColumnElement[bool]:
    if who.stores is None:
        return true()
    level, place = body["scope"]["level"].as_string(), body["scope"]["id"].as_string()
    if not who.stores:
        return and_(true(), level == "")
    return and_(
        or_(
            level == ScopeLevel.BRAND.value,
            and_(level == ScopeLevel.REGION.value, place.in_(sorted(who.reached))),
            and_(level == ScopeLevel.STORE.value, place.in_(sorted(who.stores))),
        ),
        or_(holds_nothing(body["dealers"]), holds_any(body["dealers"], who.dealers)),
    )


def _served(row: Row[Any]) -> Served:
    return Served(
        script=Script.model_validate_json(json.dumps(row.body)),
        revision_id=row.revision_id,
        withdrawn=row.status == RevisionStatus.WITHDRAWN.value,
        owner=row.owner,
        decided_by=row.reviewed_by,
        decided_at=row.reviewed_at,
    )


# ---- how it is used ----------------------------------------------------------------------------


def figures(
    tx: Connection, corp_id: str, stores: frozenset[str] | None, script_ids: Iterable[str], moment: datetime
) -> Mapping[str, Figures]:
    """What guides made of these scripts; the recent turns are those of the visitor's stores."""
    wanted = sorted(set(script_ids))
    rows = tx.execute(select(script_use).where(script_use.c.corp_id == corp_id, script_use.c.script_id.in_(wanted)))
    ever = {row.script_id: ScriptUse(accepted=row.accepted, edited=row.edited, refused=row.refused) for row in rows}
    recent = summaries.counts(tx, corp_id, stores, LeanKind.SCRIPT, moment - RECENT, refs=wanted)
    none, unused = summaries.LeanCount(), ScriptUse()
    return {one: Figures(ever.get(one, unused), recent.get(one, none)) for one in wanted}


def recent_turns(
    tx: Connection, corp_id: str, stores: frozenset[str] | None, intents: Iterable[str], moment: datetime
) -> int:
    """How many turns of the last 30 days asked for one of these."""
    query = (
        select(func.count())
        .select_from(turn_summary)
        .where(
            turn_summary.c.corp_id == corp_id,
            turn_summary.c.finished_at >= moment - RECENT,
            turn_summary.c.intent.in_(sorted(set(intents))),
        )
    )
    if stores is not None:
        query = query.where(turn_summary.c.store_id.in_(sorted(stores)))
    return int(tx.execute(query).scalar_one())


def similar(tx: Connection, corp_id: str, who: Sight, text: str, but: str, moment: datetime) -> tuple[Similar, ...]:
    """The served scripts that say most nearly the same, the likest first."""
    shelf = _shelf(corp_id)
    body = type_coerce(shelf.c.body, JSON)
    rows = tx.execute(
        select(
            shelf.c.record_id, body["title"].as_string().label("title"), body["text"].as_string().label("text")
        ).where(shelf.c.status == RevisionStatus.PUBLISHED.value, shelf.c.record_id != but, _reaches(body, who))
    ).all()
    found = process.extract(text, [row.text for row in rows], scorer=fuzz.ratio, limit=SIMILAR, score_cutoff=ALIKE)
    near = [(rows[place], score / 100) for _, score, place in found]
    counted = figures(tx, corp_id, who.stores, [row.record_id for row, _ in near], moment)
    return tuple(Similar(row.record_id, row.title, row.text, score, counted[row.record_id]) for row, score in near)


def gap_question(tx: Connection, corp_id: str, stores: Stores, turn_id: str) -> str:
    """A question that nothing could answer, asked in one of these stores; raises NotFound."""
    asked = ours(select(gap.c.question).join(turn, turn.c.turn_id == gap.c.turn_id), corp_id, stores)
    question = tx.execute(asked.where(gap.c.turn_id == turn_id)).scalar_one_or_none()
    if question is None:
        raise NotFound(turn_id)
    return str(question)


# ---- before it ends ----------------------------------------------------------------------------


def remind_owners(tx: Connection, corp_id: str, moment: datetime) -> int:
    """Tell whoever looks after a script that it ends within a week, once for each end; returns how many were told."""
    shelf = _shelf(corp_id)
    body = type_coerce(shelf.c.body, JSON)
    ends = body["valid_to"].as_string()
    rows = tx.execute(
        select(shelf.c.record_id, shelf.c.owner, body["title"].as_string().label("title"), ends.label("ends")).where(
            shelf.c.status == RevisionStatus.PUBLISHED.value,
            shelf.c.owner != "",
            ends >= _written(moment),
            ends < _written(moment + REMIND),
        )
    ).all()
    told = 0
    for row in rows:
        day = datetime.fromisoformat(row.ends) - timedelta(seconds=1)
        words = f"您负责的话术「{row.title}」用到 {day.astimezone(SHOP_TIME):%m月%d日} 为止。还要接着用，请到控制台的话术库里改期。"
        told += notices.put(tx, corp_id, row.owner, words, f"script:{row.record_id}:{row.ends}", moment)
    return told


def _written(moment: datetime) -> str:
    """A moment as a script's JSON has it, so that texts compare as moments do."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
