"""The slow way: try every subset of coupons. Written apart from the product and kept obviously right."""

from datetime import timedelta
from fractions import Fraction
from itertools import combinations
from zoneinfo import ZoneInfo

from assistant.shop import CouponKind, CouponUse, Layer

KINDS = [
    CouponKind.ADD_ON,
    CouponKind.NTH_PIECE,
    CouponKind.PIECES,
    CouponKind.PER_THRESHOLD,
    CouponKind.DISCOUNT,
    CouponKind.THRESHOLD,
    CouponKind.VOUCHER,
    CouponKind.GIFT,
    CouponKind.FREE_SHIPPING,
]
LAYERS = [Layer.MEMBER, Layer.PROMOTION, Layer.COUPON, Layer.VOUCHER]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def amount(line):
    return line.unit_fen * line.quantity


def counting(coupon, lines):
    scope = coupon.scope
    found = []
    for index, line in enumerate(lines):
        meant = (
            not (scope.skus or scope.categories or scope.brands or scope.attributes)
            or line.sku in scope.skus
            or line.category in scope.categories
            or line.brand in scope.brands
            or bool(set(line.attributes) & set(scope.attributes))
        )
        if coupon.kind is CouponKind.ADD_ON and line.sku == coupon.add_on_sku:
            continue
        excluded = line.sku in scope.excluded_skus or line.category in scope.excluded_categories
        if meant and not excluded and not line.coupon_excluded and not (scope.excludes_new and line.is_new):
            found.append(index)
    return found


def rounded_half_up(exact):
    return int(exact + Fraction(1, 2))


