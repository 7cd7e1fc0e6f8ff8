"""What a guide accepts is found sooner by the next who asks like her."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.learning import learn
from assistant.service import Service
from assistant.store import questions, turns
from assistant.turn import Action, ActionKind, TurnRecord
from tests.ingest.house import CORP, Hands, opened, policy, small_shop, write


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def service(tmp_path: Path, clock: Hands) -> Iterator[Service]:
    shop = small_shop(tmp_path / "shop")
    write(shop, "政策/发票.md", policy("发票说明", "电子发票在订单完成后一天内开具，发到预留邮箱。"))
    with opened(tmp_path / "var", clock) as house:
        house.ingest([shop])
        yield house


def attached(service: Service) -> list[str]:
    with service.database.read() as tx:
        passages = [one.passage for one in service.published()]
        return [text for texts in questions.served(tx, CORP, passages).values() for text in texts]


def say(service: Service, clock: Hands, *texts: str) -> None:
    guide = service.guides()[0].userid
    for text in texts:
        clock.now += timedelta(minutes=3)
        service.converse(guide, [text])


def test_an_accepted_question_is_attached_to_the_passage_behind_the_reply(service: Service, clock: Hands) -> None:
    say(service, clock, "客户问没拆封的几天内可以退货", "1")
    (learnt,) = attached(service)
    assert "没拆封的几天内可以退货" in learnt
    say(service, clock, "没拆封的几天内可以退货？", "1")
    assert attached(service) == [learnt]
    say(service, clock, "电子发票多久能开好", "1")
    assert len(attached(service)) == 2


def test_a_refused_one_teaches_nothing(service: Service, clock: Hands) -> None:
    say(service, clock, "没拆封的几天内可以退货", "不用，太长了")
    assert attached(service) == []


@pytest.mark.parametrize("question", ["13812345678的客户问几天内可以退货", "尾号1234的问没拆封几天可以退货"])
def test_no_number_of_a_person_is_ever_attached(service: Service, clock: Hands, question: str) -> None:
    say(service, clock, question, "1")
    assert not any(character.isdigit() for text in attached(service) for character in text)


def test_what_names_a_customer_is_never_attached(service: Service, clock: Hands) -> None:
    names_her = turn_with_question("小葵没拆封几天可以退货", service)
    names_nobody = turn_with_question("没拆封几天可以退货", service)
    accepted = Action(kind=ActionKind.ACCEPTED, at=clock(), choice=1)
    with service.database.begin() as tx:
        turns.write(tx, names_her)
        turns.write(tx, names_nobody)
        assert learn(tx, names_her.turn_id, accepted, clock()) == 0
        assert learn(tx, names_nobody.turn_id, accepted, clock()) == 1


def turn_with_question(question: str, service: Service) -> TurnRecord:
    """The record of an answered turn, with these words as its question."""
    guide = "lin"
    answered = service.converse(guide, ["没拆封的几天内可以退货"])
    need = answered.need.model_copy(update={"question": question})
    return answered.model_copy(update={"turn_id": f"T-{question}", "need": need})
