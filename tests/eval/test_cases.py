"""Dialogues are data people edit: a mistake is named by file and field."""

from pathlib import Path

import pytest

from assistant.turn import Intent
from eval.cases.reading import BadCase, read_cases

GOOD = "id: one\ntitle: 问价\nguide: linxiaoyun\nturns:\n  - guide: [多少钱]\n    expect: {intent: price}\n"


def test_the_projects_own_dialogues_read() -> None:
    cases = read_cases()
    assert len(cases) >= 60
    assert len({case.guide for case in cases}) >= 4
    asked = {turn.expect.intent for case in cases for turn in case.turns}
    assert asked >= set(Intent) - {Intent.ACCEPT, Intent.EDIT, Intent.REFUSE, Intent.CHOOSE_CUSTOMER, Intent.REFINE}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("intent: price", "intent: prise"), "turns.0.expect.intent"),
        (GOOD.replace("[多少钱]", "[]"), "turns.0.guide"),
        (GOOD.replace("title: 问价", "titel: 问价"), "titel"),
        ("a: [b", "YAML"),
    ],
)
def test_a_mistake_is_named_by_file_and_field(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCase, match="bad.yaml") as raised:
        read_cases(tmp_path)
    assert words in str(raised.value)


def test_two_dialogues_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadCase, match="one"):
        read_cases(tmp_path)
