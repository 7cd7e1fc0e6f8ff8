"""A ruling once is enough: the script or coupon that lost is withdrawn with it, or waits for whoever may."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.app import open_material_desk
from assistant.store import audit, conflicts, material
from assistant.store.audit import AuditAction
from assistant.store.conflicts import Ruling
from assistant.store.documents import Sight
from tests.console.house import House, bring_in, decide
from tests.console.test_access import form_token
from tests.console.test_conflicts import rule, waiting
from tests.ingest.house import CORP, policy, write

SCRIPTS = "编号,标题,阶段,场景,语气,话术\nT1,退货怎么说,售后服务,私聊,亲切,{text}\n"
COUPONS = (
    "券编号,券名称,类型,面额(元),门槛(元),开始日期,结束日期\nK1,会员日专享券,满减券,30,200,2026-11-01,2026-11-30\n"
)
WRONG = SCRIPTS.format(text="亲，签收次日起15天内没有拆封都能退货哦")
EVERYWHERE = Sight("he", None, frozenset(), frozenset())


def surveyed(house: House, path: str, content: str) -> None:
    """Read one more file of the shop and compare everything."""
    write(house.files, path, content)
    house.service.ingest([house.files])
    open_material_desk(house.service).survey()


def against(browser: TestClient, noun: str) -> tuple[str, str]:
    """The conflict that a script or coupon is one side of, and the ruling that goes against it."""
    shown = browser.get("/console/conflicts").text
    for article in shown.split('<article class="suggestion know-conflict">')[1:]:
        found = re.findall(r'action="(/console/conflicts/[0-9a-f]{32})"', article)
        places = re.findall(r'<p class="soft">(话术|优惠券|<a)', article)
        if found and noun in places:
            return found[0], "first" if places.index(noun) == 1 else "second"
    raise AssertionError("no such conflict")


def scripts_served(house: House) -> list[str]:
    with house.service.database.read() as tx:
        return [one.script_id for one in material.scripts(tx, CORP)]


def coupons_served(house: House) -> list[str]:
    with house.service.database.read() as tx:
        return [one.coupon_id for one in material.coupons(tx, CORP)]


def withdrawals(house: House) -> list[audit.AuditEntry]:
    with house.service.database.read() as tx:
        return list(audit.entries(tx, CORP, action=AuditAction.WITHDRAW))


def post(browser: TestClient, address: str, **form: str) -> Response:
    form["form_token"] = form_token(browser.get("/console").text)
    return browser.post(address, data=form, follow_redirects=False)


def test_headquarters_withdraws_a_script_and_stops_a_coupon_by_ruling(house: House) -> None:
    write(house.files, "话术/scripts.csv", WRONG)
    write(house.files, "活动/会员日.md", policy("会员日活动", "会员日专享券满250减30。", kind="活动"))
    surveyed(house, "优惠/coupons.csv", COUPONS)
    he = house.browser("he")
    conflict, ruling = against(he, "话术")
    assert "这条话术撤下" in he.get("/console/conflicts").text
    done = rule(he, conflict, ruling, "按退货办法")
    assert done.headers["location"] == "/console/conflicts?done=ruled-ended"
    assert "T1" not in scripts_served(house)
    assert "冲突裁定：「退货办法」的说法对。按退货办法" in he.get("/console/scripts/T1").text
    conflict, ruling = against(he, "优惠券")
    assert rule(he, conflict, ruling).status_code == 303
    assert coupons_served(house) == []
    stopped, withdrawn = withdrawals(house)
    assert (stopped.subject, withdrawn.subject, withdrawn.by) == ("coupon:K1", "script:T1", "he")
    assert stopped.details["conflict"] == conflict.rpartition("/")[2]
    shown = he.get("/console/conflicts").text
    assert "已经不再用这个说法" in shown
    assert "裁定要" not in he.get("/console").text
    again = post(he, f"{conflict}/reopen")
    assert "不会自己回来" in he.get(again.headers["location"]).text
    assert coupons_served(house) == []


def test_a_coupon_that_is_not_the_rulers_waits_for_headquarters(house: House) -> None:
    surveyed(house, "优惠/coupons.csv", COUPONS)
    shao, su, he = house.browser("shao"), house.browser("su"), house.browser("he")
    address = bring_in(shao, "会员日.md", "# 梧桐店会员日\n\n会员日专享券满250减30。\n", kind="campaign")
    conflict, ruling = against(su, "优惠券")
    assert "交给总部" in su.get("/console/conflicts").text
    assert rule(su, conflict, ruling, "本店按250").headers["location"].endswith("done=ruled-later")
    # what lost is given until the text that won is published
    assert "裁定要停" not in he.get("/console").text
    assert decide(su, address, "published").status_code == 303
    assert coupons_served(house) == ["K1"]
    assert withdrawals(house) == []
    assert "裁定要停" not in su.get("/console/coupons").text
    assert "裁定要停的券" in he.get("/console").text
    form = he.get("/console/coupons").text.partition('action="/console/coupons/K1/stop"')[2]
    reason = form.partition('name="reason" value="')[2].partition('"')[0]
    assert reason == "冲突裁定：「梧桐店会员日」的说法对。本店按250"
    assert post(su, "/console/coupons/K1/stop", reason=reason).status_code == 403
    assert post(he, "/console/coupons/K1/stop", reason=reason).status_code == 303
    assert coupons_served(house) == []
    assert "裁定要停" not in he.get("/console/coupons").text


def test_a_ruling_from_before_waits_in_the_room_of_scripts(house: House) -> None:
    surveyed(house, "话术/scripts.csv", WRONG)
    he = house.browser("he")
    conflict, ruling = against(he, "话术")
    with house.service.database.begin() as tx:
        found = conflicts.one_conflict(tx, CORP, EVERYWHERE, conflict.rpartition("/")[2])
        conflicts.rule(tx, CORP, found, Ruling(ruling), reason="按办法", by="ye", moment=house.service.clock())
    assert "裁定要撤的话术" in he.get("/console").text
    form = he.get("/console/suggestions").text.partition('action="/console/scripts/T1/withdraw"')[2]
    told = {name: form.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("standing", "note")}
    assert post(he, "/console/scripts/T1/withdraw", **told).status_code == 303
    assert "T1" not in scripts_served(house)
    assert "裁定要撤" not in he.get("/console/suggestions").text


def test_what_lost_to_a_waiting_text_goes_when_that_is_published(house: House) -> None:
    surveyed(house, "话术/scripts.csv", SCRIPTS.format(text="亲，签收次日起7天内没有拆封都能退货哦"))
    ye, he = house.browser("ye"), house.browser("he")
    address = bring_in(ye, "须知.md", "# 退货须知\n\n签收次日起十五天内，没有拆封的商品可以退货。\n", scope="brand")
    for one in waiting(he):
        shown = he.get("/console/conflicts").text
        article = shown[: shown.index(one)].rpartition("know-conflict")[2]
        new = "first" if article.index("十五天") < max(article.find("七天"), article.find("7天")) else "second"
        assert rule(he, one, new).status_code == 303
    assert "T1" in scripts_served(house)
    assert "等对的那份发布时撤下" in he.get("/console/conflicts").text
    assert decide(he, address, "published").status_code == 303
    assert "T1" not in scripts_served(house)
