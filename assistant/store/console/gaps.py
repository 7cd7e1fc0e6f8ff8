"""Questions the material could not answer."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from assistant.store.console.scope import (
    Stores,
    guide_name,
    is_customer,
    is_guide,
    ours,
    page_of,
)
from assistant.store.tables import customer, gap, person, turn
from assistant.turn import Intent


class GapLine(NamedTuple):
    """A question the material could not answer."""

    turn_id: str
    question: str
    asked_at: datetime
    guide: str
    store_id: str
    intent: Intent
    customer_names: tuple[str, ...]


def gap_lines(tx: Connection, corp_id: str, stores: Stores, *, before: str, limit: int) -> tuple[GapLine, ...]:
    """Open gaps, newest first, older than the turn ``before``; raises NotFound for an unknown one."""
    query = ours(
        select(
            gap.c.turn_id,
            gap.c.question,
            gap.c.asked_at,
            turn.c.store_id,
            turn.c.intent,
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            guide_name(),
        ).select_from(
            gap.join(turn, turn.c.turn_id == gap.c.turn_id)
            .outerjoin(person, is_guide())
            .outerjoin(customer, is_customer())
        ),
        corp_id,
        stores,
    ).where(gap.c.status == "open")
    rows = tx.execute(page_of(tx, query, corp_id, stores, before, limit))
    return tuple(
        GapLine(
            turn_id=row.turn_id,
            question=row.question,
            asked_at=row.asked_at,
            guide=row.guide_name,
            store_id=row.store_id,
            intent=Intent(row.intent),
            customer_names=tuple(name for name in (row.customer_name, row.address_as) if name),
        )
        for row in rows
    )
