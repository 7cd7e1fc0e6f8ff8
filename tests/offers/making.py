"""Short ways to write baskets and coupons in these tests, and a seeded maker of random cases."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from assistant.offers.standing import Standing
from assistant.shop import Audience, Citation, Coupon, CouponKind, CouponScope, CouponUse
from assistant.turn import BasketLine

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TIERS = ("普卡", "银卡", "金卡", "黑金卡")
GOLD = Standing(tier="金卡", tiers=TIERS, is_new_customer=False, birthday_month=11, tags=("敏感关怀",))
CITED = Citation(document_id="doc", title="coupons.xlsx", version=1, place="优惠券!第3行")


def line(sku="A", fen=10000, quantity=1, category="面部护肤", *, is_new=False, coupon_excluded=False, name=""):
    return BasketLine(
        sku=sku,
        name=name or f"商品{sku}",
        category=category,
        unit_fen=fen,
        quantity=quantity,
        is_new=is_new,
        coupon_excluded=coupon_excluded,
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
            spent_fen=random.randint(0, 30) * unit,
        )
        for one in coupons
        if random.random() < 0.5
    }
    standing = random.choice((GOLD, Standing(), Standing(tier="银卡", tiers=TIERS, is_new_customer=True)))
    return Case(lines, random.choice((0, 0, 3 * unit, 8 * unit)), coupons, standing, uses)


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
        scope=CouponScope(
            skus=sometimes(tuple(random.sample(SKUS, 2))),
            categories=sometimes((random.choice(CATEGORIES),)),
            excluded_skus=sometimes((random.choice(SKUS),)),
            excluded_categories=sometimes((random.choice(CATEGORIES),)),
            excludes_new=sometimes(True, False),
            stores=sometimes((random.choice(("S001", "S002")),)),
            regions=sometimes((random.choice(("R01", "R02")),)),
        ),
        audience=Audience(
            tiers=sometimes(tuple(random.sample(TIERS, 2))),
            new_customer=sometimes(True, False) and random.random() < 0.5,
            birthday_month=sometimes(True, False),
            tags=sometimes(("敏感关怀",)),
        ),
        starts_at=NOW - timedelta(days=random.choice((1, 2, 2, -1 if random.random() < strictness else 1))),
        ends_at=NOW + timedelta(days=random.choice((1, 2, 3, 0 if random.random() < strictness else 3))),
        per_customer_limit=sometimes(random.choice((1, 2)), None),
        budget_fen=sometimes(random.randint(0, 60) * unit, None),
        stacking_group=random.choice(("", "会员", "满减", "平台")),
        exclusive=random.random() < 0.15,
    )
