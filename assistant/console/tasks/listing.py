"""The list of tasks by phase, each with its bar and its words."""

from typing import NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, address_of, page
from assistant.console.tasks import words
from assistant.outreach.plan import TaskPhase
from assistant.store import material
from assistant.store.console import tasks as seen
from assistant.store.console.tasks import TaskLine

PAGE_LINES = 20
ORDER = (TaskPhase.RUNNING, TaskPhase.PLANNED, TaskPhase.DRAFT, TaskPhase.ENDED, TaskPhase.STOPPED)
EMPTY = {
    TaskPhase.RUNNING: "现在没有进行中的任务。",
    TaskPhase.PLANNED: "没有排好还没开始的任务。",
    TaskPhase.DRAFT: "没有还没发布的任务。",
    TaskPhase.ENDED: "还没有结束的任务。",
    TaskPhase.STOPPED: "没有提前停掉的任务。",
}


class Line(NamedTuple):
    """One task as the list shows it."""

    held: TaskLine
    whom: str
    days: str
    progress: str
    behind: bool


def listing_routes(router: APIRouter, one: Console) -> None:
    """The list."""

    @router.get("/console/tasks", response_model=None)
    def tasks(
        phase: TaskPhase = TaskPhase.RUNNING, before: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        today = one.clock().astimezone(SHOP_TIME).date()
        with one.database.read() as tx:
            held = seen.lines(tx, one.corp_id, visitor.stores, phase, today, before=before, limit=PAGE_LINES + 1)
            every = material.stores(tx, one.corp_id)
        stores = {store.store_id: store.name for store in every}
        regions = {store.region_id: store.region_name for store in every}
        shown = held[:PAGE_LINES]
        return page(
            "tasks/list.html",
            visitor=visitor,
            phase=phase,
            phases=tuple((each, _address(each)) for each in ORDER),
            lines=tuple(
                Line(
                    line,
                    words.whom_words(line.task.words.segment, line.task.stores, stores, regions),
                    words.days_words(line.task.words),
                    words.progress_words(line.counted),
                    phase is TaskPhase.RUNNING and words.behind(line.counted, line.task.words, today),
                )
                for line in shown
            ),
            empty=EMPTY[phase],
            before=before,
            newest=_address(phase),
            older=_address(phase, shown[-1].task.task_id) if len(held) > PAGE_LINES else "",
        )


def _address(phase: TaskPhase, before: str = "") -> str:
    asked = {"phase": "" if phase is TaskPhase.RUNNING else phase.value, "before": before}
    return address_of("/console/tasks", asked)
