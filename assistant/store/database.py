"""One way to open the state: SQLite with the settings that keep it safe, or PostgreSQL; the same code above both."""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection as Transaction
from sqlalchemy import Engine, Table, create_engine, event, insert, inspect, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError as AlreadyThere
from sqlalchemy.exc import SQLAlchemyError as DatabaseTrouble

__all__ = ["AlreadyThere", "Database", "DatabaseTrouble", "Snapshot", "Transaction", "upsert"]


if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger(__name__)

_ROWS_LOOKED_AT = 400
"""Of each index; within what https://www.sqlite.org/lang_analyze.html recommends."""


class Database:
    """An engine and the one way to a transaction. Close it when done."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # SQLite takes one writer; threads that wait here wake at once, in its busy handler they sleep up to 100 ms
        self._writing: AbstractContextManager[object] = Lock() if self.is_sqlite else nullcontext()
        self.engine: Engine = create_engine(
            url,
            pool_pre_ping=not self.is_sqlite,
            # an error's text goes into the log, and the values of a statement are messages and phones
            hide_parameters=True,
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Open one transaction; it commits at the end of the block and rolls back on any error."""
        with self._writing, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a connection for reading only: no write lock is taken on SQLite."""
        with self.engine.connect().execution_options(daogou_read_only=True) as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables to the newest version. Runs the real migrations; doing it twice changes nothing."""
        # 11 MB and half a second that a running service does not need
        from alembic import command

        command.upgrade(alembic_config(self.url), "head")

    def is_migrated(self) -> bool:
        """Say whether the tables are there at all (``daogou doctor`` tells the rest)."""
        return inspect(self.engine).has_table("corp")

    def copy_to(self, other: "Database", tables: Sequence[Table]) -> None:
        """Copy these tables' rows into another migrated database, parents first; this one is only read."""
        with self.read() as ours, other.begin() as theirs:
            for table in tables:
                for part in ours.execution_options(yield_per=1000).execute(select(table)).partitions():
                    theirs.execute(insert(table), [dict(row._mapping) for row in part])

    def remember(self) -> "Snapshot":
        """Keep the whole state as it is now in memory, to return to it with ``Snapshot.restore``; SQLite only."""
        return Snapshot(self)

    def empty_journal(self) -> None:
        """Write SQLite's journal into its file and cut it to nothing, so that no older copy of a row is left in it.

        Readers at work may keep a part of it back until they end. PostgreSQL sees to its own.
        """
        if self.is_sqlite:
            with self._writing, self.engine.connect() as connection:
                raw = _raw(connection)
                raw.rollback()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def gather_statistics(self) -> None:
        """Let SQLite look how rows are spread, so that it goes by the index that tells most apart.

        Without it every index counts as equally good, and a page may walk through all turns of the corp. A few hundred
        rows of each index are looked at: milliseconds, however large the file. Where another process is writing it is left
        for another time. PostgreSQL's autovacuum does it itself.
        """
        if self.is_sqlite:
            with self._writing, self.engine.connect() as connection:
                raw = _raw(connection)
                raw.rollback()
                raw.execute(f"PRAGMA analysis_limit={_ROWS_LOOKED_AT}").fetchall()
                # whoever writes now goes first: the next night or the next start will do
                raw.execute("PRAGMA busy_timeout=0").fetchall()
                try:
                    raw.execute("ANALYZE").fetchall()
                except sqlite3.OperationalError as trouble:
                    log.info("statistics left for another time", why=str(trouble))
            # only connections that are opened from now on read them
            self.engine.dispose()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


class Snapshot:
    """The state of a SQLite database at one moment. Nobody else may use the database while it is restored."""

    def __init__(self, database: Database) -> None:
        if not database.is_sqlite:
            raise ValueError("only a SQLite database can be remembered whole")
        self._database = database
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with database.engine.connect() as connection:
            _raw(connection).backup(self._kept)

    def restore(self) -> None:
        """Bring the database back to that moment, whatever was written since."""
        with self._database.engine.connect() as connection:
            self._kept.backup(_raw(connection))

    def close(self) -> None:
        """Let go of the kept state."""
        self._kept.close()


def _raw(connection: Transaction) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def upsert(tx: Transaction, table: Table) -> Any:
    """An INSERT into this table that may be told what to do where the row is there already: both databases can, each by
    a statement of its own dialect."""
    return (sqlite_insert if tx.dialect.name == "sqlite" else pg_insert)(table)


def alembic_config(url: str) -> "Config":
    """Alembic's configuration for one database; no alembic.ini is needed."""
    from alembic.config import Config

    # its default is whatever stood there when alembic was imported, which may be closed by now
    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _prepare_sqlite(raw: Any, _: Any) -> None:
    # pysqlite would begin only at the first write; with our own BEGIN a read-then-write cannot deadlock
    raw.isolation_level = None
    cursor = raw.cursor()
    # secure_delete: what was deleted for a person must not be left readable in the free pages of the file
    wanted = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON", "secure_delete=ON")
    for pragma in wanted:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Transaction) -> None:
    reading = connection.get_execution_options().get("daogou_read_only", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
