"""Durable jobs by DBOS: one queue of turns, in order within a conversation, resumed after a crash.

DBOS owns the queue, the retries and the recovery; here stands only what our job is called and how it is keyed.
Ids sort by arrival, because on SQLite DBOS breaks ties of one second by workflow id.
"""

from collections.abc import Callable
from typing import Any

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

QUEUE = "turns"
# pinned: the default is a hash of the code, and an interrupted job of the version before would not be resumed
APPLICATION_VERSION = "1"
POLL_SECONDS = 0.05
# a locked or restarting database is back soon; what fails this often waits for the sweep at the next start
ATTEMPTS = 3
RETRY_SECONDS = 0.5


class Jobs:
    """The one durable queue of a process. Only one may be open at a time: DBOS keeps its state per process."""

    def __init__(
        self,
        url: str,
        *,
        executor_id: str,
        workers: int,
        run_turn: Callable[[int], None],
        send_turn: Callable[[str], None],
        send_notice: Callable[[int], None],
    ) -> None:
        self._workers = workers
        config: DBOSConfig = {
            "name": "daogou",
            "system_database_url": url,
            "application_version": APPLICATION_VERSION,
            "executor_id": executor_id,
            "enable_otlp": False,
            "log_level": "WARNING",
            "dbos_system_schema": "daogou_jobs",
        }
        self._dbos = DBOS(config=config)

        # DBOS marks the functions it is given, and a bound method cannot be marked
        @DBOS.step(name="answer", retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=RETRY_SECONDS)
        def answer(number: int) -> None:
            run_turn(number)

        def turn(number: int) -> None:
            answer(number)

        def send(turn_id: str) -> None:
            send_turn(turn_id)

        def tell(number: int) -> None:
            send_notice(number)

        self._run_turn: Callable[[int], Any] = DBOS.workflow(name="turn")(turn)
        self._send_turn: Callable[[str], Any] = DBOS.workflow(name="send")(send)
        self._send_notice: Callable[[int], Any] = DBOS.workflow(name="tell")(tell)

    def start(self, *, work: bool = True) -> None:
        """Connect, recover what an earlier process of this executor left, and begin to work (or only to enqueue)."""
        if not work:
            DBOS.listen_queues([])
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._workers,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )

    def enqueue_turn(self, number: int, conversation_id: str, attempt: str = "") -> None:
        """Ask for the turn of one message; asking twice runs it once.

        A job that ended in an error is over for DBOS, so whoever asks again for a message that was left
        unanswered names an ``attempt`` of its own.
        """
        name = f"turn-{number:015d}-{attempt}" if attempt else f"turn-{number:015d}"
        with SetWorkflowID(name), SetEnqueueOptions(queue_partition_key=conversation_id):
            DBOS.enqueue_workflow(QUEUE, self._run_turn, number)

    def enqueue_send(self, turn_id: str, attempt: str, conversation_id: str) -> None:
        """Ask for the sending of what a crash left unsent; ``attempt`` tells one recovery from the next."""
        with SetWorkflowID(f"send-{turn_id}-{attempt}"), SetEnqueueOptions(queue_partition_key=conversation_id):
            DBOS.enqueue_workflow(QUEUE, self._send_turn, turn_id)

    def enqueue_notice(self, number: int, attempt: str, userid: str) -> None:
        """Ask for the sending of a notice, in order for each person; asking twice for one ``attempt`` sends once."""
        name = f"tell-{number:015d}-{attempt}"
        with SetWorkflowID(name), SetEnqueueOptions(queue_partition_key=f"notices:{userid.lower()}"):
            DBOS.enqueue_workflow(QUEUE, self._send_notice, number)

    def stop(self) -> None:
        """Stop working and let go of the database; what is unfinished goes on at the next start."""
        self._dbos.destroy(destroy_registry=True)
