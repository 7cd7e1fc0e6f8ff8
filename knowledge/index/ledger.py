"""What the index holds, passage by passage, in one SQLite file beside the engines: the last to learn of a change."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel

_TABLE = """
create table if not exists held (
  id text primary key, hash text not null, encoder text not null, kind text not null, scope text not null,
  valid_from real, valid_to real, skus text not null, folded text not null
) without rowid
"""
_COLUMNS = "id, hash, encoder, kind, scope, valid_from, valid_to, skus"


def scope_mark(scope: Scope) -> str:
    """How a scope is written in the index: ``brand``, ``region:R01``, ``store:S001``."""
    return scope.level.value if scope.level is ScopeLevel.BRAND else f"{scope.level.value}:{scope.id}"


@dataclass(frozen=True, slots=True)
class Held:
    """The particulars by which a passage is let through or kept back; ``scope`` is a mark."""

    id: str
    hash: str
    encoder: str
    kind: DocumentKind
    scope: str
    valid_from: datetime | None
    valid_to: datetime | None
    skus: frozenset[str]

    def valid_at(self, moment: datetime) -> bool:
        """Say whether the passage may be used at this aware moment."""
        started = self.valid_from is None or self.valid_from <= moment
        return started and (self.valid_to is None or moment < self.valid_to)


def held_of(passage: Passage, hash_: str, encoder: str) -> Held:
    """The particulars of a passage."""
    return Held(
        passage.id,
        hash_,
        encoder,
        passage.kind,
        scope_mark(passage.scope),
        passage.valid_from,
        passage.valid_to,
        frozenset(passage.skus),
    )


class Ledger:
    """The table of held passages. Not thread-safe by itself: the index holds its lock around every call."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute(_TABLE)

    def load(self) -> dict[str, Held]:
        """Everything held, by passage id."""
        rows = self._db.execute(f"select {_COLUMNS} from held")
        return {row[0]: _held(*row) for row in rows}

    def record(self, entries: Iterable[tuple[Held, str]], gone: Iterable[str]) -> None:
        """Store what the engines now hold (with each passage's folded text) and forget what they dropped."""
        rows = [
            (
                held.id,
                held.hash,
                held.encoder,
                held.kind.value,
                held.scope,
                held.valid_from.timestamp() if held.valid_from else None,
                held.valid_to.timestamp() if held.valid_to else None,
                "\n".join(sorted(held.skus)),
                folded,
            )
            for held, folded in entries
        ]
        with self._db:
            self._db.executemany("delete from held where id = ?", [(id_,) for id_ in gone])
            self._db.executemany(f"insert or replace into held ({_COLUMNS}, folded) values ({'?,' * 8}?)", rows)

    def clear(self) -> None:
        """Forget everything."""
        with self._db:
            self._db.execute("delete from held")

    def folded(self, ids: Sequence[str]) -> dict[str, str]:
        """The folded text (titles, questions and body) of these passages."""
        marks = ",".join("?" * len(ids))
        return dict(self._db.execute(f"select id, folded from held where id in ({marks})", list(ids)))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _held(
    id_: str, hash_: str, encoder: str, kind: str, scope: str, first: float | None, last: float | None, skus: str
) -> Held:
    products = frozenset(skus.split("\n")) if skus else frozenset()
    return Held(id_, hash_, encoder, DocumentKind(kind), scope, _moment(first), _moment(last), products)


def _moment(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)
