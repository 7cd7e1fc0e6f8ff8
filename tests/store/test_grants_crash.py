"""A process killed between any two statements leaves a whole grant or none; the same key then finishes it, once."""

import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant, GrantEventKind
from assistant.store.database import Database, Transaction
from tests.store.granting import coupon, give, sound
from tests.store.making import NOW

# a child of its own for every statement, killed before it; the first that is not killed has committed
_CHILD = """
import os, signal, sys
from sqlalchemy import event
from assistant.store.database import Database
from tests.store.test_grants_crash import WAYS
url, name = sys.argv[1:]

def killed_before(which):
    database = Database(url)
    reached = 0
    def count(*_, **__):
        nonlocal reached
        reached += 1
        if reached == which:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(database.engine, "before_cursor_execute", count)
    event.listen(database.engine, "commit", count)
    with database.begin() as tx:
        WAYS[name].step(tx, f"corp{which}")
    os._exit(0)

for which in range(1, 100):
    database = Database(url)
    with database.begin() as tx:
        for step in WAYS[name].before:
            step(tx, f"corp{which}")
    database.close()
    child = os.fork()
    if not child:
        killed_before(which)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        sys.exit(which if os.WEXITSTATUS(status) == 0 else 255)
    assert os.WTERMSIG(status) == signal.SIGKILL
"""
TIGHT = coupon(budget_fen=6000, grant_limit=1, guide_day_limit=1, store_day_limit=1, per_customer_limit=1)
Step = Callable[[Transaction, str], Grant]


def _grant(tx: Transaction, corp_id: str) -> Grant:
    return give(tx, "grant", TIGHT, corp_id=corp_id)


def _redeem(tx: Transaction, corp_id: str) -> Grant:
    grant_id = _grant(tx, corp_id).grant_id
    return grants.redeem(tx, corp_id, grant_id, key="redeem", order_id="D1", amount_fen=6000, moment=NOW)


def _refund(tx: Transaction, corp_id: str) -> Grant:
    grant_id = _grant(tx, corp_id).grant_id
    return grants.refund(tx, corp_id, grant_id, key="refund", order_id="D1", amount_fen=6000, moment=NOW)


def _expire(tx: Transaction, corp_id: str) -> Grant:
    grants.expire_due(tx, corp_id, TIGHT.ends_at)
    return grants.read(tx, corp_id, _grant(tx, corp_id).grant_id)


class Way(NamedTuple):
    """A step that is killed, the steps before it, what the coupon cost before and after it in 分, and its event."""

    step: Step
    before: tuple[Step, ...]
    spent_before: int
    spent_after: int
    kind: GrantEventKind


WAYS = {
    "grant": Way(_grant, (), 0, 4000, GrantEventKind.GRANT),
    "redeem": Way(_redeem, (_grant,), 4000, 6000, GrantEventKind.REDEEM),
    "refund": Way(_refund, (_grant, _redeem), 6000, 0, GrantEventKind.REFUND),
    "expire": Way(_expire, (_grant,), 4000, 0, GrantEventKind.EXPIRE),
}


def _seen(database: Database, corp_id: str, kind: GrantEventKind) -> tuple[int, int]:
    """What the coupon costs, and how often this happened."""
    with database.read() as tx:
        hers = grants.of_customer(tx, corp_id, "C1", NOW)
        events = [event.kind for one in hers for event in grants.history(tx, corp_id, one.grant_id)]
        found = grants.standing(tx, corp_id, "C1").get(TIGHT.coupon_id)
    return found.spent_fen if found else 0, events.count(kind)


@pytest.mark.parametrize("name", sorted(WAYS))
def test_killed_before_every_statement(database: Database, name: str) -> None:
    way = WAYS[name]
    done = subprocess.run([sys.executable, "-c", _CHILD, database.url, name], check=False, timeout=100)
    # at least a begin, a savepoint, a look, an event, two rows, the savepoint's end and a commit
    last = done.returncode
    assert 8 <= last < 100
    for corp_id in (f"corp{which}" for which in range(1, last + 1)):
        sound(database, corp_id)
        committed = corp_id == f"corp{last}"
        assert _seen(database, corp_id, way.kind) == ((way.spent_after, 1) if committed else (way.spent_before, 0))
        for _ in range(2):
            with database.begin() as tx:
                way.step(tx, corp_id)
            assert _seen(database, corp_id, way.kind) == (way.spent_after, 1)
            sound(database, corp_id)
