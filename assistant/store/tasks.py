"""A task's life: made, changed, published to its customers' guides, settled one by one, stopped; each step once.

The items stand in ``task_item``, one for each customer. An open one belongs to whoever is her guide now, so a customer
handed over takes it with her.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, delete, insert, select, update

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.outreach.contacts import OpenTask
from assistant.outreach.segment import Addressee, LeftOut, Segment
from assistant.store.tables import customer, task, task_item, task_store
from assistant.turn import TaskGoal
from knowledge.noun import Labelled

_AT_ONCE = 1000


class TaskStatus(Labelled):
    """What was decided about a task; whether a published one is running is a question of the day (``outreach.plan``)."""

    DRAFT = "draft", "还没发布"
    PUBLISHED = "published", "已发布"
    STOPPED = "stopped", "提前停了"


class ItemStatus(Labelled):
    """What became of one customer's item. Those held out are never shown to a guide: they are compared with."""

    OPEN = "open", "还没联系"
    DONE = "done", "已联系"
    SKIPPED = "skipped", "不联系"
    HELD_OUT = "held-out", "对照组"


class TaskWords(NamedTuple):
    """What a manager says of a task: days are Shanghai's, both included; ids are empty where she named none."""

    title: str
    purpose: str
    segment: Segment
    script_id: str
    coupon_id: str
    starts_on: date
    ends_on: date


class Task(NamedTuple):
    """One task. ``stores`` are those it reaches; ``changes`` counts up: whoever saves names the count she started from."""

    task_id: str
    words: TaskWords
    stores: frozenset[str]
    status: TaskStatus
    made_by: str
    made_at: datetime
    published_by: str
    published_at: datetime | None
    stopped_by: str
    stopped_at: datetime | None
    left_out: dict[LeftOut, int]
    changes: int


def read(tx: Connection, corp_id: str, task_id: str) -> Task:
    """Return a task; raises NotFound. Whether the reader may see it is asked by ``store/console/tasks.py``."""
    row = tx.execute(select(task).where(task.c.corp_id == corp_id, task.c.task_id == task_id)).one_or_none()
    if row is None:
        raise NotFound(task_id)
    stores = tx.execute(select(task_store.c.store_id).where(task_store.c.task_id == task_id)).scalars()
    return as_task(row, frozenset(stores))


def make(tx: Connection, corp_id: str, words: TaskWords, stores: Iterable[str], *, by: str, moment: datetime) -> str:
    """Write a new draft and return its id."""
    task_id = f"TK{uuid4().hex[:16]}"
    tx.execute(
        insert(task).values(
            task_id=task_id,
            corp_id=corp_id,
            status=TaskStatus.DRAFT.value,
            made_by=by.lower(),
            made_at=moment,
            published_by="",
            stopped_by="",
            left_out={},
            changes=1,
            **_columns(words),
        )
    )
    _reach(tx, task_id, stores)
    return task_id


def change(tx: Connection, corp_id: str, task_id: str, words: TaskWords, stores: Iterable[str], *, seen: int) -> bool:
    """Rewrite a draft; False when somebody changed or published it since ``seen``, and nothing is written."""
    if not _step(tx, corp_id, task_id, TaskStatus.DRAFT, seen, **_columns(words)):
        return False
    tx.execute(delete(task_store).where(task_store.c.task_id == task_id))
    _reach(tx, task_id, stores)
    return True


def discard(tx: Connection, corp_id: str, task_id: str, *, seen: int) -> bool:
    """Throw a draft away; False when somebody changed or published it since ``seen``."""
    if not _step(tx, corp_id, task_id, TaskStatus.DRAFT, seen):
        return False
    tx.execute(delete(task_store).where(task_store.c.task_id == task_id))
    tx.execute(delete(task).where(task.c.task_id == task_id))
    return True


