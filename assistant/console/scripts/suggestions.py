"""Texts that guides changed before sending: a manager approves or refuses each once."""

from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.differences import Difference, compare
from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.console.refusals import AlreadyDecided, OwnSuggestion, ReasonMissing
from assistant.store.console import suggestions as edited
from assistant.store.console.suggestions import Review, SuggestionLine, SuggestionStatus

PAGE_LINES = 20
DECIDED_LINES = 10
NOTE_CHARACTERS = 500


class Suggested(NamedTuple):
    """A suggestion with its two texts side by side; ``mine`` when the visitor wrote it herself."""

    line: SuggestionLine
    difference: Difference
    mine: bool


def suggestion_routes(one: Console) -> APIRouter:
    """The list of suggestions and the decision on one."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console/suggestions", response_model=None)
    def suggestions(
        before: str = "", done: Literal["", "approved", "refused"] = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        with one.database.read() as tx:
            lines = edited.open_suggestions(tx, one.corp_id, visitor.stores, before=before, limit=PAGE_LINES + 1)
            decided = edited.decided_suggestions(tx, one.corp_id, visitor.stores, DECIDED_LINES)
            stores = one.stores(tx, visitor)
        shown = lines[:PAGE_LINES]
        return page(
            "scripts/suggestions.html",
            visitor=visitor,
            waiting=tuple(_suggested(line, visitor) for line in shown),
            decided=tuple(_suggested(line, visitor) for line in decided),
            stores=stores,
            done=done,
            before=before,
            next_before=shown[-1].turn_id if len(lines) > PAGE_LINES else "",
            note_characters=NOTE_CHARACTERS,
            hidden_names=visitor.hidden(tuple(name for line in (*shown, *decided) for name in line.customer_names)),
        )

    @router.post("/console/suggestions/{turn_id}", response_model=None)
    def decide(
        turn_id: str,
        decision: Literal["approved", "refused"] = Form(),
        note: str = Form("", max_length=NOTE_CHARACTERS),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        status = SuggestionStatus(decision)
        with one.database.begin() as tx:
            edited.one_suggestion(tx, one.corp_id, visitor.stores, turn_id)
            if status is SuggestionStatus.REFUSED and not note.strip():
                raise ReasonMissing(turn_id)
            came_of_it = edited.review(
                tx,
                one.corp_id,
                visitor.stores,
                turn_id,
                reviewer=visitor.person.userid,
                decision=status,
                note=note.strip(),
                moment=one.clock(),
            )
            standing = edited.one_suggestion(tx, one.corp_id, visitor.stores, turn_id)
        if came_of_it is Review.OWN:
            raise OwnSuggestion(turn_id)
        if came_of_it is Review.ALREADY:
            raise AlreadyDecided(_who_was_first(standing))
        return RedirectResponse(f"/console/suggestions?done={decision}", status_code=303)

    return router


def _suggested(line: SuggestionLine, visitor: Visitor) -> Suggested:
    mine = line.guide_userid == visitor.person.userid.lower()
    return Suggested(line, compare(line.draft_text, line.proposed_text), mine)


def _who_was_first(line: SuggestionLine) -> str:
    when = f"在 {moment(line.reviewed_at)} " if line.reviewed_at else ""
    return f"{line.reviewer}{when}已经选了「{line.status.label}」，以那次为准，您这次的选择没有记下。"
