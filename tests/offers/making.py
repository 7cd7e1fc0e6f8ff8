"""Short ways to write baskets and coupons in these tests, and a seeded maker of random cases."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from assistant.offers.standing import Standing
from assistant.shop import (
    Audience,
    Channel,
    Citation,
    Coupon,
    CouponKind,
    CouponScope,
    CouponUse,
    Days,
    Hours,
    Layer,
    Times,
)
from assistant.turn import BasketLine

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TIERS = ("普卡", "银卡", "金卡", "黑金卡")
GOLD = Standing(
    tier="金卡",
    tiers=TIERS,
    is_new_customer=False,
    birthday_month=11,
    birthday_day=25,
    tags=("敏感关怀",),
    days_since_order=40,
    customer_id="C00001",
)
CITED = Citation(document_id="doc", title="coupons.xlsx", version=1, place="优惠券!第3行")


def line(sku="A", fen=10000, quantity=1, category="面部护肤", *, is_new=False, coupon_excluded=False, name="", **more):
    return BasketLine(
        sku=sku,
        name=name or f"商品{sku}",
        category=category,
        unit_fen=fen,
        quantity=quantity,
        is_new=is_new,
        coupon_excluded=coupon_excluded,
        **more,
    )


def coupon(coupon_id="C1", kind=CouponKind.THRESHOLD, **fields):
    given = {
        "name": f"券{coupon_id}",
        "starts_at": NOW - timedelta(days=10),
        "ends_at": NOW + timedelta(days=10),
        "cited": CITED,
    }
    return Coupon(coupon_id=coupon_id, kind=kind, **(given | fields))


@dataclass(frozen=True)
class Case:
    lines: tuple[BasketLine, ...]
    shipping_fen: int
    coupons: tuple[Coupon, ...]
    standing: Standing
    uses: dict[str, CouponUse]
    floors: dict[str, int]
    channel: Channel

    def arguments(self):
        return {
            "lines": self.lines,
            "shipping_fen": self.shipping_fen,
            "coupons": self.coupons,
            "standing": self.standing,
            "uses": self.uses,
            "store_id": "S001",
            "region_id": "R01",
            "moment": NOW,
            "channel": self.channel,
            "dealer": "甲公司",
            "floors": self.floors,
        }


CATEGORIES = ("面部护肤", "防晒", "彩妆")
SKUS = ("A", "B", "C", "D", "E", "F")


def random_case(random: Random, *, most_coupons: int, most_lines: int, strictness: float = 0.25) -> Case:
    """Small prices make rounding, exhausted bills and ties frequent; ``strictness`` is how often a rule is set."""
    unit = random.choice((1, 7, 100, 990))
    lines = tuple(
        line(
            sku=random.choice(SKUS),
            fen=random.randint(0, 30) * unit,
            quantity=random.choice((1, 1, 1, 2, 3)),
            category=random.choice(CATEGORIES),
            is_new=random.random() < 0.15,
            coupon_excluded=random.random() < 0.1,
            brand=random.choice(("", "云屿", "舒屿")),
            attributes=random.choice(((), ("系列:云润",), ("系列:云润", "香味:无香"))),
        )
        for _ in range(random.randint(0, most_lines))
    )
    coupons = tuple(
        random_coupon(random, f"C{number:02d}", unit, strictness) for number in range(random.randint(0, most_coupons))
    )
    uses = {
        one.coupon_id: CouponUse(
            coupon_id=one.coupon_id,
            used_by_customer=random.randint(0, 2),
            used_today=random.randint(0, 1),
            spent_fen=random.randint(0, 30) * unit,
        )
        for one in coupons
        if random.random() < 0.5
    }
    standing = random.choice((GOLD, Standing(), Standing(tier="银卡", tiers=TIERS, is_new_customer=True)))
    floors = {sku: random.randint(0, 20) * unit for sku in SKUS if random.random() < strictness}
    channel = random.choice((Channel.SHOP, Channel.SHOP, Channel.MINI_PROGRAM))
    return Case(lines, random.choice((0, 0, 3 * unit, 8 * unit)), coupons, standing, uses, floors, channel)


def random_coupon(random: Random, coupon_id: str, unit: int, strictness: float) -> Coupon:
    def sometimes(value, otherwise=()):
        return value if random.random() < strictness else otherwise

    return coupon(
        coupon_id,
        random.choice(tuple(CouponKind)),
        amount_fen=random.randint(0, 25) * unit,
        pay_percent=random.choice((50, 70, 85, 88, 95, 99, 100)),
        cap_fen=sometimes(random.randint(0, 20) * unit, None),
        gift="小样",
        gift_value_fen=random.randint(0, 20) * unit,
        threshold_fen=random.choice((0, 0, 10, 30, 60)) * unit,
        pieces=random.choice((1, 2, 2, 3)),
        add_on_sku=random.choice(SKUS),
        add_on_fen=random.randint(0, 15) * unit,
        layer=sometimes(random.choice(tuple(Layer)), None),
        scope=CouponScope(
            skus=sometimes(tuple(random.sample(SKUS, 2))),
            categories=sometimes((random.choice(CATEGORIES),)),
            brands=sometimes((random.choice(("云屿", "舒屿")),)),
            attributes=sometimes(("香味:无香",)),
            excluded_skus=sometimes((random.choice(SKUS),)),
            excluded_categories=sometimes((random.choice(CATEGORIES),)),
            excludes_new=sometimes(True, False),
            stores=sometimes((random.choice(("S001", "S002")),)),
            regions=sometimes((random.choice(("R01", "R02")),)),
            dealers=sometimes((random.choice(("甲公司", "乙公司")),)),
            channels=sometimes((random.choice(tuple(Channel)),)),
        ),
        audience=Audience(
            tiers=sometimes(tuple(random.sample(TIERS, 2))),
            new_customer=sometimes(True, False) and random.random() < 0.5,
            birthday_month=sometimes(True, False),
            birthday_days=sometimes((random.randint(0, 5), random.randint(0, 5)), None),
            tags=sometimes(("敏感关怀",)),
            lapsed_days=sometimes(random.choice((30, 40, 60)), None),
            customers=sometimes((random.choice(("C00001", "C00002")),)) if random.random() < 0.5 else (),
            barred=sometimes((random.choice(("C00001", "C00002")),)) if random.random() < 0.5 else (),
        ),
        times=Times(
            weekdays=sometimes(tuple(sorted(random.sample(range(1, 8), 4)))),
            hours=sometimes((Hours(starts=9 * 60, ends=random.choice((12 * 60, 12 * 60 + 1, 22 * 60))),)),
            blackout=sometimes((Days(first=date(2026, 11, random.choice((20, 22, 23))), last=date(2026, 11, 25)),)),
        )
        if random.random() < 0.5
        else Times(),
        starts_at=NOW - timedelta(days=random.choice((1, 2, 2, -1 if random.random() < strictness else 1))),
        ends_at=NOW + timedelta(days=random.choice((1, 2, 3, 0 if random.random() < strictness else 3))),
        per_customer_limit=sometimes(random.choice((1, 2)), None),
        per_day_limit=sometimes(1, None),
        budget_fen=sometimes(random.randint(0, 60) * unit, None),
        stacking_group=random.choice(("", "会员", "满减", "平台")),
        exclusive=random.random() < 0.15,
    )
