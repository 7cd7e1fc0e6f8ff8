"""Logging in by WeCom: the state belongs to one browser and one try, the code is turned into a person on the server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.channel.identity import Identity
from assistant.channel.sending import WeComSender
from assistant.console.door.login import COOKIE, login_link
from assistant.console.door.wecom import STATE_COOKIE, WeComDoor
from assistant.errors import SendRefused
from assistant.store import audit
from assistant.store.audit import AuditAction
from eval.simulator.running import serving
from eval.simulator.wecom import Member, SimulatorConfig, create_simulator
from tests.console.shop import BASE, CORP, KEY, Shop

OAUTH, SCAN = (
    "https://open.weixin.qq.com/connect/oauth2/authorize",
    "https://login.work.weixin.qq.com/wwlogin/sso/login",
)


@dataclass
class Codes:
    """A WeCom that knows these codes, each once."""

    known: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, code: str) -> str:
        self.asked.append(code)
        if code not in self.known:
            raise SendRefused(40029, "getuserinfo invalid code", retry=False)
        return self.known.pop(code)


@dataclass
class Door:
    """The console's door, and browsers before it."""

    shop: Shop
    codes: Codes
    links_stay_open: bool = True

    def browser(self, userid: str = "", agent: str = "Mozilla/5.0") -> TestClient:
        door = WeComDoor(CORP, 7, BASE, OAUTH, SCAN, self.codes)
        made = self.shop.browser(userid, wecom=door, links_stay_open=self.links_stay_open)
        made.headers["user-agent"] = agent
        return made

    def begin(self, browser: TestClient) -> str:
        """Go to WeCom; returns the state."""
        sent = browser.get("/console/login/wecom", follow_redirects=False)
        assert sent.status_code == 303
        return parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]

    def back(self, browser: TestClient, code: str, state: str) -> Response:
        return browser.get("/console/login/back", params={"code": code, "state": state}, follow_redirects=False)

    def log(self, action: AuditAction) -> list[tuple[str, str]]:
        with self.shop.database.read() as tx:
            found = audit.entries(tx, CORP, action=action)
        return [(one.by, one.details.get("way") or one.details["why"]) for one in found]


@pytest.fixture
def door(shop: Shop) -> Door:
    return Door(shop, Codes({"good": "Manager1", "hers": "guide1", "outsider": "", "second": "HQ"}))


