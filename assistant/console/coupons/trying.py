"""What would this customer get: the offer as a guide would be told it, by the very same code."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.coupons.one import as_coupon, find
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.errors import NotFound
from assistant.material.values import BadValue, count, moment, several
from assistant.offers.reach import reaches_any
from assistant.proving import Asked, Proving
from assistant.shop import Channel, Coupon, Customer, CustomerCard, Purchase, Purpose, Role
from assistant.store import material, revisions
from assistant.store.console import coupons as kept
from assistant.store.console.coupons import Goods
from assistant.store.revisions import RevisionNoun
from assistant.turn import Offer

LINES = 4
"""Lines of a basket in the form."""
FINDS_SHOWN = 10
DESCRIBED, NAMED, NOBODY = "described", "named", "nobody"
_MOST_PIECES = 99


class Question(NamedTuple):
    """The form as it was sent: everything as text, so that nothing typed is lost."""

    who: str = DESCRIBED
    customer_id: str = ""
    name: str = ""
    tier: str = ""
    new: str = ""
    tags: str = ""
    birthday_month: str = ""
    lapsed: str = ""
    consents: str = "1"
    store: str = ""
    channel: str = Channel.SHOP.value
    at: str = ""
    trial: str = ""
    find: str = ""
    do: str = ""
    skus: tuple[str, ...] = ("",) * LINES
    pieces: tuple[str, ...] = ("1",) * LINES


class Shown(NamedTuple):
    """An answer: the offer, what the customer is called on the page, and the rules it was decided by."""

    offer: Offer
    customer: str
    with_trial: bool
    without: Offer | None


async def asked(request: Request) -> Question:
    """Read the form."""
    form = await request.form()

    def text(name: str) -> str:
        value = form.get(name, "")
        return value.strip()[:200] if isinstance(value, str) else ""

    given: dict[str, Any] = {name: text(name) for name in Question._fields}
    for name in ("skus", "pieces"):
        given[name] = tuple(text(f"{name}_{number}") for number in range(LINES))
    return _picked(Question(**given))


def _picked(question: Question) -> Question:
    """The form with what a person picked from a search: a product for the next free line, or a customer."""
    verb, _, value = question.do.partition(":")
    if verb == "sku" and value:
        skus = list(question.skus)
        free = next((number for number, sku in enumerate(skus) if not sku), LINES - 1)
        skus[free] = value
        return question._replace(skus=tuple(skus))
    if verb == "customer" and value:
        return question._replace(who=NAMED, customer_id=value)
    return question


def trying_routes(router: APIRouter, one: Console, proving: Proving) -> None:
    """The form, and its answer. Sent by POST although it changes nothing: a customer's name belongs into no address."""

    @router.get("/console/coupons/try", response_model=None)
    def blank(coupon: str = "", version: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        trial = f"{coupon}/{version}" if coupon and version else ""
        with one.database.read() as tx:
            shown = _shown(tx, one, visitor, Question(trial=trial))
        return page("coupons/try.html", visitor=visitor, shown=None, wrong={}, **shown)

    @router.post("/console/coupons/try", response_model=None)
    def answer(question: Question = Depends(asked), visitor: Visitor = Depends(one.gate.inquirer)) -> HTMLResponse:
        wrong: dict[str, str] = {}
        found: Shown | None = None
        with one.database.read() as tx:
            shown = _shown(tx, one, visitor, question)
            wanted = _wanted(tx, one, visitor, question, wrong)
        if wanted is not None and question.do == "ask":
            found = _answered(proving, wanted, question, shown["customer_name"], wrong)
        return page(
            "coupons/try.html",
            422 if wrong and question.do == "ask" else 200,
            visitor=visitor,
            shown=found,
            wrong=wrong if question.do == "ask" else {},
            **shown,
        )


def _answered(
    proving: Proving, wanted: Asked, question: Question, customer: str, wrong: dict[str, str]
) -> Shown | None:
    try:
        offer = proving.consider(wanted)
        without = proving.consider(wanted._replace(trial=None)) if wanted.trial is not None else None
    except NotFound as missing:
        wrong["basket"] = f"没有找到“{missing}”，请核对商品编码，或在下面按名字找。"
        return None
    return Shown(offer, customer, question.trial != "", without)


def _wanted(tx: Any, one: Console, visitor: Visitor, question: Question, wrong: dict[str, str]) -> Asked | None:
    """What the form asks for; what cannot be read is noted in ``wrong`` by its input."""
    now = one.clock()
    at = _read(wrong, "at", question.at, moment) or now
    basket: dict[str, int] = {}
    for number, sku in enumerate(question.skus):
        if sku:
            pieces = _read(wrong, f"pieces_{number}", question.pieces[number] or "1", count) or 0
            if not 1 <= pieces <= _MOST_PIECES:
                wrong.setdefault(f"pieces_{number}", f"件数请写 1 到 {_MOST_PIECES}")
            basket[sku] = basket.get(sku, 0) + pieces
    customer = _customer(tx, one, visitor, question, at, wrong)
    mine = one.stores(tx, visitor)
    store = question.store or (customer.store_id if customer else "")
    if store not in mine:
        wrong["store"] = "请选一家您负责的门店"
    if question.channel not in list(Channel):
        wrong["channel"] = "请选在哪里下单"
    trial = _trial(tx, one.corp_id, visitor, question.trial)
    if wrong:
        return None
    return Asked(customer, basket, store, Channel(question.channel), at, trial)


def _read(wrong: dict[str, str], name: str, text: str, parse: Any) -> Any:
    if not text:
        return None
    try:
        return parse(text)
    except BadValue as bad:
        wrong[name] = f"{bad.reason}，{bad.remedy}"
        return None


def _customer(
    tx: Any, one: Console, visitor: Visitor, question: Question, at: datetime, wrong: dict[str, str]
) -> Customer | None:
    """A real customer of her stores, one described by what rules may know, or nobody."""
    if question.who == NOBODY:
        return None
    if question.who == NAMED:
        if not question.customer_id or visitor.person.role is Role.AUDITOR:
            wrong["customer"] = "请先按名字找到客户，再点一下她的名字"
            return None
        return kept.customer_of(tx, one.corp_id, visitor.stores, question.customer_id, at)
    lapsed = _read(wrong, "lapsed", question.lapsed, count)
    month = _read(wrong, "birthday_month", question.birthday_month, count)
    if month is not None and not 1 <= month <= 12:
        wrong["birthday_month"] = "月份请写 1 到 12"
        month = None
    return described(
        tier=question.tier,
        is_new=question.new == "1",
        tags=several(question.tags),
        month=month,
        lapsed_days=lapsed,
        may_personalise=question.consents == "1",
        at=at,
    )


def described(
    *,
    tier: str,
    is_new: bool,
    tags: tuple[str, ...],
    month: int | None,
    lapsed_days: int | None,
    may_personalise: bool,
    at: datetime,
) -> Customer:
    """A customer who is nobody, with just what coupon rules may know; her birthday is today's day of that month."""
    local = at.astimezone(SHOP_TIME)
    last = at - timedelta(days=lapsed_days) if lapsed_days is not None and not is_new else None
    bought = (
        ()
        if last is None
        else (Purchase(order_id="", sku="", product_name="", quantity=1, paid_fen=0, bought_at=last),)
    )
    consents = (Purpose.SERVICE, *((Purpose.PERSONALISATION,) if may_personalise else ()))
    return Customer(
        customer_id="",
        name="描述的客户",
        tier=tier,
        tags=tags,
        birthday=None if month is None else local.date().replace(year=2000, month=month, day=min(local.day, 28)),
        consents=consents,
        order_count=0 if is_new else 1,
        purchases=bought,
    )


def _trial(tx: Any, corp_id: str, visitor: Visitor, trial: str) -> Coupon | None:
    """The proposed rule that is laid over today's; raises NotFound for one she may not see."""
    if not trial:
        return None
    coupon_id, _, revision_id = trial.rpartition("/")
    found = find(tx, corp_id, coupon_id, visitor, material.stores(tx, corp_id))
    version = next((each for each in found.waiting if each.revision_id == revision_id), None)
    if version is None:
        raise NotFound(trial)
    return as_coupon(version)


def _shown(tx: Any, one: Console, visitor: Visitor, question: Question) -> dict[str, Any]:
    """Everything the form prints, without the answer."""
    corp_id, now = one.corp_id, one.clock()
    facts = material.corp_facts(tx, corp_id)
    is_auditor = visitor.person.role is Role.AUDITOR
    people: Sequence[CustomerCard] | None = None
    goods: Sequence[Goods] | None = None
    if question.name and not is_auditor:
        people = kept.customers_named(tx, corp_id, visitor.stores, question.name, FINDS_SHOWN)
    if question.find:
        goods = kept.goods(tx, corp_id, question.find, FINDS_SHOWN)
    name = "描述的这位客户"
    if question.who == NOBODY:
        name = "还不知道是谁的客户"
    elif question.who == NAMED and question.customer_id and not is_auditor:
        name = kept.customer_of(tx, corp_id, visitor.stores, question.customer_id, now).name
    return {
        "question": question,
        "stores": one.stores(tx, visitor),
        "tiers": facts.tiers if facts else (),
        "channels": tuple(Channel),
        "people": people,
        "goods": goods,
        "names": kept.names(tx, corp_id, (sku for sku in question.skus if sku)),
        "customer_name": name,
        "trials": _trials(tx, corp_id, visitor),
        "may_name": not is_auditor,
        "lines": tuple(range(LINES)),
        "now": now,
    }


def _trials(tx: Any, corp_id: str, visitor: Visitor) -> Mapping[str, str]:
    """The waiting rules she may see, by what the form sends, with their names."""
    stores, me = material.stores(tx, corp_id), visitor.person.userid.lower()
    found: dict[str, str] = {}
    for version in revisions.waiting(tx, corp_id, RevisionNoun.COUPON):
        coupon = as_coupon(version)
        if version.proposed_by == me or reaches_any(coupon.scope, stores, visitor.stores):
            found[f"{version.record_id}/{version.revision_id}"] = f"{coupon.name}（第 {version.version} 版）"
    return found
