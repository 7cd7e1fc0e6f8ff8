"""Counters that keep a coupon's limits, one row each, raised by one conditional UPDATE: nothing reads, then writes.

Rows are always touched in one order, those that everybody needs last, so that transactions wait for one another
rather than in a circle, and wait briefly.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, update

from assistant.store.database import upsert
from assistant.store.tables import coupon_tally
from knowledge.noun import Labelled


class TallyKind(Labelled):
    """What is counted of a coupon, in the order in which counters are touched."""

    CUSTOMER = "customer", "客户领取张数"
    GUIDE_DAY = "guide-day", "导购当日发放张数"
    STORE_DAY = "store-day", "门店当日发放张数"
    GRANTS = "grants", "发放总张数"
    BUDGET = "budget", "预算占用"


class Tally(NamedTuple):
    """One counter. ``owner`` is a customer, guide (folded) or store, ``day`` a Shanghai day; empty where none is."""

    coupon_id: str
    kind: TallyKind
    owner: str = ""
    day: str = ""


class Move(NamedTuple):
    """Raise a counter by so much (lower it when negative), never above ``most`` (None: no limit)."""

    tally: Tally
    by: int
    most: int | None = None


class Short(NamedTuple):
    """A move that does not fit, and what was used when it did not."""

    move: Move
    used: int


class Count(NamedTuple):
    """What a counter stands at, and the limit it was last raised against (None: there was none)."""

    used: int
    most: int | None


def apply(tx: Connection, corp_id: str, moves: Iterable[Move]) -> Short | None:
    """Make every move, or return the first that does not fit; the caller then rolls back those before it."""
    ordered = sorted((one for one in moves if one.by), key=_turn)
    raised = [one.tally for one in ordered if one.by > 0]
    if raised:
        _open(tx, corp_id, raised)
    for one in ordered:
        used = _apply(tx, corp_id, one)
        if used is not None:
            return Short(one, used)
    return None


def counts(tx: Connection, corp_id: str) -> dict[Tally, Count]:
    """Every counter of the corp."""
    return _read(tx, coupon_tally.c.corp_id == corp_id)


def count(tx: Connection, corp_id: str, tally: Tally) -> Count:
    """One counter; nothing counted yet is 0."""
    return _read(tx, _row(corp_id, tally)).get(tally, Count(0, None))


def spent(tx: Connection, corp_id: str) -> dict[str, int]:
    """What everybody's grants of each coupon cost in 分, reserved and redeemed, by coupon id."""
    budgets = and_(coupon_tally.c.corp_id == corp_id, coupon_tally.c.kind == TallyKind.BUDGET.value)
    return {tally.coupon_id: one.used for tally, one in _read(tx, budgets).items()}


def _apply(tx: Connection, corp_id: str, move: Move) -> int | None:
    """Make one move and return None, or return what is used when it does not fit."""
    used, row = coupon_tally.c.used, _row(corp_id, move.tally)
    if move.by < 0:
        # the table itself refuses a counter below 0
        if not tx.execute(update(coupon_tally).where(row).values(used=used + move.by)).rowcount:
            raise LookupError(f"nothing was ever counted on {move.tally}")
        return None
    fits = and_(row, used + move.by <= move.most) if move.most is not None else row
    raise_it = update(coupon_tally).where(fits).values(used=used + move.by, most=move.most)
    while not tx.execute(raise_it).rowcount:
        # locked and read again: what was given back meanwhile must not be told as missing
        now: int = tx.execute(select(used).where(row).with_for_update()).scalar_one()
        if move.most is not None and now + move.by > move.most:
            return now
    return None


def _open(tx: Connection, corp_id: str, wanted: Iterable[Tally]) -> None:
    rows = [
        {
            "corp_id": corp_id,
            "coupon_id": one.coupon_id,
            "kind": one.kind.value,
            "owner": one.owner,
            "day": one.day,
            "used": 0,
        }
        for one in wanted
    ]
    tx.execute(upsert(tx, coupon_tally).values(rows).on_conflict_do_nothing())


def _turn(move: Move) -> tuple[str, int, str, str]:
    tally = move.tally
    return tally.coupon_id, list(TallyKind).index(tally.kind), tally.owner, tally.day


def _row(corp_id: str, tally: Tally) -> ColumnElement[bool]:
    return and_(
        coupon_tally.c.corp_id == corp_id,
        coupon_tally.c.coupon_id == tally.coupon_id,
        coupon_tally.c.kind == tally.kind.value,
        coupon_tally.c.owner == tally.owner,
        coupon_tally.c.day == tally.day,
    )


def _read(tx: Connection, condition: ColumnElement[bool]) -> dict[Tally, Count]:
    rows = tx.execute(select(coupon_tally).where(condition))
    return {Tally(row.coupon_id, TallyKind(row.kind), row.owner, row.day): Count(row.used, row.most) for row in rows}
