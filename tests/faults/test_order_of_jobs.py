"""The durable queue: each job once, one at a time within a conversation, in order of arrival, across a restart."""

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from assistant.store.jobs import Jobs
from tests.way.house import until

CONVERSATIONS = 4
JOBS = 40


@dataclass
class Seen:
    """What ran, per conversation, and whether two of one conversation ever ran at once."""

    ran: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    overlapped: bool = False
    _running: set[int] = field(default_factory=set)
    # guards all of the above: jobs run in several threads
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, number: int) -> None:
        """A job that takes long enough for another to overtake it, if it may."""
        conversation = number % CONVERSATIONS
        with self._lock:
            self.overlapped = self.overlapped or conversation in self._running
            self._running.add(conversation)
        time.sleep(0.01)
        with self._lock:
            self._running.discard(conversation)
            self.ran[conversation].append(number)

    def count(self) -> int:
        """How many have run."""
        with self._lock:
            return sum(len(numbers) for numbers in self.ran.values())


def nothing(_: object) -> None:
    """Nothing is sent in these tests."""


def jobs_on(url: str, seen: Seen) -> Jobs:
    """A queue whose turns are noted down."""
    return Jobs(url, executor_id="one", workers=4, run_turn=seen.run, send_turn=nothing, send_notice=nothing)


def enqueue(jobs: Jobs, numbers: list[int]) -> None:
    """Ask for turns, each twice, as a repeated callback does."""
    for number in numbers:
        jobs.enqueue_turn(number, f"conversation-{number % CONVERSATIONS}")
        jobs.enqueue_turn(number, f"conversation-{number % CONVERSATIONS}")


def test_jobs_of_a_conversation_run_once_in_order_and_never_two_at_a_time(tmp_path: Path) -> None:
    url, seen = f"sqlite:///{tmp_path / 'jobs.db'}", Seen()
    jobs = jobs_on(url, seen)
    jobs.start(work=True)
    try:
        enqueue(jobs, list(range(JOBS)))
        until(lambda: seen.count() >= JOBS, 30, what="all jobs")
        time.sleep(0.2)
    finally:
        jobs.stop()
    assert not seen.overlapped
    assert dict(seen.ran) == {one: list(range(one, JOBS, CONVERSATIONS)) for one in range(CONVERSATIONS)}


def test_jobs_asked_for_in_any_order_and_left_behind_all_run_after_a_restart(tmp_path: Path) -> None:
    url, seen = f"sqlite:///{tmp_path / 'jobs.db'}", Seen()
    shuffled = random.Random(7).sample(range(JOBS), JOBS)
    before = jobs_on(url, seen)
    before.start(work=False)
    try:
        enqueue(before, shuffled)
    finally:
        before.stop()
    assert seen.count() == 0
    after = jobs_on(url, seen)
    after.start(work=True)
    try:
        enqueue(after, shuffled)
        until(lambda: seen.count() >= JOBS, 30, what="all jobs")
        time.sleep(0.2)
    finally:
        after.stop()
    assert not seen.overlapped
    assert {one: sorted(numbers) for one, numbers in seen.ran.items()} == {
        one: list(range(one, JOBS, CONVERSATIONS)) for one in range(CONVERSATIONS)
    }
