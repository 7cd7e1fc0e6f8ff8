"""The audit log: whole, in order, and any change of it shows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from assistant.store import audit
from assistant.store.audit import AuditAction
from assistant.store.database import Database, DatabaseTrouble

NOW = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)


def write(database: Database, number: int = 3, corp: str = "corp") -> None:
    for one in range(number):
        with database.begin() as tx:
            audit.append(tx, corp, NOW, "HQ", AuditAction.PUBLISH, f"script:SC{one}", version=str(one))


def test_every_entry_is_sealed_with_the_one_before(database: Database) -> None:
    write(database)
    write(database, 2, "other")
    with database.read() as tx:
        chain, others = audit.verify(tx, "corp"), audit.verify(tx, "other")
        newest = audit.entries(tx, "corp", limit=2)
    assert (chain.entries, chain.broken_at, others.entries, others.broken_at) == (3, None, 2, None)
    assert [one.number for one in newest] == [3, 2]
    assert newest[0].digest == chain.head
    assert (newest[0].by, newest[0].details) == ("hq", {"version": "2"})


def test_an_empty_log_is_whole(database: Database) -> None:
    with database.read() as tx:
        assert audit.verify(tx, "corp") == audit.Chain(0, audit.FIRST, None)


@pytest.mark.parametrize("deed", ["UPDATE audit_entry SET subject = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_it(database: Database, deed: str) -> None:
    write(database)
    with pytest.raises(DatabaseTrouble, match="append-only"), database.begin() as tx:
        tx.exec_driver_sql(deed)
    with database.read() as tx:
        assert audit.verify(tx, "corp").entries == 3


@pytest.mark.parametrize(
    ("deed", "broken_at"),
    [
        ("UPDATE audit_entry SET subject = 'script:other' WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 2", 3),
        ("UPDATE audit_entry SET at = '2026-12-01 02:31:00' WHERE number = 3", 3),
    ],
)
def test_going_round_the_database_breaks_the_chain(database: Database, deed: str, broken_at: int) -> None:
    write(database)
    with database.begin() as tx:
        if database.is_sqlite:
            tx.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
            tx.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
        else:
            tx.exec_driver_sql("DROP TRIGGER audit_entry_append_only ON audit_entry")
        tx.exec_driver_sql(deed)
        assert audit.verify(tx, "corp").broken_at == broken_at
        tx.rollback()


def test_many_at_once_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write(database), range(4)))
    with database.read() as tx:
        chain = audit.verify(tx, "corp")
    assert (chain.entries, chain.broken_at) == (12, None)
