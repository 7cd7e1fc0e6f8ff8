"""The chat page in a real browser: what a guide sees and does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.simulator.conftest import Bench

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, bench: Bench) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(bench.url)
    expect(page.locator(".guide")).to_have_count(3)
    yield page
    context.close()
    assert complaints == []


def test_a_sample_is_sent_by_a_click_and_the_reply_is_whole_and_plain(page: Page, bench: Bench) -> None:
    page.locator(".sample").click()
    expect(page.locator(".mine .bubble")).to_have_text("顾客问羊绒围巾能不能机洗")
    expect(page.locator(".mine .under")).to_contain_text("已送达")
    expect(page.locator("#typing")).to_be_visible()
    bench.send('第一行\n<img src=x onerror="alert(1)">\n<a href="https://shop.example/1">资料</a>')
    reply = page.locator(".message:not(.mine) .bubble")
    assert reply.inner_text() == '第一行\n<img src=x onerror="alert(1)">\n资料'
    expect(page.locator("#typing")).to_be_hidden()
    assert page.locator("#messages img").count() == 0
    assert reply.locator("a").get_attribute("href") == "https://shop.example/1"
    assert page.locator("#messages time").first.inner_text() == "11:00"  # 03:00 UTC is 11:00 in Shanghai


def test_enter_sends_shift_enter_does_not(page: Page, bench: Bench) -> None:
    page.fill("#text", "一")
    page.press("#text", "Shift+Enter")
    page.keyboard.type("二")
    page.press("#text", "Enter")
    expect(page.locator(".mine .bubble")).to_have_text("一\n二")
    bench.wait_until(lambda: [arrival.content for arrival in bench.app.arrivals if arrival.content] == ["一\n二"])
    expect(page.locator("#text")).to_have_value("")


def test_another_guides_messages_are_counted_until_she_is_chosen(page: Page, bench: Bench) -> None:
    bench.send("给王芳", "wangfang")
    expect(page.locator(".unread")).to_have_text("1")
    page.locator(".guide").nth(2).click()
    expect(page.locator(".bubble")).to_have_text("给王芳")
    expect(page.locator(".unread")).to_have_count(0)


def test_a_cut_reply_says_so(page: Page, bench: Bench) -> None:
    bench.send("长" * 800)
    expect(page.locator(".cut")).to_contain_text("原文 2400 字节")


def test_the_panel_arms_a_fault_and_logs_what_came_of_it(page: Page, bench: Bench) -> None:
    page.click("#panel-toggle")
    page.get_by_role("button", name="频率超限 45009 ×2").click()
    expect(page.locator("#armed")).to_contain_text("频率超限 45009 · 还有 2 次")
    assert bench.send("不行")["errcode"] == 45009
    expect(page.locator("#log .bad").first).to_contain_text("45009")
    page.get_by_role("button", name="全部撤销").click()
    expect(page.locator("#armed")).to_be_hidden()


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, bench: Bench) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    bench.send("https://shop.example/" + "a" * 300)
    expect(page.locator(".bubble")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click("#back")
    expect(page.locator(".guide").first).to_be_visible()
    expect(page.locator(".chat")).to_be_hidden()
    page.click("#panel-toggle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
