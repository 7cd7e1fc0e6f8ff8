"""Headquarters keeps the shop's own words; they are one for all stores."""

import pytest
from httpx2 import Response

from assistant.store import material, synonyms
from assistant.store.material import CorpFacts
from tests.console.shop import CORP, XSS, Shop
from tests.console.test_access import form_token


@pytest.fixture
def shop_with_material(shop: Shop) -> Shop:
    with shop.database.begin() as tx:
        material.save_corp(tx, CORP, CorpFacts("试店", (), 0, None, 90, 1))
    return shop


def send(shop: Shop, userid: str, path: str = "", words: str | None = None) -> Response:
    browser = shop.browser(userid)
    form = {"form_token": form_token(browser.get("/console").text)} | ({"words": words} if words is not None else {})
    return browser.post(f"/console/synonyms{path}", data=form, follow_redirects=False)


def known(shop: Shop) -> list[tuple[str, ...]]:
    with shop.database.read() as tx:
        return [group.words for group in synonyms.groups(tx, CORP)]


def version(shop: Shop) -> int:
    with shop.database.read() as tx:
        return material.material_version(tx, CORP)


def test_a_group_is_kept_and_every_replica_told(shop_with_material: Shop) -> None:
    before = version(shop_with_material)
    assert send(shop_with_material, "HQ", words="保价、补差价， 保价").status_code == 303
    assert known(shop_with_material) == [("保价", "补差价")]
    assert version(shop_with_material) == before + 1
    assert "保价、补差价" in shop_with_material.browser("manager1").get("/console/synonyms").text


def test_the_same_group_again_changes_nothing(shop_with_material: Shop) -> None:
    send(shop_with_material, "HQ", words="保价、补差价")
    before = version(shop_with_material)
    send(shop_with_material, "HQ", words="补差价 保价")
    assert (known(shop_with_material), version(shop_with_material)) == ([("保价", "补差价")], before)


def test_a_group_can_be_taken_away(shop_with_material: Shop) -> None:
    send(shop_with_material, "HQ", words="保价、补差价")
    with shop_with_material.database.read() as tx:
        (group,) = synonyms.groups(tx, CORP)
    assert send(shop_with_material, "HQ", f"/{group.group_id}/remove").status_code == 303
    assert known(shop_with_material) == []


def test_one_word_is_no_group(shop_with_material: Shop) -> None:
    answer = send(shop_with_material, "HQ", words="保价")
    assert answer.status_code == 422
    assert "至少要写两个词" in answer.text


@pytest.mark.parametrize("userid", ["manager1", "auditor", "admin"])
def test_nobody_else_changes_the_words_of_all(shop_with_material: Shop, userid: str) -> None:
    assert send(shop_with_material, userid, words="保价、补差价").status_code in {401, 403}
    assert known(shop_with_material) == []


def test_markup_is_shown_as_words(shop_with_material: Shop) -> None:
    send(shop_with_material, "HQ", words=f"保价、{XSS}")
    assert XSS not in shop_with_material.browser("HQ").get("/console/synonyms").text
