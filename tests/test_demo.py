"""The demo as a newcomer sees it: one call starts it, a click brings a grounded reply, its console a manager's morning."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.demo import Demo
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP
from tests.console.test_browser import ARGUMENTS, check_fits

if TYPE_CHECKING:
    from playwright.sync_api import Page

PORT = 18610
SMALL = {"width": 390, "height": 844}
LARGE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    made = Demo.prepare(port=PORT, data=folder, sample=SAMPLE_SHOP, day=SAMPLE_DAY, fresh=False)
    report = made.start()
    assert len(report.changed) >= 40
    yield made
    made.stop()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_a_click_brings_drafts_with_coupon_and_evidence(demo: Demo, width: int) -> None:
    from playwright.sync_api import ConsoleMessage, expect, sync_playwright

    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=ARGUMENTS,
        )
        page = browser.new_page(viewport={"width": width, "height": 860})
        page.on("console", note)
        page.goto(demo.url)
        page.get_by_role("button", name="苏姐问敏感肌能不能用").first.click()
        send = page.get_by_role("button", name="发送")
        if send.is_enabled():
            send.click()
        expect(page.get_by_text("① 亲切").last).to_be_visible(timeout=5000)
        expect(page.get_by_text("依据：").last).to_be_visible()
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.close()
    assert errors == []
    assert overflow <= 0


def test_a_second_start_reads_nothing_and_takes_seconds(demo: Demo, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "again"
    shutil.copytree(demo.settings.data_dir, copy)
    again = Demo.prepare(port=PORT + 10, data=copy, sample=SAMPLE_SHOP, day=SAMPLE_DAY, fresh=False)
    began = time.monotonic()
    try:
        report = again.ingest_only()
    finally:
        again.stop()
    assert report.changed == ()
    assert time.monotonic() - began < 10


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_a_managers_morning_after_two_lived_weeks(demo: Demo) -> None:
    """What waits on the first page is dealt with, one after the other, in a real browser."""
    from playwright.sync_api import sync_playwright

    console = f"http://127.0.0.1:{PORT + 1}/console"
    complaints: list[str] = []
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = chromium.new_context(viewport=LARGE, locale="zh-CN").new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{console}/demo")
        assert "叶寒秋，您好" in page.inner_text("h1")
        waiting = {card.inner_text().split("\n")[0] for card in page.locator(".card a").all()}
        assert {"草稿等您签发", "资料缺口", "待审话术建议"} <= waiting
        _approve_a_mined_script_with_an_edit(page, console)
        _answer_a_gap(page, console)
        _sign_a_draft(page, console)
        _withdraw_a_policy_and_send_the_corrections(page, console)
        _look_at_the_funnel(page, console)
        page.goto(console)
        left = {card.inner_text().split("\n")[0] for card in page.locator(".card a").all()}
        assert not {"草稿等您签发", "待审话术建议"} & left
        page.set_viewport_size(SMALL)
        check_fits(page)
        chromium.close()
    assert complaints == []


def _approve_a_mined_script_with_an_edit(page: "Page", console: str) -> None:
    page.goto(console)
    page.get_by_role("link", name=re.compile("待审话术建议")).click()
    page.locator("main h2 a").first.click()
    written = page.locator('form[action$="/edit"] textarea[name=text]')
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert "耳后试一小块" in written.input_value()
    written.fill(written.input_value().replace("没有不舒服再上脸", "没有不舒服再用到脸上"))
    page.get_by_role("button", name="改好并通过").click()
    page.goto(f"{console}/scripts?words=" + "用到脸上")
    assert page.locator("main table tbody tr, main article").count() == 1


def _answer_a_gap(page: "Page", console: str) -> None:
    page.goto(f"{console}/gaps")
    page.locator("table.rows a").first.click()
    assert "海外" in page.inner_text("h1")
    page.fill("[name=title]", "能不能寄到海外")
    page.fill("[name=text]", "目前不寄海外，只送中国大陆地址。人在国外的客户，可以寄给国内的亲友代收。")
    page.fill("[name=source]", "总部客服部")
    page.get_by_role("button", name="存成草稿，请别人发布").click()
    assert "存成草稿了" in page.inner_text("main .done")


def _sign_a_draft(page: "Page", console: str) -> None:
    page.goto(f"{console}/signoffs")
    page.get_by_role("button", name="签发", exact=True).click()
    assert "没有等您签发的草稿" in page.inner_text("main")


def _withdraw_a_policy_and_send_the_corrections(page: "Page", console: str) -> None:
    page.goto(f"{console}/documents?words=线上七天无理由退货说明")
    page.locator(".know-title a").first.click()
    page.get_by_role("link", name="谁用过，撤下或改期").click()
    page.fill("#why", "规定改了，先撤下")
    page.get_by_role("button", name="撤下").click()
    assert "已撤下" in page.inner_text("main .done")
    page.get_by_role("button", name="发更正给导购").click()
    assert "更正" in page.inner_text("main .done")


def _look_at_the_funnel(page: "Page", console: str) -> None:
    page.goto(f"{console}/figures/funnel")
    told = page.inner_text("main")
    assert "推荐" in told
    check_fits(page)
