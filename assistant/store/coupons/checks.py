"""What is kept of checks that twins get the same offer, and of sends that a coupon's limits stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from assistant.store.coupons.life import GrantRefused, GrantRule
from assistant.store.tables import coupon_refusal, twin_check
from knowledge.noun import Labelled

DEAD_AFTER = timedelta(minutes=2)
"""A check tells that it lives every few seconds; one that fell silent for so long died with its process."""
KEPT_BIASES = 20


class CheckState(Labelled):
    """How far a check has come."""

    RUNNING = "running", "正在比"
    DONE = "done", "比完了"
    FAILED = "failed", "中途出错，没有比完"
    DIED = "died", "中途断了，没有比完"


class TwinCheck(NamedTuple):
    """One check. ``begun_by`` is empty where the command did it; ``found`` are the first pairs that differ, each with
    what they differ in, the basket and both reasons in Chinese."""

    check_id: str
    state: CheckState
    begun_by: str
    begun_at: datetime
    ended_at: datetime | None
    done: int
    total: int
    pairs: int
    rules_version: str
    found: Sequence[Mapping[str, str]]
    unequal: int


class RefusedSend(NamedTuple):
    """A guide wanted to send a draft and a coupon in it could not be granted; ``distance`` says what it lacked."""

    number: int
    coupon_id: str
    turn_id: str
    guide: str
    store_id: str
    rule: GrantRule
    distance: str
    at: datetime


# ---- twins -------------------------------------------------------------------------------------


def begin(tx: Connection, corp_id: str, *, by: str, moment: datetime) -> str | None:
    """Note that a check begins and return its name; None where one runs."""
    running = latest(tx, corp_id, moment)
    if running is not None and running.state is CheckState.RUNNING:
        return None
    check_id = uuid4().hex
    tx.execute(
        insert(twin_check).values(
            check_id=check_id,
            corp_id=corp_id,
            state=CheckState.RUNNING.value,
            begun_by=by.lower(),
            begun_at=moment,
            seen_at=moment,
            done=0,
            total=0,
            pairs=0,
            rules_version="",
            found={"unequal": 0, "first": []},
        )
    )
    return check_id


def go_on(tx: Connection, check_id: str, done: int, total: int, moment: datetime) -> None:
    """Say how many customers are done."""
    tx.execute(
        update(twin_check).where(twin_check.c.check_id == check_id).values(done=done, total=total, seen_at=moment)
    )


def finish(
    tx: Connection,
    check_id: str,
    *,
    pairs: int,
    unequal: int,
    found: Sequence[Mapping[str, str]],
    rules_version: str,
    moment: datetime,
) -> None:
    """Keep what a check found."""
    tx.execute(
        update(twin_check)
        .where(twin_check.c.check_id == check_id)
        .values(
            state=CheckState.DONE.value,
            ended_at=moment,
            seen_at=moment,
            pairs=pairs,
            rules_version=rules_version,
            found={"unequal": unequal, "first": [dict(one) for one in found[:KEPT_BIASES]]},
        )
    )


def fail(tx: Connection, check_id: str, moment: datetime) -> None:
    """Keep that a check broke off."""
    tx.execute(
        update(twin_check)
        .where(twin_check.c.check_id == check_id)
        .values(state=CheckState.FAILED.value, ended_at=moment, seen_at=moment)
    )


def latest(tx: Connection, corp_id: str, moment: datetime) -> TwinCheck | None:
    """The last check, finished or not; None before the first."""
    row = tx.execute(
        select(twin_check)
        .where(twin_check.c.corp_id == corp_id)
        .order_by(twin_check.c.begun_at.desc(), twin_check.c.check_id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _as_check(row, moment)


def _as_check(row: Row[Any], moment: datetime) -> TwinCheck:
    state = CheckState(row.state)
    if state is CheckState.RUNNING and moment - row.seen_at > DEAD_AFTER:
        state = CheckState.DIED
    told = {name: row._mapping[name] for name in TwinCheck._fields if name in row._mapping}
    return TwinCheck(**told | {"state": state, "found": row.found["first"], "unequal": row.found["unequal"]})


# ---- sends that were stopped -------------------------------------------------------------------


def note_refusal(
    tx: Connection,
    corp_id: str,
    coupon_id: str,
    refused: GrantRefused,
    *,
    turn_id: str,
    guide: str,
    store_id: str,
    moment: datetime,
) -> None:
    """Keep that a coupon could not be granted when a guide wanted to send it."""
    tx.execute(
        insert(coupon_refusal).values(
            corp_id=corp_id,
            coupon_id=coupon_id,
            turn_id=turn_id,
            guide_folded=guide.lower(),
            store_id=store_id,
            rule=refused.rule.value,
            distance=refused.distance,
            at=moment,
        )
    )


def refusals(
    tx: Connection, corp_id: str, coupon_id: str, stores: frozenset[str] | None, limit: int
) -> tuple[RefusedSend, ...]:
    """The last sends of a coupon that were stopped in these stores (None: all), newest first."""
    query = select(coupon_refusal).where(coupon_refusal.c.corp_id == corp_id, coupon_refusal.c.coupon_id == coupon_id)
    if stores is not None:
        query = query.where(coupon_refusal.c.store_id.in_(sorted(stores)))
    rows = tx.execute(query.order_by(coupon_refusal.c.number.desc()).limit(limit))
    return tuple(
        RefusedSend(
            row.number,
            row.coupon_id,
            row.turn_id,
            row.guide_folded,
            row.store_id,
            GrantRule(row.rule),
            row.distance,
            row.at,
        )
        for row in rows
    )
