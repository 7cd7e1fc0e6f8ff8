"""What pages are dressed with is fetched once: kept for good under an address of its content. Pages are kept nowhere."""

import re
from importlib.resources import files

from assistant.console.bundle import Asset, bundle
from tests.console.shop import Shop

OURS = re.compile(r'(?:href|src)="(/console/static/[^"]+)"')


def test_everything_a_page_asks_for_is_kept_for_a_year(shop: Shop) -> None:
    browser = shop.browser("HQ")
    page = browser.get("/console/figures")
    assert page.headers["cache-control"] == "no-store"
    addresses = OURS.findall(page.text)
    assert {one.rpartition("/")[2] for one in addresses} == {
        "style.css",
        "icon.svg",
        "echarts.common.min.js",
        "figures.js",
    }
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_other_content_has_another_address() -> None:
    assert all(re.fullmatch(r"/console/static/[0-9a-f]{16}/[\w.]+", one.address) for one in bundle().values())
    marks = {one.mark for one in bundle().values()}
    assert len(marks) == len(bundle())
    assert Asset("a.js", "0" * 16, b"1").address != Asset("a.js", "1" * 16, b"2").address


def test_an_older_address_leads_to_what_there_is_now(shop: Shop) -> None:
    """While one replica serves the new release and the next one the old, no page goes undressed."""
    nobody = shop.browser()
    answer = nobody.get("/console/static/0000000000000000/style.css", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, bundle()["style.css"].address)
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_not_there_is_not_kept(shop: Shop) -> None:
    for path in ("0000000000000000/nothing.js", "0000000000000000/..%2f..%2fpages.py"):
        answer = shop.browser().get(f"/console/static/{path}", follow_redirects=False)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"


def test_a_room_dresses_its_own_and_nothing_that_all_rooms_share() -> None:
    """One stylesheet holds every room's rules: one for ``.filters input`` in a room's would change every other's."""
    styles = {
        one.name: _selectors(one.read_text("utf-8")) for one in files("assistant.console").joinpath("styles").iterdir()
    }
    shared = {name for selector in styles.pop("base.css") for name in _CLASS.findall(selector)}
    loose = {
        (name, selector)
        for name, selectors in styles.items()
        for selector in selectors
        if shared.issuperset(_CLASS.findall(selector))
    }
    assert loose == set()


_CLASS = re.compile(r"\.([a-z][\w-]*)")


def _selectors(css: str) -> list[str]:
    plain = re.sub(r"@media[^{]*\{|/\*.*?\*/", "", css, flags=re.S)
    return [" ".join(one.split()) for found in re.findall(r"([^{}]+)\{[^{}]*\}", plain) for one in found.split(",")]
