"""The life of a coupon in the store: granted, held, redeemed, refunded, extended, revoked, expired; each step once.

Every step is named by the caller's key: the same key again returns what the first call returned and changes nothing.
A refused step changes nothing either, also when the caller goes on in its transaction. Who may do what is not asked
here. Counters are in tallies.py, the steps themselves in life.py.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from assistant.offers.wording import yuan
from assistant.shop import Coupon
from assistant.store import material
from assistant.store.coupons import life, tallies
from assistant.store.coupons.life import UNUSED, Grant, GrantRefused, GrantRule, GrantStatus
from assistant.store.coupons.tallies import Move, Short, Tally, TallyKind
from assistant.store.database import upsert
from assistant.store.tables import coupon_grant, grant_event
from knowledge.noun import Labelled, Noun

__all__ = ["Grant", "GrantEvent", "GrantEventKind", "GrantRefused", "GrantRule", "GrantStatus", "GrantUse"]

SWEPT_AT_ONCE = 1000
"""Grants expired in one transaction: 0.2 s on SQLite, where nobody else writes meanwhile; 10,000 would take 2 s."""
_AT_ONCE = 1000
_Asked = Mapping[str, str | int]


class GrantEventKind(Labelled):
    """Everything that can happen to a grant."""

    GRANT = "grant", "发放"
    HOLD = "hold", "占用"
    RELEASE = "release", "释放"
    REDEEM = "redeem", "核销"
    REFUND = "refund", "退款"
    EXTEND = "extend", "延期"
    REVOKE = "revoke", "撤回"
    EXPIRE = "expire", "过期"


class GrantEvent(Noun):
    """One thing that happened: who asked for what under which key, and the grant as it was afterwards.

    ``by`` is the guide or manager, folded to lower case; empty for the till and for what time does.
    """

    number: int
    key: str
    grant_id: str
    kind: GrantEventKind
    at: datetime
    by: str
    asked: dict[str, str | int]
    after: Grant


class GrantUse(NamedTuple):
    """What was granted of one coupon: unused and used by this customer in grants, and its cost to everybody in 分."""

    coupon_id: str
    unused: int = 0
    used: int = 0
    spent_fen: int = 0


class _Call(NamedTuple):
    """What somebody asks for. ``asked`` tells a repeat from another purpose, so it holds nothing that time changes."""

    key: str
    grant_id: str
    kind: GrantEventKind
    at: datetime
    by: str
    asked: _Asked


class _Limits(NamedTuple):
    budget_fen: int | None = None
    per_customer: int | None = None
    guide_day: int | None = None
    store_day: int | None = None
    grants: int | None = None


def grant(
    tx: Connection,
    corp_id: str,
    *,
    key: str,
    coupon: Coupon,
    customer_id: str,
    guide: str,
    store_id: str,
    turn_id: str,
    reason: str,
    value_fen: int,
    moment: datetime,
) -> Grant:
    """Bind one coupon to one customer; ``value_fen`` is what it may cost and is reserved of the budget.

    What was granted stays counted in all and for its day, whatever becomes of it. One past its end counts for its
    customer and holds its money until expire_due has run. Raises GrantRefused when a limit or the coupon's window is
    against it or the key was used otherwise, ValueError for a value below 0.
    """
    life.check_amount(value_fen)
    made = Grant(
        grant_id=hashlib.sha256(f"{corp_id}\n{key}".encode()).hexdigest()[:32],
        coupon_id=coupon.coupon_id,
        customer_id=customer_id,
        guide=guide.lower(),
        store_id=store_id,
        turn_id=turn_id,
        reason=reason,
        status=GrantStatus.GRANTED,
        granted_at=moment,
        expires_at=life.end_of_validity(coupon, moment),
        value_fen=value_fen,
        reserved_fen=value_fen,
    )
    names = {"coupon_id", "customer_id", "guide", "store_id", "turn_id", "reason", "value_fen"}
    call = _Call(key, made.grant_id, GrantEventKind.GRANT, moment, made.guide, made.model_dump(include=names))
    with tx.begin_nested():
        done = _done(tx, corp_id, call)
        if done is not None:
            return done
        life.check_window(coupon, moment)
        if not _write_event(tx, corp_id, call, made):
            return _first_result(tx, corp_id, call)
        short = tallies.apply(tx, corp_id, _moves_of_new(made, _limits_of(coupon)))
        if short is not None:
            raise _not_granted(tx, corp_id, short, made, coupon)
        tx.execute(insert(coupon_grant).values(corp_id=corp_id, **_columns(made)))
    return made


def hold(
    tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, until: datetime, moment: datetime
) -> Grant:
    """Keep a grant for an order that is being paid, until a moment; past it others may use it. Raises GrantRefused."""
    call = _Call(key, grant_id, GrantEventKind.HOLD, moment, "", {"order_id": order_id})
    return _step(tx, corp_id, call, lambda before: life.held(before, order_id, until, moment))


def release(tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, moment: datetime) -> Grant:
    """Take an order's hold away. Raises GrantRefused."""
    call = _Call(key, grant_id, GrantEventKind.RELEASE, moment, "", {"order_id": order_id})
    return _step(tx, corp_id, call, lambda before: life.released(before, order_id, moment))


