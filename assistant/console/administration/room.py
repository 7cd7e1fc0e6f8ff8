"""All pages of the administration under one router."""

from fastapi import APIRouter

from assistant.console.administration.auditing import audit_routes
from assistant.console.administration.outside import Outside
from assistant.console.administration.people import people_routes
from assistant.console.administration.privacy import privacy_routes
from assistant.console.administration.settings import settings_routes
from assistant.console.administration.system import system_routes
from assistant.console.frame import Console, ConsoleRoute


def administration_routes(one: Console, outside: Outside) -> APIRouter:
    """People, settings, system, personal data, audit log."""
    router = APIRouter(route_class=ConsoleRoute)
    router.include_router(people_routes(one))
    router.include_router(settings_routes(one))
    router.include_router(system_routes(one, outside))
    router.include_router(privacy_routes(one, outside))
    router.include_router(audit_routes(one, outside))
    return router
