"""What every page of the console has in common: the templates, the safety headers, and how a refusal looks."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from assistant.clock import Clock
from assistant.console import formats
from assistant.console.bundle import asset
from assistant.console.door.login import Gate, Visitor
from assistant.console.naming import segment
from assistant.console.refusals import Refusal
from assistant.console.sections import SECTIONS
from assistant.errors import NotFound
from assistant.store import material
from assistant.store.database import Database

SAFETY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}
"""Safety D3 (ASVS 3.4): on every answer of these routes, refusals included. Browsers heed the last over https only."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("assistant.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=formats.shown,
    )
    named = (formats.money, formats.round_money, formats.moment, formats.second, formats.machine_time, formats.percent)
    environment.filters.update({one.__name__: one for one in named})
    environment.filters["segment"] = segment
    environment.globals.update(sections=SECTIONS, asset=asset)
    return environment


def page(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """Fill a template; a blank that is not given is an error."""
    return HTMLResponse(_environment().get_template(template).render(**shown), status_code=status)


def refusal_page(status: int, title: str, text: str, *, login_again: bool = False) -> HTMLResponse:
    """The page of a refusal. It knows nothing of the visitor, so missing and forbidden cannot differ."""
    return page("refusal/page.html", status, visitor=None, title=title, text=text, login_again=login_again)


def not_found_page() -> HTMLResponse:
    """Missing, or not yours: one page, byte by byte."""
    return refusal_page(404, "没有找到这一页", "它可能不存在，或者不在您负责的门店里。")


class ConsoleRoute(APIRoute):
    """A route whose refusals are pages and whose every answer carries the safety headers.

    ``headers`` are those of an answer that succeeded.
    """

    headers: ClassVar[Mapping[str, str]] = SAFETY_HEADERS

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            response = await _answer(handle, request)
            response.headers.update(self.headers if response.status_code == 200 else SAFETY_HEADERS)
            return response

        return guarded


async def _answer(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    try:
        return await handle(request)
    except Refusal as refusal:
        shown = refusal_page(refusal.status, refusal.title, refusal.text, login_again=refusal.login_again)
        shown.headers.update(refusal.headers)
        return shown
    except (NotFound, RequestValidationError):
        return not_found_page()
    except HTTPException as error:
        return refusal_page(error.status_code, "这次请求没有成功", "请回到首页再试一次。")


def address_of(path: str, asked: Mapping[str, object]) -> str:
    """The address of a page with what is asked of it; what is empty is left out."""
    given = {name: str(value) for name, value in asked.items() if value}
    return path + ("?" + urlencode(given) if given else "")


@dataclass(frozen=True)
class Console:
    """What every room of the console works with. ``clock`` is the shop's day.

    ``deliver`` sends what the outbox holds of a turn to its guide, called after the transaction that put it there.
    """

    database: Database
    corp_id: str
    clock: Clock
    gate: Gate
    deliver: Callable[[str], None]

    def stores(self, tx: Any, visitor: Visitor) -> dict[str, str]:
        """The names of the stores this visitor answers for, by id."""
        return {
            one.store_id: one.name
            for one in material.stores(tx, self.corp_id)
            if visitor.stores is None or one.store_id in visitor.stores
        }
