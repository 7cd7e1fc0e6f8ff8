"""Customers keep what is sure of them; order lines keep their order."""

from datetime import UTC, date, datetime

from assistant.material.customers import read_customers
from assistant.material.orders import read_orders
from assistant.shop import Purpose

from .tables import run, table, told

CUSTOMERS = "客户ID|昵称|称呼|手机号|会员等级|积分|生日|肤质|过敏史|标签|专属导购|所属门店|入会日期|服务同意|营销同意|个性化同意|同意时间|备注|家庭人口"


def customers(*rows):
    return run(read_customers, table(CUSTOMERS, *rows, file="customers.csv", sheet="", header_row=1))


def test_a_whole_customer():
    rows = customers(
        "C1|苏晴🌿|苏姐|138 0000 2231|金卡|2,897|1986-05-18|敏感肌|香精|社群会员、沙龙|linxiao|S001|2025-05-28|是|否|是|2025-05-28 19:18|爱还价|3人"
    )
    assert rows.problems == ()
    one = rows.good[0]
    assert (one.phone, one.tier, one.tier_level, one.points) == ("13800002231", "金卡", 3, 2897)
    assert one.birthday == date(1986, 5, 18)
    assert one.consents == (Purpose.SERVICE, Purpose.PERSONALISATION)
    assert one.consented_at == datetime(2025, 5, 28, 11, 18, tzinfo=UTC)
    assert {fact.name: fact.value for fact in one.facts} == {"肤质": "敏感肌", "过敏史": "香精", "家庭人口": "3人"}
    assert {fact.observed_at for fact in one.facts} == {one.consented_at}
    assert (one.guide, one.store_id) == ("linxiao", "S001")


def test_what_cannot_be_right_is_left_empty_and_the_customer_stays():
    rows = customers("C1|小鱼||1390000512|钻石卡|很多|1990-02-30||||wanglei99|S099|去年|是|也许||||")
    one = rows.good[0]
    assert (one.phone, one.tier, one.tier_level, one.points, one.birthday) == ("", "", 0, 0, None)
    assert (one.guide, one.store_id, one.joined_at, one.consents) == ("", "", None, (Purpose.SERVICE,))
    assert {severity for severity, *_ in told(rows)} == {"warning"}
    assert {name for _, _, name, _ in told(rows)} == {
        "手机号",
        "会员等级",
        "积分",
        "生日",
        "专属导购",
        "所属门店",
        "入会日期",
        "营销同意",
    }


def test_no_problem_repeats_a_phone_number():
    rows = customers("C1|小鱼||1390000512|||||||||||||||")
    assert "1390000512" not in str(rows.problems)


def test_a_birthday_in_the_future_is_no_birthday():
    rows = customers("C1|小鱼|||||2027-01-01||||||||||||")
    assert rows.good[0].birthday is None


def test_repeats_and_nameless_rows_are_left_out():
    rows = customers("C1|小鱼|||||||||||||||||", "C1|小虾|||||||||||||||||", "C2||||||||||||||||||")
    assert [one.name for one in rows.good] == ["小鱼"]
    assert [(row, name) for _, row, name, _ in told(rows)] == [(3, "客户ID"), (4, "昵称")]


ORDERS = "订单号|客户ID|门店编码|渠道|下单时间|商品编码|商品名称|数量|实付金额|状态|使用优惠券"


def orders(*rows):
    return run(read_orders, table(ORDERS, *rows, file="orders.csv", sheet="", header_row=1))


def test_the_lines_of_an_order_are_counted():
    rows = orders(
        "O1|C1|S001|门店|2026-05-23 21:29:07|A1|喷雾|1|104.35|已完成|Q1",
        "O2|C1|S001|门店|2026-05-24|A1|喷雾|1|104.35|已完成|",
        "O1|C1|S001|门店|2026-05-23 21:29:07|A2|眼霜|2|343.65|已完成|Q1",
    )
    assert rows.problems == ()
    assert [(one.order_id, one.line, one.paid_fen, one.coupon_id) for one in rows.good] == [
        ("O1", 1, 10435, "Q1"),
        ("O2", 1, 10435, ""),
        ("O1", 2, 34365, "Q1"),
    ]
    assert rows.good[0].ordered_at == datetime(2026, 5, 23, 13, 29, 7, tzinfo=UTC)


def test_lines_that_cannot_be_booked_are_left_out():
    good = "O1|C1|S001|门店|2026-05-23|A1|喷雾|1|104.35|已完成|"
    rows = orders(
        good,
        good,
        "O2|C9|S001|门店|2026-05-23|A1|喷雾|1|1|已完成|",
        "O3|C1|S001|门店|2026-02-30 14:20:00|A1|喷雾|1|1|已完成|",
        "O4|C1|S001|门店|2026-05-23|A1|喷雾|0|1|已完成|",
        "O5|C1|S001|门店|2026-05-23|A1|喷雾|1|-129.00|已完成|",
        "O6|C1|S001|门店|2027-05-23|A1|喷雾|1|1|已完成|",
    )
    assert len(rows.good) == 1
    assert [(row, name) for _, row, name, _ in told(rows)] == [
        (3, "订单号"),
        (4, "客户ID"),
        (5, "下单时间"),
        (6, "数量"),
        (7, "实付金额"),
        (8, "下单时间"),
    ]


def test_a_discontinued_product_or_an_old_coupon_keeps_the_line():
    rows = orders("O1|C1|S001|门店|2026-05-23|A9|旧版精华|1|159|已完成|YH999")
    assert (rows.good[0].sku, rows.good[0].coupon_id) == ("A9", "YH999")
    assert [(severity, name) for severity, _, name, _ in told(rows)] == [
        ("warning", "商品编码"),
        ("warning", "使用优惠券"),
    ]
