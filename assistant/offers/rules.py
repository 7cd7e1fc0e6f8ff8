"""Does a coupon apply: every rule of CouponRule in that order, the first failing one told with its distance."""

from collections.abc import Mapping
from datetime import datetime

from assistant.clock import SHOP_TIME
from assistant.offers.effect import counted_fen, counted_lines, in_scope, worth, worth_alone
from assistant.offers.standing import Standing
from assistant.offers.terms import short_scope
from assistant.offers.wording import last_moment, near_day, tier_words, yuan
from assistant.shop import Coupon, CouponKind, CouponUse
from assistant.turn import BasketLine, CouponRule
from knowledge.noun import Noun


class Occasion(Noun):
    """What the rules look at beside the coupon: the basket, who stands at the counter, where and when.

    ``names`` gives SKUs, stores and regions the words people use. ``shipping_fen`` is what is due on this order.
    """

    lines: tuple[BasketLine, ...]
    shipping_fen: int
    standing: Standing
    store_id: str
    region_id: str
    moment: datetime
    names: Mapping[str, str] = {}


class Failure(Noun):
    """The first rule a coupon fails and, in Chinese, what would make it pass."""

    rule: CouponRule
    distance: str
    shortfall_fen: int | None = None


def failure(coupon: Coupon, use: CouponUse, occasion: Occasion) -> Failure | None:
    """Return the first rule this coupon fails by itself, or None when it may be used on this basket.

    Whether it combines with others is not asked here. With an empty basket a coupon the customer may have
    ends at THRESHOLD, with the whole threshold as its distance.
    """
    return (
        _window(coupon, occasion)
        or _place(coupon, occasion)
        or _tier(coupon, occasion.standing)
        or _new_customer(coupon, occasion.standing)
        or _birthday(coupon, occasion)
        or _tags(coupon, occasion.standing)
        or _limit(coupon, use)
        or _budget(coupon, use, occasion)
        or _basket(coupon, occasion)
    )


def _window(coupon: Coupon, occasion: Occasion) -> Failure | None:
    now = occasion.moment
    if now < coupon.starts_at:
        return Failure(rule=CouponRule.NOT_STARTED, distance=f"{near_day(coupon.starts_at, seen_from=now)}开始")
    if now >= coupon.ends_at:
        day = near_day(last_moment(coupon.ends_at), seen_from=now)
        return Failure(rule=CouponRule.EXPIRED, distance=f"{day}已结束")
    return None


def _place(coupon: Coupon, occasion: Occasion) -> Failure | None:
    scope, names = coupon.scope, occasion.names
    if not scope.stores and not scope.regions:
        return None
    if occasion.store_id in scope.stores or occasion.region_id in scope.regions:
        return None
    places = "、".join(names.get(one, one) for one in (*scope.regions, *scope.stores))
    return Failure(rule=CouponRule.STORE, distance=f"仅限{places}使用，本店不可用")


def _tier(coupon: Coupon, standing: Standing) -> Failure | None:
    wanted = coupon.audience.tiers
    if not wanted or standing.tier in wanted:
        return None
    words = tier_words(wanted, standing.tiers)
    if not standing.known:
        return Failure(rule=CouponRule.AUDIENCE_TIER, distance=f"需先确认客户是否{words}")
    now = f"客户目前是{standing.tier}" if standing.tier else "客户还没有会员等级"
    return Failure(rule=CouponRule.AUDIENCE_TIER, distance=f"{words}可用，{now}")


def _new_customer(coupon: Coupon, standing: Standing) -> Failure | None:
    if not coupon.audience.new_customer or standing.is_new_customer:
        return None
    unknown = standing.is_new_customer is None
    distance = "需先确认客户是否新客" if unknown else "仅限新客首单，客户已有订单"
    return Failure(rule=CouponRule.AUDIENCE_NEW, distance=distance)


def _birthday(coupon: Coupon, occasion: Occasion) -> Failure | None:
    month = occasion.standing.birthday_month
    if not coupon.audience.birthday_month or month == occasion.moment.astimezone(SHOP_TIME).month:
        return None
    if not occasion.standing.known:
        distance = "需先确认客户生日是否在本月"
    elif month is None:
        distance = "生日当月可用，客户还没登记生日"
    else:
        distance = f"生日当月可用，客户生日在{month}月"
    return Failure(rule=CouponRule.AUDIENCE_BIRTHDAY, distance=distance)


