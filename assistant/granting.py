"""Granting: a guide's click binds the coupons of the draft she takes to its customer, in the click's own transaction;
and what a manager does with coupons granted so far.

What cannot be granted any more is not sent: the click is answered with the reason instead, and records nothing. A second
click on the same turn finds the grants of the first; a coupon the customer still holds is not granted again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from assistant.clock import Clock
from assistant.flow.reply import say
from assistant.shop import Coupon
from assistant.store import turns
from assistant.store.coupons import checks, grants
from assistant.store.coupons.life import UNUSED, Grant, GrantRefused
from assistant.store.database import Database, Transaction
from assistant.turn import ActionKind, AppliedCoupon, CouponRule, ReplyKind, TurnRecord

_TAKEN = (ActionKind.ACCEPTED, ActionKind.EDITED)


def grant_what_is_sent(tx: Transaction, record: TurnRecord, coupons: Mapping[str, Coupon]) -> TurnRecord:
    """Grant the coupons that the text the guide sends speaks of; ``coupons`` are today's templates by id.

    Returns the record, or one whose reply says why it must not be sent and which records no action.
    """
    action = record.said_action
    if action is None or action.kind not in _TAKEN:
        return record
    drafted = turns.read(tx, record.answers_turn_id)
    if drafted is None or drafted.offer is None or not drafted.need.customer_id:
        return record
    told = (*drafted.offer.applied, *_told_of(drafted, coupons))
    carried = [one for one in told if one.name in action.sent_text]
    held = {
        one.coupon_id
        for one in grants.of_customer(tx, record.corp_id, drafted.need.customer_id, record.started_at)
        if one.status in UNUSED
    }
    wanted = [one for one in carried if one.coupon_id in coupons and one.coupon_id not in held]
    granted: list[AppliedCoupon] = []
    try:
        with tx.begin_nested():
            for one in wanted:
                _grant(tx, record, drafted, one, coupons[one.coupon_id])
                granted.append(one)
    except GrantRefused as refused:
        short = wanted[len(granted)]
        checks.note_refusal(
            tx,
            record.corp_id,
            short.coupon_id,
            refused,
            turn_id=record.turn_id,
            guide=record.guide,
            store_id=record.store_id,
            moment=record.started_at,
        )
        words = f"先别发，「{short.name}」发不了：{refused.distance}\n回「换个说法」，我按现在的优惠重新写。"
        return record.model_copy(update={"reply": say(ReplyKind.HELD, words).reply, "said_action": None})
    return record


def _told_of(drafted: TurnRecord, coupons: Mapping[str, Coupon]) -> tuple[AppliedCoupon, ...]:
    """The coupons a task's text may tell of before anything is chosen to be bought; each with the most it may cost."""
    if drafted.need.task is None or drafted.offer is None:
        return ()
    near = (one for one in drafted.offer.alternatives if one.rule is CouponRule.THRESHOLD)
    found = (coupons[one.coupon_id] for one in near if one.coupon_id in coupons)
    return tuple(
        AppliedCoupon(
            coupon_id=one.coupon_id, name=one.name, kind=one.kind, saving_fen=one.cap_fen or one.amount_fen, terms=""
        )
        for one in found
    )


def _grant(tx: Transaction, record: TurnRecord, drafted: TurnRecord, one: AppliedCoupon, coupon: Coupon) -> None:
    grants.grant(
        tx,
        record.corp_id,
        key=f"click:{drafted.turn_id}:{one.coupon_id}",
        coupon=coupon,
        customer_id=drafted.need.customer_id,
        guide=record.guide,
        store_id=record.store_id,
        turn_id=drafted.turn_id,
        reason=f"采用草稿发给客户（{drafted.turn_id}）",
        value_fen=coupon.gift_value_fen or one.saving_fen,
        moment=record.started_at,
    )


@dataclass(frozen=True)
class Granted:
    """One corp's granted coupons as of now. Every step is done once, however often it is asked for."""

    database: Database
    corp_id: str
    clock: Clock

    def of(self, customer_id: str) -> tuple[Grant, ...]:
        """Every grant of a customer."""
        with self.database.read() as tx:
            return grants.of_customer(tx, self.corp_id, customer_id, self.clock())

    def extend(self, grant_id: str, until: datetime, by: str) -> Grant:
        """Let a grant be good until a later moment; raises GrantRefused."""
        key = f"extend:{grant_id}:{until.isoformat()}"
        with self.database.begin() as tx:
            return grants.extend(tx, self.corp_id, grant_id, key=key, by=by, until=until, moment=self.clock())

    def revoke(self, grant_id: str, by: str, reason: str) -> Grant:
        """Take an unused grant back; its money is free again. Raises GrantRefused."""
        with self.database.begin() as tx:
            return grants.revoke(
                tx, self.corp_id, grant_id, key=f"revoke:{grant_id}", by=by, reason=reason, moment=self.clock()
            )

    def expire(self) -> int:
        """Let go of every grant past its end, in parts that hold the database only shortly; returns how many."""
        expired = 0
        while True:
            with self.database.begin() as tx:
                part = grants.expire_due(tx, self.corp_id, self.clock())
            expired += part
            if part < grants.SWEPT_AT_ONCE:
                return expired

    def audit(self) -> tuple[str, ...]:
        """Work out every counter again; returns what differs, in Chinese, nothing when all agree."""
        with self.database.read() as tx:
            return grants.audit(tx, self.corp_id)
