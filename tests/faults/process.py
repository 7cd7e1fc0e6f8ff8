"""The service as a process of its own, so that it can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2
from pydantic import SecretStr

from assistant.settings import Settings
from assistant.store import conversations, outbox, turns
from assistant.store.database import Database
from assistant.turn import TurnRecord
from tests.way.house import CORP, until

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as an operator would set them."""
    values = {f"DAOGOU_{name.upper()}": _as_text(value) for name, value in dict(settings).items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAOGOU_")}
    # whatever is unset stays out: an empty value would be read as a value
    return kept | {name: value for name, value in values.items() if value}


def _as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return '["' + '","'.join(value) + '"]'
    return "" if value is None else str(value.isoformat() if hasattr(value, "isoformat") else value)


def command(settings: Settings, *words: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a ``daogou`` command as a process."""
    environment: Mapping[str, str] = environment_of(settings)
    # the folder of the project's own .env is not where this runs
    return subprocess.Popen(
        [sys.executable, "-m", "assistant", *words],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=settings.data_dir,
        stdout=log,
        stderr=subprocess.STDOUT,
    )


@dataclass
class ServiceProcess:
    """``daogou serve`` in a process, its log in a file beside its data."""

    settings: Settings
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.settings.data_dir / f"serve-{self.settings.executor_id}.log"

    @property
    def callback(self) -> str:
        """Where it takes callbacks."""
        return f"http://127.0.0.1:{self.settings.listen_port}/wecom/callback"

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = command(self.settings, "serve", log=log)
        until(self._answers, START_SECONDS, what=f"the start of the service ({self.log})")

    def kill(self) -> None:
        """``kill -9``: no goodbye, no clean-up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended:\n{self.log.read_text(encoding='utf-8')}")
        try:
            health = httpx2.get(f"http://127.0.0.1:{self.settings.listen_port}/health", timeout=1.0, trust_env=False)
        except httpx2.TransportError:
            return False
        return health.status_code == 200


@contextmanager
def service_process(settings: Settings) -> Iterator[ServiceProcess]:
    """A running service, killed at the end."""
    service = ServiceProcess(settings)
    service.start()
    try:
        yield service
    finally:
        service.kill()


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The house's database, opened beside the service to look into."""
    database = Database(settings.database)
    try:
        yield database
    finally:
        database.close()


def is_idle(database: Database) -> bool:
    """Say whether nothing is left to answer or to send."""
    with database.read() as tx:
        return not conversations.all_unanswered(tx) and not outbox.all_unsent(tx)


def records(database: Database) -> list[TurnRecord]:
    """Every turn, oldest first."""
    with database.read() as tx:
        return list(turns.every(tx, CORP))
