"""The room of tasks: the list, the form, one task and what is decided about it."""

from fastapi import APIRouter

from assistant.console.frame import Console
from assistant.console.tasks.deciding import deciding_routes
from assistant.console.tasks.editing import editing_routes
from assistant.console.tasks.listing import listing_routes
from assistant.console.tasks.one import task_routes
from assistant.offers.attribution import Rule
from assistant.offers.holdout import Holdout


def task_room_routes(router: APIRouter, one: Console, holdout: Holdout, rule: Rule) -> None:
    """Every route of the room; those with a fixed name before the one that takes any.

    ``holdout`` says who is left alone to be compared with, ``rule`` how long after a text an order counts.
    """
    listing_routes(router, one)
    editing_routes(router, one)
    task_routes(router, one, holdout, rule)
    deciding_routes(router, one, holdout)
