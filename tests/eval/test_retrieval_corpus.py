"""Reading corpora in BEIR's layout, ours and other people's."""

from pathlib import Path

import pytest

from eval.retrieval.corpus import About, BadCorpus, Query, passages, qrels, queries, write
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel


def corpus(folder: Path, *, lines: str = '{"_id": "p1", "title": "退货", "text": "七天内可退"}\n') -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(lines, encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "能退吗", "metadata": {"url": 3}}\n', encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\n", encoding="utf-8")
    return folder


def test_a_foreign_set_reads_as_it_is(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "set")
    assert [(one.id, one.title, one.text) for one in passages(folder)] == [("p1", "退货", "七天内可退")]
    assert queries(folder)["q1"].text == "能退吗"
    assert qrels(folder, "test") == {"q1": {"p1": 1}}


def test_numbers_as_ids_empty_titles_and_trec_columns_are_taken(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "set", lines='{"_id": 7, "text": "七天", "title": null}\n\n')
    (folder / "qrels" / "dev.tsv").write_text("q1\t0\t7\t2\n", encoding="utf-8")
    assert [(one.id, one.title) for one in passages(folder)] == [("7", "")]
    assert qrels(folder, "dev") == {"q1": {"7": 2}}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('{"_id": "p1", "text": "好"}\n{broken\n', "corpus.jsonl 第 2 行：不是 JSON"),
        ('{"_id": "p1"}\n', "corpus.jsonl 第 1 行：text 不对"),
        ("[1, 2]\n", "corpus.jsonl 第 1 行：整行 不对"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, lines: str, said: str) -> None:
    folder = corpus(tmp_path / "set", lines=lines)
    with pytest.raises(BadCorpus, match=said):
        list(passages(folder))


def test_a_missing_split_names_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match="现有的划分：test"):
        qrels(corpus(tmp_path / "set"), "dev")


def test_a_bad_qrels_row_is_named(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "set")
    (folder / "qrels" / "dev.tsv").write_text("q\tp\ts\nq1 p1 1\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match="dev.tsv 第 2 行"):
        qrels(folder, "dev")


def test_our_own_particulars_survive_writing(tmp_path: Path) -> None:
    passage = Passage(
        id="p1",
        document_id="d",
        title="自提",
        version=1,
        kind=DocumentKind.CAMPAIGN,
        place="一",
        heading=("一、时间",),
        text="当天可取",
        scope=Scope(level=ScopeLevel.STORE, id="S003"),
        skus=("A-1",),
    )
    query = Query(
        id="q1", text="那呢", about=About(type="follow-up", before=("能自提吗",), sentences={"p1": "当天可取"})
    )
    write(tmp_path, [passage], [query], {"test": {"q1": {"p1": 1}}})
    (read,) = passages(tmp_path)
    assert (read.kind, read.heading, read.scope, read.skus) == (
        passage.kind,
        passage.heading,
        passage.scope,
        passage.skus,
    )
    assert queries(tmp_path)["q1"] == query