def test_a_scan_on_a_desktop_comes_back_to_the_fixed_address(door: Door) -> None:
    sent = door.browser().get("/console/login/wecom", follow_redirects=False)
    address = urlsplit(sent.headers["location"])
    query = {name: one[0] for name, one in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == SCAN
    assert query["redirect_uri"] == f"{BASE}/console/login/back"
    assert (query["login_type"], query["appid"], query["agentid"]) == ("CorpApp", CORP, "7")
    assert query["state"].isalnum()
    assert len(query["state"]) == 32


def test_inside_wecom_it_is_asked_without_a_scan(door: Door) -> None:
    sent = door.browser(agent="Mozilla/5.0 wxwork/4.1.20 MicroMessenger/7.0.1").get(
        "/console/login/wecom", follow_redirects=False
    )
    address = urlsplit(sent.headers["location"])
    query = {name: one[0] for name, one in parse_qs(address.query).items()}
    assert address.fragment == "wechat_redirect"
    assert (query["scope"], query["response_type"], query["agentid"]) == ("snsapi_base", "code", "7")


def test_who_comes_back_is_logged_in(door: Door) -> None:
    browser = door.browser()
    entered = door.back(browser, "good", door.begin(browser))
    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    assert "苏婉，您好" in browser.get("/console").text
    assert door.log(AuditAction.LOGIN) == [("manager1", "wecom")]
    assert STATE_COOKIE not in browser.cookies


def test_the_state_cookie_is_locked_to_this_host(door: Door) -> None:
    cookie = door.browser().get("/console/login/wecom", follow_redirects=False).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith(f"{STATE_COOKIE}=")
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=600"} <= parts


def test_a_state_of_another_browser_opens_nothing(door: Door) -> None:
    victim, thief = door.browser(), door.browser()
    state = door.begin(thief)
    door.begin(victim)
    for browser in (victim, door.browser()):
        refused = door.back(browser, "good", state)
        assert refused.status_code == 403
        assert COOKIE not in browser.cookies
    # the code was not used up for her
    assert door.codes.asked == []


def test_a_state_is_used_up_by_the_first_try_even_a_failed_one(door: Door) -> None:
    browser = door.browser()
    state = door.begin(browser)
    kept = browser.cookies[STATE_COOKIE]
    assert door.back(browser, "bad", state).status_code == 403
    browser.cookies.set(STATE_COOKIE, kept, domain="console.test")
    assert "这次登录没有接上" in door.back(browser, "good", state).text
    assert door.codes.asked == ["bad"]


def test_a_state_lasts_ten_minutes(door: Door) -> None:
    browser = door.browser()
    state = door.begin(browser)
    door.shop.wall.now += timedelta(minutes=10, seconds=20)
    assert door.back(browser, "good", state).status_code == 403
    assert door.codes.asked == []


def test_a_code_that_was_used_is_refused_in_words(door: Door) -> None:
    first, second = door.browser(), door.browser()
    assert door.back(first, "good", door.begin(first)).status_code == 303
    refused = door.back(second, "good", door.begin(second))
    assert refused.status_code == 403
    assert "扫码已经过期" in refused.text
    assert 'href="/console/login"' in refused.text


@pytest.mark.parametrize("code", ["", "x" * 513])
def test_no_code_is_not_asked_for(door: Door, code: str) -> None:
    browser = door.browser()
    assert door.back(browser, code, door.begin(browser)).status_code == 403
    assert door.codes.asked == []


@pytest.mark.parametrize(("code", "who"), [("hers", "guide1"), ("outsider", "-")])
def test_without_a_role_there_is_a_page_that_says_so(door: Door, code: str, who: str) -> None:
    browser = door.browser()
    refused = door.back(browser, code, door.begin(browser))
    assert refused.status_code == 403
    assert "这个账号不能进控制台" in refused.text
    assert COOKIE not in browser.cookies
    assert door.log(AuditAction.LOGIN_REFUSED) == [(who, "这个账号不能进控制台")]


def test_wecom_without_an_answer_is_no_fault_of_hers(door: Door) -> None:
    def silent(code: str) -> str:
        raise SendRefused(-1, "getuserinfo ReadTimeout", retry=True)

    door.codes = silent  # type: ignore[assignment]
    browser = door.browser()
    refused = door.back(browser, "good", door.begin(browser))
    assert refused.status_code == 502
    assert "企业微信暂时没有回应" in refused.text


def test_the_login_page_offers_what_is_configured(door: Door) -> None:
    page = door.browser().get("/console/login").text
    assert "企业微信扫码登录" in page
    assert "用企业微信登录" in door.browser(agent="wxwork").get("/console/login").text
    plain = door.shop.browser().get("/console/login").text
    assert "/console/login/wecom" not in plain
    assert "daogou console-link" in plain
    assert "/console/demo" not in plain
    demo = door.shop.browser(demo=True).get("/console/login").text
    assert all(f"/console/demo{role}" in demo for role in ("", "?role=admin", "?role=auditor"))
    assert door.shop.browser().get("/console/login/wecom").status_code == 404


def test_links_close_once_wecom_login_has_worked(door: Door) -> None:
    door.links_stay_open = False
    link = login_link(KEY, "HQ")
    assert door.browser("HQ").get("/console").status_code == 200
    browser = door.browser()
    door.back(browser, "good", door.begin(browser))
    assert "登录链接已经停用" in door.browser().get(link).text
    token = link.partition("token=")[2]
    assert door.browser().post("/console/login", data={"token": token}).status_code == 403
    assert "console-link" not in door.browser().get("/console/login").text
    door.links_stay_open = True
    assert door.browser().get(link).status_code == 200


# ---- the whole way, with the simulated WeCom ---------------------------------------------------


@pytest.fixture
def simulated(shop: Shop) -> Iterator[Door]:
    config = SimulatorConfig(
        corp_id=CORP,
        agent_id=7,
        secret="secret",
        token="token",
        encoding_aes_key="a" * 43,
        callback_url="http://127.0.0.1:9/none",
        members=(Member("guide1", "林晓", "湖滨店"),),
        office=(Member("HQ", "叶总", "总部"),),
        console_url=f"{BASE}/console/demo",
    )
    with serving(create_simulator(config)) as server, httpx2.Client(base_url=server.url, timeout=2.0) as client:
        made = Door(shop, Codes())
        made.codes = Identity(WeComSender(client, CORP, "secret", 7, lambda: datetime.now(UTC)))  # type: ignore[assignment]
        made.control = client  # type: ignore[attr-defined]
        yield made


def wecom_page(door: Door, browser: TestClient, **changes: str) -> Response:
    """Follow the redirect to the simulated WeCom, with some words of the address changed."""
    sent = browser.get("/console/login/wecom", follow_redirects=False)
    address = urlsplit(sent.headers["location"])
    query = {name: one[0] for name, one in parse_qs(address.query).items()} | changes
    found: Response = door.control.get(address.path, params=query, follow_redirects=False)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "wxwork"])
def test_the_whole_way_through_wecom(simulated: Door, agent: str) -> None:
    browser = simulated.browser(agent=agent)
    asked = wecom_page(simulated, browser)
    assert "叶总" in asked.text
    answered = wecom_page(simulated, browser, **{"as": "hq"})
    back = urlsplit(answered.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{BASE}/console/login/back"
    entered = browser.get(f"{back.path}?{back.query}", follow_redirects=False)
    assert entered.status_code == 303
    assert "叶总，您好" in browser.get("/console").text
    assert browser.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 403


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"redirect_uri": "https://evil.test/console/login/back"}, "50001"),
        ({"appid": "other"}, "40013"),
        ({"agentid": "8"}, "40056"),
        ({"state": "not-a-word"}, "40035"),
        ({"login_type": "ServiceApp"}, "40035"),
    ],
)
def test_the_simulated_wecom_is_as_strict_as_the_real_one(
    simulated: Door, changes: dict[str, str], errcode: str
) -> None:
    refused = wecom_page(simulated, simulated.browser(), **changes)
    assert refused.status_code == 400
    assert errcode in refused.text
