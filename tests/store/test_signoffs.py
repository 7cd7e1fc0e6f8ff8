"""A sign-off is answered once, whoever asks at the same moment, and not after its time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from assistant.shop import Person, Role
from assistant.store import access, outbox, signoffs, tables
from assistant.store.database import AlreadyThere, Database
from assistant.store.signoffs import Decision
from assistant.turn import SignOffStanding, SignOffStatus
from tests.store.making import CORP, NOW, converse, people, person, record, write

UNTIL = NOW + timedelta(hours=2)


@pytest.fixture
def asked(database: Database) -> Database:
    """T1 waits with two drafts; T2 waits for nobody."""
    conversation = converse(database)
    write(database, record("T1", conversation), record("T2", conversation))
    ask(database, "T1")
    return database


def ask(database: Database, turn_id: str) -> None:
    with database.begin() as tx:
        signoffs.ask(tx, CORP, turn_id, "wecom:corp:lin", drafts=(1, 3), moment=NOW, until=UNTIL)


def standing(database: Database, turn_id: str = "T1", *, minutes: int = 0, as_then: bool = False) -> SignOffStanding:
    with database.read() as tx:
        found = signoffs.standing(tx, turn_id, NOW + timedelta(minutes=minutes), as_then=as_then)
    assert found is not None
    return found


def test_a_turn_is_laid_before_its_managers_once(asked: Database) -> None:
    assert standing(asked) == SignOffStanding(status=SignOffStatus.WAITING, until=UNTIL)
    with pytest.raises(AlreadyThere):
        ask(asked, "T1")
    with asked.read() as tx:
        assert signoffs.standing(tx, "T2", NOW) is None


def test_the_first_word_stands(asked: Database) -> None:
    word = Decision("Boss", (1,), "第三条太满", "先问清楚")
    with asked.begin() as tx:
        assert signoffs.decide(tx, "T1", word, NOW + timedelta(minutes=5))
        assert not signoffs.decide(tx, "T1", Decision("other", ()), NOW + timedelta(minutes=6))
        assert not signoffs.withdraw(tx, "T1", NOW + timedelta(minutes=6))
    assert standing(asked, minutes=600) == SignOffStanding(
        status=SignOffStatus.SIGNED, until=UNTIL, signed=(1,), by="boss", reason="第三条太满", advice="先问清楚"
    )
    with asked.begin() as tx:
        assert signoffs.expire_due(tx, CORP, UNTIL + timedelta(days=1)) == ()


def test_a_replay_sees_it_as_it_was_then(asked: Database) -> None:
    with asked.begin() as tx:
        signoffs.decide(tx, "T1", Decision("boss", (1,)), NOW + timedelta(minutes=5))
    assert standing(asked, minutes=4, as_then=True).status is SignOffStatus.WAITING
    assert standing(asked, minutes=5, as_then=True).status is SignOffStatus.SIGNED
    # two machines whose clocks differ a little agree all the same
    assert standing(asked, minutes=4).status is SignOffStatus.SIGNED
    with asked.read() as tx:
        assert signoffs.latest_signed(tx, "wecom:corp:lin") == "T1"
        assert signoffs.latest_signed(tx, "wecom:corp:lin", NOW) == ""
        assert signoffs.latest_signed(tx, "wecom:corp:other") == ""


def test_the_time_is_over_at_its_end_and_is_told_once(asked: Database) -> None:
    assert standing(asked, minutes=119).status is SignOffStatus.WAITING
    assert standing(asked, minutes=120).status is SignOffStatus.TIMED_OUT
    with asked.begin() as tx:
        assert not signoffs.decide(tx, "T1", Decision("boss", (1,)), UNTIL)
        assert signoffs.expire_due(tx, CORP, UNTIL - timedelta(seconds=1)) == ()
        assert signoffs.expire_due(tx, "another-corp", UNTIL) == ()
        [due] = signoffs.expire_due(tx, CORP, UNTIL)
        assert (due.turn_id, due.drafts, due.until) == ("T1", (1, 3), UNTIL)
        assert signoffs.expire_due(tx, CORP, UNTIL) == ()
    assert standing(asked).status is SignOffStatus.TIMED_OUT


def test_many_hands_at_once_are_one_word(asked: Database) -> None:
    """A manager's word and what the guide is told of it go together: nobody else's part takes the same number."""

    def answer(number: int) -> bool:
        with asked.begin() as tx:
            if not signoffs.decide(tx, "T1", Decision(f"boss{number}", (1,)), NOW):
                return False
            outbox.add(tx, CORP, "T1", "Lin", (f"经理{number}签发了",))
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(answer, range(6))) == 1
    with asked.read() as tx:
        assert [part.part for part in outbox.unsent(tx, "T1")] == [0]


def test_a_word_and_the_end_of_its_time_do_not_both_count(asked: Database) -> None:
    def sweep(_: int) -> int:
        with asked.begin() as tx:
            return len(signoffs.expire_due(tx, CORP, UNTIL))

    def decide(_: int) -> int:
        with asked.begin() as tx:
            return int(signoffs.decide(tx, "T1", Decision("boss", (1,)), UNTIL - timedelta(seconds=1)))

    with ThreadPoolExecutor(4) as pool:
        swept = [pool.submit(sweep, 0), pool.submit(sweep, 1)]
        decided = [pool.submit(decide, 0), pool.submit(decide, 1)]
        counted = sum(one.result() for one in (*swept, *decided))
    # a row that a word holds is left for the next sweep
    with asked.begin() as tx:
        counted += len(signoffs.expire_due(tx, CORP, UNTIL))
    assert counted == 1


def test_what_became_known_later_stands_behind_the_reply(asked: Database) -> None:
    with asked.begin() as tx:
        outbox.put(tx, CORP, "T1", "Lin", ("一", "二"))
        outbox.add(tx, CORP, "T1", "Lin", ("三", "四"))
        outbox.add(tx, CORP, "T2", "Lin", ("一",))
    with asked.read() as tx:
        assert [(one.part, one.text) for one in outbox.unsent(tx, "T1")] == [(0, "一"), (1, "二"), (2, "三"), (3, "四")]
        assert [one.part for one in outbox.unsent(tx, "T2")] == [0]


def test_it_goes_with_its_turn(asked: Database) -> None:
    with asked.begin() as tx:
        for table in (tables.turn_word, tables.turn_lean, tables.turn_summary):
            if "turn_id" in table.c:
                tx.execute(delete(table))
        tx.execute(delete(tables.turn).where(tables.turn.c.turn_id == "T1"))
    with asked.read() as tx:
        assert tx.execute(select(func.count()).select_from(tables.signoff)).scalar_one() == 0


def test_the_nearest_managers_are_asked_and_never_she_herself(database: Database) -> None:
    people(
        database,
        person("Lin"),
        person("shop1", Role.MANAGER),
        person("shop2", Role.MANAGER, "S2"),
        person("region", Role.MANAGER, "", "R1"),
        person("region2", Role.MANAGER, "", "R2"),
        person("head", Role.MANAGER, "", ""),
        person("admin", Role.ADMIN, "", ""),
        person("audit", Role.AUDITOR, "", ""),
    )

    def nearest(guide: Person, region_id: str) -> list[str]:
        with database.read() as tx:
            return [one.userid for one in access.access_signers(tx, CORP, guide, region_id)]

    assert nearest(person("Lin"), "R1") == ["shop1"]
    assert nearest(person("SHOP1", Role.MANAGER), "R1") == ["region"]
    assert nearest(person("new", store_id="S3"), "R1") == ["region"]
    assert nearest(person("new", store_id="S9", region_id="R9"), "R9") == ["head"]
    assert nearest(person("region", Role.MANAGER, "", "R1"), "R1") == ["head"]
    assert nearest(person("head", Role.MANAGER, "", ""), "") == []
