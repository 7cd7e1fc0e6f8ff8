"""Who is due today, and who never is: birthdays at their edges, care in its window, lapsed past its limit."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.outreach.contacts import ContactReason, days_to_birthday, due_contacts, last_bought
from assistant.shop import Customer, Purchase, Purpose

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
LAPSED_AFTER = 90


def bought(days_ago: int, name: str = "柔和面霜", *, now: datetime = NOON) -> Purchase:
    return Purchase(
        order_id=f"D{days_ago}",
        sku="A1",
        product_name=name,
        quantity=1,
        paid_fen=100,
        bought_at=now - timedelta(days=days_ago),
    )


def customer(customer_id: str = "C1", **more: object) -> Customer:
    values = {"customer_id": customer_id, "name": "小葵", "consents": (Purpose.MARKETING,), **more}
    return Customer.model_validate(values)


def due(*customers: Customer, now: datetime = NOON) -> list[tuple[str, ContactReason, str]]:
    return [(one.customer_id, one.reason, one.detail) for one in due_contacts(customers, now, LAPSED_AFTER)]


# ---- birthdays ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birthday", "today", "days"),
    [
        (date(1990, 11, 22), date(2026, 11, 22), 0),
        (date(1990, 11, 23), date(2026, 11, 22), 1),
        (date(1990, 11, 21), date(2026, 11, 22), 364),
        (date(1990, 1, 1), date(2026, 12, 31), 1),
        (date(1990, 1, 4), date(2026, 12, 28), 7),
        (date(1990, 12, 31), date(2026, 1, 1), 364),
        (date(1992, 2, 29), date(2026, 2, 28), 0),
        (date(1992, 2, 29), date(2026, 3, 1), 364),
        (date(1992, 2, 29), date(2027, 3, 1), 365),
        (date(1992, 2, 29), date(2028, 2, 28), 1),
        (date(1992, 2, 29), date(2028, 2, 29), 0),
        (date(1990, 2, 28), date(2028, 2, 29), 365),
        (date(1990, 3, 1), date(2028, 2, 28), 2),
        (date(1992, 2, 29), date(2099, 12, 31), 59),
    ],
)
def test_days_to_the_next_birthday(birthday: date, today: date, days: int) -> None:
    assert days_to_birthday(birthday, today) == days


@given(st.dates(date(1930, 1, 1), date(2020, 12, 31)), st.dates(date(2020, 1, 1), date(2099, 12, 31)))
def test_a_birthday_is_never_further_than_a_year_and_always_on_its_day(birthday: date, today: date) -> None:
    days = days_to_birthday(birthday, today)
    on = today + timedelta(days=days)
    assert 0 <= days <= 365
    assert (on.month, on.day) in {(birthday.month, birthday.day), (2, 28)}
    if (on.month, on.day) != (birthday.month, birthday.day):
        assert (birthday.month, birthday.day) == (2, 29)


@pytest.mark.parametrize(
    ("birthday", "words"),
    [
        (date(1990, 11, 22), "今天生日"),
        (date(1990, 11, 29), "7天后生日（11月29日）"),
        (date(1990, 11, 30), ""),
        (date(1990, 11, 21), ""),
    ],
)
def test_a_birthday_counts_from_a_week_before_to_its_day(birthday: date, words: str) -> None:
    assert [detail for _, _, detail in due(customer(birthday=birthday))] == ([words] if words else [])


def test_today_is_shanghais_day() -> None:
    """At 16:00 UTC a new day has begun in the shop."""
    one = customer(birthday=date(1990, 11, 23))
    assert due(one, now=datetime(2026, 11, 22, 15, 59, tzinfo=UTC))[0][2].startswith("1天后")
    assert due(one, now=datetime(2026, 11, 22, 16, tzinfo=UTC))[0][2] == "今天生日"


def test_a_birthday_across_the_year_end() -> None:
    told = due(customer(birthday=date(1990, 1, 3)), now=datetime(2026, 12, 28, 4, tzinfo=UTC))
    assert told == [("C1", ContactReason.BIRTHDAY, "6天后生日（1月3日）")]


# ---- consent --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "consents", [(), (Purpose.SERVICE,), (Purpose.PERSONALISATION,), (Purpose.SERVICE, Purpose.PERSONALISATION)]
)
def test_without_consent_to_marketing_nobody_is_due(consents: tuple[Purpose, ...]) -> None:
    reasons = (
        customer("C1", birthday=date(1990, 11, 22), consents=consents),
        customer("C2", purchases=(bought(10),), consents=consents),
        customer("C3", purchases=(bought(400),), consents=consents),
    )
    assert due(*reasons) == []
    assert len(due(*(one.model_copy(update={"consents": (Purpose.MARKETING,)}) for one in reasons))) == 3


# ---- care and lapsed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (0, None),
        (6, None),
        (7, ContactReason.CARE),
        (14, ContactReason.CARE),
        (15, None),
        (LAPSED_AFTER, None),
        (LAPSED_AFTER + 1, ContactReason.LAPSED),
        (2000, ContactReason.LAPSED),
    ],
)
def test_care_has_a_window_and_lapsed_a_limit(days: int, reason: ContactReason | None) -> None:
    assert [found for _, found, _ in due(customer(purchases=(bought(days),)))] == ([reason] if reason else [])


def test_days_are_calendar_days_not_hours() -> None:
    late_evening = Purchase(
        order_id="D",
        sku="A1",
        product_name="面霜",
        quantity=1,
        paid_fen=1,
        bought_at=datetime(2026, 11, 15, 15, tzinfo=UTC),
    )
    early = datetime(2026, 11, 21, 17, tzinfo=UTC)
    assert due(customer(purchases=(late_evening,)), now=early)[0][2].startswith("7天前")


def test_the_newest_purchase_counts_whatever_the_order() -> None:
    one = customer(purchases=(bought(300, "旧面霜"), bought(8, "新面霜"), bought(120, "面膜")))
    assert last_bought(one) == date(2026, 11, 14)
    assert due(one) == [("C1", ContactReason.CARE, "8天前买了新面霜，可以问问用得怎么样")]


def test_who_never_bought_is_neither_asked_nor_missed() -> None:
    assert last_bought(customer()) is None
    assert due(customer()) == []


def test_what_a_guide_reads_about_a_lapsed_customer() -> None:
    assert due(customer(purchases=(bought(100),)))[0][2] == "上次购买是2026年8月14日，已有100天没来"


# ---- order ----------------------------------------------------------------------------------------


def test_one_reason_each_the_first_that_holds() -> None:
    told = due(customer(birthday=date(1990, 11, 22), purchases=(bought(10),)))
    assert [reason for _, reason, _ in told] == [ContactReason.BIRTHDAY]


def test_birthdays_then_care_then_lapsed_each_the_most_pressing_first() -> None:
    told = due(
        customer("C9", purchases=(bought(91),)),
        customer("C8", purchases=(bought(365),)),
        customer("C7", purchases=(bought(14),)),
        customer("C6", purchases=(bought(7),)),
        customer("C5", birthday=date(1990, 11, 25)),
        customer("C4", birthday=date(1990, 11, 22)),
        customer("C3", birthday=date(1990, 11, 22)),
    )
    assert [one for one, _, _ in told] == ["C3", "C4", "C5", "C6", "C7", "C9", "C8"]
