"""The log of contacts is one for all guides, a wish for no more holds until she agrees anew, and two guides cannot both be first."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from assistant.outreach.caps import may_write
from assistant.rulebook import ContactRules
from assistant.shop import Purpose
from assistant.store import contacts, customers, tables
from assistant.store.contacts import ContactMade, TakingBack
from assistant.store.database import Database
from assistant.turn import Intent
from tests.store.making import CORP

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def shop(database: Database) -> Database:
    """Two customers of two guides, both agreed to marketing."""
    with database.begin() as tx:
        tx.execute(
            insert(tables.source).values(
                source_id="src", corp_id=CORP, root="r", name="f", sha256="0", version=1, ingested_at=NOON, report={}
            )
        )
        for customer_id, guide in (("C1", "lin"), ("C2", "xu")):
            tx.execute(
                insert(tables.customer).values(
                    corp_id=CORP,
                    customer_id=customer_id,
                    source_id="src",
                    name=customer_id,
                    address_as="",
                    phone="",
                    tier="",
                    tier_level=0,
                    points=0,
                    birthday=None,
                    tags=[],
                    facts=[],
                    consents=[purpose.value for purpose in Purpose],
                    guide_folded=guide,
                    store_id="S1",
                    joined_at=None,
                )
            )
    return database


def write(database: Database, turn_id: str, at: datetime, customer_id: str = "C1", guide: str = "Lin") -> None:
    with database.begin() as tx:
        contacts.note(tx, CORP, ContactMade(turn_id, customer_id, guide, "S1", Intent.CARE, "", at))


def stop(database: Database, moment: datetime = NOON) -> None:
    with database.begin() as tx:
        contacts.stop(tx, CORP, "C1", guide="Xu", turn_id="T1", moment=moment, in_her_words=True)


def consents(database: Database) -> tuple[Purpose, ...]:
    with database.read() as tx:
        found = customers.customer_of_guide(tx, CORP, "lin", "C1", NOON)
    assert found is not None
    return found.consents


def test_contacts_of_every_guide_count_and_only_those_of_this_shanghai_month(shop: Database) -> None:
    write(shop, "T1", NOON)
    write(shop, "T2", NOON - timedelta(days=3), guide="xu")
    write(shop, "T3", datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    write(shop, "T4", datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    write(shop, "T5", NOON, customer_id="C2")
    with shop.read() as tx:
        reach = contacts.reach_of(tx, CORP, "C1", NOON)
        assert reach.contacts == (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), NOON - timedelta(days=3), NOON)
        assert contacts.reach_of_guide(tx, CORP, "LIN", NOON) == {"C1": reach}
        assert set(contacts.reach_of_corp(tx, CORP, NOON)) == {"C1", "C2"}
        assert contacts.reach_of(tx, "another", "C1", NOON).contacts == ()


def test_one_draft_counts_once_however_often_its_words_are_changed(shop: Database) -> None:
    write(shop, "T1", NOON)
    write(shop, "T1", NOON + timedelta(minutes=5))
    with shop.read() as tx:
        assert contacts.reach_of(tx, CORP, "C1", NOON).contacts == (NOON,)
        assert contacts.is_noted(tx, CORP, "T1")
        assert not contacts.is_noted(tx, CORP, "T2")


def test_a_wish_for_no_more_takes_marketing_away_everywhere_and_nothing_else(shop: Database) -> None:
    stop(shop)
    assert consents(shop) == (Purpose.SERVICE, Purpose.PERSONALISATION)
    with shop.read() as tx:
        assert contacts.reach_of_guide(tx, CORP, "lin", NOON)["C1"].stopped
        assert contacts.reach_of_guide(tx, CORP, "xu", NOON) == {}
        assert [one.consents for one in customers.customers_of_guide(tx, CORP, "lin", NOON)] == [consents(shop)]


def test_it_outlives_the_shops_file_and_ends_when_she_agrees_anew(shop: Database) -> None:
    stop(shop)
    for agreed, stands in ((NOON - timedelta(days=1), False), (NOON, False), (NOON + timedelta(days=1), True)):
        with shop.begin() as tx:
            tx.execute(update(tables.customer).where(tables.customer.c.customer_id == "C1").values(consented_at=agreed))
        assert (Purpose.MARKETING in consents(shop)) == stands
        with shop.read() as tx:
            assert contacts.reach_of(tx, CORP, "C1", NOON).stopped != stands
    stop(shop, NOON + timedelta(days=2))
    assert Purpose.MARKETING not in consents(shop)


def test_of_two_guides_at_once_one_is_first(shop: Database) -> None:
    """Asked and counted under one hold, as a click does it."""

    def click(number: int) -> bool:
        with shop.begin() as tx:
            contacts.hold(tx, CORP, "C1")
            free = may_write(ContactRules(), contacts.reach_of(tx, CORP, "C1", NOON), NOON).allowed
            time.sleep(0.02)
            if free:
                made = ContactMade(f"T{number}", "C1", f"guide{number}", "S1", Intent.CARE, "", NOON)
                contacts.note(tx, CORP, made)
            return free

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(click, range(6))) == [False] * 5 + [True]
    with shop.read() as tx:
        rows: list[Any] = list(tx.execute(select(tables.contact)))
    assert len(rows) == 1


# ---- a wish written down for the wrong customer --------------------------------------------------


def wish(database: Database, turn_id: str, moment: datetime, customer_id: str = "C1") -> None:
    with database.begin() as tx:
        contacts.stop(tx, CORP, customer_id, guide="Xu", turn_id=turn_id, moment=moment, in_her_words=True)


def take_back(database: Database, turn_id: str, whose: str = "") -> bool:
    with database.begin() as tx:
        found = contacts.wishes_of_turn(tx, CORP, turn_id)[-1]
        return contacts.take_back(tx, CORP, found, TakingBack("HQ", NOON, "记错了人", whose))


def stopped(database: Database, customer_id: str = "C1") -> datetime | None:
    with database.read() as tx:
        found = contacts.standing_wish(tx, CORP, customer_id)
        assert contacts.reach_of(tx, CORP, customer_id, NOON).stopped is (found is not None)
    return found.at if found is not None else None


def test_a_wish_taken_back_stops_nothing_and_is_remembered(shop: Database) -> None:
    wish(shop, "T1", NOON)
    assert stopped(shop) == NOON
    assert take_back(shop, "T1")
    assert stopped(shop) is None
    assert Purpose.MARKETING in consents(shop)
    with shop.read() as tx:
        (told,) = contacts.wishes_of_turn(tx, CORP, "T1")
    assert (told.taken_back_by, told.taken_back_why, told.moved) == ("hq", "记错了人", False)


def test_what_else_she_wished_still_stops(shop: Database) -> None:
    """A wish of her own from before, and one after, outlive the one that was not hers."""
    before, between, after = NOON - timedelta(days=9), NOON - timedelta(days=5), NOON - timedelta(days=1)
    wish(shop, "T1", before)
    wish(shop, "T2", between)
    assert take_back(shop, "T2")
    assert stopped(shop) == before
    wish(shop, "T3", after)
    assert stopped(shop) == after
    assert take_back(shop, "T1")
    assert stopped(shop) == after


def test_words_move_to_whoever_said_them_and_count_from_when_they_were_said(shop: Database) -> None:
    said = NOON - timedelta(days=3)
    wish(shop, "T1", said)
    assert take_back(shop, "T1", "C2")
    assert (stopped(shop), stopped(shop, "C2")) == (None, said)
    with shop.read() as tx:
        first, second = contacts.wishes_of_turn(tx, CORP, "T1")
    assert (first.customer_id, first.moved, second.customer_id, second.taken_back_by) == ("C1", True, "C2", "")
    # and back again, should that have been the mistake
    assert take_back(shop, "T1", "C1")
    assert (stopped(shop), stopped(shop, "C2")) == (said, None)


def test_of_two_who_take_it_back_one_comes_second(shop: Database) -> None:
    wish(shop, "T1", NOON)
    with shop.read() as tx:
        (found,) = contacts.wishes_of_turn(tx, CORP, "T1")

    def taken(_: int) -> bool:
        with shop.begin() as tx:
            return contacts.take_back(tx, CORP, found, TakingBack("HQ", NOON, "记错了人", "C2"))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(taken, range(4))) == [False, False, False, True]
