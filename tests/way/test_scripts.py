"""A script from the console to the guide: the next answer uses what was approved, and never what waits or was refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.app import open_material_desk
from assistant.console.door.login import login_link
from assistant.service import Service
from assistant.serving import open_console
from assistant.store import revisions, scripts
from assistant.store.revisions import Revision, RevisionNoun
from tests.ingest.house import CORP, STAFF, Hands, opened, small_shop, write

HEADER = "话术编号,标题,阶段,场景,风格,内容,关键词,适用经销商,会员等级\n"
OLD = "觉得贵很正常，东西好不好用了才知道，您先到店里看看实物，不合适不勉强。"
NEW = "价格上的顾虑我明白，您先看看成分和用法合不合适，想好了再定。"
QUESTION = "客户觉得柔和面霜太贵了，怎么回"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    shop = small_shop(tmp_path / "shop")
    write(shop, "门店/staff.csv", STAFF + "boss,叶总,总部,\nsecond,邵青,总部,\n")
    write(
        shop,
        "话术/scripts.csv",
        HEADER + f"B1,贵,异议处理,私聊,亲切,{OLD},贵、太贵了,,\nB2,贵,异议处理,私聊,专业,{OLD},别的,,\n",
    )
    with opened(tmp_path / "var", Hands()) as house:
        house.ingest([shop])
        yield house


def answer(service: Service, question: str = QUESTION) -> str:
    """All drafts of a fresh conversation, so that nothing was said before."""
    channel = f"way-{datetime.now(UTC).timestamp()}"
    record = service.converse("lin", [question], channel=channel)
    return "\n".join(draft.text for draft in record.drafts)


def browser(service: Service, userid: str) -> TestClient:
    app = FastAPI()
    app.include_router(open_console(service, lambda _: None, open_material_desk(service)))
    client = TestClient(app, base_url="https://console.test", headers={"sec-fetch-site": "same-origin"})
    client.post(
        "/console/login", data={"token": login_link(service.settings.console_key(), userid).partition("token=")[2]}
    )
    return client


def form_token(client: TestClient) -> str:
    return client.get("/console").text.partition('name="form_token" value="')[2].partition('"')[0]


def propose(service: Service, text: str) -> Revision:
    client = browser(service, "boss")
    form = {
        "title": "贵", "stage": "objection", "scene": "private", "manner": "warm", "text": text, "keywords": "贵、太贵了",
        "scope": "brand", "form_token": form_token(client),
    }  # fmt: skip
    made = client.post("/console/scripts/B1/change", data=form, follow_redirects=False)
    assert made.status_code == 303, made.text
    with service.database.read() as tx:
        return revisions.waiting(tx, CORP, RevisionNoun.SCRIPT)[-1]


def decide(service: Service, found: Revision, decision: str) -> int:
    with service.database.read() as tx:
        standing = scripts.of_library(tx, CORP, ("B1",))["B1"].mark
    client = browser(service, "second")
    form = {"decision": decision, "note": "不合适", "seen": 0, "standing": standing, "form_token": form_token(client)}
    return client.post(f"/console/suggestions/{found.revision_id}", data=form, follow_redirects=False).status_code


def test_only_what_was_approved_reaches_a_guide(service: Service) -> None:
    assert OLD in answer(service)
    waits = propose(service, NEW)
    assert OLD in answer(service)
    assert NEW not in answer(service)
    assert decide(service, waits, "approved") == 303
    told = answer(service)
    assert NEW in told
    assert OLD not in told.replace("别的", "")
    refused = propose(service, "您要是觉得贵，那我也没办法，您看着办吧，真的。")
    assert decide(service, refused, "refused") == 303
    assert NEW in answer(service)
    assert "没办法" not in answer(service)


def test_what_the_guard_would_cut_is_not_published(service: Service) -> None:
    unlawful = propose(service, "这款是全网最低价，全国第一，您放心买。")
    assert decide(service, unlawful, "approved") == 422
    assert OLD in answer(service)


def test_a_withdrawn_one_is_gone_at_the_next_answer(service: Service) -> None:
    client = browser(service, "boss")
    form = {"standing": "file:1", "note": "过时了", "form_token": form_token(client)}
    assert client.post("/console/scripts/B1/withdraw", data=form, follow_redirects=False).status_code == 303
    assert OLD not in answer(service)
