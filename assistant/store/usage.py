"""What a corp's chat model was asked and cost, one row a day: the same for every replica, and after a restart."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from assistant.store.database import upsert
from assistant.store.tables import model_usage


class Usage(NamedTuple):
    """Requests, their tokens, and their cost in millionths of a 分; ``turned_away`` is what the budget kept back."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_microfen: int = 0
    turned_away: int = 0

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


def book(tx: Connection, corp_id: str, day: date, used: Usage) -> None:
    """Add to a day. Call it last in a transaction: everybody of the corp waits for this row until that ends."""
    if not any(used):
        return
    added = upsert(tx, model_usage).values(corp_id=corp_id, day=day, **used._asdict())
    sums = {name: model_usage.c[name] + added.excluded[name] for name in Usage._fields}
    tx.execute(added.on_conflict_do_update(index_elements=["corp_id", "day"], set_=sums))


def of_day(tx: Connection, corp_id: str, day: date) -> Usage:
    """What was used on a day; nothing yet is nothing."""
    columns = [model_usage.c[name] for name in Usage._fields]
    row = tx.execute(select(*columns).where(model_usage.c.corp_id == corp_id, model_usage.c.day == day)).one_or_none()
    return Usage() if row is None else Usage(*row)


def of_days(tx: Connection, corp_id: str, first: date, last: date) -> dict[date, Usage]:
    """What was used on each day from first to last, both included; days without use are left out."""
    columns = [model_usage.c[name] for name in Usage._fields]
    rows = tx.execute(
        select(model_usage.c.day, *columns)
        .where(model_usage.c.corp_id == corp_id, model_usage.c.day.between(first, last))
        .order_by(model_usage.c.day)
    )
    return {row.day: Usage(*row[1:]) for row in rows}


def total(days: Iterable[Usage]) -> Usage:
    """All of these together."""
    return Usage(*map(sum, zip(Usage(), *days, strict=True)))
