"""What is too old loses its words once a day; figures stay, what is younger stays whole."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from assistant.clock import SHOP_TIME
from assistant.outreach.segment import Addressee, Segment
from assistant.rulebook import RetentionRules, Rulebook
from assistant.seams import Receipt, SendState
from assistant.store import audit, notices, retention, rulebooks, tables, tasks, turns
from assistant.store.audit import AuditAction
from assistant.store.console import sessions
from assistant.store.database import Database
from assistant.store.tasks import TaskWords
from assistant.turn import ActionKind
from tests.console.shop import CORP, NOW, Shop, act, add_turn
from tests.store.staffing import staff

SAID = "客户说她下周要去冰岛"
DRAFT = "沈姐，晨露舒缓面霜50ml现在298元。"


@pytest.fixture
def shop(database: Database) -> Shop:
    made = Shop(database)
    staff(made)
    with database.begin() as tx:
        rules = Rulebook(retention=RetentionRules(conversation_days=100, unsent_draft_days=10))
        rulebooks.write(tx, CORP, rules, by="admin", moment=NOW, seen=0)
    return made


def old_turn(shop: Shop, number: int, days: int, kind: ActionKind | None = None) -> str:
    made = add_turn(
        shop,
        number,
        customer_id="C1",
        question=SAID,
        draft=DRAFT,
        gap="冰岛冷不冷",
        ago=timedelta(days=days),
        rich=True,
    )
    with shop.database.begin() as tx:
        tx.execute(
            insert(tables.message).values(
                corp_id=CORP,
                agent_id=1,
                msgid=f"m{number}",
                conversation_id="c-guide1",
                kind="text",
                text=SAID,
                received_at=shop.clock() - timedelta(days=days),
                turn_id=made,
            )
        )
    if kind is not None:
        act(shop, made, kind, SAID)
    return made


def told(shop: Shop) -> str:
    with shop.database.read() as tx:
        rows = [
            row
            for name in ("turn", "message", "action", "outbox", "gap", "suggestion", "turn_word", "gap_word")
            for row in tx.execute(select(tables.metadata.tables[name]))
        ]
    return str(rows)


def test_an_old_conversation_keeps_its_figures_and_none_of_its_words(shop: Shop) -> None:
    made = old_turn(shop, 1, 101, ActionKind.EDITED)
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert (cleared.turns, cleared.drafts) == (1, 0)
    for words in ("冰岛", "面霜50ml", "C1"):
        assert words not in told(shop), words
    with shop.database.read() as tx:
        record = turns.read(tx, made)
        (summary,) = tx.execute(select(tables.turn_summary)).all()
    assert record is not None
    assert record.action is not None
    assert record.action.kind is ActionKind.EDITED
    assert (len(record.verdicts), record.need.customer_id) == (3, "")
    assert (summary.action, summary.has_gap, summary.customer_id) == ("edited", True, "")


def test_a_younger_one_stays_whole_when_its_draft_was_used(shop: Shop) -> None:
    made = old_turn(shop, 1, 99, ActionKind.ACCEPTED)
    retention.daily(shop.database, CORP, NOW)
    with shop.database.read() as tx:
        record = turns.read(tx, made)
    assert record is not None
    assert (record.messages[0].text, record.drafts[0].text) == (SAID, DRAFT)


@pytest.mark.parametrize("kind", [None, ActionKind.REFUSED])
def test_a_draft_nobody_sent_goes_before_the_question(shop: Shop, kind: ActionKind | None) -> None:
    made, young = old_turn(shop, 1, 11, kind), old_turn(shop, 2, 9, kind)
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert (cleared.turns, cleared.drafts) == (0, 1)
    with shop.database.read() as tx:
        record, other = turns.read(tx, made), turns.read(tx, young)
        parts = tx.execute(select(tables.outbox.c.turn_id)).scalars().all()
    assert record is not None
    assert other is not None
    assert (record.messages[0].text, {one.text for one in record.drafts}, record.reply.parts) == (SAID, {""}, ())
    assert other.drafts[0].text == DRAFT
    assert set(parts) == {young}


def test_a_draft_cleared_before_is_cleared_wholly_later(shop: Shop) -> None:
    old_turn(shop, 1, 11)
    retention.daily(shop.database, CORP, NOW)
    retention.daily(shop.database, CORP, NOW + timedelta(days=95))
    assert "冰岛" not in told(shop)


def test_a_day_is_cleared_once_and_counted_in_the_log(shop: Shop) -> None:
    old_turn(shop, 1, 101)
    assert retention.daily(shop.database, CORP, NOW) is not None
    assert retention.daily(shop.database, CORP, NOW + timedelta(hours=1)) is None
    assert retention.daily(shop.database, CORP, NOW + timedelta(days=1)) is not None
    with shop.database.read() as tx:
        entries = audit.entries(tx, CORP, action=AuditAction.DELETE)
    assert [(one.by, one.subject, one.details["turns"]) for one in entries] == [
        ("daogou", "retention", "0"),
        ("daogou", "retention", "1"),
    ]


def test_more_than_one_step_is_needed_for_many(shop: Shop) -> None:
    for number in range(1, retention.AT_ONCE + 4):
        add_turn(shop, number, question=SAID, ago=timedelta(days=101))
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert cleared.turns == retention.AT_ONCE + 3


def test_contacts_forget_whom_they_were_with(shop: Shop) -> None:
    values = {"corp_id": CORP, "guide_folded": "guide1", "store_id": "S1", "intent": "care", "task_id": ""}
    with shop.database.begin() as tx:
        for turn_id, days in (("T1", 101), ("T2", 101), ("T3", 5)):
            tx.execute(
                insert(tables.contact).values(
                    **values, turn_id=turn_id, customer_id="C1", at=NOW - timedelta(days=days)
                )
            )
    retention.daily(shop.database, CORP, NOW)
    with shop.database.read() as tx:
        found = dict(tx.execute(select(tables.contact.c.turn_id, tables.contact.c.customer_id)).all())
    assert found["T3"] == "C1"
    assert found["T1"].startswith("gone-")
    # two contacts with the same person must not be put together again
    assert found["T1"] != found["T2"]


def test_spent_login_states_go_after_a_day(shop: Shop) -> None:
    with shop.database.begin() as tx:
        sessions.spend_state(tx, CORP, "a" * 64, NOW - timedelta(days=2))
        sessions.spend_state(tx, CORP, "b" * 64, NOW)
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert cleared.states == 1


def task_that_ended(shop: Shop, days: int) -> str:
    """A task that ended so many days ago, with one customer nobody wrote to and one held out of it."""
    last = NOW.astimezone(SHOP_TIME).date() - timedelta(days=days)
    words = TaskWords(
        title="老客回访", purpose="回访", segment=Segment(), script_id="", coupon_id="", starts_on=last, ends_on=last
    )
    chosen = [Addressee(customer_id="C1", guide="guide1", store_id="S1")]
    alone = [Addressee(customer_id="C2", guide="guide1", store_id="S1")]
    with shop.database.begin() as tx:
        made = tasks.make(tx, CORP, words, ["S1"], by="hq", moment=NOW)
        assert tasks.publish(tx, CORP, made, chosen, alone, {}, by="hq", moment=NOW, seen=1)
    return made


def test_customers_of_a_task_whom_nobody_wrote_to_are_forgotten_with_the_conversations(shop: Shop) -> None:
    old, young = task_that_ended(shop, 101), task_that_ended(shop, 99)
    retention.daily(shop.database, CORP, NOW)
    with shop.database.read() as tx:
        items = tx.execute(select(tables.task_item.c.task_id, tables.task_item.c.customer_id)).all()
    assert {one.customer_id for one in items if one.task_id == young} == {"C1", "C2"}
    gone = [one.customer_id for one in items if one.task_id == old]
    assert len(set(gone)) == 2
    assert all(one.startswith("gone-") for one in gone)


def test_a_stopped_task_ages_from_when_it_was_stopped(shop: Shop) -> None:
    made = task_that_ended(shop, -300)
    with shop.database.begin() as tx:
        assert tasks.stop(tx, CORP, made, by="hq", moment=NOW - timedelta(days=101), seen=2)
    retention.daily(shop.database, CORP, NOW)
    with shop.database.read() as tx:
        assert "C1" not in tx.execute(select(tables.task_item.c.customer_id)).scalars().all()


def test_notices_go_after_their_term_sent_or_not(shop: Shop) -> None:
    with shop.database.begin() as tx:
        for key, days in (("old", 91), ("sent", 91), ("young", 89)):
            notices.put(tx, CORP, "guide1", f"苏晴等您联系 {key}", key, NOW - timedelta(days=days))
        sent = next(one for one in notices.unsent(tx, CORP) if one.key == "sent")
        notices.mark(tx, sent.number, Receipt(state=SendState.SENT, message_id="m1"))
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert cleared.notices == 2
    with shop.database.read() as tx:
        assert tx.execute(select(tables.notice.c.key)).scalars().all() == ["young"]


def test_logins_go_after_their_term_but_everybodys_last_of_each_way(shop: Shop) -> None:
    came = (
        ("n1", "guide1", sessions.Way.WECOM, 400),
        ("n2", "guide1", sessions.Way.LINK, 300),
        ("n3", "guide1", sessions.Way.LINK, 200),
        ("n4", "guide1", sessions.Way.LINK, 100),
        ("n5", "manager1", sessions.Way.LINK, 250),
    )
    with shop.database.begin() as tx:
        for nonce, userid, way, days in came:
            sessions.begin_session(tx, CORP, nonce, userid, f"digest-{nonce}", NOW - timedelta(days=days), way)
        # logged out long after she came
        sessions.end_session(tx, "digest-n2", NOW - timedelta(days=10))
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert cleared.logins == 1
    with shop.database.read() as tx:
        kept = tx.execute(select(tables.used_login.c.nonce)).scalars().all()
        assert sessions.came_by(tx, CORP, sessions.Way.WECOM)
    assert set(kept) == {"n1", "n2", "n4", "n5"}


def test_a_corp_sets_its_own_terms(shop: Shop) -> None:
    with shop.database.begin() as tx:
        rules = Rulebook(retention=RetentionRules(notice_days=30, login_days=30))
        rulebooks.write(tx, CORP, rules, by="admin", moment=NOW, seen=1)
        notices.put(tx, CORP, "guide1", "苏晴等您联系", "key", NOW - timedelta(days=31))
        for nonce, days in (("n1", 31), ("n2", 1)):
            sessions.begin_session(tx, CORP, nonce, "guide1", f"digest-{nonce}", NOW - timedelta(days=days))
    cleared = retention.daily(shop.database, CORP, NOW)
    assert cleared is not None
    assert (cleared.notices, cleared.logins) == (1, 1)
