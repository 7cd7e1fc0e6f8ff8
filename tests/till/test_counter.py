"""At the counter: which coupons a customer holds, one kept for an order being paid, and let go of again."""

from datetime import timedelta
from typing import Any

from assistant.sold import KeyScope
from assistant.store import material
from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant
from tests.store.granting import OFF40, coupon, given
from tests.store.making import source
from tests.till.conftest import CORP, NOW, House

MORE = coupon("MORE", valid_days=1)


def granted(house: House) -> tuple[Grant, Grant]:
    """Two coupons of one customer, the second good for today only."""
    with house.database.begin() as tx:
        material.add_coupons(tx, CORP, source(tx), [OFF40])
    return given(house.database, moment=NOW), given(house.database, "k2", MORE, moment=NOW)


def hold(house: House, grant_id: str, order_id: str = "O1", once: str = "", **more: object) -> Any:
    body = {"grant_id": grant_id, "order_id": order_id, **more}
    return house.post("holds", body, KeyScope.HOLDS, once)


def test_what_she_may_use_the_soonest_to_end_first(house: House) -> None:
    long, short = granted(house)
    found = house.get("customers/C1/coupons", KeyScope.COUPONS).json()
    assert [one["grant_id"] for one in found["coupons"]] == [short.grant_id, long.grant_id]
    assert found["coupons"][1] == {
        "grant_id": long.grant_id,
        "coupon_id": "OFF40",
        "name": "立减40",
        "customer_id": "C1",
        "status": "granted",
        "status_label": "已发放",
        "value_fen": 4000,
        "granted_at": "2026-11-22T04:00:00Z",
        "expires_at": "2026-11-30T16:00:00Z",
        "order_id": "",
        "held_until": None,
    }
    # the template of the other one is gone: it is called by its number, and is still hers
    assert found["coupons"][0]["name"] == "MORE"
    assert house.get("customers/C9/coupons", KeyScope.COUPONS).json()["coupons"] == []
    house.now[0] = NOW + timedelta(days=1)
    assert [one["grant_id"] for one in house.get("customers/C1/coupons", KeyScope.COUPONS).json()["coupons"]] == [
        long.grant_id
    ]
    assert house.get(f"coupons/{short.grant_id}", KeyScope.COUPONS).json()["status_label"] == "已过期"
    assert house.get("coupons/G9", KeyScope.COUPONS).status_code == 404


def test_an_order_being_paid_keeps_its_coupon_from_others(house: House) -> None:
    long, _ = granted(house)
    first = hold(house, long.grant_id, once="one")
    assert (first.status_code, first.json()["status_label"]) == (200, "占用中")
    assert first.json()["held_until"] == "2026-11-22T04:10:00Z"
    assert hold(house, long.grant_id, once="one").json() == first.json()
    other = hold(house, long.grant_id, "O2")
    assert (other.status_code, other.json()["error"], other.json()["field"]) == (422, "coupon_other_order", "grant_id")
    assert "释放后或过了11月22日12:10可以用" in other.json()["message"]
    released = house.post("releases", {"grant_id": long.grant_id, "order_id": "O1"}, KeyScope.HOLDS)
    assert released.json()["status_label"] == "已发放"
    assert hold(house, long.grant_id, "O2").status_code == 200
    again = house.post("releases", {"grant_id": long.grant_id, "order_id": "O1"}, KeyScope.HOLDS)
    assert (again.status_code, again.json()["error"]) == (422, "coupon_other_order")
    with house.database.read() as tx:
        assert grants.audit(tx, CORP) == ()


def test_a_hold_ends_by_itself_and_an_end_does_not_break_it(house: House) -> None:
    _, short = granted(house)
    house.now[0] = NOW + timedelta(hours=11, minutes=55)
    assert hold(house, short.grant_id).status_code == 200
    # its own day ends while the order is being paid
    house.now[0] += timedelta(minutes=6)
    assert house.get(f"coupons/{short.grant_id}", KeyScope.COUPONS).json()["status_label"] == "占用中"
    house.now[0] += timedelta(minutes=5)
    assert house.get(f"coupons/{short.grant_id}", KeyScope.COUPONS).json()["status_label"] == "已过期"
    late = hold(house, short.grant_id)
    assert (late.status_code, late.json()["error"]) == (422, "coupon_expired")
    assert "请店长延期后再用" in late.json()["message"]


def test_what_cannot_be_held_says_why(house: House) -> None:
    long, _ = granted(house)
    assert hold(house, "G9").status_code == 404
    assert hold(house, long.grant_id, minutes=31).json()["message"] == "minutes：不能大于 30"
    assert hold(house, long.grant_id, once="k").status_code == 200
    other = hold(house, long.grant_id, "O2", once="k")
    assert (other.status_code, other.json()["error"]) == (409, "idempotency_key_reused")
