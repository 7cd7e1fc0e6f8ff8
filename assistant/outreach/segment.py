"""Whom a task means, and who of them may not be written to: the only inputs, listed here, and the reasons.

个人信息保护法 Art. 24(1) allows what the shop publishes or the customer did herself: where she shops, her member tier, the
tags the shop's file gives her, how long she has not come, the month of her birthday, what kind of goods she bought. There
is no field for what she spent, how often she came or what she might pay, and a tag that says so in other words is refused
where the form is read (``offers.standing.forbidden_input``).
"""

from collections.abc import Collection
from datetime import date, timedelta

from pydantic import Field

from assistant.outreach.caps import CapRule, Permit
from knowledge.noun import Labelled, Noun

ADULT_AT = 18
"""未成年人网络保护条例 Art. 24: nothing is advertised to anybody younger."""
MINOR_TAGS = ("未成年",)


class Segment(Noun):
    """Whom a task means; what is empty does not restrict. ``regions`` and ``stores`` widen each other.

    ``lapsed_days``: the last purchase is at least so many days ago; ``birthday_month`` 1..12; ``categories``: bought any.
    """

    regions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lapsed_days: int | None = Field(default=None, ge=1, le=3650)
    birthday_month: int | None = Field(default=None, ge=1, le=12)
    categories: tuple[str, ...] = ()


class Addressee(Noun):
    """All that is looked at of a customer. ``last_bought`` is a Shanghai day, None where she never bought."""

    customer_id: str
    store_id: str
    guide: str
    tier: str = ""
    tags: tuple[str, ...] = ()
    birthday: date | None = None
    last_bought: date | None = None
    categories: frozenset[str] = frozenset()


class LeftOut(Labelled):
    """Why a customer whom the segment means gets no item, in the order asked: she is counted under the first."""

    NO_GUIDE = "no-guide", "没有在岗的专属导购"
    MINOR = "minor", "未成年人"
    STOPPED = "stopped", "说过别再发"
    NO_CONSENT = "no-consent", "没有同意接收营销信息"
    HELD_OUT = "held-out", "在对照组里，特意不联系"
    TOO_OFTEN = "too-often", "这段时间联系够次数了"


def is_meant(segment: Segment, one: Addressee, today: date) -> bool:
    """Say whether the segment means this customer; where she shops is asked elsewhere."""
    return (
        (not segment.tiers or one.tier in segment.tiers)
        and (not segment.tags or any(tag in segment.tags for tag in one.tags))
        and (segment.birthday_month is None or _month(one.birthday) == segment.birthday_month)
        and (not segment.categories or bool(one.categories & set(segment.categories)))
        and (segment.lapsed_days is None or _lapsed(one.last_bought, segment.lapsed_days, today))
    )


def left_out(one: Addressee, guides: Collection[str], permit: Permit, *, held_out: bool, today: date) -> LeftOut | None:
    """Say why this customer gets no item, None where she does; ``guides`` are the folded userids of those at work."""
    if one.guide not in guides:
        return LeftOut.NO_GUIDE
    if is_minor(one, today):
        return LeftOut.MINOR
    if permit.rule is CapRule.STOPPED:
        return LeftOut.STOPPED
    if permit.rule is CapRule.NO_CONSENT:
        return LeftOut.NO_CONSENT
    if held_out:
        return LeftOut.HELD_OUT
    return None if permit.allowed else LeftOut.TOO_OFTEN


def is_minor(one: Addressee, today: date) -> bool:
    """Say whether she is under age by the birthday or a tag in the shop's file."""
    if any(mark in tag for tag in one.tags for mark in MINOR_TAGS):
        return True
    if one.birthday is None:
        return False
    age = today.year - one.birthday.year - ((today.month, today.day) < (one.birthday.month, one.birthday.day))
    return age < ADULT_AT


def _month(birthday: date | None) -> int | None:
    return birthday.month if birthday is not None else None


def _lapsed(last: date | None, days: int, today: date) -> bool:
    return last is not None and today - last >= timedelta(days=days)
