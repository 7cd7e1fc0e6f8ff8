"""Servers in processes of their own, and what they hold of the machine's memory."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.faults.process import ROOT
from tests.way.house import free_port, until


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, as ``ps`` tells it, in MB."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


@contextmanager
def bare_process(log: Path) -> Iterator["Bare"]:
    """The bare FastAPI app, served by uvicorn as the service is."""
    port = free_port()
    serve = f"import uvicorn; uvicorn.run('tests.bench.bare:app', port={port}, log_level='warning')"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", serve], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        bare = Bare(port, process.pid)
        until(bare.answers, 30, what="the bare service")
        yield bare
    finally:
        process.kill()
        process.wait()


class Bare:
    """Where the bare service listens."""

    def __init__(self, port: int, pid: int) -> None:
        self.pid = pid
        self.url = f"http://127.0.0.1:{port}"

    def answers(self) -> bool:
        """Say whether it is up."""
        try:
            return httpx2.get(f"{self.url}/health", timeout=1.0, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False
