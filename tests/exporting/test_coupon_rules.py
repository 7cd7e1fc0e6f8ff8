"""Every rule a coupon can have goes out into a table and comes back the same."""

from random import Random

from assistant.exporting.sheets import coupons_sheet
from assistant.material.columns import COLUMNS, TableKind, recognise
from assistant.material.context import Context
from assistant.material.coupons import read_coupons
from assistant.shop import Coupon, CouponKind
from knowledge.reading.blocks import Row, Table
from tests.offers.making import NOW, TIERS, random_coupon

SHOP = Context(moment=NOW, document_id="doc", tiers=TIERS)
_AMOUNT = (CouponKind.THRESHOLD, CouponKind.VOUCHER, CouponKind.PER_THRESHOLD)
_PERCENT = (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE)
_PIECES = (CouponKind.PIECES, CouponKind.NTH_PIECE)


def without_what_its_kind_ignores(one: Coupon) -> Coupon:
    kind = one.kind
    gift = kind is CouponKind.GIFT
    return one.model_copy(
        update={
            "amount_fen": one.amount_fen if kind in _AMOUNT else 0,
            "pay_percent": min(one.pay_percent, 99) if kind in _PERCENT else 100,
            "gift": one.gift if gift else "",
            "gift_value_fen": one.gift_value_fen if gift else 0,
            "pieces": max(one.pieces, 2) if kind in _PIECES else 0,
            "add_on_sku": one.add_on_sku if kind is CouponKind.ADD_ON else "",
            "add_on_fen": one.add_on_fen if kind is CouponKind.ADD_ON else 0,
            "grant_limit": 9,
            "guide_day_limit": 2,
            "store_day_limit": 3,
            "valid_days": 7,
            "audience": one.audience.model_copy(
                update={"tiers": tuple(tier for tier in TIERS if tier in one.audience.tiers)}
            ),
        }
    )


def read_again(coupons: list[Coupon]) -> dict[str, Coupon]:
    sheet = coupons_sheet(coupons)
    rows = [row for group in sheet.groups for row in group]
    for row in rows:
        assert set(row) == set(sheet.headers), "a column of coupons is not written"
    cells = tuple(Row("优惠券.csv", "表", number, dict(row)) for number, row in enumerate(rows, start=2))
    table = Table("优惠券.csv", "表", 1, sheet.headers, cells)
    return {one.coupon_id: one for one in read_coupons(table, recognise(table, kind=TableKind.COUPONS), SHOP).good}


def test_a_thousand_random_coupons_come_back_the_same() -> None:
    random = Random(20261129)
    coupons = [
        without_what_its_kind_ignores(random_coupon(random, f"C{number:04d}", random.choice((1, 7, 100)), 0.3))
        for number in range(1000)
    ]
    back = read_again(coupons)
    same = 0
    for one in coupons:
        found = back.get(one.coupon_id)
        if found is not None:
            assert found.model_copy(update={"cited": one.cited}) == one
            same += 1
    # the rest cannot be in any file: no amount, no day on which they hold, nobody who may have them
    assert same > 700
    assert {one.kind for one in back.values()} == set(CouponKind)
    assert len(COLUMNS[TableKind.COUPONS]) == len(coupons_sheet([]).headers)
