"""What guides made of each approved script: counted as they act, so that choosing one never reads a year of turns."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from assistant.shop import ScriptUse
from assistant.store.database import upsert
from assistant.store.tables import script_use
from assistant.turn import ActionKind

_COLUMNS = {
    ActionKind.ACCEPTED: script_use.c.accepted,
    ActionKind.EDITED: script_use.c.edited,
    ActionKind.REFUSED: script_use.c.refused,
}


def count(tx: Connection, corp_id: str, script_ids: Iterable[str], kind: ActionKind) -> None:
    """Count one action on a draft that these scripts carried."""
    column = _COLUMNS[kind]
    for script_id in dict.fromkeys(script_ids):
        first = {one.name: int(one is column) for one in _COLUMNS.values()}
        tx.execute(
            upsert(tx, script_use)
            .values(corp_id=corp_id, script_id=script_id, **first)
            .on_conflict_do_update(index_elements=["corp_id", "script_id"], set_={column.name: column + 1})
        )


def uses(tx: Connection, corp_id: str) -> Mapping[str, ScriptUse]:
    """Return what was counted for every script of a corp, by id."""
    rows = tx.execute(
        select(script_use.c.script_id, script_use.c.accepted, script_use.c.edited, script_use.c.refused).where(
            script_use.c.corp_id == corp_id
        )
    )
    return {row.script_id: ScriptUse(accepted=row.accepted, edited=row.edited, refused=row.refused) for row in rows}
