"""Figures counted from the narrow rows beside the turns, each query one pass over a span of days.

The same numbers from the full records: ``assistant.scoring.counting.counted``; ``recounted`` lays both side by side.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select, union_all

from assistant.scoring.counting import EVERY_COUPON, Cell, Counts, CouponSteps, Figures, GrantTold, LeanCount, counted
from assistant.scoring.summing import LeanKind
from assistant.sold import OrderStatus
from assistant.store import summaries, turns
from assistant.store.console.filtering import Covered, day_began, is_covered, is_guarded
from assistant.store.console.scope import Stores
from assistant.store.coupons.life import GrantStatus
from assistant.store.tables import coupon_grant, grant_event, till_order, turn, turn_lean, turn_summary
from assistant.turn import ActionKind, ReplyKind

_AT_ONCE = 1000


class Span(NamedTuple):
    """Shanghai days, both included. ``whole`` leaves out turns whose words were cleared: nothing derives their figures
    again."""

    since: date
    until: date
    whole: bool = False

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Span":
        """As many days just before it."""
        return Span(self.since - timedelta(days=self.days), self.since - timedelta(days=1))


class Used(NamedTuple):
    """A guide's turns in a span: how many she asked, and in how many she used a draft."""

    turns: int
    used: int


def by_day_and_store(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[tuple[date, str], Counts]:
    """Counts of every day and store."""
    rows = tx.execute(_counting(corp_id, stores, span, turn_summary.c.day, turn_summary.c.store_id))
    return {(row[0], row[1]): _as_counts(row[2:]) for row in rows}


def by_day_of_guide(tx: Connection, corp_id: str, stores: Stores, span: Span, guide: str) -> dict[date, Counts]:
    """Counts of every day of one guide."""
    query = _counting(corp_id, stores, span, turn_summary.c.day).where(turn_summary.c.guide_folded == guide.lower())
    return {row[0]: _as_counts(row[1:]) for row in tx.execute(query)}


def by_guide(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, Counts]:
    """Counts of every guide, by userid in lower case."""
    rows = tx.execute(_counting(corp_id, stores, span, turn_summary.c.guide_folded))
    return {row[0]: _as_counts(row[1:]) for row in rows}


def waits(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[int, int]:
    """How often the drafts came after so many milliseconds."""
    wait = turn_summary.c.first_draft_ms
    query = _held(select(wait, func.count()), corp_id, stores, span).where(wait.is_not(None)).group_by(wait)
    return {one[0]: one[1] for one in tx.execute(query)}


def reasons(tx: Connection, corp_id: str, stores: Stores, span: Span, guide: str = "") -> dict[str, int]:
    """How often guides, or one of them, refused for which reason; empty for none given."""
    row = turn_summary.c
    query = _held(select(row.refusal, func.count()), corp_id, stores, span)
    query = query.where(row.action == ActionKind.REFUSED.value)
    if guide:
        query = query.where(row.guide_folded == guide.lower())
    return {one[0]: one[1] for one in tx.execute(query.group_by(row.refusal))}


def active_guides(tx: Connection, corp_id: str, stores: Stores, span: Span) -> set[str]:
    """The guides who used at least one draft, by userid in lower case."""
    row = turn_summary.c
    query = _held(select(row.guide_folded).distinct(), corp_id, stores, span).where(
        row.action.in_((ActionKind.ACCEPTED.value, ActionKind.EDITED.value))
    )
    return set(tx.execute(query).scalars())


def has_turns(tx: Connection, corp_id: str, stores: Stores, guide: str) -> bool:
    """Say whether a guide ever asked anything in these stores."""
    row = turn_summary.c
    query = select(row.turn_id).where(row.corp_id == corp_id, row.guide_folded == guide.lower()).limit(1)
    if stores is not None:
        query = query.where(row.store_id.in_(sorted(stores)))
    return tx.execute(query).one_or_none() is not None


def scripts(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, LeanCount]:
    """What became of every script, by id."""
    return _leanings(tx, corp_id, stores, span, LeanKind.SCRIPT)


def scripts_of_guide(tx: Connection, corp_id: str, stores: Stores, span: Span, guide: str) -> dict[str, int]:
    """How often one guide edited drafts of each script, by id."""
    query = _held(select(turn_lean.c.ref, func.count()), corp_id, stores, span).where(
        turn_lean.c.turn_id == turn_summary.c.turn_id,
        turn_lean.c.kind == LeanKind.SCRIPT.value,
        turn_lean.c.taken,
        turn_summary.c.guide_folded == guide.lower(),
        turn_summary.c.action == ActionKind.EDITED.value,
    )
    return {one[0]: one[1] for one in tx.execute(query.group_by(turn_lean.c.ref))}


def coupons(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, CouponSteps]:
    """How far every coupon came, by id, and all together under ``EVERY_COUPON``; empty when there was none."""
    leanings = _leanings(tx, corp_id, stores, span, LeanKind.COUPON)
    granted = _granted(tx, corp_id, stores, span)
    bought = _bought(tx, corp_id, stores, span)
    steps = {one: {"suggested": count.turns, "sent": count.sent} for one, count in leanings.items()}
    if leanings:
        steps[EVERY_COUPON] = _turns_with_coupons(tx, corp_id, stores, span)
    return {
        one: CouponSteps(**steps.get(one, {}), **granted.get(one, {}), **bought.get(one, {}))
        for one in sorted({*steps, *granted, *bought})
    }


# ---- the queries -------------------------------------------------------------------------------


def _held(query: Select[Any], corp_id: str, stores: Stores, span: Span) -> Select[Any]:
    row = turn_summary.c
    query = query.where(
        row.corp_id == corp_id,
        row.day >= span.since,
        row.day <= span.until,
        *([~summaries.is_cleared(row.turn_id)] if span.whole else []),
    )
    return query if stores is None else query.where(row.store_id.in_(sorted(stores)))


def _counting(corp_id: str, stores: Stores, span: Span, *by: Any) -> Select[Any]:
    """One row of counts for each of ``by``, the counts in the order of ``Counts``."""
    row = turn_summary.c
    drafted = row.draft_count > 0

    def times(condition: Any) -> Any:
        return func.count().filter(condition)

    columns = (
        func.count(),
        times(drafted),
        *(times(drafted & (row.action == kind.value)) for kind in ActionKind),
        times(drafted & row.edit_distance.is_not(None)),
        func.coalesce(func.sum(case((drafted, row.edit_distance))), 0),
        func.coalesce(func.sum(case((drafted, row.edit_share))), 0.0),
        times(is_covered(Covered.ASKED)),
        times(is_covered(Covered.YES)),
        times(row.reply_kind == ReplyKind.HELD.value),
        times(is_guarded()),
        func.sum(row.cut_claims),
    )
    return _held(select(*by, *columns), corp_id, stores, span).group_by(*by)


def _as_counts(values: Any) -> Counts:
    share = Counts._fields.index("edit_share")
    return Counts._make(float(one) if place == share else int(one) for place, one in enumerate(values))


def _leanings(tx: Connection, corp_id: str, stores: Stores, span: Span, kind: LeanKind) -> dict[str, LeanCount]:
    until = day_began(span.until + timedelta(days=1))
    return summaries.counts(tx, corp_id, stores, kind, day_began(span.since), until, whole=span.whole)


def _turns_with_coupons(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, int]:
    """Turns that suggested any coupon, and that sent any."""
    row = turn_summary.c
    query: Any = select(
        func.count().filter(row.suggests_coupon).label("suggested"), func.count().filter(row.sends_coupon).label("sent")
    )
    found = tx.execute(_held(query, corp_id, stores, span)).one()
    return {"suggested": found.suggested, "sent": found.sent}


def _granted(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, dict[str, int]]:
    """What became of the grants of these turns, by coupon and all together."""
    row = coupon_grant.c
    mine = (
        select(
            row.coupon_id,
            row.turn_id,
            case((row.status == GrantStatus.REDEEMED.value, row.turn_id)).label("redeemed_turn_id"),
            (row.redeemed_fen - row.refunded_fen).label("saved_fen"),
        )
        .where(*_of_turns(corp_id, stores, span))
        .cte("mine")
    )
    counted = (
        func.count(mine.c.turn_id.distinct()).label("granted"),
        func.count(mine.c.redeemed_turn_id.distinct()).label("redeemed"),
        func.coalesce(func.sum(mine.c.saved_fen), 0).label("saved_fen"),
    )
    # one look at every grant serves both
    each = select(mine.c.coupon_id, *counted).group_by(mine.c.coupon_id)
    whole = select(literal(EVERY_COUPON).label("coupon_id"), *counted)
    return {
        one.coupon_id: {"granted": one.granted, "redeemed": one.redeemed, "saved_fen": int(one.saved_fen)}
        for one in tx.execute(union_all(each, whole))
        if one.granted
    }


def _of_turns(corp_id: str, stores: Stores, span: Span) -> tuple[ColumnElement[bool], ...]:
    """Grants by turns of these days and stores. There are far fewer grants than turns: each looks its own turn up."""
    row = coupon_grant.c
    its_turn = _held(select(turn_summary.c.turn_id), corp_id, stores, span).where(turn_summary.c.turn_id == row.turn_id)
    # nothing is granted before the turn it comes from
    return row.corp_id == corp_id, row.granted_at >= day_began(span.since), its_turn.correlate(coupon_grant).exists()


def _bought(tx: Connection, corp_id: str, stores: Stores, span: Span) -> dict[str, dict[str, int]]:
    """Orders that used a coupon of these turns, by coupon and all together; a cancelled one bought nothing."""
    row, order = coupon_grant.c, till_order.c
    its_order = and_(order.corp_id == row.corp_id, order.order_id == row.order_id)
    pairs = (
        select(row.coupon_id, order.order_id, (order.paid_fen - order.refunded_fen).label("fen"))
        .distinct()
        .select_from(coupon_grant.join(till_order, its_order))
        .where(
            *_of_turns(corp_id, stores, span),
            row.status == GrantStatus.REDEEMED.value,
            order.status != OrderStatus.CANCELLED.value,
        )
        .cte("pairs")
    )
    each = select(pairs.c.coupon_id, func.count().label("orders"), func.sum(pairs.c.fen).label("fen"))
    # an order with two coupons is one order
    orders = select(pairs.c.order_id, pairs.c.fen).distinct().subquery()
    whole = select(literal(EVERY_COUPON), func.count(), func.sum(orders.c.fen)).select_from(orders)
    return {
        one.coupon_id: {"orders": one.orders, "order_fen": int(one.fen)}
        for one in tx.execute(union_all(each.group_by(pairs.c.coupon_id), whole))
        if one.orders
    }


# ---- two ways to the same numbers --------------------------------------------------------------


def from_rows(tx: Connection, corp_id: str, span: Span) -> Figures:
    """Everything, from the narrow rows of the turns that kept their words."""
    row, span = turn_summary.c, span._replace(whole=True)
    cells = tx.execute(_counting(corp_id, None, span, row.day, row.store_id, row.guide_folded))
    return Figures(
        cells={Cell(*one[:3]): _as_counts(one[3:]) for one in cells},
        waits=waits(tx, corp_id, None, span),
        reasons=reasons(tx, corp_id, None, span),
        scripts=scripts(tx, corp_id, None, span),
        coupons=coupons(tx, corp_id, None, span),
    )


def from_records(tx: Connection, corp_id: str, span: Span) -> Figures:
    """Everything, from the full records: the turns, what happened to each grant, and the till's orders.

    Turns whose words were cleared are left out (``skipped`` says how many): what a guide changed in a draft cannot be
    measured any more.
    """
    order = till_order.c
    orders = tx.execute(
        select(order.order_id, order.paid_fen, order.refunded_fen).where(
            order.corp_id == corp_id, order.status != OrderStatus.CANCELLED.value
        )
    )
    paid = {one.order_id: one.paid_fen - one.refunded_fen for one in orders}
    since, until = _moments(span)
    within = (one for one in turns.every(tx, corp_id, whole=True) if since <= one.finished_at < until)
    return counted(within, tuple(_grants_told(tx, corp_id)), paid)


def skipped(tx: Connection, corp_id: str, span: Span) -> int:
    """How many turns of these days lost their words, by age or because somebody was forgotten."""
    since, until = _moments(span)
    of_these = (turn.c.corp_id == corp_id, turn.c.finished_at >= since, turn.c.finished_at < until)
    return tx.execute(select(func.count()).select_from(turn).where(*of_these, turn.c.cleared != "")).scalar_one()


def _moments(span: Span) -> tuple[datetime, datetime]:
    return day_began(span.since), day_began(span.until + timedelta(days=1))


def _grants_told(tx: Connection, corp_id: str) -> Iterator[GrantTold]:
    """Every grant as its own events left it, not as its row stands."""
    last: dict[str, dict[str, Any]] = {}
    rows = tx.execution_options(yield_per=_AT_ONCE).execute(
        select(grant_event.c.grant_id, grant_event.c.body)
        .where(grant_event.c.corp_id == corp_id)
        .order_by(grant_event.c.number)
    )
    for row in rows:
        last[row.grant_id] = row.body["after"]
    for after in last.values():
        yield GrantTold(
            turn_id=after["turn_id"],
            coupon_id=after["coupon_id"],
            is_redeemed=after["status"] == GrantStatus.REDEEMED.value,
            saved_fen=after["redeemed_fen"] - after["refunded_fen"],
            order_id=after["order_id"],
        )
