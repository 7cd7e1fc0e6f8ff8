"""The gate: whether this version may be released, by the rules in ``gate.yaml`` and against the baseline.

Exit codes: 0 may go, 1 got worse, 2 a turn could not be run, 3 nothing or too little was looked at.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from eval.cases.reading import BadCase
from eval.checks.checks import CHECK_NAMES
from eval.comparing.paired import Change, Comparison, compare
from eval.counting.outcome import RAN, TurnOutcome
from knowledge.noun import Noun

GATE = Path(__file__).parent / "gate.yaml"
BASELINE = Path(__file__).parent / "baseline.jsonl"
OTHERS = "其他"
OK, REGRESSION, ERROR, NOTHING_RAN = 0, 1, 2, 3


class Accepted(Noun):
    """A turn that may fail a check where it passed before, with the reason somebody gave."""

    turn: str = Field(pattern=r"^[^#]+#\d+$")
    check: str
    why: str = Field(min_length=4)


class GateFile(Noun):
    """``gate.yaml``: least shares by pack and check (``其他`` for the packs not named), and what counts as worse."""

    least: dict[str, dict[str, float]]
    no_regression: Literal["exact", "significant"] = "exact"
    measured: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()

    def every(self) -> Iterator[tuple[str, str, float]]:
        """Every least share with its pack and check."""
        return ((pack, check, share) for pack, least in self.least.items() for check, share in least.items())


@dataclass(frozen=True)
class Blame:
    """Where the turns that got worse sit: in this slice so many of them, of so many turns that slice has in all."""

    tag: str
    value: str
    worse: int
    turns: int


@dataclass(frozen=True)
class Conclusion:
    """Whether a run may pass, as an exit code, and why not; ``notes`` hold what is good to know."""

    code: int
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blames: tuple[Blame, ...] = ()
    comparison: Comparison | None = field(default=None, repr=False)

    @property
    def may_go(self) -> bool:
        """Say whether the version may be released."""
        return self.code == OK


def read_gate(path: Path = GATE) -> GateFile:
    """Read the rules; raises BadCase where they do not fit or name checks that do not exist."""
    try:
        gate = GateFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadCase(f"{path.name}：放行规则写得不对。{error}") from error
    unknown = {
        *(check for least in gate.least.values() for check in least),
        *gate.measured,
        *(one.check for one in gate.accepted),
    } - {RAN, *CHECK_NAMES}
    if unknown:
        raise BadCase(f"{path.name}：没有这些检查：{'、'.join(sorted(unknown))}；可以写：{'、'.join(CHECK_NAMES)}")
    return gate


def conclude(
    outcomes: Sequence[TurnOutcome], gate: GateFile, baseline: Sequence[TurnOutcome] | None = None
) -> Conclusion:
    """Hold a run against the rules and the baseline. What was not looked at has not passed."""
    if not outcomes:
        return Conclusion(NOTHING_RAN, ("一段对话也没有跑",))
    errors = tuple(f"{one.name} 没有跑成：{one.failed[RAN]}" for one in outcomes if RAN in one.failed)
    if errors:
        return Conclusion(ERROR, errors)
    held = [_Held(pack, check, share, *_counted(outcomes, pack, gate, check)) for pack, check, share in gate.every()]
    empty = tuple(f"{one.name} 一次也没有检查到" for one in held if one.judged == 0 and one.ran)
    if empty:
        return Conclusion(NOTHING_RAN, empty)
    low = tuple(
        f"{one.name} {one.passed}/{one.judged}，要求不低于 {one.share:.0%}"
        for one in held
        if one.passed < one.share * one.judged
    )
    if baseline is None:
        return Conclusion(REGRESSION if low else OK, low)
    return _against(baseline, outcomes, gate, low)


@dataclass(frozen=True)
class _Held:
    """One rule of least shares with what came: ``ran`` is how many turns of such packs there were at all."""

    pack: str
    check: str
    share: float
    passed: int
    judged: int
    ran: int

    @property
    def name(self) -> str:
        return f"「{self.check}」（{self.pack}）"


def _counted(outcomes: Sequence[TurnOutcome], pack: str, gate: GateFile, check: str) -> tuple[int, int, int]:
    named = gate.least.keys() - {OTHERS}
    mine = [one for one in outcomes if one.pack == pack or (pack == OTHERS and one.pack not in named)]
    passes = [one.passes(check) for one in mine]
    return sum(one is True for one in passes), sum(one is not None for one in passes), len(mine)


def _against(
    baseline: Sequence[TurnOutcome], outcomes: Sequence[TurnOutcome], gate: GateFile, low: tuple[str, ...]
) -> Conclusion:
    compared = compare(baseline, outcomes)
    here = {one.pack for one in outcomes}
    missing = sorted({one.case for one in baseline if one.pack in here} - {one.case for one in outcomes})
    lost = tuple(f"基线里有、这次没跑：{name}" for name in missing)
    if not compared.turns:
        return Conclusion(NOTHING_RAN, (*lost, "没有一轮能和基线比：题目都变了，请先重新生成基线"), comparison=compared)
    accepted = {(one.turn, one.check) for one in gate.accepted}
    counted = [one for one in compared.worse if one.check not in gate.measured]
    worse = [one for one in counted if (one.name, one.check) not in accepted]
    notes = [f"已接受：{one.name} {one.check}" for one in counted if (one.name, one.check) in accepted]
    if compared.better:
        notes.append(f"比基线好了 {len(compared.better)} 处")
    if compared.left_out:
        notes.append(f"{len(compared.left_out)} 轮没有和基线比（新题，或者题目改过）")
    if gate.no_regression == "exact":
        reasons = tuple(f"{one.name} {one.check}由对变错：{one.detail}" for one in worse)
    else:
        # the statistics need the extra [eval]; the exact rule does without
        from eval.comparing.differences import differences

        sure = (one for one in differences(compared.pairs) if one.is_sure and one.share < 0)
        reasons = tuple(one.in_words() for one in sure)
    every = (*low, *lost, *_new_prompts(baseline, outcomes, gate), *reasons)
    blames = blame(worse, outcomes) if reasons else ()
    return Conclusion(REGRESSION if every else OK, every, tuple(notes), blames, compared)


def _new_prompts(baseline: Sequence[TurnOutcome], outcomes: Sequence[TurnOutcome], gate: GateFile) -> tuple[str, ...]:
    """The composer's drafts say nothing of a prompt: one that nobody has run a model with is told."""
    if gate.no_regression != "exact":
        return ()
    before, now = ({one.prompt for one in ones if one.prompt} for ones in (baseline, outcomes))
    changed = sorted(now - before) if before else []
    return tuple(
        f"提示词 {name} 和基线的（{'、'.join(sorted(before))}）不一样：先用模型跑一遍（--with-model）看效果，再定为新的基线"
        for name in changed
    )


def blame(worse: Sequence[Change], outcomes: Sequence[TurnOutcome], most: int = 4) -> tuple[Blame, ...]:
    """The slices in which the worse turns are most at home, best explanation first.

    Ordered by how much of the slice got worse beyond what got worse overall, so that a large slice that merely holds
    them all does not stand before the small one that is broken.
    """
    turns = {one.name: one.after for one in worse}
    broken = Counter((tag, value) for one in turns.values() for tag, value in one.tags.items())
    whole = Counter((tag, value) for one in outcomes for tag, value in one.tags.items())
    overall = len(turns) / max(len({one.name for one in outcomes}), 1)
    ranked = sorted(broken, key=lambda key: (-(broken[key] - overall * whole[key]), whole[key], key))
    return tuple(Blame(tag, value, broken[tag, value], whole[tag, value]) for tag, value in ranked[:most])
