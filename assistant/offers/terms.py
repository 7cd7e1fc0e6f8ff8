"""A coupon's conditions in one sentence a customer may read."""

from collections.abc import Mapping
from datetime import datetime

from assistant.offers.reach import is_limited
from assistant.offers.wording import clock_time, named, near_date, tier_words, window, yuan
from assistant.shop import Coupon, CouponKind, CouponScope, Days

WEEKDAYS = "一二三四五六日"


def terms(coupon: Coupon, *, names: Mapping[str, str], tiers: tuple[str, ...] = (), held_at: str | None = None) -> str:
    """Return amount, threshold, scope, dates (Asia/Shanghai, last day included), limits and stacking.

    规定: 明码标价和禁止价格欺诈规定 Art. 18-20 (gift named, no hidden condition). ``names`` gives SKUs, stores and
    regions the words people use; an id without one is shown as it is. ``held_at`` names the store of a customer
    already found eligible: what she has fulfilled (tier, tag, new) is not told to her again, and a list of
    stores becomes 本店.
    """
    eligible = held_at is not None
    parts = [
        _benefit(coupon),
        _goods(coupon.scope, names),
        _places(coupon.scope, names, held_at or ""),
        _birthday(coupon) if eligible else _audience(coupon, tiers),
        f"{window(coupon.starts_at, coupon.ends_at)}有效",
        *_times(coupon),
        *_limits(coupon),
        _stacking(coupon),
    ]
    return "，".join(part for part in parts if part) + "。"


def order_terms(coupon: Coupon, *, names: Mapping[str, str], moment: datetime) -> str:
    """Return the conditions as they bear on an order the coupon is being used for, short enough for a chat.

    The goods are in scope, the customer and the store are eligible: that is not told again. What still binds her is
    (明码标价和禁止价格欺诈规定 Art. 19): amount, threshold, what it is limited to, dates, times and stacking.
    """
    scope = coupon.scope
    attributes = (one.rpartition(":")[2] for one in scope.attributes)
    limited = named((*scope.categories, *scope.brands, *attributes, *scope.skus), names, at_most=2)
    here_only = is_limited(coupon.scope)
    excludes = coupon.scope.excluded_skus or coupon.scope.excluded_categories or coupon.scope.excludes_new
    parts = [
        _benefit(coupon),
        f"限{limited}" if limited else ("本单商品可用" if excludes else "" if here_only else "全场可用"),
        _birthday(coupon),
        "本店可用" if here_only else "",
        f"{window(coupon.starts_at, coupon.ends_at, seen_from=moment)}有效",
        *_times(coupon),
        *_limits(coupon),
        _stacking(coupon),
    ]
    return "，".join(part for part in parts if part) + "。"


def short_scope(scope: CouponScope, names: Mapping[str, str]) -> str:
    """Return the goods a coupon is for in a few words, empty when it is for everything."""
    attributes = [one.rpartition(":")[2] for one in scope.attributes]
    words = (
        named(scope.skus, names),
        named(scope.categories, names),
        named(scope.brands, names),
        named(attributes, {}),
    )
    return "、".join(part for part in words if part)


def _benefit(coupon: Coupon) -> str:
    threshold = f"满{yuan(coupon.threshold_fen)}元" if coupon.threshold_fen else ""
    if coupon.kind is CouponKind.DISCOUNT:
        capped = f"，最多省{yuan(coupon.cap_fen)}元" if coupon.cap_fen is not None else ""
        return f"{threshold}享{_fold(coupon.pay_percent)}折{capped}"
    if coupon.kind is CouponKind.THRESHOLD:
        return f"{threshold}减{yuan(coupon.amount_fen)}元" if threshold else f"立减{yuan(coupon.amount_fen)}元"
    if coupon.kind is CouponKind.PER_THRESHOLD:
        capped = f"，最多减{yuan(coupon.cap_fen)}元" if coupon.cap_fen is not None else ""
        return f"每满{yuan(coupon.threshold_fen)}元减{yuan(coupon.amount_fen)}元{capped}"
    if coupon.kind is CouponKind.PIECES:
        capped = f"，最多省{yuan(coupon.cap_fen)}元" if coupon.cap_fen is not None else ""
        return f"满{coupon.pieces}件享{_fold(coupon.pay_percent)}折{capped}"
    if coupon.kind is CouponKind.NTH_PIECE:
        rate = "半价" if coupon.pay_percent == 50 else f"{_fold(coupon.pay_percent)}折"
        # 较低 and not 最低: the words go to customers (广告法 Art. 9)
        return f"每{coupon.pieces}件里价格较低的一件{rate}"
    if coupon.kind is CouponKind.ADD_ON:
        return f"{threshold or '任意消费'}加{yuan(coupon.add_on_fen)}元可换购一件指定商品"
    if coupon.kind is CouponKind.VOUCHER:
        return f"{threshold or '无门槛'}抵{yuan(coupon.amount_fen)}元"
    if coupon.kind is CouponKind.GIFT:
        value = f"，价值{yuan(coupon.gift_value_fen)}元" if coupon.gift_value_fen else ""
        return f"{threshold or '下单即'}赠{coupon.gift}{value}"
    return f"{threshold or '无门槛'}包邮"


