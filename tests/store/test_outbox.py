"""A reply on its way out: laid out once, sent in order, seen again after a crash, and never hidden when it failed."""

import pytest
from sqlalchemy import select

from assistant.seams import Receipt, SendState
from assistant.store import outbox, tables
from assistant.store.database import AlreadyThere, Database
from tests.store.making import CORP, SENT, converse, record, write


@pytest.fixture
def laid_out(database: Database) -> Database:
    write(database, record("T1", converse(database)), record("T2", converse(database)))
    with database.begin() as tx:
        outbox.put(tx, CORP, "T1", "Lin", ("一", "二", "三"))
    return database


def texts(database: Database, turn_id: str = "T1") -> list[str]:
    with database.read() as tx:
        return [part.text for part in outbox.unsent(tx, turn_id)]


def test_parts_wait_in_order(laid_out: Database) -> None:
    assert texts(laid_out) == ["一", "二", "三"]
    assert texts(laid_out, "T2") == []


def test_a_reply_is_laid_out_once(laid_out: Database) -> None:
    with pytest.raises(AlreadyThere), laid_out.begin() as tx:
        outbox.put(tx, CORP, "T1", "Lin", ("又一次",))
    assert texts(laid_out) == ["一", "二", "三"]


def test_an_empty_reply_needs_no_sending(laid_out: Database) -> None:
    with laid_out.begin() as tx:
        outbox.put(tx, CORP, "T2", "Lin", ())
    with laid_out.read() as tx:
        assert [one.turn_id for one in outbox.all_unsent(tx)] == ["T1"]


def test_a_part_being_sent_when_the_process_died_is_sent_again(laid_out: Database) -> None:
    with laid_out.begin() as tx:
        first = outbox.unsent(tx, "T1")[0]
        outbox.mark_sending(tx, first)
    assert texts(laid_out) == ["一", "二", "三"]
    with laid_out.read() as tx:
        assert [part.state for part in outbox.unsent(tx, "T1")] == ["sending", "pending", "pending"]


@pytest.mark.parametrize(
    "receipt",
    [
        SENT,
        Receipt(state=SendState.FAILED, detail="errcode 81013"),
        Receipt(state=SendState.UNKNOWN, detail="timeout"),
    ],
    ids=lambda receipt: receipt.state.value,
)
def test_what_wecom_answered_is_kept_and_ends_the_sending(laid_out: Database, receipt: Receipt) -> None:
    with laid_out.begin() as tx:
        first = outbox.unsent(tx, "T1")[0]
        outbox.mark_sending(tx, first)
        outbox.mark_sending(tx, first)
        outbox.mark(tx, first, receipt)
    assert texts(laid_out) == ["二", "三"]
    with laid_out.read() as tx:
        rows = tx.execute(select(tables.outbox).order_by(tables.outbox.c.part)).all()
    assert [(row.state, row.message_id, row.detail, row.attempts) for row in rows] == [
        (receipt.state.value, receipt.message_id, receipt.detail, 2),
        ("pending", "", "", 0),
        ("pending", "", "", 0),
    ]


def test_the_sweep_names_a_turn_once_until_all_of_it_is_out(laid_out: Database) -> None:
    with laid_out.begin() as tx:
        outbox.put(tx, CORP, "T2", "Lin", ("四",))
        assert sorted(one.turn_id for one in outbox.all_unsent(tx)) == ["T1", "T2"]
        assert {one.conversation_id for one in outbox.all_unsent(tx)} == {f"wecom:{CORP}:lin"}
        for part in outbox.unsent(tx, "T1"):
            outbox.mark(tx, part, SENT)
    with laid_out.read() as tx:
        assert [one.turn_id for one in outbox.all_unsent(tx)] == ["T2"]


def test_nothing_is_laid_out_when_the_turn_is_not_written(database: Database) -> None:
    """Record and reply stand in one transaction; the outbox cannot run ahead of the record."""
    with pytest.raises(AlreadyThere), database.begin() as tx:
        outbox.put(tx, CORP, "T404", "Lin", ("一",))
    with database.read() as tx:
        assert outbox.all_unsent(tx) == ()
