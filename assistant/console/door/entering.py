"""Coming in and going out.

Opening a link only shows a button: chat programs fetch the links people paste, and would use them up.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door import wecom
from assistant.console.door.login import Link, NewSession, Visitor, check_own_page, forget_cookie, set_cookie
from assistant.console.door.pacing import Deed
from assistant.console.door.wecom import WeComDoor
from assistant.console.frame import Console, page, refusal_page
from assistant.console.refusals import LinksClosed, Refusal
from assistant.shop import Role
from assistant.store.console import sessions
from assistant.store.console.sessions import Way


@dataclass(frozen=True)
class Doors:
    """The ways in. ``wecom`` None: not configured.

    ``links_stay_open``: login links are taken even after WeCom login has worked once (no production, or the emergency
    switch). ``demo``: anybody who reaches the service may enter.
    """

    wecom: WeComDoor | None = None
    links_stay_open: bool = True
    demo: bool = False


def entering_routes(router: APIRouter, one: Console, doors: Doors) -> None:
    """Log in by WeCom or by link, log out; in demo mode, log in without either."""

    @router.get("/console/login", response_model=None)
    def ask(request: Request, token: str = "") -> HTMLResponse:
        if not token:
            return page(
                "door/login.html",
                visitor=None,
                doors=doors,
                inside=wecom.is_inside_wecom(request),
                links=_links_open(one, doors),
            )
        one.gate.pacing.count(Deed.LOGIN, request)
        with _Noted(one, request) as noted:
            _check_links(one, doors)
            link = one.gate.read_link(token)
            noted.userid = link.userid
            return page("door/ask.html", visitor=None, token=token, person=one.gate.person(link.userid))

    @router.post("/console/login", response_model=None)
    def enter(request: Request, token: str = Form("")) -> RedirectResponse:
        check_own_page(request)
        one.gate.pacing.count(Deed.LOGIN, request)
        with _Noted(one, request) as noted:
            _check_links(one, doors)
            link = one.gate.read_link(token)
            noted.userid = link.userid
            return _inside(one.gate.enter(link, Way.LINK, one.gate.pacing.address(request)))

    @router.post("/console/logout", response_model=None)
    def leave(visitor: Visitor = Depends(one.gate.sender)) -> HTMLResponse:
        one.gate.leave(visitor)
        response = page("door/left.html", visitor=None)
        forget_cookie(response)
        return response

    if doors.wecom is not None:
        _wecom_routes(router, one, doors.wecom)
    if doors.demo:

        @router.get("/console/demo", response_model=None)
        def enter_demo(role: Role = Role.MANAGER) -> RedirectResponse:
            return _inside(one.gate.enter_demo(role))


def _wecom_routes(router: APIRouter, one: Console, door: WeComDoor) -> None:
    @router.get("/console/login/wecom", response_model=None)
    def begin(request: Request) -> RedirectResponse:
        one.gate.pacing.count(Deed.LOGIN, request)
        state = wecom.new_state()
        address = door.address(state, inside_wecom=wecom.is_inside_wecom(request))
        response = RedirectResponse(address, status_code=303)
        wecom.begin(one.gate, response, state)
        return response

    @router.get(wecom.BACK, response_model=None)
    def back(request: Request, code: str = "", state: str = "") -> Response:
        one.gate.pacing.count(Deed.LOGIN, request)
        try:
            response = _come_back(request, code, state)
        except Refusal as refusal:
            response = refusal_page(refusal.status, refusal.title, refusal.text, login_again=refusal.login_again)
        wecom.forget_state(response)
        return response

    def _come_back(request: Request, code: str, state: str) -> Response:
        with _Noted(one, request) as noted:
            wecom.spend(one.gate, request, state)
            noted.userid = door.userid(code)
            link = Link(noted.userid, f"wecom-{state}")
            return _inside(one.gate.enter(link, Way.WECOM, one.gate.pacing.address(request)))


@dataclass
class _Noted:
    """Writes a login that was refused inside the block into the audit log."""

    one: Console
    request: Request
    userid: str = ""

    def __enter__(self) -> "_Noted":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, Refusal):
            gate = self.one.gate
            gate.noting.sent_away(self.userid, error.title, gate.pacing.address(self.request))


def links_open(stay_open: bool, worked: Callable[[], bool]) -> bool:
    """Say whether login links are taken: in production only until WeCom login has worked once."""
    return stay_open or not worked()


def _links_open(one: Console, doors: Doors) -> bool:
    def worked() -> bool:
        with one.database.read() as tx:
            return sessions.came_by(tx, one.corp_id, Way.WECOM)

    return links_open(doors.links_stay_open or doors.wecom is None, worked)


def _check_links(one: Console, doors: Doors) -> None:
    if not _links_open(one, doors):
        raise LinksClosed("links")


def _inside(session: NewSession) -> RedirectResponse:
    response = RedirectResponse("/console", status_code=303)
    set_cookie(response, session)
    return response
