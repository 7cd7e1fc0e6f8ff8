"""The gap board: what guides asked in vain, what it is worth to answer, and answering it."""

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console, address_of, page
from assistant.console.knowledge.answering import (
    KINDS,
    LONGEST_SOURCE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    CheckText,
    Judged,
    Written,
    judge,
    keep,
)
from assistant.console.knowledge.places import Places
from assistant.console.refusals import AlreadyDecided, DismissalReason, NotHerScope, SameTopic
from assistant.errors import NotFound
from assistant.returning import return_answers
from assistant.store import audit, documents, gaprulings
from assistant.store.audit import AuditAction
from assistant.store.console import gaps, gaptopics
from assistant.store.console.gaps import Shelf
from assistant.store.console.gaptopics import GapLine, Topic
from assistant.store.database import Transaction
from assistant.store.gaprulings import Decision, Ruled
from knowledge.passage import DocumentStatus, Scope, ScopeLevel

PAGE_TOPICS = 20
PAGE_QUESTIONS = 30
PASSAGES_SHOWN = 5
OTHERS_SHOWN = 40
REASON_CHARACTERS = 200


class _Seen(NamedTuple):
    """A topic as its page shows it, read in one transaction."""

    topic: Topic
    lines: tuple[GapLine, ...]
    found: tuple[gaptopics.FoundInstead, ...]
    near: tuple[gaptopics.NearTopic, ...]
    others: tuple[gaps.TopicLine, ...]
    places: Places


