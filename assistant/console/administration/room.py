"""All pages of the administration under one router."""

from fastapi import APIRouter

from assistant.console.administration.auditing import audit_routes
from assistant.console.administration.outside import Outside
from assistant.console.administration.people import people_routes
from assistant.console.administration.privacy import privacy_routes
from assistant.console.administration.settings import settings_routes
from assistant.console.administration.system import system_routes
from assistant.console.frame import Console


def administration_routes(router: APIRouter, one: Console, outside: Outside) -> None:
    """People, settings, system, personal data, audit log."""
    people_routes(router, one)
    settings_routes(router, one)
    system_routes(router, one, outside)
    privacy_routes(router, one, outside)
    audit_routes(router, one, outside)