def publish(
    tx: Connection,
    corp_id: str,
    task_id: str,
    chosen: Sequence[Addressee],
    held_out: Sequence[Addressee],
    left_out: dict[LeftOut, int],
    *,
    by: str,
    moment: datetime,
    seen: int,
) -> bool:
    """Make one item for each customer; False when the draft was changed or published since ``seen``: nothing is written."""
    published = _step(
        tx,
        corp_id,
        task_id,
        TaskStatus.DRAFT,
        seen,
        status=TaskStatus.PUBLISHED.value,
        published_by=by.lower(),
        published_at=moment,
        left_out={reason.value: count for reason, count in left_out.items() if count},
    )
    if not published:
        return False
    items = [(one, ItemStatus.OPEN) for one in chosen] + [(one, ItemStatus.HELD_OUT) for one in held_out]
    for start in range(0, len(items), _AT_ONCE):
        tx.execute(
            insert(task_item),
            [
                {
                    "task_id": task_id,
                    "customer_id": one.customer_id,
                    "corp_id": corp_id,
                    "guide_folded": one.guide,
                    "store_id": one.store_id,
                    "status": status.value,
                    "turn_id": "",
                    "reason": "",
                }
                for one, status in items[start : start + _AT_ONCE]
            ],
        )
    return True


def stop(tx: Connection, corp_id: str, task_id: str, *, by: str, moment: datetime, seen: int) -> bool:
    """End a published task before its day; False when somebody was first."""
    return _step(
        tx,
        corp_id,
        task_id,
        TaskStatus.PUBLISHED,
        seen,
        status=TaskStatus.STOPPED.value,
        stopped_by=by.lower(),
        stopped_at=moment,
    )


# ---- what guides are told of it ----------------------------------------------------------------


class ToTell(NamedTuple):
    """A task of which guides are to be told."""

    task_id: str
    title: str
    purpose: str
    ends_on: date


def to_announce(tx: Connection, corp_id: str, today: date) -> tuple[ToTell, ...]:
    """Running tasks of which nobody was told yet."""
    return _to_tell(tx, corp_id, is_running(today), task.c.announced_at.is_(None))


def to_remind(tx: Connection, corp_id: str, today: date) -> tuple[ToTell, ...]:
    """Running tasks that end tomorrow or today, began before today, and of whose end nobody was told yet."""
    near = and_(task.c.ends_on <= today + timedelta(days=1), task.c.starts_on < today)
    return _to_tell(tx, corp_id, is_running(today), near, task.c.reminded_at.is_(None))


def _to_tell(tx: Connection, corp_id: str, *which: ColumnElement[bool]) -> tuple[ToTell, ...]:
    query = select(task.c.task_id, task.c.title, task.c.purpose, task.c.ends_on)
    rows = tx.execute(query.where(task.c.corp_id == corp_id, *which).order_by(task.c.ends_on, task.c.task_id))
    return tuple(ToTell(*row) for row in rows)


def mark_announced(tx: Connection, task_id: str, moment: datetime) -> bool:
    """Take it on to tell of a task's beginning; False when another process did."""
    return _mark(tx, task_id, task.c.announced_at, moment)


def mark_reminded(tx: Connection, task_id: str, moment: datetime) -> bool:
    """Take it on to tell of a task's end; False when another process did."""
    return _mark(tx, task_id, task.c.reminded_at, moment)


def _mark(tx: Connection, task_id: str, column: Column[Any], moment: datetime) -> bool:
    this = update(task).where(task.c.task_id == task_id, column.is_(None))
    return tx.execute(this.values({column: moment})).rowcount == 1


def open_names(tx: Connection, task_id: str) -> dict[str, tuple[str, ...]]:
    """What the customers with open items are called, by the folded userid of their guide now."""
    rows = tx.execute(
        select(customer.c.guide_folded, customer.c.name)
        .join(
            task_item,
            and_(customer.c.corp_id == task_item.c.corp_id, customer.c.customer_id == task_item.c.customer_id),
        )
        .where(task_item.c.task_id == task_id, task_item.c.status == ItemStatus.OPEN.value)
        .order_by(customer.c.guide_folded, customer.c.customer_id)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.guide_folded, []).append(row.name)
    return {guide: tuple(names) for guide, names in found.items()}


# ---- what guides do with it --------------------------------------------------------------------


