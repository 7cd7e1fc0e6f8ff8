"""Drafts come nearer to what a guide sends once her voice is learned; nothing comes for guides without one; facts stay."""

from random import Random

import pytest

from assistant.flow.voice.learning import stays_neutral
from eval.guarding.voice import GUIDES, Measure, Measured, Turn, measure, reworked, sample_turns

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def turns() -> tuple[Turn, ...]:
    return sample_turns(5)


@pytest.fixture(scope="module")
def measured(turns: tuple[Turn, ...]) -> Measure:
    return measure(turns)


def of(measured: Measure, *, has_style: bool) -> list[Measured]:
    return [one for one in measured.guides if one.has_style is has_style]


def test_every_steady_guide_has_less_to_change_on_turns_nothing_was_learned_from(measured: Measure) -> None:
    steady = of(measured, has_style=True)
    assert len(steady) >= 6
    for one in steady:
        assert one.learned, one
        assert one.voiced < one.plain, one
        assert one.nearer.low > 0, one


def test_a_guide_without_habits_has_not_more_to_change(measured: Measure) -> None:
    for one in of(measured, has_style=False):
        assert one.nearer.low >= 0, one


def test_no_fact_moves_and_complaints_and_groups_stay_as_they_are(measured: Measure) -> None:
    for one in measured.guides:
        assert one.same_facts == one.turns
    assert measured.neutral
    assert measured.neutral_untouched == measured.neutral


def test_the_draft_she_takes_comes_first(measured: Measure) -> None:
    by_name = {one.name: one for one in measured.guides}
    assert (by_name["简短不寒暄"].first_plain, by_name["简短不寒暄"].first_voiced) == (0.0, 1.0)
    assert all(one.first_voiced >= one.first_plain for one in measured.guides)


def test_the_measure_is_the_same_every_time(turns: tuple[Turn, ...]) -> None:
    few = turns[:24]
    assert measure(few, GUIDES[:2]) == measure(few, GUIDES[:2])


def test_invented_guides_do_what_they_are_said_to(turns: tuple[Turn, ...]) -> None:
    named = next(turn for turn in turns if turn.address and turn.drafts[0].text.startswith(turn.address))
    assert not stays_neutral(named.brief.need)
    by_name = {guide.name: guide for guide in GUIDES}
    sent = [reworked(by_name["亲爱的＋表情＋结尾"], named.drafts[0], named.address, Random(seed)) for seed in range(20)]
    assert sum(text.startswith(f"亲爱的{named.address}，") for text in sent) >= 14
    assert sum(text.endswith(("😊", "🌹")) for text in sent) >= 14
