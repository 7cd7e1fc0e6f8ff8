"""Does a coupon apply: every rule of CouponRule in that order, the first failing one told with its distance."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from assistant.clock import SHOP_TIME
from assistant.offers.effect import (
    Bearing,
    in_scope,
    line_fen,
    worth,
)
from assistant.offers.reach import is_limited
from assistant.offers.standing import Standing
from assistant.offers.terms import WEEKDAYS, short_scope, weekday_words
from assistant.offers.wording import clock_time, last_moment, near_date, near_day, tier_words, yuan
from assistant.shop import Channel, Coupon, CouponKind, CouponUse, Times
from assistant.turn import BasketLine, CouponRule
from knowledge.noun import Noun


class Occasion(Noun):
    """What the rules look at beside the coupon: the basket, who stands at the counter, where and when.

    ``names`` gives SKUs, stores and regions the words people use. ``shipping_fen`` is what is due on this order.
    ``floors`` is the least a piece may cost by SKU, 分 (控价); it decides and is never told.
    """

    lines: tuple[BasketLine, ...]
    shipping_fen: int
    standing: Standing
    store_id: str
    region_id: str
    moment: datetime
    names: Mapping[str, str] = {}
    channel: Channel = Channel.SHOP
    dealer: str = ""
    floors: Mapping[str, int] = {}

    @property
    def least(self) -> tuple[int, ...]:
        """The least that must stay to pay for each line, 分."""
        return tuple(self.floors.get(line.sku, 0) * line.quantity for line in self.lines)


class Failure(Noun):
    """The first rule a coupon fails and, in Chinese, what would make it pass."""

    rule: CouponRule
    distance: str
    shortfall_fen: int | None = None


def failure(one: Bearing, use: CouponUse, occasion: Occasion) -> Failure | None:
    """Return the first rule this coupon fails by itself, or None when it may be used on this basket.

    Whether it combines with others is not asked here. With an empty basket a coupon the customer may have
    ends at THRESHOLD, with the whole threshold as its distance.
    """
    coupon = one.coupon
    return (
        _window(coupon, occasion)
        or _times(coupon, occasion)
        or _place(coupon, occasion)
        or _channel(coupon, occasion)
        or _list(coupon, occasion.standing)
        or _tier(coupon, occasion.standing)
        or _new_customer(coupon, occasion.standing)
        or _birthday(coupon, occasion)
        or _tags(coupon, occasion.standing)
        or _lapsed(coupon, occasion.standing)
        or _limit(coupon, use)
        or _day_limit(coupon, use)
        or _budget(one, use, occasion)
        or _basket(one, occasion)
    )


def _window(coupon: Coupon, occasion: Occasion) -> Failure | None:
    now = occasion.moment
    if now < coupon.starts_at:
        return Failure(rule=CouponRule.NOT_STARTED, distance=f"{near_day(coupon.starts_at, seen_from=now)}开始")
    if now >= coupon.ends_at:
        day = near_day(last_moment(coupon.ends_at), seen_from=now)
        return Failure(rule=CouponRule.EXPIRED, distance=f"{day}已结束")
    return None


def _times(coupon: Coupon, occasion: Occasion) -> Failure | None:
    """Refuse a coupon on a day or at an hour it is not for, and say when it is for the next time."""
    local = occasion.moment.astimezone(SHOP_TIME)
    times = coupon.times
    if any(days.first <= local.date() <= days.last for days in times.blackout):
        return Failure(rule=CouponRule.BLACKOUT, distance=f"活动期间暂停使用，{_again(coupon, occasion.moment)}")
    if times.weekdays and local.isoweekday() not in times.weekdays:
        distance = f"仅{weekday_words(times.weekdays)}可用，{_again(coupon, occasion.moment)}"
        return Failure(rule=CouponRule.TIME, distance=distance)
    minute = local.hour * 60 + local.minute
    if times.hours and not any(part.starts <= minute < part.ends for part in times.hours):
        spans = "、".join(f"{clock_time(part.starts)}至{clock_time(part.ends)}" for part in times.hours)
        return Failure(rule=CouponRule.TIME, distance=f"每天{spans}可用，{_again(coupon, occasion.moment)}")
    return None


def _again(coupon: Coupon, moment: datetime) -> str:
    """Say from when on the coupon may be used next."""
    opens = next_opening(coupon, moment)
    if opens is None:
        return "有效期里没有能用的时间了"
    local, today = opens.astimezone(SHOP_TIME), moment.astimezone(SHOP_TIME).date()
    if local.date() == today:
        return f"今天{clock_time(local.hour * 60 + local.minute)}起可用"
    hour = f"{clock_time(local.hour * 60 + local.minute)}" if coupon.times.hours else ""
    return f"{near_date(local.date(), seen_from=moment)}（周{WEEKDAYS[local.isoweekday() - 1]}）{hour}起可用"


def next_opening(coupon: Coupon, moment: datetime) -> datetime | None:
    """Return the first later moment at which weekday, hours and blackout days let the coupon be used, None for never."""
    times = coupon.times
    first, last = (one.astimezone(SHOP_TIME).date() for one in (moment, coupon.ends_at))
    for day in open_days(times, first, last):
        midnight = datetime.combine(day, datetime.min.time(), SHOP_TIME)
        for starts in sorted(part.starts for part in times.hours) or [0]:
            opens = midnight + timedelta(minutes=starts)
            if moment < opens < coupon.ends_at:
                return opens
    return None


def open_days(times: Times, first: date, last: date) -> Iterator[date]:
    """The days, both ends included, on which weekday and blackout let a coupon be used; of a year at most."""
    # after a year every weekday has come again and again
    for number in range(min((last - first).days, 366) + 1):
        day = first + timedelta(days=number)
        shut = any(one.first <= day <= one.last for one in times.blackout)
        if not shut and (not times.weekdays or day.isoweekday() in times.weekdays):
            yield day


def _channel(coupon: Coupon, occasion: Occasion) -> Failure | None:
    channels = coupon.scope.channels
    if not channels or occasion.channel in channels:
        return None
    words = "、".join(one.label for one in channels)
    return Failure(rule=CouponRule.CHANNEL, distance=f"仅限{words}下单使用，在{occasion.channel.label}用不了")


def _list(coupon: Coupon, standing: Standing) -> Failure | None:
    audience = coupon.audience
    if standing.customer_id and standing.customer_id in audience.barred:
        return Failure(rule=CouponRule.AUDIENCE_LIST, distance="这张券不对这位客户开放，有疑问请找店长")
    if not audience.customers or (standing.customer_id and standing.customer_id in audience.customers):
        return None
    distance = "仅限名单里的客户，这位不在名单里" if standing.known else "需先确认客户是否在名单里"
    return Failure(rule=CouponRule.AUDIENCE_LIST, distance=distance)


def _lapsed(coupon: Coupon, standing: Standing) -> Failure | None:
    wanted = coupon.audience.lapsed_days
    if wanted is None:
        return None
    since = standing.days_since_order
    if since is not None and since >= wanted:
        return None
    if not standing.known:
        distance = f"需先确认客户是否 {wanted} 天没有下单"
    elif since is None:
        distance = f"{wanted} 天没有下单的老客可用，客户还没有订单"
    else:
        distance = f"{wanted} 天没有下单的客户可用，客户 {since} 天前刚下过单"
    return Failure(rule=CouponRule.AUDIENCE_LAPSED, distance=distance)


def _day_limit(coupon: Coupon, use: CouponUse) -> Failure | None:
    limit = coupon.per_day_limit
    if limit is None or use.used_today < limit:
        return None
    return Failure(rule=CouponRule.DAY_LIMIT, distance=f"每人每天限用{limit}次，今天已用过，明天可以再用")


def _place(coupon: Coupon, occasion: Occasion) -> Failure | None:
    scope, names = coupon.scope, occasion.names
    if not is_limited(scope):
        return None
    if occasion.store_id in scope.stores or occasion.region_id in scope.regions:
        return None
    if occasion.dealer and occasion.dealer in scope.dealers:
        return None
    places = "、".join(names.get(one, one) for one in (*scope.regions, *scope.dealers, *scope.stores))
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
    if coupon.audience.birthday_days is not None:
        return _birthday_window(coupon.audience.birthday_days, occasion)
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


def _birthday_window(days: tuple[int, int], occasion: Occasion) -> Failure | None:
    """Ask for a birthday within so many days before and after; 29 February counts as 1 March where there is none."""
    before, after = days
    words = f"生日前{before}天到后{after}天可用" if before or after else "生日当天可用"
    standing = occasion.standing
    if standing.birthday_month is None or standing.birthday_day is None:
        distance = f"{words}，客户还没登记生日" if standing.known else "需先确认客户的生日"
        return Failure(rule=CouponRule.AUDIENCE_BIRTHDAY, distance=distance)
    today = occasion.moment.astimezone(SHOP_TIME).date()
    near = (_birthday_in(year, standing) for year in (today.year - 1, today.year, today.year + 1))
    if any(-before <= (today - birthday).days <= after for birthday in near):
        return None
    distance = f"{words}，客户生日在{standing.birthday_month}月{standing.birthday_day}日"
    return Failure(rule=CouponRule.AUDIENCE_BIRTHDAY, distance=distance)


def _birthday_in(year: int, standing: Standing) -> date:
    month, day = standing.birthday_month or 1, standing.birthday_day or 1
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 3, 1)


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


def _budget(one: Bearing, use: CouponUse, occasion: Occasion) -> Failure | None:
    """Refuse a coupon whose cost does not fit into what is left, measured as if it were used alone.

    Alone is the dearest case: other coupons only shrink what this one is taken from. Short of the threshold
    the cost is taken at the threshold, so a guide is not sent to sell towards a coupon that is used up.
    """
    coupon = one.coupon
    if coupon.budget_fen is None:
        return None
    left = coupon.budget_fen - use.spent_fen
    if left <= 0:
        return Failure(rule=CouponRule.BUDGET, distance="活动预算已用完")
    cheaper = max(one.touched_fen, coupon.threshold_fen if _touches_all(coupon) else 0)
    if worth(coupon, cheaper, max(one.counted_fen, coupon.threshold_fen), occasion.shipping_fen) > left:
        return Failure(rule=CouponRule.BUDGET, distance=f"活动预算只剩 {yuan(left)} 元，不够本单使用")
    return None


def _basket(one: Bearing, occasion: Occasion) -> Failure | None:
    if not occasion.lines:
        return _empty_basket(one.coupon, occasion)
    return (
        _goods(one, occasion)
        or _threshold(one, occasion)
        or _pieces(one, occasion)
        or _added(one, occasion)
        or _no_benefit(one, occasion)
        or _floor(one, occasion)
    )


def _empty_basket(coupon: Coupon, occasion: Occasion) -> Failure:
    goods = short_scope(coupon.scope, occasion.names)
    needed = coupon.threshold_fen
    if coupon.pieces:
        distance = f"买满 {coupon.pieces} 件{f'（{goods}）' if goods else ''}可用"
    elif needed:
        distance = f"买满 {yuan(needed)} 元{f'（{goods}）' if goods else ''}可用"
    else:
        distance = f"无门槛，买{goods or '任意商品'}就能用"
    return Failure(rule=CouponRule.THRESHOLD, distance=distance, shortfall_fen=None if coupon.pieces else needed)


def _goods(one: Bearing, occasion: Occasion) -> Failure | None:
    if one.counted:
        return None
    coupon = one.coupon
    meant = [line for line in occasion.lines if in_scope(coupon.scope, line)]
    if not meant:
        goods = short_scope(coupon.scope, occasion.names)
        return Failure(rule=CouponRule.SCOPE, distance=f"限{goods}，本单没有这类商品")
    left_out = "、".join(dict.fromkeys(f"「{line.name}」" for line in meant))
    return Failure(rule=CouponRule.EXCLUSION, distance=f"{left_out}不参加这张券，换成其他适用商品可用")


def _threshold(one: Bearing, occasion: Occasion) -> Failure | None:
    short = one.coupon.threshold_fen - one.counted_fen
    if short <= 0:
        return None
    goods = "" if len(one.counted) == len(occasion.lines) and not is_for_some_goods(one.coupon) else "适用商品"
    distance = f"{goods}再买 {yuan(short)} 元可用"
    return Failure(rule=CouponRule.THRESHOLD, distance=distance, shortfall_fen=short)


def _pieces(one: Bearing, occasion: Occasion) -> Failure | None:
    coupon = one.coupon
    if coupon.kind not in (CouponKind.PIECES, CouponKind.NTH_PIECE):
        return None
    short = coupon.pieces - one.pieces
    if short <= 0:
        return None
    goods = short_scope(coupon.scope, occasion.names)
    return Failure(rule=CouponRule.THRESHOLD, distance=f"再买 {short} 件{goods or '适用商品'}可用")


def _added(one: Bearing, occasion: Occasion) -> Failure | None:
    coupon = one.coupon
    if coupon.kind is not CouponKind.ADD_ON or one.touched:
        return None
    goods = occasion.names.get(coupon.add_on_sku, coupon.add_on_sku)
    distance = f"已经够条件，加 {yuan(coupon.add_on_fen)} 元可以换购「{goods}」"
    return Failure(rule=CouponRule.SCOPE, distance=distance)


def _floor(one: Bearing, occasion: Occasion) -> Failure | None:
    """Refuse a coupon that would bring a line below the least that it may cost (控价)."""
    if not occasion.floors:
        return None
    prices = [line_fen(line) for line in occasion.lines]
    taken = one.per_line(prices)
    for line, price, part, least in zip(occasion.lines, prices, taken, occasion.least, strict=True):
        if part and price - part < least:
            distance = f"用了这张，「{line.name}」会低于规定的最低售价"
            return Failure(rule=CouponRule.FLOOR, distance=distance)
    return None


def _touches_all(coupon: Coupon) -> bool:
    return coupon.kind not in (CouponKind.NTH_PIECE, CouponKind.ADD_ON)


def _no_benefit(one: Bearing, occasion: Occasion) -> Failure | None:
    if one.worth_alone(occasion.shipping_fen) > 0:
        return None
    coupon = one.coupon
    if coupon.kind is CouponKind.FREE_SHIPPING:
        distance = "本单不收运费，用不上"
    elif coupon.kind is CouponKind.GIFT:
        distance = "赠品没有登记价值，没法和别的券比较，请店长补上"
    else:
        distance = "用在本单上省不了钱"
    return Failure(rule=CouponRule.NO_BENEFIT, distance=distance)


def is_for_some_goods(coupon: Coupon) -> bool:
    """Say whether not every product counts for a coupon."""
    scope = coupon.scope
    return bool(
        scope.skus
        or scope.categories
        or scope.brands
        or scope.attributes
        or scope.excluded_skus
        or scope.excluded_categories
        or scope.excludes_new
    )
