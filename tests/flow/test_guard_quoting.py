"""A rule, a use, a coupon's condition told otherwise than it stands in the record is found; told alike it is not."""

import pytest

from assistant.flow.guard.records.quoting import NamedCoupon, Record, broken_conditions, misquotes, missing_conditions

RULES = Record(
    "D1",
    "1. 未开封商品：自购买次日起 15 天内，包装完好的，可以退货。\n2. 已开封的商品，凭小票可以换货，不办理退款。",
    "门店退换货政策",
    3,
)
OTHER = Record("D2", "积分自获得之日起24个月内有效，不折现。", "会员积分规则", 2)
USE = Record("P1", "睡前取黄豆大小，先隔天使用")
RECORDS = (RULES, OTHER, USE)


@pytest.mark.parametrize(
    "text",
    [
        "《门店退换货政策》写明，未开封商品，自购买次日起15天内，包装完好的，可以退货。",
        "按《门店退换货政策》（第3版），已开封的商品，凭小票可以换货，不办理退款。",
        "睡前取黄豆大小，先隔天使用。",
        "您方便的时候来店里看看。",
    ],
)
def test_what_stands_in_the_record_may_be_read_out(text: str) -> None:
    assert list(misquotes(text, RECORDS)) == []


@pytest.mark.parametrize(
    "text",
    [
        "《门店退换货政策》写明，已开封商品，自购买次日起15天内，包装完好的，可以退货。",
        "《门店退换货政策》写明，未开封商品，自购买次日起15天内，可以退货。",
        "《门店退换货政策》写明，已开封的商品，凭小票可以换货，办理退款。",
        "按《门店退换货政策》（第2版），已开封的商品，凭小票可以换货，不办理退款。",
        "按《会员积分规则》，已开封的商品，凭小票可以换货，不办理退款。",
        "按《售后大礼包》，可以退货。",
        "饭前取黄豆大小，先隔天使用。",
        "睡前取黄豆大小，先每天使用。",
    ],
)
def test_a_rule_told_otherwise_is_found(text: str) -> None:
    assert list(misquotes(text, RECORDS)) != []


TIERS = Record(
    "D3",
    "会员等级：银卡；全年实付：满1200元；积分倍数：1.2倍\n会员等级：黑卡；全年实付：满6000元；积分倍数：3倍",
    "会员等级规则",
)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("《会员等级规则》里写着：黑卡，全年实付：满6000元，积分倍数：3倍。", []),
        ("《会员等级规则》里写着：黑卡，全年实付：满6000元。", []),
        ("《会员等级规则》里写着：全年实付：满6000元。", []),
        ("《会员等级规则》里写着：银卡，全年实付：满6000元，积分倍数：3倍。", ["满1200元"]),
        ("《会员等级规则》里写着：黑卡，全年实付：满6000元，积分倍数：1.2倍。", ["3倍"]),
        ("《会员等级规则》里写着：黑卡，全年实付。", ["满6000元"]),
    ],
)
def test_a_row_of_a_table_goes_on_as_itself_and_not_as_another_row(text: str, instead: list[str]) -> None:
    assert [one.written for one in misquotes(text, (TIERS,))] == instead


FORM = "满300元减40元，全场可用，11月1日至12月31日有效，每人限1次，同类券限一张"


def _named(text: str) -> NamedCoupon:
    start = text.index("秋日券")
    return NamedCoupon(start, start + 3, f"本单可用「秋日券」（满减券）：{FORM}。", (FORM,))


def test_a_condition_that_is_none_of_the_coupon_s_is_found() -> None:
    for wrong in ("同类券可以叠加", "长期有效", "每人限9次"):
        text = f"可以用「秋日券」（{FORM.replace('同类券限一张', wrong)}）。"
        assert [text[one.start : one.end] for one in broken_conditions(text, [_named(text)])] == [wrong]
    text = f"可以用「秋日券」（{FORM}）。"
    assert list(broken_conditions(text, [_named(text)])) == []
    assert missing_conditions(text, [_named(text)], [_named(text)]) == ()


def test_a_condition_left_out_is_named() -> None:
    text = "可以用「秋日券」（满300元减40元，全场可用，11月1日至12月31日有效）。"
    named = [_named(text)]
    assert missing_conditions(text, named, named) == ("每人限1次", "同类券限一张")
    apart = "可以用「秋日券」（满300元减40元，全场可用，11月1日至12月31日有效），以上每人限1次，同类券限一张。"
    assert missing_conditions(apart, [_named(apart)], [_named(apart)]) == ()
