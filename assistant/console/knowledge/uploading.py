"""Bringing one file in: the form, what it would become, and handing it over to another person.

Refused before its body is read for whoever is not logged in: a stranger may not have 20 MB taken in.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from assistant.console.door.login import Gate, Visitor
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.console.knowledge.documents import compare
from assistant.console.knowledge.lawful import ByLaw
from assistant.console.knowledge.places import Places, check_order, first_moment, last_moment
from assistant.console.refusals import AlreadyDecided, FileRefused, NothingToSubmit
from assistant.errors import UploadRefused
from assistant.store import audit, uploads
from assistant.store.audit import AuditAction
from assistant.uploaded import LARGEST_UPLOAD, MaterialDesk, Preview, Stored, UploadState, Wishes
from knowledge.passage import DocumentKind

MOST_BYTES = 2 * LARGEST_UPLOAD
"""What is taken in at all: a file somewhat too large still gets a page that says so."""

LONGEST_TITLE = 100
PASSAGES_SHOWN = 60
SUFFIXES = ".docx,.pdf,.xlsx,.xls,.csv,.pptx,.html,.htm,.md,.txt,.eml,.png,.jpg,.jpeg,.webp"


def upload_routes(one: Console, desk: MaterialDesk) -> APIRouter:
    """The form, the preview, submitting it."""
    router = APIRouter(route_class=_signed_in_first(one.gate))

    @router.get("/console/documents/new", response_model=None)
    def form(visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
        return page(
            "knowledge/upload.html",
            visitor=visitor,
            scopes=places.choices() if visitor.may_review else (),
            kinds=tuple(DocumentKind),
            suffixes=SUFFIXES,
            longest_title=LONGEST_TITLE,
        )

    @router.post("/console/documents/new", response_model=None, max_body_size=MOST_BYTES)
    def take_in(
        file: Annotated[UploadFile, File()],
        kind: DocumentKind = Form(),
        scope: str = Form(max_length=100),
        title: str = Form("", max_length=LONGEST_TITLE),
        first: str = Form("", max_length=20),
        last: str = Form("", max_length=20),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        valid_from, valid_to = first_moment(first), last_moment(last)
        check_order(valid_from, valid_to)
        with one.database.read() as tx:
            chosen = Places(tx, one.corp_id, visitor).chosen(scope)
        wishes = Wishes(title=title.strip(), kind=kind, scope=chosen, valid_from=valid_from, valid_to=valid_to)
        upload_id = uuid4().hex
        stored, preview = _read(desk, file, upload_id, wishes)
        now, userid = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            uploads.add(tx, one.corp_id, upload_id, stored, preview, by=userid, moment=now)
            told = {"kind": kind.label, "scope": chosen.level.label, "scope_id": chosen.id, "sha256": stored.sha256}
            audit.append(tx, one.corp_id, now, userid, AuditAction.UPLOAD, f"upload:{upload_id}", **told)
        return RedirectResponse(f"/console/uploads/{upload_id}", status_code=303)

    @router.get("/console/uploads/{upload_id}", response_model=None)
    def preview(upload_id: str, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            found = uploads.own(tx, one.corp_id, visitor.person.userid, upload_id)
            places = Places(tx, one.corp_id, visitor)
        return page(
            "knowledge/preview.html",
            visitor=visitor,
            upload=found,
            preview=found.preview,
            law=ByLaw(found.preview.objections),
            places=places,
            waits=found.state is UploadState.PREVIEW,
            passages_shown=PASSAGES_SHOWN,
        )

    @router.post("/console/uploads/{upload_id}", response_model=None)
    def hand_over(
        upload_id: str, decision: Literal["submit", "drop"] = Form(), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        userid, now = visitor.person.userid, one.clock()
        with one.database.begin() as tx:
            found = uploads.own(tx, one.corp_id, userid, upload_id)
            if decision == "submit":
                if not found.preview.can_be_submitted:
                    raise NothingToSubmit(upload_id)
                document_id = uploads.submit(tx, one.corp_id, found, now)
            else:
                document_id = "" if uploads.drop(tx, found) else None
            if document_id is None:
                raise AlreadyDecided("这份上传已经提交过，或者已经不要了。到资料库里看一眼就知道。")
            if document_id:
                audit.append(
                    tx, one.corp_id, now, userid, AuditAction.PROPOSE, f"document:{document_id}", upload=upload_id
                )
        if not document_id:
            desk.discard(found.stored_name)
            return RedirectResponse("/console/documents?done=dropped", status_code=303)
        compare(desk, document_id)
        return RedirectResponse(f"/console/documents/{document_id}?done=submitted", status_code=303)

    return router


def _read(desk: MaterialDesk, file: UploadFile, upload_id: str, wishes: Wishes) -> tuple[Stored, Preview]:
    try:
        stored = desk.keep(file.filename or "", file.file)
        try:
            return stored, desk.read(stored, f"upload:{upload_id}", wishes)
        except UploadRefused:
            desk.discard(stored.name)
            raise
    except UploadRefused as refused:
        raise FileRefused(refused.reason, refused.remedy) from refused


class _Early(APIRoute):
    """A route that asks who is there before it reads the body."""

    gate: Gate

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def early(request: Request) -> Response:
            await run_in_threadpool(self.gate.visitor, request)
            return await handle(request)

        return early


def _signed_in_first(gate: Gate) -> type[APIRoute]:
    """The console's route, with the door in front of the body."""
    return type("SignedInRoute", (ConsoleRoute, _Early), {"gate": gate})
