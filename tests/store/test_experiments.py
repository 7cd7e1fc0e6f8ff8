"""Trials of scripts as they are kept: one at a time on a script, every first word, nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.errors import NotFound
from assistant.scoring.planning import LOOKED_BACK
from assistant.scoring.sequential import Answer
from assistant.scoring.trials import TrialOutcome, unit_of
from assistant.shop import Script
from assistant.store import experiments, material, revisions, turns
from assistant.store.database import Database, Transaction
from assistant.store.experiments import Beginning, Experiment, ExperimentStatus
from assistant.store.revisions import RevisionNoun, RevisionOrigin
from assistant.store.tables import conversation, corp
from assistant.turn import Action, ActionKind, Arm, TrialShown, TurnRecord
from tests.scoring.test_trials import record, script

NOW = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
WEEKS = timedelta(weeks=4)


@pytest.fixture
def tx(database: Database):  # type: ignore[no-untyped-def]
    with database.begin() as opened:
        opened.execute(
            corp.insert().values(
                corp_id="corp", brand="云屿", tiers=[], shipping_fen=0, lapsed_after_days=90, material_version=1
            )
        )
        opened.execute(
            conversation.insert().values(
                conversation_id="c", corp_id="corp", guide_folded="g", channel="wecom", current_customer_id=""
            )
        )
        yield opened


def begin(tx: Transaction, a: Script, b: Script, moment: datetime = NOW, revision: str = "") -> Experiment | None:
    wanted = Beginning(a, b, revision, "guide1", 0.4, 0.2, 95, moment + WEEKS)
    return experiments.begin(tx, "corp", wanted, by="HQ", moment=moment)


def must_begin(tx: Transaction) -> Experiment:
    made = begin(tx, script(), script(text="早上好"))
    assert made is not None
    return made


def shown(number: int, experiment_id: str, arm: Arm, customer_id: str = "") -> TurnRecord:
    """A turn whose first draft carries the script of one side."""
    told = TrialShown(experiment_id=experiment_id, arm=arm, script_id="A", version=1)
    made = record(("A",), ("Z",))
    need = made.need.model_copy(update={"customer_id": customer_id or f"C{number}"})
    at = NOW + timedelta(minutes=number)
    return made.model_copy(
        update={"turn_id": f"T{number}", "trials": (told,), "need": need, "started_at": at, "finished_at": at}
    )


def say(tx: Transaction, one: TurnRecord, kind: ActionKind, choice: int = 1) -> None:
    """The guide's word, as learning takes it down."""
    action = Action(kind=kind, at=one.finished_at + timedelta(minutes=1), choice=choice)
    turns.add_action(tx, one.turn_id, action)
    experiments.note(tx, one.model_copy(update={"action": action}))


def test_a_script_is_in_one_trial_at_a_time(tx: Transaction) -> None:
    first = must_begin(tx)
    assert begin(tx, script(), script(text="下午好")) is None
    assert begin(tx, script("B"), script()) is None
    other = begin(tx, script("B"), script("C"))
    assert other is not None
    assert [one.experiment_id for one in experiments.every(tx, "corp", before="", limit=9)] != []
    assert experiments.holder(tx, "corp", "A", NOW) == first.experiment_id
    assert experiments.stop(tx, "corp", first.experiment_id, by="HQ", moment=NOW, note="换了说法")
    assert not experiments.stop(tx, "corp", first.experiment_id, by="HQ", moment=NOW, note="再停一次")
    assert experiments.one(tx, "corp", first.experiment_id).status(NOW) is ExperimentStatus.STOPPED
    assert must_begin(tx)


def test_one_that_is_over_lets_the_next_one_begin_and_changes_what_is_read(tx: Transaction) -> None:
    first = must_begin(tx)
    assert experiments.open_trials(tx, "corp") == (first.trial,)
    later = NOW + WEEKS
    assert first.status(later) is ExperimentStatus.ENDED
    assert not experiments.stop(tx, "corp", first.experiment_id, by="HQ", moment=later, note="晚了")
    facts = material.corp_facts(tx, "corp")
    assert facts is not None
    assert facts.material_version == 2
    second = begin(tx, script(), script(text="下午好"), later)
    assert second is not None
    assert experiments.open_trials(tx, "corp") == (second.trial,)


