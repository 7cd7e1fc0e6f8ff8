"""A migrated and empty database for every test, on SQLite and, where it runs, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from assistant.store.database import Database
from tests.conftest import on_the_server
from tests.shared import lay_tables


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a PostgreSQL database that was migrated once; it is only copied."""
    with on_the_server() as url:
        database = Database(url)
        database.migrate()
        database.close()
        yield url.rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def kept_postgres(migrated_postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database that one test after another uses and leaves empty."""
    with on_the_server(migrated_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite+pysqlite:///{lay_tables(tmp_path / 'state.db')}")
        yield opened
        opened.close()
        return
    opened = Database(request.getfixturevalue("kept_postgres"))
    yield opened
    _empty(opened)
    opened.close()


_LET_GO = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""
_DELETE = """
    do $$
    declare found record;
    begin
        for found in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
            execute format('delete from %I', found.tablename);
        end loop;
        for found in select sequencename, start_value from pg_sequences loop
            perform setval(format('%I', found.sequencename)::regclass, found.start_value, false);
        end loop;
    end $$
"""


def _empty(database: Database) -> None:
    """Leave the tables as the migrations do: to make and drop a database costs ten times as much."""
    with database.begin() as tx:
        # a process that a test killed may not have let go yet
        tx.execute(text(_LET_GO))
        # past foreign keys and the trigger that keeps the audit log
        tx.execute(text("set local session_replication_role = replica"))
        tx.execute(text(_DELETE))
