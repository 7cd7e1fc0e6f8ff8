"""Sending by the real client to the simulated WeCom, while it misbehaves on demand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from assistant.channel.sending import WeComSender
from assistant.errors import SendRefused
from assistant.seams import Outgoing, SendState
from eval.simulator.running import serving
from eval.simulator.wecom import Member, SimulatorConfig, create_simulator

SECRET = "app-secret-that-nobody-may-read"
HELLO = Outgoing(key="T1-0", userid="linxiaoyun", text="您好")


@dataclass
class World:
    """A sender and the WeCom it talks to."""

    sender: WeComSender
    control: httpx2.Client

    def arm(self, **faults: Any) -> None:
        self.control.post("/simulator/faults", json=faults).raise_for_status()

    def shown(self) -> list[str]:
        answer = self.control.get("/simulator/guides/linxiaoyun/messages").json()
        return [message["text"] for message in answer["messages"] if message["direction"] != "from_guide"]

    def calls(self, path: str) -> int:
        lines = self.control.get("/simulator/log").json()["lines"]
        return sum(1 for line in lines if line["subject"] == path)


@pytest.fixture
def world() -> Iterator[World]:
    config = SimulatorConfig(
        corp_id="ww-test",
        agent_id=7,
        secret=SECRET,
        token="token",
        encoding_aes_key="a" * 43,
        callback_url="http://127.0.0.1:9/none",
        members=(Member("linxiaoyun", "林晓芸", "静雅店"),),
    )
    with serving(create_simulator(config)) as server, httpx2.Client(base_url=server.url, timeout=2.0) as client:
        sender = WeComSender(client, "ww-test", SECRET, 7, lambda: datetime.now(UTC))
        yield World(sender, client)


def test_a_text_arrives_once(world: World) -> None:
    assert world.sender(HELLO).state is SendState.SENT
    assert world.shown() == ["您好"]


def test_the_same_text_again_is_shown_once(world: World) -> None:
    world.sender(HELLO)
    assert world.sender(HELLO).state is SendState.SENT
    assert world.shown() == ["您好"]


def test_a_lost_answer_is_unknown_and_a_repeat_shows_nothing_twice(world: World) -> None:
    world.arm(lost_answer={"value": True, "times": 1, "path": "message/send"})
    assert world.sender(HELLO).state is SendState.UNKNOWN
    assert world.sender(HELLO).state is SendState.SENT
    assert world.shown() == ["您好"]


@pytest.mark.parametrize("errcode", [40014, 42001, 40001])
def test_a_dead_token_is_renewed_once(world: World, errcode: int) -> None:
    world.sender(HELLO)
    world.arm(errcode={"value": errcode, "times": 1, "path": "message/send"})
    assert world.sender(HELLO.model_copy(update={"text": "在的"})).state is SendState.SENT
    assert world.shown() == ["您好", "在的"]
    assert world.calls("gettoken") == 2


def test_a_token_refused_for_good_does_not_go_round_in_circles(world: World) -> None:
    world.arm(errcode={"value": 42001, "times": None, "path": "message/send"})
    with pytest.raises(SendRefused) as refused:
        world.sender(HELLO)
    assert refused.value.errcode == 42001
    assert world.calls("message/send") == 2


@pytest.mark.parametrize(("errcode", "retry"), [(45009, True), (-1, True), (60020, False), (48002, False)])
def test_a_refusal_says_whether_to_try_later(world: World, errcode: int, retry: bool) -> None:
    world.arm(errcode={"value": errcode, "times": 1, "path": "message/send"})
    with pytest.raises(SendRefused) as refused:
        world.sender(HELLO)
    assert (refused.value.errcode, refused.value.retry) == (errcode, retry)


def test_a_gateway_error_page_counts_as_busy(world: World) -> None:
    world.arm(http_status={"value": 502, "times": 1, "path": "message/send"})
    with pytest.raises(SendRefused) as refused:
        world.sender(HELLO)
    assert refused.value.retry


def test_an_unknown_member_is_a_failure(world: World) -> None:
    with pytest.raises(SendRefused) as refused:
        world.sender(HELLO.model_copy(update={"userid": "nobody"}))
    assert not refused.value.retry


def test_many_first_sends_fetch_one_token(world: World) -> None:
    texts = [HELLO.model_copy(update={"text": f"第{number}条"}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert all(receipt.state is SendState.SENT for receipt in pool.map(world.sender, texts))
    assert world.calls("gettoken") == 1


def test_no_error_shows_the_secret(world: World) -> None:
    with httpx2.Client(base_url="http://127.0.0.1:9", timeout=1.0) as nowhere:
        sender = WeComSender(nowhere, "ww-test", SECRET, 7, lambda: datetime.now(UTC))
        with pytest.raises(SendRefused) as refused:
            sender(HELLO)
    assert SECRET not in repr(refused.value)
    assert refused.value.__cause__ is None
