"""The list of turns and one turn's whole story."""

from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.conversations.story import customer_names, story
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.store.console import conversations
from assistant.store.console.conversations import NO_ACTION, TurnFilter
from assistant.turn import ActionKind, Intent

PAGE_LINES = 30


def turn_routes(one: Console) -> APIRouter:
    """The list with its filters, and one turn."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console/turns", response_model=None)
    def turns(
        store: str = "",
        intent: Intent | Literal[""] = "",
        action: ActionKind | Literal["", "none"] = "",
        unsent: Literal["", "1"] = "",
        before: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        wanted = TurnFilter(store_id=store, intent=str(intent), action=str(action), unsent=unsent == "1")
        with one.database.read() as tx:
            lines = conversations.turn_lines(
                tx, one.corp_id, visitor.stores, wanted, before=before, limit=PAGE_LINES + 1
            )
            stores = one.stores(tx, visitor)
        shown = lines[:PAGE_LINES]
        older = shown[-1].turn_id if len(lines) > PAGE_LINES else ""
        return page(
            "conversations/list.html",
            visitor=visitor,
            lines=shown,
            stores=stores,
            wanted=wanted,
            intents=tuple(Intent),
            actions=tuple(ActionKind),
            no_action=NO_ACTION,
            before=before,
            newest=_address(wanted, ""),
            older=_address(wanted, older) if older else "",
            hidden_names=visitor.hidden(tuple(name for line in shown for name in line.customer_names)),
        )

    @router.get("/console/turns/{turn_id}", response_model=None)
    def turn(turn_id: str, visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            found = conversations.turn_story(tx, one.corp_id, visitor.stores, turn_id, one.clock())
            stores = one.stores(tx, visitor)
        return page(
            "conversations/page.html",
            visitor=visitor,
            story=story(found),
            record=found.record,
            guide=found.guide,
            customer=found.customer,
            stores=stores,
            hidden_names=visitor.hidden(customer_names(found)),
        )

    return router


def _address(wanted: TurnFilter, before: str) -> str:
    asked = {
        "store": wanted.store_id,
        "intent": wanted.intent,
        "action": wanted.action,
        "unsent": "1" if wanted.unsent else "",
        "before": before,
    }
    given = {name: value for name, value in asked.items() if value}
    return "/console/turns" + ("?" + urlencode(given) if given else "")
