"""Whatever is done to grants, in whatever order: a plain reckoning beside them foresees every answer and figure."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from assistant.clock import SHOP_TIME
from assistant.store.coupons import grants, tallies
from assistant.store.coupons.grants import Grant, GrantRefused, GrantRule
from assistant.store.coupons.tallies import TallyKind
from assistant.store.database import Database, Transaction
from tests.store.granting import coupon, give, shanghai

TEMPLATES = {
    "TIGHT": coupon(
        "TIGHT", budget_fen=100, grant_limit=6, guide_day_limit=2, store_day_limit=3, per_customer_limit=2, valid_days=2
    ),
    "BRIEF": coupon("BRIEF", budget_fen=90, ends_at=shanghai(24, 18), per_customer_limit=1),
    "FREE": coupon("FREE", valid_days=1, starts_at=shanghai(22, 11)),
}
WHO = st.sampled_from(["C1", "C2"])
GUIDES = st.sampled_from(["Lin", "Wei"])
STORES = st.sampled_from(["S1", "S2"])
ORDERS = st.sampled_from(["D1", "D1", "D2"])
FEN = st.integers(0, 60)
HOURS = st.sampled_from([-1, 0, 1, 2, 5, 20, 40])
WHICH = st.integers(0, 7)


@dataclass
class Slip:
    """A grant as somebody with paper and pencil keeps it."""

    coupon_id: str
    customer_id: str
    guide: str
    store_id: str
    day: str
    end: datetime
    value: int
    kept: int
    used: int = 0
    back: int = 0
    status: str = "granted"
    order: str = ""
    hold_end: datetime | None = None

    def now(self, moment: datetime) -> str:
        if self.status == "held" and self.hold_end is not None and moment < self.hold_end:
            return "held"
        if self.status in {"granted", "held"}:
            return "granted" if moment < self.end else "expired"
        return self.status

    def put(self, status: str, order: str = "", hold_end: datetime | None = None) -> None:
        self.status, self.order, self.hold_end = status, order, hold_end


class Life(RuleBasedStateMachine):
    """Grants of one corp under every operation; subclassed with a database."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.corp_id = uuid.uuid4().hex
        self.now = shanghai(22, 10)
        self.slips: dict[str, Slip] = {}
        self.done: list[tuple[Callable[[Transaction], Grant], Grant]] = []
        self.asked = 0

    def ask(self, call: Callable[[Transaction, str], Grant], foreseen: GrantRule | None) -> Grant | None:
        """Make a call under a key of its own; it must end as foreseen."""
        self.asked += 1
        key = f"k{self.asked}"
        result, answer = None, None
        with self.database.begin() as tx:
            try:
                result = call(tx, key)
            except GrantRefused as refusal:
                answer = refusal.rule
        assert answer is foreseen
        if result is None:
            return None
        self.done.append((lambda tx: call(tx, key), result))
        return result

    def spent(self, coupon_id: str) -> int:
        return sum(one.kept + one.used - one.back for one in self.slips.values() if one.coupon_id == coupon_id)

    def over(self, coupon_id: str, more: int) -> bool:
        budget = TEMPLATES[coupon_id].budget_fen
        return more > 0 and budget is not None and self.spent(coupon_id) + more > budget

    def full(self, most: int | None, coupon_id: str, **same: str) -> bool:
        alike = [one for one in self.slips.values() if one.coupon_id == coupon_id]
        return most is not None and most <= sum(
            all(getattr(one, name) == value for name, value in same.items()) for one in alike
        )

    def has_enough(self, coupon_id: str, customer_id: str) -> bool:
        most = TEMPLATES[coupon_id].per_customer_limit
        hers = [one for one in self.slips.values() if (one.coupon_id, one.customer_id) == (coupon_id, customer_id)]
        return most is not None and most <= sum(one.status in {"granted", "held", "redeemed"} for one in hers)

    def pick(self, which: int) -> tuple[str, Slip, str]:
        grant_id = sorted(self.slips)[which % len(self.slips)]
        return grant_id, self.slips[grant_id], self.slips[grant_id].now(self.now)

    @rule(hours=st.sampled_from([1, 2, 5, 14]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(name=st.sampled_from(sorted(TEMPLATES)), customer_id=WHO, guide=GUIDES, store_id=STORES, value=FEN)
    def grant(self, name: str, customer_id: str, guide: str, store_id: str, value: int) -> None:
        template, day = TEMPLATES[name], self.now.astimezone(SHOP_TIME).date()
        foreseen = None
        if self.now < template.starts_at:
            foreseen = GrantRule.NOT_STARTED
        elif self.now >= template.ends_at:
            foreseen = GrantRule.ENDED
        elif self.has_enough(name, customer_id):
            foreseen = GrantRule.CUSTOMER_LIMIT
        elif self.full(template.guide_day_limit, name, guide=guide, day=str(day)):
            foreseen = GrantRule.GUIDE_DAY_LIMIT
        elif self.full(template.store_day_limit, name, store_id=store_id, day=str(day)):
            foreseen = GrantRule.STORE_DAY_LIMIT
        elif self.full(template.grant_limit, name):
            foreseen = GrantRule.GRANT_LIMIT
        elif self.over(name, value):
            foreseen = GrantRule.BUDGET
        who = {"customer_id": customer_id, "guide": guide, "store_id": store_id, "value_fen": value}
        when = self.now
        made = self.ask(lambda tx, key: give(tx, key, template, corp_id=self.corp_id, moment=when, **who), foreseen)
        if made is not None:
            days = template.valid_days
            end = datetime(day.year, day.month, day.day, tzinfo=SHOP_TIME) + timedelta(days=days or 0)
            end = template.ends_at if days is None else min(template.ends_at, end)
            self.slips[made.grant_id] = Slip(name, customer_id, guide, store_id, str(day), end, value, value)

    def _unusable(self, slip: Slip, now: str, order_id: str) -> GrantRule | None:
        if now == "expired":
            return GrantRule.EXPIRED
        if now == "held":
            return None if slip.order == order_id else GrantRule.OTHER_ORDER
        return None if now == "granted" else GrantRule.STATUS

    @precondition(lambda self: self.slips)
    @rule(which=WHICH, order_id=ORDERS, hours=HOURS)
    def hold(self, which: int, order_id: str, hours: int) -> None:
        grant_id, slip, now = self.pick(which)
        until, when = self.now + timedelta(hours=hours), self.now
        foreseen = self._unusable(slip, now, order_id) or (GrantRule.TOO_EARLY if hours <= 0 else None)
        if self.ask(
            lambda tx, key: grants.hold(
                tx, self.corp_id, grant_id, key=key, order_id=order_id, until=until, moment=when
            ),
            foreseen,
        ):
            slip.put("held", order_id, until)

    @precondition(lambda self: self.slips)
    @rule(which=WHICH, order_id=ORDERS)
    def release(self, which: int, order_id: str) -> None:
        grant_id, slip, _ = self.pick(which)
        when = self.now
        foreseen = None if slip.status == "held" else GrantRule.STATUS
        if foreseen is None and slip.order != order_id:
            foreseen = GrantRule.OTHER_ORDER
        if self.ask(
            lambda tx, key: grants.release(tx, self.corp_id, grant_id, key=key, order_id=order_id, moment=when),
            foreseen,
        ):
            slip.put("granted" if self.now < slip.end else "expired")
            slip.kept = slip.kept if slip.status == "granted" else 0

    @precondition(lambda self: self.slips)
    @rule(which=WHICH, order_id=ORDERS, fen=FEN)
    def redeem(self, which: int, order_id: str, fen: int) -> None:
        grant_id, slip, now = self.pick(which)
        when = self.now
        foreseen = self._unusable(slip, now, order_id)
        if foreseen is None and self.over(slip.coupon_id, fen - slip.kept):
            foreseen = GrantRule.BUDGET
        if self.ask(
            lambda tx, key: grants.redeem(
                tx, self.corp_id, grant_id, key=key, order_id=order_id, amount_fen=fen, moment=when
            ),
            foreseen,
        ):
            slip.put("redeemed", order_id)
            slip.kept, slip.used = 0, slip.used + fen

    @precondition(lambda self: self.slips)
    @rule(which=WHICH, order_id=ORDERS, fen=FEN, whole=st.booleans())
    def refund(self, which: int, order_id: str, fen: int, whole: bool) -> None:
        grant_id, slip, _ = self.pick(which)
        left, when = slip.used - slip.back, self.now
        amount = left if whole else fen
        foreseen = None if slip.status == "redeemed" else GrantRule.STATUS
        if foreseen is None and slip.order != order_id:
            foreseen = GrantRule.OTHER_ORDER
        if foreseen is None and amount > left:
            foreseen = GrantRule.REFUND_LIMIT
        if self.ask(
            lambda tx, key: grants.refund(
                tx, self.corp_id, grant_id, key=key, order_id=order_id, amount_fen=amount, moment=when
            ),
            foreseen,
        ):
            slip.back += amount
            if slip.back == slip.used:
                slip.put("granted" if self.now < slip.end else "expired")

    @precondition(lambda self: self.slips)
    @rule(which=WHICH, hours=HOURS)
    def extend(self, which: int, hours: int) -> None:
        grant_id, slip, now = self.pick(which)
        until, when = self.now + timedelta(hours=hours), self.now
        foreseen = None if now in {"granted", "held", "expired"} else GrantRule.STATUS
        if foreseen is None and (hours <= 0 or until <= slip.end):
            foreseen = GrantRule.TOO_EARLY
        if foreseen is None and now == "expired":
            if slip.status == "expired" and self.has_enough(slip.coupon_id, slip.customer_id):
                foreseen = GrantRule.CUSTOMER_LIMIT
            elif self.over(slip.coupon_id, slip.value - slip.kept):
                foreseen = GrantRule.BUDGET
        if self.ask(
            lambda tx, key: grants.extend(tx, self.corp_id, grant_id, key=key, by="Chen", until=until, moment=when),
            foreseen,
        ):
            slip.end = until
            if now == "expired":
                slip.kept = slip.value
            if now != "held":
                slip.put("granted")

    @precondition(lambda self: self.slips)
    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        grant_id, slip, now = self.pick(which)
        when = self.now
        foreseen = {"granted": None, "expired": GrantRule.EXPIRED}.get(now, GrantRule.STATUS)
        if self.ask(
            lambda tx, key: grants.revoke(tx, self.corp_id, grant_id, key=key, by="Chen", reason="", moment=when),
            foreseen,
        ):
            slip.put("revoked")
            slip.kept = 0

    @rule()
    def expire_due(self) -> None:
        due = [one for one in self.slips.values() if one.status != "expired" and one.now(self.now) == "expired"]
        with self.database.begin() as tx:
            assert grants.expire_due(tx, self.corp_id, self.now) == len(due)
        for one in due:
            one.put("expired")
            one.kept = 0

    @precondition(lambda self: self.done)
    @rule(which=WHICH)
    def repeat(self, which: int) -> None:
        again, result = self.done[which % len(self.done)]
        with self.database.begin() as tx:
            assert again(tx) == result

    @invariant()
    def every_figure_is_as_reckoned(self) -> None:
        with self.database.read() as tx:
            assert grants.audit(tx, self.corp_id) == ()
            for grant_id, slip in self.slips.items():
                one = grants.read(tx, self.corp_id, grant_id)
                assert (one.status.value, one.expires_at, one.order_id, one.held_until) == (
                    slip.status,
                    slip.end,
                    slip.order,
                    slip.hold_end,
                )
                assert (one.reserved_fen, one.redeemed_fen, one.refunded_fen) == (slip.kept, slip.used, slip.back)
                assert one.at(self.now).status.value == slip.now(self.now)
            for customer_id in ("C1", "C2"):
                hers = grants.of_customer(tx, self.corp_id, customer_id, self.now)
                assert len(hers) == sum(one.customer_id == customer_id for one in self.slips.values())

    @invariant()
    def no_counter_is_over_its_limit(self) -> None:
        with self.database.read() as tx:
            counted = tallies.counts(tx, self.corp_id)
        for tally, count in counted.items():
            template = TEMPLATES[tally.coupon_id]
            most = {
                TallyKind.BUDGET: template.budget_fen,
                TallyKind.GRANTS: template.grant_limit,
                TallyKind.GUIDE_DAY: template.guide_day_limit,
                TallyKind.STORE_DAY: template.store_day_limit,
                TallyKind.CUSTOMER: template.per_customer_limit,
            }[tally.kind]
            assert count.used >= 0
            assert most is None or count.used <= most
            if tally.kind is TallyKind.BUDGET:
                assert count.used == self.spent(tally.coupon_id)


def test_any_sequence(database: Database) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("LifeHere", (Life,), {"database": database}),
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
