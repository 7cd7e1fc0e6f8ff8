"""A retrieval run on a small corpus of its own, through the command and through the code."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daogou import app
from eval.retrieval.corpus import About, BadCorpus, Query, write
from eval.retrieval.measuring import setting_of
from eval.retrieval.report import ASKED_BEFORE, NOT_ASKED_BEFORE
from eval.retrieval.run import run
from knowledge.passage import DocumentKind, Passage

TEXTS = {
    "return": "线上订单自签收次日起七日内，商品完好的，支持无理由退货。",
    "ship": "订单满九十九元免运费，不足的收取运费八元。",
    "points": "每消费一元积一分，一百分可抵一元。",
    "birthday": "会员生日当月可领取生日礼一份，需持会员码到店。",
}


def question(id_: str, text: str, *, type_: str = "spoken", split: str = "") -> Query:
    return Query(id=id_, text=text, about=About(type=type_, store_id="S1", region_id="R1", split=split))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    passages = [
        Passage(id=id_, document_id=id_, title="规定", version=1, kind=DocumentKind.POLICY, place="", text=text)
        for id_, text in TEXTS.items()
    ]
    asked = [
        question("q1", "不满多少要运费"),
        question("q2", "积分怎么抵钱", type_="clause"),
        question("q3", "薅羊毛攻略呢"),
        question("t1", "有没有薅羊毛攻略"),
        question("n1", "今天股票怎么样", type_="unanswerable", split="test"),
        question("n2", "给我讲个笑话", type_="unanswerable", split="dev"),
    ]
    judged = {
        "test": {"q1": {"ship": 1}, "q2": {"points": 1}, "q3": {"birthday": 1}},
        "train": {"t1": {"birthday": 1}},
    }
    write(folder, passages, asked, judged)
    return folder


def test_attached_questions_are_measured_against_none(corpus: Path) -> None:
    report = run(corpus, "test", "train", [setting_of("lexical"), setting_of("lexical+asked")])
    plain, attached = report.results
    assert (plain.passages, plain.whole.questions) == (4, 3)
    assert plain.whole.figures["recall@1"] == pytest.approx(2 / 3)
    assert attached.whole.figures["recall@1"] == 1.0
    assert {one.name: one.questions for one in attached.slices} == {
        "口语": 2,
        "条款": 1,
        ASKED_BEFORE: 1,
        NOT_ASKED_BEFORE: 2,
    }
    (difference,) = report.differences
    assert difference.intervals["recall@1"].mean == pytest.approx(1 / 3)
    assert plain.no_basis is not None
    assert plain.no_basis.unanswerable == 1
    assert plain.no_basis.answered_anyway == 0.0


def test_a_question_judged_but_not_there_is_named(corpus: Path) -> None:
    (corpus / "qrels" / "test.tsv").write_text("lost\tship\t1\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match="lost"):
        run(corpus, "test", "train", [setting_of("lexical")])


def test_a_run_on_nothing_is_an_error(corpus: Path) -> None:
    (corpus / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tship\t0\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match="没有可以评的问题"):
        run(corpus, "test", "train", [setting_of("lexical")])


def test_the_command_prints_and_saves(corpus: Path, tmp_path: Path) -> None:
    saved = tmp_path / "figures.json"
    done = CliRunner().invoke(app, ["eval", "retrieval", str(corpus), "-s", "lexical", "--save", str(saved)])
    assert done.exit_code == 0, done.output
    assert "检索效果" in done.output
    (result,) = json.loads(saved.read_text(encoding="utf-8"))["results"]
    assert result["whole"]["questions"] == 3
    assert result["p95_ms"] > 0


def test_the_command_names_what_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "retrieval", str(tmp_path)])
    assert done.exit_code == 2
    assert "corpus.jsonl" in done.output


def test_the_day_of_a_run_is_fixed() -> None:
    from eval.retrieval.measuring import MOMENT
    from eval.sample import SAMPLE_DAY

    assert datetime.fromisoformat(SAMPLE_DAY) == MOMENT
