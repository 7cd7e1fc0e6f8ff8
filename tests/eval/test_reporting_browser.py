"""The report in a real browser, opened as a file: three clicks to the turn, links, search, paper, and nothing asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eval.gating.gate import GateFile
from eval.reporting.page import report
from eval.reporting.reading import opened
from tests.eval.made_runs import HOSTILE, write_run

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

WIDTHS = {"phone": (390, 844), "desktop": (1440, 900)}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = GateFile(least={"beauty": {"合规": 1.0, "优惠正确": 0.9}, "其他": {"合规": 1.0}})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of a run's report, of one against an earlier run, and of one with repetitions."""
    folder = tmp_path_factory.mktemp("report")
    before = opened(write_run(folder / "a", "a"))
    now = opened(write_run(folder / "b", "b", broken=frozenset({1, 6}), model="qwen"))
    again = opened(write_run(folder / "r", "r", repeats=2, broken=frozenset({1})))
    made = {
        "alone": report(before, RULES),
        "compared": report(now, RULES, before=before),
        "repeated": report(again, RULES),
    }
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in made}


@pytest.fixture(scope="module")
def chromium() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page with all it complained of and asked for."""

    page: "playwright.Page"
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, address: str) -> "playwright.Page":
        self.page.goto(address)
        return self.page

    def check_fits(self) -> None:
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{self.page.url} is {too_wide} px too wide"


@pytest.fixture(params=list(WIDTHS))
def browser(chromium: "playwright.Browser", request: pytest.FixtureRequest) -> Iterator[Opened]:
    across, down = WIDTHS[request.param]
    page = chromium.new_context(viewport={"width": across, "height": down}, locale="zh-CN").new_page()
    one = Opened(page)
    page.on("console", lambda said: one.complaints.append(said.text))
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    page.on("request", lambda asked: one.asked.append(asked.url))
    yield one
    page.context.close()
    assert one.complaints == []
    assert [address for address in one.asked if not address.startswith("file:")] == []


def test_why_objections_got_worse_is_three_clicks_away(browser: Opened, files: dict[str, str]) -> None:
    page = browser.go(files["compared"])
    assert "先别放行" in page.inner_text("h1")
    browser.check_fits()
    # one: the slice, two: the turn; what changed and why stands there
    row = page.locator("#compared tr", has_text="价格异议").first
    row.locator("a.worse").click()
    assert page.locator("#counted").get_attribute("data-turns") == "2"
    assert "优惠正确 2" in page.inner_text("#turns")
    browser.check_fits()
    page.locator(".row").first.click()
    now, was = page.locator(".now"), page.locator(".was")
    assert "应用YH001，用了无券" in now.inner_text()
    assert "由对变错" in now.inner_text()
    assert "满200减30" in was.inner_text()
    assert now.locator("ins").count() > 0
    assert was.locator("del").count() > 0
    assert "客户1说面霜多少钱" in page.inner_text(".talk")
    browser.check_fits()
    page.get_by_text("下一轮", exact=True).click()
    # the page turns when the browser has told it of the new address, which may be after the click returns
    page.locator("#turn", has_text="006-made").wait_for()
    page.go_back()
    page.locator("#turn", has_text="001-made").wait_for()


@pytest.mark.parametrize("name", ["alone", "compared", "repeated"])
def test_every_number_leads_to_as_many_turns(browser: Opened, files: dict[str, str], name: str) -> None:
    page = browser.go(files[name])
    links = page.evaluate(
        """[...document.querySelectorAll('#overview a[data-turns], #overview a[data-cases]')].map((link) => {
          const turns = Report.select(link.getAttribute('href').split('?')[1]);
          const found = link.dataset.turns ? turns.length : new Set(turns.map(Report.keyOf)).size;
          return [link.getAttribute('href'), Number(link.dataset.turns ?? link.dataset.cases), found];
        })"""
    )
    assert len(links) > 100
    assert [link for link in links if link[1] != link[2]] == []


def test_a_mark_of_a_plot_leads_to_its_turns(browser: Opened, files: dict[str, str]) -> None:
    page = browser.go(files["compared"])
    for kind in ("slice", "turn-scores", "latency", "steps", "retrieval"):
        assert page.locator(f'[data-chart="{kind}"] svg').count() > 0, kind
    page.locator('[data-chart="slice"][data-tag="意图"] svg text', has_text="价格异议").click()
    page.locator("#counted").wait_for()
    assert page.locator("#counted").get_attribute("data-turns") == "2"


def test_a_link_opens_the_view_it_was_taken_from(browser: Opened, files: dict[str, str]) -> None:
    page = browser.go(
        files["compared"] + "#/turns?tag.%E6%84%8F%E5%9B%BE=%E9%97%AE%E6%94%BF%E7%AD%96&q=%E7%9F%AD%E4%B8%80%E7%82%B9"
    )
    assert page.locator("#counted").get_attribute("data-turns") == "3"
    page = browser.go(files["compared"] + "#/turn?case=beauty%2F001-made&n=1&r=0")
    page.reload()
    assert "第1题" in page.inner_text("#turn h1")
    page = browser.go(files["compared"] + "#/turn?case=no%2Fsuch&n=1&r=0")
    page.reload()
    assert "没有这一轮" in page.inner_text("#turn h1")


def test_search_finds_words_products_and_numbers(browser: Opened, files: dict[str, str]) -> None:
    page = browser.go(files["alone"])
    page.fill("#search", "满200减30")
    page.locator('#counted[data-turns="30"]').wait_for()
    page.fill("#search", "客户7说")
    page.locator('#counted[data-turns="1"]').wait_for()
    assert "q=" in page.url
    page.reload()
    assert page.input_value("#search") == "客户7说"
    page.fill("#search", "没有这句话")
    page.get_by_text("没有符合的轮次").wait_for()
    page.get_by_role("link", name=re.compile("去掉条件")).click()
    page.locator('#counted[data-turns="30"]').wait_for()


def test_what_a_customer_wrote_is_shown_as_text(browser: Opened, files: dict[str, str]) -> None:
    page = browser.go(files["compared"] + "#/turn?case=beauty%2F000-made&n=1&r=0")
    assert page.locator(".bubble").first.text_content() == f"客户说{HOSTILE}"
    assert HOSTILE in (page.locator("#turn h1").text_content() or "")
    page = browser.go(files["compared"] + "#/turns?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&tag.%3Cb%3E=%3Cb%3E")
    page.reload()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.attacked") is None


def test_it_prints_whole(browser: Opened, files: dict[str, str]) -> None:
    for address in (files["compared"], files["compared"] + "#/turn?case=beauty%2F001-made&n=1&r=0"):
        paper = browser.go(address).pdf()
        assert paper.startswith(b"%PDF")
        assert len(paper) > 20_000
    page = browser.go(files["compared"] + "#/overview")
    page.emulate_media(media="print")
    heights = page.evaluate(
        "[...document.querySelectorAll('[data-chart] svg')].map((one) => one.getBoundingClientRect().height)"
    )
    assert min(heights) > 50
    assert not page.locator(".top").is_visible()


@pytest.mark.parametrize("view", ["", "#/turns?ok=0", "#/turn?case=beauty%2F001-made&n=1&r=0"])
def test_people_who_do_not_see_the_plots_get_along(browser: Opened, files: dict[str, str], view: str) -> None:
    page = browser.go(files["compared"] + view)
    page.reload()
    # through the debugger: the page's own policy lets no other script in
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    told = [f"{one['id']}: {[node['target'] for node in one['nodes']][:4]}" for one in found["violations"]]
    assert told == []
