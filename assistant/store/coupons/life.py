"""What may become of a grant: its statuses and every step between them, pure. Limits over many grants are elsewhere.

Each step takes the grant as stored and returns it as it is afterwards, or raises GrantRefused.
"""

from datetime import UTC, datetime, time, timedelta

from assistant.clock import SHOP_TIME
from assistant.errors import DaogouError
from assistant.offers.wording import last_moment, near_day, yuan
from assistant.shop import Coupon
from knowledge.noun import Labelled, Noun


class GrantStatus(Labelled):
    """Where a grant stands."""

    GRANTED = "granted", "已发放"
    HELD = "held", "占用中"
    REDEEMED = "redeemed", "已核销"
    EXPIRED = "expired", "已过期"
    REVOKED = "revoked", "已撤回"


UNUSED = (GrantStatus.GRANTED, GrantStatus.HELD)
"""Not used yet: what may still be used or may lapse."""


class GrantRule(Labelled):
    """Every reason for which a step of a grant's life is refused."""

    NOT_STARTED = "not-started", "活动还没开始"
    ENDED = "ended", "活动已结束"
    CUSTOMER_LIMIT = "customer-limit", "超过每人限领张数"
    GUIDE_DAY_LIMIT = "guide-day-limit", "超过导购每日限发张数"
    STORE_DAY_LIMIT = "store-day-limit", "超过门店每日限发张数"
    GRANT_LIMIT = "grant-limit", "超过发放总张数"
    BUDGET = "budget", "活动预算不足"
    NOT_FOUND = "not-found", "没有这张券"
    STATUS = "status", "券的状态不符"
    EXPIRED = "expired", "券已过期"
    OTHER_ORDER = "other-order", "券在另一个订单上"
    REFUND_LIMIT = "refund-limit", "退款超过核销金额"
    TOO_EARLY = "too-early", "截止时间太早"
    KEY_REUSED = "key-reused", "请求编号已用于别的操作"


class GrantRefused(DaogouError):
    """A step of a grant's life was refused, nothing changed; ``distance`` says in Chinese what would make it pass."""

    def __init__(self, rule: GrantRule, distance: str) -> None:
        super().__init__(f"{rule.label}：{distance}")
        self.rule = rule
        self.distance = distance


class Grant(Noun):
    """One coupon bound to one customer. Money in 分, moments aware UTC, ``expires_at`` exclusive.

    ``value_fen`` is what it may cost and was reserved for it; ``reserved_fen`` what is reserved now. ``redeemed_fen``
    and ``refunded_fen`` only grow: a grant given back whole and used again adds to both. ``order_id`` is the order that
    holds or used it, ``held_until`` the end of a hold. ``guide`` is folded to lower case.
    """

    grant_id: str
    coupon_id: str
    customer_id: str
    guide: str
    store_id: str
    turn_id: str
    reason: str
    status: GrantStatus
    granted_at: datetime
    expires_at: datetime
    value_fen: int
    reserved_fen: int
    redeemed_fen: int = 0
    refunded_fen: int = 0
    order_id: str = ""
    held_until: datetime | None = None

    @property
    def paid_fen(self) -> int:
        """What was redeemed and not refunded."""
        return self.redeemed_fen - self.refunded_fen

    @property
    def cost_fen(self) -> int:
        """What it takes of the coupon's budget: reserved, or redeemed and not refunded."""
        return self.reserved_fen + self.paid_fen

    @property
    def counts(self) -> bool:
        """Say whether it counts against the limit per customer: unused or redeemed."""
        return self.status in (*UNUSED, GrantStatus.REDEEMED)

    @property
    def day(self) -> str:
        """The Shanghai day on which it was granted, ISO."""
        return self.granted_at.astimezone(SHOP_TIME).date().isoformat()

    def at(self, moment: datetime) -> "Grant":
        """The grant as it stands at a moment, whether or not anything was swept since.

        A hold past its end holds nothing. An order that holds the grant in time may be paid until the hold ends, also
        after the grant's own end.
        """
        if self.status not in UNUSED or self._is_held(moment):
            return self
        status = GrantStatus.GRANTED if moment < self.expires_at else GrantStatus.EXPIRED
        return self.model_copy(update={"status": status, "order_id": "", "held_until": None})

    def _is_held(self, moment: datetime) -> bool:
        return self.status is GrantStatus.HELD and self.held_until is not None and moment < self.held_until


