"""Edits of guides as suggestions are made of them: what was not looked through yet, and what stands behind which.

An edit is looked through once. Its cluster is all edits of one script that changed the same thing for the same reason.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, text, update

from assistant.scoring.edits import EditCause, Judged
from assistant.shop import Manner, Scene, Stage
from assistant.store import revisions
from assistant.store.console.scope import guide_name, is_customer, is_guide
from assistant.store.revisions import Revision
from assistant.store.tables import customer, mined_edit, person, suggestion, turn
from assistant.turn import TurnRecord


class FreshEdit(NamedTuple):
    """An edit nobody looked through: the texts, the turn, and the names that could stand in them."""

    turn_id: str
    script_id: str
    draft_text: str
    proposed_text: str
    record: TurnRecord
    guide_folded: str
    guide_name: str
    customer_names: tuple[str, ...]


class MinedEdit(NamedTuple):
    """An edit looked through. ``template`` is empty where ``obstacle`` says why none could be made."""

    turn_id: str
    script_id: str
    stage: Stage
    scene: Scene
    manner: Manner
    judged: Judged
    guide_folded: str
    store_id: str
    template: str
    obstacle: str
    edited_at: datetime

    @property
    def cluster(self) -> str:
        """A mark of what edits have in common that changed the same thing for the same reason."""
        told = [self.script_id, self.stage.value, self.manner.value, self.judged.cause.value, self.judged.changed]
        told += [] if self.script_id else [self.scene.value]
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()


class Cluster(NamedTuple):
    """Edits alike that no suggestion was made of: ``edits`` of them by so many ``guides``, the last one ``newest``."""

    cluster: str
    script_id: str
    stage: Stage
    scene: Scene
    manner: Manner
    cause: EditCause
    changed: str
    edits: int
    guides: int
    templates: int
    newest: datetime


# ---- looking through -----------------------------------------------------------------------------


def fresh(tx: Connection, corp_id: str, limit: int) -> tuple[FreshEdit, ...]:
    """The oldest edits that wait for being looked through; decided ones from before are none of them."""
    rows = tx.execute(
        select(
            suggestion.c.turn_id,
            suggestion.c.script_id,
            suggestion.c.draft_text,
            suggestion.c.proposed_text,
            turn.c.record,
            turn.c.guide_folded,
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            guide_name(),
        )
        .select_from(
            suggestion.join(turn, turn.c.turn_id == suggestion.c.turn_id)
            .outerjoin(mined_edit, mined_edit.c.turn_id == suggestion.c.turn_id)
            .outerjoin(person, is_guide())
            .outerjoin(customer, is_customer())
        )
        .where(suggestion.c.corp_id == corp_id, suggestion.c.status == "open", mined_edit.c.turn_id.is_(None))
        .order_by(suggestion.c.turn_id)
        .limit(limit)
    )
    return tuple(
        FreshEdit(
            turn_id=row.turn_id,
            script_id=row.script_id,
            draft_text=row.draft_text,
            proposed_text=row.proposed_text,
            record=TurnRecord.model_validate_json(json.dumps(row.record)),
            guide_folded=row.guide_folded,
            guide_name=row.guide_name,
            customer_names=tuple(name for name in (row.address_as, row.customer_name) if name),
        )
        for row in rows
    )


def only_one_at_a_time(tx: Connection, corp_id: str) -> None:
    """Let one process at a time make suggestions of edits; SQLite has one writer anyway."""
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"mined:{corp_id}"})


def keep(tx: Connection, corp_id: str, edits: Sequence[MinedEdit]) -> tuple[MinedEdit, ...]:
    """Keep what was found; returns those that nobody else kept meanwhile."""
    ids = [one.turn_id for one in edits]
    there = set(tx.execute(select(mined_edit.c.turn_id).where(mined_edit.c.turn_id.in_(ids))).scalars())
    new = tuple(one for one in edits if one.turn_id not in there)
    if new:
        tx.execute(
            insert(mined_edit),
            [
                {
                    "turn_id": one.turn_id,
                    "corp_id": corp_id,
                    "cluster": one.cluster,
                    "script_id": one.script_id,
                    "stage": one.stage.value,
                    "scene": one.scene.value,
                    "manner": one.manner.value,
                    "cause": one.judged.cause.value,
                    "changed": one.judged.changed[:100],
                    "guide_folded": one.guide_folded,
                    "store_id": one.store_id,
                    "template": one.template,
                    "obstacle": one.obstacle[:100],
                    "edited_at": one.edited_at,
                    "revision_id": "",
                }
                for one in new
            ],
        )
    return new


# ---- clusters ------------------------------------------------------------------------------------


def observed(
    tx: Connection, corp_id: str, *, clusters: Iterable[str] | None = None, stores: frozenset[str] | None = None
) -> tuple[Cluster, ...]:
    """Clusters that no suggestion was made of yet, the largest first; with ``stores`` only the edits made there."""
    query = select(
        mined_edit.c.cluster,
        *(func.min(mined_edit.c[name]).label(name) for name in _SAME),
        func.count().label("edits"),
        func.count(mined_edit.c.guide_folded.distinct()).label("guides"),
        func.count().filter(mined_edit.c.template != "").label("templates"),
        func.max(mined_edit.c.edited_at).label("newest"),
    ).where(mined_edit.c.corp_id == corp_id, mined_edit.c.revision_id == "")
    if clusters is not None:
        query = query.where(mined_edit.c.cluster.in_(sorted(set(clusters))))
    if stores is not None:
        query = query.where(mined_edit.c.store_id.in_(sorted(stores)))
    rows = tx.execute(query.group_by(mined_edit.c.cluster))
    found = [
        Cluster(
            cluster=row.cluster,
            script_id=row.script_id,
            stage=Stage(row.stage),
            scene=Scene(row.scene),
            manner=Manner(row.manner),
            cause=EditCause(row.cause),
            changed=row.changed,
            edits=row.edits,
            guides=row.guides,
            templates=row.templates,
            newest=row.newest,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (-one.guides, -one.edits, one.cluster)))


_SAME = ("script_id", "stage", "scene", "manner", "cause", "changed")


def templates_of(tx: Connection, corp_id: str, cluster: str) -> tuple[str, ...]:
    """The templates that a cluster's edits made, the oldest first; only of edits behind no suggestion."""
    rows = tx.execute(
        select(mined_edit.c.template)
        .where(
            mined_edit.c.corp_id == corp_id,
            mined_edit.c.cluster == cluster,
            mined_edit.c.revision_id == "",
            mined_edit.c.template != "",
        )
        .order_by(mined_edit.c.turn_id)
    )
    return tuple(rows.scalars())


