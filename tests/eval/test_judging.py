"""A model as a judge: through the product's seam to a real server, believed only where it quotes truly and agrees."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.turn import TurnRecord
from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.cases.reading import BadCase
from eval.judging.calibrating import LEAST_TURNS, Label, calibrate, in_words, kappa, read_labels
from eval.judging.judge import Judgement, Opinion, judge_turn, open_judge, rubric
from eval.replaying.answers import Answering, KeptAnswers
from eval.replaying.house import Material, houses_folder, opened
from eval.replaying.replay import replay
from eval.simulator.model import Behaviour, ChatRequest, Model, create_model
from eval.simulator.running import serving

ANSWERS = rubric("answers")


@dataclass
class Bench:
    """A judge behind a real server, and what it says next."""

    model: Model
    ask: KeptAnswers
    says: dict[str, object]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    says: dict[str, object] = {}

    def answer(request: ChatRequest) -> str:
        return json.dumps(says, ensure_ascii=False)

    app = create_model(answer)
    with serving(app) as server:
        answering = Answering(f"{server.url}/v1", "key-for-tests", "judge", "json_schema", tmp_path / "kept")
        with open_judge(answering) as ask:
            yield Bench(app.state.model, ask, says)


@pytest.fixture(scope="module")
def record() -> TurnRecord:
    (one,) = choose(read_packs(), WORKING_SPLITS, names=["beauty"], only=["036"])
    with opened(Material(one.pack.shop, one.pack.day, one.case.given), houses_folder()) as house:
        return next(iter(replay(house, one))).record


def quote_of(record: TurnRecord) -> str:
    return next(one.draft.text for one in record.verdicts if one.draft.sentences)[:6]


def test_an_opinion_comes_with_true_quotes_and_is_paid_for_once(bench: Bench, record: TurnRecord) -> None:
    bench.says.update(verdict="pass", reason="说了有没有货", quotes=[quote_of(record)])
    ask = bench.ask
    first, again = (judge_turn("a#1", record, ANSWERS, ask) for _ in range(2))
    assert first == again
    assert first.opinion is Opinion.PASS
    assert first.version == ANSWERS.version
    assert len(bench.model.requests) == 1
    assert ask.found == 1
    said = json.dumps(bench.model.requests[0], ensure_ascii=False)
    assert '<data name=\\"drafts\\">' in said


def test_a_judge_who_invents_quotes_or_gives_none_is_not_believed(bench: Bench, record: TurnRecord) -> None:
    ask = bench.ask
    bench.says.update(verdict="fail", reason="不好", quotes=["这句谁也没写过"])
    assert "没有的话" in judge_turn("a#1", record, ANSWERS, ask).why
    ask.repeat = 1
    bench.says.update(quotes=[])
    assert judge_turn("a#1", record, ANSWERS, ask).opinion is None


def test_a_judge_may_say_that_it_does_not_apply(bench: Bench, record: TurnRecord) -> None:
    bench.says.update(verdict="n/a", reason="没有在问", quotes=[])
    assert judge_turn("a#1", record, ANSWERS, bench.ask).opinion is Opinion.NOT_APPLICABLE
    silent = record.model_copy(update={"verdicts": ()})
    assert judge_turn("a#2", silent, ANSWERS, bench.ask).why == "没有草稿"
    assert len(bench.model.requests) == 1


def test_a_judge_that_breaks_has_no_opinion(bench: Bench, record: TurnRecord) -> None:
    bench.model.order = bench.model.order.model_copy(update={"name": Behaviour.BAD_REQUEST})
    found = judge_turn("a#1", record, ANSWERS, bench.ask)
    assert found.opinion is None
    assert "没有回答" in found.why


# ---- against people ----------------------------------------------------------------------------


def said(number: int, opinion: Opinion | None, characters: int = 50) -> Judgement:
    return Judgement(turn=f"t{number}", rubric="r", version="v", opinion=opinion, why="因为", characters=characters)


def people(number: int, opinion: Opinion, by: str = "甲") -> Label:
    return Label(turn=f"t{number}", opinion=opinion, by=by)


def either(number: int) -> Opinion:
    return Opinion.PASS if number % 2 else Opinion.FAIL


def test_a_judge_who_agrees_may_gate_and_one_who_does_not_may_not() -> None:
    labels = [people(number, either(number)) for number in range(40)]
    good = calibrate([said(number, either(number)) for number in range(40)], labels)
    assert (good.kappa, good.may_gate, good.disagreements) == (1.0, True, ())
    coin = calibrate([said(number, either(number // 2)) for number in range(40)], labels)
    assert abs(coin.kappa) < 0.1
    assert not coin.may_gate
    assert len(coin.disagreements) == 20
    assert "不能用来放行" in "\n".join(in_words(coin))
    always = calibrate([said(number, Opinion.PASS) for number in range(40)], labels)
    assert always.kappa == 0
    assert not always.may_gate


def test_few_turns_are_not_enough_and_what_was_not_judged_does_not_count() -> None:
    number = LEAST_TURNS - 1
    labels = [people(one, either(one)) for one in range(number + 5)]
    judged = [said(one, either(one) if one < number else None) for one in range(number + 5)]
    found = calibrate(judged, labels)
    assert (found.turns, found.unjudged, found.kappa, found.may_gate) == (number, 5, 1.0, False)


def test_a_liking_for_length_is_measured_beside_that_of_people() -> None:
    labels = [people(number, either(number)) for number in range(40)]
    judged = [said(number, Opinion.PASS if number >= 20 else Opinion.FAIL, number) for number in range(40)]
    assert calibrate(judged, labels).length_bias == pytest.approx(1.0)
    fair = [said(number, either(number), number) for number in range(40)]
    assert calibrate(fair, labels).length_bias == pytest.approx(0.0)


def test_people_who_are_divided_are_no_measure_and_their_own_agreement_is_told() -> None:
    labels = [
        people(0, Opinion.PASS),
        people(0, Opinion.FAIL, "乙"),
        people(1, Opinion.FAIL),
        people(1, Opinion.FAIL, "乙"),
    ]
    found = calibrate([said(0, Opinion.PASS), said(1, Opinion.FAIL)], labels)
    assert found.turns == 1
    assert found.alpha_people is not None
    assert found.alpha_people < 1


def test_kappa_is_cohens() -> None:
    one = [Opinion.PASS] * 25 + [Opinion.FAIL] * 25
    other = [Opinion.PASS] * 20 + [Opinion.FAIL] * 5 + [Opinion.PASS] * 10 + [Opinion.FAIL] * 15
    assert kappa(one, other) == pytest.approx(0.4)


def test_labels_that_are_none_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"turn": "a#1", "opinion": "pass", "by": "甲"}\n\n{"turn": "a#1"}\n', encoding="utf-8")
    with pytest.raises(BadCase, match="第3行"):
        read_labels(path)
