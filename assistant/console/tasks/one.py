"""One task: before it is published whom it would reach, afterwards how it goes, customer by customer, and what came of it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, address_of, page
from assistant.console.tasks import words
from assistant.console.tasks.choices import chosen_for
from assistant.errors import NotFound
from assistant.offers.attribution import Rule
from assistant.offers.holdout import Holdout, result_words
from assistant.offers.reach import reaches
from assistant.outreach.choosing import Chosen
from assistant.outreach.plan import Counted, TaskPhase, phase
from assistant.shop import Coupon, Script, Store
from assistant.store import access, material, notices, people, scripts
from assistant.store.console import tasks as seen
from assistant.store.console.tasks import ByGuide, ItemLine, Outcome, TaskLine
from assistant.store.tasks import ItemStatus, Task, TaskStatus
from assistant.tasking import end_key, start_key

PAGE_ITEMS = 30
REASONS_SHOWN = 8
SHOWN_STATUSES = (ItemStatus.OPEN, ItemStatus.DONE, ItemStatus.SKIPPED)


class Leaning(NamedTuple):
    """The script and the coupon a task leans on; None where it names none, or what it named is gone."""

    script: Script | None
    coupon: Coupon | None
    without_coupon: tuple[str, ...]
    """The stores of the task where the coupon may not be used, by name."""


class StoreLine(NamedTuple):
    """How a store stands: its guides, and all of them together."""

    name: str
    counted: Counted
    guides: tuple[ByGuide, ...]


def task_routes(router: APIRouter, one: Console, holdout: Holdout, rule: Rule) -> None:
    """One task's page."""

    @router.get("/console/tasks/{task_id}", response_model=None)
    def task(
        task_id: str,
        status: ItemStatus = ItemStatus.OPEN,
        after: str = "",
        done: Literal["", "made", "changed", "published", "stopped"] = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        if status not in SHOWN_STATUSES:
            raise NotFound(task_id)
        now = one.clock()
        with one.database.read() as tx:
            held = seen.one(tx, one.corp_id, visitor.stores, task_id)
            common = _common(tx, one, visitor, held, now, done)
            if held.task.status is TaskStatus.DRAFT:
                return page("tasks/draft.html", **common, **_preview(tx, one, held.task, holdout, now))
            shown = _going(tx, one, visitor, held, rule, status, after)
        return page("tasks/page.html", **common, **shown)


def _common(tx: Any, one: Console, visitor: Visitor, held: TaskLine, now: datetime, done: str) -> dict[str, Any]:
    found, today = held.task, now.astimezone(SHOP_TIME).date()
    every = material.stores(tx, one.corp_id)
    names = people.names(tx, one.corp_id, frozenset({found.made_by, found.published_by, found.stopped_by} - {""}))
    return {
        "visitor": visitor,
        "found": found,
        "phase": _stands(found, today),
        "whom": words.whom_words(
            found.words.segment,
            found.stores,
            {store.store_id: store.name for store in every},
            {store.region_id: store.region_name for store in every},
        ),
        "days": words.days_words(found.words),
        "leaning": _leaning(tx, one, found, every),
        "people": names,
        "may_decide": visitor.may_review and seen.may_decide(found, visitor.stores),
        "done": done,
        "whole": seen.may_decide(found, visitor.stores),
    }


def _stands(found: Task, today: date) -> TaskPhase:
    decided = TaskPhase.RUNNING if found.status is TaskStatus.PUBLISHED else TaskPhase(found.status.value)
    return phase(decided, found.words.starts_on, found.words.ends_on, today)


def _leaning(tx: Any, one: Console, found: Task, every: tuple[Store, ...]) -> Leaning:
    script_id, coupon_id = found.words.script_id, found.words.coupon_id
    served = scripts.of_library(tx, one.corp_id, (script_id,)).get(script_id) if script_id else None
    script = served.script if served is not None and not served.withdrawn else None
    coupon = material.coupon_served(tx, one.corp_id, coupon_id) if coupon_id else None
    hers = [store for store in every if store.store_id in found.stores] if coupon is not None else []
    without = tuple(store.name for store in hers if coupon is not None and not reaches(coupon.scope, store))
    return Leaning(script, coupon, without)


def _preview(tx: Any, one: Console, found: Task, holdout: Holdout, now: datetime) -> dict[str, Any]:
    chosen: Chosen = chosen_for(tx, one, found, holdout, now)
    names = {store.store_id: store.name for store in material.stores(tx, one.corp_id)}
    return {
        "chosen": chosen,
        "store_lines": tuple(
            (names.get(store_id, store_id), counted)
            for store_id, counted in sorted(chosen.by_store.items(), key=lambda pair: (-pair[1].chosen, pair[0]))
        ),
        "begins_late": found.words.starts_on < now.astimezone(SHOP_TIME).date(),
    }


def _going(
    tx: Any, one: Console, visitor: Visitor, held: TaskLine, rule: Rule, status: ItemStatus, after: str
) -> dict[str, Any]:
    found, stores = held.task, visitor.stores
    lines = seen.items(tx, one.corp_id, stores, found.task_id, status, after=after, limit=PAGE_ITEMS + 1)
    shown = lines[:PAGE_ITEMS]
    names = one.stores(tx, visitor)
    begins, ends = _midnight(found.words.starts_on), _midnight(found.words.ends_on + timedelta(days=1))
    outcome = seen.outcome(tx, one.corp_id, stores, found, begins, ends, rule.days)
    today = one.clock().astimezone(SHOP_TIME).date()
    return {
        "counted": held.counted,
        "progress": words.progress_words(held.counted),
        "behind": found.status is TaskStatus.PUBLISHED and words.behind(held.counted, found.words, today),
        "store_lines": _by_store(seen.by_guide(tx, one.corp_id, stores, found.task_id), names),
        "reasons": seen.reasons(tx, stores, found.task_id, REASONS_SHOWN),
        "outcome": outcome,
        "came_of_it": _came_of_it(outcome, rule),
        "not_told": _not_told(tx, one, visitor, found),
        "wanted": status,
        "statuses": tuple((each, _address(found.task_id, each)) for each in SHOWN_STATUSES),
        "items": shown,
        "stores": names,
        "after": after,
        "first": _address(found.task_id, status),
        "further": _address(found.task_id, status, shown[-1].customer_id) if len(lines) > PAGE_ITEMS else "",
        "hidden_names": visitor.hidden(_names(shown)),
    }


def _by_store(lines: tuple[ByGuide, ...], names: dict[str, str]) -> tuple[StoreLine, ...]:
    found: dict[str, list[ByGuide]] = {}
    for line in lines:
        found.setdefault(line.store_id, []).append(line)
    return tuple(
        StoreLine(
            names.get(store_id, store_id),
            Counted(
                reached=sum(each.counted.reached for each in guides),
                skipped=sum(each.counted.skipped for each in guides),
                open=sum(each.counted.open for each in guides),
            ),
            tuple(guides),
        )
        for store_id, guides in found.items()
    )


def _came_of_it(outcome: Outcome, rule: Rule) -> str:
    return result_words(outcome.orders, outcome.paid_fen, rule, outcome.reached, outcome.left_alone)


def _not_told(tx: Any, one: Console, visitor: Visitor, found: Task) -> tuple[str, ...]:
    """Guides of her stores whom a notice of this task did not reach, by name."""
    failed = {
        each.userid.lower()
        for key in (start_key(found.task_id), end_key(found.task_id))
        for each in notices.not_told(tx, one.corp_id, key)
    }
    return tuple(
        person.name
        for person in (access.access_guides(tx, one.corp_id) if failed else ())
        if person.userid.lower() in failed and (visitor.stores is None or person.store_id in visitor.stores)
    )


def _names(shown: tuple[ItemLine, ...]) -> tuple[str, ...]:
    return tuple(line.customer_name for line in shown if line.customer_name)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHOP_TIME)


def _address(task_id: str, status: ItemStatus, after: str = "") -> str:
    asked = {"status": "" if status is ItemStatus.OPEN else status.value, "after": after}
    found = address_of(f"/console/tasks/{task_id}", asked)
    return f"{found}#items" if "?" in found else found
