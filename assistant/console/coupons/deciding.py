"""What is decided about a coupon: publish, refuse, stop, bring back; and the check that twins get the same."""

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from assistant.console.coupons.checking import check, context_for
from assistant.console.coupons.one import REASON_CHARACTERS, as_coupon, find
from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console
from assistant.console.naming import RecordId, segment
from assistant.console.refusals import AlreadyDecided, CouponUnfit, OwnCoupon, StopReasonMissing
from assistant.errors import NotFound
from assistant.material.coupon_cells import cells_of
from assistant.proving import Proving
from assistant.shop import Coupon
from assistant.store import audit, material, revisions
from assistant.store.audit import AuditAction
from assistant.store.console import coupons as kept
from assistant.store.people import names as people_named
from assistant.store.revisions import Decided, Revision, RevisionNoun, RevisionStatus

Beside = Callable[[Callable[[], None]], None]
"""Runs something long beside the request."""
_COUPON = RevisionNoun.COUPON


def deciding_routes(router: APIRouter, one: Console, proving: Proving, beside: Beside) -> None:
    """Every decision, each by POST."""

    def back(coupon_id: str, done: str) -> RedirectResponse:
        return RedirectResponse(f"/console/coupons/{segment(coupon_id)}?done={done}", status_code=303)

    @router.post("/console/coupons/{coupon_id}/versions/{revision_id}", response_model=None)
    def decide(
        coupon_id: RecordId,
        revision_id: str,
        decision: Literal["publish", "refuse"] = Form(),
        seen: int = Form(),
        note: str = Form("", max_length=REASON_CHARACTERS),
        visitor: Visitor = Depends(one.gate.headquarters),
    ) -> RedirectResponse:
        """Publish a proposed rule, or send it back."""
        now, me = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            version = _of_coupon(tx, one.corp_id, coupon_id, revision_id)
            told: dict[str, Any] = {"by": me, "moment": now, "note": note.strip(), "seen": seen}
            if decision == "publish":
                if version.status is RevisionStatus.PROPOSED:
                    _look_again(tx, one, version)
                came = revisions.publish(tx, one.corp_id, _COUPON, revision_id, **told)
            elif not note.strip():
                raise StopReasonMissing(coupon_id)
            else:
                came = revisions.refuse(tx, one.corp_id, _COUPON, revision_id, **told)
            if came is Decided.DONE:
                action = AuditAction.PUBLISH if decision == "publish" else AuditAction.REFUSE
                audit.append(tx, one.corp_id, now, me, action, f"coupon:{coupon_id}", version=str(version.version))
            standing = revisions.one(tx, one.corp_id, _COUPON, revision_id)
            people = people_named(tx, one.corp_id, [standing.reviewed_by])
        if came is Decided.OWN:
            raise OwnCoupon(coupon_id)
        if came is Decided.ALREADY:
            raise AlreadyDecided(_who_was_first(standing, people))
        return back(coupon_id, "published" if decision == "publish" else "refused")

    @router.post("/console/coupons/{coupon_id}/own/{revision_id}", response_model=None)
    def take_back(
        coupon_id: RecordId, revision_id: str, seen: int = Form(), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        """Take back what one proposed oneself."""
        now, me = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            version = _of_coupon(tx, one.corp_id, coupon_id, revision_id)
            if version.proposed_by != me.lower():
                raise NotFound(revision_id)
            came = revisions.refuse(
                tx, one.corp_id, _COUPON, revision_id, by=me, moment=now, note="提的人自己收回了", seen=seen
            )
            if came is Decided.DONE:
                subject = f"coupon:{coupon_id}"
                audit.append(tx, one.corp_id, now, me, AuditAction.REFUSE, subject, version=str(version.version))
            standing = revisions.one(tx, one.corp_id, _COUPON, revision_id)
            people = people_named(tx, one.corp_id, [standing.reviewed_by])
        if came is not Decided.DONE:
            raise AlreadyDecided(_who_was_first(standing, people))
        return RedirectResponse("/console/coupons?shelf=proposed", status_code=303)

    @router.post("/console/coupons/{coupon_id}/stop", response_model=None)
    def stop(
        coupon_id: RecordId,
        reason: str = Form("", max_length=REASON_CHARACTERS),
        visitor: Visitor = Depends(one.gate.headquarters),
    ) -> RedirectResponse:
        """Give it out no longer; what customers hold stays good."""
        if not reason.strip():
            raise StopReasonMissing(coupon_id)
        with one.database.begin() as tx:
            find(tx, one.corp_id, coupon_id, visitor, material.stores(tx, one.corp_id))
            served = material.coupon_served(tx, one.corp_id, coupon_id)
            if served is None:
                raise AlreadyDecided("这张券已经停用了，不用再停一次。")
            stop_coupon(tx, one, visitor.person.userid, served, reason.strip())
        return back(coupon_id, "stopped")

    @router.post("/console/coupons/{coupon_id}/again/{revision_id}", response_model=None)
    def again(
        coupon_id: RecordId, revision_id: str, visitor: Visitor = Depends(one.gate.headquarters)
    ) -> RedirectResponse:
        """Serve an older version again; somebody approved it then."""
        now, me = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            old = _of_coupon(tx, one.corp_id, coupon_id, revision_id)
            _look_again(tx, one, old)
            note = f"改回第 {old.version} 版"
            made = revisions.roll_back(tx, one.corp_id, _COUPON, revision_id, by=me, moment=now, note=note)
            subject, version = f"coupon:{coupon_id}", str(made.version)
            audit.append(tx, one.corp_id, now, me, AuditAction.ROLL_BACK, subject, version=version)
        return back(coupon_id, "again")

    @router.post("/console/coupons/{coupon_id}/file", response_model=None)
    def file(coupon_id: RecordId, visitor: Visitor = Depends(one.gate.headquarters)) -> RedirectResponse:
        """Serve what the shop's own file says again."""
        now, me = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            if not kept.is_in_file(tx, one.corp_id, coupon_id):
                raise NotFound(coupon_id)
            if not revisions.back_to_file(tx, one.corp_id, _COUPON, coupon_id):
                raise AlreadyDecided("这张券现在用的就是门店资料表里的写法。")
            audit.append(tx, one.corp_id, now, me, AuditAction.ROLL_BACK, f"coupon:{coupon_id}", version="file")
        return back(coupon_id, "file")

    @router.post("/console/coupons/{coupon_id}/twins", response_model=None)
    def twins(coupon_id: RecordId, visitor: Visitor = Depends(one.gate.reviewer)) -> RedirectResponse:
        """Compare twins now, beside this request."""
        with one.database.begin() as tx:
            find(tx, one.corp_id, coupon_id, visitor, material.stores(tx, one.corp_id))
        check_id = proving.begin_check(visitor.person.userid)
        if check_id is not None:
            with one.database.begin() as tx:
                audit.append(
                    tx, one.corp_id, one.clock(), visitor.person.userid, AuditAction.START, f"twin-check:{check_id}"
                )
            beside(lambda: proving.run_check(check_id))
        return RedirectResponse(f"/console/coupons/{segment(coupon_id)}#twins", status_code=303)


def stop_coupon(tx: Any, one: Console, userid: str, served: Coupon, note: str, **about: str) -> None:
    """Give a coupon out no longer, in a transaction of the caller's, who made sure that headquarters asks."""
    now, body = one.clock(), served.model_dump(mode="json")
    revisions.withdraw(tx, one.corp_id, _COUPON, served.coupon_id, body, by=userid, moment=now, note=note)
    audit.append(tx, one.corp_id, now, userid, AuditAction.WITHDRAW, f"coupon:{served.coupon_id}", **about)


def _of_coupon(tx: Any, corp_id: str, coupon_id: str, revision_id: str) -> Revision:
    """A version of this very coupon; raises NotFound."""
    version = revisions.one(tx, corp_id, _COUPON, revision_id)
    if version.record_id != coupon_id:
        raise NotFound(revision_id)
    return version


def _look_again(tx: Any, one: Console, version: Revision) -> None:
    """Read the rule once more against today's shop: a product or a store may be gone since. Raises CouponUnfit."""
    now, coupon = one.clock(), as_coupon(version)
    if coupon.ends_at <= now:
        raise CouponUnfit(f"它在 {moment(coupon.ends_at)} 就结束了，请先把日期改好再提一次。")
    cells = cells_of(coupon)
    found = check(cells, context_for(tx, one.corp_id, cells, now, {}))
    if found.coupon is None:
        problems = [each for every in found.wrong.values() for each in every] + list(found.besides)
        raise CouponUnfit("；".join(f"{each.reason}，{each.remedy}" for each in problems) + "。")


def _who_was_first(version: Revision, people: dict[str, str]) -> str:
    if version.status is RevisionStatus.PROPOSED:
        return "提的人刚刚又改过这条规则，请回去看看新的内容再定。"
    who = people.get(version.reviewed_by, version.reviewed_by)
    when = f"在 {moment(version.reviewed_at)} " if version.reviewed_at else ""
    return f"{who}{when}已经处理成「{version.status.label}」，以那次为准，您这次的选择没有记下。"
