"""The console in a real browser: the cookie sticks, the forms pass, and every page fits a phone and a desktop."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import uvicorn
from fastapi import FastAPI

from assistant.console.door.login import COOKIE, login_link
from assistant.seams import SendState
from assistant.turn import ActionKind
from tests.console.scripting import a_script, furnish, propose
from tests.console.shop import KEY, Shop, act, add_customer, add_turn, open_shop
from tests.console.test_questions import propose_some

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

WIDTHS = {"phone": (390, 844), "desktop": (1440, 900)}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Served:
    """A console that answers on this machine."""

    shop: Shop
    address: str
    turn_id: str


@contextmanager
def serving_on_a_port(app: FastAPI) -> Iterator[str]:
    """Serve this app on a free port of this machine; gives its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    shop = open_shop(tmp_path_factory.mktemp("console"))
    turn_id = fill(shop)
    with serving_on_a_port(shop.app(demo=True)) as address:
        yield Served(shop, address, turn_id)
    shop.database.close()


def fill(shop: Shop) -> str:
    """A day's work: enough of everything to see lists, paging, gaps, suggestions and one long story."""
    add_customer(shop)
    furnish(shop)
    propose_some(shop)
    propose(shop, a_script("N1", "【客户称呼】，新到的面霜要不要看看？"))
    questions = (
        "油皮用哪款洁面比较清爽？",
        "会员日是几号，能和满减一起用吗",
        "客户说面霜贵，怎么回",
        "孕期能不能用这款精华？",
    )
    for number in range(2, 40):
        turn_id = add_turn(
            shop,
            number,
            question=questions[number % 4],
            ago=timedelta(minutes=17 * number),
            gap="孕期能不能用这款精华？" if number % 4 == 3 else "",
            state=SendState.FAILED if number in (5, 21) else SendState.SENT,
            guide="guide3" if number % 5 == 0 else "guide1",
            store_id="S3" if number % 5 == 0 else "S1",
        )
        if number % 6 in (0, 2, 3) and number % 4 != 3:
            act(shop, turn_id, ActionKind.ACCEPTED, "好的")
        if number % 6 == 1 and number % 4 != 3:
            act(shop, turn_id, ActionKind.REFUSED)
    edited = add_turn(shop, 40, customer_id="C1", rich=True, ago=timedelta(minutes=3))
    act(
        shop,
        edited,
        ActionKind.EDITED,
        "沈姐您好呀，晨露舒缓面霜50ml今天298元，用满250减30券，到手268元。您上次说脸干，我给您留一瓶，有空来试试～",
    )
    return edited


@pytest.fixture(scope="module")
def chromium() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


def open_page(chromium: "playwright.Browser", width: str, complaints: list[str], **more: bool) -> "playwright.Page":
    across, down = WIDTHS[width]
    page = chromium.new_context(viewport={"width": across, "height": down}, locale="zh-CN", **more).new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def check_fits(page: "playwright.Page") -> None:
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{page.url} is {overflow} px too wide"


@pytest.mark.parametrize("width", list(WIDTHS))
def test_walk_through_every_page(served: Served, chromium: "playwright.Browser", width: str) -> None:
    complaints: list[str] = []
    page = open_page(chromium, width, complaints)
    page.goto(served.address + login_link(KEY, "manager1"))
    check_fits(page)
    page.get_by_role("button", name="进入控制台").click()
    page.wait_for_url("**/console")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    found = ("/lookup?question=几天能退", "/lookup?question=股票", "/synonyms", "/questions")
    for path in (
        "",
        "/turns",
        f"/turns/{served.turn_id}",
        "/gaps",
        "/suggestions",
        "/scripts",
        *found,
        "/nothing-here",
    ):
        page.goto(f"{served.address}/console{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        check_fits(page)
    assert [one for one in complaints if "404" not in one] == []
    page.context.close()


def test_filter_approve_and_log_out(served: Served, chromium: "playwright.Browser") -> None:
    complaints: list[str] = []
    page = open_page(chromium, "phone", complaints)
    page.goto(served.address + "/console/demo")
    assert "叶总，您好" in page.inner_text("h1")
    page.get_by_role("link", name="对话").click()
    page.select_option("select[name=store]", "S3")
    page.get_by_role("button", name="查找").click()
    shown = page.locator("td.where").all_inner_texts()
    assert shown
    assert all("江南店" in text for text in shown)
    page.get_by_role("link", name="话术", exact=True).click()
    page.get_by_role("button", name="通过").first.click()
    assert "从下一次提问起助手就会用上" in page.inner_text("main")
    page.get_by_role("button", name="退出").click()
    assert "已经退出" in page.inner_text("main")
    page.goto(served.address + "/console/turns")
    assert "请先登录" in page.inner_text("main")
    assert [one for one in complaints if "401" not in one] == []
    page.context.close()


def test_headquarters_ticks_questions_and_approves_them_at_once(served: Served, chromium: "playwright.Browser") -> None:
    complaints: list[str] = []
    page = open_page(chromium, "phone", complaints)
    page.goto(served.address + login_link(KEY, "HQ"))
    page.get_by_role("button", name="进入控制台").click()
    page.goto(served.address + "/console/questions")
    page.get_by_label("反悔了咋整").check()
    page.get_by_label("后悔行不行").check()
    page.get_by_role("button", name="通过勾选的").click()
    assert page.get_by_role("checkbox").count() == 1
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="退掉勾选的").click()
    assert "没有等着审的问法" in page.inner_text("main")
    assert complaints == []
    page.context.close()
