"""The list of coupons: what runs, what is planned, what is over, what waits for a second pair of eyes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console, address_of, page
from assistant.errors import NotFound
from assistant.offers.pace import Pace, Running, pace, running
from assistant.offers.reach import reaches_any
from assistant.offers.terms import terms
from assistant.proving import Proving
from assistant.shop import Coupon, Store
from assistant.store import documents, material, revisions
from assistant.store.console import coupons as kept
from assistant.store.console.coupons import Standing
from assistant.store.console.losers import lost_coupons, reason_of
from assistant.store.coupons import tallies, uses
from assistant.store.people import names as people_named
from assistant.store.revisions import Revision, RevisionNoun
from knowledge.noun import Labelled

PAGE_LINES = 20


class Shelf(Labelled):
    """Which coupons a list holds."""

    RUNNING = "running", "正在用"
    PLANNED = "planned", "还没开始"
    ENDED = "ended", "已结束"
    WITHDRAWN = "withdrawn", "已停用"
    PROPOSED = "proposed", "待发布"


class Line(NamedTuple):
    """One coupon in the list; ``words`` are its terms as the guide would say them. A proposal has no figures yet."""

    coupon: Coupon
    words: str
    pace: Pace | None
    standing: Standing | None
    proposal: Revision | None
    proposer: str


class Held(NamedTuple):
    """Every coupon a visitor may see, by shelf."""

    shelves: Mapping[Shelf, tuple[Coupon, ...]]
    proposals: Mapping[str, Revision]


def listing_routes(router: APIRouter, one: Console, proving: Proving) -> None:
    """The list with its shelves, a search and a store."""

    @router.get("/console/coupons", response_model=None)
    def coupons(
        shelf: Shelf = Shelf.RUNNING,
        store: str = "",
        search: str = "",
        after: str = "",
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            stores = material.stores(tx, one.corp_id)
            held = _held(tx, one.corp_id, visitor, stores, now)
            found = [each for each in held.shelves[shelf] if _is_wanted(each, stores, store, search)]
            shown, rest = _part(found, after)
            lines = _lines(tx, one.corp_id, visitor, held, shown, shelf, now)
            mine = one.stores(tx, visitor)
            who = documents.sight(tx, one.corp_id, visitor.stores, visitor.person.userid)
            lost = lost_coupons(tx, one.corp_id, who) if visitor.may_decide_for_all and not after else ()
        lines = _with_pace(one, proving, lines, shelf, now)
        return page(
            "coupons/list.html",
            visitor=visitor,
            lost=tuple((each, reason_of(each.conflict)) for each in lost),
            shelf=shelf,
            shelves=tuple((each, len(held.shelves[each]), _address(each, store, search)) for each in Shelf),
            lines=lines,
            stores=mine,
            store=store,
            search=search,
            after=after,
            next_after=shown[-1].coupon_id if rest else "",
            newest=_address(shelf, store, search),
            further=_address(shelf, store, search, shown[-1].coupon_id) if rest else "",
            now=now,
        )


def _held(tx: Any, corp_id: str, visitor: Visitor, stores: Sequence[Store], now: datetime) -> Held:
    def mine(coupon: Coupon) -> bool:
        return reaches_any(coupon.scope, stores, visitor.stores)

    served = [one for one in material.coupons(tx, corp_id) if mine(one)]
    proposals = {one.revision_id: one for one in revisions.waiting(tx, corp_id, RevisionNoun.COUPON)}
    proposed = [
        (one, Coupon.model_validate_json(one.body_json))
        for one in proposals.values()
        if mine(Coupon.model_validate_json(one.body_json)) or one.proposed_by == visitor.person.userid.lower()
    ]
    by_state = {
        state: [one for one in served if running(one, now) is Running(state.value)]
        for state in (Shelf.RUNNING, Shelf.PLANNED, Shelf.ENDED)
    }
    shelves = {
        Shelf.RUNNING: sorted(by_state[Shelf.RUNNING], key=lambda one: (one.ends_at, one.coupon_id)),
        Shelf.PLANNED: sorted(by_state[Shelf.PLANNED], key=lambda one: (one.starts_at, one.coupon_id)),
        Shelf.ENDED: sorted(by_state[Shelf.ENDED], key=lambda one: (one.ends_at, one.coupon_id), reverse=True),
        Shelf.WITHDRAWN: sorted(
            (one for one in kept.withdrawn(tx, corp_id) if mine(one)), key=lambda one: (one.ends_at, one.coupon_id)
        ),
        Shelf.PROPOSED: [coupon for _, coupon in proposed],
    }
    return Held(
        {shelf: tuple(found) for shelf, found in shelves.items()},
        {coupon.cited.place: revision for revision, coupon in proposed},
    )


def _is_wanted(coupon: Coupon, stores: Sequence[Store], store: str, search: str) -> bool:
    at_store = not store or reaches_any(coupon.scope, stores, frozenset({store}))
    words = f"{coupon.coupon_id} {coupon.name} {coupon.kind.label}".lower()
    return at_store and all(part in words for part in search.lower().split())


def _part(found: Sequence[Coupon], after: str) -> tuple[Sequence[Coupon], bool]:
    """The lines after a coupon, and whether more follow; raises NotFound for one that is not in the list."""
    ids = [one.coupon_id for one in found]
    if after and after not in ids:
        raise NotFound(after)
    first = ids.index(after) + 1 if after else 0
    return found[first : first + PAGE_LINES], len(found) > first + PAGE_LINES


def _lines(
    tx: Any, corp_id: str, visitor: Visitor, held: Held, shown: Sequence[Coupon], shelf: Shelf, now: datetime
) -> tuple[Line, ...]:
    names = words_for(tx, corp_id, shown)
    facts = material.corp_facts(tx, corp_id)
    tiers = facts.tiers if facts else ()
    is_proposal = shelf is Shelf.PROPOSED
    ids = [one.coupon_id for one in shown]
    standings = {} if is_proposal else kept.standings(tx, corp_id, ids, visitor.stores, now)
    people = people_named(tx, corp_id, (one.proposed_by for one in held.proposals.values()) if is_proposal else ())
    lines = []
    for coupon in shown:
        proposal = held.proposals.get(coupon.cited.place) if is_proposal else None
        proposer = people.get(proposal.proposed_by, proposal.proposed_by) if proposal else ""
        said = terms(coupon, names=names, tiers=tiers)
        lines.append(Line(coupon, said, None, standings.get(coupon.coupon_id), proposal, proposer))
    return tuple(lines)


def _with_pace(
    one: Console, proving: Proving, lines: tuple[Line, ...], shelf: Shelf, now: datetime
) -> tuple[Line, ...]:
    """Measure the budgets: the running ones from what is kept at hand, the others added up here."""
    if shelf is Shelf.PROPOSED:
        return lines
    spent = proving.spent(now) if shelf is Shelf.RUNNING else spent_of(one, [line.coupon for line in lines])
    return tuple(line._replace(pace=pace(line.coupon, spent.get(line.coupon.coupon_id, 0), now)) for line in lines)


def spent_of(one: Console, coupons: Sequence[Coupon]) -> dict[str, int]:
    """What was spent of these coupons' budgets in all, in 分 by coupon id."""
    with one.database.read() as tx:
        facts = material.corp_facts(tx, one.corp_id)
        budgeted = [each for each in coupons if each.budget_fen is not None]
        total = dict(uses.spent(tx, one.corp_id, budgeted, facts.shipping_fen if facts else 0).fen) if budgeted else {}
        for coupon_id, fen in tallies.spent(tx, one.corp_id).items():
            total[coupon_id] = total.get(coupon_id, 0) + fen
    return total


def words_for(tx: Any, corp_id: str, coupons: Sequence[Coupon]) -> dict[str, str]:
    """The words for every SKU, store and region that these coupons name."""
    skus = {
        sku
        for one in coupons
        for sku in (*one.scope.skus, *one.scope.excluded_skus, *((one.add_on_sku,) if one.add_on_sku else ()))
    }
    stores = material.stores(tx, corp_id)
    regions = {store.region_id: store.region_name or store.region_id for store in stores}
    return {**regions, **{store.store_id: store.name for store in stores}, **kept.names(tx, corp_id, skus)}


def _address(shelf: Shelf, store: str, search: str, after: str = "") -> str:
    asked = {"shelf": "" if shelf is Shelf.RUNNING else shelf.value, "store": store, "search": search, "after": after}
    return address_of("/console/coupons", asked)
