"""Limits of a minute by person and address, and whose word counts on where a request came from."""

import pytest
from fastapi import Request

from assistant.console.door.noting import AGAIN_AFTER
from assistant.console.door.pacing import MOST, Deed, Pacing
from assistant.console.refusals import TooOften
from assistant.store import audit
from assistant.store.audit import AuditAction
from tests.console.shop import CORP, Shop
from tests.console.test_login import token_for


def request(peer: str, forwarded: str = "") -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "8.8.8.8, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "not an address", "not an address"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("testclient", "203.0.113.9", "testclient"),
    ],
)
def test_only_a_trusted_proxy_says_where_it_came_from(peer: str, forwarded: str, address: str) -> None:
    assert Pacing(("127.0.0.0/8", "10.0.0.0/8")).address(request(peer, forwarded)) == address


def test_a_person_is_limited_whatever_her_address(shop: Shop) -> None:
    pacing = Pacing(("127.0.0.0/8",))
    for number in range(MOST[Deed.REVEAL].by_person):
        pacing.count(Deed.REVEAL, request("127.0.0.1", f"203.0.113.{number}"), "Admin")
    with pytest.raises(TooOften) as refused:
        pacing.count(Deed.REVEAL, request("127.0.0.1", "203.0.113.250"), "admin")
    assert int(refused.value.headers["Retry-After"]) > 0
    pacing.count(Deed.REVEAL, request("127.0.0.1", "203.0.113.251"), "other")
    pacing.count(Deed.EXPORT, request("127.0.0.1", "203.0.113.251"), "admin")


def test_too_many_logins_from_one_address_are_told_to_wait(shop: Shop) -> None:
    browser = shop.browser()
    answers = [browser.get("/console/login?token=nonsense") for _ in range(MOST[Deed.LOGIN].by_address + 1)]
    assert {one.status_code for one in answers[:-1]} == {403}
    assert answers[-1].status_code == 429
    assert "操作太快了" in answers[-1].text
    assert int(answers[-1].headers["retry-after"]) > 0
    # the plain page stays open: it is where one is sent to
    assert browser.get("/console/login").status_code == 200


def test_refused_logins_fill_no_log(shop: Shop) -> None:
    browser = shop.browser()
    for _ in range(10):
        browser.get("/console/login?token=nonsense")
        browser.post("/console/login", data={"token": token_for("guide1")})
    with shop.database.read() as tx:
        found = audit.entries(tx, CORP, action=AuditAction.LOGIN_REFUSED)
    assert sorted((one.by, one.details["why"]) for one in found) == [
        ("-", "这个登录链接用不了"),
        ("guide1", "这个账号不能进控制台"),
    ]


def test_a_denied_page_is_noted_once_a_minute_by_its_route(shop: Shop) -> None:
    admin, manager = shop.browser("admin"), shop.browser("manager1")

    def noted() -> list[tuple[str, str]]:
        with shop.database.read() as tx:
            return [(one.by, one.subject) for one in audit.entries(tx, CORP, action=AuditAction.DENIED)]

    for turn_id in ("T000000000001", "T000000000002", "T000000000003"):
        assert admin.get(f"/console/turns/{turn_id}").status_code == 403
    assert noted() == [("admin", "route:GET /console/turns/{turn_id}")]
    assert manager.get("/console/people").status_code == 403
    shop.clock.now += AGAIN_AFTER
    admin.get("/console/turns/T000000000001")
    assert noted() == [
        ("admin", "route:GET /console/turns/{turn_id}"),
        ("manager1", "route:GET /console/people"),
        ("admin", "route:GET /console/turns/{turn_id}"),
    ]


def test_what_is_missing_leaves_no_trace(shop: Shop) -> None:
    """404 must not tell, not even in the log, whether somebody else has it."""
    shop.browser("manager3").get("/console/turns/T000000099999")
    with shop.database.read() as tx:
        assert audit.entries(tx, CORP, action=AuditAction.DENIED) == ()
