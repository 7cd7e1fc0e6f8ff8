"""Coupons and grants, as few words as a test needs, and what the counters must say afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import select

from assistant.clock import SHOP_TIME
from assistant.shop import Citation, Coupon, CouponKind
from assistant.store import material
from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant, GrantRefused, GrantRule
from assistant.store.database import Database, Transaction
from assistant.store.tables import coupon_grant, coupon_tally, grant_event
from tests.store.making import CORP, NOW, source

CITED = Citation(document_id="d", title="t", version=1, place="p")


def shanghai(day: int, hour: int = 0, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 in Shanghai; the tests' own now is 22 November, 10:00."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHOP_TIME)


def coupon(coupon_id: str = "OFF40", **more: object) -> Coupon:
    values = {
        "coupon_id": coupon_id,
        "name": "立减40",
        "kind": CouponKind.VOUCHER,
        "amount_fen": 4000,
        "starts_at": shanghai(1),
        "ends_at": shanghai(1, month=12),
        "cited": CITED,
        **more,
    }
    return Coupon.model_validate(values)


OFF40 = coupon()


def give(tx: Transaction, key: str = "k1", template: Coupon = OFF40, *, corp_id: str = CORP, **more: object) -> Grant:
    values = {
        "customer_id": "C1",
        "guide": "Lin",
        "store_id": "S1",
        "turn_id": "T1",
        "reason": "生日",
        "value_fen": 4000,
        "moment": NOW,
        **more,
    }
    return grants.grant(tx, corp_id, key=key, coupon=template, **values)  # type: ignore[arg-type]


def given(database: Database, key: str = "k1", template: Coupon = OFF40, **more: object) -> Grant:
    with database.begin() as tx:
        return give(tx, key, template, **more)  # type: ignore[arg-type]


def published(database: Database, *templates: Coupon) -> None:
    """The shop's coupon file, in place of the one before."""
    with database.begin() as tx:
        material.add_coupons(tx, CORP, source(tx, name="coupons.csv"), templates)


def spent(database: Database, coupon_id: str = "OFF40") -> int:
    """What the coupon has taken of its budget, in 分."""
    with database.read() as tx:
        found = grants.standing(tx, CORP, "")
    return found[coupon_id].spent_fen if coupon_id in found else 0


def sound(database: Database, corp_id: str = CORP) -> None:
    with database.read() as tx:
        assert grants.audit(tx, corp_id) == ()


@contextmanager
def refused(rule: GrantRule, distance: str | None = None) -> Iterator[None]:
    with pytest.raises(GrantRefused) as caught:
        yield
    assert (caught.value.rule, caught.value.distance) == (rule, distance or caught.value.distance)
    assert str(caught.value) == f"{rule.label}：{caught.value.distance}"


def changes_nothing(database: Database, ask: Callable[[Transaction], object], rule: GrantRule, distance: str) -> None:
    """It is refused with these words, and nothing is left of it although the caller's transaction is committed."""
    before = everything(database)
    with database.begin() as tx, refused(rule, distance):
        ask(tx)
    assert everything(database) == before


def everything(database: Database) -> list[tuple[object, ...]]:
    """All rows of grants, events and counters that are not at zero."""

    with database.read() as tx:
        rows = [tuple(row) for table in (coupon_grant, grant_event) for row in tx.execute(select(table))]
        counters = [tuple(row) for row in tx.execute(select(coupon_tally).where(coupon_tally.c.used > 0))]
    return sorted(rows, key=str) + sorted(counters, key=str)
