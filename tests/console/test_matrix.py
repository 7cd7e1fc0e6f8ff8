"""Every route × every kind of person × whose object it is, made from the route table: a new route is covered the day it
is added (safety A1, A3). What is declared is the gate a route depends on; a route without one fails.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.console.door.login import Gate
from assistant.console.door.pacing import Pacing
from assistant.store import tables
from tests.console.objects import FOR_ONE_PERSON, OWN, Objects, fill_objects
from tests.console.shop import Shop
from tests.console.test_access import WITHOUT_LOGIN, form_token, same

ROLES = ("HQ", "region1", "manager1", "auditor", "admin")
READERS = frozenset({"HQ", "region1", "manager1", "auditor"})
MANAGERS = frozenset({"HQ", "region1", "manager1"})
OPEN_TO = {
    Gate.visitor: frozenset(ROLES),
    Gate.sender: frozenset(ROLES),
    Gate.reader: READERS,
    Gate.inquirer: READERS,
    Gate.reviewer: MANAGERS,
    Gate.headquarters: frozenset({"HQ"}),
    Gate.administrator: frozenset({"admin"}),
    Gate.administering: frozenset({"admin"}),
    Gate.overseer: frozenset({"admin", "auditor"}),
}
CHANGING = frozenset({Gate.sender, Gate.inquirer, Gate.reviewer, Gate.headquarters, Gate.administering})
NOBODYS = ("no-such-thing", "nor-this")


class Declared(NamedTuple):
    """One route as it is declared: its gate is the function of Gate it depends on."""

    method: str
    path: str
    gate: object

    @property
    def has_object(self) -> bool:
        """True when the address names one thing."""
        return "{" in self.path

    def at(self, things: Sequence[str]) -> str:
        """The address with these ids in the places of its blanks."""
        left = iter(things)
        return re.sub(r"\{[^}]*\}", lambda _: next(left), self.path)


def declared(app: FastAPI) -> Iterator[Declared]:
    for found in iter_route_contexts(app.routes):
        route = found.original_route
        if not isinstance(route, APIRoute) or found.path in WITHOUT_LOGIN:
            continue
        gates = [one.call.__func__ for one in route.dependant.dependencies if isinstance(getattr(one.call, "__self__", None), Gate)]  # type: ignore[union-attr]  # fmt: skip
        assert len(gates) == 1, f"{found.path} declares {len(gates)} gates"
        for method in sorted(found.methods or ()):
            yield Declared(method, found.path or "", gates[0])


@pytest.fixture
def objects(shop: Shop) -> Objects:
    return fill_objects(shop)


def ask(shop: Shop, browser: TestClient, one: Declared, things: Sequence[str], token: str) -> Response:
    # how often she may approve is another test's matter
    shop.pacing = Pacing()
    data = {"form_token": token} if one.method != "GET" else None
    return browser.request(one.method, one.at(things), data=data, follow_redirects=False)


def test_every_route_declares_one_gate_and_changes_state_only_by_a_form(shop: Shop) -> None:
    seen = list(declared(shop.app()))
    assert len(seen) > 10
    for one in seen:
        assert one.gate in OPEN_TO, one
        assert (one.method != "GET") == (one.gate in CHANGING), one


@pytest.mark.parametrize("who", ROLES)
def test_a_role_passes_exactly_the_gates_that_are_open_to_it(shop: Shop, objects: Objects, who: str) -> None:
    browser = shop.browser(who)
    token = form_token(browser.get("/console").text)
    for one in declared(shop.app()):
        if one.path == "/console/logout":
            continue
        answer = ask(shop, browser, one, NOBODYS, token)
        refused = answer.status_code in (401, 403)
        assert refused == (who not in OPEN_TO[one.gate]), (who, one, answer.status_code)  # type: ignore[index]


@pytest.mark.parametrize("who", ROLES)
def test_a_form_without_its_token_changes_nothing(shop: Shop, objects: Objects, who: str) -> None:
    browser = shop.browser(who)
    for one in declared(shop.app()):
        if one.method != "GET":
            assert ask(shop, browser, one, NOBODYS, "forged").status_code == 403, (who, one)
            foreign = browser.post(
                one.at(NOBODYS), data={"form_token": "x"}, headers={"origin": "https://elsewhere.example"}
            )
            assert foreign.status_code == 403, (who, one)


def test_every_object_route_has_an_object_to_try_it_on(shop: Shop, objects: Objects) -> None:
    wanted = {one.path for one in declared(shop.app()) if one.has_object}
    assert wanted == set(OWN), "tests/console/objects.py names an object for every route with a blank, and no other"


@pytest.mark.parametrize("of_dealer", [False, True], ids=["of-the-store", "of-its-dealer"])
@pytest.mark.parametrize("who", ["HQ", "region1", "manager1"])
def test_her_own_objects_are_there(shop: Shop, who: str, of_dealer: bool) -> None:
    objects = fill_objects(shop, of_dealer=of_dealer)
    browser = shop.browser(who)
    for one in declared(shop.app()):
        if one.has_object and one.method == "GET" and one.path not in FOR_ONE_PERSON and who in OPEN_TO[one.gate]:  # type: ignore[index]
            assert ask(shop, browser, one, objects.of(one.path), "").status_code == 200, (who, one)


@pytest.mark.parametrize("of_dealer", [False, True], ids=["of-the-store", "of-its-dealer"])
@pytest.mark.parametrize("who", ["manager3", "manager2"], ids=["other-region", "other-store-and-dealer"])
def test_anothers_object_looks_like_one_that_is_not_there(shop: Shop, who: str, of_dealer: bool) -> None:
    objects = fill_objects(shop, of_dealer=of_dealer)
    browser = shop.browser(who)
    token = form_token(browser.get("/console").text)
    for one in declared(shop.app()):
        if one.has_object and one.path not in FOR_ONE_PERSON:
            theirs = ask(shop, browser, one, objects.of(one.path), token)
            nobodys = ask(shop, browser, one, NOBODYS, token)
            assert same(theirs, nobodys), (who, one, theirs.status_code, nobodys.status_code)


@pytest.mark.parametrize("who", ["HQ", "auditor", "admin"])
def test_nothing_anybody_wrote_becomes_markup_and_no_page_has_a_script_of_its_own(
    shop: Shop, objects: Objects, who: str
) -> None:
    browser, seen = shop.browser(who), 0
    for one in declared(shop.app()):
        if one.method != "GET" or who not in OPEN_TO[one.gate] or one.path in FOR_ONE_PERSON:  # type: ignore[index]
            continue
        text = browser.get(one.at(objects.of(one.path) if one.has_object else ())).text
        seen += "&lt;script&gt;" in text
        # data for a chart lies in a block that no browser runs
        bare = re.sub(
            r'<script (src="/console/static/\w+/[\w.-]+" defer|type="application/json"[^>]*)>[^<]*</script>', "", text
        )
        for forbidden in ("<script", "<img", "<style", " style=", "onclick", "http://", "https://"):
            assert forbidden not in bare, (one.path, forbidden)
    assert seen > (0 if who == "admin" else 8)


@pytest.mark.parametrize("who", ["auditor"])
def test_an_auditor_reads_no_customers_name_anywhere(shop: Shop, objects: Objects, who: str) -> None:
    with shop.database.begin() as tx:
        tx.execute(tables.customer.update().values(name="沈佳宜", address_as="沈姐"))
    browser = shop.browser(who)
    for one in declared(shop.app()):
        if one.method == "GET" and who in OPEN_TO[one.gate] and one.path not in FOR_ONE_PERSON:  # type: ignore[index]
            text = browser.get(one.at(objects.of(one.path) if one.has_object else ())).text
            assert "沈佳宜" not in text, one.path
            assert "沈姐" not in text, one.path
