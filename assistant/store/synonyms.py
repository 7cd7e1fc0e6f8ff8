"""The shop's own synonyms: groups of words that mean the same to its people, as data a manager edits."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from assistant.store.tables import synonym_group


class SynonymGroup(NamedTuple):
    """Words that stand for each other; ``from_file`` says that a file brought them and only the file changes them."""

    group_id: str
    words: tuple[str, ...]
    from_file: bool


def add(
    tx: Connection,
    corp_id: str,
    groups: Iterable[tuple[str, ...]],
    moment: datetime,
    *,
    source_id: str | None = None,
    changed_by: str = "",
) -> int:
    """Add groups and return how many are new; the same words in any order are the same group."""
    wanted: dict[str, tuple[str, ...]] = {}
    for words in groups:
        if len(set(words)) > 1:
            wanted.setdefault(_id(corp_id, words, source_id), words)
    known = set(
        tx.execute(select(synonym_group.c.group_id).where(synonym_group.c.group_id.in_(list(wanted)))).scalars()
    )
    rows = [
        {
            "group_id": group_id,
            "corp_id": corp_id,
            "words": list(dict.fromkeys(words)),
            "source_id": source_id,
            "changed_by": changed_by,
            "changed_at": moment,
        }
        for group_id, words in wanted.items()
        if group_id not in known
    ]
    if rows:
        tx.execute(insert(synonym_group), rows)
    return len(rows)


def groups(tx: Connection, corp_id: str) -> tuple[SynonymGroup, ...]:
    """Every group of the corp, by its first word."""
    rows = tx.execute(select(synonym_group).where(synonym_group.c.corp_id == corp_id)).all()
    found = [SynonymGroup(row.group_id, tuple(row.words), row.source_id is not None) for row in rows]
    return tuple(sorted(found, key=lambda group: (group.words, group.group_id)))


def remove(tx: Connection, corp_id: str, group_id: str) -> bool:
    """Remove a group a person added; False when there is none, or when a file holds it."""
    gone = tx.execute(
        delete(synonym_group).where(
            synonym_group.c.corp_id == corp_id,
            synonym_group.c.group_id == group_id,
            synonym_group.c.source_id.is_(None),
        )
    )
    return bool(gone.rowcount)


def _id(corp_id: str, words: tuple[str, ...], source_id: str | None) -> str:
    return hashlib.sha256("\n".join((corp_id, source_id or "", *sorted(set(words)))).encode()).hexdigest()[:32]
