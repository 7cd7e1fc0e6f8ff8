"""A whole house for one test: the sample shop, the real service, and WeCom's stand-in, joined only by HTTP."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from dbos import DBOS
from sqlalchemy import delete, update

from assistant.app import build
from assistant.channel.sending import WeComSender
from assistant.clock import system_clock
from assistant.seams import Search
from assistant.service import Service
from assistant.serving import web_app
from assistant.settings import Settings
from assistant.store import conversations, outbox, tables
from assistant.turn import TurnRecord
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP
from eval.simulator.running import free_port, serving
from eval.simulator.wecom import Member, SimulatorConfig, create_simulator
from tests.shared import file_reader

CORP = "ww00yunyu"
AGENT = 1000002
SECRET = "secret-of-the-simulated-app"
TOKEN = "token0of0the0simulated0app"
AES_KEY = "A" * 20 + "b" * 22 + "8"

GUIDE = "linxiaoyun"
OTHER_GUIDE = "xuyilin"
STRANGER = "nobody-hired"
MANAGER = "suwanqing"
"""The manager of the guide's store."""
QUESTION = "苏姐问敏感肌能不能用舒缓面霜，有券吗"
POLICY = "开封了还能退不"

QUIET_SECONDS = 0.15
PATIENCE = 15.0
"""Seconds a test waits for what must come; reaching them is a failure, never a measurement."""


def settings_for(folder: Path, **more: Any) -> Settings:
    """Settings of the house in ``folder``; ``more`` overrule."""
    values: dict[str, Any] = {
        "mode": "demo",
        "data_dir": folder,
        "corp_id": CORP,
        "quiet_seconds": QUIET_SECONDS,
        "clock_start": datetime.fromisoformat(SAMPLE_DAY),
        "wecom_agent_id": AGENT,
        "wecom_secret": SECRET,
        "wecom_token": TOKEN,
        "wecom_aes_key": AES_KEY,
    }
    return Settings.model_validate(values | more)


def furnish(folder: Path, shop: Path = SAMPLE_SHOP, **more: Any) -> Path:
    """Migrate, and read a shop's files in."""
    service = build(settings_for(folder, **more), read=file_reader().read)
    try:
        service.database.migrate()
        service.ingest([shop])
    finally:
        service.close()
    return folder


@cache
def template(base: Path) -> Path:
    """A data folder with the sample shop read in, made once a session and only ever copied."""
    return furnish(base / "template-house")


def furnished(base: Path, folder: Path) -> Path:
    """A copy of the template in ``folder``."""
    shutil.copytree(template(base), folder)
    return folder


