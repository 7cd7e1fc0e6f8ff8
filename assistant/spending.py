"""What coupons cost without a grant, kept at hand for shops where adding it up takes longer than a turn may.

A small shop's is added up for every question. A large one's is at most a minute older than the till, and never older
than the shop's files; what is granted is counted apart, exactly and at once (store/coupons/grants.py).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import structlog

from assistant.flow.desk import Shop
from assistant.store.coupons import uses
from assistant.store.database import Database, DatabaseTrouble

log = structlog.get_logger()

LARGE = 20_000
"""Uses of coupons that are added up in some 30 ms."""
GOOD_FOR_SECONDS = 60.0


class _Known(NamedTuple):
    material_version: int
    spent: uses.Spent
    at: float


@dataclass
class Spending:
    """Adds up, and remembers where that is long. ``seconds`` is a clock that only goes forward."""

    database: Database
    large: int = LARGE
    seconds: Callable[[], float] = time.monotonic
    _known: dict[str, _Known] = field(default_factory=dict)
    _reading: set[str] = field(default_factory=set)
    # guards both: turns run in several threads
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, corp_id: str, shop: Shop, moment: datetime) -> Mapping[str, int]:
        """Return what the coupons cost for which it matters at this moment, in 分, by coupon id."""
        with self._lock:
            known = self._known.get(corp_id)
            if known is None or known.material_version != shop.material_version or known.spent.uses < self.large:
                known = None
            is_old = known is not None and self.seconds() - known.at > GOOD_FOR_SECONDS
            begins = is_old and corp_id not in self._reading
            if begins:
                self._reading.add(corp_id)
        if known is None:
            return self._read(corp_id, shop, moment).fen
        if begins:
            beside = threading.Thread(
                target=self._read_beside, args=(corp_id, shop, moment), name="spending", daemon=True
            )
            beside.start()
        return known.spent.fen

    def _read(self, corp_id: str, shop: Shop, moment: datetime) -> uses.Spent:
        at = self.seconds()
        wanted = [one for one in shop.coupons if one.budget_fen is not None and moment < one.ends_at]
        with self.database.read() as tx:
            spent = uses.spent(tx, corp_id, wanted, shop.rules.shipping_fen)
        with self._lock:
            self._known[corp_id] = _Known(shop.material_version, spent, at)
        return spent

    def _read_beside(self, corp_id: str, shop: Shop, moment: datetime) -> None:
        try:
            self._read(corp_id, shop, moment)
        except DatabaseTrouble:
            # the sums at hand stay in use and are read again by the next question
            log.exception("coupon uses not added up this time")
        finally:
            with self._lock:
                self._reading.discard(corp_id)