def end_of_validity(coupon: Coupon, moment: datetime) -> datetime:
    """The exclusive end of a grant made now: so many Shanghai days, today counted, never beyond the coupon's window."""
    if coupon.valid_days is None:
        return coupon.ends_at
    return min(coupon.ends_at, midnight_after(moment, coupon.valid_days))


def midnight_after(moment: datetime, days: int = 1) -> datetime:
    """The Shanghai midnight that ends today (1) or a day after it (2 and more)."""
    day = moment.astimezone(SHOP_TIME).date() + timedelta(days=days)
    return datetime.combine(day, time(), SHOP_TIME).astimezone(UTC)


def check_window(coupon: Coupon, moment: datetime) -> None:
    """Raise GrantRefused when the coupon may not be granted yet, or no more."""
    if moment < coupon.starts_at:
        raise GrantRefused(GrantRule.NOT_STARTED, f"{near_day(coupon.starts_at, seen_from=moment)}开始，到时可以发")
    if moment >= coupon.ends_at:
        day = _last_day(coupon.ends_at, moment)
        raise GrantRefused(GrantRule.ENDED, f"{day}已结束，活动延期后可以再发")


def held(before: Grant, order_id: str, until: datetime, moment: datetime) -> Grant:
    """Keep an unused grant for one order; the same order may hold it longer."""
    seen = before.at(moment)
    _check_usable(seen, order_id, moment)
    if until <= moment:
        raise GrantRefused(GrantRule.TOO_EARLY, "占用的截止时间要晚于现在")
    return seen.model_copy(update={"status": GrantStatus.HELD, "order_id": order_id, "held_until": until})


def released(before: Grant, order_id: str, moment: datetime) -> Grant:
    """Take a hold away, also one past its end. A grant whose own end has come is then expired."""
    if before.status is not GrantStatus.HELD:
        raise GrantRefused(GrantRule.STATUS, f"这张券{before.status.label}，没有被占用，不用释放")
    _check_order(before, order_id, "占用", "释放")
    free = before.model_copy(update={"status": GrantStatus.GRANTED, "order_id": "", "held_until": None})
    return free if moment < before.expires_at else expired(free)


def redeemed(before: Grant, order_id: str, amount_fen: int, moment: datetime) -> Grant:
    """Use a grant on an order: what was reserved becomes what was redeemed, more or less as it may be."""
    check_amount(amount_fen)
    seen = before.at(moment)
    _check_usable(seen, order_id, moment)
    return seen.model_copy(
        update={
            "status": GrantStatus.REDEEMED,
            "reserved_fen": 0,
            "redeemed_fen": seen.redeemed_fen + amount_fen,
            "order_id": order_id,
            "held_until": None,
        }
    )


def refunded(before: Grant, order_id: str, amount_fen: int, moment: datetime) -> Grant:
    """Give money back; once all of it is, the grant is unused again while valid, else expired.

    The money returns to the budget, so a grant that is unused again has none reserved.
    """
    check_amount(amount_fen)
    if before.status is not GrantStatus.REDEEMED:
        raise GrantRefused(GrantRule.STATUS, f"这张券{before.at(moment).status.label}，核销后才能退款")
    _check_order(before, order_id, "核销", "退款")
    if amount_fen > before.paid_fen:
        left, asked = yuan(before.paid_fen), yuan(amount_fen)
        raise GrantRefused(GrantRule.REFUND_LIMIT, f"最多还能退 {left} 元，不能退 {asked} 元")
    after = before.model_copy(update={"refunded_fen": before.refunded_fen + amount_fen})
    if after.paid_fen:
        return after
    status = GrantStatus.GRANTED if moment < before.expires_at else GrantStatus.EXPIRED
    return after.model_copy(update={"status": status, "order_id": ""})


