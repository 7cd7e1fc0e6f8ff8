"""Which days and stores the figures are asked for, and where each number leads: the list of its turns."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Query

from assistant.clock import SHOP_TIME
from assistant.console.conversations.filtering import address
from assistant.errors import NotFound
from assistant.scoring.rates import ENOUGH
from assistant.store.console.figures import Span
from assistant.store.console.filtering import TurnFilter
from assistant.store.console.scope import Stores

USUAL_DAYS = 30
MOST_DAYS = 366
PRESETS = ((7, "近 7 天"), (30, "近 30 天"), (90, "近 90 天"))
WEEKS_FROM = 62
"""From so many days on a trend is told by weeks."""
FEW_FROM = 14
"""Of less than two weeks the days are shown in any case."""


class Asked(NamedTuple):
    """What stands in the address: days may be missing or turned round."""

    since: date | None
    until: date | None
    store_id: str


class Chosen(NamedTuple):
    """Days and stores to count, as they hold: ``stores`` is what the visitor may see of what she asked for."""

    span: Span
    store_id: str
    stores: Stores

    def turns(self, **more: str) -> str:
        """The list of the turns that a number counts; ``more`` are further fields of ``TurnFilter``."""
        wanted = TurnFilter(store_id=self.store_id, since=self.span.since, until=self.span.until)
        return address(wanted._replace(**more))  # type: ignore[arg-type]

    def within(self, since: date, until: date) -> "Chosen":
        """The same for some of the days."""
        return self._replace(span=Span(max(since, self.span.since), min(until, self.span.until)))

    def at(self, path: str, **more: str) -> str:
        """Another page of figures with the same choice."""
        given = {"since": str(self.span.since), "until": str(self.span.until), "store": self.store_id, **more}
        return path + "?" + urlencode({name: value for name, value in given.items() if value})


class Preset(NamedTuple):
    """A usual length of time, ending today."""

    label: str
    href: str
    is_chosen: bool


def asked(
    since: date | Literal[""] = "", until: date | Literal[""] = "", store: str = Query("", max_length=64)
) -> Asked:
    """What was asked for; a day that is none is no page (404)."""
    return Asked(since or None, until or None, store)


def choose(given: Asked, stores: Stores, names: Mapping[str, str], now: datetime, days: int = USUAL_DAYS) -> Chosen:
    """Hold what was asked for to the visitor's stores and to the days there were; raises NotFound for another store."""
    if given.store_id and given.store_id not in names:
        raise NotFound(given.store_id)
    today = now.astimezone(SHOP_TIME).date()
    until = min(given.until or today, today)
    since = min(given.since or until - timedelta(days=days - 1), until)
    since = max(since, until - timedelta(days=MOST_DAYS - 1))
    return Chosen(Span(since, until), given.store_id, frozenset({given.store_id}) if given.store_id else stores)


def presets(chosen: Chosen, now: datetime, path: str) -> tuple[Preset, ...]:
    """The usual lengths of time with the store as it is chosen."""
    today = now.astimezone(SHOP_TIME).date()
    found = []
    for days, label in PRESETS:
        span = Span(today - timedelta(days=days - 1), today)
        found.append(Preset(label, chosen._replace(span=span).at(path), span == chosen.span))
    return tuple(found)


class Bucket(NamedTuple):
    """Some days of a trend, under the label that stands below it."""

    label: str
    since: date
    until: date


def buckets(span: Span, answered: int) -> tuple[Bucket, ...]:
    """The days of a span in order, or its weeks: from two months on, and where few days would say enough by themselves.

    ``answered`` is how often guides gave their word in all of it.
    """
    few = span.days >= FEW_FROM and answered < ENOUGH * span.days
    if span.days < WEEKS_FROM and not few:
        days = (span.since + timedelta(days=number) for number in range(span.days))
        return tuple(Bucket(f"{day.month}月{day.day}日", day, day) for day in days)
    return weeks(span)


def weeks(span: Span) -> tuple[Bucket, ...]:
    """The weeks of a span, Monday to Sunday; the first and the last may be cut short by it."""
    found, monday = [], span.since - timedelta(days=span.since.weekday())
    while monday <= span.until:
        since, until = max(monday, span.since), min(monday + timedelta(days=6), span.until)
        found.append(Bucket(f"{since.month}月{since.day}日起", since, until))
        monday += timedelta(days=7)
    return tuple(found)
