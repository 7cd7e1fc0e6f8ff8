"""What a till may tell and ask, who may, and how a refusal reads."""

from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from assistant.sold import KeyScope
from assistant.store import material
from assistant.store.till import keys
from assistant.till.door import MOST_BYTES, NEEDS, OPEN, SIGNED
from tests.till.conftest import CORP, NOW, SECRET, House, order, redemption, refund, stock

REFUSED = {"error": "unauthorized", "message": "没有通过身份验证", "field": ""}


def test_an_order_its_coupon_a_refund_and_what_became_of_them(house: House) -> None:
    assert house.post("orders", order(), KeyScope.ORDERS).json() == {
        "event_id": "e1",
        "order_id": "O1",
        "state": "counted",
        "state_label": "已入账",
        "reason": "",
    }
    waiting = house.post("redemptions", redemption(), KeyScope.REDEMPTIONS).json()
    assert (waiting["state"], waiting["reason"]) == ("waiting", "找不到对应的券")
    assert house.post("refunds", refund(), KeyScope.REFUNDS).json()["state"] == "counted"
    found = house.get("orders/O1").json()
    assert (found["paid_fen"], found["refunded_fen"], found["status_label"]) == (9000, 3000, "已支付")
    assert [line["paid_fen"] for line in found["lines"]] == [6000, 3000]
    assert [(one["line"], one["fen"], one["state_label"]) for one in found["refunds"]] == [(1, 3000, "已入账")]
    assert [one["state_label"] for one in found["redemptions"]] == ["找不到对应的券"]
    orphans = house.get("orphans").json()
    assert (orphans["total"], orphans["orphans"][0]["redemption_id"]) == (1, "X1")
    credited = house.get("attribution/O1").json()
    assert (credited["store_id"], credited["turn_id"]) == ("S1", "")
    assert credited["stores"][0]["why"] == "按下单门店计"


def test_a_count_reaches_the_guide(house: House) -> None:
    assert house.post("stock", stock(), KeyScope.STOCK).status_code == 200
    with house.database.read() as tx:
        assert [one.quantity for one in material.stock_of(tx, CORP, ["A1"])] == [5]


# ---- who may --------------------------------------------------------------------------------------

ROUTES = {
    ("POST", "orders"): KeyScope.ORDERS,
    ("POST", "redemptions"): KeyScope.REDEMPTIONS,
    ("POST", "refunds"): KeyScope.REFUNDS,
    ("POST", "stock"): KeyScope.STOCK,
    ("POST", "holds"): KeyScope.HOLDS,
    ("POST", "releases"): KeyScope.HOLDS,
    ("GET", "customers/C1/coupons"): KeyScope.COUPONS,
    ("GET", "coupons/G1"): KeyScope.COUPONS,
    ("GET", "orders/O1"): KeyScope.READ,
    ("GET", "orphans"): KeyScope.READ,
    ("GET", "attribution/O1"): KeyScope.READ,
}


def test_every_route_says_what_it_needs(house: House) -> None:
    routes = [route for route in house.app.router.routes if getattr(route, "path", "").startswith("/till")]
    if not routes:
        included = [route.original_router for route in house.app.router.routes if hasattr(route, "original_router")]
        routes = [route for router in included for route in router.routes]
    allowed = {scope.value for scope in KeyScope} | {SIGNED, OPEN}
    assert len(routes) == 13
    for route in routes:
        assert isinstance(route, APIRoute)
        assert (route.openapi_extra or {})[NEEDS] in allowed
    open_ones = [route.path for route in routes if route.openapi_extra[NEEDS] == OPEN]  # type: ignore[union-attr,index]
    assert open_ones == ["/till/v1/openapi.json"]


@pytest.mark.parametrize(("method", "path"), list(ROUTES))
def test_only_the_right_scope_opens(house: House, method: str, path: str) -> None:
    for scope, token in house.tokens.items():
        answer = house.client.request(method, f"/till/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        if scope is ROUTES[method, path]:
            assert answer.status_code not in (401, 403)
        else:
            assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), list(ROUTES))
def test_nobody_else_comes_in_and_learns_why(house: House, method: str, path: str) -> None:
    token = house.tokens[ROUTES[method, path]]
    key_id, _, secret = token.partition(".")
    with house.database.begin() as tx:
        assert keys.revoke(tx, CORP, house.tokens[KeyScope.READ].partition(".")[0], NOW) is True
        foreign = keys.make(tx, "other", "别家", list(KeyScope), NOW)
    wrong = ["", "Bearer", f"Bearer {key_id}", f"Bearer {key_id}.", f"Bearer {key_id}.{secret}x", f"Bearer .{secret}"]
    wrong += [f"Basic {token}", f"Bearer {foreign}", "Bearer nobody.nothing", "Bearer \xff.\xfe"]
    if ROUTES[method, path] is KeyScope.READ:
        wrong.append(f"Bearer {token}")
    for header in wrong:
        answer = house.client.request(
            method, f"/till/v1/{path}", headers={"Authorization": header.encode("latin-1")}, content=b"{"
        )
        assert (answer.status_code, answer.json()) == (401, REFUSED), header
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_s_secret_is_nowhere_in_the_database(house: House) -> None:
    with house.database.read() as tx:
        found = repr(list(tx.exec_driver_sql("select * from api_key")))
    for token in house.tokens.values():
        assert token.partition(".")[0] in found
        assert token.partition(".")[2] not in found


# ---- once -----------------------------------------------------------------------------------------


