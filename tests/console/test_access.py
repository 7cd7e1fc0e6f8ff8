"""Every route for every kind of person; what is not yours looks exactly like what is not there."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from httpx2 import Response
from sqlalchemy import event

from assistant.console.frame import SAFETY_HEADERS
from assistant.turn import ActionKind
from tests.console.shop import Shop, act, add_customer, add_turn

WITHOUT_LOGIN = {
    "/console/login",
    "/console/static/{mark}/{name}",
    "/console/{rest:path}",
}
LISTS = ("/console", "/console/turns", "/console/gaps", "/console/suggestions", "/console/scripts")


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for found in iter_route_contexts(app.routes):
        if isinstance(found.original_route, APIRoute) and found.path:
            for method in sorted(found.methods or ()):
                yield method, found.path


def same(one: Response, other: Response) -> bool:
    return (one.status_code, one.content, dict(one.headers)) == (other.status_code, other.content, dict(other.headers))


@pytest.fixture
def turn_id(shop: Shop) -> str:
    """A turn of store S1 with an edited text waiting."""
    made = add_turn(shop, 1, rich=True)
    act(shop, made, ActionKind.EDITED, "沈姐，今天268元。")
    return made


def test_every_route_asks_who_is_there(shop: Shop, turn_id: str) -> None:
    nobody = shop.browser()
    seen = set()
    for method, path in routes(shop.app()):
        if path in WITHOUT_LOGIN:
            continue
        answer = nobody.request(method, path.replace("{turn_id}", turn_id), follow_redirects=False)
        assert answer.status_code == 401, (method, path)
        seen.add(path)
    assert {"/console/turns/{turn_id}", "/console/suggestions/{revision_id}", "/console/logout", *LISTS} <= seen


def test_every_answer_carries_the_safety_headers(shop: Shop, turn_id: str) -> None:
    nobody, manager = shop.browser(), shop.browser("manager1")
    for browser in (nobody, manager):
        for method, path in routes(shop.app()):
            answer = browser.request(method, path.replace("{turn_id}", turn_id), follow_redirects=False)
            for name, value in SAFETY_HEADERS.items():
                assert answer.headers[name] == value, (method, path, answer.status_code)


@pytest.mark.parametrize("who", ["HQ", "region1", "manager1", "auditor"])
def test_own_turn_is_shown(shop: Shop, turn_id: str, who: str) -> None:
    browser = shop.browser(who)
    assert browser.get(f"/console/turns/{turn_id}").status_code == 200
    assert turn_id in browser.get("/console/turns").text


def test_another_stores_turn_looks_like_a_missing_one(shop: Shop, turn_id: str) -> None:
    other = shop.browser("manager3")
    assert same(other.get(f"/console/turns/{turn_id}"), other.get("/console/turns/T000000099999"))
    assert other.get(f"/console/turns/{turn_id}").status_code == 404
    assert same(other.get(f"/console/turns?before={turn_id}"), other.get("/console/turns?before=T000000099999"))
    token = form_token(other.get("/console").text)
    decision = {"form_token": token, "decision": "approved", "seen": "0"}
    assert same(
        other.post(f"/console/suggestions/{turn_id}", data=decision),
        other.post("/console/suggestions/T000000099999", data=decision),
    )
    for path in LISTS:
        assert turn_id not in other.get(path).text
    assert turn_id not in other.get("/console/turns?store=S1").text


def test_no_store_of_hers_is_no_turn_of_hers(shop: Shop, turn_id: str) -> None:
    with shop.database.begin() as tx:
        tx.exec_driver_sql("UPDATE person SET region_id = 'R9' WHERE userid_folded = 'region1'")
    browser = shop.browser("region1")
    assert browser.get(f"/console/turns/{turn_id}").status_code == 404
    assert "还没有分到门店" in browser.get("/console").text


def test_a_closed_account_is_out_at_once(shop: Shop, turn_id: str) -> None:
    browser = shop.browser("manager1")
    shop.set_active("manager1", False)
    for path in (*LISTS, f"/console/turns/{turn_id}"):
        assert browser.get(path).status_code == 403
    shop.set_active("manager1", True)
    shop.set_role("manager1", "guide")
    assert browser.get("/console").status_code == 403


def test_an_admin_sees_figures_and_no_conversation(shop: Shop, turn_id: str) -> None:
    admin = shop.browser("admin")
    home = admin.get("/console")
    assert home.status_code == 200
    assert "沈姐" not in home.text
    assert "/console/turns" not in home.text
    for path in (*LISTS[1:], f"/console/turns/{turn_id}"):
        assert admin.get(path).status_code == 403


def test_an_auditor_reads_without_names_and_decides_nothing(shop: Shop) -> None:
    add_customer(shop, name="沈佳宜")
    made = add_turn(shop, 2, customer_id="C1", question="沈佳宜（沈姐）电话13812345678，想要面霜", rich=True)
    act(shop, made, ActionKind.EDITED, "沈姐，今天268元。")
    auditor = shop.browser("auditor")
    for path in ("/console", "/console/turns", f"/console/turns/{made}", "/console/suggestions"):
        text = auditor.get(path).text
        assert "沈佳宜" not in text, path
        assert "沈姐" not in text, path
        assert "13812345678" not in text, path
    assert "沈佳宜" in shop.browser("manager1").get(f"/console/turns/{made}").text
    assert "退回的原因" not in auditor.get("/console/suggestions").text
    token = form_token(auditor.get("/console").text)
    refused = auditor.post(f"/console/suggestions/{made}", data={"form_token": token, "decision": "approved"})
    assert refused.status_code == 403


def test_a_customer_handed_to_another_store_is_not_named(shop: Shop) -> None:
    add_customer(shop, name="沈佳宜", store_id="S3")
    made = add_turn(shop, 2, customer_id="C1", question="想要面霜")
    assert "沈佳宜" not in shop.browser("manager1").get(f"/console/turns/{made}").text
    assert "沈佳宜" in shop.browser("HQ").get(f"/console/turns/{made}").text


def test_a_full_phone_number_is_never_written(shop: Shop) -> None:
    add_customer(shop)
    made = add_turn(
        shop, 2, customer_id="C1", question="138 1234 5678 和 13912345678 都是沈姐", gap="13912345678 能查吗"
    )
    browser = shop.browser("HQ")
    for path in (*LISTS, f"/console/turns/{made}"):
        text = browser.get(path).text
        assert "13912345678" not in text, path
        assert "138 1234 5678" not in text, path
        assert "13800001234" not in text, path
    assert "139****5678" in browser.get("/console/turns").text


@pytest.mark.parametrize("path", LISTS)
def test_the_number_of_queries_does_not_grow_with_rows(shop: Shop, path: str) -> None:
    browser = shop.browser("region1")
    add_customer(shop)
    few = count(shop, browser, path, range(1, 3))
    many = count(shop, browser, path, range(3, 24))
    assert many == few


def count(shop: Shop, browser: object, path: str, numbers: range) -> int:
    for number in numbers:
        made = add_turn(shop, number, customer_id="C1", gap="有没有试用装")
        act(shop, made, ActionKind.EDITED, "沈姐，今天268元。")
    statements: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", heard)
    assert browser.get(path).status_code == 200  # type: ignore[attr-defined]
    event.remove(shop.database.engine, "before_cursor_execute", heard)
    return len(statements)


def form_token(html: str) -> str:
    return html.partition('name="form_token" value="')[2].partition('"')[0]