def gap_routes(router: APIRouter, one: Console, check_text: CheckText) -> None:
    """The board, one topic, and every decision about it. ``check_text`` reads a text by the law."""

    @router.get("/console/gaps", response_model=None)
    def board(
        shelf: Shelf = Shelf.OPEN,
        store: str = "",
        before: str = "",
        done: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        with one.database.read() as tx:
            lines = gaps.topic_lines(
                tx, one.corp_id, visitor.stores, shelf, store_id=store, before=before, limit=PAGE_TOPICS + 1
            )
            waiting = gaps.waiting(tx, one.corp_id, visitor.stores)
            stores = one.stores(tx, visitor)
            names = gaptopics.names_in(tx, one.corp_id, visitor.stores, [line.topic_id for line in lines])
        shown = lines[:PAGE_TOPICS]
        return page(
            "knowledge/gaps.html",
            visitor=visitor,
            lines=shown,
            stores=stores,
            waiting=waiting,
            shelf=shelf,
            shelves=tuple(Shelf),
            store=store,
            done=done,
            before=before,
            newest=_address(shelf, store, ""),
            older=_address(shelf, store, shown[-1].topic_id) if len(lines) > PAGE_TOPICS else "",
            hidden_names=visitor.hidden(names),
        )

    @router.get("/console/gaps/{topic_id}", response_model=None)
    def topic(
        topic_id: str, before: str = "", done: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            seen = _see(tx, one, visitor, topic_id, before)
        return _topic_page(one, visitor, seen, before=before, done=done)

    @router.post("/console/gaps/{topic_id}/answer", response_model=None)
    def answer(
        topic_id: str,
        changes: Annotated[int, Form()],
        title: str = Form("", max_length=LONGEST_TITLE),
        text: str = Form("", max_length=LONGEST_TEXT),
        source: str = Form("", max_length=LONGEST_SOURCE),
        kind: str = Form("", max_length=20),
        scope: str = Form(max_length=100),
        first: str = Form("", max_length=20),
        last: str = Form("", max_length=20),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> HTMLResponse | RedirectResponse:
        written = Written(title, text, source, kind, scope, first, last)
        with one.database.read() as tx:
            seen = _see(tx, one, visitor, topic_id, "")
            names = gaptopics.names_in(tx, one.corp_id, visitor.stores, [topic_id])
        judged = judge(written, seen.places, check_text, names)
        if judged.answer is None:
            return _topic_page(one, visitor, seen, written=written, judged=judged, status=422)
        now, by = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            reach = judged.answer.scope
            document_id = keep(tx, one.corp_id, judged.answer, seen.places.named(reach), by, now)
            who = _decision(visitor, now, changes)
            came = gaprulings.answered_with(tx, one.corp_id, topic_id, who, document_id, reach, judged.answer.source)
            if came is Ruled.ALREADY:
                raise _already(seen.topic)
            _note(tx, one, visitor, AuditAction.PROPOSE, topic_id, document=document_id)
        return RedirectResponse(f"/console/gaps/{topic_id}?done=written", status_code=303)

    @router.post("/console/gaps/{topic_id}/dismiss", response_model=None)
    def dismiss(
        topic_id: str,
        changes: Annotated[int, Form()],
        reason: str = Form("", max_length=REASON_CHARACTERS),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
            if not reason.strip():
                raise DismissalReason(topic_id)
            who = _decision(visitor, one.clock(), changes)
            if gaprulings.dismiss(tx, one.corp_id, topic_id, who, reason.strip()) is Ruled.ALREADY:
                raise _already(found)
            _note(tx, one, visitor, AuditAction.CHANGE, topic_id, status="不用答")
        return RedirectResponse("/console/gaps?done=dismissed", status_code=303)

    @router.post("/console/gaps/{topic_id}/reopen", response_model=None)
    def reopen(
        topic_id: str, changes: Annotated[int, Form()], visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
            who = _decision(visitor, one.clock(), changes)
            sight = documents.sight(tx, one.corp_id, visitor.stores, visitor.person.userid)
            if found.dismissal is None:
                raise _already(found)
            if not sight.covers(found.dismissal.scope):
                raise NotHerScope(topic_id)
            if gaprulings.reopen(tx, one.corp_id, topic_id, who, sight.covers) is Ruled.ALREADY:
                raise _already(found)
            _note(tx, one, visitor, AuditAction.CHANGE, topic_id, status="等答案")
        return RedirectResponse(f"/console/gaps/{topic_id}?done=reopened", status_code=303)

    @router.post("/console/gaps/{topic_id}/merge", response_model=None)
    def merge(
        topic_id: str,
        changes: Annotated[int, Form()],
        into: str = Form("", max_length=64),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
            if not gaptopics.seen_in(tx, one.corp_id, visitor.stores, [into]):
                raise NotFound(into)
            if into == topic_id:
                raise SameTopic(topic_id)
            who = _decision(visitor, one.clock(), changes)
            if gaprulings.merge(tx, one.corp_id, topic_id, into, who) is Ruled.ALREADY:
                raise _already(found)
            _note(tx, one, visitor, AuditAction.MERGE, topic_id, into=into)
        return RedirectResponse(f"/console/gaps/{into}?done=merged", status_code=303)

    @router.post("/console/gaps/{topic_id}/questions/{turn_id}/split", response_model=None)
    def split(
        topic_id: str,
        turn_id: str,
        changes: Annotated[int, Form()],
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
            who = _decision(visitor, one.clock(), changes)
            new = gaprulings.split(tx, one.corp_id, topic_id, turn_id, who)
            if new is None:
                raise _already(found)
            _note(tx, one, visitor, AuditAction.CHANGE, topic_id, split=turn_id)
        return RedirectResponse(f"/console/gaps/{new}?done=split", status_code=303)

    @router.post("/console/gaps/{topic_id}/return", response_model=None)
    def give_back(
        topic_id: str,
        document: str = Form("", max_length=64),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        now = one.clock()
        with one.database.begin() as tx:
            found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
            served = {each.ruling.document_id for each in found.answers if each.status is DocumentStatus.PUBLISHED}
            if document not in served:
                raise NotFound(document)
            turns = return_answers(tx, one.corp_id, document, now)
            _note(tx, one, visitor, AuditAction.SEND, topic_id, document=document, turns=str(len(turns)))
        for turn_id in turns:
            one.deliver(turn_id)
        return RedirectResponse(f"/console/gaps/{topic_id}?done=returned", status_code=303)


def _see(tx: Transaction, one: Console, visitor: Visitor, topic_id: str, before: str) -> _Seen:
    found = gaptopics.one_topic(tx, one.corp_id, visitor.stores, topic_id)
    near = gaptopics.near_topics(tx, one.corp_id, visitor.stores, found.line)
    listed = {topic_id, *(each.topic_id for each in near)}
    open_ones = gaps.topic_lines(tx, one.corp_id, visitor.stores, Shelf.OPEN, before="", limit=OTHERS_SHOWN)
    return _Seen(
        topic=found,
        lines=gaptopics.gap_lines(tx, one.corp_id, visitor.stores, topic_id, before=before, limit=PAGE_QUESTIONS + 1),
        found=gaptopics.found_instead(tx, one.corp_id, visitor.stores, topic_id, PASSAGES_SHOWN),
        near=near,
        others=tuple(each for each in open_ones if each.topic_id not in listed),
        places=Places(tx, one.corp_id, visitor),
    )


def _topic_page(
    one: Console,
    visitor: Visitor,
    seen: _Seen,
    *,
    written: Written | None = None,
    judged: Judged | None = None,
    before: str = "",
    done: str = "",
    status: int = 200,
) -> HTMLResponse:
    lines = seen.lines[:PAGE_QUESTIONS]
    names = tuple(name for line in seen.lines for name in line.names)
    scopes = seen.places.choices() if visitor.may_review else ()
    own = scopes[0].value if scopes else ""
    known = [each for each in seen.topic.answers if each.status is not None]
    # an answer under its old title is its next version
    title = known[-1].title if known else seen.topic.line.question[:LONGEST_TITLE]
    return page(
        "knowledge/gap_topic.html",
        status,
        visitor=visitor,
        topic=seen.topic,
        lines=lines,
        older=lines[-1].turn_id if len(seen.lines) > PAGE_QUESTIONS else "",
        before=before,
        found=seen.found,
        near=seen.near,
        others=seen.others,
        places=seen.places,
        scopes=scopes,
        kinds=KINDS,
        written=written or Written(title=title, scope=own),
        troubles=judged.troubles if judged is not None else (),
        done=done,
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
        longest_source=LONGEST_SOURCE,
        reason_characters=REASON_CHARACTERS,
        hidden_names=visitor.hidden(names),
    )


def _decision(visitor: Visitor, now: datetime, seen: int) -> Decision:
    person = visitor.person
    if visitor.stores is None:
        scope = Scope()
    elif person.store_id:
        scope = Scope(level=ScopeLevel.STORE, id=person.store_id)
    elif person.region_id:
        scope = Scope(level=ScopeLevel.REGION, id=person.region_id)
    else:
        raise NotHerScope(person.userid)
    return Decision(person.userid, visitor.stores, scope, now, seen)


def _note(tx: Transaction, one: Console, visitor: Visitor, action: AuditAction, topic_id: str, **details: str) -> None:
    audit.append(tx, one.corp_id, one.clock(), visitor.person.userid, action, f"gap:{topic_id}", **details)


def _already(found: Topic) -> AlreadyDecided:
    who = found.changed_by or "别的同事"
    when = f"在 {moment(found.changed_at)} " if found.changed_at else ""
    return AlreadyDecided(f"{who}{when}刚动过这个话题，您这次的没有记下。请打开话题再看一眼，需要的话重新来一次。")


def _address(shelf: Shelf, store: str, before: str) -> str:
    asked = {"shelf": "" if shelf is Shelf.OPEN else shelf.value, "store": store, "before": before}
    return address_of("/console/gaps", asked)
