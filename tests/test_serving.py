"""The chores of every minute: one that breaks keeps no other from being done, and is tried again."""

import asyncio
from collections import Counter

import pytest

from assistant import serving
from assistant.serving import Chore, sweep


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
