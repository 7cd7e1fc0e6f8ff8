"""Every route × every kind of person × whose object it is, made from the route table: a new route is covered the day it
is added (safety A1, A3). What is declared is the gate a route depends on; a route without one fails.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.console.door.login import Gate
from tests.console.objects import OWN, Objects, fill_objects
from tests.console.shop import Shop
from tests.console.test_access import WITHOUT_LOGIN, form_token, same

ROLES = ("HQ", "region1", "manager1", "auditor", "admin")
READERS = frozenset({"HQ", "region1", "manager1", "auditor"})
MANAGERS = frozenset({"HQ", "region1", "manager1"})
OPEN_TO = {
    Gate.visitor: frozenset(ROLES),
    Gate.sender: frozenset(ROLES),
    Gate.reader: READERS,
    Gate.reviewer: MANAGERS,
    Gate.headquarters: frozenset({"HQ"}),
    Gate.administrator: frozenset({"admin"}),
    Gate.administering: frozenset({"admin"}),
    Gate.overseer: frozenset({"admin", "auditor"}),
}
CHANGING = frozenset({Gate.sender, Gate.reviewer, Gate.headquarters, Gate.administering})
NOBODYS_ID = "no-such-thing"


class Declared(NamedTuple):
    """One route as it is declared: its gate is the function of Gate it depends on."""

    method: str
    path: str
    gate: object

    @property
    def has_object(self) -> bool:
        """True when the address names one thing."""
        return "{" in self.path

    def at(self, thing: str) -> str:
        """The address with this id in the place of every blank."""
        head, _, rest = self.path.partition("{")
        return head + thing + self.__class__(self.method, rest.partition("}")[2], self.gate).at(thing) if rest else head


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


def ask(browser: TestClient, one: Declared, thing: str, token: str) -> Response:
    data = {"form_token": token} if one.method != "GET" else None
    return browser.request(one.method, one.at(thing), data=data, follow_redirects=False)


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
        answer = ask(browser, one, NOBODYS_ID, token)
        refused = answer.status_code in (401, 403)
        assert refused == (who not in OPEN_TO[one.gate]), (who, one, answer.status_code)  # type: ignore[index]


@pytest.mark.parametrize("who", ROLES)
def test_a_form_without_its_token_changes_nothing(shop: Shop, objects: Objects, who: str) -> None:
    browser = shop.browser(who)
    for one in declared(shop.app()):
        if one.method != "GET":
            assert ask(browser, one, NOBODYS_ID, "forged").status_code == 403, (who, one)
            foreign = browser.post(
                one.at(NOBODYS_ID), data={"form_token": "x"}, headers={"origin": "https://elsewhere.example"}
            )
            assert foreign.status_code == 403, (who, one)


def test_every_object_route_has_an_object_to_try_it_on(shop: Shop, objects: Objects) -> None:
    wanted = {one.path for one in declared(shop.app()) if one.has_object}
    assert wanted == set(OWN), "tests/console/objects.py names an object for every route with a blank, and no other"


@pytest.mark.parametrize("who", ["HQ", "region1", "manager1"])
def test_her_own_objects_are_there(shop: Shop, objects: Objects, who: str) -> None:
    browser = shop.browser(who)
    for one in declared(shop.app()):
        if one.has_object and one.method == "GET" and who in OPEN_TO[one.gate]:  # type: ignore[index]
            assert ask(browser, one, objects.of(one.path), "").status_code == 200, (who, one)


@pytest.mark.parametrize("who", ["manager3", "outsider"])
def test_anothers_object_looks_like_one_that_is_not_there(shop: Shop, objects: Objects, who: str) -> None:
    browser = shop.browser(who)
    token = form_token(browser.get("/console").text)
    for one in declared(shop.app()):
        if one.has_object and one.path not in objects.everybodys:
            theirs = ask(browser, one, objects.of(one.path), token)
            nobodys = ask(browser, one, NOBODYS_ID, token)
            assert same(theirs, nobodys), (who, one, theirs.status_code, nobodys.status_code)