def suggestions_of(tx: Connection, corp_id: str, clusters: Iterable[str]) -> dict[str, str]:
    """The newest suggestion made of each of these clusters, by cluster."""
    rows = tx.execute(
        select(mined_edit.c.cluster, mined_edit.c.revision_id)
        .where(
            mined_edit.c.corp_id == corp_id,
            mined_edit.c.cluster.in_(sorted(set(clusters))),
            mined_edit.c.revision_id != "",
        )
        .order_by(mined_edit.c.turn_id)
    )
    return {row.cluster: row.revision_id for row in rows}


def attach(tx: Connection, corp_id: str, cluster: str, revision_id: str) -> None:
    """Put a cluster's edits behind a suggestion."""
    tx.execute(
        update(mined_edit)
        .where(mined_edit.c.corp_id == corp_id, mined_edit.c.cluster == cluster, mined_edit.c.revision_id == "")
        .values(revision_id=revision_id)
    )


def move(tx: Connection, corp_id: str, revision_id: str, to: str) -> None:
    """Put what stands behind one suggestion behind another."""
    behind = (mined_edit.c.corp_id == corp_id, mined_edit.c.revision_id == revision_id)
    tx.execute(update(mined_edit).where(*behind).values(revision_id=to))


class Behind(NamedTuple):
    """How many edits stand behind a suggestion, whose they are, and which turns: the newest last."""

    edits: int
    guides: tuple[str, ...]
    turn_ids: tuple[str, ...]


def behind(tx: Connection, corp_id: str, revision_id: str) -> Behind:
    """What stands behind a suggestion."""
    rows = tx.execute(
        select(mined_edit.c.turn_id, mined_edit.c.guide_folded)
        .where(mined_edit.c.corp_id == corp_id, mined_edit.c.revision_id == revision_id)
        .order_by(mined_edit.c.turn_id)
    ).all()
    return Behind(len(rows), tuple(sorted({row.guide_folded for row in rows})), tuple(row.turn_id for row in rows))


def count_again(tx: Connection, corp_id: str, suggestion: Revision) -> None:
    """Bring what a suggestion says of the edits behind it up to them; who wrote one may not approve it."""
    found = behind(tx, corp_id, suggestion.revision_id)
    proposers = sorted({*suggestion.about.get("proposers", ()), *found.guides})
    told = {**suggestion.about, "edits": found.edits, "guides": len(found.guides), "proposers": proposers}
    revisions.tell(tx, corp_id, suggestion.revision_id, told)
