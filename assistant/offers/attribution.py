"""Which store and which turn an order is credited to, and what may be said about it.

The written rule, in the order it is applied:

1. **The turn.** Of the turns with this customer whose draft the guide accepted or edited (so that a text was sent),
   within N days before the order (``Rule.days``, 7 unless set), the last one in whose offer or drafts a bought SKU or
   a redeemed coupon stands. There is none: no turn is credited. Never more than one.
2. **The store.** An order placed in a shop: that shop. An online order: the store of the guide whose link the
   customer came by; else the store of the delivery area, where exactly one is; else the credited turn's store; else
   the store the order names. Always exactly one, empty only where nothing names any.
3. **The guide.** Of the credited turn; else whose link it was; else nobody.

Every touch that lost is returned with why. A credit says what happened before what. It does not say that one caused
the other: only a hold-out, customers left alone by lot, can (holdout.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import Field

from assistant.offers.settling import Books, give_back
from assistant.shop import Channel, Store
from assistant.sold import SoldOrder
from knowledge.noun import Labelled, Noun


class Rule(Noun):
    """``days`` before an order in which a turn may be credited."""

    days: int = Field(default=7, ge=1, le=90)


class Touch(Noun):
    """One turn with the customer. ``sent_at`` is when the guide took a draft, None when she took none."""

    turn_id: str
    guide: str
    store_id: str
    finished_at: datetime
    sent_at: datetime | None = None
    skus: tuple[str, ...] = ()
    coupon_ids: tuple[str, ...] = ()


class TouchVerdict(Labelled):
    """Why a touch was credited or not."""

    CREDITED = "credited", "计入这一单"
    NOT_SENT = "not-sent", "导购没有采用草稿，没有发给客户"
    AFTER = "after", "发送时间在下单之后"
    TOO_OLD = "too-old", "发送时间早于归因期限"
    OFF_TOPIC = "off-topic", "没有提到这一单买的商品或用的券"
    EARLIER = "earlier", "之后还有一次更近的沟通"


class StoreSource(Labelled):
    """What names a store, in the order asked (an order placed in a shop asks only the first)."""

    SHOP = "shop", "下单门店"
    LINK = "link", "导购链接所属门店"
    AREA = "area", "收货地所属门店"
    TURN = "turn", "计入的那次沟通所在门店"
    ORDER = "order", "订单上写的门店"


class WeighedTouch(Noun):
    """A touch with its verdict; ``why`` is Chinese."""

    touch: Touch
    verdict: TouchVerdict
    why: str


class WeighedStore(Noun):
    """A store that could have been credited; ``why`` is Chinese. ``store_id`` is empty where the source names none."""

    source: StoreSource
    store_id: str
    credited: bool
    why: str


class Credited(Noun):
    """One order's credit: exactly one store, at most one turn, with everything that competed."""

    order_id: str
    store_id: str
    turn_id: str
    guide: str
    touches: tuple[WeighedTouch, ...]
    stores: tuple[WeighedStore, ...]


def credit(
    order: SoldOrder,
    coupon_ids: frozenset[str],
    touches: Sequence[Touch],
    *,
    guide_stores: Mapping[str, str],
    stores: Sequence[Store],
    rule: Rule,
) -> Credited:
    """Credit an order by the rule above. ``coupon_ids`` were redeemed in it; ``guide_stores`` is by folded userid."""
    weighed = _weigh_touches(order, coupon_ids, touches, rule)
    winner = next((one.touch for one in weighed if one.verdict is TouchVerdict.CREDITED), None)
    candidates = _weigh_stores(order, winner, guide_stores, stores)
    return Credited(
        order_id=order.order_id,
        store_id=next((one.store_id for one in candidates if one.credited), ""),
        turn_id=winner.turn_id if winner is not None else "",
        guide=winner.guide if winner is not None else order.guide,
        touches=weighed,
        stores=candidates,
    )


def _weigh_touches(
    order: SoldOrder, coupon_ids: frozenset[str], touches: Sequence[Touch], rule: Rule
) -> tuple[WeighedTouch, ...]:
    bought = frozenset(line.sku for line in order.lines)
    weighed: list[WeighedTouch] = []
    won = False
    for touch in sorted(touches, key=lambda one: (one.sent_at or one.finished_at, one.turn_id), reverse=True):
        verdict = _verdict(order, bought, coupon_ids, touch, rule)
        if verdict is TouchVerdict.CREDITED and won:
            verdict = TouchVerdict.EARLIER
        won = won or verdict is TouchVerdict.CREDITED
        why = verdict.label
        if verdict is TouchVerdict.TOO_OLD:
            why = f"发送时间在下单 {rule.days} 天以前，超过了归因期限"
        weighed.append(WeighedTouch(touch=touch, verdict=verdict, why=why))
    return tuple(weighed)


