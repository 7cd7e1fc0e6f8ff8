"""A migrated database of its own for every test, on SQLite and, where it runs, on PostgreSQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.store.database import Database
from tests.conftest import POSTGRES_URL
from tests.shared import lay_tables


@contextmanager
def on_the_server(template: str = "template1") -> Iterator[str]:
    """The address of a new PostgreSQL database made after another; dropped at the end."""
    import psycopg

    server = POSTGRES_URL.replace("+psycopg", "")
    name = f"daogou_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
    yield POSTGRES_URL.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a PostgreSQL database that was migrated once; it is only copied."""
    with on_the_server() as url:
        database = Database(url)
        database.migrate()
        database.close()
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite+pysqlite:///{lay_tables(tmp_path / 'state.db')}")
        yield opened
        opened.close()
        return
    with on_the_server(request.getfixturevalue("migrated_postgres")) as url:
        opened = Database(url)
        yield opened
        opened.close()
