"""What people said of a turn: their marks by the rubric, and the turns they kept as cases for the evaluation."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from assistant.scoring.rates import Rate
from assistant.scoring.rubric import Rubric
from assistant.store.console.scope import Stores
from assistant.store.database import AlreadyThere
from assistant.store.tables import kept_case, person, turn_rating, turn_summary

NEAR = 0.25
"""One step of five: marks that lie no further apart agree."""
_RATINGS_LOOKED_AT = 2000

Marks = Mapping[Rubric, float]
"""0..1 by item; an item left out was not judged."""


class Rating(NamedTuple):
    """One person's marks of one turn. ``changes`` counts how often she saved them: whoever saves names the count she saw."""

    rated_by: str
    name: str
    marks: Marks
    note: str
    rated_at: datetime
    changes: int


class Agreement(NamedTuple):
    """How far people and the automatic score are of one mind on one item, over pairs where both judged it.

    ``near`` are the pairs no further apart than one step; ``apart`` is the mean distance, None without pairs.
    """

    rubric: Rubric
    near: Rate
    apart: float | None


class KeptCase(NamedTuple):
    """A turn that somebody kept for the evaluation."""

    turn_id: str
    reason: str
    kept_by: str
    name: str
    kept_at: datetime


# ---- marks -------------------------------------------------------------------------------------


def ratings_of(tx: Connection, corp_id: str, turn_id: str) -> tuple[Rating, ...]:
    """Everybody's marks of a turn, in the order in which they were first given."""
    rows = tx.execute(
        select(turn_rating, func.coalesce(person.c.name, turn_rating.c.rated_by).label("name"))
        .outerjoin(
            person, and_(person.c.corp_id == turn_rating.c.corp_id, person.c.userid_folded == turn_rating.c.rated_by)
        )
        .where(turn_rating.c.corp_id == corp_id, turn_rating.c.turn_id == turn_id)
        .order_by(turn_rating.c.rated_at, turn_rating.c.rated_by)
    )
    return tuple(_as_rating(row) for row in rows)


def save(
    tx: Connection,
    corp_id: str,
    turn_id: str,
    *,
    by: str,
    marks: Marks,
    automatic: Marks,
    note: str,
    moment: datetime,
    seen: int,
) -> bool:
    """Set one person's marks; False when they were saved meanwhile, in another window, and nothing is written.

    ``automatic`` are the marks of the rubric at this moment: agreement is worked out on what stood beside hers.
    """
    values = {
        "marks": {one.value: mark for one, mark in marks.items()},
        "automatic": {one.value: mark for one, mark in automatic.items()},
        "note": note,
        "rated_at": moment,
        "changes": seen + 1,
    }
    if seen == 0:
        try:
            with tx.begin_nested():
                tx.execute(insert(turn_rating).values(corp_id=corp_id, turn_id=turn_id, rated_by=by.lower(), **values))
        except AlreadyThere:
            return False
        return True
    this = (
        turn_rating.c.corp_id == corp_id,
        turn_rating.c.turn_id == turn_id,
        turn_rating.c.rated_by == by.lower(),
        turn_rating.c.changes == seen,
    )
    return tx.execute(update(turn_rating).where(*this).values(**values)).rowcount == 1


def agreement(tx: Connection, corp_id: str, stores: Stores, since: datetime) -> tuple[Agreement, ...]:
    """How far people's marks since a moment agree with the automatic ones, by item; the newest 2,000 ratings count."""
    query = (
        select(turn_rating.c.marks, turn_rating.c.automatic)
        .join(turn_summary, turn_summary.c.turn_id == turn_rating.c.turn_id)
        .where(turn_rating.c.corp_id == corp_id, turn_rating.c.rated_at >= since)
    )
    if stores is not None:
        query = query.where(turn_summary.c.store_id.in_(sorted(stores)))
    rows = tx.execute(query.order_by(turn_rating.c.rated_at.desc()).limit(_RATINGS_LOOKED_AT))
    pairs = [(_as_marks(row.marks), _as_marks(row.automatic)) for row in rows]
    return tuple(_agreed(rubric, pairs) for rubric in Rubric)


def _agreed(rubric: Rubric, pairs: Iterable[tuple[Marks, Marks]]) -> Agreement:
    apart = [abs(hers[rubric] - ours[rubric]) for hers, ours in pairs if rubric in hers and rubric in ours]
    near = sum(one <= NEAR + 1e-9 for one in apart)
    return Agreement(rubric, Rate(near, len(apart)), sum(apart) / len(apart) if apart else None)


def _as_marks(body: Mapping[str, float]) -> Marks:
    return {Rubric(name): mark for name, mark in body.items()}


def _as_rating(row: Row[Any]) -> Rating:
    return Rating(row.rated_by, row.name, _as_marks(row.marks), row.note, row.rated_at, row.changes)


# ---- cases -------------------------------------------------------------------------------------


def keep(tx: Connection, corp_id: str, turn_id: str, *, reason: str, by: str, moment: datetime) -> bool:
    """Keep a turn as a case; False when somebody did already, whose reason stands."""
    try:
        with tx.begin_nested():
            tx.execute(
                insert(kept_case).values(
                    corp_id=corp_id, turn_id=turn_id, reason=reason, kept_by=by.lower(), kept_at=moment
                )
            )
    except AlreadyThere:
        return False
    return True


def let_go(tx: Connection, corp_id: str, turn_id: str) -> bool:
    """Keep a turn no more; False when nobody did."""
    this = (kept_case.c.corp_id == corp_id, kept_case.c.turn_id == turn_id)
    return tx.execute(kept_case.delete().where(*this)).rowcount == 1


def kept(tx: Connection, corp_id: str, turn_id: str) -> KeptCase | None:
    """Who keeps a turn as a case and why; None when nobody does."""
    found = _kept(tx, corp_id, 1, kept_case.c.turn_id == turn_id)
    return found[0] if found else None


def all_kept(tx: Connection, corp_id: str, limit: int) -> tuple[KeptCase, ...]:
    """Every kept turn, newest first."""
    return _kept(tx, corp_id, limit)


def _kept(tx: Connection, corp_id: str, limit: int, *more: Any) -> tuple[KeptCase, ...]:
    rows = tx.execute(
        select(kept_case, func.coalesce(person.c.name, kept_case.c.kept_by).label("name"))
        .outerjoin(person, and_(person.c.corp_id == kept_case.c.corp_id, person.c.userid_folded == kept_case.c.kept_by))
        .where(kept_case.c.corp_id == corp_id, *more)
        .order_by(kept_case.c.kept_at.desc(), kept_case.c.turn_id.desc())
        .limit(limit)
    )
    return tuple(KeptCase(row.turn_id, row.reason, row.kept_by, row.name, row.kept_at) for row in rows)
