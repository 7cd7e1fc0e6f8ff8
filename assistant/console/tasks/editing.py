"""Making a task and changing it before it is published: one form, given back with its mistakes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.refusals import TaskChanged, TaskNotYours
from assistant.console.tasks import form
from assistant.console.tasks.choices import choices_for
from assistant.console.tasks.form import Choices, Mistake, Written
from assistant.store import audit, tasks
from assistant.store.audit import AuditAction
from assistant.store.console import tasks as seen
from assistant.store.tasks import Task, TaskStatus, TaskWords

LONGEST_BLANK = 2000
_Blank = Annotated[str, Form(max_length=LONGEST_BLANK)]
_Ticks = Annotated[list[str], Form()]


def written_in(
    title: _Blank = "",
    purpose: _Blank = "",
    regions: _Ticks = [],  # noqa: B006 - FastAPI copies it for every request
    stores: _Ticks = [],  # noqa: B006
    tiers: _Ticks = [],  # noqa: B006
    tags: _Blank = "",
    lapsed_days: _Blank = "",
    birthday_month: _Blank = "",
    categories: _Ticks = [],  # noqa: B006
    script_id: _Blank = "",
    coupon_id: _Blank = "",
    starts_on: _Blank = "",
    ends_on: _Blank = "",
) -> Written:
    """The form as it was sent."""
    return Written(
        title=title,
        purpose=purpose.replace("\r\n", "\n"),
        regions=tuple(regions),
        stores=tuple(stores),
        tiers=tuple(tiers),
        tags=tags,
        lapsed_days=lapsed_days,
        birthday_month=birthday_month,
        categories=tuple(categories),
        script_id=script_id,
        coupon_id=coupon_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def editing_routes(router: APIRouter, one: Console) -> None:
    """A new task, and one not published yet."""

    @router.get("/console/tasks/new", response_model=None)
    def new(visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        today = now.astimezone(SHOP_TIME).date().isoformat()
        with one.database.read() as tx:
            choices = choices_for(tx, one, visitor, now)
        return _form(visitor, choices, Written(starts_on=today), ())

    @router.post("/console/tasks/new", response_model=None)
    def make(
        written: Written = Depends(written_in), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> HTMLResponse | RedirectResponse:
        now = one.clock()
        with one.database.begin() as tx:
            choices = choices_for(tx, one, visitor, now)
            judged = form.judge(written, choices, now.astimezone(SHOP_TIME).date())
            if judged.words is None:
                return _form(visitor, choices, written, judged.mistakes)
            by = visitor.person.userid
            stores = _reached(judged.words, choices)
            task_id = tasks.make(tx, one.corp_id, judged.words, stores, by=by, moment=now)
            audit.append(tx, one.corp_id, now, by, AuditAction.PROPOSE, f"task:{task_id}", stores=str(len(stores)))
        return RedirectResponse(f"/console/tasks/{task_id}?done=made", status_code=303)

    @router.get("/console/tasks/{task_id}/edit", response_model=None)
    def edit(task_id: str, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            found = _draft(tx, one, visitor, task_id)
            choices = choices_for(tx, one, visitor, now)
        return _form(visitor, choices, Written.of(found.words), (), found)

    @router.post("/console/tasks/{task_id}/edit", response_model=None)
    def change(
        task_id: str,
        changes: int = Form(0),
        written: Written = Depends(written_in),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> HTMLResponse | RedirectResponse:
        now = one.clock()
        with one.database.begin() as tx:
            found = _draft(tx, one, visitor, task_id)
            choices = choices_for(tx, one, visitor, now)
            judged = form.judge(written, choices, now.astimezone(SHOP_TIME).date())
            if judged.words is None:
                return _form(visitor, choices, written, judged.mistakes, found._replace(changes=changes))
            stores = _reached(judged.words, choices)
            if not tasks.change(tx, one.corp_id, task_id, judged.words, stores, seen=changes):
                raise TaskChanged(task_id)
            by = visitor.person.userid
            audit.append(tx, one.corp_id, now, by, AuditAction.CHANGE, f"task:{task_id}", stores=str(len(stores)))
        return RedirectResponse(f"/console/tasks/{task_id}?done=changed", status_code=303)


def _draft(tx: Any, one: Console, visitor: Visitor, task_id: str) -> Task:
    """A task that may still be changed; raises NotFound for one out of reach, TaskChanged for a published one."""
    found = seen.one(tx, one.corp_id, visitor.stores, task_id).task
    if not seen.may_decide(found, visitor.stores):
        raise TaskNotYours(task_id)
    if found.status is not TaskStatus.DRAFT:
        raise TaskChanged(task_id)
    return found


def _reached(words: TaskWords, choices: Choices) -> list[str]:
    return [store.store_id for store in form.reached(words.segment, choices.stores)]


def _form(
    visitor: Visitor,
    choices: Choices,
    written: Written,
    mistakes: tuple[Mistake, ...],
    found: Task | None = None,
) -> HTMLResponse:
    return page(
        "tasks/form.html",
        422 if mistakes else 200,
        visitor=visitor,
        choices=choices,
        written=written,
        mistakes=mistakes,
        wrong={one.field: one.text for one in reversed(mistakes)},
        found=found,
        title_characters=form.TITLE_CHARACTERS,
        purpose_characters=form.PURPOSE_CHARACTERS,
        most_lapsed_days=form.MOST_LAPSED_DAYS,
    )