def open_of_guide(tx: Connection, corp_id: str, guide: str, moment: datetime) -> dict[str, OpenTask]:
    """The open items of running tasks for this guide's customers, by customer; of several the one that ends first."""
    today = moment.astimezone(SHOP_TIME).date()
    rows = tx.execute(
        select(
            task_item.c.customer_id,
            *(task.c[name] for name in ("task_id", "title", "purpose", "script_id", "coupon_id", "ends_on")),
        )
        .join(task, task.c.task_id == task_item.c.task_id)
        .join(
            customer,
            and_(customer.c.corp_id == task_item.c.corp_id, customer.c.customer_id == task_item.c.customer_id),
        )
        .where(
            customer.c.corp_id == corp_id,
            customer.c.guide_folded == guide.lower(),
            task_item.c.status == ItemStatus.OPEN.value,
            is_running(today),
        )
        .order_by(task.c.ends_on, task.c.task_id)
    )
    found: dict[str, OpenTask] = {}
    for row in rows:
        goal = TaskGoal(
            task_id=row.task_id,
            title=row.title,
            purpose=row.purpose,
            script_id=row.script_id,
            coupon_id=row.coupon_id,
        )
        found.setdefault(row.customer_id, OpenTask(goal=goal, ends_on=row.ends_on))
    return found


def runs(tx: Connection, corp_id: str, task_id: str, moment: datetime) -> bool:
    """Say whether a task still runs: what was drafted for one that was stopped meanwhile is not sent."""
    today = moment.astimezone(SHOP_TIME).date()
    query = select(task.c.task_id).where(task.c.corp_id == corp_id, task.c.task_id == task_id, is_running(today))
    return tx.execute(query).one_or_none() is not None


def settle(
    tx: Connection,
    corp_id: str,
    task_id: str,
    customer_id: str,
    status: ItemStatus,
    *,
    guide: str,
    moment: datetime,
    turn_id: str = "",
    reason: str = "",
) -> bool:
    """Write down what became of an item; one that was written to stays so. False where there was nothing to settle."""
    earlier = [ItemStatus.OPEN.value] + ([ItemStatus.SKIPPED.value] if status is ItemStatus.DONE else [])
    done = tx.execute(
        update(task_item)
        .where(
            task_item.c.corp_id == corp_id,
            task_item.c.task_id == task_id,
            task_item.c.customer_id == customer_id,
            task_item.c.status.in_(earlier),
        )
        .values(status=status.value, guide_folded=guide.lower(), settled_at=moment, turn_id=turn_id, reason=reason)
    )
    return done.rowcount == 1


def is_running(today: date) -> ColumnElement[bool]:
    """The condition that a task is published and today is one of its days."""
    return and_(task.c.status == TaskStatus.PUBLISHED.value, task.c.starts_on <= today, task.c.ends_on >= today)


def as_task(row: Row[Any], stores: frozenset[str]) -> Task:
    """Read a task from its row."""
    return Task(
        task_id=row.task_id,
        words=TaskWords(
            title=row.title,
            purpose=row.purpose,
            segment=Segment.model_validate_json(json.dumps(row.segment)),
            script_id=row.script_id,
            coupon_id=row.coupon_id,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        ),
        stores=stores,
        status=TaskStatus(row.status),
        made_by=row.made_by,
        made_at=row.made_at,
        published_by=row.published_by,
        published_at=row.published_at,
        stopped_by=row.stopped_by,
        stopped_at=row.stopped_at,
        left_out={LeftOut(reason): count for reason, count in row.left_out.items()},
        changes=row.changes,
    )


def _columns(words: TaskWords) -> dict[str, Any]:
    return {**words._asdict(), "segment": words.segment.model_dump(mode="json")}


def _reach(tx: Connection, task_id: str, stores: Iterable[str]) -> None:
    rows = [{"task_id": task_id, "store_id": one} for one in sorted(set(stores))]
    if rows:
        tx.execute(insert(task_store), rows)


def _step(tx: Connection, corp_id: str, task_id: str, before: TaskStatus, seen: int, **values: Any) -> bool:
    done = tx.execute(
        update(task)
        .where(
            task.c.corp_id == corp_id,
            task.c.task_id == task_id,
            task.c.status == before.value,
            task.c.changes == seen,
        )
        .values(changes=seen + 1, **values)
    )
    return done.rowcount == 1