def test_the_same_request_is_answered_the_same(house: House) -> None:
    first = house.post("orders", order(), KeyScope.ORDERS, "one")
    house.post(
        "orders", order("e9", status="completed") | {"occurred_at": "2026-11-22T11:30:00+08:00"}, KeyScope.ORDERS
    )
    again = house.post("orders", order(), KeyScope.ORDERS, "one")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.json()["state"] == "counted"
    other = house.post("orders", order("e2"), KeyScope.ORDERS, "one")
    assert (other.status_code, other.json()["error"], other.json()["field"]) == (
        409,
        "idempotency_key_reused",
        "Idempotency-Key",
    )


def test_an_event_id_used_for_something_else_is_told(house: House) -> None:
    house.post("orders", order(), KeyScope.ORDERS)
    answer = house.post("orders", order(paid_fen=1), KeyScope.ORDERS)
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "event_id_reused",
        "message": "事件号“e1”已经用过，内容不一样；新的事请用新的事件号",
        "field": "event_id",
    }
    assert house.post("orders", order(), KeyScope.ORDERS).json()["state"] == "counted"


# ---- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (order(paid_fen=-1), "order.paid_fen", "order.paid_fen：不能小于 0"),
        (order(paid_fen="90.5"), "order.paid_fen", "order.paid_fen：要写整数，不带引号和小数"),
        (order(paid_fen=12001), "order", "order：实付金额比各行金额加起来还多"),
        (order(ordered_at="2026-11-22T11:00:00"), "order.ordered_at", "时间要带时区"),
        (order(surprise=1), "order.surprise", "没有这个字段"),
        (order(lines=[]), "order.lines", "至少要有 1 项"),
        (order(lines=[{"sku": "A", "quantity": 1, "amount_fen": 1}] * 201), "order.lines", "最多 200 项"),
        (order(order_id="O 1\x00"), "order.order_id", "含有不允许的字符"),
        (order(store_id="S" * 65), "order.store_id", "太长，最多 64 个字"),
        (order(channel="moon"), "order.channel", "只能是 shop、mini-program"),
        (order() | {"occurred_at": "2031-01-01T00:00:00Z"}, "occurred_at", "发生时间在将来"),
        (order() | {"occurred_at": "0001-01-01T00:00:00+08:00"}, "occurred_at", "不能小于"),
        (b"{", "", "不是合法的 JSON"),
        (b"[" * 100_000, "", "请求读不懂"),
        (b"\xff\xfe", "", "不是合法的 JSON"),
        (b'{"event_id": "\\ud800"}', "event_id", "写法不对"),
    ],
)
def test_what_does_not_fit_is_named(house: House, body: object, field: str, message: str) -> None:
    answer = house.post("orders", body, KeyScope.ORDERS)
    assert answer.status_code in (400, 422)
    told = answer.json()
    assert set(told) == {"error", "message", "field"}
    assert told["field"] == field
    assert message in told["message"]


def test_without_an_idempotency_key_nothing_is_written(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.tokens[KeyScope.ORDERS]}"}
    answer = house.client.post("/till/v1/orders", json=order(), headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (422, "Idempotency-Key：没有填")
    assert house.get("orders/O1").status_code == 404


def test_no_more_than_256_kib_are_read(house: House) -> None:
    answer = house.post("orders", b" " * (MOST_BYTES + 1), KeyScope.ORDERS)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    token = house.tokens[KeyScope.ORDERS]

    def endless() -> object:
        for _ in range(MOST_BYTES // 1024 + 1):
            yield b" " * 1024

    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    assert house.client.post("/till/v1/orders", content=endless(), headers=headers).status_code == 413


def test_an_unknown_order_is_not_found(house: House) -> None:
    for path in ("orders/O9", "attribution/O9"):
        answer = house.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found", "message": "没有找到", "field": ""})


# ---- webhooks in ----------------------------------------------------------------------------------


def test_a_signed_event_is_kept_and_its_repeat_is_harmless(house: House) -> None:
    told = {"kind": "order"} | order()
    assert house.hook(told).json()["state"] == "counted"
    assert house.hook(told, NOW + timedelta(seconds=299)).json()["state"] == "counted"
    assert house.get("orders/O1").json()["paid_fen"] == 9000
    assert house.hook({"kind": "redemption"} | redemption()).json()["state"] == "waiting"
    assert house.hook({"kind": "moon"} | order("e7")).json()["message"] == (
        "kind 只能是 order、redemption、refund、stock"
    )


def test_what_is_stale_or_signed_by_another_is_refused(house: House) -> None:
    told = {"kind": "order"} | order()
    for answer in (
        house.hook(told, NOW - timedelta(seconds=301)),
        house.hook(told, NOW + timedelta(seconds=301)),
        house.hook(told, secret=SECRET[:-1]),
        house.client.post("/till/v1/webhook", json=told),
        house.client.post(
            "/till/v1/webhook",
            json=told,
            headers={"X-Daogou-Timestamp": "²³".encode(), "X-Daogou-Signature": "é".encode()},
        ),
        house.client.post(
            "/till/v1/webhook", json=told, headers={"Authorization": f"Bearer {house.tokens[KeyScope.ORDERS]}"}
        ),
    ):
        assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert house.get("orders/O1").status_code == 404


# ---- the description ------------------------------------------------------------------------------


def test_the_description_speaks_of_the_till_and_of_nothing_else(house: House) -> None:
    document = house.client.get("/till/v1/openapi.json").json()
    assert set(document["paths"]) == {
        "/till/v1/orders",
        "/till/v1/redemptions",
        "/till/v1/refunds",
        "/till/v1/stock",
        "/till/v1/webhook",
        "/till/v1/holds",
        "/till/v1/releases",
        "/till/v1/customers/{customer_id}/coupons",
        "/till/v1/coupons/{grant_id}",
        "/till/v1/orders/{order_id}",
        "/till/v1/orphans",
        "/till/v1/attribution/{order_id}",
    }
