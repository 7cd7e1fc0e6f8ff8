"""Reads what the rule of credit weighs (offers/attribution.py): the turns with an order's customer, guides, stores."""

from datetime import timedelta

from sqlalchemy import Connection, select

from assistant.errors import NotFound
from assistant.offers.attribution import Credited, Rule, Touch, credit
from assistant.offers.settling import Books
from assistant.sold import SoldOrder
from assistant.store import material, turns
from assistant.store.tables import person, turn
from assistant.turn import ActionKind, TurnRecord

TOUCHES_LOOKED_AT = 50


def credited_to(tx: Connection, corp_id: str, found: Books, coupon_ids: frozenset[str], rule: Rule) -> Credited:
    """Credit a settled order by the rule; raises NotFound while the order itself was not told."""
    order = found.order
    if order is None:
        raise NotFound(found.order_id)
    link = order.guide.lower()
    guide_stores = tx.execute(
        select(person.c.userid_folded, person.c.store_id).where(
            person.c.corp_id == corp_id, person.c.userid_folded == link
        )
    )
    return credit(
        order,
        coupon_ids,
        _touches(tx, corp_id, order, rule),
        guide_stores={row.userid_folded: row.store_id for row in guide_stores},
        stores=material.stores(tx, corp_id) if order.delivery_area else (),
        rule=rule,
    )


def _touches(tx: Connection, corp_id: str, order: SoldOrder, rule: Rule) -> tuple[Touch, ...]:
    """The turns with this customer that could be thought to count: from twice the days before to a day after."""
    if not order.customer_id:
        return ()
    ids = tx.execute(
        select(turn.c.turn_id)
        .where(
            turn.c.corp_id == corp_id,
            turn.c.customer_id == order.customer_id,
            turn.c.finished_at >= order.ordered_at - timedelta(days=2 * rule.days),
            turn.c.finished_at <= order.ordered_at + timedelta(days=1),
        )
        .order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc())
        .limit(TOUCHES_LOOKED_AT)
    ).scalars()
    records = (turns.read(tx, turn_id) for turn_id in ids.all())
    return tuple(_touch(record) for record in records if record is not None)


def _touch(record: TurnRecord) -> Touch:
    offer, action = record.offer, record.action
    drafts = (*record.drafts, *(verdict.draft for verdict in record.verdicts))
    skus = [line.sku for line in offer.lines] if offer is not None else []
    coupons = [one.coupon_id for one in offer.applied] if offer is not None else []
    for draft in drafts:
        skus += draft.skus
        coupons += draft.coupon_ids
    taken = action is not None and action.kind in (ActionKind.ACCEPTED, ActionKind.EDITED)
    return Touch(
        turn_id=record.turn_id,
        guide=record.guide,
        store_id=record.store_id,
        finished_at=record.finished_at,
        sent_at=action.at if action is not None and taken else None,
        skus=tuple(dict.fromkeys(skus)),
        coupon_ids=tuple(dict.fromkeys(coupons)),
    )
