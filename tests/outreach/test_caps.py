"""No sequence of guides and moments ever goes beyond the caps, and the moment that is promised is the first that passes."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import CapRule, Reach, has_room, is_quiet, may_write, quiet_words
from assistant.rulebook import ContactRules

START = datetime(2026, 11, 1, tzinfo=SHOP_TIME)
DEFAULT = ContactRules()
moments = st.integers(min_value=0, max_value=120 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
clock_times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
rules = st.builds(
    ContactRules,
    per_day=st.integers(min_value=0, max_value=3),
    per_month=st.integers(min_value=0, max_value=6),
    quiet_from=clock_times,
    quiet_to=clock_times,
)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026 as the shop's clock shows it."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHOP_TIME)


# ---- any sequence --------------------------------------------------------------------------------


@given(rules=rules, asked=st.lists(moments, max_size=80))
def test_no_sequence_of_guides_and_moments_exceeds_the_caps(rules: ContactRules, asked: list[datetime]) -> None:
    sent: list[datetime] = []
    for moment in sorted(asked):
        # whichever guide asks, the log is one
        if may_write(rules, Reach(contacts=tuple(sent)), moment).allowed:
            sent.append(moment)
    days = Counter(one.astimezone(SHOP_TIME).date() for one in sent)
    months = Counter((day.year, day.month) for day in days.elements())
    assert all(count <= rules.per_day for count in days.values())
    assert all(count <= rules.per_month for count in months.values())
    assert not any(is_quiet(rules, one) for one in sent)


@given(rules=rules, before=st.lists(moments, max_size=12), moment=moments)
def test_the_promised_moment_passes_and_none_before_it(
    rules: ContactRules, before: list[datetime], moment: datetime
) -> None:
    reach = Reach(contacts=tuple(one for one in before if one <= moment))
    permit = may_write(rules, reach, moment)
    if permit.allowed:
        assert permit.passes_at is None
        assert permit.words == ""
        return
    assert permit.words
    if rules.per_day == 0 or rules.per_month == 0:
        assert permit.passes_at is None
        return
    assert permit.passes_at is not None
    assert permit.passes_at > moment
    assert may_write(rules, reach, permit.passes_at).allowed
    just_before = permit.passes_at - timedelta(minutes=1)
    if just_before >= moment:
        assert not may_write(rules, reach, just_before).allowed


@given(rules=rules, moment=moments)
def test_the_zone_a_moment_is_written_in_does_not_matter(rules: ContactRules, moment: datetime) -> None:
    reach = Reach(contacts=(moment - timedelta(hours=1),))
    assert may_write(rules, reach, moment) == may_write(rules, reach, moment.astimezone(UTC))


# ---- each rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "moment", "rule", "words"),
    [
        ([], at(22, 10), None, ""),
        ([at(22, 9)], at(22, 10), CapRule.PER_DAY, "今天已经联系过 1 次，明天 9 点后可以"),
        ([at(21, 23, 59)], at(22, 10), None, ""),
        ([at(30, 10)], at(30, 11), CapRule.PER_DAY, "今天已经联系过 1 次，明天 9 点后可以"),
        ([at(day, 10) for day in (1, 5, 9, 13)], at(22, 10), CapRule.PER_MONTH, "这个月已经联系过 4 次，12月1日 9 点后可以"),
        ([at(day, 10) for day in (1, 5, 9, 30)], at(30, 11), CapRule.PER_MONTH, "这个月已经联系过 4 次，明天 9 点后可以"),
        ([], at(22, 21), CapRule.QUIET, "现在是休息时间（21:00–09:00），明天 9 点后可以"),
        ([], at(22, 20, 59), None, ""),
        ([], at(22, 8, 59), CapRule.QUIET, "现在是休息时间（21:00–09:00），今天 9 点后可以"),
        ([], at(22, 9), None, ""),
        ([], at(22, 0), CapRule.QUIET, "现在是休息时间（21:00–09:00），今天 9 点后可以"),
        ([at(21, 20)], at(21, 22), CapRule.PER_DAY, "今天已经联系过 1 次，明天 9 点后可以"),
    ],
)  # fmt: skip
def test_what_is_said_by_default(contacts: list[datetime], moment: datetime, rule: CapRule | None, words: str) -> None:
    permit = may_write(DEFAULT, Reach(contacts=tuple(contacts)), moment)
    assert (permit.rule, permit.words) == (rule, words)


def test_a_shanghai_day_is_no_utc_day() -> None:
    late, early = datetime(2026, 11, 22, 15, 30, tzinfo=UTC), datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    always = ContactRules(per_day=1, quiet_from=time(0), quiet_to=time(0))
    assert may_write(always, Reach(contacts=(late,)), early).allowed
    assert not may_write(always, Reach(contacts=(late - timedelta(hours=15),)), late).allowed


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        (time(21), time(9), (time(21), time(23, 59), time(0), time(8, 59)), (time(9), time(20, 59))),
        (time(12), time(14, 30), (time(12), time(14, 29)), (time(11, 59), time(14, 30), time(0))),
        (time(8), time(8), (), (time(8), time(7, 59), time(0), time(23, 59))),
        (time(0), time(6), (time(0), time(5, 59)), (time(6), time(23, 59))),
    ],
)
def test_quiet_hours_over_midnight_within_a_day_and_none(
    begins: time, ends: time, quiet: tuple[time, ...], loud: tuple[time, ...]
) -> None:
    kept = ContactRules(quiet_from=begins, quiet_to=ends)
    for one in (*quiet, *loud):
        moment = datetime.combine(date(2026, 11, 22), one, SHOP_TIME)
        assert is_quiet(kept, moment) == (one in quiet), one
        assert bool(quiet_words(kept, moment)) == (one in quiet)


def test_who_wants_no_more_is_not_written_to_whenever_it_is_and_whatever_else_holds() -> None:
    permit = may_write(DEFAULT, Reach(stopped=True, may_market=False), at(22, 10))
    assert (permit.rule, permit.passes_at) == (CapRule.STOPPED, None)
    assert "所有导购" in permit.words
    assert not may_write(DEFAULT, Reach(stopped=True), at(22, 10), sells=False).allowed


def test_consent_counts_where_the_text_advertises() -> None:
    without = Reach(may_market=False)
    permit = may_write(DEFAULT, without, at(22, 10))
    assert permit.rule is CapRule.NO_CONSENT
    assert "广告法第四十三条" in permit.words
    assert may_write(DEFAULT, without, at(22, 10), sells=False).allowed


def test_a_corp_that_writes_to_nobody_promises_no_moment() -> None:
    permit = may_write(ContactRules(per_day=0), Reach(), at(22, 10))
    assert (permit.rule, permit.passes_at) == (CapRule.PER_DAY, None)
    assert "设成了 0" in permit.words


# ---- room in some days ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "days", "room"),
    [
        ([], (22, 22), True),
        ([at(22, 9)], (22, 22), False),
        ([at(22, 9)], (22, 23), True),
        ([at(day, 10) for day in (1, 5, 9, 13)], (22, 30), False),
        ([at(day, 10) for day in (1, 5, 9, 13)], (22, 31), True),
        ([at(22, 9)], (25, 26), True),
    ],
)
def test_room_is_asked_of_all_the_days_of_a_task(contacts: list[datetime], days: tuple[int, int], room: bool) -> None:
    first, last = (date(2026, 11, 1) + timedelta(days=day - 1) for day in days)
    assert has_room(DEFAULT, Reach(contacts=tuple(contacts)), at(22, 10), first, last).allowed == room


def test_a_task_of_tonight_alone_has_no_room() -> None:
    assert not has_room(DEFAULT, Reach(), at(22, 22), date(2026, 11, 22), date(2026, 11, 22)).allowed
    assert has_room(DEFAULT, Reach(), at(22, 22), date(2026, 11, 22), date(2026, 11, 23)).allowed
