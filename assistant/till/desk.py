"""The till's desk: keeps what it is told, once, and answers what it was asked."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from assistant.clock import Clock
from assistant.errors import NotFound, TillRefused
from assistant.offers.attribution import Credited
from assistant.sold import TillEvent
from assistant.store import answers, keys, till, webhooks
from assistant.store.answers import KeptAnswer
from assistant.store.database import Database, Transaction
from assistant.store.keys import Key
from assistant.store.telling import TellGrant
from assistant.store.till import Applied, RedemptionRow, TillRules
from assistant.till.words import Kept, OrderAnswer


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

    def key(self, token: str) -> Key | None:
        """The key a token opens, None for any other."""
        with self.database.read() as tx:
            return keys.find(tx, self.corp_id, token)

    def keep(self, event: TillEvent) -> Kept:
        """Keep an event; raises TillRefused when it cannot be."""
        with self.database.begin() as tx:
            return self._keep(tx, event)

    def keep_once(self, event: TillEvent, route: str, key_id: str, idempotency_key: str) -> Kept:
        """Keep an event and the answer with it: the same request again is answered the same.

        Raises TillRefused when the key was used for another request, or the event cannot be kept.
        """
        request = [route, event.event_id, event.occurred_at.timestamp(), event.body.model_dump(mode="json")]
        digest = sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        with self.database.begin() as tx:
            till.lock(tx, self.corp_id)
            before = answers.find(tx, self.corp_id, key_id, idempotency_key)
            if before is not None:
                if before.digest != digest:
                    raise TillRefused(
                        "idempotency_key_reused", "这个 Idempotency-Key 已经用过，请求内容不一样", "Idempotency-Key"
                    )
                return Kept.model_validate(before.answer)
            kept = self._keep(tx, event)
            answer = KeptAnswer(digest, kept.model_dump(mode="json"))
            answers.keep(tx, self.corp_id, key_id, idempotency_key, answer, self.clock())
            return kept

    def _keep(self, tx: Transaction, event: TillEvent) -> Kept:
        moment = self.clock()
        applied = till.apply(tx, self.corp_id, event, self.redeem, self.refund, moment, self.rules)
        kept = _kept(applied)
        if self.tells_others and applied.is_new:
            body: dict[str, Any] = kept.model_dump(mode="json") | {"kind": event.kind.value}
            webhooks.put(tx, self.corp_id, event.event_id, json.dumps(body, ensure_ascii=False), moment)
        return kept

    def is_known(self, event_id: str) -> bool:
        """Say whether an event of this id was kept."""
        with self.database.read() as tx:
            return till.is_known(tx, self.corp_id, event_id)

    def lines_with(self, order_id: str, sku: str) -> tuple[int, ...]:
        """The numbers of an order's lines that hold a SKU; empty for an order not told yet."""
        with self.database.read() as tx:
            try:
                books = till.books(tx, self.corp_id, order_id)
            except NotFound:
                return ()
        return tuple(line.line for line in books.lines if line.sku == sku)

    def heal(self) -> int:
        """Try again what waits for a coupon that is there now; returns how many redemptions found one."""
        with self.database.begin() as tx:
            return till.heal(tx, self.corp_id, self.redeem, self.refund, self.clock(), self.rules)

    def order(self, order_id: str) -> OrderAnswer:
        """One order as it stands; raises NotFound."""
        with self.database.read() as tx:
            books = till.books(tx, self.corp_id, order_id)
            return OrderAnswer.of(books, till.redemptions_of(tx, self.corp_id, order_id))

    def orphans(self) -> tuple[RedemptionRow, ...]:
        """Every redemption that waits for its order or coupon."""
        with self.database.read() as tx:
            return till.orphans(tx, self.corp_id)

    def attribution(self, order_id: str) -> Credited:
        """What an order is credited to; raises NotFound."""
        with self.database.read() as tx:
            return till.attribution(tx, self.corp_id, order_id, self.rules.credit)


def _kept(applied: Applied) -> Kept:
    return Kept(
        event_id=applied.event_id,
        order_id=applied.order_id,
        state=applied.state,
        state_label=applied.state.label,
        reason=applied.reason,
    )
