"""The demo as a newcomer sees it: one call starts it, a click on a sample question brings a grounded reply."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.demo import Demo
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP

PORT = 18610


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
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
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
