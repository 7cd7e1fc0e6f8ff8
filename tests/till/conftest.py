"""A till's API over real HTTP semantics in process, with a key of every kind."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant.offers.attribution import PointsRule
from assistant.pace import Pace
from assistant.sold import KeyScope
from assistant.store.database import Database
from assistant.store.till import keys, telling
from assistant.store.till.events import TillRules
from assistant.till.desk import TillDesk
from assistant.till.routes import till_routes
from assistant.till.signing import headers
from tests.shared import lay_tables

CORP = "corp"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET = "a secret of more than thirty-two letters"
AT = "2026-11-22T11:00:00+08:00"


@dataclass
class House:
    """An application with nothing but the till, and ways to speak to it."""

    database: Database
    app: FastAPI
    client: TestClient
    tokens: dict[KeyScope, str]
    sent: int = 0
    now: list[datetime] = field(default_factory=lambda: [NOW])

    def post(self, path: str, body: object, scope: KeyScope, once: str = "") -> Any:
        self.sent += 1
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/till/v1/{path}",
            content=content,
            headers={
                "Authorization": f"Bearer {self.tokens[scope]}",
                "Idempotency-Key": once or f"k{self.sent}",
                "Content-Type": "application/json",
            },
        )

    def get(self, path: str, scope: KeyScope = KeyScope.READ) -> Any:
        return self.client.get(f"/till/v1/{path}", headers={"Authorization": f"Bearer {self.tokens[scope]}"})

    def hook(self, body: object, at: datetime | None = None, secret: str = SECRET) -> Any:
        content = json.dumps(body).encode()
        signed = headers(secret, content, at or self.now[0])
        return self.client.post(
            "/till/v1/webhook", content=content, headers=signed | {"Content-Type": "application/json"}
        )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite+pysqlite:///{lay_tables(tmp_path / 'state.db')}")
    yield opened
    opened.close()


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with database.begin() as tx:
        tokens = {scope: keys.make(tx, CORP, scope.label, [scope], NOW) for scope in KeyScope}
    now = [NOW]
    desk = TillDesk(
        database=database,
        corp_id=CORP,
        clock=lambda: now[0],
        redeem=telling.no_grants,
        refund=telling.no_grants,
        rules=TillRules(points=PointsRule(guide_point_fen=100, customer_point_fen=100)),
        tells_others=True,
    )
    app = FastAPI(openapi_url=None)
    app.include_router(till_routes(desk, Pace(100_000), SECRET, lambda: now[0]))
    with TestClient(app) as client:
        yield House(database, app, client, tokens, now=now)


def order(event_id: str = "e1", **more: object) -> dict[str, Any]:
    told = {
        "order_id": "O1",
        "customer_id": "C1",
        "store_id": "S1",
        "ordered_at": AT,
        "paid_fen": 9000,
        "lines": [{"sku": "A1", "quantity": 2, "amount_fen": 8000}, {"sku": "A2", "quantity": 1, "amount_fen": 4000}],
    }
    return {"event_id": event_id, "occurred_at": AT, "order": told | more}


def redemption(event_id: str = "e2", **more: object) -> dict[str, Any]:
    told = {"redemption_id": "X1", "grant_id": "G1", "order_id": "O1", "amount_fen": 3000}
    return {"event_id": event_id, "occurred_at": AT, "redemption": told | more}


def refund(event_id: str = "e3", **more: object) -> dict[str, Any]:
    told = {"refund_id": "R1", "order_id": "O1", "lines": [{"line": 1, "quantity": 1}]}
    return {"event_id": event_id, "occurred_at": AT, "refund": told | more}


def stock(event_id: str = "e4", quantity: int = 5) -> dict[str, Any]:
    counts = [{"store_id": "S1", "sku": "A1", "quantity": quantity}]
    return {"event_id": event_id, "occurred_at": AT, "stock": {"counts": counts}}
