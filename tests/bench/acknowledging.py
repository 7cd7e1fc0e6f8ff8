"""How soon a callback is acknowledged: open-loop, encrypted, signed, over loopback, while the turns are being answered.

Open-loop: a message leaves at its moment whether or not the ones before it were answered, and its time counts from
that moment, so a service that stalls does not slow its own measurement down.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from eval.simulator.callbacks import GuideMessage, Kind, Posting, posting
from eval.simulator.faults import CallbackFaults
from tests.way.house import company

PER_SECOND = 50
SECONDS = 20
FIRST_MSGID = 7_000_000_000
QUESTIONS = (
    "开封了还能退不",
    "积分怎么算",
    "敏感肌能用舒缓修护霜吗",
    "满多少包邮",
    "云润保湿精华液多少钱",
    "今天联系谁",
)


@dataclass(frozen=True)
class Load:
    """What came of a load: milliseconds to each acknowledgement, and how many were not 200."""

    milliseconds: tuple[float, ...]
    refused: int


def postings(guides: Sequence[str]) -> list[Posting]:
    """The callbacks of the whole run, made beforehand so that making them costs the measurement nothing."""
    config, now = company(0), int(time.time())
    return [
        posting(
            config,
            GuideMessage(FIRST_MSGID + n, guides[n % len(guides)], Kind.TEXT, QUESTIONS[n % len(QUESTIONS)], now),
            CallbackFaults(),
            now,
        )
        for n in range(PER_SECOND * SECONDS)
    ]


def load(url: str, callbacks: Sequence[Posting]) -> Load:
    """Send them at their moments."""
    return asyncio.run(_load(url, callbacks))


async def _load(url: str, callbacks: Sequence[Posting]) -> Load:
    spent: list[float] = []
    refused = 0
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx2.AsyncClient(timeout=30.0, limits=limits, trust_env=False) as client:
        began = time.perf_counter() + 0.2

        async def one(number: int, callback: Posting) -> None:
            nonlocal refused
            due = began + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answer = await client.post(url, params=callback.query, content=callback.body)
            spent.append((time.perf_counter() - due) * 1000)
            refused += answer.status_code != httpx2.codes.OK

        await asyncio.gather(*(one(number, callback) for number, callback in enumerate(callbacks)))
    return Load(tuple(spent), refused)
