"""The privacy desk: find a person, see what is known of her, give it to her, forget her; every look leaves an entry."""

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from assistant.clock import SHOP_TIME
from assistant.console.administration.giving import MOST_ROWS, archive
from assistant.console.administration.outside import Outside
from assistant.console.door.login import Visitor
from assistant.console.door.pacing import Deed
from assistant.console.frame import Console, page
from assistant.console.naming import RecordId
from assistant.console.refusals import BadChoice, ReasonNeeded
from assistant.store import audit, material, people, privacy
from assistant.store.audit import AuditAction
from assistant.store.database import Transaction
from assistant.store.privacy import MOST_FOUND, Found, Order
from assistant.store.traces import Traces

RECEIPTS = 20
SHORTEST_REASON = 4
LONGEST_REASON = 200
LEAST_WORDS = 2
CONFIRM = "忘记"


def privacy_routes(router: APIRouter, one: Console, outside: Outside) -> None:
    """Finding, showing, revealing, exporting, forgetting, receipts."""
    _finding(router, one, outside)
    _giving(router, one, outside)
    _forgetting(router, one, outside)


def _finding(router: APIRouter, one: Console, outside: Outside) -> None:
    @router.get("/console/privacy", response_model=None)
    def front(visitor: Visitor = Depends(one.gate.administrator), before: str = "", done: str = "") -> HTMLResponse:
        return _front(one, visitor, before=before, done=done)

    # by POST: a name or a phone must not stand in an address, which browsers and proxies keep
    @router.post("/console/privacy", response_model=None)
    def found(visitor: Visitor = Depends(one.gate.administering), words: str = Form("")) -> HTMLResponse:
        asked = words.strip()[:60]
        if len(asked) < LEAST_WORDS:
            raise BadChoice("请至少写两个字的姓名、四位手机尾号，或者完整的会员号。")
        with one.database.read() as tx:
            hits = privacy.find(tx, one.corp_id, asked)
            number = privacy.receipt_of(tx, one.corp_id, outside.forgetting_key, asked, asked)
            stores = {store.store_id: store.name for store in material.stores(tx, one.corp_id)}
        return _front(one, visitor, asked=asked, hits=hits, number=number, stores=stores)

    @router.get("/console/privacy/people/{customer_id}", response_model=None)
    def shown(customer_id: RecordId, visitor: Visitor = Depends(one.gate.administrator)) -> HTMLResponse:
        return _person(one, visitor, customer_id)

    @router.post("/console/privacy/people/{customer_id}/reveal", response_model=None)
    def revealed(
        request: Request,
        customer_id: RecordId,
        visitor: Visitor = Depends(one.gate.administering),
        reason: str = Form(""),
    ) -> HTMLResponse:
        one.gate.pacing.count(Deed.REVEAL, request, visitor.person.userid)
        with one.database.begin() as tx:
            found = privacy.person(tx, one.corp_id, customer_id)
            _note(one, tx, visitor, AuditAction.REVEAL, outside, found, _reason(reason))
        return _person(one, visitor, customer_id, phone=found.phone)


