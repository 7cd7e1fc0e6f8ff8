"""Risky drafts before a guide may send them: one manager signs or refuses each turn's, once, while there is time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.conversations.story import Marked, marked
from assistant.console.door.login import Visitor
from assistant.console.formats import moment, time_left
from assistant.console.frame import Console, page
from assistant.console.refusals import AlreadyDecided, NothingSigned, OwnSignOff, ReasonMissing, TooLateToSign
from assistant.signing import decide
from assistant.store.console import signoffs
from assistant.store.console.signoffs import WaitingTurn
from assistant.store.signoffs import Decision
from assistant.turn import Draft, Evidence, Outcome, SignOff, SignOffStanding, SignOffStatus

PAGE_CARDS = 10
DECIDED_LINES = 10
REASON_CHARACTERS = 200
ADVICE_CHARACTERS = 600
SOON = timedelta(minutes=15)


class WaitingDraft(NamedTuple):
    """A draft as the manager reads it; ``number`` is the one the guide was shown."""

    number: int
    draft: Draft
    marked: tuple[Marked, ...]
    reasons: tuple[SignOff, ...]
    signed: bool


class Source(NamedTuple):
    """A record that the waiting drafts rest on, with the name they link to."""

    anchor: str
    evidence: Evidence


class Card(NamedTuple):
    """One turn laid before a manager. ``left`` is the time that is left in words; ``mine`` when she asked it herself."""

    turn: WaitingTurn
    question: str
    drafts: tuple[WaitingDraft, ...]
    others: tuple[Draft, ...]
    sources: tuple[Source, ...]
    left: str
    presses: bool
    mine: bool

    @property
    def is_open(self) -> bool:
        """True while it may be signed."""
        return self.turn.standing.status is SignOffStatus.WAITING


def signoff_routes(router: APIRouter, one: Console) -> None:
    """The list of what waits, one turn's page, and the decision on it."""

    @router.get("/console/signoffs", response_model=None)
    def waiting(
        after: str = "", done: Literal["", "signed", "refused"] = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            found = signoffs.waiting(tx, one.corp_id, visitor.stores, now, after=after, limit=PAGE_CARDS + 1)
            decided = signoffs.decided(tx, one.corp_id, visitor.stores, now, DECIDED_LINES)
            stores = one.stores(tx, visitor)
        shown = found[:PAGE_CARDS]
        return page(
            "scripts/signoffs.html",
            visitor=visitor,
            cards=tuple(_card(turn, visitor, now) for turn in shown),
            decided=decided,
            stores=stores,
            done=done,
            after=after,
            next_after=shown[-1].record.turn_id if len(found) > PAGE_CARDS else "",
            reason_characters=REASON_CHARACTERS,
            advice_characters=ADVICE_CHARACTERS,
            hidden_names=visitor.hidden(
                (
                    *(name for turn in shown for name in turn.customer_names),
                    *(name for line in decided for name in line.customer_names),
                )
            ),
        )

    @router.get("/console/signoffs/{turn_id}", response_model=None)
    def one_turn(turn_id: str, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            found = signoffs.one_signoff(tx, one.corp_id, visitor.stores, turn_id, now)
            stores = one.stores(tx, visitor)
        return page(
            "scripts/signoff.html",
            visitor=visitor,
            card=_card(found, visitor, now),
            stores=stores,
            reason_characters=REASON_CHARACTERS,
            advice_characters=ADVICE_CHARACTERS,
            hidden_names=visitor.hidden(found.customer_names),
        )

    @router.post("/console/signoffs/{turn_id}", response_model=None)
    def sign(
        turn_id: str,
        decision: Literal["signed", "refused"] = Form(),
        draft: list[int] = Form(default=[]),
        reason: str = Form("", max_length=REASON_CHARACTERS),
        advice: str = Form("", max_length=ADVICE_CHARACTERS),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        now = one.clock()
        with one.database.begin() as tx:
            found = signoffs.one_signoff(tx, one.corp_id, visitor.stores, turn_id, now)
            if _is_hers(found, visitor):
                raise OwnSignOff(turn_id)
            _check_open(found.standing, found.decided_at)
            signed = _signed(found, draft) if decision == "signed" else ()
            if len(signed) < len(found.drafts) and not reason.strip():
                raise ReasonMissing(turn_id)
            word = Decision(visitor.person.userid, signed, reason.strip(), advice.strip())
            first = decide(tx, found.record, word, now)
            standing = found if first else signoffs.one_signoff(tx, one.corp_id, visitor.stores, turn_id, now)
        if not first:
            _check_open(standing.standing, standing.decided_at)
        one.deliver(turn_id)
        return RedirectResponse(f"/console/signoffs?done={decision}", status_code=303)


# ---- deciding ----------------------------------------------------------------------------------


def _is_hers(found: WaitingTurn, visitor: Visitor) -> bool:
    return found.record.guide.lower() == visitor.person.userid.lower()


def _signed(found: WaitingTurn, chosen: Iterable[int]) -> tuple[int, ...]:
    """The drafts she ticked, of those that wait; raises NothingSigned."""
    ticked = set(chosen)
    signed = tuple(number for number in found.drafts if number in ticked)
    if not signed:
        raise NothingSigned(found.record.turn_id)
    return signed


def _check_open(standing: SignOffStanding, decided_at: datetime | None) -> None:
    """Raise AlreadyDecided or TooLateToSign unless it may still be signed."""
    if standing.status is SignOffStatus.WAITING:
        return
    if standing.status is SignOffStatus.TIMED_OUT:
        raise TooLateToSign(
            f"签发的时间到 {moment(standing.until)} 为止，已经告诉导购没有签发。要用的话，请她把客户的话再问一次。"
        )
    if standing.status is SignOffStatus.WITHDRAWN:
        raise AlreadyDecided("导购已经用了别的说法，这条不用签了。")
    when = f"在 {moment(decided_at)} " if decided_at else ""
    raise AlreadyDecided(f"{standing.by}{when}已经选了「{standing.status.label}」，以那次为准，您这次的选择没有记下。")


# ---- showing -----------------------------------------------------------------------------------


def _card(found: WaitingTurn, visitor: Visitor, now: datetime) -> Card:
    record = found.record
    shown = [verdict for verdict in record.verdicts if verdict.outcome is not Outcome.HELD]
    numbered = list(enumerate(shown, start=1))
    used = {
        name
        for number, verdict in numbered
        if number in found.drafts
        for name in (
            *(claim.evidence_id for claim in verdict.draft.claims),
            *(one for sentence in verdict.draft.sentences for one in sentence.evidence),
        )
    }
    sources = tuple(
        Source(f"evidence-{record.turn_id}-{number}", evidence)
        for number, evidence in enumerate(record.evidence, start=1)
        if evidence.id in used
    )
    anchors = {one.evidence.id: one.anchor for one in sources}
    return Card(
        turn=found,
        question=" / ".join(message.text for message in record.messages if message.text) or "（没有文字的消息）",
        drafts=tuple(
            WaitingDraft(
                number,
                verdict.draft,
                marked(verdict.draft, anchors),
                verdict.sign_offs,
                number in found.standing.signed,
            )
            for number, verdict in numbered
            if number in found.drafts
        ),
        others=tuple(verdict.draft for number, verdict in numbered if number not in found.drafts),
        sources=sources,
        left=time_left(found.standing.until - now),
        presses=found.standing.until - now <= SOON,
        mine=_is_hers(found, visitor),
    )
