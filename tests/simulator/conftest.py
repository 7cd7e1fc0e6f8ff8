"""One simulated company and one fake app for the whole room, cleaned before every test."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest

from eval.simulator.running import serving
from eval.simulator.wecom import Corp, create_simulator
from tests.simulator.company import START, FakeApp, MovableClock, company, fake_app


@dataclass(frozen=True)
class Bench:
    """Everything a test of the simulator holds in its hands."""

    http: httpx2.Client
    corp: Corp
    app: FakeApp
    clock: MovableClock
    url: str

    def token(self) -> str:
        """A valid access token."""
        given = self.http.get(
            "/cgi-bin/gettoken", params={"corpid": self.corp.config.corp_id, "corpsecret": "app-secret"}
        )
        return str(given.json()["access_token"])

    def send(self, text: str, touser: str = "zhangmin", **more: object) -> dict[str, object]:
        """message/send, as the app would call it."""
        body = {"touser": touser, "msgtype": "text", "agentid": 1000002, "text": {"content": text}, **more}
        answer: dict[str, object] = self.http.post(
            "/cgi-bin/message/send", params={"access_token": self.token()}, json=body
        ).json()
        return answer

    def write(self, text: str, userid: str = "zhangmin", **more: object) -> list[dict[str, object]]:
        """A guide writes; the callback attempts."""
        answer = self.http.post(f"/simulator/guides/{userid}/messages", json={"text": text, **more})
        answer.raise_for_status()
        attempts: list[dict[str, object]] = answer.json()["attempts"]
        return attempts

    def chat(self, userid: str = "zhangmin") -> list[dict[str, object]]:
        """What the guide was shown."""
        shown: list[dict[str, object]] = self.http.get(f"/simulator/guides/{userid}/messages").json()["messages"]
        return shown

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Give the background at most two seconds to reach a state."""
        deadline = time.monotonic() + 2
        while not reached():
            assert time.monotonic() < deadline, "never reached"
            time.sleep(0.005)

    def arm(self, **orders: object) -> None:
        """Press fault switches."""
        self.http.post("/simulator/faults", json=orders).raise_for_status()


@pytest.fixture(scope="package")
def running() -> Iterator[Bench]:
    app_state, clock = FakeApp(), MovableClock()
    with serving(fake_app(app_state)) as app:
        simulator = create_simulator(company(f"{app.url}/callback", console_url="http://127.0.0.1:1/console"), clock)
        with serving(simulator) as server, httpx2.Client(base_url=server.url, timeout=5) as http:
            yield Bench(http, simulator.state.corp, app_state, clock, server.url)


@pytest.fixture
def bench(running: Bench) -> Bench:
    running.http.post("/simulator/reset").raise_for_status()
    running.app.forget()
    running.clock.now = max(running.clock.now, START)
    return running
