"""A pause after several failures in a row, so that turns do not each wait out a dead model."""

import threading
from collections.abc import Callable

from assistant.errors import ModelUnavailable
from assistant.seams import ModelReason


class Breaker:
    """After the pause one question is let through; its failure starts the next pause.

    The lock guards the two numbers, since turns run on several threads.
    """

    def __init__(self, *, failures: int, pause_seconds: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = 0.0

    def enter(self) -> None:
        """Let a question pass, or raise ModelUnavailable(paused)."""
        with self._lock:
            if self._failed < self._limit:
                return
            now = self._clock()
            if now < self._closed_until:
                raise ModelUnavailable(ModelReason.PAUSED, f"{self._closed_until - now:.0f} s left")
            # everybody but this one caller keeps waiting until its answer is in
            self._closed_until = now + self._pause

    def succeeded(self) -> None:
        """Forget the failures."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count one more failure in a row."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._closed_until = self._clock() + self._pause
