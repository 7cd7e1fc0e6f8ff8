"""Alembic's environment: the same migrations on SQLite and PostgreSQL; tables that are not ours are left alone."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.schema import SchemaItem

from assistant.store.tables import metadata


def _ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compared: SchemaItem | None) -> bool:
    return kind != "table" or name in metadata.tables


def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise RuntimeError("sqlalchemy.url is not set")
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, include_object=_ours)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
