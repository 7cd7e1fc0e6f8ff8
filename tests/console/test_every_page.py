"""Every page of the console, made from the route table, in a real browser: fits phone and desktop, readable by axe, quiet."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.console.door.login import login_link
from tests.console.objects import FOR_ONE_PERSON, OWN, Objects, fill_objects
from tests.console.shop import KEY, Shop, open_shop
from tests.console.test_browser import ARGUMENTS, check_fits, open_page, serving_on_a_port
from tests.console.test_matrix import OPEN_TO, Declared, declared

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SERIOUS = frozenset({"serious", "critical"})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Objects, str]]:
    """A shop with one of everything, served on this machine."""
    folder: Path = tmp_path_factory.mktemp("pages")
    shop = open_shop(folder)
    objects = fill_objects(shop)
    with serving_on_a_port(shop.app()) as address:
        yield shop, objects, address
    shop.database.close()


def pages(shop: Shop, objects: Objects, who: str) -> Iterator[str]:
    """The addresses this person may open."""
    for one in declared(shop.app()):
        if one.method == "GET" and who in OPEN_TO[one.gate] and one.path not in FOR_ONE_PERSON:  # type: ignore[index]
            yield _address(one, objects)


def _address(one: Declared, objects: Objects) -> str:
    return one.at(objects.of(one.path)) if one.path in OWN else one.path


@pytest.mark.parametrize(
    ("who", "width"),
    [
        ("HQ", "phone"),
        ("admin", "desktop"),
        # the same pages again: make faults
        pytest.param("HQ", "desktop", marks=pytest.mark.faults),
        pytest.param("admin", "phone", marks=pytest.mark.faults),
    ],
)
def test_every_page_fits_is_readable_and_complains_of_nothing(
    filled: tuple[Shop, Objects, str], who: str, width: str
) -> None:
    shop, objects, address = filled
    # a link is of this very moment, the shop's clock of when it was opened
    shop.wall.now = datetime.now(UTC)
    complaints: list[str] = []
    seen = 0
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = open_page(chromium, width, complaints, bypass_csp=True)
        page.goto(address + login_link(KEY, who))
        page.get_by_role("button", name="进入控制台").click()
        for path in pages(shop, objects, who):
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.status == 200, path
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            check_fits(page)
            assert _serious(page) == [], path
            assert complaints == [], path
            seen += 1
        chromium.close()
    assert seen > (5 if who == "admin" else 30)


def _serious(page: Any) -> list[str]:
    """What axe finds that would stop somebody from reading or using the page."""
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in SERIOUS]
