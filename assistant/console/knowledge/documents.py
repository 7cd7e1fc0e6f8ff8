"""The library: every document with its life, and deciding about one."""

from datetime import datetime
from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console, address_of, page
from assistant.console.knowledge.lawful import ByLaw
from assistant.console.knowledge.losing import Losing
from assistant.console.knowledge.places import Places, check_covers, check_order, first_moment, form_day, last_moment
from assistant.console.refusals import (
    AlreadyDecided,
    ConflictsOpen,
    FileRefused,
    OwnDocument,
    RecordsElsewhere,
    WhyMissing,
)
from assistant.errors import UploadRefused
from assistant.returning import return_answers
from assistant.store import audit, conflicts, documents, people, questions, uploads
from assistant.store.audit import AuditAction, AuditEntry
from assistant.store.database import Transaction
from assistant.store.documents import DocumentFilter, DocumentLine, NumberedPassage
from assistant.store.revisions import Decided
from assistant.uploaded import MaterialDesk
from knowledge.passage import DocumentKind, DocumentStatus, ScopeLevel

PAGE_LINES = 30
PASSAGES_SHOWN = 40
HISTORY_SHOWN = 30
REASON_CHARACTERS = 200
QUESTIONS_SHOWN = 8
LONGEST_WORDS = 60

UNDECIDED = (DocumentStatus.DRAFT, DocumentStatus.REVIEWED)

Deed = Literal["reviewed", "published", "refused", "withdrawn", "again"]


class Standing(NamedTuple):
    """Whether a document counts now, in words; ``tone`` is the look of its tag."""

    label: str
    tone: str


def standing(line: DocumentLine, now: datetime) -> Standing:
    """Say what a guide's next question will meet."""
    if line.status is not DocumentStatus.PUBLISHED:
        tone = "part" if line.status in UNDECIDED else "bad"
        return Standing("待审" if line.status is DocumentStatus.DRAFT else line.status.label, tone)
    if line.superseded_at is not None and line.superseded_at <= now:
        return Standing("已有新版", "none")
    if line.valid_to is not None and line.valid_to <= now:
        return Standing("已过期", "none")
    if line.valid_from is not None and line.valid_from > now:
        return Standing("还没到生效日", "part")
    return Standing("使用中", "good")