def _fold(pay_percent: int) -> str:
    """Return 85 as ``8.5`` and 80 as ``8``, the way discounts are spoken."""
    whole, rest = divmod(pay_percent, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def _goods(scope: CouponScope, names: Mapping[str, str]) -> str:
    meant = short_scope(scope, names)
    without = [*(names.get(sku, sku) for sku in scope.excluded_skus), *scope.excluded_categories]
    if scope.excludes_new:
        without.append("新品")
    excluded = f"（不含{'、'.join(without)}）" if without else ""
    return f"{f'限{meant}' if meant else '全场可用'}{excluded}"


def _places(scope: CouponScope, names: Mapping[str, str], here: str) -> str:
    if here and here in scope.stores:
        others = len(scope.stores) - 1
        return f"限本店等{others + 1}家门店使用" if others else "限本店使用"
    places = [named(ids, names) for ids in (scope.regions, scope.dealers, scope.stores) if ids]
    where = f"限{'、'.join(places)}使用" if places else ""
    channels = f"限{'、'.join(one.label for one in scope.channels)}下单" if scope.channels else ""
    return "，".join(part for part in (where, channels) if part)


def _birthday(coupon: Coupon) -> str:
    if coupon.audience.birthday_days is not None:
        before, after = coupon.audience.birthday_days
        return f"限生日前{before}天到后{after}天" if before or after else "限生日当天"
    return "限生日当月" if coupon.audience.birthday_month else ""


def weekday_words(weekdays: tuple[int, ...]) -> str:
    """Return ``周二、周四`` for 2 and 4 (Monday is 1), ``周一至周五`` for three and more in a row."""
    runs: list[list[int]] = []
    for day in sorted(weekdays):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        names = [f"周{WEEKDAYS[day - 1]}" for day in run]
        words += [f"{names[0]}至{names[-1]}"] if len(run) > 2 else names
    return "、".join(words)


def _times(coupon: Coupon) -> tuple[str, ...]:
    times = coupon.times
    hours = "、".join(f"{clock_time(part.starts)}至{clock_time(part.ends)}" for part in times.hours)
    without = "、".join(_days(one, coupon) for one in times.blackout)
    return (
        f"仅{weekday_words(times.weekdays)}可用" if times.weekdays else "",
        f"每天{hours}可用" if hours else "",
        f"{without}不可用" if without else "",
    )


def _days(days: Days, coupon: Coupon) -> str:
    first, last = (near_date(day, seen_from=coupon.starts_at) for day in (days.first, days.last))
    return first if days.first == days.last else f"{first}至{last}"


def _limits(coupon: Coupon) -> tuple[str, ...]:
    return (
        f"每人限{coupon.per_customer_limit}次" if coupon.per_customer_limit is not None else "",
        f"每人每天限{coupon.per_day_limit}次" if coupon.per_day_limit is not None else "",
    )


def _audience(coupon: Coupon, tiers: tuple[str, ...]) -> str:
    audience = coupon.audience
    parts = [
        f"限{tier_words(audience.tiers, tiers)}会员" if audience.tiers else "",
        "限新客首单" if audience.new_customer else "",
        _birthday(coupon),
        f"限「{'」「'.join(audience.tags)}」人群" if audience.tags else "",
        f"限{audience.lapsed_days}天没有下单的客户" if audience.lapsed_days is not None else "",
        "限名单里的客户" if audience.customers else "",
    ]
    return "，".join(part for part in parts if part)


def _stacking(coupon: Coupon) -> str:
    if coupon.exclusive:
        return "不与其他优惠同享"
    if coupon.stacking_group:
        return "同类券限一张"
    return "可与其他优惠同享"
