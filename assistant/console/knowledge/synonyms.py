"""The shop's own synonyms: what its people call things, kept by headquarters, used from the next question on."""

import re

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.refusals import WordsMissing
from assistant.store import material, synonyms

MOST_CHARACTERS = 200
_BETWEEN = re.compile(r"[\s,，、;；/|=＝]+")


def synonym_routes(router: APIRouter, one: Console) -> None:
    """The list of groups, adding one, taking one away."""

    @router.get("/console/synonyms", response_model=None)
    def groups(visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            known = synonyms.groups(tx, one.corp_id)
        return page("knowledge/synonyms.html", visitor=visitor, groups=known, may_edit=visitor.may_decide_for_all)

    @router.post("/console/synonyms", response_model=None)
    def add(
        words: str = Form(max_length=MOST_CHARACTERS), visitor: Visitor = Depends(one.gate.headquarters)
    ) -> RedirectResponse:
        group = tuple(dict.fromkeys(word for word in _BETWEEN.split(words) if word))
        if len(group) < 2:
            raise WordsMissing(words)
        with one.database.begin() as tx:
            if synonyms.add(tx, one.corp_id, [group], one.clock(), changed_by=visitor.person.userid):
                material.bump_material_version(tx, one.corp_id)
        return RedirectResponse("/console/synonyms", status_code=303)

    @router.post("/console/synonyms/{group_id}/remove", response_model=None)
    def remove(group_id: str, visitor: Visitor = Depends(one.gate.headquarters)) -> RedirectResponse:
        with one.database.begin() as tx:
            if synonyms.remove(tx, one.corp_id, group_id):
                material.bump_material_version(tx, one.corp_id)
        return RedirectResponse("/console/synonyms", status_code=303)
