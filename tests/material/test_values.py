"""Every way a shop writes a price, a day, a discount, a phone number."""

from datetime import UTC, date, datetime

import pytest

from assistant.material.values import (
    BadValue,
    count,
    day,
    fen,
    moment,
    pay_percent,
    phone,
    phrases,
    several,
    window_end,
    yes_or_no,
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("299", 29900),
        ("299.5", 29950),
        ("0.05", 5),
        ("129.900", 12990),
        ("￥1,29\n9.00", 129900),
        ("¥1,299.00", 129900),
        ("１２９９元", 129900),
        ("RMB 88", 8800),
        ("1 299 元", 129900),
        ("0", 0),
    ],
)
def test_amounts(text, amount):
    assert fen(text) == amount


@pytest.mark.parametrize(
    "text", ["免费", "面议", "12,99", "1.2万", "19.999", "99起", "-5", "1e3", "", "元", "１２..5", "1,2345"]
)
def test_what_is_no_amount(text):
    with pytest.raises(BadValue) as bad:
        fen(text)
    assert bad.value.reason
    assert bad.value.remedy.startswith("请")


def test_a_negative_amount_is_called_negative():
    with pytest.raises(BadValue, match="负数"):
        fen("-129.00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01",
        "2026/11/1",
        "2026.11.1",
        "2026年11月1日",
        "20261101",
        "46327",
        "2026-11-01 00:00:00",
        " 2026－11－01 ",
    ],
)
def test_one_day_in_every_style(text):
    assert day(text) == date(2026, 11, 1)
    assert moment(text) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert window_end(text) == datetime(2026, 11, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-01 18:30", "2026/11/1 18:30:00", "2026年11月1日 18:30", "46327.7708333333"])
def test_a_time_of_day(text):
    assert moment(text) == datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    assert window_end(text) == datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-01 23:59", "2026-11-01 23:59:59"])
def test_a_minute_to_midnight_means_the_whole_day(text):
    assert window_end(text) == datetime(2026, 11, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260230", "2026-13-01", "2026-11-01 25:00", "明天", "11月1日", "26-11-01", "长期"]
)
def test_impossible_days(text):
    with pytest.raises(BadValue, match="日期"):
        day(text)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("8.5折", 85),
        ("85折", 85),
        ("八五折", 85),
        ("85%", 85),
        ("0.85", 85),
        ("0.8", 80),
        ("8.5", 85),
        ("85", 85),
        ("9折", 90),
        ("打九折", 90),
        ("8．8折", 88),
        ("五折", 50),
    ],
)
def test_discounts(text, percent):
    assert pay_percent(text) == percent


@pytest.mark.parametrize("text", ["12折", "10折", "100%", "15%", "8.55折", "85.5折", "0折", "半价", "减10", "1"])
def test_implausible_discounts(text):
    with pytest.raises(BadValue, match="折扣"):
        pay_percent(text)


@pytest.mark.parametrize(
    ("text", "answer"), [("是", True), ("Y", True), ("√", True), ("同意", True), ("否", False), ("0", False)]
)
def test_yes_or_no(text, answer):
    assert yes_or_no(text) is answer


def test_maybe_is_neither():
    with pytest.raises(BadValue, match="是还是否"):
        yes_or_no("看情况")


@pytest.mark.parametrize("text", ["13800002231", "138 0000 2231", "138-0000-2231", "+86 13800002231", "8613800002231"])
def test_phones(text):
    assert phone(text) == "13800002231"


@pytest.mark.parametrize("text", ["1380000223", "138000022311", "021-55500101", "12800002231", "138****2231"])
def test_a_bad_phone_is_refused_without_repeating_it(text):
    with pytest.raises(BadValue) as bad:
        phone(text)
    assert text not in bad.value.reason


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("3.0", 3), ("1,200", 1200), ("3件", 3), ("0", 0)])
def test_counts(text, number):
    assert count(text) == number


@pytest.mark.parametrize("text", ["-4", "3.5", "若干"])
def test_what_is_no_count(text):
    with pytest.raises(BadValue):
        count(text)


def test_lists():
    assert several("干皮、油皮,敏感肌；混合皮/干皮|中性皮\n") == ("干皮", "油皮", "敏感肌", "混合皮", "中性皮")
    assert several(" ") == ()
    assert phrases("避开眼周，入眼请冲洗、仅供外用") == ("避开眼周，入眼请冲洗", "仅供外用")
