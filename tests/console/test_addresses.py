"""Whatever the shop's files call a coupon, a script or a member, it has a page, found from the pages that name it."""

import re
from urllib.parse import unquote

import pytest
from fastapi.routing import iter_route_contexts

from assistant.console.naming import OWN_PAGES, id_of, segment
from assistant.store import material
from tests.console.scripting import a_script, furnish
from tests.console.shop import CORP, Shop, add_customer
from tests.console.test_access import form_token
from tests.console.test_coupons import a_coupon

IDS = (
    "A/1",
    "new",
    "try",
    "import",
    "..",
    ".",
    "a/../b",
    "a~2Fb",
    "~",
    "满减 30%",
    "q?x#y&z",
    "back\\slash",
    "A-1_b.c",
)


@pytest.mark.parametrize("record_id", IDS)
def test_an_id_comes_back_out_of_its_address(record_id: str) -> None:
    written = segment(record_id)
    assert re.fullmatch(r"[\w.~%-]+", written, re.ASCII)
    assert written not in OWN_PAGES | {".", ".."}
    assert id_of(unquote(written)) == record_id


def test_common_ids_stand_in_their_address_as_they_are() -> None:
    assert [segment(one) for one in ("CP-1001", "SC_3.b", "HY778812")] == ["CP-1001", "SC_3.b", "HY778812"]
    assert id_of("A~") == "A~"


def test_every_word_of_ours_beside_an_id_is_known(shop: Shop) -> None:
    paths = {found.path or "" for found in iter_route_contexts(shop.app().routes)}
    with_id = re.compile(r"(.*/)\{(coupon_id|script_id|customer_id)\}(/.*)?")
    rooms = {found[1] for path in paths if (found := with_id.fullmatch(path))}
    beside = {path.removeprefix(room).partition("/")[0] for room in rooms for path in paths if path.startswith(room)}
    assert {one for one in beside if "{" not in one} <= OWN_PAGES


@pytest.mark.parametrize("coupon_id", IDS)
def test_every_coupon_has_a_page_and_can_be_stopped_there(shop: Shop, coupon_id: str) -> None:
    furnish(shop, [])
    with shop.database.begin() as tx:
        material.add_coupons(tx, CORP, "src", [a_coupon(coupon_id, name="特别的券")])
    hq = shop.browser("HQ")
    (address,) = re.findall(r'<h2><a href="([^"]+)">特别的券', hq.get("/console/coupons").text)
    shown = hq.get(address)
    assert shown.status_code == 200
    assert "<h1>特别的券" in shown.text
    assert hq.get(f"{address}/edit").status_code == 200
    form = {"form_token": form_token(hq.get("/console").text), "reason": "活动提前结束"}
    stopped = hq.post(f"{address}/stop", data=form, follow_redirects=False)
    assert stopped.headers["location"] == f"{address}?done=stopped"
    assert "已停用" in hq.get(stopped.headers["location"]).text


@pytest.mark.parametrize("record_id", IDS)
def test_every_script_and_member_has_a_page(shop: Shop, record_id: str) -> None:
    furnish(shop, [a_script(record_id, title="特别的话术")])
    add_customer(shop, record_id, name="沈若兰")
    hq, admin = shop.browser("HQ"), shop.browser("admin")
    (address,) = re.findall(r'<a href="(/console/scripts/[^"]+)">特别的话术', hq.get("/console/scripts").text)
    assert "<h1>特别的话术" in hq.get(address).text
    assert hq.get(f"{address}/change").status_code == 200
    form = {"form_token": form_token(admin.get("/console").text), "words": "沈若兰"}
    found = re.findall(r'<a href="(/console/privacy/people/[^"]+)">', admin.post("/console/privacy", data=form).text)
    assert "<h1>沈若兰" in admin.get(found[0]).text
