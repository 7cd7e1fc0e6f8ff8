"""A trial of two wordings, the whole way: drawn, shown, answered, counted, ended."""

from collections import Counter
from datetime import timedelta

import pytest

from assistant.flow.finding.scripting import eligible
from assistant.scoring.trials import TrialOutcome, arm_of, unit_of
from assistant.shop import Script
from assistant.store import experiments, revisions
from assistant.store.experiments import Beginning, Experiment
from assistant.store.revisions import RevisionNoun, RevisionOrigin
from assistant.turn import Arm, Intent, Need
from tests.way.house import CORP, GUIDE, House

ASKED = "{name}好久没来了，帮我写条唤醒"
CARRIED = "HS164"
MARK = "店里最近到了新货，想着您可能会喜欢"
# the guide's customers who may be written to and to whom the script of the trial suits best; which side each gets is
# drawn with the trial's own id, so there have to be enough of them for both sides
SUITED = [
    "苏晴🌿",
    "A陈太太",
    "暖暖妈妈",
    "方老师",
    "赵姐·茶叶",
    "刘先生",
    "初七",
    "白小姐",
    "姚老师",
    "乔小姐",
    "心若向阳",
    "毛姐",
    "曹姐",
    "向晚",
]


def script_of(house: House, script_id: str) -> Script:
    shop = house.service.handling.desks.shop(CORP, house.service.clock())
    return next(one for one in shop.scripts if one.script_id == script_id)


def begin(house: House, b: Script, a: str = CARRIED, *, lasts: timedelta = timedelta(weeks=2)) -> Experiment:
    moment = house.service.clock()
    with house.service.database.begin() as tx:
        wanted = Beginning(script_of(house, a), b, "", "guide1", 0.4, 0.3, 95, moment + lasts)
        made = experiments.begin(tx, CORP, wanted, by="hq", moment=moment)
    assert made is not None
    return made


def other_words(house: House) -> Script:
    """Another version of the script, with words that are easily told apart."""
    was = script_of(house, CARRIED)
    return was.model_copy(update={"text": f"【客户称呼】，{MARK}，有空来店里坐坐呀～", "variables": was.variables[:1]})


def end(house: House, made: Experiment) -> None:
    with house.service.database.begin() as tx:
        experiments.stop(tx, CORP, made.experiment_id, by="hq", moment=house.service.clock(), note="够了")


def customer_on(house: House, made: Experiment, arm: Arm) -> str:
    """The name of a customer of the guide who gets this side, whom a script for reactivation suits."""
    return next(
        card.name
        for card in house.service.desk(GUIDE).customers
        if card.name in SUITED and arm_of(made.experiment_id, unit_of(CORP, card.customer_id, GUIDE)) is arm
    )


@pytest.mark.parametrize("arm", list(Arm))
def test_a_turn_is_answered_with_its_side_recorded_and_counted_once(house: House, arm: Arm) -> None:
    made = begin(house, other_words(house))
    try:
        name = customer_on(house, made, arm)
        drafted = house.ask(ASKED.format(name=name))
        assert drafted.need.intent is Intent.REACTIVATION
        text = "".join(draft.text for draft in drafted.drafts)
        assert (MARK in text) is (arm is Arm.B), text
        (told,) = drafted.trials
        assert (told.experiment_id, told.arm, told.script_id) == (made.experiment_id, arm, CARRIED)
        number = next(place for place, draft in enumerate(drafted.drafts, 1) if CARRIED in draft.script_ids)
        house.ask(str(number))
        house.ask(str(number))
        with house.service.database.read() as tx:
            counted = experiments.counted(tx, [made.experiment_id])[made.experiment_id]
            answers = experiments.answers(tx, made.experiment_id)
        assert counted == {(arm, TrialOutcome.ACCEPTED): 1}
        assert [(one.arm, one.taken) for one in answers] == [(arm, True)]
    finally:
        end(house, made)


def test_an_ended_trial_serves_the_standing_version_to_everybody(house: House) -> None:
    made = begin(house, other_words(house))
    name = customer_on(house, made, Arm.B)
    end(house, made)
    drafted = house.ask(ASKED.format(name=name))
    assert drafted.trials == ()
    assert MARK not in "".join(draft.text for draft in drafted.drafts)


def test_a_trial_whose_time_is_over_ends_by_itself(house: House) -> None:
    made = begin(house, other_words(house), lasts=timedelta(milliseconds=1))
    drafted = house.ask(ASKED.format(name=customer_on(house, made, Arm.B)))
    assert drafted.trials == ()
    assert MARK not in "".join(draft.text for draft in drafted.drafts)


def test_a_script_changed_since_ends_the_trial_for_everybody(house: House) -> None:
    made = begin(house, other_words(house))
    now = house.service.clock()
    was = script_of(house, CARRIED)
    with house.service.database.begin() as tx:
        changed = was.model_copy(update={"text": f"{was.text}盼着您来～"}).model_dump(mode="json")
        version = revisions.propose(
            tx, CORP, RevisionNoun.SCRIPT, CARRIED, changed, origin=RevisionOrigin.HAND, by="someone", moment=now
        )
        revisions.publish(
            tx, CORP, RevisionNoun.SCRIPT, version.revision_id, by="hq", moment=now, note="", seen=0
        )  # fmt: skip
    try:
        drafted = house.ask(ASKED.format(name=customer_on(house, made, Arm.B)))
        assert drafted.trials == ()
        assert MARK not in "".join(draft.text for draft in drafted.drafts)
    finally:
        end(house, made)
        with house.service.database.begin() as tx:
            revisions.back_to_file(tx, CORP, RevisionNoun.SCRIPT, CARRIED)


def test_two_scripts_take_each_others_place_and_both_sides_are_served_about_equally(house: House) -> None:
    desk = house.service.desk(GUIDE)
    need = Need(intent=Intent.REACTIVATION, question="好久没来了")
    usual = [one.script_id for one in eligible(need, (), desk)]
    first, second = usual[0], usual[1]
    made = begin(house, script_of(house, second), first)
    try:
        desk = house.service.desk(GUIDE)
        served: Counter[str] = Counter()
        for number in range(4000):
            asked = need.model_copy(update={"customer_id": f"C{number:05d}"})
            row = [one.script_id for one in eligible(asked, (), desk)]
            served[row[0]] += 1
            # the one that is not hers is nowhere in the row, all others stand as they stood
            assert [one for one in row if one not in (first, second)] == [
                one for one in usual if one not in (first, second)
            ]
            assert len({first, second} & set(row)) == 1
            assert row == [one.script_id for one in eligible(asked, (), desk)]
        assert set(served) == {first, second}
        # four standard deviations of a fair coin
        assert abs(served[second] - 2000) < 127
        nobody = [one.script_id for one in eligible(need, (), desk)]
        assert nobody[0] in (first, second)
    finally:
        end(house, made)
