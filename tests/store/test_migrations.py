"""The real migrations, on both databases: up, checked against the tables, down, and up again."""

from pathlib import Path

import pytest
from alembic import command

from assistant.store.database import Database, DatabaseTrouble, alembic_config


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


def fails_half_way(url: str) -> None:
    """A table of the newest step stands in the way: every step before it is taken back, and the next try goes through."""
    database = Database(url)
    with database.begin() as tx:
        tx.exec_driver_sql("create table marketing_wish (x integer)")
    with pytest.raises(DatabaseTrouble, match="marketing_wish"):
        database.migrate()
    assert not database.is_migrated()
    with database.begin() as tx:
        tx.exec_driver_sql("drop table marketing_wish")
    database.migrate()
    assert database.is_migrated()
    database.close()


def test_a_migration_that_fails_leaves_sqlite_as_it_was(tmp_path: Path) -> None:
    fails_half_way(f"sqlite+pysqlite:///{tmp_path / 'state.db'}")


@pytest.mark.postgres
def test_a_migration_that_fails_leaves_postgres_as_it_was(postgres_url: str) -> None:
    fails_half_way(postgres_url)
