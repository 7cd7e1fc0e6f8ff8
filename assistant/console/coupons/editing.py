"""The rule editor: a form for every field of a coupon, read by the reader of the shop's tables. Nothing typed is lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.coupons.checking import Checked, check, context_for
from assistant.console.coupons.fields import GROUPS, KEYS, LABEL_OF
from assistant.console.coupons.listing import words_for
from assistant.console.coupons.one import as_coupon, find
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.naming import RecordId, segment
from assistant.console.refusals import CouponOutOfReach, RuleChanged
from assistant.errors import NotFound
from assistant.material.coupon_cells import cells_of
from assistant.material.values import several
from assistant.offers.conflicts import Conflict, conflicts_of
from assistant.offers.reach import within
from assistant.offers.terms import order_terms, terms
from assistant.shop import Coupon
from assistant.store import audit, material, revisions
from assistant.store.audit import AuditAction
from assistant.store.console import coupons as kept
from assistant.store.revisions import Revision, RevisionNoun, RevisionOrigin, RevisionStatus

FINDS_SHOWN = 12
REASON_CHARACTERS = 300
CELL_CHARACTERS = 2000
FINDABLE = ("skus", "excluded_skus", "add_on", "stores")
_COUPON = RevisionNoun.COUPON


class Typed(NamedTuple):
    """A form as it was sent. ``do`` is the button: check, save, find, or ``add:FIELD:VALUE``."""

    cells: Mapping[str, str]
    do: str
    why: str
    find: str
    find_for: str
    revision_id: str
    seen: int


class Option(NamedTuple):
    """Something a search in the form found: what is written into the field, and what a person reads."""

    value: str
    label: str


class Preview(NamedTuple):
    """What a rule comes to before it is saved."""

    words: str
    chat_words: str
    conflicts: tuple[Conflict, ...]


async def typed(request: Request) -> Typed:
    """Read the form; a number that is none means that the page was made by nobody of ours."""
    form = await request.form()

    def text(name: str) -> str:
        value = form.get(name, "")
        return value[:CELL_CHARACTERS] if isinstance(value, str) else ""

    seen = text("seen")
    return Typed(
        cells={key: text(key).strip() for key in KEYS},
        do=text("do"),
        why=text("why")[:REASON_CHARACTERS].strip(),
        find=text("find").strip(),
        find_for=text("find_for"),
        revision_id=text("revision_id"),
        seen=int(seen) if seen.isdigit() else 0,
    )


def editing_routes(router: APIRouter, one: Console) -> None:
    """A new rule, and a changed one."""

    @router.get("/console/coupons/new", response_model=None)
    def blank(like: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            cells: dict[str, str] = {}
            if like:
                found = find(tx, one.corp_id, like, visitor, material.stores(tx, one.corp_id))
                cells = cells_of(found.coupon) | {"coupon": ""}
            shown = _shown(tx, one, visitor, _untouched(cells), "")
        return page("coupons/form.html", visitor=visitor, **shown)

    @router.post("/console/coupons/new", response_model=None)
    def new(
        form: Typed = Depends(typed), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> HTMLResponse | RedirectResponse:
        return _answer(one, visitor, form, "")

    @router.get("/console/coupons/{coupon_id}/edit", response_model=None)
    def edit(coupon_id: RecordId, version: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            found = find(tx, one.corp_id, coupon_id, visitor, material.stores(tx, one.corp_id))
            form = _untouched(cells_of(found.coupon))
            if version:
                mine = _my_proposal(tx, one.corp_id, visitor, coupon_id, version)
                form = _untouched(cells_of(as_coupon(mine)))._replace(
                    revision_id=version, seen=mine.changes, why=str(mine.about.get("why", ""))
                )
            shown = _shown(tx, one, visitor, form, coupon_id)
        return page("coupons/form.html", visitor=visitor, **shown)

    @router.post("/console/coupons/{coupon_id}/edit", response_model=None)
    def change(
        coupon_id: RecordId, form: Typed = Depends(typed), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> HTMLResponse | RedirectResponse:
        return _answer(one, visitor, form, coupon_id)


def _untouched(cells: Mapping[str, str]) -> Typed:
    return Typed(cells, "", "", "", "", "", 0)


def _answer(one: Console, visitor: Visitor, form: Typed, coupon_id: str) -> HTMLResponse | RedirectResponse:
    """Save what is right and wanted; else show the form again, with all that was typed."""
    if coupon_id:
        form = form._replace(cells={**form.cells, "coupon": coupon_id})
    if form.do == "save":
        saved = _save(one, visitor, form, coupon_id)
        if saved:
            return RedirectResponse(f"/console/coupons/{segment(saved)}?done=proposed", status_code=303)
    with one.database.read() as tx:
        if coupon_id:
            find(tx, one.corp_id, coupon_id, visitor, material.stores(tx, one.corp_id))
        shown = _shown(tx, one, visitor, _added(form), coupon_id)
    wrong = form.do == "save" and shown["checked"] is not None and shown["checked"].coupon is None
    return page("coupons/form.html", 422 if wrong else 200, visitor=visitor, **shown)


def _added(form: Typed) -> Typed:
    """The form with what a person picked from a search in its field."""
    verb, _, rest = form.do.partition(":")
    key, _, value = rest.partition(":")
    if verb != "add" or key not in FINDABLE or not value:
        return form
    held = () if key == "add_on" else several(form.cells.get(key, ""))
    return form._replace(cells={**form.cells, key: "、".join(dict.fromkeys((*held, value)))})


def _save(one: Console, visitor: Visitor, form: Typed, coupon_id: str) -> str:
    """Lay the rule before headquarters and return its coupon; empty when something in it is wrong.

    Raises CouponOutOfReach, NotFound and RuleChanged.
    """
    now, me = one.clock(), visitor.person.userid
    with one.database.begin() as tx:
        stores = material.stores(tx, one.corp_id)
        if coupon_id and not within(
            find(tx, one.corp_id, coupon_id, visitor, stores).coupon.scope, stores, visitor.stores
        ):
            raise CouponOutOfReach(coupon_id)
        coupon = _checked(tx, one, form, coupon_id, now).coupon
        if coupon is None:
            return ""
        if not within(coupon.scope, stores, visitor.stores):
            raise CouponOutOfReach(coupon.coupon_id)
        body = coupon.model_dump(mode="json")
        if form.revision_id:
            _my_proposal(tx, one.corp_id, visitor, coupon.coupon_id, form.revision_id)
            if not revisions.change(tx, one.corp_id, _COUPON, form.revision_id, body, seen=form.seen):
                raise RuleChanged(coupon.coupon_id)
            action = AuditAction.CHANGE
        else:
            revisions.propose(
                tx,
                one.corp_id,
                _COUPON,
                coupon.coupon_id,
                body,
                origin=RevisionOrigin.HAND,
                by=me,
                moment=now,
                about={"why": form.why},
            )
            action = AuditAction.PROPOSE
        audit.append(tx, one.corp_id, now, me, action, f"coupon:{coupon.coupon_id}")
    return coupon.coupon_id


def _my_proposal(tx: Any, corp_id: str, visitor: Visitor, coupon_id: str, revision_id: str) -> Revision:
    """A waiting version of hers: whoever changed another's would publish her own words. Raises NotFound."""
    version = revisions.one(tx, corp_id, _COUPON, revision_id)
    mine = version.proposed_by == visitor.person.userid.lower()
    if version.record_id != coupon_id or not mine or version.status is not RevisionStatus.PROPOSED:
        raise NotFound(revision_id)
    return version


