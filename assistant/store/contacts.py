"""Who was written to unasked, by whichever guide, and who wants no more of it: what the caps are asked with."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, or_, select, text, update

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import Reach
from assistant.store.database import upsert
from assistant.store.tables import contact, customer, marketing_stop, marketing_wish
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


# ---- who wants no more of it -------------------------------------------------------------------


class Wish(NamedTuple):
    """A wish for no more advertising as a guide passed it on in one turn; who said it is the guide's word.

    ``in_her_words``: the turn holds a customer's words, so that somebody did say it. ``taken_back_by`` is empty while it
    counts; ``moved`` says that it was another customer's and counts for that one.
    """

    customer_id: str
    turn_id: str
    at: datetime
    guide: str
    in_her_words: bool
    taken_back_by: str = ""
    taken_back_at: datetime | None = None
    taken_back_why: str = ""
    moved: bool = False


class TakingBack(NamedTuple):
    """Who takes a wish back, when and why; ``whose`` is who said it in truth, empty where nobody did."""

    by: str
    moment: datetime
    why: str
    whose: str


def stop(
    tx: Connection, corp_id: str, customer_id: str, *, guide: str, turn_id: str, moment: datetime, in_her_words: bool
) -> None:
    """Write down that she wants no more advertising: from now on no guide of the corp gets a text for her unasked."""
    _wish(tx, corp_id, Wish(customer_id, turn_id, moment, guide.lower(), in_her_words))
    _let_stop(tx, corp_id, customer_id)


def wishes_of_turn(tx: Connection, corp_id: str, turn_id: str) -> tuple[Wish, ...]:
    """What a turn wrote down of a customer's wish: first what was taken back, then what counts."""
    query = select(marketing_wish).where(marketing_wish.c.corp_id == corp_id, marketing_wish.c.turn_id == turn_id)
    wishes = [_as_wish(row) for row in tx.execute(query)]
    return tuple(sorted(wishes, key=lambda one: (not one.taken_back_by, one.taken_back_at or one.at)))


def standing_wish(tx: Connection, corp_id: str, customer_id: str) -> Wish | None:
    """The wish by which she is left alone now; None where there is none, or she agreed anew since."""
    row = tx.execute(
        select(marketing_wish)
        .join(
            marketing_stop,
            and_(
                marketing_stop.c.corp_id == marketing_wish.c.corp_id,
                marketing_stop.c.customer_id == marketing_wish.c.customer_id,
                marketing_stop.c.turn_id == marketing_wish.c.turn_id,
            ),
        )
        .outerjoin(customer, OF_CUSTOMER)
        .where(marketing_wish.c.corp_id == corp_id, marketing_wish.c.customer_id == customer_id, STOP_HOLDS)
    ).one_or_none()
    return _as_wish(row) if row is not None else None


def take_back(tx: Connection, corp_id: str, wish: Wish, taking: TakingBack) -> bool:
    """Let a wish written down for the wrong customer count no more; False when somebody did so meanwhile.

    Whatever else she wished still stops advertising. Words that another customer said count for that one, from when they
    were said: no customer's words are lost.
    """
    for one in sorted({wish.customer_id, taking.whose} - {""}):
        hold(tx, corp_id, one)
    done = tx.execute(
        update(marketing_wish)
        .where(
            marketing_wish.c.corp_id == corp_id,
            marketing_wish.c.customer_id == wish.customer_id,
            marketing_wish.c.turn_id == wish.turn_id,
            marketing_wish.c.taken_back_by == "",
        )
        .values(
            taken_back_by=taking.by.lower(),
            taken_back_at=taking.moment,
            taken_back_why=taking.why,
            moved=bool(taking.whose),
        )
    )
    if done.rowcount != 1:
        return False
    _let_stop(tx, corp_id, wish.customer_id)
    if taking.whose:
        _wish(tx, corp_id, Wish(taking.whose, wish.turn_id, wish.at, wish.guide, wish.in_her_words))
        _let_stop(tx, corp_id, taking.whose)
    return True


def _wish(tx: Connection, corp_id: str, wish: Wish) -> None:
    told = wish._asdict()
    told["guide_folded"] = told.pop("guide")
    keys = ["corp_id", "customer_id", "turn_id"]
    values = {name: value for name, value in told.items() if name not in keys}
    tx.execute(
        upsert(tx, marketing_wish)
        .values(corp_id=corp_id, **told)
        .on_conflict_do_update(index_elements=keys, set_=values)
    )


def _let_stop(tx: Connection, corp_id: str, customer_id: str) -> None:
    """Make her stop the last wish of hers that counts; without one there is no stop."""
    row = tx.execute(
        select(marketing_wish)
        .where(
            marketing_wish.c.corp_id == corp_id,
            marketing_wish.c.customer_id == customer_id,
            marketing_wish.c.taken_back_by == "",
        )
        .order_by(marketing_wish.c.at.desc(), marketing_wish.c.turn_id)
        .limit(1)
    ).one_or_none()
    if row is None:
        hers = (marketing_stop.c.corp_id == corp_id, marketing_stop.c.customer_id == customer_id)
        tx.execute(delete(marketing_stop).where(*hers))
        return
    told = {"stopped_at": row.at, "guide_folded": row.guide_folded, "turn_id": row.turn_id}
    tx.execute(
        upsert(tx, marketing_stop)
        .values(corp_id=corp_id, customer_id=customer_id, **told)
        .on_conflict_do_update(index_elements=["corp_id", "customer_id"], set_=told)
    )


def _as_wish(row: Row[Any]) -> Wish:
    return Wish(
        row.customer_id,
        row.turn_id,
        row.at,
        row.guide_folded,
        row.in_her_words,
        row.taken_back_by,
        row.taken_back_at,
        row.taken_back_why,
        row.moved,
    )
