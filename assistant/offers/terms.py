"""A coupon's conditions in one sentence a customer may read."""

from collections.abc import Mapping
from datetime import datetime

from assistant.offers.wording import named, tier_words, window, yuan
from assistant.shop import Coupon, CouponKind, CouponScope


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
        f"每人限{coupon.per_customer_limit}次" if coupon.per_customer_limit is not None else "",
        _stacking(coupon),
    ]
    return "，".join(part for part in parts if part) + "。"


def order_terms(coupon: Coupon, *, names: Mapping[str, str], moment: datetime) -> str:
    """Return the conditions as they bear on an order the coupon is being used for, short enough for a chat.

    The goods are in scope, the customer and the store are eligible: that is not told again. What still binds her is
    (明码标价和禁止价格欺诈规定 Art. 19): amount, threshold, what it is limited to, dates, times and stacking.
    """
    limited = named((*coupon.scope.categories, *coupon.scope.skus), names, at_most=2)
    here_only = bool(coupon.scope.stores or coupon.scope.regions)
    excludes = coupon.scope.excluded_skus or coupon.scope.excluded_categories or coupon.scope.excludes_new
    parts = [
        _benefit(coupon),
        f"限{limited}" if limited else ("本单商品可用" if excludes else "" if here_only else "全场可用"),
        _birthday(coupon),
        "本店可用" if here_only else "",
        f"{window(coupon.starts_at, coupon.ends_at, seen_from=moment)}有效",
        f"每人限{coupon.per_customer_limit}次" if coupon.per_customer_limit is not None else "",
        _stacking(coupon),
    ]
    return "，".join(part for part in parts if part) + "。"


def short_scope(scope: CouponScope, names: Mapping[str, str]) -> str:
    """Return the goods a coupon is for in a few words, empty when it is for everything."""
    return "、".join(part for part in (named(scope.skus, names), named(scope.categories, names)) if part)


def _benefit(coupon: Coupon) -> str:
    threshold = f"满{yuan(coupon.threshold_fen)}元" if coupon.threshold_fen else ""
    if coupon.kind is CouponKind.DISCOUNT:
        capped = f"，最多省{yuan(coupon.cap_fen)}元" if coupon.cap_fen is not None else ""
        return f"{threshold}享{_fold(coupon.pay_percent)}折{capped}"
    if coupon.kind is CouponKind.THRESHOLD:
        return f"{threshold}减{yuan(coupon.amount_fen)}元" if threshold else f"立减{yuan(coupon.amount_fen)}元"
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
    places = [part for part in (named(scope.regions, names), named(scope.stores, names)) if part]
    return f"限{'、'.join(places)}使用" if places else ""


def _birthday(coupon: Coupon) -> str:
    return "限生日当月" if coupon.audience.birthday_month else ""


def _audience(coupon: Coupon, tiers: tuple[str, ...]) -> str:
    audience = coupon.audience
    parts = [
        f"限{tier_words(audience.tiers, tiers)}会员" if audience.tiers else "",
        "限新客首单" if audience.new_customer else "",
        "限生日当月" if audience.birthday_month else "",
        f"限「{'」「'.join(audience.tags)}」人群" if audience.tags else "",
    ]
    return "，".join(part for part in parts if part)


def _stacking(coupon: Coupon) -> str:
    if coupon.exclusive:
        return "不与其他优惠同享"
    if coupon.stacking_group:
        return "同类券限一张"
    return "可与其他优惠同享"
