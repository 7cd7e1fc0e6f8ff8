"""Tasks as managers see them: those that reach their stores, and of each only what concerns these stores."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from assistant.errors import NotFound
from assistant.offers.holdout import Group
from assistant.outreach.plan import Counted, TaskPhase
from assistant.sold import OrderStatus
from assistant.store import tasks
from assistant.store.access import DIRECTORY
from assistant.store.console.scope import Stores
from assistant.store.coupons.life import GrantStatus
from assistant.store.tables import action, coupon_grant, customer, task, task_item, task_store, till_order
from assistant.store.tasks import ItemStatus, Task, TaskStatus

_COUNTED = {ItemStatus.DONE: "reached", ItemStatus.SKIPPED: "skipped", ItemStatus.OPEN: "open"}
_REDEEMED = (GrantStatus.REDEEMED.value,)


class TaskLine(NamedTuple):
    """One task of the list, and how its items stand in the reader's stores."""

    task: Task
    counted: Counted


class ByGuide(NamedTuple):
    """How the items of one guide in one store stand."""

    store_id: str
    guide: str
    counted: Counted


class ItemLine(NamedTuple):
    """One customer's item. ``sent_text`` and ``turn_id`` are the proof; ``customer_name`` is empty once she is elsewhere."""

    customer_id: str
    customer_name: str
    guide: str
    store_id: str
    status: ItemStatus
    reason: str
    settled_at: datetime | None
    turn_id: str
    sent_text: str


class Outcome(NamedTuple):
    """What came after: grants of the texts sent, and orders of the customers written to within the days after it.

    ``reached`` and ``left_alone`` are all customers of the task who could have been written to and those in the hold-out,
    each with how many of them bought from its beginning to so many days after its end. Money in 分.
    """

    granted: int
    redeemed: int
    redeemed_fen: int
    orders: int
    paid_fen: int
    reached: Group
    left_alone: Group