def extended(before: Grant, until: datetime, moment: datetime) -> Grant:
    """Let an unused grant end later; an expired one is good again, with its value reserved anew."""
    seen = before.at(moment)
    if seen.status not in (*UNUSED, GrantStatus.EXPIRED):
        raise _wrong_status(seen, "延期")
    if until <= moment:
        raise GrantRefused(GrantRule.TOO_EARLY, "新的有效期要晚于现在")
    if until <= before.expires_at:
        end = _last_day(before.expires_at, moment)
        raise GrantRefused(GrantRule.TOO_EARLY, f"现在有效期到{end}，新的有效期要更晚")
    if seen.status is not GrantStatus.EXPIRED:
        return seen.model_copy(update={"expires_at": until})
    return seen.model_copy(update={"expires_at": until, "status": GrantStatus.GRANTED, "reserved_fen": seen.value_fen})


def revoked(before: Grant, moment: datetime) -> Grant:
    """Take an unused grant back; what was reserved for it is free again."""
    seen = before.at(moment)
    if seen.status is GrantStatus.HELD:
        raise GrantRefused(GrantRule.STATUS, f"{_held_words(seen, moment)}可以撤回")
    if seen.status is GrantStatus.EXPIRED:
        raise GrantRefused(GrantRule.EXPIRED, f"{_last_day(seen.expires_at, moment)}已过期，不用再撤回")
    if seen.status is not GrantStatus.GRANTED:
        raise _wrong_status(seen, "撤回")
    return seen.model_copy(update={"status": GrantStatus.REVOKED, "reserved_fen": 0})


def expired(before: Grant) -> Grant:
    """The grant once its end has come: what was reserved for it is free again."""
    return before.model_copy(
        update={"status": GrantStatus.EXPIRED, "reserved_fen": 0, "order_id": "", "held_until": None}
    )


def check_amount(amount_fen: int) -> None:
    """Raise ValueError for an amount below 0."""
    if amount_fen < 0:
        raise ValueError(f"an amount in 分 is never below 0: {amount_fen}")


def _check_usable(seen: Grant, order_id: str, moment: datetime) -> None:
    if seen.status is GrantStatus.EXPIRED:
        day = _last_day(seen.expires_at, moment)
        raise GrantRefused(GrantRule.EXPIRED, f"{day}已过期，请店长延期后再用")
    if seen.status not in UNUSED:
        raise _wrong_status(seen, "使用")
    if seen.status is GrantStatus.HELD and seen.order_id != order_id:
        raise GrantRefused(GrantRule.OTHER_ORDER, f"{_held_words(seen, moment)}可以用")


def _check_order(grant: Grant, order_id: str, done: str, wanted: str) -> None:
    if grant.order_id != order_id:
        raise GrantRefused(GrantRule.OTHER_ORDER, f"这张券由订单 {grant.order_id} {done}，请按该订单{wanted}")


def _wrong_status(seen: Grant, wanted: str) -> GrantRefused:
    if seen.status is GrantStatus.REVOKED:
        return GrantRefused(GrantRule.STATUS, "这张券已撤回，请重新发一张")
    return GrantRefused(GrantRule.STATUS, f"已在订单 {seen.order_id} 核销，全额退款后可以{wanted}")


def _held_words(seen: Grant, moment: datetime) -> str:
    # a hold without an end is no hold, see Grant.at
    until = near_day(seen.held_until or moment, seen_from=moment)
    return f"订单 {seen.order_id} 正在占用，释放后或过了{until}"


def _last_day(end: datetime, moment: datetime) -> str:
    return near_day(last_moment(end), seen_from=moment)
