"""One of everything that has a page of its own, all of store S1 or of its dealer and full of markup: what the matrix is
tried on."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from assistant.outreach.segment import Segment
from assistant.seams import SendState
from assistant.shop import Coupon, CouponScope, Script
from assistant.store import conflicts, experiments, material, revisions, synonyms, tables, tasks, uploads
from assistant.store.conflicts import ConflictKind, FoundConflict, Side, SideNoun
from assistant.store.experiments import Beginning
from assistant.store.revisions import RevisionNoun, RevisionOrigin
from assistant.store.tasks import TaskWords
from assistant.turn import ActionKind
from assistant.uploaded import Preview, Stored
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel
from tests.console.scripting import a_script, furnish
from tests.console.shop import CORP, XSS, Shop, act, add_customer, add_turn
from tests.console.test_coupons import a_coupon
from tests.console.test_signoffs import waits

HERS = Scope(level=ScopeLevel.STORE, id="S1")
DEALER = "东湖商贸"

OWN = {
    "/console/turns/{turn_id}": "turn",
    "/console/turns/{turn_id}/rating": "turn",
    "/console/turns/{turn_id}/wish": "turn",
    "/console/turns/{turn_id}/case": "turn",
    "/console/turns/{turn_id}/case/drop": "turn",
    "/console/figures/guides/{userid}": "guide",
    "/console/uploads/{upload_id}": "upload",
    "/console/documents/{document_id}": "document",
    "/console/documents/{document_id}/validity": "document",
    "/console/documents/{document_id}/leaning": "document",
    "/console/documents/{document_id}/corrections": "document",
    "/console/conflicts/{conflict_id}": "conflict",
    "/console/conflicts/{conflict_id}/reopen": "conflict",
    "/console/gaps/{topic_id}": "topic",
    "/console/gaps/{topic_id}/answer": "topic",
    "/console/gaps/{topic_id}/dismiss": "topic",
    "/console/gaps/{topic_id}/reopen": "topic",
    "/console/gaps/{topic_id}/merge": "topic",
    "/console/gaps/{topic_id}/questions/{turn_id}/split": "topic asked",
    "/console/gaps/{topic_id}/return": "topic",
    "/console/suggestions/{revision_id}": "suggestion",
    "/console/suggestions/{revision_id}/edit": "suggestion",
    "/console/suggestions/{revision_id}/merge": "suggestion",
    "/console/scripts/{script_id}": "script",
    "/console/scripts/{script_id}/change": "script",
    "/console/scripts/{script_id}/withdraw": "script",
    "/console/scripts/{script_id}/roll-back": "script",
    "/console/scripts/{script_id}/file": "script",
    "/console/experiments/{experiment_id}": "experiment",
    "/console/experiments/{experiment_id}/stop": "experiment",
    "/console/experiments/{experiment_id}/settle": "experiment",
    "/console/signoffs/{turn_id}": "signoff",
    "/console/synonyms/{group_id}/remove": "synonym",
    "/console/coupons/{coupon_id}": "coupon",
    "/console/coupons/{coupon_id}/edit": "coupon",
    "/console/coupons/{coupon_id}/versions/{revision_id}": "coupon rule",
    "/console/coupons/{coupon_id}/own/{revision_id}": "coupon rule",
    "/console/coupons/{coupon_id}/stop": "coupon",
    "/console/coupons/{coupon_id}/again/{revision_id}": "coupon rule",
    "/console/coupons/{coupon_id}/file": "coupon",
    "/console/coupons/{coupon_id}/twins": "coupon",
    "/console/tasks/{task_id}": "task",
    "/console/tasks/{task_id}/edit": "draft-task",
    "/console/tasks/{task_id}/publish": "task",
    "/console/tasks/{task_id}/stop": "task",
    "/console/tasks/{task_id}/discard": "task",
    "/console/people/{userid}": "guide",
    "/console/privacy/people/{customer_id}": "customer",
    "/console/privacy/people/{customer_id}/reveal": "customer",
    "/console/privacy/people/{customer_id}/export": "customer",
    "/console/privacy/people/{customer_id}/forget": "customer",
    "/console/privacy/receipts/{number}": "receipt",
}
"""What stands in the place of the blanks of each address, by the names under which ``fill_objects`` makes it."""

FOR_ONE_PERSON = frozenset({"/console/uploads/{upload_id}", "/console/privacy/receipts/{number}"})
"""An upload is its uploader's until she hands it in; a receipt comes of forgetting somebody. Both have tests of their own."""


@dataclass(frozen=True)
class Objects:
    """The ids, by name."""

    ids: dict[str, str]

    def of(self, path: str) -> tuple[str, ...]:
        """What to put into the blanks of this address, in their order."""
        return tuple(self.ids[name] for name in OWN[path].split())