def document_routes(router: APIRouter, one: Console, desk: MaterialDesk) -> None:
    """The list, one document, and every decision about it."""

    @router.get("/console/documents", response_model=None)
    def library(
        words: str = "",
        kind: DocumentKind | Literal[""] = "",
        status: DocumentStatus | Literal[""] = "",
        scope: ScopeLevel | Literal[""] = "",
        ending: Literal["", "1"] = "",
        before: str = "",
        done: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        soon = one.clock() + documents.ENDS_SOON if ending else None
        wanted = DocumentFilter(words.strip()[:LONGEST_WORDS], str(kind), str(status), str(scope), soon)
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            lines = documents.document_lines(tx, one.corp_id, places.who, wanted, before=before, limit=PAGE_LINES + 1)
            shown = lines[:PAGE_LINES]
            open_conflicts = conflicts.open_by_document(tx, one.corp_id, [line.document_id for line in shown])
            waiting = documents.waiting(tx, one.corp_id, places.who) if visitor.may_review else 0
            mine = uploads.unsubmitted(tx, one.corp_id, visitor.person.userid, 5) if visitor.may_review else ()
        now = one.clock()
        older = shown[-1].document_id if len(lines) > PAGE_LINES else ""
        return page(
            "knowledge/documents.html",
            visitor=visitor,
            lines=tuple((line, standing(line, now)) for line in shown),
            places=places,
            conflicts=open_conflicts,
            waiting=waiting,
            unsubmitted=mine,
            wanted=wanted,
            kinds=tuple(DocumentKind),
            statuses=tuple(DocumentStatus),
            levels=tuple(ScopeLevel),
            before=before,
            newest=_address(wanted, ""),
            older=_address(wanted, older) if older else "",
            done=done,
        )

    @router.get("/console/documents/{document_id}", response_model=None)
    def document(
        document_id: str, after: int = -1, done: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            line = documents.one_document(tx, one.corp_id, places.who, document_id)
            passages = documents.passages_of_document(
                tx, one.corp_id, document_id, after=after, limit=PASSAGES_SHOWN + 1
            )
            report = documents.report_of(tx, one.corp_id, line.source_id)
            history = audit.entries(tx, one.corp_id, subject=_subject(document_id), limit=HISTORY_SHOWN)
            known = people.names(tx, one.corp_id, frozenset(entry.by for entry in history))
            earlier = documents.earlier_version(tx, one.corp_id, line)
            disputed = conflicts.open_by_document(tx, one.corp_id, [document_id]).get(document_id, 0)
            asked = questions.of_passages(tx, one.corp_id, [each.passage.id for each in passages])
            waits = line.status in UNDECIDED and not is_record(passages)
            law = ByLaw.read(tx, one.corp_id, desk, document_id) if waits else ByLaw(())
        shown = passages[:PASSAGES_SHOWN]
        samples = [ask.text for asks in asked.values() for ask in asks if ask.status.value == "approved"]
        return page(
            "knowledge/document.html",
            visitor=visitor,
            line=line,
            standing=standing(line, one.clock()),
            places=places,
            passages=shown,
            after=after,
            further=shown[-1].number if len(passages) > PASSAGES_SHOWN else None,
            hidden=[found for found in report if found.get("is_hidden")],
            problems=[found for found in report if not found.get("is_hidden")],
            history=tuple((entry.at, known.get(entry.by, entry.by), _told(entry)) for entry in history),
            earlier=earlier,
            disputed=disputed,
            samples=samples[:QUESTIONS_SHOWN],
            law=law,
            is_record=is_record(passages),
            may_decide=visitor.may_review and places.who.covers(line.scope),
            mine=line.uploaded_by == visitor.person.userid.lower(),
            reason_characters=REASON_CHARACTERS,
            first_day=form_day(line.valid_from),
            last_day=form_day(line.valid_to, is_end=True),
            done=done,
        )

    @router.post("/console/documents/{document_id}", response_model=None)
    def decide(
        document_id: str,
        decision: Deed = Form(),
        changes: int = Form(),
        note: str = Form("", max_length=REASON_CHARACTERS),
        acknowledged: str = Form("", max_length=64),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.read() as tx:
            line = hers(tx, one, visitor, document_id)
        if decision in ("refused", "withdrawn") and not note.strip():
            raise WhyMissing(document_id)
        law = ByLaw(())
        if decision == "published" and line.status in UNDECIDED:
            compare(desk, document_id)
            with one.database.read() as tx:
                law = ByLaw.read(tx, one.corp_id, desk, document_id)
        with one.database.begin() as tx:
            deciding = Deciding(tx, one.corp_id, line, visitor.person.userid, one.clock(), changes, law, acknowledged)
            came_of_it = deciding.do(decision, note.strip())
            is_out = decision == "published" and came_of_it is Decided.DONE
            if is_out:
                Losing(tx, one, visitor, Places(tx, one.corp_id, visitor)).end_lost_to(document_id)
            returned = return_answers(tx, one.corp_id, document_id, one.clock()) if is_out else ()
        if came_of_it is Decided.OWN:
            raise OwnDocument(document_id)
        if came_of_it is Decided.ALREADY:
            raise _already(one, visitor, document_id)
        for turn_id in returned:
            one.deliver(turn_id)
        desk.survey()
        return RedirectResponse(_after(document_id, decision), status_code=303)

    @router.post("/console/documents/{document_id}/validity", response_model=None)
    def change_validity(
        document_id: str,
        changes: int = Form(),
        first: str = Form(""),
        last: str = Form(""),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        valid_from, valid_to = first_moment(first), last_moment(last)
        check_order(valid_from, valid_to)
        userid, now = visitor.person.userid, one.clock()
        with one.database.begin() as tx:
            hers(tx, one, visitor, document_id)
            came_of_it = documents.set_validity(
                tx, one.corp_id, document_id, valid_from, valid_to, by=userid, moment=now, seen=changes
            )
            if came_of_it is Decided.DONE:
                told = {"valid_from": first or "不限", "valid_to": last or "不限"}
                audit.append(tx, one.corp_id, now, userid, AuditAction.CHANGE, _subject(document_id), **told)
        if came_of_it is not Decided.DONE:
            raise _already(one, visitor, document_id)
        desk.survey()
        return RedirectResponse(_after(document_id, "validity"), status_code=303)


class Deciding(NamedTuple):
    """One decision about one document, inside its transaction. ``seen`` is the count the form started from.

    ``law`` is what the law says to the text, ``acknowledged`` names those of its findings she has answered for.
    """

    tx: Transaction
    corp_id: str
    line: DocumentLine
    by: str
    moment: datetime
    seen: int
    law: ByLaw
    acknowledged: str

    def do(self, decision: Deed, note: str) -> Decided:
        """Carry a decision out and write it down; nothing is written unless it is done."""
        if decision == "published":
            return self._publish(note)
        to, action = {
            "reviewed": (DocumentStatus.REVIEWED, AuditAction.CHANGE),
            "refused": (DocumentStatus.WITHDRAWN, AuditAction.REFUSE),
            "withdrawn": (DocumentStatus.WITHDRAWN, AuditAction.WITHDRAW),
            "again": (DocumentStatus.DRAFT, AuditAction.PROPOSE),
        }[decision]
        is_published = self.line.status is DocumentStatus.PUBLISHED
        if decision in ("refused", "withdrawn") and is_published is not (decision == "withdrawn"):
            return Decided.ALREADY
        done = self._move(to, self.seen, note)
        if done is Decided.DONE:
            self._note(action, status=to.label, **({"reason": note} if note else {}))
        return done

    def _publish(self, reason: str) -> Decided:
        """Review and publish in one go, in that order, unless somebody reviewed it before."""
        seen = self.seen
        if self.line.status is DocumentStatus.DRAFT:
            reviewed = self._move(DocumentStatus.REVIEWED, seen, "")
            if reviewed is not Decided.DONE:
                return reviewed
            self._note(AuditAction.CHANGE, status=DocumentStatus.REVIEWED.label)
            seen += 1
        document_id = self.line.document_id
        waiting = conflicts.open_by_document(self.tx, self.corp_id, [document_id]).get(document_id, 0)
        if waiting:
            raise ConflictsOpen(waiting)
        answered = self.law.answered(self.acknowledged, reason)
        if self.line.is_uploaded:
            self._number()
        done = self._move(DocumentStatus.PUBLISHED, seen, "")
        if done is Decided.DONE:
            set_aside = conflicts.carry_out(self.tx, self.corp_id, document_id, self.by, self.moment)
            self._note(AuditAction.PUBLISH, status=DocumentStatus.PUBLISHED.label, set_aside=str(set_aside), **answered)
        return done

    def _number(self) -> None:
        line = self.line
        newest = documents.highest_version(self.tx, self.corp_id, line.title, line.kind, line.scope)
        if newest is not None and newest >= line.version:
            uploads.take_next_version(self.tx, self.corp_id, line.document_id, newest + 1)

    def _move(self, to: DocumentStatus, seen: int, note: str) -> Decided:
        return documents.move(
            self.tx, self.corp_id, self.line.document_id, to, by=self.by, moment=self.moment, seen=seen, note=note
        )

    def _note(self, action: AuditAction, **details: str) -> None:
        audit.append(self.tx, self.corp_id, self.moment, self.by, action, _subject(self.line.document_id), **details)


def hers(tx: Transaction, one: Console, visitor: Visitor, document_id: str) -> DocumentLine:
    """A document she decides on; raises NotFound, NotHerScope, and RecordsElsewhere for a product table."""
    who = documents.sight(tx, one.corp_id, visitor.stores, visitor.person.userid)
    line = documents.one_document(tx, one.corp_id, who, document_id)
    check_covers(who, line.scope)
    if is_record(documents.passages_of_document(tx, one.corp_id, document_id, limit=1)):
        raise RecordsElsewhere(document_id)
    return line


def is_record(passages: tuple[NumberedPassage, ...]) -> bool:
    """Every row of a product table is a passage of its SKU."""
    return bool(passages) and bool(passages[0].passage.skus)


def _told(entry: AuditEntry) -> str:
    """What somebody did, in a few words."""
    told = entry.details
    if entry.action is AuditAction.CHANGE:
        return f"改有效期：{told['valid_from']} 至 {told['valid_to']}" if "valid_from" in told else "审过"
    words = {AuditAction.PROPOSE: "提交审核", AuditAction.SEND: "给导购发了更正"}.get(entry.action, entry.action.label)
    return f"{words}：{told['reason']}" if told.get("reason") else words


def _after(document_id: str, done: str) -> str:
    """Where a decision leads: after one that made sent words wrong, to those who sent them."""
    further = "/leaning" if done in ("withdrawn", "validity") else ""
    return f"/console/documents/{document_id}{further}?done={done}"


def _subject(document_id: str) -> str:
    return f"document:{document_id}"


def _already(one: Console, visitor: Visitor, document_id: str) -> AlreadyDecided:
    """Say who was first, and what became of it."""
    with one.database.read() as tx:
        line = hers(tx, one, visitor, document_id)
        known = people.names(tx, one.corp_id, (line.changed_by,))
    who = known.get(line.changed_by, line.changed_by) or "读入资料的时候，系统"
    when = f"在 {moment(line.changed_at)} " if line.changed_at else ""
    now = f"现在是「{line.status.label}」，您这次的选择没有记下。请打开这份资料再看一眼。"
    return AlreadyDecided(f"{who}{when}已经动过这份资料，{now}")


def compare(desk: MaterialDesk, document_id: str) -> None:
    """Hold a text against what is published now; raises FileRefused where nobody can."""
    try:
        desk.compare(document_id)
    except UploadRefused as refused:
        raise FileRefused(refused.reason, refused.remedy) from refused


def _address(wanted: DocumentFilter, before: str) -> str:
    asked = {
        "words": wanted.words,
        "kind": wanted.kind,
        "status": wanted.status,
        "scope": wanted.scope_level,
        "ending": "1" if wanted.ending_before else "",
        "before": before,
    }
    return address_of("/console/documents", asked)
