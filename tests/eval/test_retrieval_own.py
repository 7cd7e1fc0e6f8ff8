"""The project's own questions: every answer still stands where they say, and retrieval has not become worse.

The floors are figures of the dev split, rounded down; the test split is not looked at here.
"""

from collections import Counter
from pathlib import Path

import pytest

from eval.retrieval.corpus import BadCorpus
from eval.retrieval.measuring import setting_of
from eval.retrieval.own import Place, Question, QuestionType, read_questions, split_of
from eval.retrieval.report import Report
from eval.retrieval.run import run, write_own_set

FLOORS = {"lexical": (0.80, 0.68, 0.70), "lexical+asked": (0.82, 0.69, 0.75)}
"""Least recall@10, nDCG@10 and AUROC of "no basis" on the dev split."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("own") / "set"
    write_own_set(folder)
    return run(folder, "dev", "train", [setting_of(name) for name in FLOORS], limit=10)


def test_there_are_enough_of_every_type_in_every_split() -> None:
    counted = Counter((question.type, split_of(question)) for question in read_questions())
    assert sum(counted.values()) >= 1500
    assert all(counted[type_, split] >= 8 for type_ in QuestionType for split in ("train", "dev", "test"))


@pytest.mark.parametrize("setting", list(FLOORS))
@pytest.mark.faults
def test_retrieval_is_no_worse_than_it_was(report: Report, setting: str) -> None:
    result = next(one for one in report.results if one.name == setting)
    recall, ndcg, auroc = FLOORS[setting]
    assert result.whole.figures["recall@10"] >= recall
    assert result.whole.figures["nDCG@10"] >= ndcg
    assert result.no_basis is not None
    assert result.no_basis.auroc >= auroc


@pytest.mark.faults
def test_the_sentence_that_answers_is_found(report: Report) -> None:
    assert report.sentences is not None
    assert (report.sentences.first >= 0.72, report.sentences.first_three >= 0.90) == (True, True), report.sentences


def test_a_place_nobody_trains_on_stays_unasked() -> None:
    place = {(one.file, one.sku, one.quote) for question in read_questions() for one in question.answer[:1]}
    trained = {
        (question.answer[0].file, question.answer[0].sku, question.answer[0].quote)
        for question in read_questions()
        if question.answer and split_of(question) == "train"
    }
    assert 0.2 < 1 - len(trained) / len(place) < 0.6


def test_the_order_of_the_file_changes_no_id() -> None:
    question = Question(ask="能退吗", type=QuestionType.SPOKEN, answer=(Place(sku="A"),))
    assert question.id == Question(ask="能退吗", type=QuestionType.TYPO, answer=(Place(sku="B"),)).id
    assert question.id != question.model_copy(update={"before": ("面霜",)}).id


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- ask: 能退吗\n  type: spoken\n  answer: []\n", "只有 unanswerable"),
        ("- ask: 能退吗\n  type: odd\n  answer: []\n", "type"),
        ("- {ask: 能退吗, type: unanswerable, answer: []}\n" * 2, "重复"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "wrong.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(BadCorpus, match=said):
        read_questions(tmp_path)
