"""Serving what pages are dressed with, from here and from nowhere else (safety D3). It holds nobody's data."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from assistant.console.bundle import bundle
from assistant.console.frame import SAFETY_HEADERS, ConsoleRoute
from assistant.errors import NotFound

KEPT_FOR_GOOD = "public, max-age=31536000, immutable"


class AssetRoute(ConsoleRoute):
    """What never changes under its address is kept by every browser; whatever else is answered here is not."""

    headers = {**SAFETY_HEADERS, "Cache-Control": KEPT_FOR_GOOD}


def asset_routes() -> APIRouter:
    """Every asset under its mark; one under an older mark leads to what there is now."""
    router = APIRouter(route_class=AssetRoute)

    @router.get("/console/static/{mark}/{name}", response_model=None)
    def served(mark: str, name: str) -> Response:
        found = bundle().get(name)
        if found is None:
            raise NotFound(name)
        if mark != found.mark:
            return RedirectResponse(found.address)
        return Response(found.content, media_type=found.media)

    return router
