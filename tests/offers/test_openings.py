"""From when on a coupon may be used next: what makes the refusal pass."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clock import SHOP_TIME
from assistant.offers.rules import next_opening
from assistant.shop import Days, Hours, Times
from tests.offers.making import NOW, coupon

END = NOW + timedelta(days=20)


def shanghai(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=SHOP_TIME)


@pytest.mark.parametrize(
    ("times", "opens"),
    [
        # now is Sunday the 22nd, noon
        (Times(weekdays=(2,)), shanghai(24)),
        (Times(weekdays=(7,)), shanghai(29)),
        (Times(hours=(Hours(starts=540, ends=720),)), shanghai(23, 9)),
        (Times(hours=(Hours(starts=1080, ends=1200), Hours(starts=540, ends=720))), shanghai(22, 18)),
        (Times(weekdays=(1,), hours=(Hours(starts=600, ends=720),)), shanghai(23, 10)),
        (Times(weekdays=(1,), blackout=(Days(first=date(2026, 11, 23), last=date(2026, 11, 24)),)), shanghai(30)),
        (Times(blackout=(Days(first=date(2026, 11, 22), last=date(2027, 1, 1)),)), None),
    ],
)
def test_the_next_moment(times: Times, opens: datetime | None) -> None:
    assert next_opening(coupon(times=times, ends_at=END), NOW) == opens


WEEKDAYS = st.lists(st.integers(1, 7), unique=True, max_size=6).map(lambda days: tuple(sorted(days)))
HOURS = st.tuples(st.integers(0, 22), st.integers(1, 24)).filter(lambda one: one[0] < one[1])


@given(WEEKDAYS, st.none() | HOURS, st.integers(0, 30), st.integers(0, 9))
def test_it_is_open_then_and_no_hour_before_was(
    weekdays: tuple[int, ...], hours: tuple[int, int] | None, ends_in: int, shut: int
) -> None:
    spans = () if hours is None else (Hours(starts=hours[0] * 60, ends=hours[1] * 60),)
    today = NOW.astimezone(SHOP_TIME).date()
    blackout = (Days(first=today, last=today + timedelta(days=shut - 1)),) if shut else ()
    one = coupon(times=Times(weekdays=weekdays, hours=spans, blackout=blackout), ends_at=NOW + timedelta(days=ends_in))

    def is_open(moment: datetime) -> bool:
        local = moment.astimezone(SHOP_TIME)
        day_fits = not weekdays or local.isoweekday() in weekdays
        hour_fits = hours is None or hours[0] <= local.hour < hours[1]
        return day_fits and hour_fits and not (shut and local.date() < today + timedelta(days=shut))

    # the first hour that opens after a shut one
    step, was, found = NOW, is_open(NOW), None
    while step < one.ends_at:
        step += timedelta(hours=1)
        now = is_open(step)
        starts_anew = now and (not was or (hours is None and step.astimezone(SHOP_TIME).hour == 0))
        starts_anew = starts_anew or (now and hours is not None and step.astimezone(SHOP_TIME).hour == hours[0])
        if starts_anew and step < one.ends_at:
            found = step
            break
        was = now
    assert next_opening(one, NOW) == found
