"""Read files in a child process of their own: a file may be made to exhaust or break its reader, never the service.

The child has 1 GB of address space (2 GB with recognition of pictures), 30 seconds of CPU and 60 of waiting for one file, no secrets in its environment and
no network. It is kept for the next file, since starting one costs a quarter of a second, and replaced when it dies.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path, PurePosixPath
from threading import Lock
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from knowledge.reading.blocks import Reading, ReadingProblem
from knowledge.reading.cleaning import display_name
from knowledge.reading.recognising import installed

READING = TypeAdapter(Reading)
_MEGABYTE = 1024 * 1024
_MOST_FILES = 200
# what a Python needs to start; everything else may be a secret
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Limits:
    """What reading one file may take: bytes of address space, seconds of CPU, seconds until it is given up.

    Recognition of pictures, where it is installed, maps 1.2 GB (of which 650 MB are ever used), so it gets 2 GB.
    """

    memory: int = field(default_factory=lambda: (2048 if installed() else 1024) * _MEGABYTE)
    cpu_seconds: int = 30
    wall_seconds: float = 60.0


@dataclass(frozen=True)
class _Child:
    """A running child and the end of the pipe to it."""

    process: "subprocess.Popen[bytes]"
    pipe: Connection

    def kill(self) -> int:
        """Kill the child and whatever it started; returns its exit code."""
        self.pipe.close()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class CappedReader:
    """Reads files one after the other in a child, whichever threads ask."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._child: _Child | None = None
        self._read = 0
        # one file is in the child at a time
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child = None
            self._read = 0

    def read(self, path: Path, name: str = "") -> Reading:
        """Read a file as ``knowledge.reading.read.read`` does; one that breaks a limit gives a Reading that says so.

        Raises OSError when ``path`` cannot be opened.
        """
        with path.open("rb"):
            pass
        with self._turn:
            return self._ask(path, name or path.name)

    def _ask(self, path: Path, name: str) -> Reading:
        if self._read >= _MOST_FILES:
            self.close()
        child = self._child or _start(self._limits)
        self._child = child
        self._read += 1
        try:
            child.pipe.send_bytes(f"{path.resolve()}\n{name}".encode())
            if child.pipe.poll(self._limits.wall_seconds):
                return READING.validate_json(child.pipe.recv_bytes())
            waited = True
        except (EOFError, OSError):
            waited = False
        died = self._given_up()
        return _unreadable(name, *_why(died, self._limits, waited=waited))

    def _given_up(self) -> int:
        child, self._child, self._read = self._child, None, 0
        if child is None:
            return 0
        # a child that died by itself has told why in its exit code; killing it comes too late to change that
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(0.5)
        return child.kill()


def _start(limits: Limits) -> _Child:
    ours, theirs = Pipe()
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "knowledge.reading.child"),
            *(str(theirs.fileno()), str(limits.memory), str(limits.cpu_seconds)),
        ],
        pass_fds=(theirs.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    theirs.close()
    return _Child(process, ours)


def _why(code: int, limits: Limits, *, waited: bool) -> tuple[str, str]:
    if waited or code == -signal.SIGXCPU:
        return "读了太久还没读完，已经停下", "请拆成几个小文件，或用原来的软件另存一次再上传；来历不明的文件请不要上传"
    megabytes = limits.memory // _MEGABYTE
    return (
        f"读的时候占用内存超过 {megabytes} MB，或让读取程序崩溃，已经停下",
        "请删掉多余的图片和工作表，拆小后再上传；来历不明的文件请不要上传",
    )


def _unreadable(name: str, reason: str, remedy: str) -> Reading:
    file = display_name(name)
    path = PurePosixPath(file)
    problem = ReadingProblem(file, "", reason, remedy)
    return Reading(file, "", path.suffix.lower().lstrip("."), path.stem, problems=(problem,))
