"""The narrow rows beside the turn records: what a turn comes to, what it leaned on, the words it is found by.

They are written with the turn and kept up with every action, in the same transaction, and follow from the record alone:
``fill_missing`` makes them for turns from before there were any. They go with their turn (foreign keys cascade).

For other rooms: ``leaned_on`` gives the turns whose shown drafts leaned on a document, passage, script, coupon or SKU,
newest first; ``counts`` how many there were of each and what the guides made of them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select

from assistant.scoring.counting import LeanCount
from assistant.scoring.searchwords import words_of
from assistant.scoring.summing import LeanKind, leanings_of, summary_of
from assistant.store.database import AlreadyThere, Database
from assistant.store.tables import turn, turn_lean, turn_summary, turn_word
from assistant.turn import ActionKind, TurnRecord

__all__ = [
    "LeanCount",
    "LeanKind",
    "Leaned",
    "counts",
    "fill_missing",
    "forget",
    "is_cleared",
    "keep_up",
    "leaned_on",
    "write",
]

FILLED_AT_ONCE = 200
"""Turns in one transaction of ``fill_missing``: 0.3 s on SQLite, where nobody else writes meanwhile."""

Stores = frozenset[str] | None


class Leaned(NamedTuple):
    """A turn whose shown drafts leaned on something. ``action`` is None while the guide said nothing; ``taken`` when the
    draft she sent leaned on it too."""

    turn_id: str
    finished_at: datetime
    store_id: str
    action: ActionKind | None
    taken: bool


# ---- for other rooms ---------------------------------------------------------------------------


def leaned_on(
    tx: Connection, corp_id: str, stores: Stores, kind: LeanKind, ref: str, since: datetime | None, limit: int
) -> tuple[Leaned, ...]:
    """The newest turns that leaned on this since a moment (None: ever), in these stores (None: all)."""
    rows = tx.execute(
        _leanings(select(turn_lean), corp_id, stores, kind, since)
        .where(turn_lean.c.ref == ref)
        .order_by(turn_lean.c.finished_at.desc(), turn_lean.c.turn_id.desc())
        .limit(limit)
    )
    return tuple(
        Leaned(row.turn_id, row.finished_at, row.store_id, ActionKind(row.action) if row.action else None, row.taken)
        for row in rows
    )


def counts(
    tx: Connection,
    corp_id: str,
    stores: Stores,
    kind: LeanKind,
    since: datetime | None,
    until: datetime | None = None,
    refs: Iterable[str] | None = None,
    *,
    whole: bool = False,
) -> dict[str, LeanCount]:
    """How often each thing of a kind was leaned on in [since, until), by its id; only ``refs`` where they are given.

    ``whole`` leaves out turns whose words were cleared.
    """
    query = _leanings(
        select(
            turn_lean.c.ref,
            func.count().label("turns"),
            func.count().filter(turn_lean.c.taken).label("sent"),
            *(func.count().filter(turn_lean.c.action == one.value).label(one.name.lower()) for one in ActionKind),
        ),
        corp_id,
        stores,
        kind,
        since,
    )
    if until is not None:
        query = query.where(turn_lean.c.finished_at < until)
    if refs is not None:
        query = query.where(turn_lean.c.ref.in_(sorted(set(refs))))
    if whole:
        query = query.where(~is_cleared(turn_lean.c.turn_id))
    rows = tx.execute(query.group_by(turn_lean.c.ref))
    return {row.ref: LeanCount(row.turns, row.sent, row.accepted, row.edited, row.refused) for row in rows}


def is_cleared(turn_id: Column[str]) -> ColumnElement[bool]:
    """The turn named by this column of a query lost its words, as a condition."""
    its_turn = select(turn.c.turn_id).where(turn.c.turn_id == turn_id, turn.c.cleared != "")
    return its_turn.correlate(turn_id.table).exists()


def _leanings(query: Any, corp_id: str, stores: Stores, kind: LeanKind, since: datetime | None) -> Any:
    query = query.where(turn_lean.c.corp_id == corp_id, turn_lean.c.kind == kind.value)
    if stores is not None:
        query = query.where(turn_lean.c.store_id.in_(sorted(stores)))
    return query if since is None else query.where(turn_lean.c.finished_at >= since)


# ---- written with the turn ---------------------------------------------------------------------


def write(tx: Connection, record: TurnRecord) -> None:
    """Write the rows of a turn just written."""
    tx.execute(insert(turn_summary).values(**summary_of(record)._asdict()))
    _write_leanings(tx, record)
    _write_words(tx, record)


def keep_up(tx: Connection, record: TurnRecord) -> None:
    """Bring the rows of a turn up to the guide's latest word, which is joined to the record."""
    forget(tx, [record.turn_id])
    write(tx, record)


def forget(tx: Connection, turn_ids: Iterable[str]) -> None:
    """Take the derived rows of these turns away; deleting the turn itself does so too."""
    ids = list(turn_ids)
    for table in (turn_word, turn_lean, turn_summary):
        tx.execute(delete(table).where(table.c.turn_id.in_(ids)))


def _write_leanings(tx: Connection, record: TurnRecord) -> None:
    found = leanings_of(record)
    if found:
        same = {
            "turn_id": record.turn_id,
            "corp_id": record.corp_id,
            "finished_at": record.finished_at,
            "store_id": record.store_id,
            "action": record.action.kind.value if record.action else "",
        }
        tx.execute(
            insert(turn_lean),
            [{**same, "kind": one.kind.value, "ref": one.ref, "taken": one.taken} for one in found],
        )


def _write_words(tx: Connection, record: TurnRecord) -> None:
    sent = record.action.sent_text if record.action else ""
    found = words_of(*(message.text for message in record.messages), sent)
    if found:
        same = {
            "corp_id": record.corp_id,
            "finished_at": record.finished_at,
            "turn_id": record.turn_id,
            "store_id": record.store_id,
        }
        tx.execute(insert(turn_word), [{**same, "word": word} for word in sorted(found)])


# ---- for turns from before ---------------------------------------------------------------------


def fill_missing(
    database: Database,
    read: Callable[[Connection, str], TurnRecord | None],
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Write the rows of every turn that has none and return how many those were; safe to stop and to run again.

    ``read`` gives a turn with its latest action (``turns.read``). Each part is a transaction of its own, so the service
    may go on meanwhile, and another process may do the same. ``progress`` is told how many are done of how many;
    ``stop`` is asked before each part.
    """
    with database.read() as tx:
        missing = tx.execute(
            select(func.count()).select_from(turn).outerjoin(turn_summary).where(turn_summary.c.turn_id.is_(None))
        ).scalar_one()
    done, last = 0, ""
    while missing and not stop():
        try:
            ids = _fill_some(database, read, last)
        except AlreadyThere:
            # another process was at the same turns: what it wrote is not missing any more
            continue
        if not ids:
            break
        done, last = done + len(ids), ids[-1]
        if progress is not None:
            progress(done, max(done, missing))
    return done


def _fill_some(database: Database, read: Callable[[Connection, str], TurnRecord | None], after: str) -> Sequence[str]:
    with database.begin() as tx:
        ids = (
            tx.execute(
                select(turn.c.turn_id)
                .outerjoin(turn_summary)
                .where(turn_summary.c.turn_id.is_(None), turn.c.turn_id > after)
                .order_by(turn.c.turn_id)
                .limit(FILLED_AT_ONCE)
            )
            .scalars()
            .all()
        )
        for turn_id in ids:
            record = read(tx, turn_id)
            if record is not None:
                write(tx, record)
    return ids
