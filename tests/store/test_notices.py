"""A notice is put once by its key, sent once, and its fate is kept; on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from assistant.seams import Receipt, SendState
from assistant.store import notices, tables
from assistant.store.database import Database
from tests.store.making import CORP, NOW, SENT

KEY = "task:TK1:start:lin"


def put(database: Database, key: str = KEY, text: str = "今天有 2 位客户要联系", userid: str = "Lin") -> bool:
    with database.begin() as tx:
        return notices.put(tx, CORP, userid, text, key, NOW)


def texts(database: Database) -> list[str]:
    with database.read() as tx:
        return [one.text for one in notices.unsent(tx, CORP)]


def test_the_same_is_told_once_and_the_first_words_stand(database: Database) -> None:
    assert put(database)
    assert not put(database, text="别的话")
    assert put(database, "task:TK1:end:lin", "明天截止")
    assert texts(database) == ["今天有 2 位客户要联系", "明天截止"]
    with database.read() as tx:
        assert notices.unsent(tx, "another-corp") == ()


def test_two_at_once_put_one(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: put(database), range(8))) == [False] * 7 + [True]
    assert len(texts(database)) == 1


def test_nothing_is_put_when_the_deed_does_not_come_to_be(database: Database) -> None:
    def fail() -> None:
        with database.begin() as tx:
            notices.put(tx, CORP, "Lin", "一", KEY, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert texts(database) == []


def test_one_being_sent_when_the_process_died_is_sent_again(database: Database) -> None:
    put(database)
    with database.begin() as tx:
        [one] = notices.unsent(tx, CORP)
        notices.mark_sending(tx, one.number)
        again = notices.waiting(tx, one.number)
    assert again is not None
    assert (again.state, again.attempts, again.userid) == ("sending", 1, "Lin")
    assert len(texts(database)) == 1


@pytest.mark.parametrize(
    "receipt",
    [SENT, Receipt(state=SendState.FAILED, detail="60020"), Receipt(state=SendState.UNKNOWN, detail="timeout")],
    ids=lambda receipt: receipt.state.value,
)
def test_what_wecom_answered_is_kept_and_ends_the_sending(database: Database, receipt: Receipt) -> None:
    put(database)
    with database.begin() as tx:
        [one] = notices.unsent(tx, CORP)
        notices.mark_sending(tx, one.number)
        notices.mark(tx, one.number, receipt)
    assert texts(database) == []
    with database.read() as tx:
        assert notices.waiting(tx, one.number) is None
        row = tx.execute(select(tables.notice)).one()
        failed = [each.detail for each in notices.not_told(tx, CORP, "task:TK1:start:")]
        assert notices.not_told(tx, CORP, "task:TK2:") == ()
    assert (row.state, row.message_id, row.detail) == (receipt.state.value, receipt.message_id, receipt.detail)
    assert failed == ([] if receipt is SENT else [receipt.detail])
