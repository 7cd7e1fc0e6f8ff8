"""The admin rules who may do what; nobody rules on herself, and one admin always stays."""

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.shop import Role
from assistant.store import audit, people
from assistant.store.audit import AuditAction
from assistant.store.database import Transaction
from assistant.store.people import Ruling
from tests.console.shop import CORP, XSS, Shop
from tests.console.test_access import form_token


def rule(browser: TestClient, userid: str, **changes: str) -> Response:
    form = {"decision": "rule", "role": "manager", "place": "store:S1", "active": "yes", "changes": "0"} | changes
    form["form_token"] = form_token(browser.get("/console").text)
    return browser.post(f"/console/people/{userid}", data=form, follow_redirects=False)


def roles(shop: Shop) -> list[tuple[str, str, str]]:
    with shop.database.read() as tx:
        found = audit.entries(tx, CORP, action=AuditAction.ROLE)
    return [(one.subject, one.details["before"], one.details["after"]) for one in found]


def test_a_new_role_holds_at_once(shop: Shop) -> None:
    admin = shop.browser("admin")
    assert rule(admin, "guide1", role="manager", place="store:S1").status_code == 303
    assert "林晓，您好" in shop.browser("guide1").get("/console").text
    assert roles(shop) == [("person:guide1", "guide S1 active", "manager S1 active")]
    page = admin.get("/console/people/guide1").text
    assert "员工表里写的是：导购，湖滨店" in " ".join(page.split()).replace("， ", "，")


def test_closing_an_account_ends_its_sessions_at_once(shop: Shop) -> None:
    manager, admin = shop.browser("manager1"), shop.browser("admin")
    assert manager.get("/console").status_code == 200
    assert rule(admin, "manager1", active="no").status_code == 303
    assert manager.get("/console").status_code == 403
    assert rule(admin, "manager1", decision="file", changes="1").status_code == 303
    assert manager.get("/console").status_code == 200


def test_a_region_and_all_stores(shop: Shop) -> None:
    admin = shop.browser("admin")
    rule(admin, "manager1", place="region:R2")
    assert "城西店" not in shop.browser("manager1").get("/console/turns").text
    rule(admin, "manager3", place="all")
    assert roles(shop)[0] == ("person:manager3", "manager S3 active", "manager * active")


def test_what_does_not_fit_is_said_and_not_saved(shop: Shop) -> None:
    admin = shop.browser("admin")
    for changes in (
        {"role": "guide", "place": "all"},
        {"role": "guide", "place": "region:R1"},
        {"place": "store:nowhere"},
        {"place": ""},
        {"role": "king"},
        {"active": ""},
    ):
        refused = rule(admin, "manager1", **changes)
        assert refused.status_code == 422, changes
        assert "请" in refused.text
    assert roles(shop) == []


def test_nobody_changes_her_own_role(shop: Shop) -> None:
    admin = shop.browser("admin")
    assert rule(admin, "ADMIN", role="manager", place="all").status_code == 403
    assert "自己的权限要由别的管理员来改" in admin.get("/console/people/admin").text


def test_the_last_admin_stays(shop: Shop) -> None:
    """The one who rules is an admin herself, so only two who remove each other at once could leave nobody."""
    admin = shop.browser("admin")
    rule(admin, "HQ", role="admin")
    other = shop.browser("HQ")
    form = form_token(other.get("/console").text)
    # while HQ's click is on its way her own account is closed behind the gate
    gate_passed = people.rule

    def closed_meanwhile(tx: Transaction, corp_id: str, userid: str, ruling: Ruling | None, **more: Any) -> bool:
        done = gate_passed(tx, corp_id, userid, ruling, **more)
        return done and gate_passed(
            tx, corp_id, "hq", Ruling(Role.MANAGER, "", "", True), by="admin", moment=shop.clock(), seen=1
        )

    people.rule = closed_meanwhile
    try:
        data = {"decision": "rule", "role": "manager", "place": "all", "active": "yes", "changes": "0"}
        refused = other.post("/console/people/admin", data={**data, "form_token": form}, follow_redirects=False)
    finally:
        people.rule = gate_passed
    assert refused.status_code == 409
    assert "至少要留一位管理员" in refused.text
    # nothing of it was written
    assert admin.get("/console/people").status_code == 200
    assert other.get("/console/people").status_code == 200


def test_two_admins_do_not_overwrite_each_other(shop: Shop) -> None:
    admin = shop.browser("admin")
    assert rule(admin, "guide1").status_code == 303
    late = rule(admin, "guide1", place="store:S2")
    assert late.status_code == 409
    assert "另一位管理员" in late.text
    assert len(roles(shop)) == 1


def test_the_list_is_filtered_and_shows_the_last_login(shop: Shop) -> None:
    shop.browser("manager1")
    admin = shop.browser("admin")
    page = admin.get("/console/people").text
    assert "还没进来过" in page
    assert "不用控制台" in page
    found = admin.get("/console/people?role=manager&store=S1").text
    assert "苏婉" in found
    assert "江虹" not in found
    assert "陈璐" in admin.get("/console/people?active=no").text
    assert "没有符合条件" in admin.get("/console/people?q=查无此人").text
    assert "林晓" in admin.get("/console/people?q=晓").text


def test_names_are_escaped(shop: Shop) -> None:
    with shop.database.begin() as tx:
        tx.exec_driver_sql("UPDATE person SET name = ? WHERE userid_folded = 'guide1'", (XSS,))
    admin = shop.browser("admin")
    for path in ("/console/people", "/console/people/guide1"):
        assert XSS not in admin.get(path).text
        assert "&lt;script&gt;" in admin.get(path).text


def test_stores_count_their_people(shop: Shop) -> None:
    page = " ".join(shop.browser("admin").get("/console/stores").text.split())
    assert "湖滨店" in page
    assert "直营" in page


def test_only_the_admin_comes_in(shop: Shop) -> None:
    for who in ("HQ", "manager1", "auditor"):
        browser = shop.browser(who)
        for path in ("/console/people", "/console/people/guide1", "/console/stores"):
            assert browser.get(path).status_code == 403
        assert rule(browser, "guide1").status_code == 403
    assert shop.browser("admin").get("/console/people/nobody").status_code == 404
    assert rule(shop.browser("admin"), "nobody").status_code == 404