def _tags(coupon: Coupon, standing: Standing) -> Failure | None:
    wanted = coupon.audience.tags
    if not wanted or set(wanted) & set(standing.tags):
        return None
    words = f"「{'」「'.join(wanted)}」"
    distance = f"仅限{words}人群，客户没有这个标签" if standing.known else f"需先确认客户是否属于{words}人群"
    return Failure(rule=CouponRule.AUDIENCE_TAG, distance=distance)


def _limit(coupon: Coupon, use: CouponUse) -> Failure | None:
    limit = coupon.per_customer_limit
    if limit is None or use.used_by_customer < limit:
        return None
    used = "已用过" if limit == 1 else f"已用{use.used_by_customer}次"
    return Failure(rule=CouponRule.LIMIT, distance=f"每人限用{limit}次，{used}")


def _budget(coupon: Coupon, use: CouponUse, occasion: Occasion) -> Failure | None:
    """Refuse a coupon whose cost does not fit into what is left, measured as if it were used alone.

    Alone is the dearest case: other coupons only shrink what this one is taken from. Short of the threshold
    the cost is taken at the threshold, so a guide is not sent to sell towards a coupon that is used up.
    """
    if coupon.budget_fen is None:
        return None
    left = coupon.budget_fen - use.spent_fen
    if left <= 0:
        return Failure(rule=CouponRule.BUDGET, distance="活动预算已用完")
    base = max(counted_fen(coupon, occasion.lines), coupon.threshold_fen)
    if worth(coupon, base, occasion.shipping_fen) > left:
        return Failure(rule=CouponRule.BUDGET, distance=f"活动预算只剩 {yuan(left)} 元，不够本单使用")
    return None


def _basket(coupon: Coupon, occasion: Occasion) -> Failure | None:
    if not occasion.lines:
        return _empty_basket(coupon, occasion)
    return _goods(coupon, occasion) or _threshold(coupon, occasion) or _no_benefit(coupon, occasion)


def _empty_basket(coupon: Coupon, occasion: Occasion) -> Failure:
    goods = short_scope(coupon.scope, occasion.names)
    needed = coupon.threshold_fen
    if needed:
        distance = f"买满 {yuan(needed)} 元{f'（{goods}）' if goods else ''}可用"
    else:
        distance = f"无门槛，买{goods or '任意商品'}就能用"
    return Failure(rule=CouponRule.THRESHOLD, distance=distance, shortfall_fen=needed)


def _goods(coupon: Coupon, occasion: Occasion) -> Failure | None:
    if counted_lines(coupon, occasion.lines):
        return None
    meant = [line for line in occasion.lines if in_scope(coupon.scope, line)]
    if not meant:
        goods = short_scope(coupon.scope, occasion.names)
        return Failure(rule=CouponRule.SCOPE, distance=f"限{goods}，本单没有这类商品")
    left_out = "、".join(dict.fromkeys(f"「{line.name}」" for line in meant))
    return Failure(rule=CouponRule.EXCLUSION, distance=f"{left_out}不参加这张券，换成其他适用商品可用")


def _threshold(coupon: Coupon, occasion: Occasion) -> Failure | None:
    counted = counted_lines(coupon, occasion.lines)
    short = coupon.threshold_fen - counted_fen(coupon, occasion.lines)
    if short <= 0:
        return None
    goods = "" if len(counted) == len(occasion.lines) and not _restricts(coupon) else "适用商品"
    distance = f"{goods}再买 {yuan(short)} 元可用"
    return Failure(rule=CouponRule.THRESHOLD, distance=distance, shortfall_fen=short)


def _no_benefit(coupon: Coupon, occasion: Occasion) -> Failure | None:
    if worth_alone(coupon, occasion.lines, occasion.shipping_fen) > 0:
        return None
    if coupon.kind is CouponKind.FREE_SHIPPING:
        distance = "本单不收运费，用不上"
    elif coupon.kind is CouponKind.GIFT:
        distance = "赠品没有登记价值，没法和别的券比较，请店长补上"
    else:
        distance = "用在本单上省不了钱"
    return Failure(rule=CouponRule.NO_BENEFIT, distance=distance)


def _restricts(coupon: Coupon) -> bool:
    scope = coupon.scope
    return bool(
        scope.skus or scope.categories or scope.excluded_skus or scope.excluded_categories or scope.excludes_new
    )
