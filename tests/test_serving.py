"""The one web app: whose name it answers to, and its chores of every minute, of which a broken one keeps no other back."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant import serving
from assistant.app import build
from assistant.serving import Chore, sweep, web_app
from tests.shared import lay_tables
from tests.way.house import settings_for


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A browser before the whole app, whose name is 导购 in our own house only."""
    lay_tables(tmp_path / "daogou.db")
    service = build(settings_for(tmp_path, allowed_hosts=("daogou.example", "127.0.0.1")))
    # its lifespan, with queues and sweeps, is nothing that a name decides about
    yield TestClient(web_app(service), base_url="http://daogou.example")
    service.close()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "daogou.example.evil.example",
        "evil.example:80",
        "daogou.example@evil.example",
        "evildaogou.example",
    ],
)
@pytest.mark.parametrize("path", ["/console/login", "/console", "/health"])
def test_a_foreign_host_is_answered_nothing(client: TestClient, host: str, path: str) -> None:
    """Host attack (safety D5): no page, no address and no cookie is made for a name that is not ours."""
    answer = client.get(path, headers={"host": host}, follow_redirects=False)
    assert answer.status_code == 400
    assert answer.text == "Invalid host header"
    assert "set-cookie" not in answer.headers


def test_what_a_proxy_claims_of_the_host_moves_no_address(client: TestClient) -> None:
    claimed = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    for path in ("/console", "/console/login"):
        answer = client.get(path, headers=claimed, follow_redirects=False)
        assert answer.status_code in (200, 401)
        assert "evil.example" not in f"{answer.headers}{answer.text}"


def test_a_broken_chore_keeps_no_other_from_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SWEEP_SECONDS", 0.0)
    done: Counter[str] = Counter()

    async def until_done_twice() -> None:
        twice = asyncio.Event()
        loop = asyncio.get_running_loop()

        def break_down() -> None:
            done["broken"] += 1
            raise ZeroDivisionError

        def work() -> None:
            done["after it"] += 1
            if done["after it"] == 2:
                loop.call_soon_threadsafe(twice.set)

        sweeping = asyncio.create_task(sweep((Chore("broken", break_down), Chore("after it", work))))
        try:
            await asyncio.wait_for(twice.wait(), timeout=5)
        finally:
            sweeping.cancel()

    asyncio.run(until_done_twice())
    assert done["broken"] >= 2
