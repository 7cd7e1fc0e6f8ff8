"""What the index holds, passage by passage, in one SQLite file beside the engines: the last to learn of a change.

Nothing of it is kept in memory: at 60,000 passages the rows as objects cost more than both engines together.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel

_TABLES = """
create table if not exists held (
  id text primary key, hash text not null, kind text not null, scope text not null,
  valid_from real, valid_to real, skus text not null, folded text not null, unencoded text
) without rowid;
create index if not exists waiting on held (id) where unencoded is not null;
create table if not exists scopes (scope text primary key) without rowid;
"""
_PARTICULARS = "id, kind, scope, valid_from, valid_to, skus, folded"
# SQLite takes 32,766 variables a statement since 3.32
_MOST_VARIABLES = 30_000
_MAPPED_BYTES = 256 * 2**20


def scope_mark(scope: Scope) -> str:
    """How a scope is written in the index: ``brand``, ``region:R01``, ``store:S001``."""
    return scope.level.value if scope.level is ScopeLevel.BRAND else f"{scope.level.value}:{scope.id}"


@dataclass(frozen=True, slots=True)
class Held:
    """The particulars by which a passage is let through or kept back, and its folded text; ``scope`` is a mark."""

    id: str
    kind: DocumentKind
    scope: str
    valid_from: datetime | None
    valid_to: datetime | None
    skus: frozenset[str]
    folded: str

    def valid_at(self, moment: datetime) -> bool:
        """Say whether the passage may be used at this aware moment."""
        started = self.valid_from is None or self.valid_from <= moment
        return started and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class Noted:
    """A passage to be written down: with which hash the engines hold it, its folded text, and the text that still
    waits for its vector (None where there are none)."""

    passage: Passage
    hash: str
    folded: str
    unencoded: str | None


class Ledger:
    """The table of held passages. Not thread-safe by itself: the index holds its lock around every call.

    Without a path it lives in memory. Raises sqlite3.DatabaseError when the file is damaged.
    """

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        # reading a hundred scattered rows through read() costs half of a search
        self._db.execute(f"pragma mmap_size = {_MAPPED_BYTES}")
        self._db.executescript(_TABLES)

    def count(self) -> int:
        """How many passages are held."""
        return int(self._db.execute("select count(*) from held").fetchone()[0])

    def hashes(self) -> dict[str, str]:
        """The hash of every passage, by id."""
        return dict(self._db.execute("select id, hash from held"))

    def hashes_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The hashes of those of these passages that are held."""
        found: dict[str, str] = {}
        for part in _parts(ids):
            found.update(self._db.execute(f"select id, hash from held where id in ({_marks(part)})", part))
        return found

    def scopes(self) -> frozenset[str]:
        """The marks of every scope that a held passage has, or had since the last clearing."""
        return frozenset(row[0] for row in self._db.execute("select scope from scopes"))

    def particulars(self, ids: Sequence[str]) -> dict[str, Held]:
        """Everything about these passages, by id."""
        if not ids:
            return {}
        rows = self._db.execute(f"select {_PARTICULARS} from held where id in ({_marks(ids)})", list(ids))
        return {row[0]: _held(*row) for row in rows}

    def texts(self) -> Iterator[str]:
        """The folded text of every passage, its title in the first line."""
        return (row[0] for row in self._db.execute("select folded from held"))

    def record(self, noted: Iterable[Noted], gone: Iterable[str]) -> None:
        """Store what the engines now hold and forget what they dropped."""
        rows = [
            (
                one.passage.id,
                one.hash,
                one.passage.kind.value,
                scope_mark(one.passage.scope),
                one.passage.valid_from.timestamp() if one.passage.valid_from else None,
                one.passage.valid_to.timestamp() if one.passage.valid_to else None,
                "\n".join(sorted(one.passage.skus)),
                one.folded,
                one.unencoded,
            )
            for one in noted
        ]
        with self._db:
            self._db.executemany("delete from held where id = ?", [(id_,) for id_ in gone])
            self._db.executemany("insert or replace into held values (?,?,?,?,?,?,?,?,?)", rows)
            self._db.executemany("insert or ignore into scopes values (?)", {(row[3],) for row in rows})

    def waiting(self) -> int:
        """How many passages wait for their vector."""
        return int(self._db.execute("select count(*) from held where unencoded is not null").fetchone()[0])

    def next_waiting(self, limit: int) -> dict[str, str]:
        """Some passages that wait for their vector, with the text to encode."""
        rows = self._db.execute("select id, unencoded from held where unencoded is not null limit ?", (limit,))
        return dict(rows)

    def encoded(self, texts: Mapping[str, str]) -> None:
        """Say that these passages have the vectors of these texts; one that changed meanwhile goes on waiting."""
        with self._db:
            self._db.executemany("update held set unencoded = null where id = ? and unencoded = ?", texts.items())

    def clear(self) -> None:
        """Forget everything."""
        with self._db:
            self._db.execute("delete from held")
            self._db.execute("delete from scopes")

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while part := list(islice(left, _MOST_VARIABLES)):
        yield part


def _marks(ids: Sequence[str]) -> str:
    return ",".join("?" * len(ids))


def _held(id_: str, kind: str, scope: str, first: float | None, last: float | None, skus: str, folded: str) -> Held:
    products = frozenset(skus.split("\n")) if skus else frozenset()
    return Held(id_, DocumentKind(kind), scope, _moment(first), _moment(last), products, folded)


def _moment(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)
