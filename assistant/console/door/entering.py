"""Coming in and going out.

Opening a link only shows a button: chat programs fetch the links people paste, and would use them up.
"""

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import NewSession, Visitor, check_own_page, forget_cookie, set_cookie
from assistant.console.frame import Console, ConsoleRoute, page


def entering_routes(one: Console, *, demo: bool) -> APIRouter:
    """Log in by link, log out; in demo mode, log in without one."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console/login", response_model=None)
    def ask(token: str = "") -> HTMLResponse:
        link = one.gate.read_link(token)
        return page("door/ask.html", visitor=None, token=token, person=one.gate.person(link.userid))

    @router.post("/console/login", response_model=None)
    def enter(request: Request, token: str = Form("")) -> RedirectResponse:
        check_own_page(request)
        return _inside(one.gate.enter(one.gate.read_link(token)))

    @router.post("/console/logout", response_model=None)
    def leave(visitor: Visitor = Depends(one.gate.sender)) -> HTMLResponse:
        one.gate.leave(visitor)
        response = page("door/left.html", visitor=None)
        forget_cookie(response)
        return response

    if demo:

        @router.get("/console/demo", response_model=None)
        def enter_demo() -> RedirectResponse:
            return _inside(one.gate.enter_demo())

    return router


def _inside(session: NewSession) -> RedirectResponse:
    response = RedirectResponse("/console", status_code=303)
    set_cookie(response, session)
    return response
