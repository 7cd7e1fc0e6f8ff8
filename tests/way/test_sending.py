"""A reply arrives once, whatever happens to the call that sends it or to the service around it."""

from typing import Any

import pytest

from tests.way.house import POLICY, House

FAULTS: dict[str, dict[str, Any]] = {
    "45009-twice": {"errcode": {"value": 45009, "times": 2}},
    "token-expired": {"errcode": {"value": 42001, "times": 1}},
    "token-invalid": {"errcode": {"value": 40014, "times": 1}},
    "busy": {"errcode": {"value": -1, "times": 1}},
    "lost-answer": {"lost_answer": {"value": True, "times": 1}},
    "cut-off": {"reset": {"value": True, "times": 1}},
    "bad-gateway": {"http_status": {"value": 502, "times": 1}},
    "no-token-at-first": {"errcode": {"value": 45009, "times": 1, "path": "gettoken"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_reply_arrives_once(house: House, fault: dict[str, Any]) -> None:
    house.wecom.control.post("/simulator/settings", json={"forget_token": True}).raise_for_status()
    house.wecom.arm(**fault)
    house.wecom.write(POLICY)
    house.wecom.wait_for(1)
    house.settle()
    [record] = house.records()
    assert house.wecom.shown() == list(record.reply.parts)
    assert house.wecom.control.get("/simulator/faults").json()["armed"] == []


def test_the_same_words_twice_are_shown_twice(house: House) -> None:
    for count in (1, 2, 3):
        assert house.wecom.write("", kind="voice") == [200]
        house.wecom.wait_for(count)
    assert len(set(house.wecom.shown())) == 1


def test_a_refusal_for_good_is_not_tried_for_ever_and_the_next_reply_goes_out(house: House) -> None:
    house.wecom.arm(errcode={"value": 60020, "times": 1})
    house.wecom.write(POLICY)
    house.settle()
    assert house.wecom.shown() == []
    record = house.ask("积分怎么算")
    house.settle()
    assert house.wecom.shown() == list(record.reply.parts)


def test_a_service_stopped_and_started_replays_nothing(house: House) -> None:
    first = house.ask(POLICY)
    house.settle()
    house.restart()
    house.settle()
    assert house.wecom.shown() == list(first.reply.parts)
    second = house.ask("用1")
    house.settle()
    assert second.answers_turn_id == first.turn_id
    assert house.wecom.shown() == [*first.reply.parts, *second.reply.parts]


def test_a_repeat_that_comes_after_a_restart_is_still_a_repeat(house: House) -> None:
    house.wecom.control.post("/simulator/faults", json={"repeat": 3}).raise_for_status()
    house.wecom.write(POLICY)
    house.settle()
    shown = house.wecom.shown()
    house.restart()
    house.settle()
    assert len(house.records()) == 1
    assert house.wecom.shown() == shown
