"""People and stores: who may come in, as what, for which stores; the admin rules, the staff file proposes."""

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.door.login import CONSOLE_ROLES, Visitor
from assistant.console.frame import Console, page
from assistant.console.refusals import BadChoice, LastAdmin, OwnRole, SavedByAnother
from assistant.shop import Role, Store
from assistant.store import audit, material, people
from assistant.store.audit import AuditAction
from assistant.store.database import AlreadyThere, Transaction
from assistant.store.people import PeopleFilter, PersonLine, Ruling

PAGE = 50
ACTIVE = {"yes": True, "no": False}


def people_routes(router: APIRouter, one: Console) -> None:
    """The list of people, one person's page, the list of stores."""

    @router.get("/console/people", response_model=None)
    def listed(
        visitor: Visitor = Depends(one.gate.administrator),
        q: str = "",
        role: str = "",
        store: str = "",
        active: str = "",
        after: str = "",
        done: str = "",
    ) -> HTMLResponse:
        wanted = PeopleFilter(q.strip()[:60], _role(role), store, ACTIVE.get(active))
        with one.database.read() as tx:
            found = people.lines(tx, one.corp_id, wanted, after=after, limit=PAGE + 1)
            stores = material.stores(tx, one.corp_id)
        asked = {"q": wanted.words, "role": role, "store": store, "active": active}
        return page(
            "administration/people.html",
            visitor=visitor,
            people=found[:PAGE],
            more=found[PAGE - 1].userid if len(found) > PAGE else "",
            after=after,
            asked=asked,
            filtered=any(asked.values()),
            roles=tuple(Role),
            console_roles=CONSOLE_ROLES,
            stores=stores,
            places=_places(stores),
            done=done,
        )

    @router.get("/console/people/{userid}", response_model=None)
    def shown(userid: str, visitor: Visitor = Depends(one.gate.administrator)) -> HTMLResponse:
        with one.database.read() as tx:
            found = people.line(tx, one.corp_id, userid)
            stores = material.stores(tx, one.corp_id)
            by = people.names(tx, one.corp_id, (found.changed_by,))
        return page(
            "administration/person.html",
            visitor=visitor,
            person=found,
            own=found.userid.lower() == visitor.person.userid.lower(),
            roles=tuple(Role),
            stores=stores,
            regions=_regions(stores),
            places=_places(stores),
            changed_by=by.get(found.changed_by, found.changed_by),
        )

    @router.post("/console/people/{userid}", response_model=None)
    def ruled(
        userid: str,
        visitor: Visitor = Depends(one.gate.administering),
        decision: str = Form(""),
        role: str = Form(""),
        place: str = Form(""),
        active: str = Form(""),
        changes: int = Form(0),
    ) -> RedirectResponse:
        if userid.lower() == visitor.person.userid.lower():
            raise OwnRole(userid)
        try:
            with one.database.begin() as tx:
                before = people.line(tx, one.corp_id, userid)
                stores = material.stores(tx, one.corp_id)
                ruling = None if decision == "file" else _ruling(role, place, active, stores)
                _rule(one, tx, visitor, before, ruling, changes)
        except AlreadyThere as error:
            raise SavedByAnother("另一位管理员刚刚改过这位同事。请刷新看看现在是什么，再决定要不要改。") from error
        return RedirectResponse(f"/console/people?done={userid}&q={userid}", status_code=303)

    @router.get("/console/stores", response_model=None)
    def stores_shown(visitor: Visitor = Depends(one.gate.administrator)) -> HTMLResponse:
        with one.database.read() as tx:
            stores = material.stores(tx, one.corp_id)
            counts = people.counts_by_store(tx, one.corp_id)
        return page("administration/stores.html", visitor=visitor, stores=stores, counts=counts)


def _rule(
    one: Console, tx: Transaction, visitor: Visitor, before: PersonLine, ruling: Ruling | None, seen: int
) -> None:
    by, moment = visitor.person.userid, one.clock()
    if not people.rule(tx, one.corp_id, before.userid, ruling, by=by, moment=moment, seen=seen):
        raise SavedByAnother("另一位管理员刚刚改过这位同事。请刷新看看现在是什么，再决定要不要改。")
    after = people.line(tx, one.corp_id, before.userid)
    # the entry is written before the count: on PostgreSQL it makes two admins who remove each other wait in line
    audit.append(
        tx,
        one.corp_id,
        moment,
        by,
        AuditAction.ROLE,
        f"person:{before.userid.lower()}",
        before=_words(before.ruling),
        after=_words(after.ruling),
        source="staff file" if ruling is None else "admin",
    )
    if not people.active_admins(tx, one.corp_id):
        raise LastAdmin(before.userid)


def _words(one: Ruling) -> str:
    place = one.store_id or one.region_id or "*"
    return f"{one.role.value} {place} {'active' if one.active else 'closed'}"


def _role(word: str) -> Role | None:
    return next((one for one in Role if one.value == word), None)


def _ruling(role: str, place: str, active: str, stores: tuple[Store, ...]) -> Ruling:
    """Read the form; a guide needs a store, and only a manager, auditor or admin may stand for all of them."""
    chosen = _role(role)
    if chosen is None or active not in ACTIVE:
        raise BadChoice("请选好角色和在职状态。")
    if chosen in (Role.ADMIN, Role.AUDITOR):
        return Ruling(chosen, "", "", ACTIVE[active])
    level, _, place_id = place.partition(":")
    by_id = {one.store_id: one for one in stores}
    if level == "store" and place_id in by_id:
        return Ruling(chosen, place_id, by_id[place_id].region_id, ACTIVE[active])
    if chosen is Role.GUIDE:
        raise BadChoice("导购要属于一家门店，请在“负责的范围”里选门店。")
    if level == "region" and place_id in _regions(stores):
        return Ruling(chosen, "", place_id, ACTIVE[active])
    if level == "all":
        return Ruling(chosen, "", "", ACTIVE[active])
    raise BadChoice("请选她负责哪家门店、哪个区域，还是全部门店。")


def _regions(stores: tuple[Store, ...]) -> dict[str, str]:
    return {one.region_id: one.region_name for one in stores}


def _places(stores: tuple[Store, ...]) -> dict[str, str]:
    """What a store or a region is called, by id; regions under ``region:``."""
    return {one.store_id: one.name for one in stores} | {
        f"region:{region_id}": name for region_id, name in _regions(stores).items()
    }
