"""Tells the shop's own system what became of each event: signed, tried again until it is acknowledged with a 2xx."""

import asyncio
from dataclasses import dataclass

import httpx2
import structlog

from assistant.clock import Clock
from assistant.store.database import Database, DatabaseTrouble
from assistant.store.till import webhooks
from assistant.store.till.webhooks import Waiting
from assistant.till.signing import headers

log = structlog.get_logger()

AT_ONCE = 50
EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class WebhookSender:
    """Sends to one address. ``client`` carries the time limits; close it outside. ``clock`` is the real one."""

    database: Database
    corp_id: str
    client: httpx2.Client
    url: str
    secret: str
    clock: Clock

    def send_due(self) -> int:
        """Try every message that is due, at most fifty; returns how many arrived. A failure is written and tried later."""
        with self.database.begin() as tx:
            due = webhooks.take_due(tx, self.corp_id, self.clock(), AT_ONCE)
        return sum(self._send(message) for message in due)

    def _send(self, message: Waiting) -> bool:
        body = message.body.encode()
        signed = headers(self.secret, body, self.clock())
        try:
            answer = self.client.post(self.url, content=body, headers={"Content-Type": "application/json", **signed})
        except httpx2.HTTPError as error:
            arrived, detail = False, type(error).__name__
        else:
            arrived, detail = answer.is_success, str(answer.status_code)
        with self.database.begin() as tx:
            webhooks.mark(tx, self.corp_id, message, arrived=arrived, detail=detail)
        return arrived


async def tend(sender: WebhookSender) -> None:
    """Keep sending until cancelled; a database that is busy or gone is tried again like everything else."""
    while True:
        try:
            await asyncio.to_thread(sender.send_due)
        except DatabaseTrouble:
            log.exception("webhooks wait")
        await asyncio.sleep(EVERY_SECONDS)
