"""The library: every script that is or was served, one script with all its versions, and what can be done about it."""

from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.differences import Difference, compare
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, address_of, page
from assistant.console.knowledge.places import Places
from assistant.console.naming import RecordId, segment
from assistant.console.scripts import forms
from assistant.console.scripts.deciding import Deciding
from assistant.console.scripts.forms import LONGEST_NOTE
from assistant.console.scripts.suggestions import FEWEST_TURNS
from assistant.console.scripts.tools import ScriptTools
from assistant.errors import NotFound
from assistant.shop import Scene, Script, Stage
from assistant.store import revisions, scripts
from assistant.store.revisions import Revision, RevisionNoun, RevisionStatus
from assistant.store.scripts import LibraryFilter, Served
from assistant.trying import Tried
from knowledge.passage import ScopeLevel

PAGE_LINES = 30
LONGEST_WORDS = 50


class Version(NamedTuple):
    """One version of a script, with what it changed in the one before it."""

    revision: Revision
    difference: Difference
    proposer: str
    reviewer: str

    @property
    def can_come_back(self) -> bool:
        """True for one that stood before."""
        return self.revision.status is RevisionStatus.SUPERSEDED


def library_routes(router: APIRouter, one: Console, tools: ScriptTools) -> None:
    """The list, one script, and what is done to it."""

    @router.get("/console/scripts", response_model=None)
    def library(
        words: str = "",
        stage: Stage | Literal[""] = "",
        scene: Scene | Literal[""] = "",
        scope: ScopeLevel | Literal[""] = "",
        owner: str = "",
        only: Literal["", "expiring", "withdrawn"] = "",
        after: str = "",
        done: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        wanted = LibraryFilter(
            words=words.strip()[:LONGEST_WORDS],
            stage=Stage(stage) if stage else None,
            scene=Scene(scene) if scene else None,
            scope=ScopeLevel(scope) if scope else None,
            owner=owner,
            expiring=only == "expiring",
            withdrawn=only == "withdrawn",
        )
        now = one.clock()
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            found = scripts.library(tx, one.corp_id, places.who, wanted, now, after=after, limit=PAGE_LINES + 1)
            shown = found[:PAGE_LINES]
            ids = [line.script.script_id for line in shown]
            figures = scripts.figures(tx, one.corp_id, visitor.stores, ids, now)
            waiting = scripts.waiting_for(tx, one.corp_id, ids)
            total = scripts.count_library(tx, one.corp_id, places.who, wanted, now)
            owners = scripts.owners(tx, one.corp_id)
        next_after = shown[-1].script.script_id if len(found) > PAGE_LINES else ""
        return page(
            "scripts/library.html",
            visitor=visitor,
            lines=shown,
            total=total,
            figures=figures,
            waiting=waiting,
            owners=owners,
            named=places.named,
            wanted=wanted,
            only=only,
            stages=tuple(Stage),
            scenes=tuple(Scene),
            scopes=tuple(ScopeLevel),
            fewest_turns=FEWEST_TURNS,
            now=now,
            soon=now + scripts.EXPIRES_SOON,
            after=after,
            done=done,
            first=_address(wanted, only, ""),
            more=_address(wanted, only, next_after) if next_after else "",
            hidden_names=(),
        )

    @router.get("/console/scripts/{script_id}", response_model=None)
    def script(script_id: RecordId, done: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            served = scripts.one_of_library(tx, one.corp_id, places.who, script_id)
            file = scripts.file_row(tx, one.corp_id, script_id)
            history = revisions.of_record(tx, one.corp_id, RevisionNoun.SCRIPT, script_id)
            figures = scripts.figures(tx, one.corp_id, visitor.stores, (script_id,), now)[script_id]
            near = scripts.similar(tx, one.corp_id, places.who, served.script.text, script_id, now)
            people = scripts.names(tx, one.corp_id, (served.owner, served.decided_by, *_people(history)))
        return page(
            "scripts/script.html",
            visitor=visitor,
            served=served,
            hers=places.who.covers(served.script.scope) and visitor.may_review,
            used=forms.where_used(served.script, places.named),
            file=_differing_file(served, file),
            has_file=file is not None,
            versions=_versions(history, file, people),
            waiting=tuple(each for each in history if each.status is RevisionStatus.PROPOSED),
            figures=figures,
            fewest_turns=FEWEST_TURNS,
            similar=near,
            people=people,
            tried=_tried(tools, served),
            ended=served.script.valid_to is not None and served.script.valid_to <= now,
            done=done,
            note_characters=LONGEST_NOTE,
            hidden_names=(),
        )

    @router.post("/console/scripts/{script_id}/withdraw", response_model=None)
    def withdraw(
        script_id: RecordId,
        standing: str = Form(max_length=80),
        note: str = Form("", max_length=LONGEST_NOTE),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        Deciding(one, tools, visitor).withdraw(script_id, standing=standing, note=note)
        return _back(script_id, "withdrawn")

    @router.post("/console/scripts/{script_id}/roll-back", response_model=None)
    def roll_back(
        script_id: RecordId,
        revision_id: str = Form(max_length=64),
        standing: str = Form(max_length=80),
        note: str = Form("", max_length=LONGEST_NOTE),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        Deciding(one, tools, visitor).roll_back(script_id, revision_id, standing=standing, note=note)
        return _back(script_id, "rolled-back")

    @router.post("/console/scripts/{script_id}/file", response_model=None)
    def back_to_file(
        script_id: RecordId, standing: str = Form(max_length=80), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        Deciding(one, tools, visitor).back_to_file(script_id, standing=standing)
        return _back(script_id, "file")


def _back(script_id: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"/console/scripts/{segment(script_id)}?done={done}", status_code=303)


def _tried(tools: ScriptTools, served: Served) -> Tried | None:
    try:
        return tools.tried(served.script) if not served.withdrawn else None
    except NotFound:
        return None


def _differing_file(served: Served, file: Script | None) -> Difference | None:
    """What the file says otherwise than what is served; None where it says the same, or there is none."""
    if file is None or served.from_file:
        return None
    found = compare(served.script.text, file.text)
    same = file.model_copy(update={"version": served.script.version, "cited": served.script.cited}) == served.script
    return None if same and not served.withdrawn else found


def _versions(history: tuple[Revision, ...], file: Script | None, people: dict[str, str]) -> tuple[Version, ...]:
    """Decided versions, newest first, each beside the one that was served before it."""
    told = [each for each in history if each.status is not RevisionStatus.PROPOSED]
    before = file.text if file is not None else ""
    found: list[Version] = []
    for each in reversed(told):
        text = scripts.script_of(each).text
        found.append(
            Version(
                revision=each,
                difference=compare(before, text),
                proposer=people.get(each.proposed_by, "助手"),
                reviewer=people.get(each.reviewed_by, ""),
            )
        )
        if each.status in (RevisionStatus.PUBLISHED, RevisionStatus.SUPERSEDED):
            before = text
    return tuple(reversed(found))


def _people(history: tuple[Revision, ...]) -> tuple[str, ...]:
    return tuple(name for each in history for name in (each.proposed_by, each.reviewed_by))


def _address(wanted: LibraryFilter, only: str, after: str) -> str:
    asked = {
        "words": wanted.words,
        "stage": wanted.stage or "",
        "scene": wanted.scene or "",
        "scope": wanted.scope or "",
        "owner": wanted.owner,
        "only": only,
        "after": after,
    }
    return address_of("/console/scripts", asked)
