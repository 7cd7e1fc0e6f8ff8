"""Scripts, goods and edits for the room of scripts, as few words as a test needs."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import insert

from assistant.desks import Desks
from assistant.mining import Mining
from assistant.shop import Citation, Manner, Product, Scene, Script, ScriptVariable, Stage
from assistant.store import material, revisions, tables
from assistant.store.revisions import Revision, RevisionNoun, RevisionOrigin
from assistant.turn import ActionKind
from knowledge.passage import Scope
from tests.console.shop import CORP, Shop, act, add_turn
from tests.console.test_access import form_token

TEXT = "【客户称呼】，【产品名】【规格】现在【价格】，用【优惠券】券，券后【券后价】。"
DRAFT = "沈姐，晨露舒缓面霜50ml现在298元，用满250减30券，券后268元。"
CARING = DRAFT + "第一次用先在耳后试一下，有不舒服就停。"
CITED = Citation(document_id="d", title="话术.xlsx", version=1, place="第2行")


def a_script(script_id: str = "SC1", text: str = TEXT, **more: object) -> Script:
    """A script of the price stage."""
    values = {
        "script_id": script_id,
        "title": f"报价 {script_id}",
        "stage": Stage.PRICE,
        "scene": Scene.PRIVATE,
        "manner": Manner.WARM,
        "text": text,
        "variables": tuple(one for one in ScriptVariable if f"【{one.label}】" in text),
        "cited": CITED,
        **more,
    }
    return Script.model_validate(values)


def furnish(shop: Shop, scripts: Sequence[Script] = (), *, tiers: Sequence[str] = ("普卡", "金卡")) -> None:
    """The corp, one product, and scripts as a file told them."""
    cream = Product(sku="SKU-1", name="晨露舒缓面霜", category="面霜", spec="50ml", price_fen=29800, cited=CITED)
    with shop.database.begin() as tx:
        tx.execute(
            insert(tables.corp).values(
                corp_id=CORP,
                brand="云屿",
                tiers=list(tiers),
                shipping_fen=0,
                lapsed_after_days=90,
                material_version=1,
            )
        )
        material.add_products(tx, CORP, "src", [cream])
        material.add_scripts(tx, CORP, "src", list(scripts) or [a_script()])


def edited(shop: Shop, number: int, sent: str = CARING, *, guide: str = "guide1", store_id: str = "S1") -> str:
    """A draft that a guide changed before sending it."""
    made = add_turn(shop, number, guide=guide, store_id=store_id, draft=DRAFT, ago=timedelta(minutes=number))
    act(shop, made, ActionKind.EDITED, sent)
    return made


def mine(shop: Shop) -> int:
    """Look through every edit as the service's sweep does."""
    desks = Desks(shop.database, "")
    return Mining(shop.database, CORP, shop.clock, lambda moment: desks.shop(CORP, moment)).run()


def mined(shop: Shop) -> Revision:
    """Three edits alike by two guides, and the suggestion made of them."""
    for number, guide in ((1, "guide1"), (2, "guide1"), (3, "guide3")):
        edited(shop, number, guide=guide, store_id="S3" if guide == "guide3" else "S1")
    assert mine(shop) == 1
    (found,) = waiting(shop)
    return found


def propose(shop: Shop, script: Script, by: str = "region1", origin: RevisionOrigin = RevisionOrigin.HAND) -> Revision:
    """A suggestion by hand."""
    with shop.database.begin() as tx:
        return revisions.propose(
            tx,
            CORP,
            RevisionNoun.SCRIPT,
            script.script_id,
            script.model_dump(mode="json"),
            origin=origin,
            by=by,
            moment=shop.clock(),
        )


def waiting(shop: Shop) -> tuple[Revision, ...]:
    """Every suggestion that waits."""
    with shop.database.read() as tx:
        return revisions.waiting(tx, CORP, RevisionNoun.SCRIPT)


def revision(shop: Shop, revision_id: str) -> Revision:
    """One version as it stands."""
    with shop.database.read() as tx:
        return revisions.one(tx, CORP, RevisionNoun.SCRIPT, revision_id)


def served(shop: Shop) -> dict[str, str]:
    """The texts the flow is given, by script."""
    with shop.database.read() as tx:
        return {one.script_id: one.text for one in material.scripts(tx, CORP)}


def post(browser: TestClient, path: str, **form: object) -> Response:
    """Send a form from a page of this session."""
    token = form_token(browser.get("/console").text)
    return browser.post(path, data={"form_token": token, **form}, follow_redirects=False)


def decide(
    browser: TestClient, found: Revision, decision: str, note: str = "", *, standing: str = "file:1", seen: int = 0
) -> Response:
    """A decision as the queue's form sends it."""
    return post(
        browser,
        f"/console/suggestions/{found.revision_id}",
        decision=decision,
        note=note,
        seen=seen,
        standing=standing,
    )


def fields(script: Script, **other: object) -> dict[str, object]:
    """A script as its form sends it."""
    level = script.scope.level.value
    return {
        "title": script.title,
        "text": script.text,
        "stage": script.stage.value,
        "scene": script.scene.value,
        "manner": script.manner.value,
        "keywords": "、".join(script.keywords),
        "scope": "brand" if script.scope == Scope() else f"{level}:{script.scope.id}",
        **other,
    }
