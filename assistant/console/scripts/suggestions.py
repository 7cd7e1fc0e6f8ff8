"""The queue of suggested scripts, one suggestion with everything that is known of it, and the decision on it."""

from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.differences import Difference, compare
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.knowledge.places import Places
from assistant.console.refusals import BadChoice
from assistant.console.scripts import forms
from assistant.console.scripts.deciding import NEW, Deciding
from assistant.console.scripts.forms import LONGEST_NOTE, ScriptForm, script_form
from assistant.console.scripts.tools import ScriptTools
from assistant.errors import NotFound
from assistant.scoring.edits import EditCause
from assistant.shop import Script
from assistant.store import mined, revisions, scripts
from assistant.store.console import suggestions as edited
from assistant.store.console.losers import lost_scripts, reason_of
from assistant.store.console.suggestions import SuggestionLine
from assistant.store.database import Transaction
from assistant.store.mined import Cluster
from assistant.store.revisions import Revision, RevisionOrigin
from assistant.store.scripts import Served
from assistant.trying import Tried

PAGE_LINES = 20
DECIDED_LINES = 10
OBSERVED_LINES = 10
EXAMPLES = 5
FEWEST_TURNS = 10
"""Of fewer guides who said anything no share is told: it would say more about chance."""
SERVICE_NAME = "助手"


class Suggested(NamedTuple):
    """A suggestion as the queue and its own page show it.

    ``standing`` is what a form names as served in its place. ``mine`` when the visitor is one of its authors,
    ``hers`` when everybody it reaches is hers to decide for.
    """

    revision: Revision
    script: Script
    served: Served | None
    difference: Difference
    cause: EditCause | None
    scope: str
    proposer: str
    reviewer: str
    mine: bool
    hers: bool

    @property
    def standing(self) -> str:
        """What a form names, so that whoever decides on an older one is told."""
        return self.served.mark if self.served is not None else NEW

    @property
    def is_new(self) -> bool:
        """True when nothing is served in its place."""
        return self.served is None or self.served.withdrawn


class Observed(NamedTuple):
    """Edits alike that are too few for a suggestion, or that somebody has to write a text for."""

    cluster: Cluster
    title: str
    examples: tuple[SuggestionLine, ...]

    @property
    def needs_writing(self) -> bool:
        """True when there would be enough of them, but none makes a template."""
        return not self.cluster.templates


