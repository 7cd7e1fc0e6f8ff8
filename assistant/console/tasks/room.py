"""The room of tasks: the list, the form, one task and what is decided about it."""

from fastapi import APIRouter

from assistant.console.frame import Console, ConsoleRoute
from assistant.console.tasks.deciding import deciding_routes
from assistant.console.tasks.editing import editing_routes
from assistant.console.tasks.listing import listing_routes
from assistant.console.tasks.one import task_routes
from assistant.offers.attribution import Rule
from assistant.offers.holdout import Holdout


def task_room_routes(one: Console, holdout: Holdout, rule: Rule) -> APIRouter:
    """Every route of the room; those with a fixed name before the one that takes any.

    ``holdout`` says who is left alone to be compared with, ``rule`` how long after a text an order counts.
    """
    router = APIRouter(route_class=ConsoleRoute)
    router.include_router(listing_routes(one))
    router.include_router(editing_routes(one))
    router.include_router(task_routes(one, holdout, rule))
    router.include_router(deciding_routes(one, holdout))
    return router
