"""A report's figures are those of the turns, its words are safe whatever a customer wrote, its folder may be broken."""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from assistant.scoring.rates import wilson
from eval.__main__ import app
from eval.cases.reading import BadCase
from eval.checks.checks import CHECK_NAMES
from eval.counting.outcome import RAN, outcomes_of
from eval.gating.gate import GateFile
from eval.reporting import exporting
from eval.reporting.exporting import write_figures, write_turns
from eval.reporting.figures import CHECK_WORDS, Figures, count
from eval.reporting.page import embedded, points, policy, report
from eval.reporting.reading import opened
from eval.reporting.serving import web
from tests.eval.made_runs import HOSTILE, write_run

RULES = GateFile(least={"beauty": {"合规": 1.0, "优惠正确": 0.9}, "其他": {"合规": 1.0}})
BROKEN = frozenset({1, 6})
"""Two of the three dialogues with an objection."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "a", "a")
    write_run(folder / "b", "b", broken=BROKEN, model="qwen")
    return folder


@pytest.fixture(scope="module")
def html(runs: Path) -> str:
    return report(opened(runs / "b"), RULES, before=opened(runs / "a"))


def raw(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "turns.jsonl").read_text(encoding="utf-8").split("\n") if line]


def is_right(turn: dict[str, Any]) -> bool:
    return all(one["status"] != "fail" for one in turn["judgements"].values())


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


# ---- figures -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(runs: Path) -> Figures:
    return count(opened(runs / "b"), RULES, before=opened(runs / "a"))[0]


def test_rates_are_those_of_the_turns(runs: Path, figures: Figures) -> None:
    turns = raw(runs / "b")
    assert (figures.whole_turns.passed, figures.whole_turns.judged) == (sum(map(is_right, turns)), len(turns))
    cases: dict[str, bool] = {}
    for turn in turns:
        name = f"{turn['pack']}/{turn['case']['id']}"
        cases[name] = cases.get(name, True) and is_right(turn)
    assert (figures.whole_cases.passed, figures.whole_cases.judged) == (sum(cases.values()), len(cases))
    for line in figures.checks:
        states = [turn["judgements"][line.name]["status"] for turn in turns]
        assert (line.now.passed, line.now.judged) == (states.count("pass"), len(states) - states.count("n/a")), (
            line.name
        )


def test_slices_are_those_of_the_turns(runs: Path, figures: Figures) -> None:
    turns = raw(runs / "b")
    stages = {one.value: one for one in figures.slices if one.tag == "阶段"}
    wanted = Counter(turn["case"]["tags"]["stage"] for turn in turns)
    assert stages["异议"].now.judged == wanted["objection"]
    assert stages["价格优惠"].now.judged == wanted["price"]
    packs = {one.value: one.now.judged for one in figures.slices if one.tag == "题包"}
    assert packs == {
        "美妆": sum(one["pack"] == "beauty" for one in turns),
        "酒水": sum(one["pack"] == "wine" for one in turns),
    }
    for tag in {one.tag for one in figures.slices}:
        assert sum(one.now.judged for one in figures.slices if one.tag == tag) == len(turns), tag


def test_what_got_worse_is_told_by_slice_and_check(figures: Figures) -> None:
    assert figures.compared is not None
    assert (figures.compared.worse_turns, figures.compared.better_turns) == (2, 0)
    (objection,) = [one for one in figures.slices if (one.tag, one.value) == ("意图", "价格异议")]
    assert objection.worse == 2
    assert objection.worse_checks["优惠正确"] == 2
    assert not figures.gate.may_go
    assert any("优惠正确" in reason for reason in figures.gate.reasons)
    assert (figures.gate.blames[0].tag, figures.gate.blames[0].value) in {("意图", "价格异议"), ("阶段", "异议")}


def test_retrieval_is_counted_from_the_ranks(figures: Figures) -> None:
    # three turns want a passage: it stands first, second and nowhere
    assert figures.retrieval.turns == 3
    assert [one.found for one in figures.retrieval.depths] == [1] + [2] * 9
    assert figures.retrieval.depths[0].recall == pytest.approx(1 / 3)
    assert figures.retrieval.depths[1].ndcg == pytest.approx((1 + 1 / math.log2(3)) / 3)
    assert figures.retrieval.depths[1].mrr == pytest.approx((1 + 1 / 2) / 3)


def test_intents_latency_and_money_are_those_of_the_turns(runs: Path, figures: Figures) -> None:
    turns = raw(runs / "b")
    heard = {(one.expected, one.heard): one.turns for one in figures.intents}
    assert heard["用法", "问政策"] == 1
    assert sum(heard.values()) == sum(
        turn["case"]["turns"][turn["number"] - 1]["expect"]["intent"] is not None for turn in turns
    )
    waited = sorted(turn["milliseconds"] for turn in turns)
    assert (figures.latency.p50, figures.latency.p95) == (waited[15], waited[28])
    assert sum(one.count for one in figures.latency.bars) == len(turns)
    assert figures.spending.calls == sum(turn["record"]["provenance"]["model_calls"] for turn in turns) == 15
    assert figures.spending.cost_yuan == pytest.approx(15 * 250_000 / 1e8)
    assert sum(one.count for one in figures.turn_scores) == len(turns)
    assert sum(one.count for one in figures.case_scores) == 15


def test_what_comes_out_now_so_and_now_so_is_named(tmp_path: Path) -> None:
    ran = opened(write_run(tmp_path / "r", "r", repeats=3, broken=BROKEN))
    figures, _ = count(ran, RULES)
    assert figures.reliability is not None
    assert [one.case for one in figures.reliability.flaky] == ["beauty/001-made", "beauty/006-made"]
    assert (figures.reliability.flaky[0].passed, figures.reliability.flaky[0].repeats) == (2, 3)
    assert figures.reliability.all_of[3] < figures.reliability.all_of[1]
    assert "时好时坏的 2 段" in report(ran, RULES)


def test_without_an_earlier_run_it_is_the_baseline_that_tells_what_got_worse(runs: Path) -> None:
    before, now = opened(runs / "a"), opened(runs / "b")
    figures, _ = count(now, RULES, baseline=outcomes_of(before.results, before.manifest.packs))
    assert figures.compared is not None
    assert figures.compared.worse_turns == 2
    assert figures.before_run is None


def test_every_check_is_told_in_words() -> None:
    assert set(CHECK_WORDS) == {RAN, *CHECK_NAMES}


@pytest.mark.parametrize(("passed", "judged"), [(0, 5), (5, 5), (143, 157), (1, 2), (0, 1)])
def test_the_interval_is_wilsons(passed: int, judged: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    known = stats.binomtest(passed, judged).proportion_ci(method="wilson")
    assert wilson(passed, judged) == pytest.approx((known.low, known.high), abs=1e-9)


def test_of_nothing_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


# ---- the file ----------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Every element of a page with what would let it act or ask for something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()
        self.outside: list[str] = []
        self.handlers: list[str] = []
        self.inline_styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        for name, value in attrs:
            if name in ("src", "srcset", "action", "data") or (name == "href" and not (value or "").startswith("#")):
                self.outside.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.handlers.append(name)
            self.inline_styles += name == "style"


def test_the_file_asks_for_nothing_and_runs_only_its_own(html: str) -> None:
    page = Elements()
    page.feed(html)
    assert page.outside == []
    assert page.handlers == []
    assert page.inline_styles == 0
    assert page.names["script"] == 6  # the data and five of ours: no customer has added one
    assert page.names["img"] == 0
    assert "unsafe" not in policy()
    assert policy().replace("'", "&#39;") in html


def test_what_a_customer_wrote_arrives_as_it_was_and_acts_nowhere(html: str) -> None:
    assert HOSTILE not in html
    turns = data_of(html)["turns"]
    assert turns[0]["asked"][0] == f"客户说{HOSTILE}"
    for letter in "<>&\u2028\u2029":
        assert letter not in str(embedded({"a": HOSTILE + letter}))


def test_every_turn_says_what_was_wanted_what_came_and_why(html: str) -> None:
    data = data_of(html)
    (turn,) = [one for one in data["turns"] if (one["case"], one["n"]) == ("beauty/001-made", 1)]
    assert ["用券", "YH001"] in turn["expect"]
    assert turn["failed"]["优惠正确"] == "应用YH001，用了无券"
    assert turn["worse"] == ["优惠正确", "该说的说了"]
    assert turn["was"]["answer"]["offer"]["pay"] == "238"
    assert turn["answer"]["drafts"][1]["findings"][0] == ["绝对化用语", "广告法第九条", "全网最低", "去掉这个词"]
    # a part of the reply names its drafts by their numbers
    assert turn["answer"]["parts"][0] == ["① 亲切\n", 0, "\n\n② 简短\n", 1]
    (alike,) = [one for one in data["turns"] if (one["case"], one["n"]) == ("beauty/008-made", 2)]
    assert alike["expect"] == [["答法", "给出草稿"]]


def test_a_turn_that_came_out_alike_is_written_once(runs: Path) -> None:
    same = opened(runs / "a")
    data = data_of(report(same, RULES, before=same))
    assert all(turn["same"] and "answer" not in turn["was"] for turn in data["turns"])


def test_a_difference_is_told_with_its_sign(figures: Figures) -> None:
    assert points(figures.whole_turns, figures.before_turns).startswith("−")
    assert points(figures.whole_turns, figures.whole_turns) == "不变"
    assert points(figures.whole_turns, None) == ""


def test_the_report_does_without_statistics(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "eval.comparing.differences", None)
    page = report(opened(runs / "b"), RULES, before=opened(runs / "a"))
    assert "pip install 'daogou[eval]'" in page


# ---- commands ----------------------------------------------------------------------------------


def test_the_command_writes_one_file(runs: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        app, ["report", str(runs / "b"), "--before", str(runs / "a"), "-o", str(tmp_path / "o.html")]
    )
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "o.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_folder_that_is_no_run_is_told_in_words(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert ran.exit_code == 2
    assert "不是评测结果的文件夹" in ran.output.replace("\n", "")


def test_export_says_what_to_write_when_told_nothing(runs: Path) -> None:
    ran = CliRunner().invoke(app, ["export", str(runs / "a")])
    assert ran.exit_code == 2
    assert "--json" in ran.output


def test_the_json_holds_the_figures(figures: Figures, tmp_path: Path) -> None:
    write_figures(figures, tmp_path / "deep" / "o.json")
    assert Figures.model_validate_json((tmp_path / "deep" / "o.json").read_bytes()) == figures


def test_the_parquet_holds_a_row_a_turn(runs: Path, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    assert write_turns(opened(runs / "b"), tmp_path / "o.parquet") == 30
    table = pq.read_table(tmp_path / "o.parquet")
    rows, turns = table.to_pylist(), raw(runs / "b")
    assert [row["passed"] for row in rows] == [is_right(turn) for turn in turns_in_order(turns)]
    assert sum(row["check_优惠正确"] is True for row in rows) == sum(
        turn["judgements"]["优惠正确"]["status"] == "pass" for turn in turns
    )
    assert rows[0]["asked"][0] == f"客户说{HOSTILE}"
    assert sum(row["cost_microfen"] for row in rows) == 15 * 250_000
    assert {row["rank"] for row in rows} == {None, 0, 1, 2}
    assert table.schema.metadata[b"run_id"] == b"b"


def turns_in_order(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(turns, key=lambda one: (one["pack"], one["case"]["id"], one["repeat"], one["number"]))


def test_without_pyarrow_the_command_to_run_is_told(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadCase, match=re.escape("pip install 'daogou[eval]'")):
        exporting.write_turns(opened(runs / "a"), tmp_path / "o.parquet")


# ---- the local site ----------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TestClient]:
    write_run(tmp_path / "a", "a")
    write_run(tmp_path / "b", "b", broken=BROKEN)
    write_run(tmp_path / "half", "half", cases=3, finished=False)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{", encoding="utf-8")
    write_run(tmp_path / "torn", "torn", cases=2)
    with (tmp_path / "torn" / "turns.jsonl").open("ab") as file:
        file.write(b'{"pack": "\xff"}\n')
    write_run(tmp_path / "nothing", "nothing", cases=0)
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "x.json").write_text("{}", encoding="utf-8")
    with TestClient(web(tmp_path, RULES, None), base_url="http://127.0.0.1") as client:
        yield client


def test_the_list_tells_every_run_and_what_is_wrong_with_it(site: TestClient) -> None:
    page = site.get("/")
    assert page.status_code == 200
    text = re.sub(r"<[^>]+>|\s+", " ", page.text)
    for words in (
        "没有跑完：3 / 6 段",
        "可以放行",
        "先别放行",
        "run.json 读不出来",
        "没有 run.json",
        "还没有一段跑完的对话",
    ):
        assert words in text, words
    assert "answers" not in text.split("每一次评测")[1]
    assert "torn 打不开" in text.replace("  ", " ")


def test_a_report_and_a_comparison_open(site: TestClient) -> None:
    assert "评测报告" in site.get("/runs/a").text
    compared = site.get("/compare", params={"one": ["b", "a"]})
    assert compared.url.path == "/runs/b"
    assert "和上次比" in compared.text
    assert site.get("/compare", params={"one": ["b"]}).status_code == 400


@pytest.mark.parametrize(
    "name", ["broken", "torn", "nothing", "empty", "no-such", "answers", "..", "%2e%2e%2fa", "%00"]
)
def test_what_cannot_be_opened_is_told_and_never_an_error(site: TestClient, name: str) -> None:
    page = site.get(f"/runs/{name}")
    assert page.status_code in (200, 404)
    if page.status_code == 200:
        assert page.url.path == "/"


def test_a_run_that_went_on_is_read_anew(site: TestClient, tmp_path: Path) -> None:
    assert "没有跑完" in site.get("/runs/half").text or "没有跑完" in site.get("/").text
    (tmp_path / "half" / "run.json").unlink()
    assert "没有 run.json" in site.get("/").text
    assert site.get("/runs/half").status_code == 404


def test_other_hosts_and_frames_are_refused(site: TestClient) -> None:
    assert site.get("/", headers={"host": "evil.example"}).status_code == 400
    for path in ("/", "/runs/a"):
        headers = site.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    page = Elements()
    page.feed(site.get("/").text)
    assert page.handlers == []
    assert page.inline_styles == 0
