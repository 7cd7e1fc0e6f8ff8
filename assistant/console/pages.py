"""The managers' console: all its rooms under one router."""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from assistant.clock import Clock, system_clock
from assistant.console.assets import asset_routes
from assistant.console.conversations.turns import turn_routes
from assistant.console.door.entering import entering_routes
from assistant.console.door.login import Gate
from assistant.console.frame import Console, ConsoleRoute, not_found_page
from assistant.console.home import home_routes
from assistant.console.knowledge.gaps import gap_routes
from assistant.console.knowledge.lookups import Lookup, lookup_routes
from assistant.console.knowledge.questions import question_routes
from assistant.console.knowledge.synonyms import synonym_routes
from assistant.console.scripts.suggestions import suggestion_routes
from assistant.store.database import Database

FORM_BYTES = 64 * 1024


def console_routes(
    database: Database,
    corp_id: str,
    key: str,
    clock: Clock,
    lookup: Lookup,
    deliver: Callable[[str], None],
    *,
    demo: bool,
    wall_clock: Clock = system_clock,
) -> APIRouter:
    """Every route under /console.

    ``lookup`` is the Search of the house. ``clock`` is the shop's day, ``wall_clock`` the real one that logins are measured with. With ``demo`` anybody who
    reaches the service may enter as a manager. ``deliver`` sends what the outbox holds of a turn to its guide.
    """
    one = Console(database, corp_id, clock, Gate(database, corp_id, key, wall_clock), deliver)
    router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, max_body_size=FORM_BYTES)
    router.include_router(asset_routes())
    router.include_router(home_routes(one))
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
