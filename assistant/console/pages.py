"""The managers' console: its first page, and all its rooms under one router."""

from datetime import datetime, timedelta
from importlib.resources import files

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME, Clock, system_clock
from assistant.console.entering import entering_routes
from assistant.console.frame import Console, ConsoleRoute, not_found_page, page
from assistant.console.gaps import gap_routes
from assistant.console.login import Gate, Visitor
from assistant.console.lookups import Lookup, lookup_routes
from assistant.console.questions import question_routes
from assistant.console.suggestions import suggestion_routes
from assistant.console.synonyms import synonym_routes
from assistant.console.turns import turn_routes
from assistant.store import console
from assistant.store.console import TurnFilter
from assistant.store.database import Database

ADOPTION_DAYS = 30
ADOPTION_SAMPLE = 20
"""Below this many answers a rate says more about chance than about the drafts."""

LATEST_TURNS = 6
FORM_BYTES = 64 * 1024

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0c4a3b"/>'
    '<path d="M8 10h16v10H15l-5 4v-4H8z" fill="#fff"/></svg>'
)


def console_routes(
    database: Database,
    corp_id: str,
    key: str,
    clock: Clock,
    lookup: Lookup,
    *,
    demo: bool,
    wall_clock: Clock = system_clock,
) -> APIRouter:
    """Every route under /console.

    ``lookup`` is the Search of the house. ``clock`` is the shop's day, ``wall_clock`` the real one that logins are measured with. With ``demo`` anybody who
    reaches the service may enter as a manager.
    """
    one = Console(database, corp_id, clock, Gate(database, corp_id, key, wall_clock))
    router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, max_body_size=FORM_BYTES)
    router.include_router(_home_routes(one))
    router.include_router(entering_routes(one, demo=demo))
    router.include_router(turn_routes(one))
    router.include_router(gap_routes(one))
    router.include_router(suggestion_routes(one))
    router.include_router(lookup_routes(one, lookup))
    router.include_router(synonym_routes(one))
    router.include_router(question_routes(one))
    # last, so that nothing under /console is answered without the safety headers
    router.add_api_route(
        "/console/{rest:path}",
        not_found_page,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        response_class=HTMLResponse,
        response_model=None,
    )
    return router


def _home_routes(one: Console) -> APIRouter:
    router = APIRouter(route_class=ConsoleRoute)
    style = files("assistant.console").joinpath("console.css").read_bytes()

    @router.get("/console/style.css")
    def stylesheet() -> Response:
        return Response(style, media_type="text/css; charset=utf-8")

    @router.get("/console/icon.svg")
    def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml")

    @router.get("/console", response_model=None)
    @router.get("/console/", response_model=None)
    def home(visitor: Visitor = Depends(one.gate.visitor)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            numbers = console.numbers(
                tx, one.corp_id, visitor.stores, _day_began(now), now - timedelta(days=ADOPTION_DAYS)
            )
            stores = one.stores(tx, visitor)
            lines = (
                console.turn_lines(tx, one.corp_id, visitor.stores, TurnFilter(), before="", limit=LATEST_TURNS)
                if visitor.may_read
                else ()
            )
        return page(
            "home/home.html",
            visitor=visitor,
            numbers=numbers,
            stores=stores,
            now=now,
            lines=lines,
            hidden_names=visitor.hidden(tuple(name for line in lines for name in line.customer_names)),
            adoption=_adoption(numbers),
            adoption_days=ADOPTION_DAYS,
            adoption_sample=ADOPTION_SAMPLE,
        )

    return router


def _adoption(numbers: console.Numbers) -> float | None:
    """The share of answered drafts that were used, as they were or edited; None below the sample."""
    if numbers.answered < ADOPTION_SAMPLE:
        return None
    return (numbers.accepted + numbers.edited) / numbers.answered


def _day_began(now: datetime) -> datetime:
    return now.astimezone(SHOP_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