def fill_objects(shop: Shop, *, of_dealer: bool = False) -> Objects:
    """Make one of everything; what can be written for a dealer's stores is for S1's dealer only if ``of_dealer``."""
    with shop.database.begin() as tx:
        for store_id, dealer in (("S1", DEALER), ("S2", "西溪商贸")):
            this = tables.shop_store.c.store_id == store_id
            body = dict(tx.execute(select(tables.shop_store.c.body).where(this)).scalar_one())
            tx.execute(tables.shop_store.update().where(this).values(body={**body, "dealer": dealer}))
    hers = {"scope": Scope(), "dealers": (DEALER,)} if of_dealer else {"scope": HERS}
    furnish(shop, [a_script("SC1", title=XSS, **hers), a_script("SC2", **hers)], tiers=("普卡", "金卡"))
    add_customer(shop, name=XSS)
    with shop.database.begin() as tx:
        beside = {"userid": "manager2", "name": "顾琳", "role": "manager", "store_id": "S2", "region_id": "R1"}
        tx.execute(
            insert(tables.person).values(corp_id=CORP, userid_folded="manager2", source_id="src", active=True, **beside)
        )
    turn = add_turn(shop, 1, customer_id="C1", question=XSS, draft=XSS + "298元", rich=True, state=SendState.FAILED)
    act(shop, turn, ActionKind.EDITED, XSS + "改", note=XSS)
    asked = add_turn(shop, 2, customer_id="C1", question=XSS, gap=f"能刻字吗{XSS}")
    signoff = waits(shop, 3, customer_id="C1", question=XSS, draft="沈姐您放心，我这就给您全额退款。" + XSS)
    ids = {"turn": turn, "asked": asked, "signoff": signoff, "guide": "guide1", "customer": "C1", "script": "SC1"}
    with shop.database.begin() as tx:
        topic = tx.exec_driver_sql("SELECT topic_id FROM gap").scalar_one()
    return Objects(
        ids
        | {"topic": topic, "receipt": "no-receipt"}
        | {**_material(shop, of_dealer), **_reviewed(shop, of_dealer, hers), **_tasks(shop)}
    )


def _material(shop: Shop, of_dealer: bool) -> dict[str, str]:
    passage = Passage(
        id="PA", document_id="D1", title=XSS, version=1, kind=DocumentKind.POLICY, place="一", text=XSS, scope=HERS
    )
    now = shop.clock()
    with shop.database.begin() as tx:
        document = material.DocumentToStore(
            document_id="D1", title=XSS, kind=DocumentKind.POLICY, scope=HERS, version=1,
            status=DocumentStatus.PUBLISHED, valid_from=None, valid_to=None, passages=(passage,),
        )  # fmt: skip
        material.add_document(tx, CORP, "src", document)
        sides = [
            Side(noun=SideNoun.DOCUMENT, ref="D1", title=XSS, text=f"{days} 天{XSS}", mark=str(days)) for days in (7, 9)
        ]
        where = {"scope": Scope(), "stores": ("S1",)} if of_dealer else {"scope": HERS}
        found = FoundConflict(kind=next(iter(ConflictKind)), first=sides[0], second=sides[1], **where)
        conflicts.keep_survey(tx, CORP, [found], 1, now)
        preview = Preview(title=XSS, kind=DocumentKind.POLICY, scope=HERS, version=1, passages=(passage,))
        uploads.add(tx, CORP, "U1", Stored("stored", XSS[:60], "0" * 64, 9), preview, by="manager1", moment=now)
        synonyms.add(tx, CORP, [("保价", XSS)], now, changed_by="HQ")
        group = tx.exec_driver_sql("SELECT group_id FROM synonym_group").scalar_one()
    return {"document": "D1", "conflict": conflicts.id_of(CORP, found), "upload": "U1", "synonym": group}


def _reviewed(shop: Shop, of_dealer: bool, hers: dict[str, Any]) -> dict[str, str]:
    now = shop.clock()
    scope = CouponScope(dealers=(DEALER,)) if of_dealer else CouponScope(stores=("S1",))
    coupon = a_coupon("HU1", name=XSS, scope=scope)
    with shop.database.begin() as tx:
        material.add_coupons(tx, CORP, "src", [coupon])

    def propose(noun: RevisionNoun, record_id: str, body: Coupon | Script) -> str:
        with shop.database.begin() as tx:
            made = revisions.propose(
                tx, CORP, noun, record_id, body.model_dump(mode="json"),
                origin=RevisionOrigin.HAND, by="manager1", moment=now,
            )  # fmt: skip
        return made.revision_id

    suggestion = propose(RevisionNoun.SCRIPT, "SC1", a_script("SC1", XSS, **hers))
    rule = propose(RevisionNoun.COUPON, "HU1", coupon)
    with shop.database.begin() as tx:
        begun = experiments.begin(
            tx, CORP,
            Beginning(a_script("SC1", **hers), a_script("SC2", **hers), "", "", 0.5, 0.1, 400, now + timedelta(days=7)),
            by="HQ", moment=now,
        )  # fmt: skip
    assert begun is not None
    return {"suggestion": suggestion, "coupon": "HU1", "rule": rule, "experiment": begun.experiment_id}


def _tasks(shop: Shop) -> dict[str, str]:
    today = date(2026, 11, 22)
    with shop.database.begin() as tx:
        words = TaskWords(
            title=XSS, purpose=XSS, segment=Segment(), script_id="", coupon_id="",
            starts_on=today, ends_on=today + timedelta(days=7),
        )  # fmt: skip
        made = [tasks.make(tx, CORP, words, ["S1"], by="manager1", moment=shop.clock()) for _ in range(2)]
    return {"task": made[0], "draft-task": made[1]}