def redeem(
    tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, amount_fen: int, moment: datetime
) -> Grant:
    """Use a grant on an order for what it took off, in 分.

    What is above the reserved amount must fit into the budget, what is below returns to it. Raises GrantRefused, and
    ValueError for an amount below 0.
    """
    asked: _Asked = {"order_id": order_id, "amount_fen": amount_fen}
    call = _Call(key, grant_id, GrantEventKind.REDEEM, moment, "", asked)
    return _step(tx, corp_id, call, lambda before: life.redeemed(before, order_id, amount_fen, moment))


def refund(
    tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, amount_fen: int, moment: datetime
) -> Grant:
    """Give back what an order took off, or a part, in 分: the budget has it again.

    Once all is given back the grant is unused again with nothing reserved (its next use needs budget), or expired.
    Raises GrantRefused, and ValueError for an amount below 0.
    """
    asked: _Asked = {"order_id": order_id, "amount_fen": amount_fen}
    call = _Call(key, grant_id, GrantEventKind.REFUND, moment, "", asked)
    return _step(tx, corp_id, call, lambda before: life.refunded(before, order_id, amount_fen, moment))


def extend(
    tx: Connection, corp_id: str, grant_id: str, *, key: str, by: str, until: datetime, moment: datetime
) -> Grant:
    """Let a grant end later, also beyond its coupon's window; an expired one needs budget and a place anew.

    ``until`` must be later than now and than the present end. Raises GrantRefused.
    """
    asked: _Asked = {"by": by.lower(), "until": until.astimezone(UTC).isoformat()}
    call = _Call(key, grant_id, GrantEventKind.EXTEND, moment, by.lower(), asked)
    return _step(tx, corp_id, call, lambda before: life.extended(before, until, moment))


def revoke(tx: Connection, corp_id: str, grant_id: str, *, key: str, by: str, reason: str, moment: datetime) -> Grant:
    """Take an unused grant back: money and the customer's place are free again. Raises GrantRefused."""
    asked: _Asked = {"by": by.lower(), "reason": reason}
    call = _Call(key, grant_id, GrantEventKind.REVOKE, moment, by.lower(), asked)
    return _step(tx, corp_id, call, lambda before: life.revoked(before, moment))


