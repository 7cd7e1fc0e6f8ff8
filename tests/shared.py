"""What takes most of a second to begin and is alike for every test: made once a process, then copied or handed on."""

import atexit
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.store.database import Database
from knowledge.reading.capped import CappedReader


@cache
def file_reader() -> CappedReader:
    """One reading child for all houses of this process; it is the real one, limits and all."""
    reader = CappedReader()
    atexit.register(reader.close)
    return reader


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        database = Database(f"sqlite+pysqlite:///{path}")
        database.migrate()
        database.close()
        return path.read_bytes()


def lay_tables(path: Path) -> Path:
    """Put a SQLite file there as the real migrations leave it; a file that is there already stays."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())
    return path
