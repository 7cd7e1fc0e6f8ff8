"""Scripts from people: one written by hand, a change of a served one, a table brought in. All of them wait for review."""

from typing import NamedTuple

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.differences import compare
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.knowledge.places import Places
from assistant.console.naming import RecordId
from assistant.console.refusals import FileRefused, NotHerScript
from assistant.console.scripts import forms
from assistant.console.scripts.deciding import Deciding
from assistant.console.scripts.forms import ScriptForm, script_form
from assistant.console.scripts.importing import LARGEST_TABLE, MOST_BYTES, take_in
from assistant.console.scripts.tools import ScriptTools
from assistant.errors import NotFound
from assistant.store import mined, scripts
from assistant.store.console import suggestions as edited
from assistant.store.database import Transaction
from assistant.store.revisions import RevisionOrigin


class Begun(NamedTuple):
    """A form somebody else's words began: a gap's question, edits too different to make one text, a store's own copy."""

    form: ScriptForm
    origin: RevisionOrigin
    cluster: str = ""
    turn_id: str = ""
    examples: tuple[edited.SuggestionLine, ...] = ()
    question: str = ""


def writing_routes(router: APIRouter, one: Console, tools: ScriptTools) -> None:
    """Registered before the library's: /console/scripts/new is no script of that name."""

    @router.get("/console/scripts/new", response_model=None)
    def new(
        gap: str = "", cluster: str = "", like: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            begun = _begun(tx, one, places, visitor, gap=gap, cluster=cluster, like=like)
            lists = forms.lists(tx, one.corp_id, places)
        return page(
            "scripts/write.html",
            visitor=visitor,
            begun=begun,
            form=begun.form,
            served=None,
            stores=places.names,
            compared=compare,
            hidden_names=visitor.hidden(
                tuple(name for line in begun.examples for name in (*line.customer_names, line.guide))
            ),
            **lists,
        )

    @router.post("/console/scripts/new", response_model=None)
    def propose(
        form: ScriptForm = Depends(script_form),
        gap: str = Form("", max_length=64),
        cluster: str = Form("", max_length=64),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        deciding = Deciding(one, tools, visitor)
        with one.database.begin() as tx:
            places = Places(tx, one.corp_id, visitor)
            begun = _begun(tx, one, places, visitor, gap=gap, cluster=cluster, like="")
            script = form.script(tx, one.corp_id, places, scripts.new_script_id(), 0)
            about = {"gap": gap} if gap else {}
            made = deciding.propose(tx, script, origin=begun.origin, owner=form.owner, **about)
            if begun.cluster:
                mined.attach(tx, one.corp_id, begun.cluster, made.revision_id)
                mined.count_again(tx, one.corp_id, made)
        return RedirectResponse(f"/console/suggestions/{made.revision_id}?done=proposed", status_code=303)

    @router.get("/console/scripts/import", response_model=None)
    def ask_for_table(visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        return page("scripts/import.html", visitor=visitor, imported=None, largest=LARGEST_TABLE // 1_000_000)

    @router.post("/console/scripts/import", response_model=None, max_body_size=MOST_BYTES)
    def bring_in(file: UploadFile = File(), visitor: Visitor = Depends(one.gate.reviewer)) -> HTMLResponse:
        """Answered with a page and no redirect: what was wrong stands nowhere else, and sending it again changes nothing."""
        if tools.read_table is None:
            raise FileRefused("这里还没有接上读表格的程序", "请负责部署的同事看一下")
        content = file.file.read(LARGEST_TABLE + 1)
        if len(content) > LARGEST_TABLE:
            raise FileRefused(f"文件超过 {LARGEST_TABLE // 1_000_000} MB", "请只留下话术表，或拆成几份")
        reading = tools.read_table(file.filename or "话术.xlsx", content)
        with one.database.begin() as tx:
            imported = take_in(tx, Deciding(one, tools, visitor), Places(tx, one.corp_id, visitor), reading)
        return page("scripts/import.html", visitor=visitor, imported=imported, largest=LARGEST_TABLE // 1_000_000)

    @router.get("/console/scripts/{script_id}/change", response_model=None)
    def change_form(script_id: RecordId, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            served = scripts.one_of_library(tx, one.corp_id, places.who, script_id)
            lists = forms.lists(tx, one.corp_id, places)
        form = forms.shown(served.script, served.owner)
        return page(
            "scripts/write.html",
            visitor=visitor,
            begun=Begun(form, RevisionOrigin.HAND),
            form=form,
            served=served,
            stores=places.names,
            compared=compare,
            hidden_names=(),
            **lists,
        )

    @router.post("/console/scripts/{script_id}/change", response_model=None)
    def propose_change(
        script_id: RecordId,
        form: ScriptForm = Depends(script_form),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            places = Places(tx, one.corp_id, visitor)
            served = scripts.one_of_library(tx, one.corp_id, places.who, script_id)
            if not places.who.covers(served.script.scope):
                raise NotHerScript(script_id)
            script = form.script(tx, one.corp_id, places, script_id, served.script.version)
            made = Deciding(one, tools, visitor).propose(
                tx, script, origin=RevisionOrigin.HAND, owner=form.owner or served.owner
            )
        return RedirectResponse(f"/console/suggestions/{made.revision_id}?done=proposed", status_code=303)


def _begun(
    tx: Transaction, one: Console, places: Places, visitor: Visitor, *, gap: str, cluster: str, like: str
) -> Begun:
    """What the form begins with; raises NotFound for what is not hers."""
    choices = places.choices()
    scope = choices[0].value if choices else ""
    if gap:
        question = scripts.gap_question(tx, one.corp_id, visitor.stores, gap)
        return Begun(
            forms.empty(scope, title=question[: forms.LONGEST_TITLE]),
            RevisionOrigin.GAP,
            turn_id=gap,
            question=question,
        )
    if cluster:
        found = mined.observed(tx, one.corp_id, clusters=(cluster,), stores=visitor.stores)
        if not found:
            raise NotFound(cluster)
        return Begun(
            _of_cluster(tx, one, found[0], scope),
            RevisionOrigin.EDITS,
            cluster=cluster,
            examples=edited.observed(tx, one.corp_id, visitor.stores, (cluster,)),
        )
    if like:
        suggested = scripts.script_of(scripts.one_suggestion(tx, one.corp_id, places.who, like))
        return Begun(forms.shown(suggested)._replace(scope=scope), RevisionOrigin.HAND)
    return Begun(forms.empty(scope), RevisionOrigin.HAND)


def _of_cluster(tx: Transaction, one: Console, found: mined.Cluster, scope: str) -> ScriptForm:
    """What the script it is about says now, or a first template of the edits where no script carried them."""
    served = scripts.of_library(tx, one.corp_id, (found.script_id,)).get(found.script_id)
    texts = mined.templates_of(tx, one.corp_id, found.cluster)
    if served is not None:
        text = texts[0] if texts else served.script.text
        return forms.shown(served.script)._replace(scope=scope, text=text)
    return forms.empty(
        scope,
        title=f"{found.stage.label}·{found.cause.label}",
        stage=found.stage,
        scene=found.scene,
        manner=found.manner,
        text=texts[0] if texts else "",
    )
