"""The nouns of the till: what was sold, redeemed, returned and counted, as a POS or CRM tells it.

An event is a fact with an id of its own. Orders are told again when they change, the newest by ``occurred_at``
stands; a redemption and a return are told once and for all. Money is integer 分, quantities are pieces.
"""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from assistant.shop import Channel
from knowledge.noun import Labelled, Noun

MOST_FEN = 1_000_000_000
"""Ten million 元 in one amount is a slip of the till."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:@#-]+$")]
MaybeId = Annotated[str, StringConstraints(max_length=64, pattern=r"^[\w.:@#-]*$")]
Fen = Annotated[int, Field(strict=True, ge=0, le=MOST_FEN)]
Pieces = Annotated[int, Field(strict=True, ge=0, le=99_999)]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]


class OrderStatus(Labelled):
    """Where an order stands. A cancelled one gives back everything."""

    PAID = "paid", "已支付"
    COMPLETED = "completed", "已完成"
    CANCELLED = "cancelled", "已取消"


class EventKind(Labelled):
    """What a till can tell."""

    ORDER = "order", "订单"
    REDEMPTION = "redemption", "核销"
    REFUND = "refund", "退款"
    STOCK = "stock", "库存"


class KeyScope(Labelled):
    """What a key of the till's API opens."""

    ORDERS = "orders:write", "写订单"
    REDEMPTIONS = "redemptions:write", "写核销"
    REFUNDS = "refunds:write", "写退款"
    STOCK = "stock:write", "写库存"
    READ = "read", "查询"
    COUPONS = "coupons:read", "查客户手里的券"
    HOLDS = "coupons:hold", "占用和释放券"


class EventState(Labelled):
    """What became of an event."""

    COUNTED = "counted", "已入账"
    WAITING = "waiting", "等对应的订单或券"
    SUPERSEDED = "superseded", "已有更新的版本"
    NOT_COUNTED = "not-counted", "没有入账"


class RedemptionState(Labelled):
    """Where a redemption stands; the first two wait for what is missing."""

    ORPHAN = "orphan", "找不到对应的券"
    NO_ORDER = "no-order", "找不到对应的订单"
    VALID = "valid", "已核销"
    RETURNED = "returned", "已随退款退回"
    REFUSED = "refused", "券不能用在这一单"
    DOUBLE = "double", "这张券先在别的单里核销了"


WAITING = (RedemptionState.ORPHAN, RedemptionState.NO_ORDER)
"""Redemptions that wait for an order or a coupon to turn up."""
REDEEMED = (RedemptionState.VALID, RedemptionState.RETURNED)
"""Redemptions that hold their coupon."""


class RefundState(Labelled):
    """How a returned line was counted."""

    COUNTED = "counted", "已入账"
    CAPPED = "capped", "超过实付，按剩下的入账"
    NO_ORDER = "no-order", "找不到对应的订单"
    NO_LINE = "no-line", "订单里没有这一行"


class SoldLine(Noun):
    """One line at shop price: ``amount_fen`` for all its pieces. ``paid_fen`` only where the till shares discounts itself."""

    sku: Id
    product_name: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")
    quantity: Annotated[int, Field(strict=True, ge=1, le=99_999)]
    amount_fen: Fen
    paid_fen: Fen | None = None


class SoldOrder(Noun):
    """An order as it stands now. ``paid_fen`` is what was paid for the goods, shipping apart.

    ``customer_id`` is empty for a passer-by, ``guide`` is whose link the customer came by (a userid), and
    ``delivery_area`` the town or district an online order goes to, never an address.
    """

    order_id: Id
    customer_id: MaybeId = ""
    store_id: MaybeId = ""
    channel: Channel = Channel.SHOP
    ordered_at: Moment
    delivery_area: str = Field(default="", max_length=50, pattern=r"^[^\x00]*$")
    guide: MaybeId = ""
    status: OrderStatus = OrderStatus.PAID
    paid_fen: Fen
    lines: tuple[SoldLine, ...] = Field(min_length=1, max_length=200)

    @property
    def total_fen(self) -> int:
        """All lines at shop price."""
        return sum(line.amount_fen for line in self.lines)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.paid_fen > self.total_fen:
            raise ValueError("实付金额比各行金额加起来还多")
        shares = [line.paid_fen for line in self.lines if line.paid_fen is not None]
        if shares and len(shares) < len(self.lines):
            raise ValueError("每一行都要写实付金额，或者都不写")
        if shares and sum(shares) != self.paid_fen:
            raise ValueError("各行实付金额加起来不等于整单实付金额")
        return self


