"""An admin's ruling stands over the staff file, and a file read again does not undo it."""

import pytest
from sqlalchemy import delete, insert

from assistant.errors import NotFound
from assistant.shop import Role
from assistant.store import access, people, tables
from assistant.store.database import Database
from assistant.store.people import PeopleFilter, Ruling
from tests.console.shop import CORP, NOW, Shop
from tests.store.staffing import staff

MANAGER = Ruling(Role.MANAGER, "S1", "R1", True)


@pytest.fixture
def shop(database: Database) -> Shop:
    made = Shop(database)
    staff(made)
    return made


def rule(shop: Shop, userid: str, ruling: Ruling | None, seen: int = 0) -> bool:
    with shop.database.begin() as tx:
        return people.rule(tx, CORP, userid, ruling, by="Admin", moment=NOW, seen=seen)


def test_a_ruling_is_what_access_reads(shop: Shop) -> None:
    assert rule(shop, "GUIDE1", MANAGER)
    with shop.database.read() as tx:
        found = access.access_person(tx, CORP, "guide1")
        assert (found.role, found.store_id) == (Role.MANAGER, "S1")
        assert [one.userid for one in access.access_guides(tx, CORP)] == ["guide2"]
        assert [one.userid for one in access.access_managers(tx, CORP)] == ["admin", "guide1"]
        assert access.access_stores(tx, CORP, found) == frozenset({"S1"})


def test_whoever_is_closed_is_not_there(shop: Shop) -> None:
    rule(shop, "guide1", Ruling(Role.GUIDE, "S1", "R1", False))
    with shop.database.read() as tx:
        with pytest.raises(NotFound):
            access.access_person(tx, CORP, "guide1")
        assert not people.line(tx, CORP, "guide1").active


def test_a_ruling_survives_the_file(shop: Shop) -> None:
    rule(shop, "guide1", MANAGER)
    with shop.database.begin() as tx:
        values = dict(
            tx.execute(tables.person.select().where(tables.person.c.userid_folded == "guide1")).one()._mapping
        )
        tx.execute(delete(tables.person).where(tables.person.c.userid_folded == "guide1"))
        tx.execute(insert(tables.person).values(**values))
    with shop.database.read() as tx:
        line = people.line(tx, CORP, "guide1")
    assert line.role is Role.MANAGER
    assert line.filed == Ruling(Role.GUIDE, "S1", "R1", True)


def test_a_ruling_can_be_given_back_to_the_file(shop: Shop) -> None:
    rule(shop, "guide1", MANAGER)
    assert rule(shop, "guide1", None, seen=1)
    with shop.database.read() as tx:
        line = people.line(tx, CORP, "guide1")
    assert (line.role, line.filed, line.changes) == (Role.GUIDE, None, 2)


def test_who_saved_on_an_older_one_is_told(shop: Shop) -> None:
    assert rule(shop, "guide1", MANAGER)
    assert not rule(shop, "guide1", Ruling(Role.ADMIN, "", "", True))
    with shop.database.read() as tx:
        assert people.line(tx, CORP, "guide1").role is Role.MANAGER


def test_people_are_found_by_role_store_and_name(shop: Shop) -> None:
    rule(shop, "guide2", Ruling(Role.GUIDE, "S2", "R1", False))
    with shop.database.read() as tx:

        def found(**asked: object) -> list[str]:
            return [one.userid for one in people.lines(tx, CORP, PeopleFilter(**asked), limit=10)]  # type: ignore[arg-type]

        assert found() == ["admin", "guide1", "guide2"]
        assert found(role=Role.GUIDE, active=True) == ["guide1"]
        assert found(store_id="S2") == ["guide2"]
        assert found(active=False) == ["guide2"]
        assert found(words="员工ad") == ["admin"]
        assert found(words="GUIDE") == ["guide1", "guide2"]
        assert found(words="%") == []
        assert [one.userid for one in people.lines(tx, CORP, PeopleFilter(), after="admin", limit=1)] == ["guide1"]
        assert people.lines(tx, "other corp", PeopleFilter(), limit=10) == ()


def test_admins_are_counted_with_their_rulings(shop: Shop) -> None:
    with shop.database.read() as tx:
        assert people.active_admins(tx, CORP) == {"admin"}
    rule(shop, "guide1", Ruling(Role.ADMIN, "", "", True))
    rule(shop, "admin", Ruling(Role.ADMIN, "", "", False))
    with shop.database.read() as tx:
        assert people.active_admins(tx, CORP) == {"guide1"}


def test_stores_count_who_is_there(shop: Shop) -> None:
    rule(shop, "guide2", MANAGER)
    with shop.database.read() as tx:
        counts = people.counts_by_store(tx, CORP)
    assert counts == {"S1": people.StoreCount(guides=1, managers=1)}
