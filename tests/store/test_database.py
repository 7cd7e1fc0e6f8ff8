"""What SQLite is told of its own rows, so that a page with few turns of many does not walk through all of them."""

import sqlite3
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, text

from assistant.store.database import Database
from assistant.store.tables import conversation, metadata, turn
from tests.console.shop import CORP, NOW

TURNS = 2_000
FEW = "SELECT count(*) FROM turn WHERE corp_id = 'corp' AND turn_id IN (SELECT turn_id FROM outbox WHERE state = 'failed')"


def way(database: Database) -> str:
    """How SQLite would go about it."""
    with database.read() as tx:
        return " ".join(str(row) for row in tx.execute(text(f"EXPLAIN QUERY PLAN {FEW}")))


def test_few_turns_are_found_by_their_ids_among_many(tmp_path: Path) -> None:
    database = Database(f"sqlite+pysqlite:///{tmp_path / 'many.db'}")
    metadata.create_all(database.engine)
    with database.begin() as tx:
        tx.execute(
            insert(conversation).values(
                conversation_id="c", corp_id=CORP, guide_folded="g", channel="wecom", current_customer_id=""
            )
        )
        row = {"corp_id": CORP, "conversation_id": "c", "guide_folded": "g", "store_id": "S1", "customer_id": ""}
        head = {**row, "intent": "stock", "reply_kind": "drafts", "record": {}}
        rows = [
            {**head, "turn_id": f"T{number:012d}", "finished_at": NOW + timedelta(seconds=number)}
            for number in range(TURNS)
        ]
        tx.execute(insert(turn), rows)
    with database.read() as held:
        # a connection that is in use meanwhile is not disturbed
        assert held.execute(text("SELECT count(*) FROM turn")).scalar_one() == TURNS
        assert "corp_id=?" in way(database)
        database.gather_statistics()
        assert held.execute(text("SELECT count(*) FROM turn")).scalar_one() == TURNS
    assert "turn_id=?" in way(database)
    assert "corp_id=?" not in way(database)
    database.close()


def test_where_another_process_writes_it_is_left_for_another_time(tmp_path: Path) -> None:
    """A service that starts while a large file is read in must not wait for it, nor break."""
    path = tmp_path / "busy.db"
    database = Database(f"sqlite+pysqlite:///{path}")
    metadata.create_all(database.engine)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database.gather_statistics()
    other.execute("ROLLBACK")
    other.close()
    with database.begin() as tx:
        assert tx.execute(text("PRAGMA busy_timeout")).scalar_one() == 5000
    database.close()
