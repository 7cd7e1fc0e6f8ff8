"""The managers' console: all its rooms under one router."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from assistant.console.administration.room import administration_routes
from assistant.console.assets import asset_routes
from assistant.console.conversations.exporting import export_routes
from assistant.console.conversations.judging import judging_routes
from assistant.console.conversations.turns import turn_routes
from assistant.console.conversations.wishing import wish_routes
from assistant.console.coupons.room import coupon_room_routes
from assistant.console.door.entering import Doors, entering_routes
from assistant.console.door.login import Gate
from assistant.console.figures.funnel import funnel_routes
from assistant.console.figures.guides import guide_routes
from assistant.console.figures.overview import figure_routes
from assistant.console.figures.scripts import script_figure_routes
from assistant.console.frame import Console, ConsoleRoute, not_found_page
from assistant.console.handed import Handed
from assistant.console.home import home_routes
from assistant.console.knowledge.conflicts import conflict_routes
from assistant.console.knowledge.documents import document_routes
from assistant.console.knowledge.gaps import gap_routes
from assistant.console.knowledge.leaning import leaning_routes
from assistant.console.knowledge.lookups import lookup_routes
from assistant.console.knowledge.questions import question_routes
from assistant.console.knowledge.synonyms import synonym_routes
from assistant.console.knowledge.uploading import upload_routes
from assistant.console.scripts.experiments import experiment_routes
from assistant.console.scripts.library import library_routes
from assistant.console.scripts.signoffs import signoff_routes
from assistant.console.scripts.suggestions import suggestion_routes
from assistant.console.scripts.writing import writing_routes
from assistant.console.tasks.room import task_room_routes

FORM_BYTES = 64 * 1024


def console_routes(gate: Gate, doors: Doors, handed: Handed) -> APIRouter:
    """Every route under /console, behind its one gate. ``doors`` are the ways in, ``handed`` what the rooms work with."""
    one = Console(gate.database, gate.corp_id, gate.day, gate, handed.deliver)
    router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, max_body_size=FORM_BYTES)
    router.include_router(asset_routes())
    home_routes(router, one)
    entering_routes(router, one, doors)
    turn_routes(router, one)
    judging_routes(router, one)
    wish_routes(router, one)
    export_routes(router, one)
    figure_routes(router, one)
    funnel_routes(router, one)
    guide_routes(router, one)
    script_figure_routes(router, one)
    # the form for a new document has a path that a document's own would take
    router.include_router(upload_routes(one, handed.material_desk))
    document_routes(router, one, handed.material_desk)
    leaning_routes(router, one, handed.material_desk)
    conflict_routes(router, one, handed.material_desk)
    gap_routes(router, one, handed.check_text)
    tools = handed.script_tools
    suggestion_routes(router, one, tools)
    # the form for a new script has a path that a script's own would take
    writing_routes(router, one, tools)
    library_routes(router, one, tools)
    experiment_routes(router, one, tools)
    signoff_routes(router, one)
    lookup_routes(router, one, handed.lookup)
    synonym_routes(router, one)
    question_routes(router, one)
    coupon_room_routes(router, one, handed.proving, handed.beside)
    task_room_routes(router, one, handed.holdout, handed.credit)
    administration_routes(router, one, handed.outside)
    # last, so that nothing under /console is answered without the safety headers
    router.add_api_route(
        "/console/{rest:path}",
        not_found_page,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        response_class=HTMLResponse,
        response_model=None,
    )
    return router
