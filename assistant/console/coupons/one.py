"""One coupon: its rules in words, its versions, its budget, and what became of what was given out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.coupons.listing import spent_of, words_for
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.naming import RecordId
from assistant.errors import NotFound
from assistant.offers.holdout import LEAST, Group, Holdout, difference
from assistant.offers.pace import pace, running
from assistant.offers.reach import reaches_any, within
from assistant.offers.terms import order_terms, terms
from assistant.proving import Proving
from assistant.shop import Coupon, Store
from assistant.store import material, revisions
from assistant.store.console import coupons as kept
from assistant.store.console.coupons import Day, Share
from assistant.store.coupons import checks
from assistant.store.people import names as people_named
from assistant.store.revisions import Revision, RevisionNoun, RevisionStatus

DAYS_SHOWN = 30
GUIDES_SHOWN = 10
ROWS_SHOWN = 10
REASON_CHARACTERS = 300
_COUPON = RevisionNoun.COUPON
_STANDING = (RevisionStatus.PUBLISHED, RevisionStatus.WITHDRAWN)


class Found(NamedTuple):
    """A coupon as somebody may see it. ``served`` is what guides get now, None where it is not served."""

    coupon: Coupon
    served: Coupon | None
    versions: tuple[Revision, ...]
    waiting: tuple[Revision, ...]
    in_file: bool


class Version(NamedTuple):
    """A version with its rules in words and the names of the people behind it."""

    revision: Revision
    words: str
    proposer: str
    reviewer: str


class Effect(NamedTuple):
    """The hold-out beside all others since a coupon began; ``low`` and ``high`` are the 95 % interval of the difference,
    None while either group is too small."""

    reachable: Group
    left_alone: Group
    low: float | None
    high: float | None


class Bar(NamedTuple):
    """One day of the picture, in units of its 100 x 40 field; both bars stand on the ground line."""

    day: Day
    x: float
    width: float
    granted_height: float
    used_height: float


def coupon_routes(router: APIRouter, one: Console, proving: Proving) -> None:
    """The page of one coupon."""

    @router.get("/console/coupons/{coupon_id}", response_model=None)
    def coupon(
        coupon_id: RecordId, done: str = "", effect: str = "", visitor: Visitor = Depends(one.gate.reader)
    ) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            stores = material.stores(tx, one.corp_id)
            found = find(tx, one.corp_id, coupon_id, visitor, stores)
            told = _told(tx, one.corp_id, found, visitor, now)
            share = _effect(tx, one.corp_id, found.coupon, visitor, now, proving.holdout) if effect else None
            twins = checks.latest(tx, one.corp_id, now)
        is_running = found.served is not None and found.coupon.starts_at <= now < found.coupon.ends_at
        spent = proving.spent(now) if is_running else spent_of(one, [found.coupon])
        return page(
            "coupons/page.html",
            visitor=visitor,
            coupon=found.coupon,
            served=found.served,
            in_file=found.in_file,
            stands=next((one_ for one_ in found.versions if one_.status in _STANDING), None),
            state=running(found.coupon, now),
            pace=pace(found.coupon, spent.get(coupon_id, 0), now),
            may_propose=visitor.may_review and within(found.coupon.scope, stores, visitor.stores),
            effect=share,
            effect_least=LEAST,
            holdout=proving.holdout,
            twins=twins,
            done=done,
            now=now,
            reason_characters=REASON_CHARACTERS,
            **told,
        )


def find(tx: Any, corp_id: str, coupon_id: str, visitor: Visitor, stores: Sequence[Store]) -> Found:
    """A coupon that reaches a store of hers, or that she proposed herself; raises NotFound."""
    versions = revisions.of_record(tx, corp_id, _COUPON, coupon_id)
    served = material.coupon_served(tx, corp_id, coupon_id)
    me = visitor.person.userid.lower()

    def may_see(coupon: Coupon) -> bool:
        return reaches_any(coupon.scope, stores, visitor.stores)

    waiting = tuple(
        each
        for each in versions
        if each.status is RevisionStatus.PROPOSED and (each.proposed_by == me or may_see(as_coupon(each)))
    )
    coupon = served or next((as_coupon(each) for each in versions), None)
    if coupon is None or not (may_see(coupon) or waiting):
        raise NotFound(coupon_id)
    hers = tuple(each for each in versions if each in waiting or may_see(as_coupon(each)))
    in_file = kept.is_in_file(tx, corp_id, coupon_id)
    return Found(coupon, served, hers, waiting, in_file)


def as_coupon(version: Revision) -> Coupon:
    """The coupon that a version holds."""
    return Coupon.model_validate_json(version.body_json)


def _told(tx: Any, corp_id: str, found: Found, visitor: Visitor, now: datetime) -> dict[str, Any]:
    """Everything the page prints that is read from the store."""
    coupon, hers = found.coupon, visitor.stores
    coupon_id = coupon.coupon_id
    names = words_for(tx, corp_id, [coupon, *(as_coupon(each) for each in found.versions)])
    facts = material.corp_facts(tx, corp_id)
    tiers = facts.tiers if facts else ()
    first, last = _days_of(coupon, now)
    since = datetime.combine(first, time(), SHOP_TIME).astimezone(UTC)
    besides = kept.without_grant(tx, corp_id, coupon_id, hers, since)
    days = kept.days(tx, corp_id, coupon_id, hers, first, last, besides)
    refusals = checks.refusals(tx, corp_id, coupon_id, hers, ROWS_SHOWN)
    people = people_named(
        tx,
        corp_id,
        (*(each.guide for each in refusals), *(who for each in found.versions for who in _people_of(each))),
    )
    by_store = kept.by_store(tx, corp_id, coupon_id, hers)
    shares = [Share(names.get(store_id, store_id or "未分门店"), *part) for store_id, part in by_store.items()]
    return {
        "words": terms(coupon, names=names, tiers=tiers),
        "chat_words": order_terms(coupon, names=names, moment=now),
        "versions": tuple(_version(each, names, tiers, people) for each in found.versions),
        "waiting": tuple(_version(each, names, tiers, people) for each in found.waiting),
        "days": days,
        "bars": bars(days),
        "standing": kept.standings(tx, corp_id, [coupon_id], hers, now)[coupon_id],
        "by_store": sorted(shares, key=lambda one: (-one.granted, one.name)),
        "by_guide": kept.by_guide(tx, corp_id, coupon_id, hers, GUIDES_SHOWN),
        "orders": kept.used_orders(tx, corp_id, coupon_id, hers, since, ROWS_SHOWN, besides),
        "refusals": refusals,
        "refused_uses": kept.refused_uses(tx, corp_id, coupon_id, hers, ROWS_SHOWN),
        "people": people,
        "store_names": names,
    }


def _people_of(version: Revision) -> tuple[str, ...]:
    return tuple(who for who in (version.proposed_by, version.reviewed_by) if who)


def _version(version: Revision, names: dict[str, str], tiers: tuple[str, ...], people: dict[str, str]) -> Version:
    words = terms(as_coupon(version), names=names, tiers=tiers)
    proposer = people.get(version.proposed_by, version.proposed_by)
    return Version(version, words, proposer, people.get(version.reviewed_by, version.reviewed_by))


def _days_of(coupon: Coupon, now: datetime) -> tuple[date, date]:
    """The last days of the coupon's window that have come, at most ``DAYS_SHOWN``."""
    begins = coupon.starts_at.astimezone(SHOP_TIME).date()
    ends = min(now, coupon.ends_at - timedelta(seconds=1)).astimezone(SHOP_TIME).date()
    last = max(begins, ends)
    return max(begins, last - timedelta(days=DAYS_SHOWN - 1)), last


def bars(days: Sequence[Day]) -> tuple[Bar, ...]:
    """Lay the days side by side in a field of 100 x 40."""
    most = max((max(day.granted, day.used) for day in days), default=0) or 1
    step = 100 / len(days) if days else 0
    return tuple(
        Bar(day, number * step + step * 0.1, step * 0.4, 38 * day.granted / most, 38 * day.used / most)
        for number, day in enumerate(days)
    )


def _effect(tx: Any, corp_id: str, coupon: Coupon, visitor: Visitor, now: datetime, holdout: Holdout) -> Effect:
    groups = kept.groups(tx, corp_id, visitor.stores, coupon.starts_at, min(now, coupon.ends_at), holdout)
    reachable, alone = groups[False], groups[True]
    if min(reachable.customers, alone.customers) < LEAST:
        return Effect(reachable, alone, None, None)
    return Effect(reachable, alone, *difference(reachable, alone))
