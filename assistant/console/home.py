"""The first page: what needs the visitor now."""

from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.formats import time_left
from assistant.console.frame import Console, page
from assistant.store.console.conversations import TurnFilter, turn_lines
from assistant.store.console.filtering import day_began
from assistant.store.console.home import Errand, Lately, Waiting, lately, waiting

ADOPTION_DAYS = 30
ADOPTION_SAMPLE = 20
"""Below this many answers a rate says more about chance than about the drafts."""

LATEST_TURNS = 6


class Card(NamedTuple):
    """One errand as the page shows it."""

    errand: Errand
    number: int
    note: str
    href: str
    urgent: bool


ADDRESSES = {
    Errand.SIGN: "/console/signoffs",
    Errand.UNSENT: "/console/turns?unsent=1",
    Errand.GAPS: "/console/gaps",
    Errand.SCRIPTS: "/console/suggestions",
    Errand.DOCUMENTS: "/console/documents?status=draft",
    Errand.COUPONS: "/console/coupons",
    Errand.CONFLICTS: "/console/conflicts",
    Errand.LOST_SCRIPTS: "/console/suggestions",
    Errand.LOST_COUPONS: "/console/coupons",
    Errand.BEHIND: "/console/tasks",
    Errand.ENDING_SCRIPTS: "/console/scripts?only=expiring",
    Errand.ENDING_DOCUMENTS: "/console/documents?ending=1",
}
_NOTES = {
    Errand.UNSENT: "回复没有送到导购手里",
    Errand.GAPS: "资料里答不上来的问题",
    Errand.SCRIPTS: "导购改出来的、新写的，等您看一眼",
    Errand.DOCUMENTS: "别人传的，您点了发布才会用",
    Errand.COUPONS: "别人写的规则，您点了发布才生效",
    Errand.CONFLICTS: "同一件事，几份资料写得不一样",
    Errand.LOST_SCRIPTS: "和别的说法对不上，同事裁定它不对",
    Errand.LOST_COUPONS: "和别的说法对不上，同事裁定它不对",
    Errand.BEHIND: "日子过得比进度快",
    Errand.ENDING_SCRIPTS: "两周内到期，或已经过期",
    Errand.ENDING_DOCUMENTS: "两周内到期",
}
URGENT = frozenset({Errand.SIGN, Errand.UNSENT})


def home_routes(router: APIRouter, one: Console) -> None:
    """The first page."""

    @router.get("/console", response_model=None)
    @router.get("/console/", response_model=None)
    def home(visitor: Visitor = Depends(one.gate.visitor)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            went = lately(
                tx,
                one.corp_id,
                visitor.stores,
                day_began(now.astimezone(SHOP_TIME).date()),
                now - timedelta(days=ADOPTION_DAYS),
            )
            stores = one.stores(tx, visitor)
            errands = (
                waiting(
                    tx,
                    one.corp_id,
                    visitor.stores,
                    visitor.person.userid,
                    now,
                    decides_for_all=visitor.may_decide_for_all,
                )
                if visitor.may_read
                else ()
            )
            lines = (
                turn_lines(tx, one.corp_id, visitor.stores, TurnFilter(), before="", limit=LATEST_TURNS)
                if visitor.may_read
                else ()
            )
        return page(
            "home/home.html",
            visitor=visitor,
            cards=tuple(_card(errand, now) for errand in errands),
            went=went,
            stores=stores,
            now=now,
            lines=lines,
            hidden_names=visitor.hidden(tuple(name for line in lines for name in line.customer_names)),
            adoption=_adoption(went),
            adoption_days=ADOPTION_DAYS,
            adoption_sample=ADOPTION_SAMPLE,
        )


def _card(found: Waiting, now: datetime) -> Card:
    note = _NOTES.get(found.errand, "")
    if found.until is not None:
        note = f"最早的一条{time_left(found.until - now)}"
    elif found.customers:
        note = f"{found.customers} 位客户在等回答"
    return Card(found.errand, found.number, note, ADDRESSES[found.errand], found.errand in URGENT)


def _adoption(went: Lately) -> float | None:
    """The share of answered drafts that were used, as they were or edited; None below the sample."""
    if went.answered < ADOPTION_SAMPLE:
        return None
    return (went.accepted + went.edited) / went.answered
