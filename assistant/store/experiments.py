"""Trials of scripts: begun, answered by what guides do, stopped, and put into use. One at a time on every script.

What is served changes with the material version, as with every published text: each replica reads the open trials anew
when it grows, so that no turn asks the database for them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from assistant.errors import NotFound
from assistant.scoring.sequential import Answer
from assistant.scoring.summing import LeanKind
from assistant.scoring.trials import Trial, TrialOutcome, outcome_of, unit_of
from assistant.shop import Script
from assistant.store import material
from assistant.store.database import upsert
from assistant.store.tables import experiment, experiment_answer, experiment_script, turn_lean, turn_summary
from assistant.turn import ActionKind, Arm, TurnRecord
from knowledge.noun import Labelled


class ExperimentStatus(Labelled):
    """How far a trial has come."""

    RUNNING = "running", "试用中"
    STOPPED = "stopped", "提前停了"
    ENDED = "ended", "到期结束"


class Experiment(NamedTuple):
    """One trial. ``planned`` is answers a side, ``base`` and ``effect`` are shares; ``settled`` the side put into use."""

    experiment_id: str
    a: Script
    b: Script
    b_revision: str
    b_proposed_by: str
    base: float
    effect: float
    planned: int
    started_by: str
    started_at: datetime
    ends_at: datetime
    ended_by: str
    ended_at: datetime | None
    note: str
    settled: Arm | None
    settled_by: str
    settled_at: datetime | None

    @property
    def of_versions(self) -> bool:
        """Say whether both sides are versions of one script."""
        return self.a.script_id == self.b.script_id

    @property
    def trial(self) -> Trial:
        """The pair as a desk has it."""
        return Trial(experiment_id=self.experiment_id, a=self.a, b=self.b, ends_at=self.ends_at)

    def status(self, moment: datetime) -> ExperimentStatus:
        """Where it stands at a moment."""
        if self.ended_at is not None:
            return ExperimentStatus.STOPPED
        return ExperimentStatus.RUNNING if moment < self.ends_at else ExperimentStatus.ENDED


class Beginning(NamedTuple):
    """A trial to be begun; see ``Experiment``."""

    a: Script
    b: Script
    b_revision: str
    b_proposed_by: str
    base: float
    effect: float
    planned: int
    ends_at: datetime


class Past(NamedTuple):
    """What became of a script lately: customers who were shown it and answered about, and for how many of them it was
    taken as it stood, both by the first time. ``since`` is the oldest of them, None where there is none."""

    units: int
    taken: int
    since: datetime | None


# ---- beginning and ending ----------------------------------------------------------------------


def begin(tx: Connection, corp_id: str, wanted: Beginning, *, by: str, moment: datetime) -> Experiment | None:
    """Begin a trial; None where another one holds one of its scripts."""
    made = Experiment(
        uuid4().hex,
        *wanted[:7],
        started_by=by.lower(),
        started_at=moment,
        ends_at=wanted.ends_at,
        ended_by="",
        ended_at=None,
        note="",
        settled=None,
        settled_by="",
        settled_at=None,
    )
    bodies = {"a": made.a.model_dump(mode="json"), "b": made.b.model_dump(mode="json"), "settled": ""}
    tx.execute(insert(experiment).values(corp_id=corp_id, **(made._asdict() | bodies)))
    scripts = sorted({made.a.script_id, made.b.script_id})
    gone = and_(experiment_script.c.corp_id == corp_id, experiment_script.c.until <= moment)
    tx.execute(delete(experiment_script).where(gone, experiment_script.c.script_id.in_(scripts)))
    rows = [
        {"corp_id": corp_id, "script_id": one, "experiment_id": made.experiment_id, "until": made.ends_at}
        for one in scripts
    ]
    claim = upsert(tx, experiment_script).values(rows).on_conflict_do_nothing()
    if len(tx.execute(claim.returning(experiment_script.c.script_id)).all()) != len(rows):
        tx.execute(delete(experiment_script).where(experiment_script.c.experiment_id == made.experiment_id))
        tx.execute(delete(experiment).where(experiment.c.experiment_id == made.experiment_id))
        return None
    material.bump_material_version(tx, corp_id)
    return made


def stop(tx: Connection, corp_id: str, experiment_id: str, *, by: str, moment: datetime, note: str) -> bool:
    """Serve the standing script to everybody again; False when it had ended already. Raises NotFound."""
    one(tx, corp_id, experiment_id)
    this = (experiment.c.experiment_id == experiment_id, experiment.c.ended_at.is_(None), experiment.c.ends_at > moment)
    done = tx.execute(update(experiment).where(*this).values(ended_by=by.lower(), ended_at=moment, note=note))
    if done.rowcount != 1:
        return False
    _let_go(tx, corp_id, experiment_id)
    return True


def settle(tx: Connection, corp_id: str, experiment_id: str, arm: Arm, *, by: str, moment: datetime) -> bool:
    """Note which side was put into use, and end the trial where it still runs; False when somebody was first.

    What is served is changed by whoever calls. Raises NotFound.
    """
    found = one(tx, corp_id, experiment_id)
    this = (experiment.c.experiment_id == experiment_id, experiment.c.settled == "")
    values: dict[str, Any] = {"settled": arm.value, "settled_by": by.lower(), "settled_at": moment}
    if found.status(moment) is ExperimentStatus.RUNNING:
        values |= {"ended_by": by.lower(), "ended_at": moment}
    if tx.execute(update(experiment).where(*this).values(**values)).rowcount != 1:
        return False
    _let_go(tx, corp_id, experiment_id)
    return True


def _let_go(tx: Connection, corp_id: str, experiment_id: str) -> None:
    tx.execute(delete(experiment_script).where(experiment_script.c.experiment_id == experiment_id))
    material.bump_material_version(tx, corp_id)


def end_of_version(tx: Connection, corp_id: str, revision_id: str, *, by: str, moment: datetime) -> None:
    """Serve the standing script alone again where the tried version was sent back meanwhile."""
    rows = tx.execute(
        select(experiment.c.experiment_id).where(
            experiment.c.corp_id == corp_id,
            experiment.c.b_revision == revision_id,
            experiment.c.ended_at.is_(None),
            experiment.c.ends_at > moment,
        )
    )
    for experiment_id in rows.scalars().all():
        stop(tx, corp_id, experiment_id, by=by, moment=moment, note="试用的那一版被退回了")


# ---- reading -----------------------------------------------------------------------------------


def one(tx: Connection, corp_id: str, experiment_id: str) -> Experiment:
    """One trial; raises NotFound."""
    row = tx.execute(
        select(experiment).where(experiment.c.corp_id == corp_id, experiment.c.experiment_id == experiment_id)
    ).one_or_none()
    if row is None:
        raise NotFound(experiment_id)
    return _as_experiment(row)


def every(tx: Connection, corp_id: str, *, before: str, limit: int) -> tuple[Experiment, ...]:
    """Trials, newest first, from one on downwards; raises NotFound for an unknown ``before``."""
    query = select(experiment).where(experiment.c.corp_id == corp_id)
    if before:
        place = one(tx, corp_id, before).started_at
        same = and_(experiment.c.started_at == place, experiment.c.experiment_id < before)
        query = query.where(or_(experiment.c.started_at < place, same))
    rows = tx.execute(query.order_by(experiment.c.started_at.desc(), experiment.c.experiment_id.desc()).limit(limit))
    return tuple(_as_experiment(row) for row in rows)


def open_trials(tx: Connection, corp_id: str) -> tuple[Trial, ...]:
    """Every trial that nobody ended, also those whose time is over."""
    query = (
        select(experiment)
        .join(experiment_script, experiment_script.c.experiment_id == experiment.c.experiment_id)
        .where(experiment.c.corp_id == corp_id, experiment.c.ended_at.is_(None))
        .order_by(experiment.c.experiment_id)
    )
    found = {row.experiment_id: _as_experiment(row) for row in tx.execute(query)}
    return tuple(each.trial for each in found.values())


def holder(tx: Connection, corp_id: str, script_id: str, moment: datetime) -> str:
    """The trial that holds a script at a moment, empty for none."""
    found = tx.execute(
        select(experiment_script.c.experiment_id).where(
            experiment_script.c.corp_id == corp_id,
            experiment_script.c.script_id == script_id,
            experiment_script.c.until > moment,
        )
    ).scalar_one_or_none()
    return found or ""


def past(tx: Connection, corp_id: str, script_ids: frozenset[str], since: datetime) -> Past:
    """What became of these scripts since a moment, by the narrow rows beside the turns; nothing reads a whole record."""
    rows = tx.execute(
        select(
            turn_summary.c.customer_id,
            turn_summary.c.guide_folded,
            turn_lean.c.finished_at,
            turn_lean.c.action,
            turn_lean.c.taken,
        )
        .join(turn_summary, turn_summary.c.turn_id == turn_lean.c.turn_id)
        .where(
            turn_lean.c.corp_id == corp_id,
            turn_lean.c.kind == LeanKind.SCRIPT.value,
            turn_lean.c.ref.in_(sorted(script_ids)),
            turn_lean.c.finished_at >= since,
            turn_lean.c.action != "",
        )
        .order_by(turn_lean.c.finished_at, turn_lean.c.turn_id)
    )
    first: dict[tuple[str, str], bool] = {}
    oldest: datetime | None = None
    for row in rows:
        oldest = oldest or row.finished_at
        who = (row.customer_id, "" if row.customer_id else row.guide_folded)
        first.setdefault(who, row.action == ActionKind.ACCEPTED.value and row.taken)
    return Past(len(first), sum(first.values()), oldest)


# ---- answers -----------------------------------------------------------------------------------


def note(tx: Connection, record: TurnRecord) -> None:
    """Count a guide's word on a turn, joined to the record, for the trials in which its drafts stand; the first one
    alone counts."""
    unit = unit_of(record.corp_id, record.need.customer_id, record.guide)
    for one_ in record.trials:
        outcome = outcome_of(record, one_.script_id)
        if outcome is None or record.action is None:
            continue
        tx.execute(
            upsert(tx, experiment_answer)
            .values(
                experiment_id=one_.experiment_id,
                turn_id=record.turn_id,
                at=record.action.at,
                unit=unit,
                arm=one_.arm.value,
                outcome=outcome.value,
                store_id=record.store_id,
            )
            .on_conflict_do_nothing()
        )


def answers(tx: Connection, experiment_id: str) -> tuple[Answer, ...]:
    """The first answer of every customer, in the order in which they came.

    Only the first: a customer who is asked about ten times is one customer, not ten, and always gets the same side.
    """
    rows = tx.execute(
        select(experiment_answer.c.unit, experiment_answer.c.arm, experiment_answer.c.outcome)
        .where(experiment_answer.c.experiment_id == experiment_id)
        .order_by(experiment_answer.c.at, experiment_answer.c.turn_id)
    )
    seen: set[str] = set()
    found = []
    for row in rows:
        if row.unit not in seen:
            seen.add(row.unit)
            found.append(Answer(Arm(row.arm), row.outcome == TrialOutcome.ACCEPTED.value))
    return tuple(found)


def counted(tx: Connection, experiment_ids: list[str]) -> dict[str, Mapping[tuple[Arm, TrialOutcome], int]]:
    """How many turns of either side came to what, by trial: every turn, also of a customer asked about again."""
    rows = tx.execute(
        select(
            experiment_answer.c.experiment_id,
            experiment_answer.c.arm,
            experiment_answer.c.outcome,
            func.count().label("turns"),
        )
        .where(experiment_answer.c.experiment_id.in_(experiment_ids))
        .group_by(experiment_answer.c.experiment_id, experiment_answer.c.arm, experiment_answer.c.outcome)
    )
    found: dict[str, dict[tuple[Arm, TrialOutcome], int]] = {one_: {} for one_ in experiment_ids}
    for row in rows:
        found[row.experiment_id][Arm(row.arm), TrialOutcome(row.outcome)] = row.turns
    return dict(found)


def _as_experiment(row: Row[Any]) -> Experiment:
    told = {name: value for name, value in row._mapping.items() if name in Experiment._fields}
    sides = {name: Script.model_validate_json(json.dumps(told[name], ensure_ascii=False)) for name in ("a", "b")}
    return Experiment(**(told | sides | {"settled": Arm(row.settled) if row.settled else None}))
