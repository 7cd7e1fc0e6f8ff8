"""The room of scripts in a real browser: it fits, people who do not see it get along, the queue is worked by keyboard."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn

from assistant.console.door.login import login_link
from assistant.shop import Stage
from assistant.store.revisions import RevisionStatus
from assistant.turn import ActionKind
from tests.console.scripting import (
    CARING,
    TEXT,
    a_script,
    decide,
    edited,
    furnish,
    mine,
    propose,
    revision,
    served,
    waiting,
)
from tests.console.shop import KEY, Shop, act, add_customer, add_turn, open_shop
from tests.console.test_browser import WIDTHS, check_fits, chromium, open_page

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
SHOTS = os.environ.get("DAOGOU_SHOTS", "")
"""Where pictures of every page are kept, empty for nowhere."""


@dataclass(frozen=True)
class Served:
    """A console with scripts in every state, on this machine."""

    shop: Shop
    address: str
    suggestion_id: str
    blocked_id: str


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    shop = open_shop(tmp_path)
    suggestion_id, blocked_id = fill(shop)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(shop.app(), log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        yield Served(shop, f"http://127.0.0.1:{listening.getsockname()[1]}", suggestion_id, blocked_id)
        server.should_exit = True
        thread.join(10)
    shop.database.close()


def fill(shop: Shop) -> tuple[str, str]:
    """Suggestions from edits, by hand and by import, edits that are only watched, a library with versions."""
    add_customer(shop)
    soon = shop.clock() + timedelta(days=6)
    furnish(
        shop,
        [
            a_script("SC1", title="面霜报价，带券"),
            a_script("SC2", "【客户称呼】，贵有贵的道理，您先看看成分合不合适，不急着定。", title="嫌贵怎么回", stage=Stage.OBJECTION,
                     keywords=("贵", "太贵了"), categories=("面霜",), valid_to=soon),
            a_script("SC3", "【客户称呼】早上好呀，今天降温，出门多穿点～", title="早安问候", stage=Stage.GREETING),
            *(a_script(f"SC{n}", f"【客户称呼】，这是第{n}条，【产品名】现在【价格】，您看合适吗", title=f"报价说法 {n}") for n in range(10, 50)),
        ],
    )  # fmt: skip
    for number, guide in ((1, "guide1"), (2, "guide1"), (3, "guide3"), (4, "guide3")):
        edited(shop, number, guide=guide, store_id="S3" if guide == "guide3" else "S1")
    edited(shop, 5, CARING.replace("298元", "299元"))
    edited(shop, 6, "沈姐～晨露舒缓面霜50ml现在298元哦，用满250减30券，券后268元呢🌸")
    mine(shop)
    for number in range(20, 24):
        act(shop, add_turn(shop, number), ActionKind.ACCEPTED, "好的")
    first = propose(
        shop,
        a_script("SC3", "【客户称呼】早上好，今天降温，出门记得添件衣服～", title="早安问候", stage=Stage.GREETING),
    )
    assert decide(shop.browser("HQ"), first, "approved").status_code == 303
    second = propose(
        shop, a_script("SC3", "【客户称呼】早呀，今天降温，出门记得添件衣服～", title="早安问候", stage=Stage.GREETING)
    )
    assert decide(shop.browser("HQ"), second, "approved", standing=first.revision_id).status_code == 303
    propose(
        shop,
        a_script(
            "SC2",
            "【客户称呼】，价格上有顾虑很正常，您先看看成分和用法合不合适，想好再定。",
            title="嫌贵怎么回",
            stage=Stage.OBJECTION,
        ),
    )
    blocked = propose(shop, a_script("N2", "【客户称呼】，这款是全网最低价，您放心【品名】", title="促单"))
    mined_one = next(one for one in waiting(shop) if one.origin.value == "edits")
    return mined_one.revision_id, blocked.revision_id


def enter(page: "playwright.Page", room: Served, userid: str) -> None:
    page.goto(room.address + login_link(KEY, userid))
    page.get_by_role("button", name="进入控制台").click()
    page.wait_for_url("**/console")


def serious(page: "playwright.Page") -> list[str]:
    """What axe finds that keeps somebody out."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in grave]


@pytest.mark.parametrize("width", list(WIDTHS))
def test_every_page_fits_and_can_be_read_by_everybody(room: Served, chromium: "playwright.Browser", width: str) -> None:
    complaints: list[str] = []
    page = open_page(chromium, width, complaints)
    enter(page, room, "HQ")
    pages = {
        "queue": "/suggestions",
        "suggestion": f"/suggestions/{room.suggestion_id}",
        "blocked": f"/suggestions/{room.blocked_id}",
        "library": "/scripts",
        "script": "/scripts/SC3",
        "expiring": "/scripts?only=expiring",
        "new": "/scripts/new",
        "change": "/scripts/SC2/change",
        "import": "/scripts/import",
    }
    for name, path in pages.items():
        page.goto(f"{room.address}/console{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        check_fits(page)
        assert serious(page) == [], name
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    assert complaints == []
    page.context.close()


def test_the_queue_is_worked_by_keyboard(room: Served, chromium: "playwright.Browser") -> None:
    complaints: list[str] = []
    page = open_page(chromium, "desktop", complaints)
    enter(page, room, "HQ")
    page.goto(f"{room.address}/console/suggestions")
    assert "a 通过" in page.inner_text("#script-keys")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("j")
    assert page.locator("[data-current]").count() == 0
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-item]')")
    assert page.inner_text("[data-live]") == "第 2 条，共 3 条"
    page.keyboard.press("k")
    assert page.inner_text("[data-live]") == "第 1 条，共 3 条"
    go_to(page, "全网最低")
    # the guard's word comes by keyboard too
    page.keyboard.press("a")
    page.get_by_role("heading", name="这条话术还不能发布").wait_for()
    page.go_back()
    go_to(page, "全网最低")
    page.keyboard.press("r")
    page.keyboard.type("a 和 j 在这里只是字")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=refused")
    assert revision(room.shop, room.blocked_id).note == "a 和 j 在这里只是字"
    go_to(page, "耳后")
    page.keyboard.press("a")
    page.wait_for_url("**done=approved")
    assert revision(room.shop, room.suggestion_id).status is RevisionStatus.PUBLISHED
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_url("**#edit")
    assert [one for one in complaints if "422" not in one] == []
    page.context.close()


def go_to(page: "playwright.Page", words: str) -> None:
    """Move down the queue until the current suggestion says this."""
    for _ in range(3):
        if page.locator("[data-current]").count() and words in page.inner_text("[data-current]"):
            return
        page.keyboard.press("j")
    for _ in range(3):
        if words in page.inner_text("[data-current]"):
            return
        page.keyboard.press("k")
    raise AssertionError(f"{words} is in no suggestion")


def test_a_suggestion_is_edited_and_approved_with_a_pointer(room: Served, chromium: "playwright.Browser") -> None:
    complaints: list[str] = []
    page = open_page(chromium, "phone", complaints)
    enter(page, room, "HQ")
    page.goto(f"{room.address}/console/suggestions/{room.suggestion_id}")
    page.get_by_role("textbox", name="内容").fill(TEXT + "第一次用先在耳后试一下。")
    page.get_by_label("用到哪天").fill("2026-12-31")
    page.get_by_role("button", name="改好并通过").click()
    page.wait_for_url("**done=approved")
    assert served(room.shop)["SC1"] == TEXT + "第一次用先在耳后试一下。"
    assert complaints == []
    page.context.close()
