"""A manager's morning in the demo, in a real browser: what waits on the first page is dealt with, one after the other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.demo import Demo
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP
from tests.console.test_browser import ARGUMENTS, check_fits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
playwright = pytest.importorskip("playwright.sync_api")

PORT = 18710
SMALL = {"width": 390, "height": 844}
LARGE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the console of a demo that has lived through its two weeks."""
    folder: Path = tmp_path_factory.mktemp("morning")
    demo = Demo.prepare(port=PORT, data=folder, sample=SAMPLE_SHOP, day=SAMPLE_DAY, fresh=False)
    demo.start()
    yield f"http://127.0.0.1:{PORT + 1}/console"
    demo.stop()


def test_a_managers_morning(console: str) -> None:
    complaints: list[str] = []
    with playwright.sync_playwright() as started:
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


def _approve_a_mined_script_with_an_edit(page: "playwright.Page", console: str) -> None:
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


def _answer_a_gap(page: "playwright.Page", console: str) -> None:
    page.goto(f"{console}/gaps")
    page.locator("table.rows a").first.click()
    assert "海外" in page.inner_text("h1")
    page.fill("[name=title]", "能不能寄到海外")
    page.fill("[name=text]", "目前不寄海外，只送中国大陆地址。人在国外的客户，可以寄给国内的亲友代收。")
    page.fill("[name=source]", "总部客服部")
    page.get_by_role("button", name="存成草稿，请别人发布").click()
    assert "存成草稿了" in page.inner_text("main .done")


def _sign_a_draft(page: "playwright.Page", console: str) -> None:
    page.goto(f"{console}/signoffs")
    page.get_by_role("button", name="签发", exact=True).click()
    assert "没有等您签发的草稿" in page.inner_text("main")


def _withdraw_a_policy_and_send_the_corrections(page: "playwright.Page", console: str) -> None:
    page.goto(f"{console}/documents?words=开封商品怎么处理")
    page.locator(".know-title a").first.click()
    page.get_by_role("link", name="谁用过，撤下或改期").click()
    page.fill("#why", "规定改了，先撤下")
    page.get_by_role("button", name="撤下").click()
    assert "已撤下" in page.inner_text("main .done")
    page.get_by_role("button", name="发更正给导购").click()
    assert "更正" in page.inner_text("main .done")


def _look_at_the_funnel(page: "playwright.Page", console: str) -> None:
    page.goto(f"{console}/figures/funnel")
    told = page.inner_text("main")
    assert "推荐" in told
    check_fits(page)