def _verdict(
    order: SoldOrder, bought: frozenset[str], coupon_ids: frozenset[str], touch: Touch, rule: Rule
) -> TouchVerdict:
    if touch.sent_at is None:
        return TouchVerdict.NOT_SENT
    if touch.sent_at > order.ordered_at:
        return TouchVerdict.AFTER
    if touch.sent_at < order.ordered_at - timedelta(days=rule.days):
        return TouchVerdict.TOO_OLD
    if bought.isdisjoint(touch.skus) and coupon_ids.isdisjoint(touch.coupon_ids):
        return TouchVerdict.OFF_TOPIC
    return TouchVerdict.CREDITED


def _weigh_stores(
    order: SoldOrder, winner: Touch | None, guide_stores: Mapping[str, str], stores: Sequence[Store]
) -> tuple[WeighedStore, ...]:
    if order.channel is Channel.SHOP and order.store_id:
        asked = [(StoreSource.SHOP, order.store_id, "")]
    else:
        asked = [
            (StoreSource.LINK, guide_stores.get(order.guide.lower(), ""), _no_link(order)),
            (StoreSource.AREA, *_store_of_area(order.delivery_area, stores)),
            (StoreSource.TURN, winner.store_id if winner is not None else "", "没有计入任何一次沟通"),
            (StoreSource.ORDER, order.store_id, "订单上没有写门店"),
        ]
    first = next((source for source, store_id, _ in asked if store_id), None)
    return tuple(
        WeighedStore(
            source=source,
            store_id=store_id,
            credited=source is first,
            why=_why(source, store_id, none, first),
        )
        for source, store_id, none in asked
    )


def _why(source: StoreSource, store_id: str, none: str, first: StoreSource | None) -> str:
    if not store_id:
        return none
    if source is first:
        return f"按{source.label}计"
    return f"已先按{first.label}计" if first is not None else none


def _no_link(order: SoldOrder) -> str:
    return "导购链接里的导购不在职员表里，或没有写门店" if order.guide else "不是从导购链接下单"


def _store_of_area(area: str, stores: Sequence[Store]) -> tuple[str, str]:
    """The one store of an area: named by its region or standing in its address. Several are none."""
    if not area:
        return "", "没有收货地"
    found = [one.store_id for one in stores if area == one.region_name or area in one.address]
    if len(found) == 1:
        return found[0], ""
    return "", "收货地没有门店" if not found else f"收货地有 {len(found)} 家门店，分不出是哪一家"


# ---- points ------------------------------------------------------------------------------------


class Side(Labelled):
    """Whose points."""

    GUIDE = "guide", "导购"
    CUSTOMER = "customer", "客户"


class PointsReason(Labelled):
    """Why an entry stands in the ledger."""

    EARNED = "earned", "用券成交得积分"
    REVERSED = "reversed", "退款扣回积分"
    CORRECTED = "corrected", "补记更正"


class PointsRule(Noun):
    """How many 分 of a redeemed deal make one point on each side; 0 gives no points."""

    guide_point_fen: int = Field(default=0, ge=0)
    customer_point_fen: int = Field(default=0, ge=0)


class Points(Noun):
    """What stands on one account in the end: an order's points for one owner, or what one refund takes back of them."""

    side: Side
    owner: str
    refund_id: str
    turn_id: str
    points: int
    reason: PointsReason
    at: datetime


def points_for(books: Books, credited: Credited | None, rule: PointsRule) -> tuple[Points, ...]:
    """Double points (双积分) of one order in which a coupon was redeemed: the guide's and the customer's.

    Every refund takes back its part in proportion to the money; a full refund leaves zero on both sides.
    """
    order = books.order
    if order is None or credited is None:
        return ()
    sides = (
        (Side.GUIDE, credited.guide.lower(), rule.guide_point_fen),
        (Side.CUSTOMER, order.customer_id, rule.customer_point_fen),
    )
    found: list[Points] = []
    for side, owner, point_fen in sides:
        earned = order.paid_fen // point_fen if owner and point_fen else 0
        if not earned:
            continue
        made = {"side": side, "owner": owner, "turn_id": credited.turn_id}
        first = {"refund_id": "", "points": earned, "reason": PointsReason.EARNED, "at": order.ordered_at}
        found.append(Points.model_validate(made | first))
        for back in give_back(books, earned):
            if back.part:
                taken = {
                    "refund_id": back.refund_id,
                    "points": -back.part,
                    "reason": PointsReason.REVERSED,
                    "at": back.at,
                }
                found.append(Points.model_validate(made | taken))
    return tuple(found)
