"""The ledger of points (双积分): entries are only ever added; when a late event changes an account, by the difference."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select

from assistant.offers.attribution import Points, PointsReason, Side
from assistant.sold import EarnedPoints, GuidePoints
from assistant.store.tables import points_entry


def balance(tx: Connection, corp_id: str) -> dict[tuple[str, str, str, str], int]:
    """What stands in the ledger by order, side, owner and refund (empty: earned); accounts at zero are left out."""
    rows = tx.execute(
        select(
            points_entry.c.order_id,
            points_entry.c.side,
            points_entry.c.owner,
            points_entry.c.refund_id,
            func.sum(points_entry.c.points).label("points"),
        )
        .where(points_entry.c.corp_id == corp_id)
        .group_by(points_entry.c.order_id, points_entry.c.side, points_entry.c.owner, points_entry.c.refund_id)
    )
    return {(row.order_id, row.side, row.owner, row.refund_id): int(row.points) for row in rows if row.points}


def enter(tx: Connection, corp_id: str, order_id: str, wanted: Iterable[Points], moment: datetime) -> None:
    """Make the accounts of an order stand at ``wanted`` (offers.attribution.points_for) by entering what is missing."""
    targets = {(one.side.value, one.owner, one.refund_id): one for one in wanted}
    accounts = _accounts(tx, corp_id, order_id)
    for account in sorted({*targets, *accounts}):
        target, before = targets.get(account), accounts.get(account)
        missing = (target.points if target is not None else 0) - (int(before.points) if before is not None else 0)
        if not missing:
            continue
        number = before.entries if before is not None else 0
        first = target if not number else None
        side, owner, refund_id = account
        tx.execute(
            insert(points_entry).values(
                corp_id=corp_id,
                entry_id=sha256("\0".join((order_id, *account, str(number))).encode()).hexdigest(),
                side=side,
                owner=owner,
                order_id=order_id,
                refund_id=refund_id,
                turn_id=target.turn_id if target is not None else "",
                points=missing,
                reason=(first.reason if first is not None else PointsReason.CORRECTED).value,
                at=first.at if first is not None else moment,
            )
        )


def _accounts(tx: Connection, corp_id: str, order_id: str) -> dict[tuple[str, str, str], Row[Any]]:
    rows = tx.execute(
        select(
            points_entry.c.side,
            points_entry.c.owner,
            points_entry.c.refund_id,
            func.sum(points_entry.c.points).label("points"),
            func.count().label("entries"),
        )
        .where(points_entry.c.corp_id == corp_id, points_entry.c.order_id == order_id)
        .group_by(points_entry.c.side, points_entry.c.owner, points_entry.c.refund_id)
    )
    return {(row.side, row.owner, row.refund_id): row for row in rows}


def of_guide(tx: Connection, corp_id: str, guide: str, month_from: datetime, latest: int) -> GuidePoints:
    """A guide's account; what was entered since ``month_from`` is this month's. Read for herself only."""
    hers = and_(
        points_entry.c.corp_id == corp_id,
        points_entry.c.side == Side.GUIDE.value,
        points_entry.c.owner == guide.lower(),
    )
    sums = tx.execute(
        select(
            func.coalesce(func.sum(points_entry.c.points), 0).label("total"),
            func.coalesce(func.sum(points_entry.c.points).filter(points_entry.c.at >= month_from), 0).label("month"),
        ).where(hers)
    ).one()
    back = points_entry.c.refund_id != ""
    rows = tx.execute(
        select(
            points_entry.c.order_id,
            func.max(points_entry.c.at).label("at"),
            func.coalesce(func.sum(points_entry.c.points).filter(~back), 0).label("earned"),
            func.coalesce(-func.sum(points_entry.c.points).filter(back), 0).label("given_back"),
        )
        .where(hers)
        .group_by(points_entry.c.order_id)
        .order_by(func.max(points_entry.c.at).desc(), points_entry.c.order_id)
        .limit(latest)
    )
    return GuidePoints(
        this_month=int(sums.month),
        total=int(sums.total),
        latest=tuple(
            EarnedPoints(order_id=row.order_id, at=row.at, earned=int(row.earned), given_back=int(row.given_back))
            for row in rows
        ),
    )
