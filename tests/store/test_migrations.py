"""The real migrations, on both databases: up, checked against the tables, down, and up again."""

from pathlib import Path

import pytest
from alembic import command

from assistant.store.database import Database, alembic_config


def run_all(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.migrate()
    assert database.is_migrated()
    command.check(alembic_config(url))
    command.downgrade(alembic_config(url), "base")
    assert not database.is_migrated()
    database.migrate()
    database.close()


def test_sqlite(tmp_path: Path) -> None:
    run_all(f"sqlite+pysqlite:///{tmp_path / 'state.db'}")


@pytest.mark.postgres
def test_postgres(postgres_url: str) -> None:
    run_all(postgres_url)
