"""A migrated database of its own for every test, on SQLite and, where it runs, on PostgreSQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.store.database import Database
from tests.conftest import POSTGRES_URL


@contextmanager
def _on_the_server(template: str = "template1") -> Iterator[str]:
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
    with _on_the_server() as url:
        database = Database(url)
        database.migrate()
        database.close()
        yield url.rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated once; it is only copied."""
    path = tmp_path_factory.mktemp("migrated") / "state.db"
    database = Database(f"sqlite+pysqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        copy = tmp_path / "state.db"
        copy.write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
        opened = Database(f"sqlite+pysqlite:///{copy}")
        yield opened
        opened.close()
        return
    with _on_the_server(request.getfixturevalue("migrated_postgres")) as url:
        opened = Database(url)
        yield opened
        opened.close()
