"""What may be released: too little looked at, too low, worse than the baseline; what is accepted stays accepted."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.cases.reading import BadCase
from eval.checks.checks import CHECK_NAMES
from eval.counting.outcome import RAN, read_outcomes, write_outcomes
from eval.gating.gate import ERROR, NOTHING_RAN, OK, REGRESSION, Accepted, GateFile, conclude, read_gate
from eval.gating.papers import as_markdown, write_junit
from tests.eval.outcomes import outcome

LEAST = GateFile(least={"beauty": {"合规": 0.5}})
RIGHT = [outcome(f"beauty/c{number}", 意图="问价格" if number < 8 else "问库存") for number in range(10)]


def test_no_dialogue_is_not_a_pass() -> None:
    assert conclude((), LEAST).code == NOTHING_RAN


def test_a_check_that_ran_on_nothing_fails_the_run() -> None:
    found = conclude(RIGHT, GateFile(least={"beauty": {"合规": 1.0, "优惠正确": 1.0}}))
    assert found.code == NOTHING_RAN
    assert "优惠正确" in found.reasons[0]


def test_a_check_below_its_least_share_fails_the_run() -> None:
    found = conclude([outcome("beauty/a", 1, "合规"), outcome("beauty/b")], GateFile(least={"beauty": {"合规": 1.0}}))
    assert found.code == REGRESSION
    assert "1/2" in found.reasons[0]


def test_a_turn_that_could_not_run_is_an_error_and_not_a_failure() -> None:
    assert conclude([outcome("beauty/a", 1, RAN)], LEAST).code == ERROR


def test_a_clean_run_passes() -> None:
    assert conclude(RIGHT, LEAST, RIGHT).code == OK


def test_one_turn_that_got_worse_is_caught_and_named_with_its_slice() -> None:
    now = [*RIGHT[:9], outcome("beauty/c9", 1, "隐私", 意图="问库存")]
    found = conclude(now, LEAST, RIGHT)
    assert found.code == REGRESSION
    assert found.reasons == ("beauty/c9#1 隐私由对变错：隐私不对",)
    assert (found.blames[0].tag, found.blames[0].value, found.blames[0].worse, found.blames[0].turns) == (
        "意图",
        "问库存",
        1,
        2,
    )


def test_what_was_wrong_before_does_not_hold_anybody_back() -> None:
    before = [*RIGHT[:9], outcome("beauty/c9", 1, "隐私")]
    assert conclude(before, LEAST, before).code == OK


def test_an_accepted_turn_passes_and_is_told() -> None:
    gate = LEAST.model_copy(update={"accepted": (Accepted(turn="beauty/c9#1", check="隐私", why="店长同意这样写"),)})
    found = conclude([*RIGHT[:9], outcome("beauty/c9", 1, "隐私")], gate, RIGHT)
    assert found.code == OK
    assert any("beauty/c9#1" in note for note in found.notes)


def test_a_case_that_was_not_run_any_more_is_not_quietly_dropped() -> None:
    found = conclude(RIGHT[:9], LEAST, RIGHT)
    assert found.code == REGRESSION
    assert "beauty/c9" in found.reasons[0]


def test_a_baseline_of_other_questions_is_no_baseline() -> None:
    other = [one.model_copy(update={"asked": "b"}) for one in RIGHT]
    assert conclude(RIGHT, LEAST, other).code == NOTHING_RAN


def test_where_answers_vary_only_what_is_surely_worse_counts() -> None:
    gate = LEAST.model_copy(update={"no_regression": "significant"})
    one_worse = [*RIGHT[:9], outcome("beauty/c9", 1, "隐私")]
    assert conclude(one_worse, gate, RIGHT).code == OK
    all_worse = [outcome(f"beauty/c{number}", 1, "隐私") for number in range(10)]
    found = conclude(all_worse, gate, RIGHT)
    assert found.code == REGRESSION
    assert "10 轮变差" in found.reasons[0]


def test_every_check_has_a_least_share() -> None:
    assert set(read_gate().least["beauty"]) == set(CHECK_NAMES)


def test_rules_that_name_no_check_are_refused(tmp_path: Path) -> None:
    rules = tmp_path / "gate.yaml"
    rules.write_text("least: {beauty: {合规性: 1.0}}\n", encoding="utf-8")
    with pytest.raises(BadCase, match="合规性"):
        read_gate(rules)


def test_the_papers_say_what_got_worse_and_only_that_is_red(tmp_path: Path) -> None:
    before = [*RIGHT[:8], outcome("beauty/c8", 1, "合规"), RIGHT[9]]
    now = [*before[:9], outcome("beauty/c9", 1, "隐私", 意图="问库存")]
    found = conclude(now, LEAST, before)
    write_junit(now, found, tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("11", "2", "0")
    red = {case.get("classname") for case in suite if case.find("failure") is not None}
    assert red == {"beauty.c9", "gate"}
    markdown = as_markdown(now, found)
    assert "beauty/c9#1" in markdown
    assert "⛔" in markdown
    assert "beauty/c8#1" not in markdown


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_outcomes(RIGHT, tmp_path / "baseline.jsonl")
    assert list(read_outcomes(tmp_path / "baseline.jsonl")) == RIGHT


def test_packs_that_are_not_named_have_the_least_shares_of_the_others() -> None:
    gate = GateFile(least={"beauty": {"合规": 1.0}, "其他": {"合规": 0.5}})
    half = [outcome("tea/a", 1, "合规"), outcome("tea/b")]
    assert conclude(half, gate).code == OK
    found = conclude([*half, outcome("beauty/a", 1, "合规")], gate)
    assert found.reasons == ("「合规」（beauty） 0/1，要求不低于 100%",)


def test_a_prompt_nobody_ran_a_model_with_is_told() -> None:
    before = [one.model_copy(update={"prompt": "draft@aaa"}) for one in RIGHT]
    now = [one.model_copy(update={"prompt": "draft@bbb"}) for one in RIGHT]
    found = conclude(now, LEAST, before)
    assert found.code == REGRESSION
    assert "draft@bbb" in found.reasons[0]
    assert conclude(now, LEAST.model_copy(update={"no_regression": "significant"}), before).code == OK
