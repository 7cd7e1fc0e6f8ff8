"""A conflict holds a text back until somebody rules; the ruling decides what guides are told."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.app import open_material_desk
from assistant.seams import Reader, Wanted
from assistant.store import audit
from tests.console.house import House, bring_in, decide, submit, upload
from tests.console.shop import XSS
from tests.console.test_access import form_token
from tests.ingest.house import CORP, policy, write

LONGER = "# 退货须知\n\n签收次日起十五天内，没有拆封的商品可以退货。\n"
STORE_RULE = "# 寄存说明\n\n大件商品可以寄存三天。\n"
OTHER_RULE = "# 寄存须知\n\n大件商品可以寄存五天。\n"
QUESTION = "几天内可以退货"


def waiting(browser: TestClient, query: str = "") -> list[str]:
    """The conflicts that may be ruled on this page."""
    shown = browser.get(f"/console/conflicts{query}").text
    return re.findall(r'action="(/console/conflicts/[0-9a-f]{32})"', shown)


def rule(browser: TestClient, address: str, ruling: str, reason: str = "") -> Response:
    form = {"form_token": form_token(browser.get("/console").text), "ruling": ruling, "reason": reason}
    return browser.post(address, data=form, follow_redirects=False)


def disputed(house: House, question: str = QUESTION) -> list[bool]:
    """For each passage the live search gives whether it is told as disputed."""
    reader = Reader(corp_id=CORP, store_id="S001", region_id="R01")
    hits = house.service.handling.search(Wanted(question=question, reader=reader, moment=house.service.clock()))
    return [bool(hit.disagreements) for hit in hits]


def brought(house: House) -> str:
    """A text of headquarters that gives other days than the published one; submitted."""
    return bring_in(house.browser("ye"), "须知.md", LONGER, scope="brand")


def sides(browser: TestClient, address: str) -> tuple[str, str]:
    """Which ruling is for the text that says fifteen days, and which is for the one that says seven."""
    text = browser.get("/console/conflicts").text
    article = text[text.index("know-conflict") : text.index(address)]
    return ("first", "second") if article.index("十五天") < article.index("七天") else ("second", "first")


def test_the_preview_tells_and_publishing_waits_for_a_ruling(house: House) -> None:
    ye, he = house.browser("ye"), house.browser("he")
    preview = upload(ye, "须知.md", LONGER, scope="brand").headers["location"]
    shown = ye.get(preview).text
    assert "数字对不上" in shown
    assert "七天内" in shown
    address = submit(ye, preview)
    held = decide(he, address, "published")
    assert held.status_code == 409
    assert "有 1 处和正在用的内容对不上" in held.text
    assert "十五天" not in house.answers(QUESTION)
    assert "1 处冲突" in he.get("/console/documents").text
    (conflict,) = waiting(he)
    new, _ = sides(he, conflict)
    assert rule(he, conflict, new).status_code == 303
    # what lost is still served until what won is published
    assert "七天" in house.answers(QUESTION)
    assert decide(he, address, "published").status_code == 303
    assert "十五天" in house.answers(QUESTION)
    assert "七天" not in house.answers(QUESTION)
    assert not any(disputed(house))
    old = re.findall(r"/console/documents/([0-9a-f]{32})\">退货办法", he.get("/console/documents").text)[0]
    assert "裁定不采用" in he.get(f"/console/documents/{old}").text
    with house.service.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=audit.AuditAction.RULE)
    assert entry.by == "he"


def test_when_the_old_text_is_right_the_new_one_is_published_without_that_passage(house: House) -> None:
    address, he = brought(house), house.browser("he")
    (conflict,) = waiting(he)
    _, old = sides(he, conflict)
    rule(he, conflict, old)
    assert decide(he, address, "published").status_code == 303
    assert "十五天" not in house.answers(QUESTION)
    assert "七天" in house.answers(QUESTION)


def test_both_right_needs_a_reason_and_is_no_longer_told_as_disputed(house: House) -> None:
    address, he = brought(house), house.browser("he")
    (conflict,) = waiting(he)
    assert rule(he, conflict, "both").status_code == 422
    assert rule(he, conflict, "both", "一个说线上，一个说门店").status_code == 303
    assert decide(he, address, "published").status_code == 303
    assert {"七天" in house.answers(QUESTION), "十五天" in house.answers(QUESTION)} == {True}
    assert not any(disputed(house))
    assert "一个说线上" in he.get("/console/conflicts").text


def test_changed_words_open_it_again(house: House) -> None:
    address, he = brought(house), house.browser("he")
    (conflict,) = waiting(he)
    rule(he, conflict, "both", "先都留着")
    decide(he, address, "published")
    assert waiting(he) == []
    write(house.files, "政策/退货.md", policy("退货办法", "签收次日起十天内，没有拆封的商品可以退货。"))
    house.service.ingest([house.files])
    open_material_desk(house.service).survey()
    (again,) = [one for one in waiting(he) if one != conflict]
    assert any(disputed(house))
    assert again != conflict


def test_a_ruling_can_be_taken_back(house: House) -> None:
    address, he = brought(house), house.browser("he")
    (conflict,) = waiting(he)
    new, _ = sides(he, conflict)
    rule(he, conflict, new)
    decide(he, address, "published")
    assert "七天" not in house.answers(QUESTION)
    form = {"form_token": form_token(he.get("/console").text)}
    assert he.post(f"{conflict}/reopen", data=form, follow_redirects=False).status_code == 303
    assert "七天" in house.answers(QUESTION)
    assert waiting(he) == [conflict]
    assert he.post(f"{conflict}/reopen", data=form).status_code == 409


def test_the_second_ruling_meets_a_clear_page(house: House) -> None:
    brought(house)
    (conflict,) = waiting(house.browser("he"))
    assert rule(house.browser("he"), conflict, "first").status_code == 303
    write(house.files, "门店/staff.csv", (house.files / "门店/staff.csv").read_text() + "lu,陆总,总部,,\n")
    house.service.ingest([house.files])
    late = rule(house.browser("lu"), conflict, "second")
    assert late.status_code == 409
    assert "何总" in late.text


def test_nobody_rules_for_a_text_of_her_own(house: House) -> None:
    brought(house)
    ye = house.browser("ye")
    assert waiting(ye) == []
    assert "其中一边是您提交的" in ye.get("/console/conflicts").text
    (conflict,) = waiting(house.browser("he"))
    refused = rule(ye, conflict, "first")
    assert refused.status_code == 403


def test_a_conflict_belongs_to_whoever_answers_for_all_it_reaches(house: House) -> None:
    brought(house)
    (conflict,) = waiting(house.browser("he"))
    for who in ("su", "jiang"):
        browser = house.browser(who)
        # a text that waits is nobody else's business
        assert "退货须知" not in browser.get("/console/conflicts").text
        missing = rule(browser, "/console/conflicts/" + "0" * 32, "first")
        assert (rule(browser, conflict, "first").status_code, rule(browser, conflict, "first").text) == (
            404,
            missing.text,
        )
    yan = house.browser("yan")
    assert "退货须知" in yan.get("/console/conflicts").text
    assert waiting(yan) == []
    assert rule(yan, conflict, "first").status_code == 403


def test_a_store_rules_its_own(house: House) -> None:
    su, shao, jiang = house.browser("su"), house.browser("shao"), house.browser("jiang")
    decide(shao, bring_in(su, "寄存.md", STORE_RULE), "published")
    address = bring_in(shao, "寄存须知.md", OTHER_RULE)
    assert decide(su, address, "published").status_code == 409
    (conflict,) = waiting(su)
    assert waiting(jiang) == []
    assert "寄存" not in jiang.get("/console/conflicts").text
    assert rule(su, conflict, "both", "大件五天，小件三天").status_code == 303
    assert decide(su, address, "published").status_code == 303


def test_what_folder_files_bring_is_found_and_told(house: House) -> None:
    write(house.files, "政策/须知.md", policy("退货须知", "签收次日起十五天内，没有拆封的商品可以退货。" + XSS))
    house.service.ingest([house.files])
    he = house.browser("he")
    assert "资料还没有比对过" in he.get("/console/conflicts").text
    open_material_desk(house.service).survey()
    shown = he.get("/console/conflicts").text
    assert XSS not in shown
    (conflict,) = waiting(he)
    assert any(disputed(house))
    new, _ = sides(he, conflict)
    assert rule(he, conflict, new).status_code == 303
    assert "七天" not in house.answers(QUESTION)
    su = house.browser("su")
    assert "要由负责整个范围的同事来裁定" not in su.get("/console/conflicts").text
    assert "没有对不上的说法" in he.get("/console/conflicts").text


def test_no_conflict_says_so(house: House) -> None:
    open_material_desk(house.service).survey()
    assert "没有对不上的说法" in house.browser("ye").get("/console/conflicts").text
    assert house.browser("ye").get("/console/conflicts?before=nothing").status_code == 404
    assert house.browser("ye").get("/console/conflicts?document=nothing").status_code == 404