def lines(
    tx: Connection, corp_id: str, stores: Stores, phase: TaskPhase, today: date, *, before: str, limit: int
) -> tuple[TaskLine, ...]:
    """Tasks in one phase, newest first, older than the task ``before``; raises NotFound for an unknown one."""
    query = select(task).where(_seen(corp_id, stores), _in_phase(phase, today))
    if before:
        place = tx.execute(
            select(task.c.made_at).where(_seen(corp_id, stores), task.c.task_id == before)
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        query = query.where(or_(task.c.made_at < place, and_(task.c.made_at == place, task.c.task_id < before)))
    rows = tx.execute(query.order_by(task.c.made_at.desc(), task.c.task_id.desc()).limit(limit)).all()
    ids = [row.task_id for row in rows]
    reached = _stores_of(tx, ids)
    counted = _counted(tx, ids, stores)
    return tuple(
        TaskLine(tasks.as_task(row, reached.get(row.task_id, frozenset())), counted.get(row.task_id, Counted()))
        for row in rows
    )


def one(tx: Connection, corp_id: str, stores: Stores, task_id: str) -> TaskLine:
    """Return one task; raises NotFound when it is missing or does not reach the reader's stores."""
    row = tx.execute(select(task).where(_seen(corp_id, stores), task.c.task_id == task_id)).one_or_none()
    if row is None:
        raise NotFound(task_id)
    reached = _stores_of(tx, [task_id])
    found = tasks.as_task(row, reached.get(task_id, frozenset()))
    return TaskLine(found, _counted(tx, [task_id], stores).get(task_id, Counted()))


def may_decide(found: Task, stores: Stores) -> bool:
    """Say whether a manager answers for every store that the task reaches."""
    return stores is None or (bool(found.stores) and found.stores <= stores)


def by_guide(tx: Connection, corp_id: str, stores: Stores, task_id: str) -> tuple[ByGuide, ...]:
    """How the items stand by store and guide: an open one is with whoever is the customer's guide now."""
    hers = case(
        (task_item.c.status == ItemStatus.OPEN.value, func.coalesce(customer.c.guide_folded, task_item.c.guide_folded)),
        else_=task_item.c.guide_folded,
    )
    items = (
        select(task_item.c.store_id, hers.label("guide"), task_item.c.status, func.count().label("items"))
        .select_from(task_item.outerjoin(customer, _is_customer()))
        .where(task_item.c.task_id == task_id, _in_stores(stores), task_item.c.status.in_(_shown()))
        .group_by(task_item.c.store_id, hers, task_item.c.status)
        .subquery()
    )
    rows = tx.execute(
        select(items, func.coalesce(DIRECTORY.c.name, items.c.guide).label("name"))
        .select_from(
            items.outerjoin(DIRECTORY, and_(DIRECTORY.c.corp_id == corp_id, DIRECTORY.c.userid_folded == items.c.guide))
        )
        .order_by(items.c.store_id, items.c.guide)
    )
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in rows:
        held = found.setdefault((row.store_id, row.guide, row.name), {})
        held[_COUNTED[ItemStatus(row.status)]] = row.items
    return tuple(ByGuide(store_id, name, Counted(**held)) for (store_id, _, name), held in found.items())


def items(
    tx: Connection, corp_id: str, stores: Stores, task_id: str, status: ItemStatus, *, after: str, limit: int
) -> tuple[ItemLine, ...]:
    """Items of one status by customer id, after the customer ``after``."""
    sent = (
        select(action.c.body["sent_text"].as_string())
        .where(action.c.turn_id == task_item.c.turn_id)
        .order_by(action.c.number.desc())
        .limit(1)
        .correlate(task_item)
        .scalar_subquery()
    )
    hers = case(
        (task_item.c.status == ItemStatus.OPEN.value, func.coalesce(customer.c.guide_folded, task_item.c.guide_folded)),
        else_=task_item.c.guide_folded,
    )
    guide = DIRECTORY.alias("guide")
    query = (
        select(
            task_item,
            # a customer handed over to another store is not named here any more
            case((_still_hers(stores), customer.c.name), else_="").label("customer_name"),
            func.coalesce(guide.c.name, task_item.c.guide_folded).label("guide_name"),
            func.coalesce(sent, "").label("sent_text"),
        )
        .select_from(
            task_item.outerjoin(customer, _is_customer()).outerjoin(
                guide, and_(guide.c.corp_id == corp_id, guide.c.userid_folded == hers)
            )
        )
        .where(task_item.c.task_id == task_id, _in_stores(stores), task_item.c.status == status.value)
    )
    if after:
        query = query.where(task_item.c.customer_id > after)
    return tuple(
        ItemLine(
            customer_id=row.customer_id,
            customer_name=row.customer_name or "",
            guide=row.guide_name,
            store_id=row.store_id,
            status=ItemStatus(row.status),
            reason=row.reason,
            settled_at=row.settled_at,
            turn_id=row.turn_id,
            sent_text=row.sent_text,
        )
        for row in tx.execute(query.order_by(task_item.c.customer_id).limit(limit))
    )


def outcome(
    tx: Connection, corp_id: str, stores: Stores, found: Task, begins: datetime, ends: datetime, days: int
) -> Outcome:
    """What came of a task in these stores; ``begins`` to ``ends`` are its days, ``days`` how long a text counts after it."""
    granted = tx.execute(
        select(coupon_grant.c.status, func.count().label("grants"), func.sum(coupon_grant.c.redeemed_fen).label("fen"))
        .join(
            task_item,
            and_(task_item.c.corp_id == coupon_grant.c.corp_id, task_item.c.turn_id == coupon_grant.c.turn_id),
        )
        .where(coupon_grant.c.corp_id == corp_id, task_item.c.task_id == found.task_id, _in_stores(stores))
        .group_by(coupon_grant.c.status)
    ).all()
    redeemed = [row for row in granted if row.status in _REDEEMED]
    rows = _orders(tx, corp_id, stores, found.task_id, begins, ends + timedelta(days=days))
    credited = [
        row
        for row in rows
        if row.status == ItemStatus.DONE.value
        and row.settled_at < row.ordered_at <= row.settled_at + timedelta(days=days)
    ]
    sizes = _sizes(tx, stores, found.task_id)
    alone = ItemStatus.HELD_OUT.value
    return Outcome(
        granted=sum(row.grants for row in granted),
        redeemed=sum(row.grants for row in redeemed),
        redeemed_fen=sum(int(row.fen or 0) for row in redeemed),
        orders=len(credited),
        paid_fen=sum(row.paid_fen - row.refunded_fen for row in credited),
        reached=Group(
            customers=sum(size for status, size in sizes.items() if status != alone),
            buyers=len({row.customer_id for row in rows if row.status != alone}),
        ),
        left_alone=Group(
            customers=sizes.get(alone, 0), buyers=len({row.customer_id for row in rows if row.status == alone})
        ),
    )


def reasons(tx: Connection, stores: Stores, task_id: str, at_most: int) -> tuple[tuple[str, int], ...]:
    """Why guides did not write, the most frequent first; empty where they gave no reason."""
    query = (
        select(task_item.c.reason, func.count().label("items"))
        .where(task_item.c.task_id == task_id, _in_stores(stores), task_item.c.status == ItemStatus.SKIPPED.value)
        .group_by(task_item.c.reason)
        .order_by(func.count().desc(), task_item.c.reason)
        .limit(at_most)
    )
    return tuple((row.reason, row.items) for row in tx.execute(query))


def running(tx: Connection, corp_id: str, stores: Stores, today: date) -> tuple[TaskLine, ...]:
    """Every task that runs today, the one that ends first foremost: what the home page asks."""
    query = select(task).where(_seen(corp_id, stores), tasks.is_running(today))
    rows = tx.execute(query.order_by(task.c.ends_on, task.c.task_id)).all()
    ids = [row.task_id for row in rows]
    counted, reached = _counted(tx, ids, stores), _stores_of(tx, ids)
    return tuple(
        TaskLine(tasks.as_task(row, reached.get(row.task_id, frozenset())), counted.get(row.task_id, Counted()))
        for row in rows
    )


# ---- whose it is -------------------------------------------------------------------------------


def _seen(corp_id: str, stores: Stores) -> ColumnElement[bool]:
    """A task is seen where it reaches one's stores; a draft only by who answers for all of its stores."""
    if stores is None:
        return task.c.corp_id == corp_id
    hers = sorted(stores)
    reaches = exists().where(task_store.c.task_id == task.c.task_id, task_store.c.store_id.in_(hers))
    elsewhere = exists().where(task_store.c.task_id == task.c.task_id, task_store.c.store_id.not_in(hers))
    return and_(task.c.corp_id == corp_id, reaches, or_(task.c.status != TaskStatus.DRAFT.value, ~elsewhere))


def _in_stores(stores: Stores) -> ColumnElement[bool]:
    return task_item.c.store_id.in_(sorted(stores)) if stores is not None else task_item.c.store_id.is_not(None)


def _still_hers(stores: Stores) -> ColumnElement[bool]:
    return customer.c.store_id.in_(sorted(stores)) if stores is not None else customer.c.store_id.is_not(None)


def _is_customer() -> ColumnElement[bool]:
    return and_(customer.c.corp_id == task_item.c.corp_id, customer.c.customer_id == task_item.c.customer_id)


def _in_phase(phase: TaskPhase, today: date) -> ColumnElement[bool]:
    published = task.c.status == TaskStatus.PUBLISHED.value
    return {
        TaskPhase.DRAFT: task.c.status == TaskStatus.DRAFT.value,
        TaskPhase.PLANNED: and_(published, task.c.starts_on > today),
        TaskPhase.RUNNING: tasks.is_running(today),
        TaskPhase.ENDED: and_(published, task.c.ends_on < today),
        TaskPhase.STOPPED: task.c.status == TaskStatus.STOPPED.value,
    }[phase]


# ---- counting ----------------------------------------------------------------------------------


def _shown() -> list[str]:
    return [status.value for status in _COUNTED]


def _stores_of(tx: Connection, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    rows = tx.execute(select(task_store).where(task_store.c.task_id.in_(ids)))
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.task_id, set()).add(row.store_id)
    return {task_id: frozenset(stores) for task_id, stores in found.items()}


def _counted(tx: Connection, ids: Iterable[str], stores: Stores) -> dict[str, Counted]:
    rows = tx.execute(
        select(task_item.c.task_id, task_item.c.status, func.count().label("items"))
        .where(task_item.c.task_id.in_(list(ids)), _in_stores(stores), task_item.c.status.in_(_shown()))
        .group_by(task_item.c.task_id, task_item.c.status)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.task_id, {})[_COUNTED[ItemStatus(row.status)]] = row.items
    return {task_id: Counted(**held) for task_id, held in found.items()}


def _sizes(tx: Connection, stores: Stores, task_id: str) -> dict[str, int]:
    rows = tx.execute(
        select(task_item.c.status, func.count().label("items"))
        .where(task_item.c.task_id == task_id, _in_stores(stores))
        .group_by(task_item.c.status)
    )
    return {row.status: row.items for row in rows}


def _orders(
    tx: Connection, corp_id: str, stores: Stores, task_id: str, since: datetime, until: datetime
) -> Sequence[Any]:
    """Orders the till told that the task's customers placed and kept in a time."""
    query: Select[Any] = (
        select(
            task_item.c.customer_id,
            task_item.c.status,
            task_item.c.settled_at,
            *(till_order.c[name] for name in ("ordered_at", "paid_fen", "refunded_fen")),
        )
        .join(
            till_order,
            and_(till_order.c.corp_id == task_item.c.corp_id, till_order.c.customer_id == task_item.c.customer_id),
        )
        .where(
            task_item.c.corp_id == corp_id,
            task_item.c.task_id == task_id,
            _in_stores(stores),
            till_order.c.ordered_at >= since,
            till_order.c.ordered_at < until,
            till_order.c.status != OrderStatus.CANCELLED.value,
            till_order.c.refunded_fen < till_order.c.paid_fen,
        )
    )
    return tx.execute(query).all()
