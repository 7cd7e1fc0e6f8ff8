"""Run an app on a free port in a thread, for tests, eval and demonstrations."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import SystemRandom

import uvicorn
from starlette.types import ASGIApp

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class DidNotStart(Exception):
    """The app refused to start, or took too long."""


@dataclass(frozen=True)
class RunningServer:
    """Where the app answers."""

    url: str
    """Without a slash at its end, e.g. ``http://127.0.0.1:40123``."""
    port: int


def free_port() -> int:
    """A port nobody listens on now, below those that the system gives to outgoing connections: one of the hundreds that
    a run opens would otherwise now and then take it before the server does."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def serving(app: ASGIApp, port: int = 0, *, host: str = "127.0.0.1") -> Iterator[RunningServer]:
    """Serve ``app`` until the block ends; port 0 takes a free one.

    Raises :class:`DidNotStart`, or OSError when the port is taken.
    """
    listener = _listener(host, port)
    bound = int(listener.getsockname()[1])
    # The plain loop and parser: enough here, and their transports can be cut by a fault.
    config = uvicorn.Config(
        app, loop="asyncio", http="h11", ws="none", log_level="critical", lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield RunningServer(f"http://{host}:{bound}", bound)
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        listener.close()


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    # uvicorn leaves with SystemExit when the app's start fails; the waiting thread sees that this one has ended.
    with suppress(SystemExit):
        server.run([listener])


def _listener(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio turns off Nagle's wait (40 ms an answer, measured) only on such sockets.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise DidNotStart("the app did not start; see its log")
        time.sleep(0.005)
