"""Publishing a task, stopping it early, throwing a draft away: each once, each in the audit log."""

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console
from assistant.console.refusals import NobodyToContact, TaskChanged, TaskNotYours, TaskTooLate
from assistant.console.tasks.choices import chosen_for
from assistant.offers.holdout import Holdout
from assistant.store import audit, tasks
from assistant.store.audit import AuditAction
from assistant.store.console import tasks as seen
from assistant.store.database import Transaction
from assistant.store.tasks import Task, TaskStatus
from assistant.tasking import tell


def deciding_routes(router: APIRouter, one: Console, holdout: Holdout) -> None:
    """What is decided about a task."""

    @router.post("/console/tasks/{task_id}/publish", response_model=None)
    def publish(
        task_id: str, changes: int = Form(0), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        now, by = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            found = _hers(tx, one, visitor, task_id)
            if found.status is TaskStatus.PUBLISHED and found.published_by == by.lower():
                # her own second click on the same button
                return _to(task_id, "published")
            if found.words.ends_on < now.astimezone(SHOP_TIME).date():
                raise TaskTooLate(task_id)
            chosen = chosen_for(tx, one, found, holdout, now)
            if not chosen.chosen:
                raise NobodyToContact(task_id)
            published = tasks.publish(
                tx,
                one.corp_id,
                task_id,
                chosen.chosen,
                chosen.held_out,
                dict(chosen.left_out),
                by=by,
                moment=now,
                seen=changes,
            )
            if not published:
                raise TaskChanged(task_id)
            audit.append(
                tx,
                one.corp_id,
                now,
                by,
                AuditAction.START,
                f"task:{task_id}",
                customers=str(len(chosen.chosen)),
                stores=str(len(found.stores)),
            )
            tell(tx, one.corp_id, now)
        return _to(task_id, "published")

    @router.post("/console/tasks/{task_id}/stop", response_model=None)
    def stop(task_id: str, changes: int = Form(0), visitor: Visitor = Depends(one.gate.reviewer)) -> RedirectResponse:
        now, by = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            _hers(tx, one, visitor, task_id)
            if not tasks.stop(tx, one.corp_id, task_id, by=by, moment=now, seen=changes):
                raise TaskChanged(task_id)
            audit.append(tx, one.corp_id, now, by, AuditAction.STOP, f"task:{task_id}")
        return _to(task_id, "stopped")

    @router.post("/console/tasks/{task_id}/discard", response_model=None)
    def discard(
        task_id: str, changes: int = Form(0), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        now, by = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            _hers(tx, one, visitor, task_id)
            if not tasks.discard(tx, one.corp_id, task_id, seen=changes):
                raise TaskChanged(task_id)
            audit.append(tx, one.corp_id, now, by, AuditAction.DELETE, f"task:{task_id}")
        return RedirectResponse("/console/tasks?phase=draft", status_code=303)


def _hers(tx: Transaction, one: Console, visitor: Visitor, task_id: str) -> Task:
    """A task she may decide about; raises NotFound where it does not reach her stores, TaskNotYours where others' too."""
    found = seen.one(tx, one.corp_id, visitor.stores, task_id).task
    if not seen.may_decide(found, visitor.stores):
        raise TaskNotYours(task_id)
    return found


def _to(task_id: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"/console/tasks/{task_id}?done={done}", status_code=303)
