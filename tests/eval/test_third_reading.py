"""Teaching the third reader: its two steps, and that what is written is what is read."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from assistant.flow.guard.doubt.unsaid import MEASURES, Said, fold, unsaid
from assistant.flow.guard.doubt.weighing import CLAUSES, TREES, bags_of, row_of
from eval.guarding.third_reading.examples import CHANGED, COMPOSER, Example

SAID = Said((("product", fold("云朵面霜；规格50g；售价268元；适合：干皮、敏感肌；用法：早晚洁面后取两三滴。")),))
TRUE = ("规格50g", "售价268元", "适合干皮", "早晚洁面后取两三滴", "您看看合不合适")
UNTRUE = ("回头客特别多", "抹上三天就不一样", "我给您压一瓶", "同事都在用", "闻着有玫瑰香")


def example(author: str, text: str, *, untrue: bool) -> Example:
    clauses = unsaid(fold(text), SAID)
    labels = tuple(int(untrue) for _ in clauses)
    return Example(author, f"{author}/{text}", untrue, clauses, (frozenset[str](),) * len(clauses), labels)


def written() -> list[Example]:
    worded = [
        example(f"{number:02}", f"{text}{end}", untrue=untrue)
        for number in range(8)
        for untrue, texts in ((False, TRUE), (True, UNTRUE))
        for text, end in zip(texts, ("。", "哦。", "呢。", "～", "！"), strict=True)
    ]
    ours = [example(COMPOSER, text, untrue=False) for text in TRUE]
    return [*worded, *ours, *(example(CHANGED, text, untrue=True) for text in UNTRUE)]


def test_both_steps_learn_what_no_record_says_and_are_read_as_they_were_written(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [local]")
    from eval.guarding.third_reading import __main__ as teaching

    taught = teaching.learn(written(), jobs=1)
    assert taught.caught[0] > 0.9
    teaching.write(taught, tmp_path)
    with np.load(io.BytesIO((tmp_path / CLAUSES).read_bytes())) as held:
        marks = held["marks"].tobytes().decode("utf-8").split("\n")
        assert len(marks) == len(held["seen"]) >= len(held["units"])
        seen = dict(zip(marks, held["seen"].tolist(), strict=True))
    assert seen["-合不"] == teaching.MOST_SEEN, "eight true drafts have it, and no record"
    trees = json.loads((tmp_path / TREES).read_text("utf-8"))
    assert len(trees["limits"]) == 3
    width = 4 + len(trees["rules"]) + 4 * len(MEASURES)
    assert all(node[0] < width for tree in trees["trees"] for node in tree)


def test_a_sentence_is_looked_at_clause_by_clause_with_how_long_it_is() -> None:
    clauses = unsaid(fold("规格50g，回头客特别多"), SAID)
    known, new = bags_of(clauses, [frozenset(), frozenset({"unsupported-fact:x"})], lambda _mark, _default: 0)
    assert {"clauses=2", "objections=1"} <= known & new
    assert "!unsupported-fact:x" in new - known
    assert "share=10" in new
    assert len(row_of(clauses, [frozenset(), frozenset()], [0.0, 1.0], ())) == 4 + 4 * len(MEASURES)
