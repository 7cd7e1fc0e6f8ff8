"""A question nobody could answer, through the live path: answered by a manager, told to the guide, sent at her word."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest
from sqlalchemy import select

from assistant.console.door.login import login_link
from assistant.shop import Role
from assistant.store import access, tables
from assistant.turn import ReplyKind
from knowledge.passage import DocumentKind
from tests.console.test_access import form_token
from tests.way.house import CORP, House

ORIGIN = {"origin": "null", "sec-fetch-site": "same-origin"}
TITLE = "可以带宠物进店吗"
TEXT = "可以带宠物进店，请用宠物包或者牵绳，一次最多两只。"


def headquarters(house: House) -> str:
    """The manager of the sample shop who answers for every store."""
    with house.service.database.read() as tx:
        everywhere = access.access_managers(tx, CORP)
    return next(one.userid for one in everywhere if one.role is Role.MANAGER and not one.region_id and not one.store_id)


@pytest.fixture
def second(house: House) -> str:
    """Another one beside her: nobody publishes her own answer."""
    first = headquarters(house)
    with house.service.database.begin() as tx:
        row = tx.execute(select(tables.person).where(tables.person.c.userid_folded == first.lower())).one()
        values = {**row._mapping, "userid": "zz-tian", "userid_folded": "zz-tian", "name": "田总"}
        tx.execute(tables.person.insert().values(**values))
    return "zz-tian"


class Browser:
    """A manager at the console of the running service; the cookie is carried by hand, since here it is no https."""

    def __init__(self, house: House, userid: str) -> None:
        self.http = httpx2.Client(base_url=house.url, headers=ORIGIN, timeout=30.0, trust_env=False)
        token = login_link(house.settings.console_key(), userid).partition("token=")[2]
        entered = self.http.post("/console/login", data={"token": token})
        assert entered.status_code == 303, entered.text
        self.http.headers["cookie"] = entered.headers["set-cookie"].partition(";")[0]

    def get(self, path: str) -> str:
        return self.http.get(path).raise_for_status().text

    def post(self, path: str, page: str, **form: str) -> None:
        sent = self.http.post(path, data={"form_token": form_token(page), "changes": changes_in(page), **form})
        assert sent.status_code == 303, sent.text


def changes_in(page: str) -> str:
    found = re.search(r'name="changes" value="(\d+)"', page)
    return found[1] if found else "0"


def link(page: str, pattern: str) -> str:
    found = re.search(f'href="({pattern})"', page)
    assert found is not None, page
    return found[1]


@pytest.fixture
def browse(house: House) -> Iterator[Callable[[str], Browser]]:
    """Opens browsers, and closes them."""
    with ExitStack() as opened:

        def open_one(userid: str) -> Browser:
            browser = Browser(house, userid)
            opened.callback(browser.http.close)
            return browser

        yield open_one


def test_the_answer_comes_back_and_asking_as_it_says_is_answered_by_it(
    house: House, second: str, browse: Callable[[str], Browser]
) -> None:
    asked = house.ask("苏姐问能不能带狗进店")
    assert asked.reply.kind is ReplyKind.ABSTAIN
    assert asked.gap == "能不能带狗进店"
    writer, publisher = browse(headquarters(house)), browse(second)
    board = writer.get("/console/gaps")
    assert "1 位客户在等" in board
    topic = link(board, r"/console/gaps/G\w+")
    form = {"title": TITLE, "text": TEXT, "source": "总部客服部", "kind": DocumentKind.POLICY.value, "scope": "brand"}
    writer.post(f"{topic}/answer", writer.get(topic), **form)
    again = house.ask("苏姐问能不能带狗进店")
    assert again.reply.kind is ReplyKind.ABSTAIN, "a draft is served to nobody"
    shown = len(house.wecom.shown())
    draft = link(writer.get(topic), r"/console/documents/\w+")
    publisher.post(draft, publisher.get(draft), decision="published")
    told = house.wecom.wait_for(shown + 1)[-1]
    assert "您问过 2 次的「能不能带狗进店」有答案了" in told
    assert TEXT in told
    to_write = told.rsplit("\n", 1)[1]
    assert to_write == f"苏姐问《{TITLE}》是怎么规定的"
    for words in (to_write, "苏姐问能不能带狗进店"):
        answered = house.ask(words)
        assert answered.reply.kind is ReplyKind.DRAFTS, words
        assert answered.need.customer_id == asked.need.customer_id
        assert "牵绳" in answered.drafts[0].text
        assert answered.gap == ""
    house.settle()
    assert len([text for text in house.wecom.shown() if "有答案了" in text]) == 1
    assert "都已答复" in writer.get(topic)
