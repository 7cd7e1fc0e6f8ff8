"""A wish for no more advertising that was written down for the wrong customer: headquarters moves or takes it back."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response

from assistant.store import audit, contacts
from assistant.store.audit import AuditAction
from tests.console.shop import CORP, XSS, Shop, add_customer, add_turn
from tests.console.test_access import form_token

SAID = "客户：退订，别再给我发消息了"
WHY = "导购把周敏的话记到了她名下"


@pytest.fixture
def turn(shop: Shop) -> str:
    """A turn that wrote C1's wish down; C2 is another customer."""
    add_customer(shop, "C1", name="沈若兰")
    add_customer(shop, "C2", name="周敏")
    return wished(shop, 1, in_her_words=True)


def wished(shop: Shop, number: int, *, in_her_words: bool, customer_id: str = "C1") -> str:
    made = add_turn(shop, number, question=SAID, customer_id=customer_id, ago=timedelta(hours=number))
    with shop.database.begin() as tx:
        at = shop.clock() - timedelta(hours=number)
        contacts.stop(tx, CORP, customer_id, guide="guide1", turn_id=made, moment=at, in_her_words=in_her_words)
    return made


def take_back(shop: Shop, turn_id: str, userid: str = "HQ", **form: str) -> Response:
    browser = shop.browser(userid)
    asked = {"whose": "another", "reason": WHY, "form_token": form_token(browser.get("/console").text), **form}
    return browser.post(f"/console/turns/{turn_id}/wish", data=asked, follow_redirects=False)


def stopped(shop: Shop) -> set[str]:
    with shop.database.read() as tx:
        return {one for one in ("C1", "C2") if contacts.standing_wish(tx, CORP, one) is not None}


def words(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def test_the_turn_says_who_was_written_down_and_any_other_turn_leads_there(shop: Shop, turn: str) -> None:
    later = add_turn(shop, 9, customer_id="C1")
    hq = shop.browser("HQ")
    assert "已登记沈若兰" in words(hq.get(f"/console/turns/{turn}").text)
    assert f"/console/turns/{turn}#wish" in hq.get(f"/console/turns/{later}").text
    manager = shop.browser("manager1").get(f"/console/turns/{turn}").text
    assert "已登记" in manager
    assert "登记错了客户" not in manager


def test_a_customers_words_move_to_whoever_said_them(shop: Shop, turn: str) -> None:
    assert take_back(shop, turn, customer="周敏").status_code == 303
    assert stopped(shop) == {"C2"}
    page = words(shop.browser("HQ").get(f"/console/turns/{turn}").text)
    assert "已撤回沈若兰" in page
    assert "已登记周敏" in page
    with shop.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=AuditAction.CHANGE)
    assert (entry.by, entry.subject) == ("hq", f"turn:{turn}")
    # the log cannot be erased, so neither of them stands in it
    assert "周敏" not in str(entry.details)
    assert "沈若兰" not in str(entry.details)
    assert "导购把" in entry.details["reason"]


def test_a_customers_words_are_never_just_taken_back(shop: Shop, turn: str) -> None:
    refused = take_back(shop, turn, whose="nobody")
    assert refused.status_code == 409
    assert "要等她重新同意" in refused.text
    assert stopped(shop) == {"C1"}
    assert 'value="nobody"' not in shop.browser("HQ").get(f"/console/turns/{turn}").text


def test_what_no_customer_said_is_taken_back_once(shop: Shop, turn: str) -> None:
    assert take_back(shop, turn, customer="C2").status_code == 303
    made = wished(shop, 2, in_her_words=False)
    assert stopped(shop) == {"C1", "C2"}
    assert take_back(shop, made, whose="nobody").status_code == 303
    assert stopped(shop) == {"C2"}
    assert take_back(shop, made, whose="nobody").status_code == 409


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"reason": "错"}, 422, "请写明原因"),
        ({"customer": ""}, 422, "没有找到这位客户"),
        ({"customer": "周"}, 422, "没有找到这位客户"),
        ({"customer": "沈若兰"}, 422, "现在登记着的这位"),
    ],
)
def test_a_mistake_in_the_form_changes_nothing(
    shop: Shop, turn: str, form: dict[str, str], status: int, told: str
) -> None:
    refused = take_back(shop, turn, **{"customer": "C2", **form})
    assert refused.status_code == status
    assert told in refused.text
    assert stopped(shop) == {"C1"}


def test_two_of_one_name_are_told_apart_by_their_number(shop: Shop, turn: str) -> None:
    add_customer(shop, "C3", name="周敏")
    assert "有 2 位客户叫这个名字" in take_back(shop, turn, customer="周敏").text
    assert take_back(shop, turn, customer="C3").status_code == 303


@pytest.mark.parametrize("userid", ["manager1", "region1", "auditor", "admin"])
def test_only_headquarters_takes_it_back(shop: Shop, turn: str, userid: str) -> None:
    assert take_back(shop, turn, userid, customer="C2").status_code == 403
    assert stopped(shop) == {"C1"}


def test_a_turn_that_wrote_nothing_down_has_nothing_to_take_back(shop: Shop, turn: str) -> None:
    made = add_turn(shop, 7, customer_id="C1", question=XSS)
    assert take_back(shop, made, customer="C2").status_code == 404
    assert 'id="wish"' not in shop.browser("HQ").get(f"/console/turns/{made}").text
