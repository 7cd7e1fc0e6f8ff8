"""A message is stored once, however often and however simultaneously it arrives; nothing acknowledged is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from assistant.store import conversations, tables
from assistant.store.conversations import Accepted, Incoming
from assistant.store.database import Database
from tests.store.making import CORP, NOW, incoming


def accept(database: Database, one: Incoming) -> Accepted:
    with database.begin() as tx:
        return conversations.accept(tx, one)


def test_a_repeat_is_known_and_keeps_the_first_words(database: Database) -> None:
    first = accept(database, incoming("m1", text="第一次"))
    again = accept(database, incoming("m1", text="第二次", received_at=NOW + timedelta(seconds=5)))
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.number, again.conversation_id) == (first.number, first.conversation_id)
    with database.read() as tx:
        assert conversations.read_message(tx, first.number).message.text == "第一次"
        assert conversations.count(tx) == 1


def test_the_same_msgid_of_another_corp_or_agent_is_another_message(database: Database) -> None:
    numbers = {
        accept(database, one).number
        for one in (incoming("m1"), incoming("m1", agent_id=2), incoming("m1", corp_id="other"))
    }
    assert len(numbers) == 3


@pytest.mark.parametrize("senders", [("Lin",), ("Lin", "LIN", "lin", "lIN")])
def test_eight_deliveries_at_once_store_one(database: Database, senders: tuple[str, ...]) -> None:
    ready = Barrier(8)

    def deliver(number: int) -> Accepted:
        ready.wait()
        return accept(database, incoming("m1", userid=senders[number % len(senders)]))

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(deliver, range(8)))
    assert sum(one.is_new for one in accepted) == 1
    assert len({(one.number, one.conversation_id) for one in accepted}) == 1
    with database.read() as tx:
        assert conversations.count(tx) == 1
        assert tx.execute(select(func.count()).select_from(tables.conversation)).scalar_one() == 1


def test_eight_senders_at_once_lose_nothing(database: Database) -> None:
    ready = Barrier(8)

    def deliver(sender: int) -> list[Accepted]:
        ready.wait()
        return [accept(database, incoming(f"m{number}", userid=f"g{sender}", agent_id=sender)) for number in range(5)]

    with ThreadPoolExecutor(8) as pool:
        accepted = [one for many in pool.map(deliver, range(8)) for one in many]
    assert all(one.is_new for one in accepted)
    assert len({one.number for one in accepted}) == 40
    with database.read() as tx:
        for sender in range(8):
            waiting = conversations.unanswered(tx, f"wecom:{CORP}:g{sender}")
            assert [one.message.message_id for one in waiting] == [f"m{number}" for number in range(5)]


def test_a_guide_has_one_conversation_a_channel_whatever_her_case(database: Database) -> None:
    ids = [accept(database, incoming(f"m{number}", userid=userid)) for number, userid in enumerate(("Lin", "LIN"))]
    local = accept(database, incoming("m9", channel="local"))
    assert len({one.conversation_id for one in ids}) == 1
    assert local.conversation_id not in {one.conversation_id for one in ids}
    with database.read() as tx:
        state = conversations.state(tx, ids[0].conversation_id)
    assert (state.corp_id, state.guide, state.channel, state.current_customer_id) == (CORP, "lin", "wecom", "")


def test_an_event_is_kept_and_asks_for_no_turn(database: Database) -> None:
    event = accept(database, incoming("e1", kind="event:enter_agent", text=""))
    assert (event.is_new, event.needs_turn) == (True, False)
    with database.read() as tx:
        assert conversations.unanswered(tx, event.conversation_id) == ()
        assert conversations.all_unanswered(tx) == ()
        assert conversations.read_message(tx, event.number).turn_id == conversations.NO_TURN


def test_messages_wait_in_order_until_a_turn_takes_them_up(database: Database) -> None:
    numbers = [accept(database, incoming(f"m{number}")).number for number in range(3)]
    other = accept(database, incoming("m9", userid="chen"))
    conversation = f"wecom:{CORP}:lin"
    with database.begin() as tx:
        assert [one.number for one in conversations.unanswered(tx, conversation)] == numbers
        conversations.take_up(tx, numbers[:2], "T1")
    with database.read() as tx:
        assert [one.number for one in conversations.unanswered(tx, conversation)] == numbers[2:]
        assert [one.number for one in conversations.all_unanswered(tx)] == [numbers[2], other.number]
        assert [conversations.read_message(tx, one).turn_id for one in numbers] == ["T1", "T1", None]
        assert conversations.conversation_of(tx, other.number) == other.conversation_id


def test_the_customer_spoken_of_is_remembered_for_this_conversation_only(database: Database) -> None:
    mine, hers = accept(database, incoming("m1")), accept(database, incoming("m2", userid="chen"))
    with database.begin() as tx:
        conversations.remember_customer(tx, mine.conversation_id, "C7")
    with database.read() as tx:
        assert conversations.state(tx, mine.conversation_id).current_customer_id == "C7"
        assert conversations.state(tx, hers.conversation_id).current_customer_id == ""


def test_a_message_comes_back_with_its_zone(database: Database) -> None:
    one = accept(database, incoming("m1"))
    with database.read() as tx:
        message = conversations.read_message(tx, one.number).message
    assert (message.received_at, message.received_at.utcoffset()) == (NOW, timedelta(0))


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="naive datetime"):
        accept(database, incoming("m1", received_at=NOW.replace(tzinfo=None)))
    with database.read() as tx:
        assert conversations.count(tx) == 0