def _giving(router: APIRouter, one: Console, outside: Outside) -> None:
    @router.post("/console/privacy/people/{customer_id}/export", response_model=None)
    def exported(
        request: Request,
        customer_id: RecordId,
        visitor: Visitor = Depends(one.gate.administering),
        reason: str = Form(""),
    ) -> Response:
        one.gate.pacing.count(Deed.EXPORT, request, visitor.person.userid)
        moment = one.clock()
        with one.database.begin() as tx:
            found = privacy.person(tx, one.corp_id, customer_id)
            rows = privacy.everything(tx, one.corp_id, customer_id, MOST_ROWS)
            facts = material.corp_facts(tx, one.corp_id)
            _note(one, tx, visitor, AuditAction.EXPORT, outside, found, _reason(reason))
        name = f"personal-data-{moment.astimezone(SHOP_TIME):%Y%m%d-%H%M}.zip"
        return Response(
            archive(found, rows, moment, facts.brand if facts else ""),
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _forgetting(router: APIRouter, one: Console, outside: Outside) -> None:
    @router.post("/console/privacy/people/{customer_id}/forget", response_model=None)
    def forgotten(
        customer_id: RecordId,
        visitor: Visitor = Depends(one.gate.administering),
        reason: str = Form(""),
        confirm: str = Form(""),
    ) -> RedirectResponse:
        if confirm.strip() != CONFIRM:
            raise BadChoice(f"要忘记一位客户，请在确认框里写“{CONFIRM}”两个字。还没有删除任何东西。")
        with one.database.read() as tx:
            found = privacy.person(tx, one.corp_id, customer_id)
        files = outside.files(Traces(found.customer_id, found.name, found.phone).needles)
        order = Order(customer_id, visitor.person.userid, _reason(reason), one.clock(), outside.forgetting_key)
        made = privacy.forget(one.database, one.corp_id, order, files)
        return RedirectResponse(f"/console/privacy/receipts/{made.number}?fresh=1", status_code=303)

    @router.get("/console/privacy/receipts/{number}", response_model=None)
    def receipt(number: str, visitor: Visitor = Depends(one.gate.administrator), fresh: str = "") -> HTMLResponse:
        with one.database.read() as tx:
            made = privacy.read_receipt(tx, one.corp_id, number)
            by = people.names(tx, one.corp_id, (made.made_by,))
            facts = material.corp_facts(tx, one.corp_id)
        return page(
            "administration/receipt.html",
            visitor=visitor,
            receipt=made,
            genuine=privacy.is_genuine(made),
            by=by.get(made.made_by, made.made_by),
            brand=facts.brand if facts else "",
            fresh=bool(fresh),
            rows=sum(done.rows for done in made.done),
            mentions=sum(done.mentions for done in made.done),
        )

    @router.post("/console/privacy/return", response_model=None)
    def returned(
        visitor: Visitor = Depends(one.gate.administering),
        customer_id: str = Form(""),
        phone: str = Form(""),
        reason: str = Form(""),
    ) -> RedirectResponse:
        number, digits = customer_id.strip()[:64], phone.strip().replace(" ", "").replace("-", "")[:20]
        with one.database.begin() as tx:
            key = outside.forgetting_key
            if not privacy.let_return(tx, one.corp_id, key, number, digits):
                raise BadChoice("没有按这个会员号或手机号删除过的记录，不用放行，直接读入会员表就好。")
            subject = privacy.subject_of(key, number or digits)
            by, why = visitor.person.userid, Traces(number, "", digits).struck(_reason(reason))
            audit.append(tx, one.corp_id, one.clock(), by, AuditAction.CHANGE, subject, reason=why)
        return RedirectResponse("/console/privacy?done=returned", status_code=303)


def _front(
    one: Console,
    visitor: Visitor,
    *,
    before: str = "",
    asked: str = "",
    hits: tuple[Found, ...] = (),
    number: str = "",
    stores: dict[str, str] | None = None,
    done: str = "",
) -> HTMLResponse:
    with one.database.read() as tx:
        made = privacy.receipts(tx, one.corp_id, before=before, limit=RECEIPTS + 1)
        names = people.names(tx, one.corp_id, frozenset(each.made_by for each in made))
    return page(
        "administration/privacy.html",
        visitor=visitor,
        asked=asked,
        hits=hits[:MOST_FOUND],
        too_many=len(hits) > MOST_FOUND,
        number=number,
        stores=stores or {},
        receipts=made[:RECEIPTS],
        more=made[RECEIPTS - 1].number if len(made) > RECEIPTS else "",
        before=before,
        names=names,
        done=done,
    )


def _person(one: Console, visitor: Visitor, customer_id: str, phone: str = "") -> HTMLResponse:
    with one.database.read() as tx:
        found = privacy.person(tx, one.corp_id, customer_id)
        held = privacy.held(tx, one.corp_id, customer_id)
        stores = {store.store_id: store.name for store in material.stores(tx, one.corp_id)}
        guides = people.names(tx, one.corp_id, (found.guide,))
        profile = privacy.profile(tx, one.corp_id, customer_id)
    return page(
        "administration/customer.html",
        visitor=visitor,
        person=found,
        # the one place where a number is spelt out: Markup passes the masking, and digits need no escaping
        phone=Markup(phone) if phone.isascii() and phone.isdigit() else "",
        held=held,
        profile=profile,
        store=stores.get(found.store_id, found.store_id),
        guide=guides.get(found.guide, found.guide),
        confirm=CONFIRM,
    )


def _reason(words: str) -> str:
    reason = " ".join(words.split())[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise ReasonNeeded("reason")
    return reason


def _note(
    one: Console,
    tx: Transaction,
    visitor: Visitor,
    action: AuditAction,
    outside: Outside,
    found: Found,
    reason: str,
) -> None:
    """The log cannot be erased: her number stands in it as a mark, and the reason without her name."""
    told = Traces(found.customer_id, found.name, found.phone).struck(reason)
    subject = privacy.subject_of(outside.forgetting_key, found.customer_id)
    audit.append(tx, one.corp_id, one.clock(), visitor.person.userid, action, subject, reason=told)