def cheaper(coupon, lines):
    """How many pieces of which line become cheaper, piece by piece."""
    pieces = [
        (line.unit_fen, index)
        for index in counting(coupon, lines)
        for line in [lines[index]]
        for _ in range(line.quantity)
    ]
    if coupon.kind is CouponKind.ADD_ON:
        added = [i for i, line in enumerate(lines) if line.sku == coupon.add_on_sku and not line.coupon_excluded]
        pieces = [(0, added[0])] if added else []
    elif coupon.kind is CouponKind.NTH_PIECE:
        pieces = sorted(pieces)[: len(pieces) // coupon.pieces] if coupon.pieces else sorted(pieces)
    found = {}
    for _, index in pieces:
        found[index] = found.get(index, 0) + 1
    return dict(sorted(found.items()))


def left_of(coupon, lines, left):
    return {index: left[index] * count // lines[index].quantity for index, count in cheaper(coupon, lines).items()}


def taken_off(coupon, base, counted):
    if coupon.kind in (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE):
        saving = rounded_half_up(Fraction(base) * (100 - coupon.pay_percent) / 100)
    elif coupon.kind in (CouponKind.THRESHOLD, CouponKind.VOUCHER):
        saving = coupon.amount_fen
    elif coupon.kind is CouponKind.PER_THRESHOLD:
        saving = coupon.amount_fen * (counted // coupon.threshold_fen) if coupon.threshold_fen else coupon.amount_fen
    elif coupon.kind is CouponKind.ADD_ON:
        saving = max(0, base - coupon.add_on_fen)
    else:
        saving = 0
    if coupon.cap_fen is not None:
        saving = min(saving, coupon.cap_fen)
    return min(saving, base)


def cost(coupon, base, counted, shipping):
    if coupon.kind is CouponKind.GIFT:
        return coupon.gift_value_fen
    if coupon.kind is CouponKind.FREE_SHIPPING:
        return shipping
    return taken_off(coupon, base, counted)


def born_nearby(coupon, who, today):
    if coupon.audience.birthday_days is None:
        return True
    if who.birthday_month is None or who.birthday_day is None:
        return False
    before, after = coupon.audience.birthday_days
    days = [today + timedelta(days=offset) for offset in range(-after, before + 1)]
    return any((one.month, one.day) == (who.birthday_month, who.birthday_day) for one in days)


def usable(coupon, case, moment):
    who, audience, scope = case.standing, coupon.audience, coupon.scope
    use = case.uses.get(coupon.coupon_id, CouponUse(coupon_id=coupon.coupon_id))
    local = moment.astimezone(SHANGHAI)
    lines = counting(coupon, case.lines)
    base = sum(amount(case.lines[index]) for index in lines)
    prices = [amount(line) for line in case.lines]
    touched = sum(left_of(coupon, case.lines, prices).values())
    whole = coupon.kind not in (CouponKind.NTH_PIECE, CouponKind.ADD_ON)
    dearest = cost(
        coupon, max(touched, coupon.threshold_fen if whole else 0), max(base, coupon.threshold_fen), case.shipping_fen
    )
    return all(
        (
            coupon.starts_at <= moment < coupon.ends_at,
            not any(days.first <= local.date() <= days.last for days in coupon.times.blackout),
            not coupon.times.weekdays or local.isoweekday() in coupon.times.weekdays,
            not coupon.times.hours
            or any(one.starts <= local.hour * 60 + local.minute < one.ends for one in coupon.times.hours),
            not (scope.stores or scope.regions or scope.dealers)
            or "S001" in scope.stores
            or "R01" in scope.regions
            or "甲公司" in scope.dealers,
            not scope.channels or case.channel in scope.channels,
            not audience.customers or who.customer_id in audience.customers,
            who.customer_id not in audience.barred,
            not audience.tiers or who.tier in audience.tiers,
            not audience.new_customer or who.is_new_customer is True,
            audience.birthday_days is not None or not audience.birthday_month or who.birthday_month == local.month,
            born_nearby(coupon, who, local.date()),
            not audience.tags or any(tag in who.tags for tag in audience.tags),
            audience.lapsed_days is None
            or (who.days_since_order is not None and who.days_since_order >= audience.lapsed_days),
            coupon.per_customer_limit is None or use.used_by_customer < coupon.per_customer_limit,
            coupon.per_day_limit is None or use.used_today < coupon.per_day_limit,
            coupon.budget_fen is None
            or (coupon.budget_fen > use.spent_fen and dearest + use.spent_fen <= coupon.budget_fen),
            len(lines) > 0,
            base >= coupon.threshold_fen,
            coupon.kind not in (CouponKind.PIECES, CouponKind.NTH_PIECE)
            or sum(case.lines[index].quantity for index in lines) >= coupon.pieces,
            coupon.kind is not CouponKind.ADD_ON or bool(cheaper(coupon, case.lines)),
            cost(coupon, touched, base, case.shipping_fen) > 0,
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


def layer(coupon):
    if coupon.layer is not None:
        return LAYERS.index(coupon.layer)
    if KINDS.index(coupon.kind) < KINDS.index(CouponKind.DISCOUNT):
        return LAYERS.index(Layer.PROMOTION)
    return LAYERS.index(Layer.VOUCHER if coupon.kind is CouponKind.VOUCHER else Layer.COUPON)


def in_order(chosen, lines):
    def place(coupon):
        if coupon.kind in (CouponKind.GIFT, CouponKind.FREE_SHIPPING):
            kind = KINDS.index(coupon.kind)
            return (9, kind, 0, 0, [], 0, 0, 0, 0, coupon.gift_value_fen, coupon.ends_at, coupon.coupon_id)
        prices = [amount(line) for line in lines]
        base = sum(left_of(coupon, lines, prices).values())
        counted = sum(prices[index] for index in counting(coupon, lines))
        repeated = coupon.kind is CouponKind.PER_THRESHOLD and coupon.threshold_fen
        return (
            layer(coupon),
            KINDS.index(coupon.kind),
            base,
            -taken_off(coupon, base, counted),
            list(cheaper(coupon, lines).items()),
            coupon.amount_fen * (counted // coupon.threshold_fen if repeated else 1),
            coupon.pay_percent,
            coupon.add_on_fen,
            -1 if coupon.cap_fen is None else coupon.cap_fen,
            0,
            coupon.ends_at,
            coupon.coupon_id,
        )

    return sorted(chosen, key=place)


def worth(chosen, case):
    """Return what this combination is worth to the customer and what it takes off the bill, booking one coupon after
    the other; None where a line would cost less than it may."""
    left = [amount(line) for line in case.lines]
    floors = [case.floors.get(line.sku, 0) * line.quantity for line in case.lines]
    shipping = case.shipping_fen
    total = gifts = 0
    for coupon in in_order(chosen, case.lines):
        pieces = left_of(coupon, case.lines, left)
        counted = sum(amount(case.lines[index]) for index in counting(coupon, case.lines))
        saving = taken_off(coupon, sum(pieces.values()), counted)
        for index, part in zip(pieces, shared(saving, list(pieces.values())), strict=True):
            left[index] -= part
            assert left[index] >= 0
            if part and left[index] < floors[index]:
                return None
        total += saving
        if coupon.kind is CouponKind.GIFT:
            gifts += coupon.gift_value_fen
        if coupon.kind is CouponKind.FREE_SHIPPING:
            total += shipping
            shipping = 0
    return total + gifts, total


def best(case, moment, reach_fen=None):
    """Return the best combination as worth, size, ends and ids, by the objective and its ties."""
    good = [coupon for coupon in case.coupons if usable(coupon, case, moment) and worth([coupon], case) is not None]
    bill = sum(amount(line) for line in case.lines) + case.shipping_fen
    options, reaching = [], []
    for size in range(len(good) + 1):
        for chosen in combinations(good, size):
            if not combinable(chosen):
                continue
            value = worth(chosen, case)
            if value is None:
                continue
            ends = sorted(coupon.ends_at for coupon in chosen)
            ids = sorted(coupon.coupon_id for coupon in chosen)
            options.append((-value[0], size, ends, ids))
            if reach_fen is not None and bill - value[1] <= reach_fen:
                reaching.append((value[0], size, ends, ids))
    return min(reaching) if reaching else min(options)
