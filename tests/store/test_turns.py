"""What a turn leaves behind: a record that fits its schema, the guide's words on it, gaps and suggestions."""

from datetime import timedelta

import jsonschema_rs
import pytest
from sqlalchemy import select

from assistant.store import tables, turns
from assistant.store.database import AlreadyThere, Database
from assistant.turn import Action, ActionKind, Intent, Need, RefusalReason, ReplyKind, TurnRecord
from tests.store.making import CORP, NOW, converse, record, write


def act(database: Database, turn_id: str, kind: ActionKind, **more: object) -> None:
    with database.begin() as tx:
        turns.add_action(tx, turn_id, Action.model_validate({"kind": kind, "at": NOW, **more}))


def suggestions(database: Database) -> list[tuple[str, str, str, str, float]]:
    table = tables.suggestion
    with database.read() as tx:
        rows = tx.execute(select(table).order_by(table.c.turn_id))
        return [(row.turn_id, row.script_id, row.draft_text, row.proposed_text, row.similarity) for row in rows]


def actions(database: Database) -> list[tuple[int, str]]:
    table = tables.action
    with database.read() as tx:
        return [(row.number, row.kind) for row in tx.execute(select(table).order_by(table.c.number))]


def gaps(database: Database) -> list[tuple[str, str, str, str, str]]:
    table = tables.gap
    with database.read() as tx:
        rows = tx.execute(select(table).order_by(table.c.turn_id))
        return [(row.turn_id, row.corp_id, row.question, row.customer_id, row.status) for row in rows]


def test_a_record_comes_back_as_it_was_written(database: Database) -> None:
    one = record("T1", converse(database), "可以试试柔和面霜。", gap="能不能寄海外", profile={"tier": "金卡"})
    write(database, one)
    with database.read() as tx:
        assert turns.read(tx, "T1") == one
        assert turns.read(tx, "T2") is None
        assert turns.exists(tx, "T1")
        assert not turns.exists(tx, "T2")


def test_a_turn_is_written_once(database: Database) -> None:
    one = record("T1", converse(database))
    write(database, one)
    with pytest.raises(AlreadyThere):
        write(database, one)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_record_that_does_not_fit_its_schema_is_refused_whole(database: Database) -> None:
    good = record("T1", converse(database), gap="有没有夜班")
    # model_copy checks nothing: what a later version or a slip of code might hand over
    for bad in (
        good.model_copy(update={"turn_id": 7}),
        good.model_copy(update={"record_version": 2}),
        good.model_copy(update={"need": Need.model_construct(intent=Intent.PRICE)}),
        good.model_copy(update={"profile": {"tier": 3}}),
    ):
        with pytest.raises(jsonschema_rs.ValidationError):
            write(database, bad)
    with database.read() as tx:
        assert list(turns.every(tx, CORP)) == []
    assert gaps(database) == []


def test_the_latest_word_counts_and_none_is_lost(database: Database) -> None:
    write(database, record("T1", converse(database), "可以试试柔和面霜。"))
    act(database, "T1", ActionKind.REFUSED, reason=RefusalReason.TOO_LONG)
    act(database, "T1", ActionKind.ACCEPTED, choice=1, sent_text="可以试试柔和面霜。", similarity=1.0)
    with database.read() as tx:
        joined = turns.read(tx, "T1")
    assert joined is not None
    assert joined.action is not None
    assert (joined.action.kind, joined.action.choice) == (ActionKind.ACCEPTED, 1)
    assert actions(database) == [(0, "refused"), (1, "accepted")]


def test_an_edited_text_is_proposed_once_with_the_draft_it_came_from(database: Database) -> None:
    conversation = converse(database)
    write(database, record("T1", conversation, "第一稿。", "第二稿。"), record("T2", conversation, "唯一稿。"))
    act(database, "T1", ActionKind.EDITED, choice=2, sent_text="改好的。", similarity=0.6)
    act(database, "T1", ActionKind.EDITED, choice=1, sent_text="又改了。", similarity=0.5)
    act(database, "T2", ActionKind.ACCEPTED, choice=1, sent_text="唯一稿。", similarity=1.0)
    assert suggestions(database) == [("T1", "SC2", "第二稿。", "改好的。", 0.6)]


@pytest.mark.parametrize("choice", [3, -1])
def test_an_edit_of_no_draft_of_ours_is_kept_but_proposes_nothing(database: Database, choice: int) -> None:
    write(database, record("T1", converse(database), "第一稿。", "第二稿。"))
    act(database, "T1", ActionKind.EDITED, choice=choice, sent_text="自己写的。")
    assert suggestions(database) == []
    assert actions(database) == [(0, "edited")]


def test_the_newest_turns_of_a_conversation_come_first(database: Database) -> None:
    mine, hers = converse(database, "m1"), converse(database, "m2", userid="chen")
    write(
        database,
        record("T1", mine, after=timedelta(minutes=1)),
        record("T2", mine, after=timedelta(minutes=3)),
        record("T3", mine, after=timedelta(minutes=3)),
        record("T4", hers, after=timedelta(minutes=9)),
    )
    with database.read() as tx:
        assert [one.turn_id for one in turns.latest(tx, mine, 2)] == ["T3", "T2"]
        assert [one.turn_id for one in turns.latest(tx, mine, 9)] == ["T3", "T2", "T1"]


def test_the_export_holds_every_turn_of_the_corp_in_order_of_arrival(database: Database) -> None:
    conversation = converse(database)
    numbers = [9, 10, 2, 250, 1]
    records = [record(f"T{number:012d}", conversation, "稿。") for number in numbers]
    records.append(record("T000000000003", conversation, corp_id="other"))
    write(database, *records)
    act(database, "T000000000010", ActionKind.REFUSED, reason=RefusalReason.TONE)
    with database.read() as tx:
        exported = list(turns.every(tx, CORP))
    assert [int(one.turn_id[1:]) for one in exported] == sorted(numbers)
    assert [one.action.kind.value for one in exported if one.action] == ["refused"]


def test_a_large_export_comes_in_batches_and_whole(database: Database) -> None:
    conversation = converse(database)
    write(database, *(record(f"T{number:012d}", conversation) for number in range(450)))
    with database.read() as tx:
        assert len({one.turn_id for one in turns.every(tx, CORP)}) == 450


def test_a_question_without_an_answer_is_an_open_gap(database: Database) -> None:
    conversation = converse(database)
    asked = {"reply": {"kind": ReplyKind.ABSTAIN, "parts": ("资料里没有",)}}
    write(
        database,
        record("T1", conversation, gap="能寄海外吗", **asked),
        record("T2", conversation, "稿。"),
        record("T3", conversation, gap="别家的", corp_id="other", **asked),
    )
    assert gaps(database) == [("T1", CORP, "能寄海外吗", "C1", "open"), ("T3", "other", "别家的", "C1", "open")]


def test_a_record_read_back_is_strict(database: Database) -> None:
    """A record that somebody changed by hand into something else is not served as if it were one."""
    write(database, record("T1", converse(database)))
    with database.begin() as tx:
        body = tx.execute(select(tables.turn.c.record)).scalar_one()
        tx.execute(tables.turn.update().values(record={**body, "surprise": 1}))
    with database.read() as tx, pytest.raises(ValueError, match="surprise"):
        turns.read(tx, "T1")
    assert "surprise" not in TurnRecord.model_fields
