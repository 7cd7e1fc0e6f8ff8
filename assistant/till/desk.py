"""The till's desk: keeps what it is told, once, and answers what it was asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from assistant.clock import Clock
from assistant.errors import NotFound, TillRefused
from assistant.offers.attribution import Credited
from assistant.offers.holdout import Holdout
from assistant.sold import TillEvent
from assistant.store import material
from assistant.store.coupons import grants
from assistant.store.coupons.life import UNUSED, Grant, GrantRefused, GrantRule
from assistant.store.database import Database, Transaction
from assistant.store.till import answers, calls, events, keys, results, webhooks
from assistant.store.till.answers import KeptAnswer
from assistant.store.till.calls import Call
from assistant.store.till.events import Applied, RedemptionRow, TillRules
from assistant.store.till.keys import Key
from assistant.store.till.results import Results
from assistant.store.till.telling import TellGrant
from assistant.till.words import CouponAnswer, CouponsAnswer, HoldTold, Kept, OrderAnswer, ReleaseTold
from knowledge.noun import Noun

Answer = TypeVar("Answer", bound=Noun)


@dataclass(frozen=True)
class TillDesk:
    """Everything the till's API needs. ``tells_others`` lays a message out for the shop's own system with each event."""

    database: Database
    corp_id: str
    clock: Clock
    redeem: TellGrant
    refund: TellGrant
    rules: TillRules
    tells_others: bool = False
    holdout: Holdout = Holdout()

    def key(self, token: str) -> Key | None:
        """The key a token opens, None for any other."""
        with self.database.read() as tx:
            return keys.find(tx, self.corp_id, token)

    def write_call(self, call: Call) -> None:
        """Write down who called what."""
        with self.database.begin() as tx:
            calls.write(tx, self.corp_id, call)

    def tidy(self) -> None:
        """Try again what waits for a coupon that is there now; forget calls older than they have to be kept."""
        self.heal()
        with self.database.begin() as tx:
            calls.forget_old(tx, self.corp_id, self.clock())

    def keep(self, event: TillEvent) -> Kept:
        """Keep an event; raises TillRefused when it cannot be."""
        with self.database.begin() as tx:
            return self._keep(tx, event)

    def keep_once(self, event: TillEvent, route: str, key_id: str, idempotency_key: str) -> Kept:
        """Keep an event and the answer with it: the same request again is answered the same.

        Raises TillRefused when the key was used for another request, or the event cannot be kept.
        """
        request = [route, event.event_id, event.occurred_at.timestamp(), event.body.model_dump(mode="json")]
        return self._once(request, key_id, idempotency_key, Kept, lambda tx: self._keep(tx, event))

    def _once(
        self,
        request: list[object],
        key_id: str,
        idempotency_key: str,
        kind: type[Answer],
        make: Callable[[Transaction], Answer],
    ) -> Answer:
        digest = sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        with self.database.begin() as tx:
            events.lock(tx, self.corp_id)
            before = answers.find(tx, self.corp_id, key_id, idempotency_key)
            if before is not None:
                if before.digest != digest:
                    raise TillRefused(
                        "idempotency_key_reused", "这个 Idempotency-Key 已经用过，请求内容不一样", "Idempotency-Key"
                    )
                return kind.model_validate(before.answer)
            made = make(tx)
            answer = KeptAnswer(digest, made.model_dump(mode="json"))
            answers.keep(tx, self.corp_id, key_id, idempotency_key, answer, self.clock())
            return made

    def _keep(self, tx: Transaction, event: TillEvent) -> Kept:
        moment = self.clock()
        applied = events.apply(tx, self.corp_id, event, self.redeem, self.refund, moment, self.rules)
        kept = _kept(applied)
        if self.tells_others and applied.is_new:
            body: dict[str, Any] = kept.model_dump(mode="json") | {"kind": event.kind.value}
            webhooks.put(tx, self.corp_id, event.event_id, json.dumps(body, ensure_ascii=False), moment)
        return kept

    # ---- granted coupons at the counter --------------------------------------------------------

    def coupons_of(self, customer_id: str) -> CouponsAnswer:
        """The coupons a customer may still use, those that end first before the others."""
        moment = self.clock()
        with self.database.read() as tx:
            held = grants.of_customer(tx, self.corp_id, customer_id, moment)
            names = material.coupon_names(tx, self.corp_id, (one.coupon_id for one in held))
        unused = sorted((one for one in held if one.status in UNUSED), key=lambda one: (one.expires_at, one.grant_id))
        return CouponsAnswer(customer_id=customer_id, coupons=tuple(CouponAnswer.of(one, names) for one in unused))

    def coupon(self, grant_id: str) -> CouponAnswer:
        """One granted coupon as it stands; raises NotFound."""
        with self.database.read() as tx, _told():
            return self._named(tx, grants.read(tx, self.corp_id, grant_id).at(self.clock()))

    def hold_once(self, told: HoldTold, key_id: str, idempotency_key: str) -> CouponAnswer:
        """Keep a granted coupon for an order that is being paid. Raises TillRefused with what would make it pass."""

        def hold(tx: Transaction) -> CouponAnswer:
            moment = self.clock()
            until = moment + timedelta(minutes=told.minutes)
            key = f"hold/{key_id}/{idempotency_key}"
            made = grants.hold(
                tx, self.corp_id, told.grant_id, key=key, order_id=told.order_id, until=until, moment=moment
            )
            return self._named(tx, made)

        with _told():
            request: list[object] = ["hold", told.model_dump(mode="json")]
            return self._once(request, key_id, idempotency_key, CouponAnswer, hold)

    def release_once(self, told: ReleaseTold, key_id: str, idempotency_key: str) -> CouponAnswer:
        """Let go of a coupon that an order holds. Raises TillRefused with what would make it pass."""

        def release(tx: Transaction) -> CouponAnswer:
            key = f"release/{key_id}/{idempotency_key}"
            made = grants.release(tx, self.corp_id, told.grant_id, key=key, order_id=told.order_id, moment=self.clock())
            return self._named(tx, made)

        with _told():
            request: list[object] = ["release", told.model_dump(mode="json")]
            return self._once(request, key_id, idempotency_key, CouponAnswer, release)

    def _named(self, tx: Transaction, one: Grant) -> CouponAnswer:
        return CouponAnswer.of(one, material.coupon_names(tx, self.corp_id, [one.coupon_id]))

    # ---- looked at -----------------------------------------------------------------------------

    def is_known(self, event_id: str) -> bool:
        """Say whether an event of this id was kept."""
        with self.database.read() as tx:
            return events.is_known(tx, self.corp_id, event_id)

    def lines_with(self, order_id: str, sku: str) -> tuple[int, ...]:
        """The numbers of an order's lines that hold a SKU; empty for an order not told yet."""
        with self.database.read() as tx:
            try:
                books = events.books(tx, self.corp_id, order_id)
            except NotFound:
                return ()
        return tuple(line.line for line in books.lines if line.sku == sku)

    def heal(self) -> int:
        """Try again what waits for a coupon that is there now; returns how many redemptions found one."""
        with self.database.begin() as tx:
            return events.heal(tx, self.corp_id, self.redeem, self.refund, self.clock(), self.rules)

    def order(self, order_id: str) -> OrderAnswer:
        """One order as it stands; raises NotFound."""
        with self.database.read() as tx:
            books = events.books(tx, self.corp_id, order_id)
            return OrderAnswer.of(books, events.redemptions_of(tx, self.corp_id, order_id))

    def orphans(self) -> tuple[RedemptionRow, ...]:
        """Every redemption that waits for its order or coupon."""
        with self.database.read() as tx:
            return events.orphans(tx, self.corp_id)

    def results(self, since: datetime, until: datetime, progress: Callable[[int, int], None] | None = None) -> Results:
        """What came after the contacts of a time, worked out anew."""
        with self.database.read() as tx:
            return results.results(tx, self.corp_id, since, until, self.rules.credit, self.holdout, progress)

    def attribution(self, order_id: str) -> Credited:
        """What an order is credited to; raises NotFound."""
        with self.database.read() as tx:
            return events.attribution(tx, self.corp_id, order_id, self.rules.credit)


@contextmanager
def _told() -> Iterator[None]:
    """A grant's refusal as the till's own; a grant that is not there as NotFound."""
    try:
        yield
    except GrantRefused as refused:
        if refused.rule is GrantRule.NOT_FOUND:
            raise NotFound("grant") from refused
        code = f"coupon_{refused.rule.value.replace('-', '_')}"
        raise TillRefused(code, str(refused), "grant_id") from refused


def _kept(applied: Applied) -> Kept:
    return Kept(
        event_id=applied.event_id,
        order_id=applied.order_id,
        state=applied.state,
        state_label=applied.state.label,
        reason=applied.reason,
    )
