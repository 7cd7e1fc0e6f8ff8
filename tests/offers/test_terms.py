"""A coupon's conditions are whole: amount, threshold, scope, dates, limits, stacking."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.offers.allocate import allocate
from assistant.offers.terms import terms, weekday_words
from assistant.offers.wording import yuan
from assistant.shop import Audience, CouponKind, CouponScope

from .making import TIERS, coupon

NOVEMBER = {"starts_at": datetime(2026, 10, 31, 16, tzinfo=UTC), "ends_at": datetime(2026, 11, 30, 16, tzinfo=UTC)}
DATES = "2026年11月1日至11月30日有效"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"amount_fen": 4000, "threshold_fen": 30000},
            f"满300元减40元，全场可用，{DATES}，可与其他优惠同享。",
        ),
        (
            {
                "kind": CouponKind.DISCOUNT,
                "pay_percent": 85,
                "cap_fen": 5050,
                "scope": CouponScope(categories=("防晒",), excluded_skus=("A",), excludes_new=True),
                "exclusive": True,
            },
            f"享8.5折，最多省50.5元，限防晒（不含云朵霜、新品），{DATES}，不与其他优惠同享。",
        ),
        (
            {
                "kind": CouponKind.GIFT,
                "gift": "旅行装一支",
                "gift_value_fen": 3900,
                "threshold_fen": 19900,
                "audience": Audience(tiers=("金卡", "黑金卡")),
                "per_customer_limit": 1,
                "stacking_group": "会员",
            },
            f"满199元赠旅行装一支，价值39元，全场可用，限金卡及以上会员，{DATES}，每人限1次，同类券限一张。",
        ),
        (
            {"kind": CouponKind.VOUCHER, "amount_fen": 1000, "scope": CouponScope(skus=("A",), stores=("S001",))},
            f"无门槛抵10元，限云朵霜，限徐汇店使用，{DATES}，可与其他优惠同享。",
        ),
        (
            {"kind": CouponKind.FREE_SHIPPING, "audience": Audience(new_customer=True, birthday_month=True)},
            f"无门槛包邮，全场可用，限新客首单，限生日当月，{DATES}，可与其他优惠同享。",
        ),
    ],
)
def test_terms(fields, sentence):
    assert terms(coupon(**(NOVEMBER | fields)), names={"A": "云朵霜", "S001": "徐汇店"}, tiers=TIERS) == sentence


def test_an_end_within_a_day_names_the_hour():
    flash = coupon(amount_fen=1000, **(NOVEMBER | {"ends_at": datetime(2026, 11, 11, 10, tzinfo=UTC)}))
    assert "至11月11日18:00有效" in terms(flash, names={})


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.data())
def test_allocation_sums_exactly_and_never_exceeds_a_line(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert total == 0 or abs(part * total - amount * weight) < total


def test_allocation_refuses_what_cannot_be_shared():
    with pytest.raises(ValueError, match="nothing"):
        allocate(1, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        allocate(-1, [1])


@pytest.mark.parametrize(("fen", "text"), [(0, "0"), (4000, "40"), (4050, "40.5"), (4005, "40.05"), (7, "0.07")])
def test_yuan(fen, text):
    assert yuan(fen) == text


def test_three_days_in_a_row_are_told_as_a_span():
    assert weekday_words((1, 2, 3, 4, 5)) == "周一至周五"
    assert weekday_words((6, 7)) == "周六、周日"
    assert weekday_words((1, 3, 4, 5, 7)) == "周一、周三至周五、周日"
