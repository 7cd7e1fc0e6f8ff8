"""Dialogues are data people edit: a mistake is named by file, case and field, and says what to write instead."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from assistant.turn import Intent
from eval.cases.case import Case, Split
from eval.cases.packs import WORKING_SPLITS, Chosen, Pack, broken_seals, choose, read_packs, record_use, seal
from eval.cases.reading import BadCase, read_cases

GOOD = """id: one-price
title: 问价
guide: linxiaoyun
tags: {stage: price, intent: price, category: 彩妆, difficulty: easy, risk: low}
turns:
  - guide: [多少钱]
    expect: {intent: price}
"""
SCHEMA = Path(__file__).parents[2] / "eval" / "cases" / "case.schema.json"


def pack(folder: Path, **files: str) -> Path:
    """A folder of packs with one pack of these files under its dialogues."""
    (folder / "tea" / "shop").mkdir(parents=True)
    (folder / "tea" / "pack.yaml").write_text("{title: 茶, day: 2026-11-22T10:00}", encoding="utf-8")
    for split, text in files.items():
        (folder / "tea" / "dialogues" / split).mkdir(parents=True)
        (folder / "tea" / "dialogues" / split / "a.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_projects_own_packs_read_and_their_seals_hold() -> None:
    packs = read_packs()
    cases = [case for one in packs for case in one.cases(*WORKING_SPLITS)]
    assert {"beauty"} <= {one.name for one in packs}
    assert len({(case.guide, case.id) for case in cases}) == len(cases) >= 60
    asked = {turn.expect.intent for case in cases for turn in case.turns}
    # a case lays out a shop's files; a task is made at the console (tests/way/test_tasks.py)
    of_tasks = {Intent.TASK, Intent.SKIP_CONTACT}
    on_drafts = {Intent.ACCEPT, Intent.EDIT, Intent.REFUSE, Intent.CHOOSE_CUSTOMER, Intent.REFINE}
    assert asked >= set(Intent) - on_drafts - of_tasks
    assert not broken_seals()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            GOOD.replace("{intent: price}", "{intent: prise}"),
            ["turns.0.expect.intent", "one-price", "是不是想写「price」"],
        ),
        (GOOD.replace("[多少钱]", "[]"), ["turns.0.guide", "至少要有一条"]),
        (GOOD.replace("title: 问价", "titel: 问价"), ["titel", "是不是想写「title」"]),
        (GOOD.replace("intent: price}", "say: [x]}"), ["turns.0.expect.say", "是不是想写「says」"]),
        (GOOD.replace("id: one-price", "id: 一号"), ["小写字母"]),
        (GOOD.replace("stage: price", "stage: 价格"), ["tags.stage", "可以写：greeting"]),
        (GOOD + "given: {货架: []}\n", ["没有「货架」这种表", "库存"]),
        (GOOD + "clock: 昨天\n", ["2026-11-22T10:00"]),
        ("a: [b", ["YAML"]),
        ("- just\n- words\n", ["整段"]),
    ],
)
def test_a_mistake_is_named_by_file_and_field_with_its_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCase, match="bad.yaml") as raised:
        read_cases(tmp_path)
    for word in words:
        assert word in str(raised.value)


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("guide: linxiaoyun\n", "")
    (tmp_path / "many.yaml").write_text(f"{bad}---\n{GOOD}---\n{bad}", encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text('{"id": 3}\nnot json\n', encoding="utf-8")
    with pytest.raises(BadCase) as raised:
        read_cases(tmp_path)
    told = str(raised.value)
    assert "many.yaml 第1段" in told
    assert "many.yaml 第3段" in told
    assert "lines.jsonl 第2段：这一行不是 JSON" in told


def test_several_cases_to_a_file_as_yaml_and_as_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{GOOD}---\n{GOOD.replace('one-price', 'two-price')}", encoding="utf-8")
    line = json.dumps({**yaml.safe_load(GOOD), "id": "three-price"}, ensure_ascii=False)
    (tmp_path / "b.jsonl").write_text(line + "\n\n", encoding="utf-8")
    assert [case.id for case in read_cases(tmp_path)] == ["one-price", "three-price", "two-price"]


def test_two_dialogues_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadCase, match="one-price"):
        read_cases(tmp_path)


def test_numbers_and_dates_in_given_rows_are_what_a_table_would_hold(tmp_path: Path) -> None:
    given = "given:\n  库存:\n    - {门店编码: S001, 商品编码: A1, 库存数量: 0, 盘点时间: 2026-11-21}\n"
    (tmp_path / "a.yaml").write_text(GOOD + given + "clock: 2026-12-01T09:30\n", encoding="utf-8")
    (case,) = read_cases(tmp_path)
    assert case.given["库存"][0] == {"门店编码": "S001", "商品编码": "A1", "库存数量": "0", "盘点时间": "2026-11-21"}
    assert case.clock is not None
    assert case.clock.isoformat() == "2026-12-01T09:30:00+08:00"


def test_the_schema_beside_the_cases_is_that_of_the_code_and_fits_them() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema == json.loads(json.dumps(Case.model_json_schema()))
    validator = jsonschema.Draft202012Validator(schema)
    for one in read_packs():
        for case in one.cases(*WORKING_SPLITS):
            validator.validate(json.loads(case.model_dump_json(exclude_defaults=True)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**yaml.safe_load(GOOD), "titel": "x"})


def test_cases_are_chosen_by_pack_split_and_beginning(tmp_path: Path) -> None:
    packs = read_packs(pack(tmp_path, dev=GOOD, test=GOOD.replace("one-", "two-")))
    assert [one.name for one in choose(packs, [Split.DEV])] == ["tea/one-price"]
    assert [one.name for one in choose(packs, list(Split), only=["two"])] == ["tea/two-price"]
    with pytest.raises(BadCase, match="coffee"):
        choose(packs, [Split.DEV], names=["coffee"])


def test_a_changed_test_split_breaks_its_seal_and_every_use_is_recorded(tmp_path: Path) -> None:
    folder = pack(tmp_path, test=GOOD)
    assert broken_seals(folder) == ("tea",)
    seal(folder)
    assert not broken_seals(folder)
    record_use("发布 0.2", "abc", read_packs(folder)[0].day, folder)
    kept = json.loads((folder / "test-uses.jsonl").read_text(encoding="utf-8"))
    assert (kept["why"], kept["commit"]) == ("发布 0.2", "abc")
    assert kept["sealed"].keys() == {"tea"}
    changed = GOOD.replace("多少钱", "几块钱")
    (folder / "tea" / "dialogues" / "test" / "a.yaml").write_text(changed, encoding="utf-8")
    assert broken_seals(folder) == ("tea",)


def test_a_pack_without_its_shop_is_named(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "tea" / "shop").rmdir()
    with pytest.raises(BadCase, match="tea/pack.yaml"):
        read_packs(folder)


def test_a_chosen_case_is_named_with_its_pack(tmp_path: Path) -> None:
    (one,) = read_packs(pack(tmp_path, dev=GOOD))
    assert isinstance(one, Pack)
    assert Chosen(one, Split.DEV, one.cases(Split.DEV)[0]).name == "tea/one-price"
