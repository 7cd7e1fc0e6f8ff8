"""Where messages wait that the database could not take: a file of lines, written through to the disk."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog

from assistant.store.conversations import Incoming

log = structlog.get_logger()


class Spool:
    """One process's spool in its data folder; safe for threads.

    New lines go into ``spool.jsonl``. Draining first takes that file aside, so that nobody waits to write meanwhile;
    what was taken aside is older than whatever came since and is drained first, also after a crash.
    """

    def __init__(self, folder: Path) -> None:
        self._fresh = folder / "spool.jsonl"
        self._taken = folder / "spool-taken.jsonl"
        self._writing = Lock()
        self._draining = Lock()
        self._waiting = self._fresh.is_file() or self._taken.is_file()

    @property
    def waiting(self) -> bool:
        """Say whether anything is in it."""
        return self._waiting

    def keep(self, incoming: Incoming) -> None:
        """Keep a message: on the disk when this returns. Raises OSError."""
        body = {**incoming._asdict(), "received_at": incoming.received_at.isoformat()}
        # the first line end keeps it apart from what a crash may have torn off before
        line = f"\n{json.dumps(body)}\n".encode()
        with self._writing:
            is_first = not self._fresh.is_file()
            # messages stand in it: nobody else's eyes
            with open(os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if is_first:
                _sync_folder(self._fresh.parent)
            self._waiting = True

    def drain(self, store: Callable[[Incoming], None]) -> None:
        """Hand every message on, oldest first. When ``store`` raises, what is left stays and comes again."""
        with self._draining:
            while self._take_aside():
                for incoming in _lines(self._taken):
                    store(incoming)
                self._taken.unlink()

    def _take_aside(self) -> bool:
        if self._taken.is_file():
            return True
        with self._writing:
            if not self._fresh.is_file():
                self._waiting = False
                return False
            self._fresh.rename(self._taken)
            return True


def _lines(path: Path) -> Iterator[Incoming]:
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        try:
            body = json.loads(line)
            yield Incoming(**{**body, "received_at": datetime.fromisoformat(body["received_at"])})
        except (ValueError, TypeError, KeyError):
            # torn off by a crash while it was written, so it was never acknowledged and comes again from WeCom
            log.warning("torn line in the spool left out", bytes=len(line))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
