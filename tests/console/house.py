"""A small shop served with its real search and reader, its people's browsers, and the way of a document through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.app import open_material_desk
from assistant.console.door.login import login_link
from assistant.service import Service
from assistant.serving import open_console
from tests.console.test_access import form_token
from tests.ingest.house import found, opened, small_shop, write

BASE = "https://console.test"
STAFF = (
    "企业微信账号,姓名,岗位,门店编码,区域编码\nlin,林晓,导购,S001,\nchen,陈榕,导购,S002,\n"
    "su,苏婉,店长,S001,\njiang,江虹,店长,S002,\nshao,邵青,区域经理,,R01\nye,叶总,总部,,\nhe,何总,总部,,\nyan,严审,审计,,\n"
)


@dataclass
class House:
    """A running house with its files, and browsers for its people."""

    service: Service
    files: Path
    app: FastAPI
    delivered: list[str] = field(default_factory=list)

    def browser(self, userid: str) -> TestClient:
        client = TestClient(self.app, base_url=BASE, headers={"origin": "null", "sec-fetch-site": "same-origin"})
        token = login_link(self.service.settings.console_key(), userid).partition("token=")[2]
        entered = client.post("/console/login", data={"token": token}, follow_redirects=False)
        assert entered.status_code == 303, entered.text
        return client

    def answers(self, question: str, store: str = "S001", region: str = "R01") -> str:
        """Everything the live search gives a guide of this store."""
        return "\n".join(found(self.service, question, store, region))


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """The small shop with managers in every role, served with its real search and its real reader."""
    files = small_shop(folder / "shop")
    write(files, "门店/staff.csv", STAFF)
    with opened(folder / "var") as service:
        service.ingest([files])
        delivered: list[str] = []
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(open_console(service, delivered.append, open_material_desk(service)))
        yield House(service, files, app, delivered)


def upload(
    browser: TestClient, name: str, content: str | bytes, *, scope: str = "store:S001", **fields: str
) -> Response:
    """Bring a file in; the answer leads to its preview."""
    form = {"form_token": form_token(browser.get("/console").text), "kind": "policy", "scope": scope, **fields}
    data = content.encode() if isinstance(content, str) else content
    return browser.post("/console/documents/new", data=form, files={"file": (name, data)}, follow_redirects=False)


def submit(browser: TestClient, preview: str) -> str:
    """Hand a preview over; returns the document's address."""
    form = {"form_token": form_token(browser.get(preview).text), "decision": "submit"}
    answer = browser.post(preview, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def bring_in(browser: TestClient, name: str, content: str, **fields: str) -> str:
    answer = upload(browser, name, content, **fields)
    assert answer.status_code == 303, answer.text
    return submit(browser, answer.headers["location"])


def decide(browser: TestClient, address: str, decision: str, note: str = "", changes: str = "") -> Response:
    """Decide as the page offers it, or on an older state of it."""
    page = browser.get(address).text + browser.get(f"{address}/leaning").text
    counted = changes or page.partition('name="changes" value="')[2].partition('"')[0] or "0"
    form = {
        "form_token": form_token(browser.get("/console").text),
        "decision": decision,
        "note": note,
        "changes": counted,
    }
    return browser.post(address, data=form, follow_redirects=False)