def test_another_corps_trial_is_not_found(tx: Transaction) -> None:
    made = must_begin(tx)
    with pytest.raises(NotFound):
        experiments.one(tx, "other", made.experiment_id)
    with pytest.raises(NotFound):
        experiments.every(tx, "corp", before="nothing", limit=1)


def test_the_first_word_on_a_turn_counts_and_the_first_turn_of_a_customer(tx: Transaction) -> None:
    made = must_begin(tx)
    first = shown(1, made.experiment_id, Arm.A, "C1")
    second = shown(2, made.experiment_id, Arm.B, "C2")
    again = shown(3, made.experiment_id, Arm.A, "C1")
    for one in (first, second, again):
        turns.write(tx, one)
    say(tx, first, ActionKind.REFUSED)
    say(tx, first, ActionKind.ACCEPTED)
    say(tx, second, ActionKind.ACCEPTED)
    say(tx, again, ActionKind.ACCEPTED, choice=2)
    assert experiments.answers(tx, made.experiment_id) == (Answer(Arm.A, False), Answer(Arm.B, True))
    assert experiments.counted(tx, [made.experiment_id])[made.experiment_id] == {
        (Arm.A, TrialOutcome.REFUSED): 1,
        (Arm.A, TrialOutcome.OTHER): 1,
        (Arm.B, TrialOutcome.ACCEPTED): 1,
    }


def test_only_a_digest_of_the_customer_is_kept(tx: Transaction) -> None:
    made = must_begin(tx)
    one = shown(1, made.experiment_id, Arm.A, "wm-secret-customer")
    turns.write(tx, one)
    say(tx, one, ActionKind.ACCEPTED)
    row = tx.exec_driver_sql("SELECT * FROM experiment_answer").one()
    assert "wm-secret-customer" not in str(tuple(row))
    assert row.unit == unit_of("corp", "wm-secret-customer", "g")


def test_the_past_is_read_from_narrow_rows_by_the_first_turn_of_every_customer(tx: Transaction) -> None:
    for number, (customer, kind, choice) in enumerate(
        (
            ("C1", ActionKind.ACCEPTED, 1),
            ("C1", ActionKind.REFUSED, 1),
            ("C2", ActionKind.EDITED, 1),
            ("C3", ActionKind.ACCEPTED, 2),
            ("C4", None, 1),
        )
    ):
        one = shown(number, "", Arm.A, customer).model_copy(update={"trials": ()})
        turns.write(tx, one)
        if kind is not None:
            say(tx, one, kind, choice)
    found = experiments.past(tx, "corp", frozenset({"A"}), NOW - LOOKED_BACK)
    # C1's first, C2 reworked it, C3 took the draft beside it; nobody said anything of C4's
    assert (found.units, found.taken, found.since) == (3, 1, NOW)
    assert experiments.past(tx, "corp", frozenset({"Z"}), NOW - LOOKED_BACK).taken == 1
    assert experiments.past(tx, "corp", frozenset({"A"}), NOW + timedelta(days=1)).units == 0


def test_a_version_that_is_sent_back_is_tried_on_nobody_any_more(tx: Transaction) -> None:
    proposed = revisions.propose(
        tx, "corp", RevisionNoun.SCRIPT, "A", script(text="早上好").model_dump(mode="json"),
        origin=RevisionOrigin.HAND, by="guide1", moment=NOW,
    )  # fmt: skip
    made = begin(tx, script(), script(text="早上好"), revision=proposed.revision_id)
    assert made is not None
    revisions.refuse(tx, "corp", RevisionNoun.SCRIPT, proposed.revision_id, by="HQ", moment=NOW, note="不好", seen=0)
    assert experiments.open_trials(tx, "corp") == ()
    assert experiments.one(tx, "corp", made.experiment_id).note == "试用的那一版被退回了"


def test_what_was_put_into_use_is_noted_once_and_ends_the_trial(tx: Transaction) -> None:
    made = must_begin(tx)
    assert experiments.settle(tx, "corp", made.experiment_id, Arm.B, by="HQ", moment=NOW)
    assert not experiments.settle(tx, "corp", made.experiment_id, Arm.A, by="region1", moment=NOW)
    found = experiments.one(tx, "corp", made.experiment_id)
    assert (found.settled, found.settled_by, found.ended_at) == (Arm.B, "hq", NOW)
    assert experiments.open_trials(tx, "corp") == ()
