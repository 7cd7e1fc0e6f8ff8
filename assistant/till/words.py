"""What the till's API is told and what it answers: typed, bounded, unknown keys refused. Money is 分, times have a zone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, RootModel

from assistant.offers.settling import Books, CountedRefund, PaidLine
from assistant.shop import Channel
from assistant.sold import (
    EventState,
    Id,
    Moment,
    OrderStatus,
    RedeemedDeal,
    RedemptionState,
    RefundState,
    ReturnedGoods,
    SoldOrder,
    StockCounts,
    TillEvent,
)
from assistant.store.coupons.life import Grant, GrantStatus
from assistant.store.till.events import RedemptionRow
from knowledge.noun import Noun

MOST_MINUTES = 30
"""How long an order may hold a coupon without being paid."""

# ---- told --------------------------------------------------------------------------------------


class OrderTold(Noun):
    """An order as it stands; told again whenever it changes, the newest ``occurred_at`` counts."""

    kind: Literal["order"] = "order"
    event_id: Id
    occurred_at: Moment
    order: SoldOrder

    def event(self) -> TillEvent:
        """The event of it."""
        return TillEvent(event_id=self.event_id, occurred_at=self.occurred_at, body=self.order)


class RedemptionTold(Noun):
    """A coupon used in an order."""

    kind: Literal["redemption"] = "redemption"
    event_id: Id
    occurred_at: Moment
    redemption: RedeemedDeal

    def event(self) -> TillEvent:
        """The event of it."""
        return TillEvent(event_id=self.event_id, occurred_at=self.occurred_at, body=self.redemption)


class RefundTold(Noun):
    """Goods given back, line by line."""

    kind: Literal["refund"] = "refund"
    event_id: Id
    occurred_at: Moment
    refund: ReturnedGoods

    def event(self) -> TillEvent:
        """The event of it."""
        return TillEvent(event_id=self.event_id, occurred_at=self.occurred_at, body=self.refund)


class StockTold(Noun):
    """Counts of pieces, taken at ``occurred_at``."""

    kind: Literal["stock"] = "stock"
    event_id: Id
    occurred_at: Moment
    stock: StockCounts

    def event(self) -> TillEvent:
        """The event of it."""
        return TillEvent(event_id=self.event_id, occurred_at=self.occurred_at, body=self.stock)


AnyTold = OrderTold | RedemptionTold | RefundTold | StockTold


class WebhookTold(RootModel[Annotated[AnyTold, Field(discriminator="kind")]]):
    """Any of the four; ``kind`` says which."""


class HoldTold(Noun):
    """A granted coupon is wanted for an order that is being paid, for so many minutes."""

    grant_id: Id
    order_id: Id
    minutes: Annotated[int, Field(strict=True, ge=1, le=MOST_MINUTES)] = 10


class ReleaseTold(Noun):
    """The order is not paid after all: its coupon is free again."""

    grant_id: Id
    order_id: Id


# ---- answered ----------------------------------------------------------------------------------


class Kept(Noun):
    """An event was kept. ``reason`` is Chinese, for a person, when there is something to say."""

    event_id: str
    order_id: str
    state: EventState
    state_label: str
    reason: str


class CouponAnswer(Noun):
    """A granted coupon: what it is called, where it stands, until when, and what it may take off at most.

    ``expires_at`` and ``held_until`` are exclusive; ``order_id`` is the order that holds or used it.
    """

    grant_id: str
    coupon_id: str
    name: str
    customer_id: str
    status: GrantStatus
    status_label: str
    value_fen: int
    granted_at: datetime
    expires_at: datetime
    order_id: str
    held_until: datetime | None

    @classmethod
    def of(cls, one: Grant, names: Mapping[str, str]) -> "CouponAnswer":
        """A grant; ``names`` are of the coupons by id. One whose template is gone is called by its id."""
        told = one.model_dump(include=set(cls.model_fields) & set(Grant.model_fields))
        return cls(**told, name=names.get(one.coupon_id, one.coupon_id), status_label=one.status.label)


class CouponsAnswer(Noun):
    """What a customer may still use."""

    customer_id: str
    coupons: tuple[CouponAnswer, ...]


class Trouble(Noun):
    """Why a request was refused: a code for programs, Chinese words for people, and the field at fault."""

    error: str
    message: str
    field: str


class LineAnswer(Noun):
    """An order line with its share of what was paid."""

    line: int
    sku: str
    product_name: str
    quantity: int
    amount_fen: int
    paid_fen: int

    @classmethod
    def of(cls, line: PaidLine) -> "LineAnswer":
        """A settled line."""
        return cls(**line.model_dump())


class RedemptionAnswer(Noun):
    """A redemption and where it stands."""

    redemption_id: str
    grant_id: str
    coupon_id: str
    amount_fen: int
    occurred_at: datetime
    state: RedemptionState
    state_label: str
    reason: str

    @classmethod
    def of(cls, one: RedemptionRow) -> "RedemptionAnswer":
        """A redemption within the answer about its order, which names the order once."""
        told = one._asdict()
        del told["order_id"]
        return cls(**told, state_label=one.state.label)


class RefundAnswer(Noun):
    """A returned line as it counts, beside what was claimed."""

    refund_id: str
    line: int
    quantity: int
    fen: int
    claimed_quantity: int
    claimed_fen: int | None
    occurred_at: datetime
    state: RefundState
    state_label: str

    @classmethod
    def of(cls, one: CountedRefund) -> "RefundAnswer":
        """A counted refund."""
        counted = one.model_dump(exclude={"at"})
        return cls(**counted, occurred_at=one.at, state_label=one.state.label)


class OrderAnswer(Noun):
    """An order settled."""

    order_id: str
    customer_id: str
    store_id: str
    channel: Channel
    ordered_at: datetime
    status: OrderStatus
    status_label: str
    total_fen: int
    paid_fen: int
    refunded_fen: int
    lines: tuple[LineAnswer, ...]
    redemptions: tuple[RedemptionAnswer, ...]
    refunds: tuple[RefundAnswer, ...]

    @classmethod
    def of(cls, books: Books, redemptions: Sequence[RedemptionRow]) -> "OrderAnswer":
        """An order that was told; ValueError for books without one."""
        order = books.order
        if order is None:
            raise ValueError(books.order_id)
        return cls(
            order_id=order.order_id,
            customer_id=order.customer_id,
            store_id=order.store_id,
            channel=order.channel,
            ordered_at=order.ordered_at,
            status=order.status,
            status_label=order.status.label,
            total_fen=order.total_fen,
            paid_fen=order.paid_fen,
            refunded_fen=books.refunded_fen,
            lines=tuple(LineAnswer.of(line) for line in books.lines),
            redemptions=tuple(RedemptionAnswer.of(one) for one in redemptions),
            refunds=tuple(RefundAnswer.of(one) for one in books.refunds),
        )


class OrphanAnswer(Noun):
    """A redemption that waits, and for what."""

    redemption_id: str
    order_id: str
    grant_id: str
    coupon_id: str
    amount_fen: int
    occurred_at: datetime
    state: RedemptionState
    state_label: str
    reason: str

    @classmethod
    def of(cls, orphan: RedemptionRow) -> "OrphanAnswer":
        """A waiting redemption."""
        return cls(**orphan._asdict(), state_label=orphan.state.label)


class OrphansAnswer(Noun):
    """The oldest of the waiting redemptions; ``total`` counts all."""

    total: int
    orphans: tuple[OrphanAnswer, ...]
