"""The child that reads files for ``capped``: limits first, then one file after the other until the pipe closes."""

import ctypes
import os
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path

_NEW_USER = 0x10000000
_NEW_NETWORK = 0x40000000
_MODESTY = 10
"""The niceness of the child: a tenth of a contended core. At 19 a busy machine leaves it too little to end in time."""
# no reader has business with any of these; what a library does in C goes past this hook, not past the namespace
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ftplib.", "urllib.")


def main() -> None:
    """Serve the pipe whose number, memory and CPU limit stand in the arguments."""
    number, memory, cpu = (int(word) for word in sys.argv[1:4])
    from knowledge.reading.capped import READING
    from knowledge.reading.read import read

    _leave_the_network()
    # whoever waits for an answer goes first: a file can wait
    os.nice(_MODESTY)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    with Connection(number) as pipe:
        while True:
            try:
                path, name = pipe.recv_bytes().decode().split("\n", 1)
            except EOFError:
                return
            _allow(cpu)
            pipe.send_bytes(READING.dump_json(read(Path(path), name)))


def _leave_the_network() -> None:
    """Go into a network namespace without any device; where the kernel forbids that, the hook alone has to do."""
    ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER | _NEW_NETWORK)


def _allow(cpu: int) -> None:
    """Give the next file its seconds on top of what was used; the kernel ends a process that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + cpu
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _refuse(event: str, _: object) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"a reader of files may not use {event}")


if __name__ == "__main__":
    main()
    # pdfium's own threads may still be up; nothing is left to be written
    os._exit(0)
