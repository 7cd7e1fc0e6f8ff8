"""Who was written to unasked, by whichever guide, and who wants no more of it: what the caps are asked with."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select, text

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import Reach
from assistant.store.database import upsert
from assistant.store.tables import contact, customer, marketing_stop
from assistant.turn import Intent


class ContactMade(NamedTuple):
    """A text a guide took to send to a customer who had asked nothing; ``turn_id`` wrote the draft."""

    turn_id: str
    customer_id: str
    guide: str
    store_id: str
    intent: Intent
    task_id: str
    at: datetime


STOP_HOLDS = or_(customer.c.consented_at.is_(None), customer.c.consented_at <= marketing_stop.c.stopped_at)
"""A stop holds until she agrees anew, later than she said it."""

OF_CUSTOMER = and_(
    marketing_stop.c.corp_id == customer.c.corp_id, marketing_stop.c.customer_id == customer.c.customer_id
)


def note(tx: Connection, corp_id: str, made: ContactMade) -> None:
    """Count a contact. One turn's draft counts once, whatever the guide does to its words afterwards."""
    tx.execute(
        upsert(tx, contact)
        .values(
            corp_id=corp_id,
            turn_id=made.turn_id,
            customer_id=made.customer_id,
            guide_folded=made.guide.lower(),
            store_id=made.store_id,
            intent=made.intent.value,
            task_id=made.task_id,
            at=made.at,
        )
        .on_conflict_do_nothing()
    )


def is_noted(tx: Connection, corp_id: str, turn_id: str) -> bool:
    """Say whether this turn's draft was counted already."""
    query = select(contact.c.turn_id).where(contact.c.corp_id == corp_id, contact.c.turn_id == turn_id)
    return tx.execute(query).one_or_none() is not None


def hold(tx: Connection, corp_id: str, customer_id: str) -> None:
    """Let one transaction at a time ask and count for this customer: of two guides at once, one comes second."""
    if tx.dialect.name != "sqlite":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"contact:{corp_id}:{customer_id}"})


def reach_of(tx: Connection, corp_id: str, customer_id: str, moment: datetime, until: datetime | None = None) -> Reach:
    """What counts about one customer in the Shanghai month of a moment; her consent stands in her profile.

    ``until`` looks back: only what was known before it. None takes in all, however the clocks of two clicks differ.
    """
    return _reaches(tx, corp_id, lambda column: column == customer_id, moment, until).get(customer_id, Reach())


def reach_of_guide(
    tx: Connection, corp_id: str, guide: str, moment: datetime, until: datetime | None = None
) -> dict[str, Reach]:
    """The same for every customer of this guide about whom anything counts, by id: two queries, however many she has."""
    mine = select(customer.c.customer_id).where(customer.c.corp_id == corp_id, customer.c.guide_folded == guide.lower())
    return _reaches(tx, corp_id, lambda column: column.in_(mine), moment, until)


def reach_of_corp(tx: Connection, corp_id: str, moment: datetime) -> dict[str, Reach]:
    """The same for every customer of the corp."""
    return _reaches(tx, corp_id, lambda column: column.is_not(None), moment, None)


def _reaches(
    tx: Connection,
    corp_id: str,
    whose: Callable[[ColumnElement[str]], ColumnElement[bool]],
    moment: datetime,
    until: datetime | None,
) -> dict[str, Reach]:
    local = moment.astimezone(SHOP_TIME)
    month_from = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    made = select(contact.c.customer_id, contact.c.at).where(
        contact.c.corp_id == corp_id, whose(contact.c.customer_id), contact.c.at >= month_from
    )
    wished = (
        select(marketing_stop.c.customer_id)
        .select_from(marketing_stop.outerjoin(customer, OF_CUSTOMER))
        .where(marketing_stop.c.corp_id == corp_id, whose(marketing_stop.c.customer_id), STOP_HOLDS)
    )
    if until is not None:
        made, wished = made.where(contact.c.at < until), wished.where(marketing_stop.c.stopped_at < until)
    moments: dict[str, list[datetime]] = {}
    for row in tx.execute(made.order_by(contact.c.at)):
        moments.setdefault(row.customer_id, []).append(row.at)
    stopped = frozenset(tx.execute(wished).scalars())
    return {one: Reach(contacts=tuple(moments.get(one, ())), stopped=one in stopped) for one in {*moments, *stopped}}


def stop(tx: Connection, corp_id: str, customer_id: str, *, guide: str, turn_id: str, moment: datetime) -> None:
    """Write down that she wants no more advertising: from now on no guide of the corp gets a text for her unasked."""
    told = {"stopped_at": moment, "guide_folded": guide.lower(), "turn_id": turn_id}
    tx.execute(
        upsert(tx, marketing_stop)
        .values(corp_id=corp_id, customer_id=customer_id, **told)
        .on_conflict_do_update(index_elements=["corp_id", "customer_id"], set_=told)
    )
