"""Replaying cases end to end: every message comes as WeCom's encrypted callback, every reply is read where a guide reads it.

A simulated WeCom stands on one side, the whole web application with its durable jobs on the other; nothing is shared
but HTTP. Each case has servers of its own, because a job that was done once is never done again.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

import httpx2

from assistant.app import build
from assistant.clock import clock_from
from assistant.service import Service
from assistant.serving import web_app
from assistant.settings import Settings
from assistant.turn import TurnRecord
from eval.cases.packs import Chosen
from eval.checks.checks import judge
from eval.demo import AGENT_ID, invented_secrets
from eval.replaying.house import SAMPLE_CORP, Material, prepared
from eval.replaying.replay import TurnResult, result_of
from eval.simulator.running import free_port, serving
from eval.simulator.wecom import Member, SimulatorConfig, create_simulator

QUIET_SECONDS = 0.3
"""Messages that follow each other within this are one question; a burst is posted faster."""
PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.01


class NeverCame(Exception):
    """A reply did not reach the guide in time, or not as it was recorded."""


@dataclass(frozen=True)
class Wire:
    """A running service with WeCom's stand-in before it."""

    service: Service
    guide_side: httpx2.Client

    def write(self, userid: str, texts: tuple[str, ...]) -> None:
        """The guide writes, one message after the other."""
        for text in texts:
            self.guide_side.post(f"/simulator/guides/{userid}/messages", json={"text": text}).raise_for_status()

    def shown(self, userid: str) -> tuple[str, ...]:
        """Every text she was shown, oldest first."""
        chat = self.guide_side.get(f"/simulator/guides/{userid}/messages").raise_for_status().json()
        return tuple(one["text"] for one in chat["messages"] if one["direction"] == "to_guide")


@contextmanager
def wired(material: Material, moment: datetime, kept_in: Path, guide: str) -> Iterator[Wire]:
    """Start both servers on a copy of the house with this material, at this moment, for this one guide."""
    ready = prepared(material, kept_in)
    with tempfile.TemporaryDirectory(prefix="daogou-wire-") as folder:
        copy = Path(folder) / "house"
        shutil.copytree(ready, copy)
        port, hidden = free_port(), invented_secrets()
        simulator = SimulatorConfig(
            corp_id=SAMPLE_CORP,
            agent_id=AGENT_ID,
            secret=hidden["wecom_secret"],
            token=hidden["wecom_token"],
            encoding_aes_key=hidden["wecom_aes_key"],
            callback_url=f"http://127.0.0.1:{port}/wecom/callback",
            members=(Member(guide, guide, ""),),
            sends_per_member_minute=10_000,
        )
        with (
            serving(create_simulator(simulator)) as wecom,
            httpx2.Client(base_url=wecom.url, timeout=60.0, trust_env=False) as guide_side,
        ):
            service = build(_settings(copy, wecom.url, port, hidden), clock=clock_from(moment))
            with serving(web_app(service), port):
                yield Wire(service, guide_side)


def _settings(folder: Path, wecom_url: str, port: int, hidden: dict[str, str]) -> Settings:
    return Settings.model_validate(
        {
            "mode": "demo",
            "data_dir": folder,
            "corp_id": SAMPLE_CORP,
            "quiet_seconds": QUIET_SECONDS,
            "listen_port": port,
            "wecom_api_url": wecom_url,
            "wecom_agent_id": AGENT_ID,
            **hidden,
        }
    )


def replay_on_wire(chosen: Chosen, kept_in: Path, repeat: int = 0) -> tuple[TurnResult, ...]:
    """Replay one case through WeCom; raises NeverCame when a reply is missing, late, doubled or not as recorded."""
    case = chosen.case
    material = Material(chosen.pack.shop, chosen.pack.day, case.given)
    results: list[TurnResult] = []
    began = perf_counter()
    with wired(material, case.clock or chosen.pack.day, kept_in, case.guide) as wire:
        around = perf_counter() - began
        shown_before = 0
        for number, turn in enumerate(case.turns, start=1):
            began = perf_counter()
            wire.write(case.guide, turn.guide)
            record = _record(wire, case.guide, number, shown_before, chosen.name)
            spent = perf_counter() - began
            shown_before += len(record.reply.parts)
            results.append(
                result_of(chosen, repeat, number, record, judge(turn.expect, record), seconds=spent, around=around)
            )
            around = 0.0
    return tuple(results)


def _record(wire: Wire, guide: str, number: int, shown_before: int, name: str) -> TurnRecord:
    """Wait until the turn is answered, sent and shown whole, and read its record."""
    where = f"{name}#{number}"
    _wait(lambda: wire.service.is_quiet() and len(tuple(wire.service.export_turns())) >= number, where)
    record = tuple(wire.service.export_turns())[number - 1]
    _wait(lambda: len(wire.shown(guide)) >= shown_before + len(record.reply.parts), where)
    came = wire.shown(guide)[shown_before:]
    if came != record.reply.parts:
        raise NeverCame(
            f"{where}：记下的回复是 {len(record.reply.parts)} 条，导购看到的是 {len(came)} 条，内容或顺序不一样"
        )
    return record


def _wait(true: Callable[[], bool], where: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > ends:
            raise NeverCame(f"{where}：{PATIENCE_SECONDS:.0f} 秒里没有等到回复")
        time.sleep(_POLL_SECONDS)
