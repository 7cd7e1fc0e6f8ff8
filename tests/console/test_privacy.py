"""The privacy desk: found by POST, masked until revealed with a reason, given as a ZIP, forgotten with a receipt."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from assistant.console.administration.outside import Outside
from assistant.console.door.pacing import MOST, Deed
from assistant.store import audit, privacy, tables
from assistant.store.audit import AuditAction
from assistant.turn import ActionKind
from tests.console.shop import CORP, XSS, Shop, act, add_customer, add_turn
from tests.console.test_access import form_token

KEY = b"privacy key"
OUTSIDE = Outside(forgetting_key=KEY)
PHONE = "13800001234"
WHY = "客户本人来电要求"


def desk(shop: Shop, **more: object) -> TestClient:
    return shop.browser("admin", outside=replace(OUTSIDE, **more))  # type: ignore[arg-type]


def post(browser: TestClient, path: str, **form: str) -> Response:
    form["form_token"] = form_token(browser.get("/console/privacy").text)
    return browser.post(f"/console/privacy{path}", data=form, follow_redirects=False)


def entries(shop: Shop, action: AuditAction) -> tuple[audit.AuditEntry, ...]:
    with shop.database.read() as tx:
        return audit.entries(tx, CORP, action=action)


@pytest.fixture
def turn_id(shop: Shop) -> str:
    add_customer(shop)
    made = add_turn(shop, 1, customer_id="C1", question="沈佳宜下周去冰岛，电话13800001234", rich=True)
    act(shop, made, ActionKind.EDITED, "沈姐，给您留了一瓶")
    return made


@pytest.mark.parametrize("words", ["沈佳", "1234", PHONE, "138 0000 1234", "C1"])
def test_a_person_is_found_and_her_phone_is_masked(shop: Shop, turn_id: str, words: str) -> None:
    found = post(desk(shop), "", words=words)
    assert found.status_code == 200
    assert "沈佳宜" in found.text
    assert PHONE not in found.text.replace(f'value="{words}"', "")
    assert "138****1234" in found.text


def test_nobody_is_found_in_words(shop: Shop, turn_id: str) -> None:
    assert "没有找到" in post(desk(shop), "", words="9999").text
    assert post(desk(shop), "", words="沈").status_code == 422


def test_what_is_known_is_told_without_the_conversation(shop: Shop, turn_id: str) -> None:
    page = desk(shop).get("/console/privacy/people/C1").text
    for words in ("会员档案", "每一轮的完整记录", "导购怎么处理草稿", "敏感肌", "138****1234", "履行和客户的买卖"):
        assert words in page, words
    for hidden in (PHONE, "冰岛", "留了一瓶"):
        assert hidden not in page, hidden


def test_a_phone_is_revealed_with_a_reason_and_logged(shop: Shop, turn_id: str) -> None:
    browser = desk(shop)
    assert post(browser, "/people/C1/reveal", reason="  ").status_code == 422
    assert entries(shop, AuditAction.REVEAL) == ()
    shown = post(browser, "/people/C1/reveal", reason=f"{WHY}沈佳宜 {PHONE}")
    assert PHONE in shown.text
    (entry,) = entries(shop, AuditAction.REVEAL)
    assert entry.subject == privacy.subject_of(KEY, "C1")
    told = str(entry)
    assert "C1" not in told
    assert PHONE not in told
    assert "沈佳宜" not in told
    # the next look is masked again
    assert PHONE not in browser.get("/console/privacy/people/C1").text


def test_revealing_has_a_limit_of_a_minute(shop: Shop, turn_id: str) -> None:
    browser = desk(shop)
    for _ in range(MOST[Deed.REVEAL].by_person):
        assert post(browser, "/people/C1/reveal", reason=WHY).status_code == 200
    refused = post(browser, "/people/C1/reveal", reason=WHY)
    assert refused.status_code == 429
    assert PHONE not in refused.text
    assert len(entries(shop, AuditAction.REVEAL)) == MOST[Deed.REVEAL].by_person


def test_she_gets_everything_in_one_file(shop: Shop, turn_id: str) -> None:
    with shop.database.begin() as tx:
        tx.execute(tables.customer.update().values(address_as="=HYPERLINK(1)"))
    given = post(desk(shop), "/people/C1/export", reason=WHY)
    assert given.headers["content-disposition"].startswith('attachment; filename="personal-data-')
    packed = zipfile.ZipFile(io.BytesIO(given.content))
    told = json.loads(packed.read("数据.json"))
    assert told["ai"]["label"] == "AI生成"
    assert "turn" in told["ai"]["in"]
    (row,) = told["tables"]["customer"]["rows"]
    assert (row["phone"], row["tags"]) == (PHONE, ["敏感肌"])
    record = told["tables"]["turn"]["rows"][0]["record"]
    assert "冰岛" in record["messages"][0]["text"]
    # the shop's own material is not hers
    assert "hits" not in record
    page = packed.read("说明.html").decode()
    assert "AI生成" in page
    assert "冰岛" in page
    assert PHONE in page
    table = list(csv.reader(io.StringIO(packed.read("表格/会员档案.csv").decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in table[1]
    (entry,) = entries(shop, AuditAction.EXPORT)
    assert dict(entry.details) == {"reason": WHY}


def test_an_export_needs_a_reason_and_has_a_limit(shop: Shop, turn_id: str) -> None:
    browser = desk(shop)
    assert post(browser, "/people/C1/export", reason="看").status_code == 422
    answers = [post(browser, "/people/C1/export", reason=WHY).status_code for _ in range(MOST[Deed.EXPORT].by_person)]
    assert answers[-1] == 429


def test_she_is_forgotten_with_a_receipt(shop: Shop, turn_id: str) -> None:
    asked: list[tuple[str, ...]] = []

    def files(words: tuple[str, ...]) -> dict[str, int]:
        asked.append(tuple(words))
        return {"exports/会员.xlsx": 2}

    browser = desk(shop, files=files)
    assert post(browser, "/people/C1/forget", reason=WHY, confirm="是").status_code == 422
    assert post(browser, "/people/C1/forget", reason="", confirm="忘记").status_code == 422
    done = post(browser, "/people/C1/forget", reason=f"{WHY}，沈佳宜", confirm="忘记")
    assert done.status_code == 303
    number = re.search(r"SC\d{8}-\d{4}", done.headers["location"])
    assert number
    page = browser.get(done.headers["location"]).text
    for words in (number.group(), "会员档案", "exports/会员.xlsx", "与办理时一致", "一并删除"):
        assert words in page, words
    assert "沈佳宜" not in page
    assert PHONE in asked[0]
    assert browser.get("/console/privacy/people/C1").status_code == 404
    assert browser.get(f"/console/privacy/receipts/{number.group()}").status_code == 200
    assert browser.get("/console/privacy/receipts/SC20261122-0009").status_code == 404
    assert number.group() in post(browser, "", words="C1").text
    assert number.group() in post(browser, "", words=PHONE).text
    (entry,) = entries(shop, AuditAction.DELETE)
    assert (entry.subject, dict(entry.details)) == (f"receipt:{number.group()}", {})
    story = shop.browser("HQ").get(f"/console/turns/{turn_id}")
    assert story.status_code == 200
    for gone in ("沈佳宜", "冰岛", "留了一瓶", "268元"):
        assert gone not in story.text, gone


def test_a_changed_receipt_is_seen(shop: Shop, turn_id: str) -> None:
    browser = desk(shop)
    done = post(browser, "/people/C1/forget", reason=WHY, confirm="忘记")
    with shop.database.begin() as tx:
        tx.execute(tables.receipt.update().values(reason="别的原因"))
    assert "被人改过" in browser.get(done.headers["location"]).text


def test_a_forgotten_person_may_return_at_her_own_wish(shop: Shop, turn_id: str) -> None:
    browser = desk(shop)
    post(browser, "/people/C1/forget", reason=WHY, confirm="忘记")
    assert post(browser, "/return", customer_id="C2", reason=WHY).status_code == 422
    assert post(browser, "/return", customer_id="C1", phone="138-0000-1234", reason=WHY).status_code == 303
    with shop.database.read() as tx:
        assert tx.execute(select(tables.forgotten.c.mark)).all() == []


def test_names_are_escaped(shop: Shop) -> None:
    add_customer(shop, name=XSS[:99])
    browser = desk(shop)
    for page in (post(browser, "", words="script").text, browser.get("/console/privacy/people/C1").text):
        assert "<script>alert" not in page
    packed = zipfile.ZipFile(io.BytesIO(post(browser, "/people/C1/export", reason=WHY).content))
    assert "<script>alert" not in packed.read("说明.html").decode()


def test_only_the_admin_is_let_in(shop: Shop, turn_id: str) -> None:
    for who in ("HQ", "manager1", "auditor"):
        browser = shop.browser(who, outside=OUTSIDE)
        token = form_token(browser.get("/console").text)
        for path in ("", "/people/C1", "/receipts/SC20261122-0001"):
            assert browser.get(f"/console/privacy{path}").status_code == 403, (who, path)
        for path in ("", "/people/C1/reveal", "/people/C1/export", "/people/C1/forget", "/return"):
            form = {"form_token": token, "reason": WHY, "confirm": "忘记", "words": "沈佳宜"}
            assert browser.post(f"/console/privacy{path}", data=form).status_code == 403, (who, path)
    admin = desk(shop)
    # without the form's token nothing is done
    for path in ("", "/people/C1/reveal", "/people/C1/export", "/people/C1/forget", "/return"):
        assert admin.post(f"/console/privacy{path}", data={"reason": WHY, "confirm": "忘记"}).status_code == 403
    for path in ("reveal", "export", "forget"):
        assert post(admin, f"/people/nobody/{path}", reason=WHY, confirm="忘记").status_code == 404
    assert entries(shop, AuditAction.DELETE) == ()
