"""The managers' console: all its rooms under one router."""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from assistant.clock import Clock, system_clock
from assistant.console.administration.outside import Outside
from assistant.console.administration.room import administration_routes
from assistant.console.assets import asset_routes
from assistant.console.conversations.exporting import export_routes
from assistant.console.conversations.judging import judging_routes
from assistant.console.conversations.turns import turn_routes
from assistant.console.conversations.wishing import wish_routes
from assistant.console.coupons.deciding import Beside
from assistant.console.coupons.room import coupon_room_routes
from assistant.console.door.entering import Doors, entering_routes
from assistant.console.door.login import Gate
from assistant.console.door.pacing import Pacing
from assistant.console.door.wecom import WeComDoor
from assistant.console.figures.funnel import funnel_routes
from assistant.console.figures.guides import guide_routes
from assistant.console.figures.overview import figure_routes
from assistant.console.figures.scripts import script_figure_routes
from assistant.console.frame import Console, ConsoleRoute, not_found_page
from assistant.console.home import home_routes
from assistant.console.knowledge.answering import CheckText, no_check
from assistant.console.knowledge.conflicts import conflict_routes
from assistant.console.knowledge.documents import document_routes
from assistant.console.knowledge.gaps import gap_routes
from assistant.console.knowledge.leaning import leaning_routes
from assistant.console.knowledge.lookups import Lookup, lookup_routes
from assistant.console.knowledge.questions import question_routes
from assistant.console.knowledge.synonyms import synonym_routes
from assistant.console.knowledge.uploading import upload_routes
from assistant.console.scripts.experiments import experiment_routes
from assistant.console.scripts.library import library_routes
from assistant.console.scripts.signoffs import signoff_routes
from assistant.console.scripts.suggestions import suggestion_routes
from assistant.console.scripts.tools import ScriptTools
from assistant.console.scripts.writing import writing_routes
from assistant.console.tasks.room import task_room_routes
from assistant.desks import Desks
from assistant.offers.attribution import Rule
from assistant.offers.holdout import Holdout
from assistant.proving import Proving
from assistant.store.database import Database
from assistant.uploaded import NO_DESK, MaterialDesk

FORM_BYTES = 64 * 1024
NOBODY_LEFT_ALONE = Holdout()
USUAL_CREDIT = Rule()


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
    wecom: WeComDoor | None = None,
    links_stay_open: bool = True,
    pacing: Pacing | None = None,
    outside: Outside | None = None,
    material_desk: MaterialDesk = NO_DESK,
    check_text: CheckText = no_check,
    holdout: Holdout = NOBODY_LEFT_ALONE,
    credit: Rule = USUAL_CREDIT,
    script_tools: ScriptTools | None = None,
    proving: Proving | None = None,
    beside: Beside = lambda work: work(),
) -> APIRouter:
    """Every route under /console.

    ``lookup`` is the Search of the house. ``clock`` is the shop's day, ``wall_clock`` the real one that logins are measured with. With ``demo`` anybody who
    reaches the service may enter. ``deliver`` sends what the outbox holds of a turn to its guide. ``wecom`` is how people
    log in, ``links_stay_open`` whether login links are taken after that has worked. ``proxies`` may say where a
    request came from. ``outside`` is what the administration is handed, ``material_desk`` what reads
    and compares material, ``check_text`` what reads a text by the law,
    ``script_tools`` what tries scripts and reads tables of them. ``proving`` shows offers by the code that makes them for
    guides, ``beside`` runs what takes long beside the request. ``holdout`` says whom a task leaves alone, ``credit`` how long
    after a text an order counts.
    """
    gate = Gate(database, corp_id, key, wall_clock, clock, pacing or Pacing())
    one = Console(database, corp_id, clock, gate, deliver)
    router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, max_body_size=FORM_BYTES)
    router.include_router(asset_routes())
    router.include_router(home_routes(one))
    router.include_router(entering_routes(one, Doors(wecom, links_stay_open, demo)))
    router.include_router(turn_routes(one))
    router.include_router(judging_routes(one))
    router.include_router(wish_routes(one))
    router.include_router(export_routes(one))
    router.include_router(figure_routes(one))
    router.include_router(funnel_routes(one))
    router.include_router(guide_routes(one))
    router.include_router(script_figure_routes(one))
    # the form for a new document has a path that a document's own would take
    router.include_router(upload_routes(one, material_desk))
    router.include_router(document_routes(one, material_desk))
    router.include_router(leaning_routes(one, material_desk))
    router.include_router(conflict_routes(one, material_desk))
    router.include_router(gap_routes(one, check_text))
    tools = script_tools or ScriptTools()
    router.include_router(suggestion_routes(one, tools))
    # the form for a new script has a path that a script's own would take
    router.include_router(writing_routes(one, tools))
    router.include_router(library_routes(one, tools))
    router.include_router(experiment_routes(one, tools))
    router.include_router(signoff_routes(one))
    router.include_router(lookup_routes(one, lookup))
    router.include_router(synonym_routes(one))
    router.include_router(question_routes(one))
    router.include_router(
        coupon_room_routes(one, proving or Proving(database, Desks(database, ""), corp_id, clock), beside)
    )
    router.include_router(task_room_routes(one, holdout, credit))
    router.include_router(administration_routes(one, outside or Outside()))
    # last, so that nothing under /console is answered without the safety headers
    router.add_api_route(
        "/console/{rest:path}",
        not_found_page,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        response_class=HTMLResponse,
        response_model=None,
    )
    return router
