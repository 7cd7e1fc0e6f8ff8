"""Holding a judge against people: agreement beyond chance, a liking for length, and every turn they see differently."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import krippendorff
import numpy as np
from pydantic import ValidationError

from eval.cases.reading import BadCase
from eval.judging.judge import Judgement, Opinion
from knowledge.noun import Noun

LEAST_KAPPA = 0.6
"""Below that a judge says something else than people do too often to hold a release back (Landis and Koch: substantial)."""
LEAST_TURNS = 30
TIMES = 1000
_VALUES = {one: float(number) for number, one in enumerate(Opinion)}


class Label(Noun):
    """What one person said of one turn."""

    turn: str
    opinion: Opinion
    by: str


@dataclass(frozen=True)
class Disagreement:
    """A turn that the judge sees otherwise than people."""

    turn: str
    people: Opinion
    judge: Opinion
    why: str


@dataclass(frozen=True)
class Calibration:
    """How far a judge can be trusted.

    ``low`` is the lower end of kappa's interval. ``alpha_people`` is Krippendorff's alpha of people among themselves,
    None where nobody labelled what another did: a judge cannot agree with people more than they do. ``length_bias`` is by
    how much more the judge passes long answers than short ones, beyond what people do.
    """

    turns: int
    unjudged: int
    kappa: float
    low: float
    alpha: float
    alpha_people: float | None
    length_bias: float | None
    disagreements: tuple[Disagreement, ...]

    @property
    def may_gate(self) -> bool:
        """Say whether this judge may hold a release back."""
        return self.turns >= LEAST_TURNS and self.kappa >= LEAST_KAPPA


def read_labels(path: Path) -> tuple[Label, ...]:
    """Labels of people, a JSON line each (turn, opinion, by); raises BadCase with every line that is none."""
    labels: list[Label] = []
    problems: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if line.strip():
            try:
                labels.append(Label.model_validate_json(line))
            except ValidationError:
                problems.append(
                    f'{path.name} 第{number}行：要写成 {{"turn": "beauty/001#1", "opinion": "pass、fail 或 n/a", "by": "谁"}}'
                )
    if problems:
        raise BadCase("\n".join(problems))
    return tuple(labels)


def calibrate(judgements: Sequence[Judgement], labels: Iterable[Label]) -> Calibration:
    """Hold a judge's opinions against those of people; turns nobody labelled do not count."""
    by_turn: defaultdict[str, dict[str, Opinion]] = defaultdict(dict)
    for label in labels:
        by_turn[label.turn][label.by] = label.opinion
    of_people = {turn: opinion for turn, said in by_turn.items() if (opinion := _most(said)) is not None}
    labelled = [one for one in judgements if one.turn in of_people]
    pairs = [(of_people[one.turn], one.opinion, one) for one in labelled if one.opinion is not None]
    people, judge = [one for one, _, _ in pairs], [other for _, other, _ in pairs]
    return Calibration(
        turns=len(pairs),
        unjudged=len(labelled) - len(pairs),
        kappa=kappa(people, judge),
        low=_low(people, judge),
        alpha=_alpha([people, judge]) if len(set(people + judge)) > 1 else 0.0,
        alpha_people=_alpha_of_people(by_turn),
        length_bias=_length_bias([(one, other, judgement.characters) for one, other, judgement in pairs]),
        disagreements=tuple(
            Disagreement(judgement.turn, one, other, judgement.why)
            for one, other, judgement in pairs
            if one is not other
        ),
    )


def kappa(people: Sequence[Opinion], judge: Sequence[Opinion]) -> float:
    """Cohen's kappa; 0 where there is nothing, or where both always say the same: then agreeing tells nothing."""
    if not people:
        return 0.0
    same = sum(one is other for one, other in zip(people, judge, strict=True)) / len(people)
    first, second = Counter(people), Counter(judge)
    by_chance = sum(first[one] * second[one] for one in Opinion) / len(people) ** 2
    return (same - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0


def _low(people: Sequence[Opinion], judge: Sequence[Opinion]) -> float:
    if not people:
        return 0.0
    dice = np.random.default_rng(20261122)
    drawn = (dice.integers(0, len(people), len(people)) for _ in range(TIMES))
    values = [kappa([people[at] for at in places], [judge[at] for at in places]) for places in drawn]
    return float(np.quantile(values, 0.025))


def _most(said: Mapping[str, Opinion]) -> Opinion | None:
    """What most people said; None where they are divided."""
    counted = Counter(said.values()).most_common(2)
    return None if len(counted) == 2 and counted[0][1] == counted[1][1] else counted[0][0]


def _alpha(rows: Sequence[Sequence[Opinion | None]]) -> float:
    data = [[np.nan if one is None else _VALUES[one] for one in row] for row in rows]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"))


def _alpha_of_people(by_turn: Mapping[str, Mapping[str, Opinion]]) -> float | None:
    shared = [said for said in by_turn.values() if len(said) > 1]
    if len({opinion for said in shared for opinion in said.values()}) < 2:
        return None
    names = sorted({name for said in shared for name in said})
    return _alpha([[said.get(name) for said in shared] for name in names])


def _length_bias(rated: Sequence[tuple[Opinion, Opinion, int]]) -> float | None:
    """The judge's liking for the longer half, less that of people; None where there are no two halves."""
    rated = [one for one in rated if Opinion.NOT_APPLICABLE not in one[:2]]
    if len({length for _, _, length in rated}) < 2:
        return None
    middle = float(np.median([length for _, _, length in rated]))
    long = [one for one in rated if one[2] > middle]
    short = [one for one in rated if one[2] <= middle]
    if not long or not short:
        return None

    def liking(which: int) -> float:
        def share(ones: Sequence[tuple[Opinion, Opinion, int]]) -> float:
            return sum(one[which] is Opinion.PASS for one in ones) / len(ones)

        return share(long) - share(short)

    return liking(1) - liking(0)


def in_words(found: Calibration) -> Iterator[str]:
    """What people read."""
    yield f"和人比过 {found.turns} 轮，另有 {found.unjudged} 轮评委没有给出可信的判断"
    yield f"和人的一致（Cohen's κ）{found.kappa:.2f}，下限 {found.low:.2f}；Krippendorff's α {found.alpha:.2f}"
    if found.alpha_people is not None:
        yield f"人和人之间的 α {found.alpha_people:.2f}：评委不会比人更一致"
    if found.length_bias is not None:
        yield f"比人更偏爱长的草稿：{found.length_bias:+.0%}"
    for one in found.disagreements:
        yield f"  {one.turn}：人说 {one.people}，评委说 {one.judge}（{one.why}）"
    if found.may_gate:
        yield "可以用来放行。"
    else:
        yield f"不能用来放行：要有 {LEAST_TURNS} 轮以上、κ 不低于 {LEAST_KAPPA}。"


def write_judgements(judgements: Iterable[Judgement], path: Path) -> None:
    """Keep the opinions, a line each."""
    lines = (json.dumps(one.model_dump(mode="json"), ensure_ascii=False) for one in judgements)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
