"""An invented company and a small app behind its callback URL, to try the simulator on."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

from fastapi import FastAPI, Request, Response

from eval.simulator.crypto import Crypt
from eval.simulator.wecom import Member, Sample, SimulatorConfig

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wwmocksim0000000001"
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

MEMBERS = (
    Member("zhangmin", "张敏", "人民路店"),
    Member("LiQiang", "李强", "人民路店"),
    Member("wangfang", "王芳", "滨江店"),
)


def company(callback_url: str = "http://127.0.0.1:9/callback", **changes: Any) -> SimulatorConfig:
    """The company's config with short limits, so that tests need not wait."""
    values: dict[str, Any] = {
        "corp_id": CORP,
        "agent_id": 1000002,
        "secret": "app-secret",
        "token": TOKEN,
        "encoding_aes_key": KEY,
        "callback_url": callback_url,
        "members": MEMBERS,
        "samples": (Sample("zhangmin", "顾客问羊绒围巾能不能机洗"),),
        "callback_seconds": 0.3,
        "callback_pause_seconds": 0.0,
        "verify_seconds": 0.3,
    }
    return SimulatorConfig(**(values | changes))


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass(frozen=True)
class Arrival:
    """One callback as it reached the app. What could not be read is empty."""

    query: dict[str, str]
    body: bytes
    signature_fits: bool
    receive_id: str
    msgid: str
    kind: str
    event: str
    content: str
    refused: str


@dataclass
class FakeApp:
    """An app that notes every callback and answers as its script says, then with an empty 200."""

    crypt: Crypt = field(default_factory=lambda: Crypt(TOKEN, KEY, CORP))
    arrivals: list[Arrival] = field(default_factory=list)
    script: list[Callable[[Arrival], Response | float]] = field(default_factory=list)
    verify_suffix: bytes = b""
    verify_delay: float = 0.0
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """Ready for the next test."""
        self.arrivals.clear()
        self.script.clear()
        self.verify_suffix, self.verify_delay = b"", 0.0
        self.at_once = self.most_at_once = 0

    def read(self, query: dict[str, str], body: bytes) -> Arrival:
        """Take a callback apart as far as it goes."""
        try:
            encrypted = fromstring(body).findtext("Encrypt") or ""
            fits = self.crypt.sign(query["timestamp"], query["nonce"], encrypted) == query["msg_signature"]
            opened = self.crypt.open(encrypted)
            xml = fromstring(opened.message)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it is what the test wants to see
            return Arrival(query, body, False, "", "", "", "", "", type(error).__name__)
        part = {name: xml.findtext(name) or "" for name in ("MsgId", "MsgType", "Event", "Content")}
        return Arrival(
            query, body, fits, opened.receive_id, part["MsgId"], part["MsgType"], part["Event"], part["Content"], ""
        )


def fake_app(app_state: FakeApp) -> FastAPI:
    """The app behind the callback URL."""
    app = FastAPI()

    @app.get("/callback")
    async def verify(request: Request) -> Response:
        await asyncio.sleep(app_state.verify_delay)
        query = dict(request.query_params)
        if app_state.crypt.sign(query["timestamp"], query["nonce"], query["echostr"]) != query["msg_signature"]:
            return Response(status_code=403)
        return Response(app_state.crypt.open(query["echostr"]).message + app_state.verify_suffix)

    @app.post("/callback")
    async def receive(request: Request) -> Response:
        arrival = app_state.read(dict(request.query_params), await request.body())
        app_state.arrivals.append(arrival)
        answer = app_state.script.pop(0)(arrival) if app_state.script else Response()
        app_state.at_once += 1
        app_state.most_at_once = max(app_state.most_at_once, app_state.at_once)
        try:
            # A breath, so that callbacks sent at once are seen at once.
            await asyncio.sleep(0.02)
            if isinstance(answer, Response):
                return answer
            await asyncio.sleep(answer)
            return Response()
        finally:
            app_state.at_once -= 1

    return app