def until(true: Callable[[], bool], seconds: float = PATIENCE, *, what: str = "it") -> float:
    """Poll until true; gives the seconds it took. Raises AssertionError when it never was."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.01)
    return time.monotonic() - began


def company(service_port: int) -> SimulatorConfig:
    """The simulated company: two guides of the sample shop, and one member nobody put into the staff file."""
    return SimulatorConfig(
        corp_id=CORP,
        agent_id=AGENT,
        secret=SECRET,
        token=TOKEN,
        encoding_aes_key=AES_KEY,
        callback_url=f"http://127.0.0.1:{service_port}/wecom/callback",
        members=(
            Member(GUIDE, "林晓芸", "静雅广场店"),
            Member(OTHER_GUIDE, "徐依林", "别的店"),
            Member(STRANGER, "路人", "哪家店都不是"),
            Member(MANAGER, "苏婉清", "静雅广场店店长"),
        ),
        sends_per_member_minute=1000,
        callback_pause_seconds=0.1,
    )


@dataclass
class WeCom:
    """The stand-in as a test drives it: guides write, and read what they were shown."""

    control: httpx2.Client

    def write(self, text: str, userid: str = GUIDE, *, kind: str = "text", **faults: Any) -> list[int | None]:
        """A guide writes; gives the HTTP status of every attempt to deliver it."""
        body = {"text": text, "kind": kind, "faults": faults}
        answer = self.control.post(f"/simulator/guides/{userid}/messages", json=body)
        answer.raise_for_status()
        return [attempt["status"] for attempt in answer.json()["attempts"]]

    def shown(self, userid: str = GUIDE) -> list[str]:
        """Every text the guide was shown, oldest first."""
        chat = self.control.get(f"/simulator/guides/{userid}/messages").raise_for_status().json()
        return [message["text"] for message in chat["messages"] if message["direction"] == "to_guide"]

    def arm(self, **faults: Any) -> None:
        """Order faults for the calls to come."""
        self.control.post("/simulator/faults", json=faults).raise_for_status()

    def wait_for(self, count: int = 1, userid: str = GUIDE, seconds: float = PATIENCE) -> list[str]:
        """Wait until the guide was shown so many texts; gives them all."""
        until(lambda: len(self.shown(userid)) >= count, seconds, what=f"text {count} to {userid}")
        return self.shown(userid)

    def calls(self, path: str) -> int:
        """How often the service called an endpoint."""
        lines = self.control.get("/simulator/log", params={"limit": 10_000}).json()["lines"]
        return sum(line["subject"] == path for line in lines)


@contextmanager
def wecom_for(service_port: int) -> Iterator[WeCom]:
    """Run the stand-in for a service that will listen on this port."""
    with (
        serving(create_simulator(company(service_port))) as server,
        httpx2.Client(base_url=server.url, timeout=60.0, trust_env=False) as control,
    ):
        yield WeCom(control)


@dataclass
class House:
    """Service and stand-in; ``start`` and ``stop`` are the service's alone, WeCom keeps running."""

    settings: Settings
    wecom: WeCom
    search: Search | None = None
    prepare: "Callable[[House], None] | None" = None
    """Done to the built service before it is served."""
    longest_pause: float = 0.3
    """Pauses between tries of a call are cut to this, so that a test does not sit out seconds."""
    service: Service = field(init=False)
    _open: ExitStack = field(default_factory=ExitStack)
    _earlier_messages: int = 0

    @property
    def url(self) -> str:
        """Where the service answers."""
        return f"http://127.0.0.1:{self.settings.listen_port}"

    def start(self) -> None:
        """Build the service as it is installed, and serve it."""
        client = httpx2.Client(base_url=self.settings.wecom_api_url, timeout=httpx2.Timeout(1.0), trust_env=False)
        self._open.callback(client.close)
        send = WeComSender(client, CORP, SECRET, AGENT, system_clock)
        self.service = build(self.settings, search=self.search, send=send)
        self.service.handling = replace(self.service.handling, sleep=self._sleep)
        if self.prepare is not None:
            self.prepare(self)
        self._open.enter_context(serving(web_app(self.service), self.settings.listen_port))

    def stop(self) -> None:
        """Stop the service as an operator does."""
        self._open.close()

    def restart(self) -> None:
        """Stop and start again on the same data."""
        self.stop()
        self.start()

    def forget_all_talk(self) -> None:
        """Bring the house back to the morning: no turns, no drafts remembered, nothing shown, no faults armed.

        Messages stay, as answered: their numbers name jobs, and a number must not come twice.
        """
        until(self._is_idle, what="rest")
        with self.service.database.begin() as tx:
            talk = (tables.outbox, tables.action, tables.gap, tables.suggestion, tables.turn)
            for table in (
                *talk,
                tables.coupon_grant,
                tables.grant_event,
                tables.coupon_tally,
                tables.style_card,
                tables.script_use,
                tables.contact,
                tables.marketing_stop,
                tables.marketing_wish,
                tables.notice,
                tables.task_item,
            ):
                tx.execute(delete(table))
            tx.execute(update(tables.conversation).values(current_customer_id=""))
            self._earlier_messages = conversations.count(tx)
        self.wecom.control.post("/simulator/reset").raise_for_status()

    def records(self) -> list[TurnRecord]:
        """Every turn as the export gives it."""
        return list(self.service.export_turns())

    def settle(self) -> None:
        """Wait until nothing is left to answer or to send, and a little for what must not come."""
        until(self._is_idle, what="rest")
        time.sleep(3 * QUIET_SECONDS)
        until(self._is_idle, what="rest")

    def messages(self) -> int:
        """How many messages and events were stored in this test."""
        with self.service.database.read() as tx:
            return conversations.count(tx) - self._earlier_messages

    def jobs_failed(self) -> int:
        """How many jobs of the queue ended in an error."""
        return len(DBOS.list_workflows(status="ERROR"))

    def ask(self, text: str, userid: str = GUIDE) -> TurnRecord:
        """Write as a guide and wait for the turn's whole reply; gives the turn's record."""
        before, shown = len(self.records()), len(self.wecom.shown(userid))
        assert self.wecom.write(text, userid) == [200]
        until(lambda: len(self.records()) > before, what=f"a turn for {text}")
        record = self.records()[-1]
        self.wecom.wait_for(shown + len(record.reply.parts), userid)
        return record

    def _is_idle(self) -> bool:
        with self.service.database.read() as tx:
            return not conversations.all_unanswered(tx) and not outbox.all_unsent(tx)

    def _sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, self.longest_pause))


@contextmanager
def open_house(
    folder: Path, *, search: Search | None = None, prepare: Callable[[House], None] | None = None, **more: Any
) -> Iterator[House]:
    """Service and stand-in, both running, on the data in ``folder``."""
    port = free_port()
    with wecom_for(port) as wecom:
        api = str(wecom.control.base_url).rstrip("/")
        settings = settings_for(folder, listen_port=port, wecom_api_url=api, **more)
        house = House(settings, wecom, search, prepare)
        try:
            house.start()
            yield house
        finally:
            house.stop()
