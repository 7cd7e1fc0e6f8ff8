"""Alembic's environment: the same migrations on SQLite and PostgreSQL; tables that are not ours are left alone.

All the steps are one transaction on both: a migration that is killed half-way has changed nothing.
"""

from contextlib import closing

from alembic import context
from sqlalchemy.schema import SchemaItem

from assistant.store.database import Database
from assistant.store.tables import metadata


def _ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compared: SchemaItem | None) -> bool:
    return kind != "table" or name in metadata.tables


def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise RuntimeError("sqlalchemy.url is not set")
    with closing(Database(url)) as database, database.engine.connect() as connection:
        if database.is_sqlite:
            # a batch step puts a new table in place of an old one: that deletes nothing others point at
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            include_object=_ours,
            # Alembic takes SQLite for unable, as Python's driver used to be
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_run()
