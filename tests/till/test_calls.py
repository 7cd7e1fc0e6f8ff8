"""Every call with a key is written down and counted; what was sent, and who had no key, is not in there."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant.pace import Pace
from assistant.sold import KeyScope
from assistant.store.database import Database, DatabaseTrouble
from assistant.store.till import calls, keys, telling
from assistant.store.till.calls import Call
from assistant.store.till.events import TillRules
from assistant.till.desk import TillDesk
from assistant.till.routes import till_routes
from tests.till.conftest import CORP, NOW, SECRET, House, order


def logged(house: House) -> list[tuple[str, str, int, str, str]]:
    with house.database.read() as tx:
        found = calls.latest(tx, CORP, 100)
    return [(one.method, one.route, one.status, one.error, one.event_id) for one in reversed(found)]


def test_every_call_with_a_key_is_written_down_with_its_answer(house: House) -> None:
    house.post("orders", order(), KeyScope.ORDERS)
    house.post("orders", order(paid_fen=-1), KeyScope.ORDERS)
    house.post("orders", order(), KeyScope.READ)
    house.get("orders/O1")
    house.get("orders/O9")
    house.hook({"kind": "order", **order("e5", paid_fen=8000)})
    assert logged(house) == [
        ("POST", "/till/v1/orders", 200, "", "e1"),
        ("POST", "/till/v1/orders", 422, "invalid", ""),
        ("POST", "/till/v1/orders", 403, "forbidden", ""),
        ("GET", "/till/v1/orders/{order_id}", 200, "", ""),
        ("GET", "/till/v1/orders/{order_id}", 404, "not_found", ""),
        ("POST", "/till/v1/webhook", 200, "", "e5"),
    ]
    with house.database.read() as tx:
        by_key = calls.last_of_keys(tx, CORP)
        names = {one.key_id: one.name for one in keys.every(tx, CORP)}
    assert {names.get(key_id, key_id) for key_id in by_key} == {"写订单", "查询", "webhook"}


def test_whoever_has_no_key_writes_nothing(house: House) -> None:
    for header in ("", "Bearer nobody.nothing"):
        assert house.client.get("/till/v1/orphans", headers={"Authorization": header}).status_code == 401
    house.hook({"kind": "order", **order()}, secret="another")
    assert house.client.get("/till/v1/openapi.json").status_code == 200
    assert logged(house) == []


def test_a_call_that_cannot_be_written_down_is_not_answered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.post("orders", order(), KeyScope.ORDERS, "one")

    def broken(*_: object) -> None:
        raise DatabaseTrouble("disk full")

    with monkeypatch.context() as gone:
        gone.setattr(calls, "write", broken)
        answer = house.get("orders/O1")
        assert (answer.status_code, answer.json()["error"], answer.headers["retry-after"]) == (503, "busy", "5")
    assert house.post("orders", order(), KeyScope.ORDERS, "one").status_code == 200


def test_old_calls_are_forgotten_after_they_had_to_be_kept(house: House) -> None:
    with house.database.begin() as tx:
        for days in (201, 199):
            at = NOW - timedelta(days=days)
            calls.write(tx, CORP, Call("k", "GET", "/", 200, "", "", at))
        assert calls.forget_old(tx, CORP, NOW) == 1
        assert [one.at for one in calls.latest(tx, CORP, 9)] == [NOW - timedelta(days=199)]


def test_a_key_that_calls_too_often_waits_and_others_do_not(database: Database) -> None:
    with database.begin() as tx:
        one, other = (keys.make(tx, CORP, name, list(KeyScope), NOW) for name in ("一", "二"))
    desk = TillDesk(database, CORP, lambda: NOW, telling.no_grants, telling.no_grants, TillRules())
    app = FastAPI(openapi_url=None)
    app.include_router(till_routes(desk, Pace(5), SECRET, lambda: NOW))
    with TestClient(app) as client:

        def ask(token: str) -> Any:
            return client.get("/till/v1/orphans", headers={"Authorization": f"Bearer {token}"})

        assert [ask(one).status_code for _ in range(6)] == [200] * 5 + [429]
        refused = ask(one)
        assert refused.json()["error"] == "too_many"
        assert refused.json()["message"].startswith("请求太快，每分钟最多 5 次，请 ")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert ask(other).status_code == 200
    with database.read() as tx:
        assert [one.status for one in calls.latest(tx, CORP, 9)].count(429) == 2
