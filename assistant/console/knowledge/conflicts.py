"""The conflict radar's page: what disagrees, and ruling which one is right."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console, address_of, page
from assistant.console.knowledge.losing import Fate, Losing, Owned
from assistant.console.knowledge.places import Places, check_covers
from assistant.console.refusals import AlreadyDecided, OwnDocument, WhyMissing
from assistant.errors import NotFound
from assistant.store import audit, conflicts, documents, material
from assistant.store.audit import AuditAction
from assistant.store.conflicts import Conflict, Ruling, Side, SideNoun
from assistant.store.database import Transaction
from assistant.store.documents import Sight
from assistant.store.revisions import Decided
from assistant.uploaded import MaterialDesk

PAGE_LINES = 20
RULED_LINES = 10
REASON_CHARACTERS = 200


class Ruled(NamedTuple):
    """What a visitor may do about a conflict. ``mine`` when one side is her own upload.

    ``owned`` tells of scripts and coupons among its sides, by the ruling that would go against them.
    """

    conflict: Conflict
    may_rule: bool
    mine: bool
    owned: Mapping[str, Owned]


def conflict_routes(router: APIRouter, one: Console, desk: MaterialDesk) -> None:
    """The list, ruling, and taking a ruling back."""

    @router.get("/console/conflicts", response_model=None)
    def radar(
        document: str = "", before: str = "", done: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            about = documents.one_document(tx, one.corp_id, places.who, document) if document else None
            found = conflicts.open_conflicts(
                tx, one.corp_id, places.who, document_id=document, before=before, limit=PAGE_LINES + 1
            )
            ruled = conflicts.ruled_conflicts(tx, one.corp_id, places.who, RULED_LINES) if not before else ()
            surveyed = conflicts.last_survey(tx, one.corp_id)
            version = material.material_version(tx, one.corp_id)
            uploaders = documents.uploaders(tx, one.corp_id, _document_ids(found))
            losing = Losing(tx, one, visitor, places)
            shown = found[:PAGE_LINES]
            waiting = tuple(_ruled(each, losing, uploaders) for each in shown)
            decided = tuple(_ruled(each, losing, uploaders) for each in ruled)
        older = shown[-1].conflict_id if len(found) > PAGE_LINES else ""
        return page(
            "knowledge/conflicts.html",
            visitor=visitor,
            waiting=waiting,
            ruled=decided,
            places=places,
            about=about,
            surveyed=surveyed,
            is_current=surveyed.material_version == version,
            before=before,
            newest=_address(document, ""),
            older=_address(document, older) if older else "",
            reason_characters=REASON_CHARACTERS,
            done=done,
        )

    @router.post("/console/conflicts/{conflict_id}", response_model=None)
    def rule(
        conflict_id: str,
        ruling: Ruling = Form(),
        reason: str = Form("", max_length=REASON_CHARACTERS),
        document: str = Form("", max_length=64),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        userid, now = visitor.person.userid, one.clock()
        with one.database.begin() as tx:
            found = _hers(tx, one, visitor, conflict_id)
            if ruling is Ruling.BOTH and not reason.strip():
                raise WhyMissing(conflict_id)
            came_of_it = conflicts.rule(tx, one.corp_id, found, ruling, reason=reason.strip(), by=userid, moment=now)
            fate = Fate.NONE
            if came_of_it is Decided.DONE:
                ruled = found._replace(ruling=ruling, reason=reason.strip())
                fate = Losing(tx, one, visitor, Places(tx, one.corp_id, visitor)).end(ruled)
                told = {"kind": found.kind.label, "ruling": ruling.label, "reason": reason.strip()}
                told |= {"outcome": fate.label} if fate.label else {}
                sides = {"first": _named(found.first), "second": _named(found.second)}
                audit.append(tx, one.corp_id, now, userid, AuditAction.RULE, f"conflict:{conflict_id}", **told, **sides)
        if came_of_it is not Decided.DONE:
            raise _already(one, visitor, conflict_id)
        desk.survey()
        done = "ruled" if fate is Fate.NONE else f"ruled-{fate.value}"
        return RedirectResponse(_address(document, "", done=done), status_code=303)

    @router.post("/console/conflicts/{conflict_id}/reopen", response_model=None)
    def reopen(conflict_id: str, visitor: Visitor = Depends(one.gate.reviewer)) -> RedirectResponse:
        userid, now = visitor.person.userid, one.clock()
        with one.database.begin() as tx:
            found = _hers(tx, one, visitor, conflict_id)
            came_of_it = conflicts.reopen(tx, one.corp_id, found)
            if came_of_it is Decided.DONE:
                audit.append(
                    tx, one.corp_id, now, userid, AuditAction.ROLL_BACK, f"conflict:{conflict_id}", ruling="重新裁定"
                )
        if came_of_it is not Decided.DONE:
            raise AlreadyDecided("这一处已经有人重新打开了。")
        desk.survey()
        # scripts and coupons are withdrawn in their own libraries, where somebody answers for bringing them back
        elsewhere = found.loser is not None and found.loser.noun is not SideNoun.DOCUMENT
        done = "reopened-elsewhere" if elsewhere else "reopened"
        return RedirectResponse(f"/console/conflicts?done={done}", status_code=303)


def _hers(tx: Transaction, one: Console, visitor: Visitor, conflict_id: str) -> Conflict:
    """A conflict she may rule on; raises NotFound, NotHerScope, OwnDocument."""
    who = documents.sight(tx, one.corp_id, visitor.stores, visitor.person.userid)
    found = conflicts.one_conflict(tx, one.corp_id, who, conflict_id)
    check_covers(who, found.scope)
    if _is_mine(found, who, documents.uploaders(tx, one.corp_id, _document_ids((found,)))):
        raise OwnDocument(conflict_id)
    return found


def _ruled(found: Conflict, losing: Losing, uploaders: dict[str, str]) -> Ruled:
    who = losing.places.who
    mine = _is_mine(found, who, uploaders)
    may_rule = losing.visitor.may_review and who.covers(found.scope) and not mine
    return Ruled(found, may_rule, mine, losing.owned(found))


def _is_mine(found: Conflict, who: Sight, uploaders: dict[str, str]) -> bool:
    """Nobody rules for the text that she brought in herself and that is not published yet."""
    waiting = [
        side.document_id
        for side, waits in ((found.first, found.first_waits), (found.second, found.second_waits))
        if waits
    ]
    return any(uploaders.get(document_id) == who.userid for document_id in waiting)


def _document_ids(found: tuple[Conflict, ...]) -> list[str]:
    return [side.document_id for one in found for side in (one.first, one.second) if side.document_id]


def _named(side: Side) -> str:
    noun = side.noun.label if side.noun is not SideNoun.DOCUMENT else f"第 {side.version} 版"
    return f"{side.title} {noun} {side.place}".strip()


def _already(one: Console, visitor: Visitor, conflict_id: str) -> AlreadyDecided:
    with one.database.read() as tx:
        who = documents.sight(tx, one.corp_id, visitor.stores, visitor.person.userid)
        try:
            found = conflicts.one_conflict(tx, one.corp_id, who, conflict_id)
        except NotFound:
            return AlreadyDecided("这一处刚刚有了变化，请回到「冲突」再看一眼。")
    when = f"在 {moment(found.ruled_at)} " if found.ruled_at else ""
    label = found.ruling.label if found.ruling else found.status.label
    return AlreadyDecided(f"{found.ruled_by}{when}已经裁定「{label}」，以那次为准，您这次的选择没有记下。")


def _address(document: str, before: str, *, done: str = "") -> str:
    return address_of("/console/conflicts", {"document": document, "before": before, "done": done})
