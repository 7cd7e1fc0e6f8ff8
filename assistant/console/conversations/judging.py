"""What a manager says of a turn: her marks by the rubric, and that it is worth keeping as a case."""

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.conversations.redacting import known_people, redacted
from assistant.console.conversations.scoring import NOTE_CHARACTERS, automatic_marks, marks_of
from assistant.console.conversations.story import customer_names
from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console, page
from assistant.console.refusals import AlreadyDecided, ReasonNeeded, SavedByAnother
from assistant.errors import NotFound
from assistant.scoring.rubric import Rubric
from assistant.shop import Role
from assistant.store import access, audit, customers
from assistant.store.audit import AuditAction
from assistant.store.console import conversations, ratings
from assistant.store.console.conversations import TurnStory
from assistant.store.database import Transaction
from assistant.turn import TurnRecord

REASON_CHARACTERS = 200


def judging_routes(router: APIRouter, one: Console) -> None:
    """Rating a turn, and keeping it for the evaluation."""

    @router.post("/console/turns/{turn_id}/rating", response_model=None)
    def rate(
        turn_id: str,
        grounded: str = Form(""),
        compliant: str = Form(""),
        personal: str = Form(""),
        fitting: str = Form("", alias=Rubric.FITTING.value),
        adopted: str = Form(""),
        timely: str = Form(""),
        note: str = Form("", max_length=NOTE_CHARACTERS),
        changes: int = Form(0, ge=0),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        chosen = dict(
            zip(
                (rubric.value for rubric in Rubric),
                (grounded, compliant, personal, fitting, adopted, timely),
                strict=True,
            )
        )
        with one.database.begin() as tx:
            found = _story(one, tx, visitor, turn_id)
            marks = marks_of(chosen)
            saved = ratings.save(
                tx,
                one.corp_id,
                turn_id,
                by=visitor.person.userid,
                marks=marks,
                automatic=automatic_marks(found.record),
                note=note.strip(),
                moment=one.clock(),
                seen=changes,
            )
            if not saved:
                raise SavedByAnother("您在另一个页面改过这一轮的评分，以那次为准。请回到对话刷新后再改。")
            told = {rubric.value: f"{mark:.2f}" for rubric, mark in marks.items()}
            audit.append(
                tx, one.corp_id, one.clock(), visitor.person.userid, AuditAction.RATE, f"turn:{turn_id}", **told
            )
        return RedirectResponse(f"/console/turns/{turn_id}?saved=rating#score", status_code=303)

    @router.get("/console/turns/{turn_id}/case", response_model=None)
    def case(turn_id: str, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            found = _story(one, tx, visitor, turn_id)
            kept = ratings.kept(tx, one.corp_id, turn_id)
            people = known_people(*_names(one, tx, found))
        record = found.record
        return page(
            "conversations/case.html",
            visitor=visitor,
            record=record,
            asked=tuple(redacted(message.text, people) for message in record.messages if message.text),
            drafts=tuple(redacted(verdict.draft.text, people) for verdict in record.verdicts if verdict.draft.text),
            sent=redacted(record.action.sent_text, people) if record.action and record.action.sent_text else (),
            note=redacted(record.action.note, people) if record.action and record.action.note else (),
            kept=kept,
            reason_characters=REASON_CHARACTERS,
            hidden_names=visitor.hidden(customer_names(found)),
        )

    @router.post("/console/turns/{turn_id}/case", response_model=None)
    def keep(
        turn_id: str,
        reason: str = Form("", max_length=REASON_CHARACTERS),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        with one.database.begin() as tx:
            _story(one, tx, visitor, turn_id)
            if not reason.strip():
                raise ReasonNeeded(turn_id)
            by, now = visitor.person.userid, one.clock()
            if not ratings.keep(tx, one.corp_id, turn_id, reason=reason.strip(), by=by, moment=now):
                raise AlreadyDecided(_who_was_first(one, tx, turn_id))
            audit.append(tx, one.corp_id, now, by, AuditAction.KEEP_CASE, f"turn:{turn_id}")
        return RedirectResponse(f"/console/turns/{turn_id}?saved=case", status_code=303)

    @router.post("/console/turns/{turn_id}/case/drop", response_model=None)
    def drop(turn_id: str, visitor: Visitor = Depends(one.gate.reviewer)) -> RedirectResponse:
        with one.database.begin() as tx:
            _story(one, tx, visitor, turn_id)
            if not ratings.let_go(tx, one.corp_id, turn_id):
                raise NotFound(turn_id)
            audit.append(tx, one.corp_id, one.clock(), visitor.person.userid, AuditAction.DELETE, f"case:{turn_id}")
        return RedirectResponse(f"/console/turns/{turn_id}?saved=dropped", status_code=303)


def _story(one: Console, tx: Transaction, visitor: Visitor, turn_id: str) -> TurnStory:
    return conversations.turn_story(tx, one.corp_id, visitor.stores, turn_id, one.clock())


def _who_was_first(one: Console, tx: Transaction, turn_id: str) -> str:
    first = ratings.kept(tx, one.corp_id, turn_id)
    if first is None:
        return "这一轮刚刚有人处理过，请刷新后再看。"
    return f"{first.name}在 {moment(first.kept_at)} 已经把这一轮收为用例，理由是「{first.reason}」。"


def _names(one: Console, tx: Transaction, found: TurnStory) -> tuple[list[str], list[str]]:
    """Everybody the guide may have written of: her customers, whom the turn is about, herself and her colleagues."""
    record: TurnRecord = found.record
    cards = customers.cards_of_guide(tx, one.corp_id, record.guide)
    known = [name for card in cards for name in (card.name, card.address_as)]
    return [*known, *customer_names(found)], [one.name for one in access.access_role(tx, one.corp_id, Role.GUIDE)] + [
        found.guide
    ]