class RedeemedDeal(Noun):
    """A coupon used in an order: one that was granted (``grant_id``), or any of a kind (``coupon_id``), or both told."""

    redemption_id: Id
    grant_id: MaybeId = ""
    coupon_id: MaybeId = ""
    order_id: Id
    amount_fen: Fen

    @model_validator(mode="after")
    def _names_a_coupon(self) -> Self:
        if not self.grant_id and not self.coupon_id:
            raise ValueError("要写明是哪张券：grant_id 或 coupon_id")
        return self


class ReturnedLine(Noun):
    """Pieces of one order line given back (``line`` counted from 1). ``fen`` empty: their share of what was paid."""

    line: Annotated[int, Field(strict=True, ge=1, le=200)]
    quantity: Pieces
    fen: Fen | None = None

    @model_validator(mode="after")
    def _gives_back(self) -> Self:
        if not self.quantity and not self.fen:
            raise ValueError("退货数量和退款金额至少写一样")
        return self


class ReturnedGoods(Noun):
    """One refund of an order, line by line; each line stands in it once."""

    refund_id: Id
    order_id: Id
    lines: tuple[ReturnedLine, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _lines_once(self) -> Self:
        if len({line.line for line in self.lines}) < len(self.lines):
            raise ValueError("同一行只能写一次")
        return self


class StockCount(Noun):
    """How many pieces a store has of one SKU."""

    store_id: Id
    sku: Id
    quantity: Pieces


class StockCounts(Noun):
    """Counts taken at the same moment."""

    counts: tuple[StockCount, ...] = Field(min_length=1, max_length=500)


Told = SoldOrder | RedeemedDeal | ReturnedGoods | StockCounts

_KINDS: dict[type[Noun], EventKind] = {
    SoldOrder: EventKind.ORDER,
    RedeemedDeal: EventKind.REDEMPTION,
    ReturnedGoods: EventKind.REFUND,
    StockCounts: EventKind.STOCK,
}
_NOUNS = {kind: noun for noun, kind in _KINDS.items()}


class TillEvent(Noun):
    """One thing a till told, under its own id, and when it happened there."""

    event_id: Id
    occurred_at: Moment
    body: Told

    @property
    def kind(self) -> EventKind:
        """Which of the closed list it is."""
        return _KINDS[type(self.body)]

    @property
    def rank(self) -> tuple[datetime, str]:
        """By when it happened; the id decides between equals, so that any order of arrival gives the same."""
        return (self.occurred_at, self.event_id)


def told_again(event_id: str, kind: EventKind, occurred_at: datetime, body: object) -> TillEvent:
    """An event as it was kept; raises pydantic's ValidationError for a body that is none."""
    return TillEvent.model_validate(
        {"event_id": event_id, "occurred_at": occurred_at, "body": _NOUNS[kind].model_validate(body)}
    )


# ---- what a guide earned -----------------------------------------------------------------------


class EarnedPoints(Noun):
    """One order's points on a guide's account: earned, what refunds took back of them, and when the last entry was."""

    order_id: str
    at: datetime
    earned: int
    given_back: int


class GuidePoints(Noun):
    """A guide's own account: what was entered this Shanghai month, in all, and the latest orders, newest first."""

    this_month: int = 0
    total: int = 0
    latest: tuple[EarnedPoints, ...] = ()
