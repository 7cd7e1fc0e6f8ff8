"""How far two people who labelled the same cases, each without seeing the other's labels, agree field by field."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from assistant.turn import Intent, ReplyKind
from eval.cases.case import Case, Expect
from eval.cases.packs import PACKS
from eval.cases.reading import BadCase
from knowledge.noun import Noun

SECOND = PACKS / "second_labels.yaml"


class SecondLabel(Noun):
    """What a second person, who saw the shop's material and the dialogue alone, expects of one turn."""

    turn: str
    intent: Intent
    reply: ReplyKind
    customer: str = ""
    products: tuple[str, ...] = ()
    coupons: tuple[str, ...] | None = None
    routed: bool = False


@dataclass(frozen=True)
class Agreed:
    """One field: so many of the labels that both gave are the same, and kappa, which takes chance away.

    Kappa is None where one answer was the only one ever given.
    """

    field: str
    both: int
    same: int
    kappa: float | None
    apart: tuple[str, ...]


_FIELDS: Mapping[str, tuple[Callable[[Expect], object], Callable[[SecondLabel], object]]] = {
    "听懂": (lambda one: one.intent, lambda one: one.intent),
    "答法": (lambda one: one.reply, lambda one: one.reply),
    "客户": (lambda one: one.customer, lambda one: one.customer),
    "产品": (lambda one: frozenset(one.products) or None, lambda one: frozenset(one.products) or None),
    "有没有券": (
        lambda one: None if one.coupons is None else bool(one.coupons),
        lambda one: None if one.coupons is None else bool(one.coupons),
    ),
    "优惠": (
        lambda one: None if one.coupons is None else frozenset(one.coupons),
        lambda one: None if one.coupons is None else frozenset(one.coupons),
    ),
    "该转给谁": (lambda one: one.routed, lambda one: one.routed),
}


def read_second(path: Path = SECOND) -> tuple[SecondLabel, ...]:
    """Read the second person's labels; raises BadCase."""
    try:
        return tuple(
            SecondLabel.model_validate(one)
            for one in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        )
    except (ValidationError, yaml.YAMLError) as error:
        raise BadCase(f"{path.name}：第二份标注写得不对。{error}") from error


def agreement(cases: Mapping[str, Case], second: Sequence[SecondLabel]) -> tuple[Agreed, ...]:
    """Compare the labels of the turns both people labelled; ``cases`` are by pack/id. Raises BadCase for an unknown turn."""
    pairs: list[tuple[str, Expect, SecondLabel]] = []
    for label in second:
        name, _, number = label.turn.rpartition("#")
        if name not in cases or not 0 < int(number or 0) <= len(cases[name].turns):
            raise BadCase(f"第二份标注里的 {label.turn} 没有这一轮")
        pairs.append((label.turn, cases[name].turns[int(number) - 1].expect, label))
    return tuple(_agreed(field, pairs, first, other) for field, (first, other) in _FIELDS.items())


def _agreed(
    field: str,
    pairs: Sequence[tuple[str, Expect, SecondLabel]],
    first: Callable[[Expect], object],
    other: Callable[[SecondLabel], object],
) -> Agreed:
    given = [(turn, first(expect), other(label)) for turn, expect, label in pairs]
    both = [(turn, one, two) for turn, one, two in given if one is not None and two is not None]
    same = sum(one == two for _, one, two in both)
    return Agreed(
        field,
        len(both),
        same,
        _kappa([(one, two) for _, one, two in both]),
        tuple(turn for turn, one, two in both if one != two),
    )


def _kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """Cohen (1960): agreement beyond what the two people's own frequencies would give by chance."""
    if not pairs:
        return None
    total = len(pairs)
    ones, twos = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    by_chance = sum(ones[value] * twos[value] for value in ones) / total**2
    if by_chance == 1:
        return None
    return (sum(one == two for one, two in pairs) / total - by_chance) / (1 - by_chance)


def as_text(found: Sequence[Agreed], show: bool = False) -> str:
    """The table people read."""
    lines = []
    for one in found:
        share = f"{one.same / one.both:.1%}" if one.both else "没有两人都标的"
        kappa = "—" if one.kappa is None else f"{one.kappa:.2f}"
        lines.append(f"  {one.field:　<5}一致 {one.same}/{one.both}（{share}），κ={kappa}")
        if show and one.apart:
            lines.append(f"    不一致：{'、'.join(one.apart)}")
    return "\n".join(lines)
