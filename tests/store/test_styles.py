"""A guide's style card, hers alone, and the words of hers that it may be learned from."""

from datetime import timedelta

from assistant.shop import Habit, StyleCard, Trait
from assistant.store import styles, turns
from assistant.store.database import Database
from assistant.store.turns import WordOnDrafts
from assistant.turn import Action, ActionKind, Draft
from tests.store.making import CORP, NOW, converse, record, write

WAVES = StyleCard(edits=4, picks=2, habits=(Habit(trait=Trait.LAST_END, value="～", times=4, of=4),))
LATER = NOW + timedelta(hours=1)


def test_a_card_is_kept_by_corp_and_guide_and_written_over(database: Database) -> None:
    with database.begin() as tx:
        assert styles.of_guide(tx, CORP, "lin") == StyleCard()
        styles.keep(tx, CORP, "Lin", WAVES, NOW)
        styles.keep(tx, CORP, "chen", StyleCard(edits=1), NOW)
    with database.read() as tx:
        assert styles.of_guide(tx, CORP, "LIN") == WAVES
        assert styles.of_guide(tx, "other", "lin") == StyleCard()
        assert styles.erased_at(tx, CORP, "lin") is None
    with database.begin() as tx:
        styles.keep(tx, CORP, "lin", StyleCard(edits=9), LATER)
        assert styles.of_guide(tx, CORP, "lin").edits == 9
        assert styles.of_guide(tx, CORP, "chen").edits == 1


def test_an_erased_card_is_empty_and_remembers_when(database: Database) -> None:
    with database.begin() as tx:
        styles.keep(tx, CORP, "lin", WAVES, NOW)
        styles.erase(tx, CORP, "Lin", LATER)
        # somebody may erase what was never learned
        styles.erase(tx, CORP, "chen", NOW)
    with database.begin() as tx:
        assert styles.of_guide(tx, CORP, "lin") == StyleCard()
        assert (styles.erased_at(tx, CORP, "lin"), styles.erased_at(tx, CORP, "chen")) == (LATER, NOW)
        styles.keep(tx, CORP, "lin", WAVES, LATER + timedelta(hours=1))
        assert styles.erased_at(tx, CORP, "lin") == LATER


def said(database: Database, turn_id: str, kind: ActionKind, hours: int, **more: object) -> None:
    at = NOW + timedelta(hours=hours)
    with database.begin() as tx:
        turns.add_action(tx, turn_id, Action.model_validate({"kind": kind, "at": at, "choice": 1, **more}))


def edited(
    database: Database, *, guide: str = "lin", after: int | None = None, at_most: int = 9
) -> tuple[WordOnDrafts, ...]:
    since = None if after is None else NOW + timedelta(hours=after)
    with database.read() as tx:
        return turns.words_on_drafts(tx, CORP, guide, ActionKind.EDITED, since, at_most)


def test_her_words_on_drafts_come_newest_first_each_turn_once(database: Database) -> None:
    mine = converse(database)
    hers = converse(database, "m2", userid="Chen")
    write(database, *(record(f"T{hour}", mine, f"草稿{hour}。", after=timedelta(hours=hour)) for hour in range(5)))
    write(database, record("T9", hers, "别人的草稿。", guide="Chen"))
    said(database, "T1", ActionKind.EDITED, 1, sent_text="改一")
    said(database, "T2", ActionKind.ACCEPTED, 2, sent_text="草稿2。")
    said(database, "T3", ActionKind.EDITED, 3, sent_text="改三")
    said(database, "T3", ActionKind.EDITED, 4, sent_text="又改三")
    said(database, "T4", ActionKind.EDITED, 4, sent_text="改四")
    said(database, "T4", ActionKind.REFUSED, 5)
    said(database, "T9", ActionKind.EDITED, 5, sent_text="别人改的")
    found = edited(database)
    assert [(one.drafts[0].text, one.action.sent_text) for one in found] == [("草稿3。", "又改三"), ("草稿1。", "改一")]
    assert found[0].need.customer_id == "C1"
    assert [one.action.sent_text for one in edited(database, at_most=1)] == ["又改三"]
    # what was said at the very moment of erasing is gone too
    assert [one.action.sent_text for one in edited(database, after=1)] == ["又改三"]
    assert edited(database, after=4) == ()
    assert [one.action.sent_text for one in edited(database, guide="CHEN")] == ["别人改的"]


def test_drafts_are_numbered_as_she_was_shown_them(database: Database) -> None:
    conversation = converse(database)
    made = record("T1", conversation, "拦下的。", "给了的。")
    held = made.verdicts[0].model_copy(update={"draft": Draft(manner=made.drafts[0].manner, sentences=())})
    write(database, made.model_copy(update={"verdicts": (held, made.verdicts[1])}))
    said(database, "T1", ActionKind.EDITED, 1, sent_text="改了的")
    [one] = edited(database)
    assert [draft.text for draft in one.drafts] == ["给了的。"]
