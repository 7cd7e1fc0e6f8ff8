"""The whole eval, on the real sample shop: what passes, what a planted regression does, and what is saved."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.app import Service
from assistant.seams import Wanted
from assistant.turn import Hit
from eval.cases.reading import read_cases
from eval.replaying.house import sample_house
from eval.replaying.replay import replay
from eval.report import OK, REGRESSION, as_jsonl, as_text, conclude, thresholds
from eval.sample import SAMPLE_SHOP


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with sample_house(SAMPLE_SHOP, tmp_path_factory.mktemp("house")) as service:
        yield service


def test_this_version_passes_its_own_eval(house: Service) -> None:
    cases = read_cases(DIALOGUES)
    run = replay(house, cases)
    conclusion = conclude(run, thresholds())
    text = as_text(run, conclusion)
    assert conclusion.code == OK, text
    rows = [json.loads(line) for line in as_jsonl(run).splitlines()]
    assert len(rows) == sum(len(case.turns) for case in cases)
    assert all(row["reply"] for row in rows)


def test_a_search_that_finds_nothing_is_caught(house: Service, tmp_path: Path) -> None:
    def blind(wanted: Wanted) -> tuple[Hit, ...]:
        return ()

    from dataclasses import replace as changed

    worse = changed(house, handling=changed(house.handling, search=blind))
    policies = [case for case in read_cases(DIALOGUES) if any(turn.expect.passages for turn in case.turns)]
    renamed = [case.model_copy(update={"id": f"blind-{case.id}"}) for case in policies]
    run = replay(worse, renamed)
    conclusion = conclude(run, {"检索命中": thresholds()["检索命中"]})
    assert conclusion.code == REGRESSION
    assert "检索命中" in conclusion.reasons[0]