def suggestion_routes(router: APIRouter, one: Console, tools: ScriptTools) -> None:
    """The queue, one suggestion, and every decision on it."""

    @router.get("/console/suggestions", response_model=None)
    def queue(
        before: str = "",
        origin: RevisionOrigin | Literal[""] = "",
        done: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            chosen = RevisionOrigin(origin) if origin else None
            found = scripts.waiting(tx, one.corp_id, places.who, origin=chosen, before=before, limit=PAGE_LINES + 1)
            lines = _suggested(tx, one, places, visitor, found[:PAGE_LINES])
            decided = _suggested(tx, one, places, visitor, scripts.decided(tx, one.corp_id, places.who, DECIDED_LINES))
            clusters = mined.observed(tx, one.corp_id, stores=visitor.stores) if not before and not origin else ()
            observed = _observed(tx, one, visitor, clusters[:OBSERVED_LINES])
            waiting = scripts.count_waiting(tx, one.corp_id, places.who)
            lost = lost_scripts(tx, one.corp_id, places.who) if visitor.may_review and not before else ()
        return page(
            "scripts/queue.html",
            visitor=visitor,
            lost=tuple((each, reason_of(each.conflict)) for each in lost),
            waiting=lines,
            total=waiting,
            decided=decided,
            observed=observed,
            observed_more=max(0, len(clusters) - OBSERVED_LINES),
            stores=places.names,
            compared=compare,
            origins=tuple(RevisionOrigin),
            origin=chosen,
            done=done,
            before=before,
            next_before=found[PAGE_LINES - 1].revision_id if len(found) > PAGE_LINES else "",
            note_characters=LONGEST_NOTE,
            hidden_names=visitor.hidden(_names(*(one.examples for one in observed))),
        )

    @router.get("/console/suggestions/{revision_id}", response_model=None)
    def suggestion(revision_id: str, done: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            found = scripts.one_suggestion(tx, one.corp_id, places.who, revision_id)
            (line,) = _suggested(tx, one, places, visitor, (found,))
            examples = edited.behind(tx, one.corp_id, visitor.stores, revision_id, EXAMPLES)
            near = scripts.similar(tx, one.corp_id, places.who, line.script.text, found.record_id, now)
            others = scripts.waiting_for(tx, one.corp_id, (found.record_id, *(each.script_id for each in near)))
            figures = scripts.figures(tx, one.corp_id, visitor.stores, (found.record_id,), now)[found.record_id]
            lists = forms.lists(tx, one.corp_id, places) if visitor.may_review else {}
        tried = _tried(tools, line.script)
        with one.database.read() as tx:
            intents = tried.preview.intents if tried is not None else ()
            turns = scripts.recent_turns(tx, one.corp_id, visitor.stores, intents, now) if intents else 0
        return page(
            "scripts/suggestion.html",
            visitor=visitor,
            one=line,
            form=forms.shown(line.script, found.owner),
            used=forms.where_used(line.script, places.named),
            tried=tried,
            examples=examples,
            behind=found.about.get("edits", 0),
            similar=near,
            others=_others(others, places, revision_id),
            figures=figures,
            turns=turns,
            fewest_turns=FEWEST_TURNS,
            stores=places.names,
            compared=compare,
            done=done,
            hidden_names=visitor.hidden(_names(examples)),
            **lists,
        )

    @router.post("/console/suggestions/{revision_id}", response_model=None)
    def decide(
        revision_id: str,
        decision: Literal["approved", "refused"] = Form(),
        note: str = Form("", max_length=LONGEST_NOTE),
        seen: int = Form(ge=0),
        standing: str = Form("", max_length=80),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        deciding = Deciding(one, tools, visitor)
        if decision == "approved":
            deciding.approve(revision_id, seen=seen, standing=standing, note=note.strip())
        else:
            deciding.refuse(revision_id, seen=seen, note=note)
        return RedirectResponse(f"/console/suggestions?done={decision}", status_code=303)

    @router.post("/console/suggestions/{revision_id}/edit", response_model=None)
    def edit(
        revision_id: str,
        then: Literal["save", "publish"] = Form(),
        form: ScriptForm = Depends(script_form),
        note: str = Form("", max_length=LONGEST_NOTE),
        seen: int = Form(ge=0),
        standing: str = Form("", max_length=80),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            found = scripts.one_suggestion(tx, one.corp_id, places.who, revision_id)
            script = form.script(tx, one.corp_id, places, found.record_id, found.version)
        deciding = Deciding(one, tools, visitor)
        if then == "publish":
            deciding.approve(
                revision_id, seen=seen, standing=standing, note=note.strip(), script=script, owner=form.owner
            )
            return RedirectResponse("/console/suggestions?done=approved", status_code=303)
        deciding.save(revision_id, script, seen=seen, owner=form.owner)
        return RedirectResponse(f"/console/suggestions/{revision_id}?done=saved", status_code=303)

    @router.post("/console/suggestions/{revision_id}/merge", response_model=None)
    def merge(
        revision_id: str,
        into: str = Form("", max_length=100),
        seen: int = Form(ge=0),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        if not into:
            raise BadChoice("请选一条要并入的话术或建议。")
        goes_on = Deciding(one, tools, visitor).merge(revision_id, into=into, seen=seen)
        return RedirectResponse(f"/console/suggestions/{goes_on}?done=merged", status_code=303)


def _tried(tools: ScriptTools, script: Script) -> Tried | None:
    try:
        return tools.tried(script)
    except NotFound:
        return None


def _suggested(
    tx: Transaction, one: Console, places: Places, visitor: Visitor, found: tuple[Revision, ...]
) -> tuple[Suggested, ...]:
    served = scripts.of_library(tx, one.corp_id, (each.record_id for each in found))
    people = scripts.names(tx, one.corp_id, (name for each in found for name in (each.proposed_by, each.reviewed_by)))
    return tuple(_one(each, served.get(each.record_id), people, places, visitor) for each in found)


def _one(found: Revision, served: Served | None, people: dict[str, str], places: Places, visitor: Visitor) -> Suggested:
    script = scripts.script_of(found)
    before = served.script.text if served is not None and not served.withdrawn else ""
    by_service = found.proposed_by not in people or found.origin is RevisionOrigin.EDITS
    hers = places.who.covers(script.scope) and (served is None or places.who.covers(served.script.scope))
    return Suggested(
        revision=found,
        script=script,
        served=served,
        difference=compare(before, script.text),
        cause=EditCause(found.about["cause"]) if found.about.get("cause") else None,
        scope=places.named(script.scope),
        proposer=SERVICE_NAME if by_service else people[found.proposed_by],
        reviewer=people.get(found.reviewed_by, ""),
        mine=revisions.is_proposer(found, visitor.person.userid),
        hers=hers,
    )


def _observed(tx: Transaction, one: Console, visitor: Visitor, clusters: tuple[Cluster, ...]) -> tuple[Observed, ...]:
    if not clusters:
        return ()
    lines = edited.observed(tx, one.corp_id, visitor.stores, (each.cluster for each in clusters))
    served = scripts.of_library(tx, one.corp_id, (each.script_id for each in clusters if each.script_id))
    return tuple(
        Observed(
            cluster=each,
            title=served[each.script_id].script.title if each.script_id in served else "",
            examples=tuple(line for line in lines if line.cluster == each.cluster)[:EXAMPLES],
        )
        for each in clusters
    )


def _others(waiting: dict[str, tuple[Revision, ...]], places: Places, but: str) -> tuple[Revision, ...]:
    """The other suggestions it could be merged into."""
    every = (each for found in waiting.values() for each in found)
    told = ((each, scripts.script_of(each)) for each in every if each.revision_id != but)
    return tuple(each for each, script in told if places.who.sees(script.scope, script.dealers))


def _names(*examples: tuple[SuggestionLine, ...]) -> tuple[str, ...]:
    """Customers and guides: an auditor reads what was done, not by which guide and to whom."""
    lines = [line for each in examples for line in each]
    return tuple(name for line in lines for name in (*line.customer_names, line.guide))
