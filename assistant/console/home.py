"""The first page: what needs the visitor now."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.store.console.conversations import TurnFilter, turn_lines
from assistant.store.console.home import Numbers, numbers

ADOPTION_DAYS = 30
ADOPTION_SAMPLE = 20
"""Below this many answers a rate says more about chance than about the drafts."""

LATEST_TURNS = 6


def home_routes(one: Console) -> APIRouter:
    """The first page."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console", response_model=None)
    @router.get("/console/", response_model=None)
    def home(visitor: Visitor = Depends(one.gate.visitor)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            counted = numbers(tx, one.corp_id, visitor.stores, _day_began(now), now - timedelta(days=ADOPTION_DAYS))
            stores = one.stores(tx, visitor)
            lines = (
                turn_lines(tx, one.corp_id, visitor.stores, TurnFilter(), before="", limit=LATEST_TURNS)
                if visitor.may_read
                else ()
            )
        return page(
            "home/home.html",
            visitor=visitor,
            numbers=counted,
            stores=stores,
            now=now,
            lines=lines,
            hidden_names=visitor.hidden(tuple(name for line in lines for name in line.customer_names)),
            adoption=_adoption(counted),
            adoption_days=ADOPTION_DAYS,
            adoption_sample=ADOPTION_SAMPLE,
        )

    return router


def _adoption(counted: Numbers) -> float | None:
    """The share of answered drafts that were used, as they were or edited; None below the sample."""
    if counted.answered < ADOPTION_SAMPLE:
        return None
    return (counted.accepted + counted.edited) / counted.answered


def _day_began(now: datetime) -> datetime:
    return now.astimezone(SHOP_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
