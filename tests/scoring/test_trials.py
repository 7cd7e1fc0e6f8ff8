"""Who gets which of two wordings, and what counts as taken."""

from datetime import UTC, datetime

import pytest

from assistant.scoring.planning import Feasibility, TrialVerdict, plan, still_missing, trial_verdict
from assistant.scoring.sequential import Evidence, Side
from assistant.scoring.trials import Trial, TrialOutcome, arm_of, outcome_of, unit_of
from assistant.shop import Citation, Manner, Scene, Script, Stage
from assistant.turn import (
    Action,
    ActionKind,
    Arm,
    Draft,
    Intent,
    Need,
    Outcome,
    Provenance,
    RefusalReason,
    Reply,
    ReplyKind,
    Sentence,
    TurnRecord,
    Verdict,
)

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
CITED = Citation(document_id="d", title="话术.xlsx", version=1, place="第2行")


def script(script_id: str = "A", text: str = "您好", version: int = 1) -> Script:
    return Script(
        script_id=script_id, title="问候", stage=Stage.GREETING, scene=Scene.PRIVATE, manner=Manner.WARM, text=text,
        version=version, cited=CITED,
    )  # fmt: skip


def record(*drafts: tuple[str, ...], action: Action | None = None, held: int = -1) -> TurnRecord:
    """A turn whose drafts carry these scripts; the one at ``held`` was stopped by the guard."""
    verdicts = tuple(
        Verdict(
            outcome=Outcome.HELD if place == held else Outcome.PASS,
            draft=Draft(
                manner=Manner.WARM, sentences=() if place == held else (Sentence(text="您好"),), script_ids=carried
            ),
        )
        for place, carried in enumerate(drafts)
    )
    return TurnRecord(
        turn_id="T1", corp_id="corp", conversation_id="c", guide="g", store_id="S1", channel="wecom", messages=(),
        started_at=NOW, finished_at=NOW, need=Need(intent=Intent.GREETING, question="你好"), verdicts=verdicts,
        reply=Reply(kind=ReplyKind.DRAFTS, parts=("1 您好",)),
        provenance=Provenance(composer_version="c", guard_version="g"), action=action,
    )  # fmt: skip


def test_somebody_gets_the_same_side_on_every_day_and_every_machine() -> None:
    unit = unit_of("corp", "C00001", "guide1")
    assert unit == unit_of("corp", "C00001", "another-guide")
    # pinned: a release that draws otherwise would swap sides in the middle of a trial
    assert unit == "43848bf68155a5b1526fb76e7c613d0e"
    assert [arm_of(f"E{number}", unit).value for number in range(8)] == list("abababaa")
    assert unit_of("corp", "", "Guide1") == unit_of("corp", "", "guide1") != unit_of("corp", "guide1", "")


def test_both_sides_are_drawn_alike_and_trials_apart() -> None:
    units = [unit_of("corp", f"C{number:05d}", "") for number in range(10_000)]
    first = [arm_of("E1", unit) is Arm.B for unit in units]
    second = [arm_of("E2", unit) is Arm.B for unit in units]
    # four standard deviations of a fair coin
    assert abs(sum(first) - 5000) < 200
    assert abs(sum(one == other for one, other in zip(first, second, strict=True)) - 5000) < 200


def test_a_trial_stands_while_its_scripts_are_served_as_they_were() -> None:
    versions = Trial(experiment_id="E", a=script(), b=script(text="早上好"), ends_at=NOW)
    assert versions.stands({"A": script(version=7)})
    assert not versions.stands({"A": script(text="晚上好")})
    assert not versions.stands({})
    two = Trial(experiment_id="E", a=script(), b=script("B", "早上好"), ends_at=NOW)
    assert two.stands({"A": script(), "B": script("B", "早上好")})
    assert not two.stands({"A": script()})


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        (None, None),
        (Action(kind=ActionKind.ACCEPTED, at=NOW, choice=1), TrialOutcome.ACCEPTED),
        (Action(kind=ActionKind.EDITED, at=NOW, choice=1), TrialOutcome.EDITED),
        (Action(kind=ActionKind.ACCEPTED, at=NOW, choice=2), TrialOutcome.OTHER),
        (Action(kind=ActionKind.REFUSED, at=NOW, reason=RefusalReason.TOO_LONG), TrialOutcome.REFUSED),
        (Action(kind=ActionKind.REFUSED, at=NOW, reason=RefusalReason.CUSTOMER_CHANGED), None),
    ],
)
def test_what_counts_as_taken(action: Action | None, outcome: TrialOutcome | None) -> None:
    assert outcome_of(record(("A",), ("Z",), action=action), "A") is outcome


def test_drafts_are_numbered_as_the_guide_saw_them() -> None:
    taken = Action(kind=ActionKind.ACCEPTED, at=NOW, choice=1)
    assert outcome_of(record(("Z",), ("A",), action=taken, held=0), "A") is TrialOutcome.ACCEPTED


def test_a_plan_says_why_it_would_not_come_to_an_end() -> None:
    month_ago = NOW.replace(month=11)
    assert plan(400, 200, month_ago, 0.2, 5, NOW).feasibility is Feasibility.FINE
    assert plan(400, 200, month_ago, 0.2, 4, NOW).feasibility is Feasibility.SLOW
    assert plan(400, 200, month_ago, 0.001, 12, NOW).feasibility is Feasibility.SMALL
    assert plan(20, 10, month_ago, 0.2, 4, NOW).feasibility is Feasibility.FEW
    assert plan(400, 200, NOW.replace(day=1, hour=1), 0.2, 4, NOW).feasibility is Feasibility.YOUNG
    assert plan(0, 0, None, 0.2, 4, NOW).feasibility is Feasibility.YOUNG
    slow = plan(100, 50, month_ago, 0.2, 4, NOW)
    assert slow.needed is not None
    assert slow.weeks_needed is not None
    # 2 sides at about 23 customers a week
    assert slow.weeks_needed == pytest.approx(2 * slow.needed / (100 / (30 / 7)), abs=1)


def test_the_verdict_waits_believes_or_distrusts() -> None:
    def standing(a: int, b: int, pairs: int, peak: float) -> Evidence:
        return Evidence(Side(a, a // 2), Side(b, b // 2), pairs, peak, peak)

    assert trial_verdict(standing(50, 48, 48, 3.0), 200) is TrialVerdict.WAIT
    assert still_missing(standing(50, 48, 48, 3.0), 200) == 302
    assert trial_verdict(standing(120, 118, 118, 25.0), 200) is TrialVerdict.CLEAR
    assert trial_verdict(standing(210, 205, 205, 3.0), 200) is TrialVerdict.ALIKE
    assert trial_verdict(standing(300, 150, 150, 25.0), 200) is TrialVerdict.UNFAIR