def _checked(tx: Any, one: Console, form: Typed, coupon_id: str, now: datetime) -> Checked:
    taken = {} if coupon_id else _taken(tx, one.corp_id, form.cells.get("coupon", ""))
    return check(form.cells, context_for(tx, one.corp_id, form.cells, now, taken))


def _taken(tx: Any, corp_id: str, coupon_id: str) -> dict[str, str]:
    """Where a new coupon's id stands already, so that nobody overwrites a coupon without knowing."""
    if not coupon_id:
        return {}
    if kept.is_in_file(tx, corp_id, coupon_id):
        return {coupon_id: "门店资料表里"}
    return {coupon_id: "优惠券库里"} if revisions.of_record(tx, corp_id, _COUPON, coupon_id) else {}


def _shown(tx: Any, one: Console, visitor: Visitor, form: Typed, coupon_id: str) -> dict[str, Any]:
    """Everything the form's page prints."""
    now = one.clock()
    asked = bool(form.do)
    checked = _checked(tx, one, form, coupon_id, now) if asked else None
    facts = material.corp_facts(tx, one.corp_id)
    stores = material.stores(tx, one.corp_id)
    preview = (
        _preview(tx, one.corp_id, checked.coupon, facts.tiers if facts else (), now)
        if checked is not None and checked.coupon is not None
        else None
    )
    return {
        "coupon_id": coupon_id,
        "form": form,
        "cells": dict.fromkeys(KEYS, "") | dict(form.cells),
        "groups": GROUPS,
        "checked": checked,
        "preview": preview,
        "labels": LABEL_OF,
        "findable": FINDABLE,
        "found": _found(tx, one.corp_id, form, visitor),
        "tiers": facts.tiers if facts else (),
        "regions": sorted({(each.region_id, each.region_name or each.region_id) for each in stores}),
        "out_of_reach": preview is not None
        and checked is not None
        and checked.coupon is not None
        and not within(checked.coupon.scope, stores, visitor.stores),
        "may_save": visitor.may_review,
        "reason_characters": REASON_CHARACTERS,
    }


def _preview(tx: Any, corp_id: str, coupon: Coupon, tiers: tuple[str, ...], now: datetime) -> Preview:
    names = words_for(tx, corp_id, [coupon])
    others = [
        each for each in material.coupons(tx, corp_id) if each.ends_at > now and each.coupon_id != coupon.coupon_id
    ]
    found = conflicts_of(coupon, others, material.products(tx, corp_id))
    return Preview(terms(coupon, names=names, tiers=tiers), order_terms(coupon, names=names, moment=now), found)


def _found(tx: Any, corp_id: str, form: Typed, visitor: Visitor) -> Sequence[Option] | None:
    """What a search in the form found, None where nobody searched."""
    if form.find_for not in FINDABLE or not form.find:
        return None
    if form.find_for == "stores":
        every = material.stores(tx, corp_id)
        mine = (each for each in every if visitor.stores is None or each.store_id in visitor.stores)
        held = [each for each in mine if form.find in each.name or form.find in each.store_id]
        return [Option(each.store_id, f"{each.name}（{each.store_id}）") for each in held[:FINDS_SHOWN]]
    goods = kept.goods(tx, corp_id, form.find, FINDS_SHOWN)
    return [Option(each.sku, f"{each.name}（{each.sku}）") for each in goods]
