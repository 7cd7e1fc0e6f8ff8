"""Coming in once, staying for a while, going out for good."""

from datetime import timedelta

import pytest
from httpx2 import Response

from assistant.console.door.login import COOKIE, login_link
from tests.console.shop import BASE, KEY, Shop
from tests.console.test_access import form_token


def token_for(userid: str, key: str = KEY) -> str:
    return login_link(key, userid).partition("token=")[2]


def enter(shop: Shop, token: str) -> Response:
    return shop.browser().post("/console/login", data={"token": token}, follow_redirects=False)


def test_a_link_shows_a_button_and_uses_nothing_up(shop: Shop) -> None:
    link = login_link(KEY, "manager1")
    assert link.startswith("/console/login?token=")
    for _ in range(2):
        asked = shop.browser().get(link)
        assert asked.status_code == 200
        assert "set-cookie" not in asked.headers
    assert enter(shop, token_for("manager1")).status_code == 303


def test_a_link_works_once(shop: Shop) -> None:
    token = token_for("manager1")
    assert enter(shop, token).status_code == 303
    again = enter(shop, token)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


def test_the_cookie_is_locked_to_this_host(shop: Shop) -> None:
    cookie = enter(shop, token_for("manager1")).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)


def test_a_link_lasts_ten_minutes(shop: Shop) -> None:
    token = token_for("manager1")
    shop.wall.now += timedelta(minutes=9, seconds=50)
    assert shop.browser().get(f"/console/login?token={token}").status_code == 200
    shop.wall.now += timedelta(seconds=20)
    assert shop.browser().get(f"/console/login?token={token}").status_code == 403
    assert enter(shop, token).status_code == 403


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", token_for("HQ", key="another key of some length")],
    ids=["empty", "nonsense", "another key"],
)
def test_a_forged_link_is_refused(shop: Shop, token: str) -> None:
    asked = shop.browser().get("/console/login", params={"token": token})
    # without a token the page tells how to log in
    assert asked.status_code == (403 if token else 200)
    assert enter(shop, token).status_code == 403


@pytest.mark.parametrize("userid", ["guide1", "gone", "nobody-of-that-name"])
def test_without_an_active_role_there_is_no_console(shop: Shop, userid: str) -> None:
    answer = enter(shop, token_for(userid))
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_userids_are_compared_without_case(shop: Shop) -> None:
    assert enter(shop, token_for("hq")).status_code == 303
    assert enter(shop, token_for("MANAGER1")).status_code == 303


def test_half_an_hour_idle_ends_a_session(shop: Shop) -> None:
    browser = shop.browser("manager1")
    shop.wall.now += timedelta(minutes=29)
    assert browser.get("/console").status_code == 200
    shop.wall.now += timedelta(minutes=29)
    assert browser.get("/console").status_code == 200
    shop.wall.now += timedelta(minutes=31)
    assert browser.get("/console").status_code == 401


def test_twelve_hours_end_a_session_however_busy(shop: Shop) -> None:
    browser = shop.browser("manager1")
    for _ in range(36):
        shop.wall.now += timedelta(minutes=20)
        assert browser.get("/console").status_code == 200
    shop.wall.now += timedelta(minutes=1)
    assert browser.get("/console").status_code == 401


def test_logging_out_kills_a_copied_cookie(shop: Shop) -> None:
    browser = shop.browser("manager1")
    copied = browser.cookies[COOKIE]
    left = browser.post("/console/logout", data={"form_token": form_token(browser.get("/console").text)})
    assert left.status_code == 200
    thief = shop.browser()
    thief.cookies.set(COOKIE, copied, domain="console.test")
    assert thief.get("/console").status_code == 401


def test_a_changed_cookie_opens_nothing(shop: Shop) -> None:
    browser = shop.browser("manager1")
    good = browser.cookies[COOKIE]
    # not the last character: its spare bits may change without changing the signature
    forged = good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:]
    for bad in (forged, "x" + good, good.split(".")[0], ""):
        other = shop.browser()
        other.cookies.set(COOKIE, bad, domain="console.test")
        assert other.get("/console").status_code == 401


def test_the_session_id_is_not_in_the_database(shop: Shop) -> None:
    browser = shop.browser("manager1")
    session_id = browser.cookies[COOKIE].split(".")[0]
    with shop.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT * FROM used_login").all()
    assert len(rows) == 1
    assert session_id not in str(rows)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-site"},
        {"origin": "https://console.test.evil.test", "sec-fetch-site": "same-origin"},
        {"origin": "", "sec-fetch-site": ""},
    ],
)
def test_a_form_from_elsewhere_is_refused(shop: Shop, headers: dict[str, str]) -> None:
    browser = shop.browser("manager1")
    form = {"form_token": form_token(browser.get("/console").text)}
    assert browser.post("/console/logout", data=form, headers=headers).status_code == 403
    assert shop.browser().post("/console/login", data={"token": token_for("HQ")}, headers=headers).status_code == 403
    assert browser.get("/console").status_code == 200
    assert browser.post("/console/logout", data=form, headers={"origin": BASE}).status_code == 200


def test_a_form_needs_the_token_of_its_own_session(shop: Shop) -> None:
    one, other = shop.browser("manager1"), shop.browser("manager1")
    for form in ({}, {"form_token": ""}, {"form_token": form_token(other.get("/console").text)}):
        assert one.post("/console/logout", data=form).status_code == 403
    assert one.get("/console").status_code == 200


def test_the_demo_door_is_there_only_in_demo_mode(shop: Shop) -> None:
    assert shop.browser().get("/console/demo", follow_redirects=False).status_code == 404
    browser = shop.browser(demo=True)
    assert browser.get("/console/demo", follow_redirects=False).status_code == 303
    assert "叶总，您好" in browser.get("/console").text


@pytest.mark.parametrize(("role", "name"), [("admin", "管理"), ("auditor", "严审"), ("manager", "叶总")])
def test_the_demo_can_be_seen_by_every_role_with_a_console(shop: Shop, role: str, name: str) -> None:
    browser = shop.browser(demo=True)
    assert browser.get(f"/console/demo?role={role}", follow_redirects=False).status_code == 303
    assert f"{name}，您好" in browser.get("/console").text
    assert shop.browser(demo=True).get("/console/demo?role=guide", follow_redirects=False).status_code == 403
    assert shop.browser().get(f"/console/demo?role={role}", follow_redirects=False).status_code == 404


def test_the_demo_door_takes_another_manager_where_headquarters_has_none(shop: Shop) -> None:
    shop.set_active("HQ", False)
    browser = shop.browser(demo=True)
    browser.get("/console/demo")
    assert "苏婉，您好" in browser.get("/console").text
    for userid in ("manager1", "manager3", "region1"):
        shop.set_active(userid, False)
    assert shop.browser(demo=True).get("/console/demo", follow_redirects=False).status_code == 403