def expire_due(tx: Connection, corp_id: str, moment: datetime, at_most: int = SWEPT_AT_ONCE) -> int:
    """Expire unused grants whose end has come, give back what they reserved, and return how many.

    What an order holds, and what another transaction is changing now, waits for the next time. Call it again, in
    another transaction, as long as it returns ``at_most``.
    """
    over = or_(coupon_grant.c.status != GrantStatus.HELD.value, coupon_grant.c.held_until <= moment)
    with tx.begin_nested():
        rows = tx.execute(
            select(coupon_grant)
            .where(
                coupon_grant.c.corp_id == corp_id,
                coupon_grant.c.status.in_([status.value for status in UNUSED]),
                coupon_grant.c.expires_at <= moment,
                over,
            )
            .order_by(coupon_grant.c.grant_id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        due = [_as_grant(row) for row in rows]
        if not due:
            return 0
        _expire(tx, corp_id, due, moment)
    return len(due)


def _expire(tx: Connection, corp_id: str, due: list[Grant], moment: datetime) -> None:
    freed: Counter[Tally] = Counter()
    events: list[dict[str, Any]] = []
    for before in due:
        after = life.expired(before)
        for move in _moves(before, after, _Limits()):
            freed[move.tally] += move.by
        # an end comes once: an expired grant is good again only with a later one
        key = f"expire/{before.grant_id}/{before.expires_at.isoformat()}"
        call = _Call(key, before.grant_id, GrantEventKind.EXPIRE, moment, "", {})
        events.append(_event(corp_id, call, after))
    tx.execute(insert(grant_event), events)
    tallies.apply(tx, corp_id, (Move(tally, by) for tally, by in freed.items()))
    tx.execute(
        update(coupon_grant)
        .where(coupon_grant.c.grant_id == bindparam("due"))
        .values(status=GrantStatus.EXPIRED.value, reserved_fen=0, order_id="", held_until=None),
        [{"due": one.grant_id} for one in due],
    )


def of_customer(tx: Connection, corp_id: str, customer_id: str, moment: datetime) -> tuple[Grant, ...]:
    """A customer's grants as they stand at a moment, newest first."""
    rows = tx.execute(
        select(coupon_grant)
        .where(coupon_grant.c.corp_id == corp_id, coupon_grant.c.customer_id == customer_id)
        .order_by(coupon_grant.c.granted_at.desc(), coupon_grant.c.grant_id)
    )
    return tuple(_as_grant(row).at(moment) for row in rows)


def read(tx: Connection, corp_id: str, grant_id: str) -> Grant:
    """One grant as stored (``Grant.at`` tells how it stands at a moment). Raises GrantRefused when there is none."""
    return _found(tx.execute(select(coupon_grant).where(_one(corp_id, grant_id))).one_or_none())


def history(tx: Connection, corp_id: str, grant_id: str) -> tuple[GrantEvent, ...]:
    """Everything that happened to a grant, in order. Raises GrantRefused when there is none."""
    read(tx, corp_id, grant_id)
    rows = tx.execute(
        select(grant_event)
        .where(grant_event.c.corp_id == corp_id, grant_event.c.grant_id == grant_id)
        .order_by(grant_event.c.number)
    )
    return tuple(_as_event(row) for row in rows)


def standing(tx: Connection, corp_id: str, customer_id: str) -> Mapping[str, GrantUse]:
    """What was granted, by coupon id: to this customer in grants, to everybody in 分. Swept to the last expire_due."""
    used = coupon_grant.c.status == GrantStatus.REDEEMED.value
    unused = coupon_grant.c.status.in_([status.value for status in UNUSED])
    rows = tx.execute(
        select(
            coupon_grant.c.coupon_id,
            func.count().filter(unused).label("unused"),
            func.count().filter(used).label("used"),
        )
        .where(coupon_grant.c.corp_id == corp_id, coupon_grant.c.customer_id == customer_id)
        .group_by(coupon_grant.c.coupon_id)
    )
    mine = {row.coupon_id: GrantUse(row.coupon_id, row.unused, row.used) for row in rows}
    spent = tallies.spent(tx, corp_id)
    return {
        coupon_id: mine.get(coupon_id, GrantUse(coupon_id))._replace(spent_fen=spent.get(coupon_id, 0))
        for coupon_id in sorted({*mine, *spent})
    }


def audit(tx: Connection, corp_id: str) -> tuple[str, ...]:
    """Work every counter and every grant's money out again and tell in Chinese what differs; empty when all agree."""
    grants = {one.grant_id: one for one in _all_grants(tx, corp_id)}
    expected: Counter[Tally] = Counter()
    for one in grants.values():
        for move in _moves_of_new(one, _Limits()):
            expected[move.tally] += move.by
    counted = {tally: count.used for tally, count in tallies.counts(tx, corp_id).items()}
    found = [
        f"{_name(tally)}：计数为{_amount(tally, counted.get(tally, 0))}，按发放记录应为{_amount(tally, expected[tally])}"
        for tally in sorted({*counted, *expected})
        if counted.get(tally, 0) != expected[tally]
    ]
    return (*found, *_audit_events(tx, corp_id, grants))


def _audit_events(tx: Connection, corp_id: str, grants: Mapping[str, Grant]) -> Iterator[str]:
    last: dict[str, Grant] = {}
    moved: Counter[tuple[str, GrantEventKind]] = Counter()
    rows = tx.execute(
        select(grant_event)
        .where(grant_event.c.corp_id == corp_id)
        .order_by(grant_event.c.number)
        .execution_options(yield_per=_AT_ONCE)
    )
    for event in map(_as_event, rows):
        last[event.grant_id] = event.after
        moved[event.grant_id, event.kind] += int(event.asked.get("amount_fen", 0))
    for grant_id in sorted({*last, *grants}):
        now, after = grants.get(grant_id), last.get(grant_id)
        if now is None:
            yield f"券 {grant_id}：有经过记录，没有发放记录"
        elif after is None:
            yield f"券 {grant_id}：没有经过记录"
        elif now != after:
            yield f"券 {grant_id}：发放记录与最后一条经过不一致"
        else:
            in_all = moved[grant_id, GrantEventKind.REDEEM], moved[grant_id, GrantEventKind.REFUND]
            if (now.redeemed_fen, now.refunded_fen) != in_all:
                yield f"券 {grant_id}：核销或退款金额与各条经过之和不一致"


def _step(tx: Connection, corp_id: str, call: _Call, step: Callable[[Grant], Grant]) -> Grant:
    """Take one step of an existing grant, once. Its row stays locked until the transaction ends."""
    with tx.begin_nested():
        row = tx.execute(select(coupon_grant).where(_one(corp_id, call.grant_id)).with_for_update()).one_or_none()
        before = _found(row)
        done = _done(tx, corp_id, call)
        if done is not None:
            return done
        after = step(before)
        if not _write_event(tx, corp_id, call, after):
            return _first_result(tx, corp_id, call)
        limits = _limits(tx, corp_id, before) if _takes_more(before, after) else _Limits()
        short = tallies.apply(tx, corp_id, _moves(before, after, limits))
        if short is not None:
            raise _not_taken(tx, corp_id, short, before, after)
        tx.execute(update(coupon_grant).where(_one(corp_id, call.grant_id)).values(_columns(after)))
    return after


def _done(tx: Connection, corp_id: str, call: _Call) -> Grant | None:
    """What this very call returned before, if it was made before; raises GrantRefused when the key meant another."""
    row = tx.execute(
        select(grant_event).where(grant_event.c.corp_id == corp_id, grant_event.c.key == call.key)
    ).one_or_none()
    if row is None:
        return None
    before = _as_event(row)
    if (before.kind, before.grant_id, before.asked) != (call.kind, call.grant_id, call.asked):
        label = before.kind.label
        raise GrantRefused(GrantRule.KEY_REUSED, f"这个请求编号已用于另一次{label}，请换一个新的编号")
    return before.after


def _first_result(tx: Connection, corp_id: str, call: _Call) -> Grant:
    """What a simultaneous call under the same key returned: its event kept ours from being written."""
    done = _done(tx, corp_id, call)
    if done is None:
        raise LookupError(f"an event is in the way and cannot be seen: {call.key}")
    return done


def _write_event(tx: Connection, corp_id: str, call: _Call, after: Grant) -> bool:
    """Write what happens, before it does; False when the key is taken. Waits for whoever is just taking it."""
    written = tx.execute(
        upsert(tx, grant_event)
        .values(_event(corp_id, call, after))
        .on_conflict_do_nothing()
        .returning(grant_event.c.number)
    )
    return written.scalar_one_or_none() is not None


def _event(corp_id: str, call: _Call, after: Grant) -> dict[str, Any]:
    return {
        "corp_id": corp_id,
        "key": call.key,
        "grant_id": call.grant_id,
        "kind": call.kind.value,
        "at": call.at,
        "by": call.by,
        "body": {"asked": dict(call.asked), "after": after.model_dump(mode="json")},
    }


def _moves_of_new(made: Grant, limits: _Limits) -> list[Move]:
    """What a grant adds to every counter."""
    coupon_id, day = made.coupon_id, made.day
    return [
        Move(_customer_tally(made), int(made.counts), limits.per_customer),
        Move(Tally(coupon_id, TallyKind.GUIDE_DAY, made.guide, day), 1, limits.guide_day),
        Move(Tally(coupon_id, TallyKind.STORE_DAY, made.store_id, day), 1, limits.store_day),
        Move(Tally(coupon_id, TallyKind.GRANTS), 1, limits.grants),
        Move(_budget_tally(made), made.cost_fen, limits.budget_fen),
    ]


def _moves(before: Grant, after: Grant, limits: _Limits) -> list[Move]:
    """What a step changes on the counters; the numbers of grants made stay."""
    return [
        Move(_customer_tally(before), int(after.counts) - int(before.counts), limits.per_customer),
        Move(_budget_tally(before), after.cost_fen - before.cost_fen, limits.budget_fen),
    ]


def _takes_more(before: Grant, after: Grant) -> bool:
    return after.cost_fen > before.cost_fen or (after.counts and not before.counts)


def _customer_tally(one: Grant) -> Tally:
    return Tally(one.coupon_id, TallyKind.CUSTOMER, one.customer_id)


def _budget_tally(one: Grant) -> Tally:
    return Tally(one.coupon_id, TallyKind.BUDGET)


def _limits_of(coupon: Coupon) -> _Limits:
    return _Limits(
        coupon.budget_fen,
        coupon.per_customer_limit,
        coupon.guide_day_limit,
        coupon.store_day_limit,
        coupon.grant_limit,
    )


def _limits(tx: Connection, corp_id: str, one: Grant) -> _Limits:
    """The limits of a grant's template as it is served now; where it is gone or withdrawn, those of the last time."""
    served = material.coupon_served(tx, corp_id, one.coupon_id)
    if served is not None:
        return _limits_of(served)
    budget = tallies.count(tx, corp_id, _budget_tally(one))
    return _Limits(budget.most, tallies.count(tx, corp_id, _customer_tally(one)).most)


def _not_granted(tx: Connection, corp_id: str, short: Short, made: Grant, coupon: Coupon) -> GrantRefused:
    kind, used = short.move.tally.kind, short.used
    if kind is TallyKind.CUSTOMER:
        return _customer_full(tx, corp_id, short, made, "再发")
    if kind is TallyKind.BUDGET:
        return _no_budget(short, made, "再发")
    if kind is TallyKind.GRANTS:
        return GrantRefused(GrantRule.GRANT_LIMIT, f"活动的 {used} 张已发完，调高发放总张数后可以再发")
    rule, whose = {
        TallyKind.GUIDE_DAY: (GrantRule.GUIDE_DAY_LIMIT, "您"),
        TallyKind.STORE_DAY: (GrantRule.STORE_DAY_LIMIT, "本店"),
    }[kind]
    again = life.midnight_after(made.granted_at) < coupon.ends_at
    then = "明天可以再发" if again else "活动今天结束，调高每日张数后可以再发"
    return GrantRefused(rule, f"今天{whose}的 {used} 张已发完，{then}")


def _not_taken(tx: Connection, corp_id: str, short: Short, before: Grant, after: Grant) -> GrantRefused:
    if short.move.tally.kind is TallyKind.CUSTOMER:
        return _customer_full(tx, corp_id, short, before, "延期")
    if after.status is not GrantStatus.REDEEMED:
        return _no_budget(short, after, "延期")
    left = _left_fen(short)
    wanted, most = yuan(after.paid_fen - before.paid_fen), yuan(before.reserved_fen + left)
    kept = f"给这张券留了 {yuan(before.reserved_fen)} 元，" if before.reserved_fen else ""
    words = f"{kept}活动预算只剩 {yuan(left)} 元，这次最多能抵 {most} 元，不够 {wanted} 元"
    return GrantRefused(GrantRule.BUDGET, words)


def _customer_full(tx: Connection, corp_id: str, short: Short, one: Grant, wanted: str) -> GrantRefused:
    then = "撤回未用的一张，或" if _has_unused(tx, corp_id, one) else ""
    words = f"每人限领 {short.move.most} 张，这位客户已有 {short.used} 张，{then}调高每人限领张数后可以{wanted}"
    return GrantRefused(GrantRule.CUSTOMER_LIMIT, words)


def _no_budget(short: Short, one: Grant, wanted: str) -> GrantRefused:
    left = _left_fen(short)
    if left:
        words = f"活动预算只剩 {yuan(left)} 元，不够这张 {yuan(one.value_fen)} 元"
    else:
        words = f"活动预算已用完，追加预算后可以{wanted}"
    return GrantRefused(GrantRule.BUDGET, words)


def _left_fen(short: Short) -> int:
    # a budget may have been lowered below what is spent
    return max((short.move.most or 0) - short.used, 0)


def _has_unused(tx: Connection, corp_id: str, like: Grant) -> bool:
    """Say whether the customer of this grant has an unused one of the same coupon."""
    found = tx.execute(
        select(coupon_grant.c.grant_id)
        .where(
            coupon_grant.c.corp_id == corp_id,
            coupon_grant.c.coupon_id == like.coupon_id,
            coupon_grant.c.customer_id == like.customer_id,
            coupon_grant.c.status.in_([status.value for status in UNUSED]),
        )
        .limit(1)
    )
    return found.first() is not None


def _name(tally: Tally) -> str:
    words = " ".join(part for part in (tally.owner, tally.day) if part)
    return f"券 {tally.coupon_id} 的{tally.kind.label}{f'（{words}）' if words else ''}"


def _amount(tally: Tally, figure: int) -> str:
    return f" {yuan(figure)} 元" if tally.kind is TallyKind.BUDGET else f" {figure} 张"


def _one(corp_id: str, grant_id: str) -> ColumnElement[bool]:
    return and_(coupon_grant.c.corp_id == corp_id, coupon_grant.c.grant_id == grant_id)


def _found(row: Row[Any] | None) -> Grant:
    if row is None:
        raise GrantRefused(GrantRule.NOT_FOUND, "没有找到这张券，请核对券号")
    return _as_grant(row)


def _all_grants(tx: Connection, corp_id: str) -> Iterator[Grant]:
    rows = tx.execute(
        select(coupon_grant).where(coupon_grant.c.corp_id == corp_id).execution_options(yield_per=_AT_ONCE)
    )
    return map(_as_grant, rows)


def _columns(one: Grant) -> dict[str, Any]:
    values = one.model_dump()
    return values | {"guide_folded": values.pop("guide"), "status": one.status.value}


def _as_grant(row: Row[Any]) -> Grant:
    values = dict(row._mapping)
    del values["corp_id"]
    return Grant(guide=values.pop("guide_folded"), **values)


def _as_event(row: Row[Any]) -> GrantEvent:
    values = dict(row._mapping)
    del values["corp_id"]
    return GrantEvent.model_validate(values | values.pop("body"))
