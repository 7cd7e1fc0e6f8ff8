"""Questions the material could not answer."""

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.store.console.gaps import gap_lines

PAGE_LINES = 40


def gap_routes(one: Console) -> APIRouter:
    """The list of gaps."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console/gaps", response_model=None)
    def gaps(before: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            lines = gap_lines(tx, one.corp_id, visitor.stores, before=before, limit=PAGE_LINES + 1)
            stores = one.stores(tx, visitor)
        shown = lines[:PAGE_LINES]
        return page(
            "knowledge/gaps.html",
            visitor=visitor,
            lines=shown,
            stores=stores,
            before=before,
            next_before=shown[-1].turn_id if len(lines) > PAGE_LINES else "",
            hidden_names=visitor.hidden(tuple(name for line in shown for name in line.customer_names)),
        )

    return router
