"""A message taken in: kept for good before WeCom is answered, whatever the database is doing; then a turn is asked for.

Within half a second a message is in the database or, where that is busy or gone, in the spool (safety B6), from which
it is stored as soon as the database takes it. Only when neither works is the call left to time out.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from assistant.errors import NotKept
from assistant.spool import Spool
from assistant.store import conversations
from assistant.store.conversations import Accepted, Incoming
from assistant.store.database import Database, DatabaseTrouble

log = structlog.get_logger()

PATIENCE_SECONDS = 0.5
"""A large file being read in may hold SQLite's one write lock for seconds; WeCom should be answered in one."""
DRAIN_SECONDS = 1.0
SWEEP_SECONDS = 20.0
"""How often messages are looked for that no job was asked for; asking twice for one runs it once."""


@dataclass
class Intake:
    """Stores messages in order of arrival. ``accept`` stores one once, ``enqueue`` asks for its turn's job."""

    database: Database
    accept: Callable[[Incoming], Accepted]
    enqueue: Callable[[Accepted], None]
    spool: Spool
    # only the one asking thread touches it; a message leaves it once it has its turn
    _asked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        # one writer thread: SQLite takes one writer at a time, and waiting in a queue is cheaper than on its lock
        self._storing = ThreadPoolExecutor(1 if self.database.is_sqlite else 8, thread_name_prefix="intake")
        self._spooling = ThreadPoolExecutor(1, thread_name_prefix="spool")
        # jobs are asked for after the answer has left: their database is busier than ours, and the sweep makes up for
        # whatever is lost in between
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="asking")

    async def take(self, incoming: Incoming) -> None:
        """Keep a message for good; raises NotKept when that cannot be done."""
        storing = asyncio.wrap_future(self._storing.submit(self._store, incoming))
        # after the spool has it nobody waits for this any more
        storing.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait_for(asyncio.shield(storing), PATIENCE_SECONDS)
        except (TimeoutError, DatabaseTrouble) as trouble:
            log.warning("message spooled", msgid=incoming.msgid, why=type(trouble).__name__)
            await asyncio.get_running_loop().run_in_executor(self._spooling, self._keep, incoming)

    async def tend(self) -> None:
        """Drain the spool and look for forgotten messages, now and then, until cancelled."""
        turn = 0
        while True:
            await asyncio.sleep(DRAIN_SECONDS)
            turn += 1
            if self.spool.waiting:
                self._storing.submit(self.drain)
            if turn * DRAIN_SECONDS % SWEEP_SECONDS == 0:
                self._asking.submit(self._look_for_forgotten)

    def drain(self) -> None:
        """Store what is in the spool; what the database does not take yet stays there."""
        try:
            self.spool.drain(self._accept)
        except DatabaseTrouble as trouble:
            log.warning("the spool waits on", why=type(trouble).__name__)

    def close(self) -> None:
        """Finish what was begun. What is still in the spool is stored by the next start."""
        for threads in (self._storing, self._spooling, self._asking):
            threads.shutdown(wait=True)

    def _store(self, incoming: Incoming) -> None:
        # what waits longer is earlier talk
        if self.spool.waiting:
            self.spool.drain(self._accept)
        self._accept(incoming)

    def _accept(self, incoming: Incoming) -> None:
        accepted = self.accept(incoming)
        # a repeat asks again too: the first may have been stored by a process that died before it asked
        if accepted.needs_turn:
            self._asking.submit(self._ask, accepted)

    def _keep(self, incoming: Incoming) -> None:
        try:
            self.spool.keep(incoming)
        except OSError as trouble:
            raise NotKept(f"{type(trouble).__name__}: {trouble.strerror}") from trouble

    def _ask(self, accepted: Accepted) -> None:
        try:
            self.enqueue(accepted)
        except Exception:
            # nobody waits for this thread's errors; the message is stored, and the sweep asks for it again
            log.exception("turn not asked for, the sweep will", number=accepted.number)
            return
        self._asked.add(accepted.number)

    def _look_for_forgotten(self) -> None:
        try:
            with self.database.read() as tx:
                waiting = conversations.all_unanswered(tx)
        except DatabaseTrouble:
            log.exception("no sweep this time")
            return
        self._asked.intersection_update(accepted.number for accepted in waiting)
        for accepted in waiting:
            if accepted.number not in self._asked:
                self._ask(accepted)
