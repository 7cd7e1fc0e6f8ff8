"""Whom a task reaches and who is left out, counted by store and reason: what a manager sees before she publishes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import Reach, has_room
from assistant.outreach.segment import Addressee, LeftOut, Segment, is_meant, left_out
from assistant.rulebook import ContactRules
from knowledge.noun import Noun


class Candidate(Noun):
    """A customer of the stores, and how far she may be written to."""

    addressee: Addressee
    reach: Reach


@dataclass
class StoreCount:
    """One store's customers whom the segment means."""

    chosen: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    @property
    def meant(self) -> int:
        """All of them."""
        return self.chosen + self.left_out.total()


@dataclass
class Chosen:
    """Who gets an item, who is held out to be compared with, and the counts by store."""

    chosen: list[Addressee] = field(default_factory=list)
    held_out: list[Addressee] = field(default_factory=list)
    by_store: dict[str, StoreCount] = field(default_factory=dict)

    @property
    def left_out(self) -> Mapping[LeftOut, int]:
        """How many were left out in all stores together, by reason, in the order in which they are asked."""
        total: Counter[LeftOut] = Counter()
        for one in self.by_store.values():
            total.update(one.left_out)
        return {reason: total[reason] for reason in LeftOut if total[reason]}


def choose(
    candidates: Iterable[Candidate],
    segment: Segment,
    stores: Iterable[str],
    *,
    guides: Collection[str],
    rules: ContactRules,
    holds: Callable[[str], bool],
    moment: datetime,
    days: tuple[date, date],
) -> Chosen:
    """Choose for a task that runs on these Shanghai days; ``guides`` are at work, ``holds`` says who is held out."""
    today = moment.astimezone(SHOP_TIME).date()
    made = Chosen(by_store={store_id: StoreCount() for store_id in stores})
    for one in candidates:
        customer = one.addressee
        if customer.store_id not in made.by_store or not is_meant(segment, customer, today):
            continue
        permit = has_room(rules, one.reach, moment, *days)
        reason = left_out(customer, guides, permit, held_out=holds(customer.customer_id), today=today)
        counted = made.by_store[customer.store_id]
        if reason is None:
            counted.chosen += 1
            made.chosen.append(customer)
            continue
        counted.left_out[reason] += 1
        if reason is LeftOut.HELD_OUT:
            made.held_out.append(customer)
    return made
