"""Coupon rows: amount, scope, audience and window exactly as written, or left out."""

from datetime import UTC, date, datetime

import pytest

from assistant.material.coupons import read_coupons
from assistant.shop import Channel, CouponKind, Days, Hours, Layer

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
    "件数",
    "换购商品",
    "换购价(元)",
    "优惠层级",
    "适用品牌",
    "适用属性",
    "适用经销商",
    "适用渠道",
    "可用星期",
    "可用时段",
    "停用日期",
    "生日前后天数",
    "多少天没来",
    "每人每天限用",
    "发放总数",
    "每导购每天可发",
    "每店每天可发",
    "领取后几天有效",
    "消费金额不低于",
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


def test_offers_by_the_piece_and_the_step():
    half = only(read(类型="第二件半价", **{"面额(元)": "", "使用门槛(元)": ""}))
    assert (half.kind, half.pieces, half.pay_percent) == (CouponKind.NTH_PIECE, 2, 50)
    third = only(read(类型="第N件折", 件数="3", 折扣="5折", **{"面额(元)": "", "使用门槛(元)": ""}))
    assert (third.kind, third.pieces, third.pay_percent) == (CouponKind.NTH_PIECE, 3, 50)
    pieces = only(read(类型="N件折", 件数="2件", 折扣="8折", **{"面额(元)": "", "使用门槛(元)": ""}))
    assert (pieces.kind, pieces.pieces, pieces.pay_percent) == (CouponKind.PIECES, 2, 80)
    step = only(read(类型="每满减", **{"最高优惠(元)": "90"}))
    assert (step.kind, step.amount_fen, step.threshold_fen, step.cap_fen) == (
        CouponKind.PER_THRESHOLD,
        3000,
        30000,
        9000,
    )
    add_on = only(read(类型="加价购", 换购商品="A1", **{"换购价(元)": "19.9", "面额(元)": ""}))
    assert (add_on.kind, add_on.add_on_sku, add_on.add_on_fen) == (CouponKind.ADD_ON, "A1", 1990)


def test_when_where_and_for_whom():
    found = only(
        read(
            优惠层级="促销",
            适用品牌="云屿、舒屿",
            适用属性="系列：云润",
            适用经销商="甲公司",
            适用渠道="小程序、线上",
            可用星期="周一至周三、周末",
            可用时段="10:00-12:00、18点至22点",
            停用日期="2026-11-11至2026-11-12、2026-11-20",
            生日前后天数="前3后7",
            多少天没来="90天",
            每人每天限用="1",
            发放总数="500",
            每导购每天可发="5",
            每店每天可发="20",
            领取后几天有效="7",
        )
    )
    assert found.layer is Layer.PROMOTION
    assert (found.scope.brands, found.scope.attributes) == (("云屿", "舒屿"), ("系列:云润",))
    assert (found.scope.dealers, found.scope.channels) == (("甲公司",), (Channel.MINI_PROGRAM,))
    assert found.times.weekdays == (1, 2, 3, 6, 7)
    assert found.times.hours == (Hours(starts=600, ends=720), Hours(starts=1080, ends=1320))
    assert found.times.blackout == (
        Days(first=date(2026, 11, 11), last=date(2026, 11, 12)),
        Days(first=date(2026, 11, 20), last=date(2026, 11, 20)),
    )
    assert (found.audience.birthday_days, found.audience.lapsed_days) == ((3, 7), 90)
    limits = (found.per_day_limit, found.grant_limit, found.guide_day_limit, found.store_day_limit, found.valid_days)
    assert limits == (1, 500, 5, 20, 7)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"类型": "N件折", "折扣": "8折", "件数": "1"}, "件数是 1，至少要 2 件"),
        ({"类型": "N件折", "折扣": "8折"}, "“件数”没有填"),
        ({"类型": "每满减", "使用门槛(元)": ""}, "每满减没有写满多少"),
        ({"类型": "加价购", "换购价(元)": "9"}, "“换购商品”没有填"),
        ({"优惠层级": "大促"}, "没有“大促”这个优惠层级"),
        ({"适用渠道": "抖音"}, "不认识“抖音”这个渠道"),
        ({"可用星期": "周八"}, "可用星期：“周八”看不出是星期几"),
        ({"可用时段": "22:00-10:00"}, "可用时段：“22:00-10:00”的结束时间不晚于开始时间"),
        ({"停用日期": "2026-11-12至2026-11-11"}, "停用日期：“2026-11-12至2026-11-11”看不出是哪几天"),
        ({"生日前后天数": "左右"}, "生日前后天数：“左右”看不出是前后几天"),
        ({"开始日期": "2026-11-02", "结束日期": "2026-11-03", "可用星期": "周三"}, "有效期里没有一天能用"),
        ({"停用日期": "2026-10-01至2026-12-31"}, "有效期里没有一天能用"),
        ({"适用商品": "A1", "排除商品": "A1、A2"}, "适用商品全被排除了，没有商品能用"),
        ({"面额(元)": "-30"}, "面额(元)：金额“-30”是负数"),
        ({"类型": "满送"}, "不认识“满送”这种券"),
        ({"消费金额不低于": "5000"}, "“消费金额不低于”是按消费能力给优惠，对同样的客户不公平，法律不允许"),
        ({"人群标签": "高消费"}, "“高消费”是按消费能力给优惠，对同样的客户不公平，法律不允许"),
        ({"人群标签": "苹果用户"}, "“苹果用户”是按使用的设备给优惠，对同样的客户不公平，法律不允许"),
        ({"人群标签": "价格不敏感"}, "“价格不敏感”是按推断的付费意愿给优惠，对同样的客户不公平，法律不允许"),
    ],
)
def test_what_makes_no_sense_or_is_unfair_is_refused_with_a_remedy(fields, reason):
    rows = read(**fields)
    assert rows.good == ()
    assert reason in [one.reason for one in rows.problems]
    assert all(one.remedy for one in rows.problems)


def test_a_tag_that_says_nothing_of_money_is_fine():
    assert only(read(人群标签="敏感肌关怀、护肤沙龙")).audience.tags == ("敏感肌关怀", "护肤沙龙")
