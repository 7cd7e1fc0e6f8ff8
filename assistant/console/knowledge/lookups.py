"""Looking things up: the very search that answers guides, with its scores and reasons."""

from collections.abc import Callable

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.knowledge.places import Places
from assistant.searching import Explained, LeftOut, WhyLeftOut
from assistant.store import documents
from assistant.turn import Hit

LONGEST_QUESTION = 500
LEAST_TOLD = 0.1
"""The score from which a passage that is too far from the question is worth a line."""

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


def lookup_routes(router: APIRouter, one: Console, lookup: Lookup) -> None:
    """The page where a manager asks what a guide could ask."""

    @router.get("/console/lookup", response_model=None)
    def look_up(question: str = "", document: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        asked = question.strip()[:LONGEST_QUESTION]
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            about = documents.one_document(tx, one.corp_id, places.who, document) if document else None
        found = lookup(asked, visitor.person.userid) if asked else None
        left_out = [one for one in found.left_out if _worth_telling(one, document, places)] if found else []
        spans = zip(found.hits, found.sentences, strict=True) if found is not None else ()
        return page(
            "knowledge/lookup.html",
            visitor=visitor,
            question=asked,
            found=found,
            about=about,
            places=places,
            left_out=left_out,
            passages=[FoundPassage(hit, span.start, span.end) for hit, span in spans],
        )


def _worth_telling(one: LeftOut, document_id: str, places: Places) -> bool:
    """What she may read, unless it hardly has a word of the question and is not what she asked about."""
    is_far = one.why is WhyLeftOut.FAR and one.score < LEAST_TOLD and one.passage.document_id != document_id
    return places.who.sees(one.passage.scope) and not is_far
