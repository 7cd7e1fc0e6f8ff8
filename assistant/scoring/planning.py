"""Whether a trial of scripts is worth beginning, and what may be said of one that runs. Pure."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from assistant.scoring.sequential import SURELY_UNFAIR, Evidence, planned_sample, unfairness
from knowledge.noun import Labelled

LOOKED_BACK = timedelta(weeks=4)
"""What is known of a script's traffic and rate comes from so long."""
SHORTEST_PAST = timedelta(weeks=1)
FEWEST_UNITS = 30
"""Customers behind a rate below which it says more about chance."""
LONGEST_WEEKS = 12


class Feasibility(Labelled):
    """Whether a trial can come to an end within its time."""

    FINE = "fine", "可以开始"
    YOUNG = "young", "还没用满一周"
    FEW = "few", "用过的客户太少"
    SMALL = "small", "想看出的差别太小"
    SLOW = "slow", "到期也凑不够"


class Plan(NamedTuple):
    """What a trial would take. ``base`` and ``effect`` are shares, ``needed`` answers a side (None: more than anybody
    waits for), ``per_week`` customers of both sides together, ``weeks_needed`` how long that takes."""

    feasibility: Feasibility
    base: float
    effect: float
    weeks: int
    needed: int | None
    per_week: float
    weeks_needed: int | None
    units: int


class TrialVerdict(Labelled):
    """What may be said of a trial."""

    UNFAIR = "unfair", "两边用到的客户数差得太多，这次比较不可信"
    CLEAR = "clear", "现在停下来是可信的"
    WAIT = "wait", "还不能下结论"
    ALIKE = "alike", "到计划的人数了，没有看出差别"


def plan(units: int, taken: int, since: datetime | None, effect: float, weeks: int, moment: datetime) -> Plan:
    """Work out from the last weeks whether a difference of ``effect`` can be seen within ``weeks``.

    ``units`` are the customers who were shown the script since ``since`` and answered about, ``taken`` those for whom it
    was taken as it stood.
    """
    base = taken / units if units else 0.0
    known_for = moment - since if since is not None else timedelta(0)
    per_week = units / max(known_for / timedelta(weeks=1), 1.0)
    needed = planned_sample(base, effect) if units else None
    weeks_needed = math.ceil(2 * needed / per_week) if needed is not None and per_week else None

    def found(feasibility: Feasibility) -> Plan:
        return Plan(feasibility, base, effect, weeks, needed, per_week, weeks_needed, units)

    if known_for < SHORTEST_PAST:
        return found(Feasibility.YOUNG)
    if units < FEWEST_UNITS:
        return found(Feasibility.FEW)
    if needed is None:
        return found(Feasibility.SMALL)
    if weeks_needed is None or weeks_needed > weeks:
        return found(Feasibility.SLOW)
    return found(Feasibility.FINE)


def trial_verdict(found: Evidence, planned: int) -> TrialVerdict:
    """Say what may be said after so many answers, ``planned`` a side."""
    if unfairness(found.a.shown, found.b.shown) >= SURELY_UNFAIR:
        return TrialVerdict.UNFAIR
    if found.is_enough:
        return TrialVerdict.CLEAR
    return TrialVerdict.ALIKE if found.pairs >= planned else TrialVerdict.WAIT


def still_missing(found: Evidence, planned: int) -> int:
    """Answers of both sides together that the plan still waits for."""
    return max(planned - found.a.shown, 0) + max(planned - found.b.shown, 0)
