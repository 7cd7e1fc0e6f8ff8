"""Questions that a model proposed for passages, for headquarters to approve or refuse; approved ones are served at once."""

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.store import material, questions
from assistant.store.questions import AskedQuestion, QuestionStatus
from knowledge.passage import Passage

SHOWN = 60
"""Questions on one page; the next ones come when these are decided."""


class PassageToReview:
    """A passage with the questions that wait for a decision; without text when it has changed or gone meanwhile."""

    def __init__(self, passage: Passage | None, waiting: tuple[AskedQuestion, ...]) -> None:
        self.passage = passage
        self.waiting = waiting


def question_routes(router: APIRouter, one: Console) -> None:
    """The list of proposed questions by passage, and deciding on several at once."""

    @router.get("/console/questions", response_model=None)
    def waiting(visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            proposed = questions.to_review(tx, one.corp_id, SHOWN)
            passages = material.passages_by_id(tx, one.corp_id, {ask.passage_id for ask in proposed})
        by_passage: dict[str, list[AskedQuestion]] = {}
        for ask in proposed:
            by_passage.setdefault(ask.passage_id, []).append(ask)
        groups = [PassageToReview(passages.get(id_), tuple(asks)) for id_, asks in by_passage.items()]
        return page("knowledge/questions.html", visitor=visitor, groups=groups, may_edit=visitor.may_decide_for_all)

    @router.post("/console/questions", response_model=None)
    def decide(
        decision: QuestionStatus = Form(),
        chosen: list[str] = Form(default=[], max_length=SHOWN),
        visitor: Visitor = Depends(one.gate.headquarters),
    ) -> RedirectResponse:
        if chosen and decision is not QuestionStatus.PROPOSED:
            with one.database.begin() as tx:
                questions.review(tx, one.corp_id, chosen, decision, visitor.person.userid, one.clock())
        return RedirectResponse("/console/questions", status_code=303)
