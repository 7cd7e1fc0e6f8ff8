"""A person in every table is forgotten: none of twenty strings of hers is left, the figures are, and others' are."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from assistant.errors import NotFound
from assistant.store import audit, erasing, privacy, tables, turns
from assistant.store.audit import AuditAction
from assistant.store.database import Database
from assistant.store.datamap import data_map
from assistant.store.privacy import Order
from assistant.store.tables import metadata
from tests.console.shop import CORP, Shop
from tests.store.seeding import (
    HER_ID,
    HER_NAME,
    HER_PHONE,
    NOW,
    OTHER_TURN,
    STRINGS,
    TURN,
    found_in,
    seed,
)
from tests.store.staffing import staff

KEY = b"a key for tests"
ORDER = Order(HER_ID, "admin", f"{HER_NAME}本人来电要求删除", NOW, KEY)


@pytest.fixture
def shop(database: Database) -> Shop:
    made = Shop(database)
    staff(made)
    seed(made)
    return made


def test_the_seed_reaches_every_table_that_can_hold_her(shop: Shop) -> None:
    named = {place.partition(".")[0] for place in found_in(shop.database)}
    personal = {name for name, one in data_map().tables.items() if one.personal}
    # her name is in no index of words as a whole, and a receipt is made by forgetting
    assert personal - named <= {"receipt", "turn_word", "gap_word"}
    assert {place.rpartition(": ")[2] for place in found_in(shop.database)} == set(STRINGS)


def test_nothing_of_hers_is_left_in_any_table(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    assert found_in(shop.database) == []


def test_no_index_of_words_spells_her_name(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        for table in (tables.turn_word, tables.gap_word):
            assert not set(tx.execute(select(table.c.word)).scalars()) & {"慕容", "容晚", "晚晴"}


def test_orders_grants_and_figures_stay(shop: Shop) -> None:
    kept: tuple[str, ...] = (
        "order_line",
        "till_order",
        "coupon_grant",
        "grant_event",
        "coupon_tally",
        "points_entry",
        "till_event",
    )
    kept += ("turn", "turn_summary", "task_item", "contact", "action", "message")

    def counts() -> dict[str, int]:
        with shop.database.read() as tx:
            return {
                name: tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in kept
            }

    before = counts()
    privacy.forget(shop.database, CORP, ORDER)
    assert counts() == before
    with shop.database.read() as tx:
        grants = set(tx.execute(select(tables.coupon_grant.c.customer_id)).scalars())
        tallies = set(tx.execute(select(tables.coupon_tally.c.owner)).scalars())
    pseudonym = {one for one in grants if one.startswith(erasing.GONE)}
    assert len(pseudonym) == 1
    # a counter and its grants still belong to one another
    assert pseudonym <= tallies


def test_her_turn_can_still_be_read_and_counted(shop: Shop) -> None:
    with shop.database.read() as tx:
        before = turns.read(tx, TURN)
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        after = turns.read(tx, TURN)
    assert before is not None
    assert after is not None
    assert (after.need.intent, len(after.drafts), after.timings) == (
        before.need.intent,
        len(before.drafts),
        before.timings,
    )
    assert [one.outcome for one in after.verdicts] == [one.outcome for one in before.verdicts]
    assert after.offer is not None
    assert after.offer.pay_fen == 43600
    assert {one.text for one in after.messages} == {""}


def test_another_customers_turn_only_loses_her_name(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        record = turns.read(tx, OTHER_TURN)
    assert record is not None
    assert record.messages[0].text == "〔已删除〕介绍来的，电话〔已删除〕，编号〔已删除〕"
    assert record.need.customer_id == "HY-2"
    assert record.drafts[0].text


def test_whoever_has_the_same_name_keeps_it(shop: Shop) -> None:
    with shop.database.begin() as tx:
        tx.execute(tables.customer.update().where(tables.customer.c.customer_id == "HY-2").values(name=HER_NAME))
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        assert privacy.person(tx, CORP, "HY-2").name == HER_NAME
        record = turns.read(tx, OTHER_TURN)
    assert record is not None
    assert record.messages[0].text == f"{HER_NAME}介绍来的，电话〔已删除〕，编号〔已删除〕"


def test_the_receipt_tells_what_was_done_and_names_nobody(shop: Shop) -> None:
    made = privacy.forget(shop.database, CORP, ORDER, {"exports/慕容晚晴.xlsx": 3})
    assert made.number == "SC20261122-0001"
    assert {one.label for one in made.done} >= {"会员档案", "每一轮的完整记录", "发给客户的券", "积分流水", "店长签发"}
    assert all(one.rows or one.mentions for one in made.done)
    with shop.database.read() as tx:
        again = privacy.read_receipt(tx, CORP, made.number)
    assert again.reason == "〔已删除〕本人来电要求删除"
    assert dict(again.files) == {"exports/〔已删除〕.xlsx": 3}
    assert privacy.is_genuine(again)
    assert not privacy.is_genuine(again._replace(reason="别的"))
    assert not privacy.is_genuine(again._replace(done=again.done[1:]))


def test_the_log_holds_the_receipts_number_and_nothing_else(shop: Shop) -> None:
    made = privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=AuditAction.DELETE)
    assert (entry.subject, dict(entry.details), entry.by) == (f"receipt:{made.number}", {}, "admin")


def test_she_is_known_again_by_number_or_phone_and_nobody_else_is(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.read() as tx:
        gone = privacy.everybody_forgotten(tx, CORP, KEY)
        other_key = privacy.everybody_forgotten(tx, CORP, b"another key")
        assert privacy.receipt_of(tx, CORP, KEY, HER_ID) == "SC20261122-0001"
        assert privacy.receipt_of(tx, CORP, KEY, "", HER_PHONE) == "SC20261122-0001"
        assert privacy.receipt_of(tx, "other corp", KEY, HER_ID) == ""
    assert gone.holds(HER_ID)
    assert gone.holds("a new number", HER_PHONE)
    assert not gone.holds("HY-2", "13800000000")
    assert not gone.other_keys
    assert not other_key.holds(HER_ID, HER_PHONE)
    assert other_key.other_keys


def test_a_second_time_there_is_nobody(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    with pytest.raises(NotFound):
        privacy.forget(shop.database, CORP, ORDER)


def test_the_next_receipt_has_the_next_number(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    later = ORDER._replace(customer_id="HY-2", moment=NOW + timedelta(days=1))
    assert privacy.forget(shop.database, CORP, later).number == "SC20261123-0002"


def test_her_own_wish_lets_her_return(shop: Shop) -> None:
    privacy.forget(shop.database, CORP, ORDER)
    with shop.database.begin() as tx:
        assert privacy.let_return(tx, CORP, KEY, HER_ID, HER_PHONE) == 2
        assert not privacy.everybody_forgotten(tx, CORP, KEY).holds(HER_ID, HER_PHONE)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_file_of_the_database_holds_none_of_her_strings(shop: Shop) -> None:
    """Deleted rows must not be left in SQLite's free pages or its journal (safety I9); PostgreSQL clears its own pages."""
    privacy.forget(shop.database, CORP, ORDER)
    path = shop.database.engine.url.database
    assert path
    content = b""
    for part in Path(path).parent.glob(Path(path).name + "*"):
        content += part.read_bytes()
    assert content
    written = [*STRINGS, *(json.dumps(word)[1:-1] for word in STRINGS)]
    assert [word for word in written if word.encode() in content] == []
