"""Coupon rows: amount, scope, audience and window exactly as written, or left out."""

from datetime import UTC, datetime

import pytest

from assistant.material.coupons import read_coupons
from assistant.shop import CouponKind

from .tables import run, table, told

COLUMNS = [
    "券编码",
    "券名称",
    "类型",
    "面额(元)",
    "折扣",
    "最高优惠(元)",
    "赠品",
    "赠品价值(元)",
    "使用门槛(元)",
    "适用商品",
    "适用品类",
    "排除商品",
    "新品可用",
    "适用门店",
    "适用区域",
    "会员等级",
    "仅新客",
    "生日月",
    "人群标签",
    "开始日期",
    "结束日期",
    "每人限用",
    "总预算(元)",
    "叠加组",
    "不可叠加",
]
PLAIN = {
    "券编码": "Q1",
    "券名称": "满300减30",
    "类型": "满减",
    "面额(元)": "30",
    "使用门槛(元)": "300",
    "开始日期": "2026-11-01",
    "结束日期": "2026-11-30",
    "叠加组": "店铺券",
}


def read(**fields):
    given = PLAIN | fields
    return run(read_coupons, table("|".join(COLUMNS), "|".join(given.get(name, "") for name in COLUMNS)))


def only(rows):
    assert rows.problems == ()
    return rows.good[0]


def test_a_threshold_coupon_with_its_window():
    coupon = only(read(每人限用="2", **{"总预算(元)": "20000"}))
    assert (coupon.kind, coupon.amount_fen, coupon.threshold_fen) == (CouponKind.THRESHOLD, 3000, 30000)
    assert coupon.starts_at == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert coupon.ends_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert (coupon.per_customer_limit, coupon.budget_fen, coupon.stacking_group) == (2, 2000000, "店铺券")


@pytest.mark.parametrize(
    ("word", "fields", "kind"),
    [
        ("满减券", {}, CouponKind.THRESHOLD),
        ("折扣", {"折扣": "8.5折"}, CouponKind.DISCOUNT),
        ("代金", {}, CouponKind.VOUCHER),
        ("兑换", {"赠品": "小样", "赠品价值(元)": "39"}, CouponKind.GIFT),
        ("包邮", {}, CouponKind.FREE_SHIPPING),
    ],
)
def test_kinds(word, fields, kind):
    assert only(read(类型=word, **fields)).kind is kind


def test_discount_scope_and_audience():
    coupon = only(
        read(
            类型="折扣",
            折扣="八五折",
            适用商品="A1、A2",
            适用品类="防晒",
            排除商品="A2",
            新品可用="否",
            适用门店="S001",
            适用区域="R02",
            会员等级="金卡及以上",
            仅新客="是",
            生日月="是",
            人群标签="社群会员",
            不可叠加="是",
            **{"最高优惠(元)": "50", "面额(元)": ""},
        )
    )
    assert (coupon.pay_percent, coupon.cap_fen, coupon.exclusive) == (85, 5000, True)
    assert (coupon.scope.skus, coupon.scope.excluded_skus, coupon.scope.excludes_new) == (("A1", "A2"), ("A2",), True)
    assert (coupon.scope.stores, coupon.scope.regions) == (("S001",), ("R02",))
    assert coupon.audience.tiers == ("金卡", "黑金卡")
    assert (coupon.audience.new_customer, coupon.audience.birthday_month, coupon.audience.tags) == (
        True,
        True,
        ("社群会员",),
    )


def test_words_for_no_limit():
    coupon = only(read(适用商品="全场", 适用门店="全部", 会员等级="不限"))
    assert (coupon.scope.skus, coupon.scope.stores, coupon.audience.tiers) == ((), (), ())


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"类型": "返现"}, "类型", "返现"),
        ({"结束日期": "2026-10-15"}, "结束日期", "不晚于开始日期"),
        ({"结束日期": "2026-02-30"}, "结束日期", "不存在"),
        ({"开始日期": "2026-11-01 10:00", "结束日期": "2026-11-01 10:00"}, "结束日期", "不晚于开始日期"),
        ({"类型": "折扣", "折扣": "12折"}, "折扣", "折扣"),
        ({"类型": "折扣"}, "折扣", "没有填"),
        ({"面额(元)": ""}, "面额(元)", "没有填"),
        ({"面额(元)": "-30"}, "面额(元)", "负"),
        ({"面额(元)": "0"}, "面额(元)", "0 元"),
        ({"类型": "赠品"}, "赠品", "没有填"),
        ({"适用商品": "A9"}, "适用商品", "A9"),
        ({"适用品类": "家电"}, "适用品类", "家电"),
        ({"适用门店": "S099"}, "适用门店", "S099"),
        ({"适用区域": "R09"}, "适用区域", "R09"),
        ({"会员等级": "钻石卡"}, "会员等级", "钻石卡"),
        ({"新品可用": "看情况"}, "新品可用", "是还是否"),
        ({"每人限用": "不限"}, "每人限用", "整数"),
    ],
)
def test_a_coupon_that_could_mislead_is_left_out(fields, field, words):
    rows = read(**fields)
    assert rows.good == ()
    severity, row, name, reason = told(rows)[0]
    assert (severity, row, name) == ("error", 3, field)
    assert words in reason


def test_doubts_keep_the_coupon():
    assert told(read(类型="赠品", 赠品="小样"))[0][:3] == ("warning", 3, "赠品价值(元)")
    assert told(read(**{"使用门槛(元)": ""}))[0][:3] == ("warning", 3, "使用门槛(元)")
    assert told(read(**{"使用门槛(元)": "20"}))[0][:3] == ("warning", 3, "面额(元)")


def test_a_table_that_says_nothing_about_stacking_is_warned_of_once():
    made = table(
        "券编码|券名称|类型|面额(元)|开始日期|结束日期",
        "Q1|一|代金|5|2026-11-01|2026-11-30",
        "Q2|二|代金|5|2026-11-01|2026-11-30",
    )
    rows = run(read_coupons, made)
    assert len(rows.good) == 2
    assert [(problem.row, problem.field) for problem in rows.problems] == [(2, "叠加组")]
