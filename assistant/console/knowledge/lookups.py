"""Looking things up: the very search that answers guides, with its scores and reasons."""

from collections.abc import Callable

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, ConsoleRoute, page
from assistant.searching import Explained
from assistant.turn import Hit

LONGEST_QUESTION = 500

Lookup = Callable[[str, str], Explained]
"""A question and the userid of the person on whose behalf it is asked."""


class FoundPassage:
    """A passage as the page shows it: its text before, inside and after the sentence that answers best."""

    def __init__(self, hit: Hit, start: int, end: int) -> None:
        self.hit = hit
        self.before, self.sentence, self.after = (
            hit.passage.text[:start],
            hit.passage.text[start:end],
            hit.passage.text[end:],
        )


def lookup_routes(one: Console, lookup: Lookup) -> APIRouter:
    """The page where a manager asks what a guide could ask."""
    router = APIRouter(route_class=ConsoleRoute)

    @router.get("/console/lookup", response_model=None)
    def look_up(question: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        asked = question.strip()[:LONGEST_QUESTION]
        found = lookup(asked, visitor.person.userid) if asked else None
        spans = zip(found.hits, found.sentences, strict=True) if found is not None else ()
        return page(
            "knowledge/lookup.html",
            visitor=visitor,
            question=asked,
            found=found,
            passages=[FoundPassage(hit, span.start, span.end) for hit, span in spans],
        )

    return router
