"""Styles, small scripts and the icon: read once, served from here, nothing fetched from elsewhere (safety D3)."""

from importlib.resources import files

from fastapi import APIRouter, Response

from assistant.charting import drawing
from assistant.console.frame import ConsoleRoute
from assistant.errors import NotFound

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0c4a3b"/>'
    '<path d="M8 10h16v10H15l-5 4v-4H8z" fill="#fff"/></svg>'
)
FRAME_STYLE = "base.css"


def asset_routes() -> APIRouter:
    """One stylesheet made of every room's, each room's script by its name, the icon. They hold nobody's data."""
    router = APIRouter(route_class=ConsoleRoute)
    room = files("assistant.console")
    # the frame's rules first: a room refines them
    styles = sorted(room.joinpath("styles").iterdir(), key=lambda one: (one.name != FRAME_STYLE, one.name))
    style = b"\n".join(one.read_bytes() for one in styles if one.name.endswith(".css"))
    scripts = {one.name: one.read_bytes() for one in room.joinpath("static").iterdir() if one.name.endswith(".js")}
    scripts[drawing.NAME] = drawing.library()

    @router.get("/console/style.css")
    def stylesheet() -> Response:
        return Response(style, media_type="text/css; charset=utf-8")

    @router.get("/console/static/{name}")
    def script(name: str) -> Response:
        if name not in scripts:
            raise NotFound(name)
        return Response(scripts[name], media_type="text/javascript; charset=utf-8")

    @router.get("/console/icon.svg")
    def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml")

    return router
