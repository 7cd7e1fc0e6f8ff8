"""The slow way: try every subset of coupons. Written apart from the product and kept obviously right."""

from fractions import Fraction
from itertools import combinations
from zoneinfo import ZoneInfo

from assistant.shop import CouponKind, CouponUse

KINDS = [CouponKind.DISCOUNT, CouponKind.THRESHOLD, CouponKind.VOUCHER, CouponKind.GIFT, CouponKind.FREE_SHIPPING]


def amount(line):
    return line.unit_fen * line.quantity


def counting(coupon, lines):
    scope = coupon.scope
    found = []
    for index, line in enumerate(lines):
        meant = not (scope.skus or scope.categories) or line.sku in scope.skus or line.category in scope.categories
        excluded = line.sku in scope.excluded_skus or line.category in scope.excluded_categories
        if meant and not excluded and not line.coupon_excluded and not (scope.excludes_new and line.is_new):
            found.append(index)
    return found


def rounded_half_up(exact):
    return int(exact + Fraction(1, 2))


def taken_off(coupon, base):
    if coupon.kind is CouponKind.DISCOUNT:
        saving = rounded_half_up(Fraction(base) * (100 - coupon.pay_percent) / 100)
        return min(saving, coupon.cap_fen) if coupon.cap_fen is not None else saving
    if coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER):
        return min(coupon.amount_fen, base)
    return 0


def cost(coupon, base, shipping):
    if coupon.kind is CouponKind.GIFT:
        return coupon.gift_value_fen
    if coupon.kind is CouponKind.FREE_SHIPPING:
        return shipping
    return taken_off(coupon, base)


def usable(coupon, case, moment):
    who, audience, scope = case.standing, coupon.audience, coupon.scope
    use = case.uses.get(coupon.coupon_id, CouponUse(coupon_id=coupon.coupon_id))
    month = moment.astimezone(ZoneInfo("Asia/Shanghai")).month
    lines = counting(coupon, case.lines)
    base = sum(amount(case.lines[index]) for index in lines)
    return all(
        (
            coupon.starts_at <= moment < coupon.ends_at,
            not (scope.stores or scope.regions) or "S001" in scope.stores or "R01" in scope.regions,
            not audience.tiers or who.tier in audience.tiers,
            not audience.new_customer or who.is_new_customer is True,
            not audience.birthday_month or who.birthday_month == month,
            not audience.tags or any(tag in who.tags for tag in audience.tags),
            coupon.per_customer_limit is None or use.used_by_customer < coupon.per_customer_limit,
            coupon.budget_fen is None
            or (
                coupon.budget_fen > use.spent_fen
                and cost(coupon, max(base, coupon.threshold_fen), case.shipping_fen) + use.spent_fen
                <= coupon.budget_fen
            ),
            len(lines) > 0,
            base >= coupon.threshold_fen,
            cost(coupon, base, case.shipping_fen) > 0,
        )
    )


def combinable(chosen):
    groups = [coupon.stacking_group for coupon in chosen if coupon.stacking_group]
    return len(groups) == len(set(groups)) and (len(chosen) <= 1 or not any(coupon.exclusive for coupon in chosen))


def shared(saving, weights):
    total = sum(weights)
    exact = [Fraction(saving * weight, total) if total else Fraction(0) for weight in weights]
    parts = [int(one) for one in exact]
    while sum(parts) < saving:
        behind = max(range(len(parts)), key=lambda index: (exact[index] - parts[index], -index))
        parts[behind] += 1
    return parts


def in_order(chosen, lines):
    def place(coupon):
        if coupon.kind in (CouponKind.GIFT, CouponKind.FREE_SHIPPING):
            return (KINDS.index(coupon.kind), 0, 0, [], 0, 0, 0, 0, coupon.ends_at, coupon.coupon_id)
        lines_counting = counting(coupon, lines)
        base = sum(amount(lines[index]) for index in lines_counting)
        return (
            KINDS.index(coupon.kind),
            base,
            -taken_off(coupon, base),
            lines_counting,
            coupon.amount_fen,
            coupon.pay_percent,
            -1 if coupon.cap_fen is None else coupon.cap_fen,
            coupon.gift_value_fen,
            coupon.ends_at,
            coupon.coupon_id,
        )

    return sorted(chosen, key=place)


def worth(chosen, case):
    """Return what this combination is worth to the customer, booking one coupon after the other."""
    left = [amount(line) for line in case.lines]
    shipping = case.shipping_fen
    total = 0
    for coupon in in_order(chosen, case.lines):
        lines = counting(coupon, case.lines)
        saving = taken_off(coupon, sum(left[index] for index in lines))
        for index, part in zip(lines, shared(saving, [left[index] for index in lines]), strict=True):
            left[index] -= part
            assert left[index] >= 0
        total += saving
        if coupon.kind is CouponKind.GIFT:
            total += coupon.gift_value_fen
        if coupon.kind is CouponKind.FREE_SHIPPING:
            total += shipping
            shipping = 0
    return total


def best(case, moment):
    """Return the ids of the best combination, by the objective and its ties."""
    good = [coupon for coupon in case.coupons if usable(coupon, case, moment)]
    options = []
    for size in range(len(good) + 1):
        for chosen in combinations(good, size):
            if combinable(chosen):
                ends = sorted(coupon.ends_at for coupon in chosen)
                ids = sorted(coupon.coupon_id for coupon in chosen)
                options.append((-worth(chosen, case), size, ends, ids))
    return min(options)
