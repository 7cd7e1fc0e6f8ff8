"""A coupon's conditions in one sentence a customer may read."""

from collections.abc import Mapping

from assistant.offers.wording import full_day, last_moment, named, tier_words, yuan
from assistant.shop import Coupon, CouponKind, CouponScope


def terms(coupon: Coupon, *, names: Mapping[str, str], tiers: tuple[str, ...] = ()) -> str:
    """Return amount, threshold, scope, dates (Asia/Shanghai, last day included), limits and stacking.

    规定: 明码标价和禁止价格欺诈规定 Art. 18-20 (gift named, no hidden condition). ``names`` gives SKUs, stores and
    regions the words people use; an id without one is shown as it is.
    """
    parts = [
        _benefit(coupon),
        _goods(coupon.scope, names),
        _places(coupon.scope, names),
        _audience(coupon, tiers),
        f"{full_day(coupon.starts_at)}至{full_day(last_moment(coupon.ends_at))}有效",
        f"每人限用{coupon.per_customer_limit}次" if coupon.per_customer_limit is not None else "",
        _stacking(coupon),
    ]
    return "，".join(part for part in parts if part) + "。"


def short_scope(scope: CouponScope, names: Mapping[str, str]) -> str:
    """Return the goods a coupon is for in a few words, empty when it is for everything."""
    return "、".join(part for part in (named(scope.skus, names), named(scope.categories, names)) if part)


def _benefit(coupon: Coupon) -> str:
    threshold = f"满{yuan(coupon.threshold_fen)}元" if coupon.threshold_fen else ""
    if coupon.kind is CouponKind.DISCOUNT:
        capped = f"（最多优惠{yuan(coupon.cap_fen)}元）" if coupon.cap_fen is not None else ""
        return f"{threshold}享{_fold(coupon.pay_percent)}折{capped}"
    if coupon.kind is CouponKind.THRESHOLD:
        return f"{threshold}减{yuan(coupon.amount_fen)}元" if threshold else f"立减{yuan(coupon.amount_fen)}元"
    if coupon.kind is CouponKind.VOUCHER:
        return f"{threshold or '无门槛'}抵{yuan(coupon.amount_fen)}元"
    if coupon.kind is CouponKind.GIFT:
        value = f"（价值{yuan(coupon.gift_value_fen)}元）" if coupon.gift_value_fen else ""
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
    return f"{f'限{meant}' if meant else '全场商品可用'}{excluded}"


def _places(scope: CouponScope, names: Mapping[str, str]) -> str:
    places = [part for part in (named(scope.regions, names), named(scope.stores, names)) if part]
    return f"限{'、'.join(places)}使用" if places else ""


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
        return "同类优惠限用一张，可与其他优惠同享"
    return "可与其他优惠同享"
