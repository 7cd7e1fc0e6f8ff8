"""Turning a login code into a userid, over the sender's one token, while the simulated WeCom misbehaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from assistant.channel.identity import Identity
from assistant.channel.sending import WeComSender
from assistant.errors import SendRefused
from eval.simulator.running import serving
from eval.simulator.wecom import Member, SimulatorConfig, create_simulator

SECRET = "app-secret-that-nobody-may-read"
ASKED = "auth/getuserinfo"


@dataclass
class World:
    """What asks, and the WeCom it asks."""

    identity: Identity
    control: httpx2.Client

    def code(self, userid: str = "LinXiaoyun") -> str:
        return str(self.control.post(f"/simulator/guides/{userid}/code").json()["code"])

    def arm(self, **faults: Any) -> None:
        self.control.post("/simulator/faults", json=faults).raise_for_status()

    def calls(self, path: str) -> int:
        return sum(line["subject"] == path for line in self.control.get("/simulator/log").json()["lines"])


@pytest.fixture
def world() -> Iterator[World]:
    config = SimulatorConfig(
        corp_id="ww-test",
        agent_id=7,
        secret=SECRET,
        token="token",
        encoding_aes_key="a" * 43,
        callback_url="http://127.0.0.1:9/none",
        members=(Member("LinXiaoyun", "林晓芸", "静雅店"),),
    )
    with serving(create_simulator(config)) as server, httpx2.Client(base_url=server.url, timeout=0.5) as client:
        yield World(Identity(WeComSender(client, "ww-test", SECRET, 7, lambda: datetime.now(UTC))), client)


def test_a_code_says_who_it_is(world: World) -> None:
    assert world.identity(world.code()) == "LinXiaoyun"


def test_somebody_who_is_no_member_has_no_userid(world: World) -> None:
    assert world.identity(world.code("-")) == ""


def test_a_code_used_before_is_refused_and_not_asked_again(world: World) -> None:
    code = world.code()
    world.identity(code)
    with pytest.raises(SendRefused) as refused:
        world.identity(code)
    assert (refused.value.errcode, refused.value.retry) == (40029, False)
    assert world.calls(ASKED) == 2


def test_an_expired_code_is_refused(world: World) -> None:
    world.arm(errcode={"value": 40029, "path": ASKED})
    with pytest.raises(SendRefused) as refused:
        world.identity(world.code())
    assert refused.value.errcode == 40029


@pytest.mark.parametrize("errcode", [40014, 42001])
def test_a_dead_token_is_renewed_once(world: World, errcode: int) -> None:
    world.arm(errcode={"value": errcode, "path": ASKED})
    assert world.identity(world.code()) == "LinXiaoyun"
    assert world.calls(ASKED) == 2
    world.arm(errcode={"value": errcode, "path": ASKED, "times": 2})
    with pytest.raises(SendRefused):
        world.identity(world.code())
    assert world.calls(ASKED) == 4


@pytest.mark.parametrize("faults", [{"slow": 1.0}, {"http_status": 502}, {"reset": True}, {"errcode": -1}])
def test_no_answer_is_said_without_the_code_or_the_secret(world: World, faults: dict[str, Any]) -> None:
    world.arm(**{name: {"value": value, "path": ASKED} for name, value in faults.items()})
    code = world.code()
    with pytest.raises(SendRefused) as refused:
        world.identity(code)
    assert refused.value.errcode == -1
    assert code not in str(refused.value)
    assert SECRET not in str(refused.value)
