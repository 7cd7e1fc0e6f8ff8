"""The till's API in the whole service, over real HTTP, on both databases."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistant import serving as at_work
from assistant.app import build, open_webhooks
from assistant.errors import SettingsError
from assistant.service import Service
from assistant.serving import web_app
from assistant.settings import Settings
from assistant.sold import KeyScope
from assistant.store import material
from assistant.store.tables import till_answer, till_event
from assistant.store.till import keys
from assistant.till import door
from assistant.till.signing import SIGNATURE, TIMESTAMP, sign
from eval.simulator.running import serving
from tests.store.granting import OFF40
from tests.store.making import source
from tests.till.conftest import SECRET, order, redemption


@dataclass
class Served:
    """A service as installed, a client on it, and what its webhooks told the shop's own system."""

    service: Service
    client: httpx2.Client
    token: str
    heard: list[tuple[dict[str, str], bytes]]
    told: threading.Event

    def post(self, body: object, once: str, path: str = "orders") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": once}
        return self.client.post(f"/till/v1/{path}", json=body, headers=headers)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(at_work, "SWEEP_SECONDS", 0.2)
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    heard: list[tuple[dict[str, str], bytes]] = []
    told = threading.Event()

    async def hook(request: Request) -> Response:
        heard.append((dict(request.headers), await request.body()))
        told.set()
        return Response(status_code=204)

    with ExitStack() as stack:
        shop = stack.enter_context(serving(Starlette(routes=[Route("/hook", hook, methods=["POST"])])))
        values = {
            "data_dir": tmp_path,
            "database_url": url,
            "till_api": True,
            "till_webhook_secret": SECRET,
            "till_webhook_url": f"{shop.url}/hook",
        }
        service = build(Settings.model_validate(values), search=lambda wanted: ())
        service.database.migrate()
        with service.database.begin() as tx:
            token = keys.make(tx, service.settings.corp_id, "收银", list(KeyScope), service.clock())
        running = stack.enter_context(serving(web_app(service)))
        client = stack.enter_context(httpx2.Client(base_url=running.url, trust_env=False, timeout=30))
        yield Served(service, client, token, heard, told)


def test_many_at_once_under_one_idempotency_key_are_one_event(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: served.post(order(), "once"), range(24)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    with served.service.database.read() as tx:
        assert tx.execute(select(func.count()).select_from(till_event)).scalar_one() == 1
        assert tx.execute(select(func.count()).select_from(till_answer)).scalar_one() == 1
    assert served.post(order("e2"), "once").status_code == 409
    assert served.post(redemption(), "two", "redemptions").json()["reason"] == "找不到对应的券"


def test_the_shop_s_own_system_hears_of_it_signed(served: Served) -> None:
    assert served.post(order(), "once").status_code == 200
    assert served.told.wait(20)
    (heard,) = served.heard
    sent_headers, body = heard
    assert sent_headers[SIGNATURE.lower()] == sign(SECRET, sent_headers[TIMESTAMP.lower()], body)
    assert "已入账" in body.decode()


def test_a_redemption_finds_its_coupon_once_the_shop_has_it(served: Served) -> None:
    deal = redemption(grant_id="", coupon_id="OFF40", amount_fen=4000)
    assert served.post(order(), "one").status_code == 200
    assert "没有“OFF40”这张优惠券" in served.post(deal, "two", "redemptions").json()["reason"]
    service = served.service
    with service.database.begin() as tx:
        material.add_coupons(tx, service.settings.corp_id, source(tx, service.settings.corp_id), [OFF40])
    headers = {"Authorization": f"Bearer {served.token}"}
    for _ in range(100):
        if served.client.get("/till/v1/orphans", headers=headers).json()["total"] == 0:
            break
        time.sleep(0.1)
    (found,) = served.client.get("/till/v1/orders/O1", headers=headers).json()["redemptions"]
    assert (found["state_label"], found["reason"]) == ("已核销", "")


def test_a_body_that_never_ends_holds_no_place(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "READ_SECONDS", 0.2)
    where = served.client.base_url
    head = (
        f"POST /till/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.token}\r\n"
        "Idempotency-Key: k\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection((where.host, where.port or 0), timeout=10) as slow:
        slow.sendall(head.encode())
        assert slow.recv(1000).startswith(b"HTTP/1.1 408")
    with socket.create_connection((where.host, where.port or 0), timeout=10) as gone:
        gone.sendall(head.encode())
    assert served.post(order(), "once").status_code == 200


def test_nothing_is_served_unless_asked_for(tmp_path: Path) -> None:
    service = build(Settings.model_validate({"data_dir": tmp_path}), search=lambda wanted: ())
    service.database.migrate()
    with serving(web_app(service)) as running, httpx2.Client(base_url=running.url, trust_env=False) as client:
        assert client.get("/till/v1/openapi.json").status_code == 404
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"till_webhook_url": "https://shop.example/hook"}, "DAOGOU_TILL_WEBHOOK_SECRET"),
        ({"till_webhook_secret": "short"}, "至少 32 个字符"),
    ],
)
def test_a_webhook_without_a_good_secret_does_not_start(tmp_path: Path, values: dict[str, str], words: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "till_api": True} | values)
    service = build(settings, search=lambda wanted: ())
    with pytest.raises(SettingsError, match=words):
        open_webhooks(service)
    service.close()
