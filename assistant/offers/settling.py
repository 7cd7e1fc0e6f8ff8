"""What one order comes to, from everything a till ever told about it, in whatever order that arrived.

Pure: the same set of events gives the same books. Where events compete, when they happened decides, then their id.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from assistant.offers.allocate import allocate
from assistant.sold import (
    EventKind,
    OrderStatus,
    RedeemedDeal,
    RefundState,
    ReturnedGoods,
    ReturnedLine,
    SoldOrder,
    TillEvent,
)
from knowledge.noun import Noun

CANCELLED = "*"
"""Stands where a refund's id would, for what a cancelled order gives back beyond its refunds; no id may be written so."""


class PaidLine(Noun):
    """An order line with its share of what was paid, in 分; ``line`` is counted from 1."""

    line: int
    sku: str
    product_name: str
    quantity: int
    amount_fen: int
    paid_fen: int


class CountedRefund(Noun):
    """A returned line as it counts: never more pieces or 分 than were left of it."""

    refund_id: str
    line: int
    quantity: int
    fen: int
    claimed_quantity: int
    claimed_fen: int | None
    state: RefundState
    at: datetime


class Redemption(Noun):
    """A redemption with when it happened; ``event_id`` is the first event that told of it."""

    deal: RedeemedDeal
    at: datetime
    event_id: str


class GivenBack(Noun):
    """The part of an amount that one refund takes back; ``whole`` once nothing of the order is left."""

    refund_id: str
    part: int
    at: datetime
    whole: bool


class Books(Noun):
    """One order settled. ``order`` is None while only redemptions or refunds of it are known."""

    order_id: str
    order: SoldOrder | None = None
    told_by: str = ""
    told_at: datetime | None = None
    lines: tuple[PaidLine, ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    refunds: tuple[CountedRefund, ...] = ()

    @property
    def refunded_fen(self) -> int:
        """What went back to the customer, in 分; all of it for a cancelled order."""
        if self.order is not None and self.order.status is OrderStatus.CANCELLED:
            return self.order.paid_fen
        return sum(refund.fen for refund in self.refunds)


def settle(order_id: str, events: Iterable[TillEvent]) -> Books:
    """Settle one order from its events; repeats and older versions change nothing."""
    told = sorted(events, key=lambda event: event.rank)
    orders = [event for event in told if event.kind is EventKind.ORDER]
    deals: dict[str, Redemption] = {}
    returns: dict[str, tuple[datetime, ReturnedGoods]] = {}
    for event in told:
        if isinstance(event.body, RedeemedDeal):
            found = Redemption(deal=event.body, at=event.occurred_at, event_id=event.event_id)
            deals.setdefault(event.body.redemption_id, found)
        elif isinstance(event.body, ReturnedGoods):
            returns.setdefault(event.body.refund_id, (event.occurred_at, event.body))
    newest = orders[-1] if orders else None
    order = newest.body if newest is not None and isinstance(newest.body, SoldOrder) else None
    lines = paid_lines(order) if order is not None else ()
    return Books(
        order_id=order_id,
        order=order,
        told_by=newest.event_id if newest is not None else "",
        told_at=newest.occurred_at if newest is not None else None,
        lines=lines,
        redemptions=tuple(deals.values()),
        refunds=_count(lines if order is not None else None, list(returns.values())),
    )


def paid_lines(order: SoldOrder) -> tuple[PaidLine, ...]:
    """The lines with what was paid for each: as the till shared it, else in proportion to the shop price."""
    shares = [line.paid_fen for line in order.lines if line.paid_fen is not None]
    if not shares:
        shares = list(allocate(order.paid_fen, [line.amount_fen for line in order.lines]))
    return tuple(
        PaidLine(
            line=number,
            sku=line.sku,
            product_name=line.product_name,
            quantity=line.quantity,
            amount_fen=line.amount_fen,
            paid_fen=paid,
        )
        for number, (line, paid) in enumerate(zip(order.lines, shares, strict=True), start=1)
    )


def _count(
    lines: Sequence[PaidLine] | None, returns: Sequence[tuple[datetime, ReturnedGoods]]
) -> tuple[CountedRefund, ...]:
    by_number = {line.line: line for line in lines or ()}
    pieces, fen = dict.fromkeys(by_number, 0), dict.fromkeys(by_number, 0)
    counted: list[CountedRefund] = []
    for at, goods in returns:
        for claim in sorted(goods.lines, key=lambda one: one.line):
            line = by_number.get(claim.line)
            if line is None:
                state = RefundState.NO_ORDER if lines is None else RefundState.NO_LINE
                counted.append(_refund(goods, claim, 0, 0, state, at))
                continue
            quantity = min(claim.quantity, line.quantity - pieces[line.line])
            wanted = claim.fen
            if wanted is None:
                before, after = pieces[line.line], pieces[line.line] + quantity
                wanted = share_of(line.paid_fen, after, line.quantity) - share_of(line.paid_fen, before, line.quantity)
            given = min(wanted, line.paid_fen - fen[line.line])
            capped = quantity < claim.quantity or given < wanted
            counted.append(
                _refund(goods, claim, quantity, given, RefundState.CAPPED if capped else RefundState.COUNTED, at)
            )
            pieces[line.line] += quantity
            fen[line.line] += given
    return tuple(counted)


def _refund(
    goods: ReturnedGoods, claim: ReturnedLine, quantity: int, fen: int, state: RefundState, at: datetime
) -> CountedRefund:
    return CountedRefund(
        refund_id=goods.refund_id,
        line=claim.line,
        quantity=quantity,
        fen=fen,
        claimed_quantity=claim.quantity,
        claimed_fen=claim.fen,
        state=state,
        at=at,
    )


def share_of(amount: int, part: int, whole: int) -> int:
    """What ``part`` of ``whole`` is worth of an amount, by largest remainder: all of it for the whole."""
    return allocate(amount, (part, whole - part))[0]


def give_back(books: Books, amount: int) -> tuple[GivenBack, ...]:
    """Share an amount that the order earned (points, a coupon's 分) over its refunds, each in proportion to its money.

    The parts sum to ``amount`` once everything was refunded. An order that cost nothing goes by pieces.
    """
    if books.order is None:
        return ()
    by_money = books.order.paid_fen > 0
    total = books.order.paid_fen if by_money else sum(line.quantity for line in books.lines)
    gone = taken = 0
    found: list[GivenBack] = []
    for refund_id in dict.fromkeys(refund.refund_id for refund in books.refunds):
        parts = [refund for refund in books.refunds if refund.refund_id == refund_id]
        weight = sum(refund.fen if by_money else refund.quantity for refund in parts)
        if not weight:
            continue
        gone += weight
        upto = share_of(amount, gone, total)
        found.append(GivenBack(refund_id=refund_id, part=upto - taken, at=parts[0].at, whole=gone == total))
        taken = upto
    if books.order.status is OrderStatus.CANCELLED and gone < total and books.told_at is not None:
        found.append(GivenBack(refund_id=CANCELLED, part=amount - taken, at=books.told_at, whole=True))
    return tuple(found)
