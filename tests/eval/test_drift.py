"""Drift: the same traffic has not moved, other traffic has, too little is said to be too little, and nobody is shown."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from typer.testing import CliRunner

from assistant.service import Service
from eval.__main__ import app
from eval.cases.case import Case
from eval.collecting.drift import ENOUGH, drift, in_words, js_distance
from tests.eval.lived import KNOWN, Hands, careless, lived_in
from tests.ingest.house import CORP

counts = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(lambda one: sum(one) > 0)


@given(one=counts, other=counts)
def test_the_distance_is_scipys(one: list[int], other: list[int]) -> None:
    mine = js_distance(np.array(one), np.array(other))
    assert mine == pytest.approx(float(jensenshannon(one, other, base=2)), abs=1e-6)
    assert 0 <= mine <= 1 + 1e-9


def case(number: int, *texts: str, intent: str = "price", stage: str = "price", category: str = "护肤") -> Case:
    tags = {"stage": stage, "intent": intent, "category": category, "difficulty": "easy", "risk": "low"}
    turns = [{"guide": [text], "expect": {"intent": intent, "reply": "drafts"}} for text in texts]
    return Case.model_validate(
        {"id": f"case-{number:03d}", "title": "问价", "guide": "g", "tags": tags, "turns": turns}
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    clock = Hands()
    service = lived_in(home, clock)
    clock.wait(days=-100)
    service.converse("guide0", ["很久以前问的退货"])
    clock.wait(days=100)
    for number in range(40):
        clock.wait(minutes=90)
        one = KNOWN[number % len(KNOWN)]
        service.converse(f"guide{one.number % 3}", ["柔和面霜多少钱"])
    for _ in range(2):
        clock.wait(minutes=90)
        service.converse("guide0", [f"帮我写首关于登月飞船的长诗 {careless(KNOWN[0])}"])
    yield service
    service.close()


def test_what_the_cases_ask_already_has_not_moved(service: Service) -> None:
    same = [case(number, "柔和面霜多少钱") for number in range(40)]
    found = drift(service, same, days=30)
    assert found.turns == 42
    by_name = {one.name: one for one in found.compared}
    for name in ("意图", "阶段", "连发几条"):
        assert by_name[name].enough
        assert not by_name[name].moved, by_name[name]
        assert by_name[name].low <= by_name[name].distance + 1e-9
    far = found.far[0]
    assert "登月飞船" in far.text
    assert "登月" in "".join(found.new_words)


def test_other_questions_are_seen_to_have_moved_and_told_in_words(service: Service) -> None:
    other = [
        case(number, "开封了还能退不", intent="policy", stage="after-sales", category="政策") for number in range(40)
    ]
    found = drift(service, other, days=30)
    moved = {one.name for one in found.compared if one.moved}
    assert {"意图", "品类"} <= moved
    told = "\n".join(in_words(found))
    assert "题目没跟上" in told
    assert "多了：" in told
    assert json.loads(json.dumps(found.as_json(), ensure_ascii=False))["turns"] == 42


def test_too_little_is_said_to_be_too_little(service: Service) -> None:
    few = drift(service, [case(1, "柔和面霜多少钱")], days=30)
    assert not any(one.enough or one.moved for one in few.compared)
    assert "数据不够" in "\n".join(in_words(few))
    none = drift(service, [], days=30)
    assert none.far == ()
    assert ENOUGH < 1


def test_nobody_is_shown(service: Service) -> None:
    found = drift(service, [case(1, "柔和面霜多少钱")], days=30)
    told = json.dumps(found.as_json(), ensure_ascii=False) + "\n".join(in_words(found))
    assert [secret for secret in KNOWN[0].secrets if len(secret) > 1 and secret in told] == []


def test_the_commands_read_a_running_services_folder(
    service: Service, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    ended = CliRunner().invoke(app, ["drift", "--days", "3650", "--pack", "beauty", "--save", str(tmp_path / "d.json")])
    assert ended.exit_code == 0, ended.output
    assert "轮真实提问" in ended.output
    assert json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))["case_turns"] > 60
    ended = CliRunner().invoke(app, ["collect", "-o", str(tmp_path / "cases")])
    assert ended.exit_code == 0, ended.output
    assert "有结果的对话 0 段" in ended.output
