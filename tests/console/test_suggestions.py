"""A suggestion is decided once, by somebody else, and it is remembered who and when."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.turn import ActionKind
from tests.console.shop import NOW, Shop, act, add_turn
from tests.console.test_access import form_token

EDITED = "沈姐您好，晨露舒缓面霜50ml今天298元，用券后268元。"


def suggested(shop: Shop, guide: str = "guide1", number: int = 1) -> str:
    made = add_turn(shop, number, guide=guide)
    act(shop, made, ActionKind.EDITED, EDITED)
    return made


def decide(browser: TestClient, turn_id: str, decision: str, note: str = "") -> Response:
    form = {"form_token": form_token(browser.get("/console").text), "decision": decision, "note": note}
    return browser.post(f"/console/suggestions/{turn_id}", data=form, follow_redirects=False)


def standing(shop: Shop, turn_id: str) -> tuple[str, str, str]:
    with shop.database.read() as tx:
        row = tx.exec_driver_sql(
            "SELECT status, reviewed_by, note, reviewed_at FROM suggestion WHERE turn_id = ?", (turn_id,)
        ).one()
    assert row.status == "open" or row.reviewed_at.startswith(f"{NOW:%Y-%m-%d %H:%M}")
    return row.status, row.reviewed_by, row.note


def test_both_texts_stand_side_by_side_with_the_changed_words(shop: Shop) -> None:
    suggested(shop)
    text = shop.browser("manager1").get("/console/suggestions").text
    assert "<del>现在</del>" in text
    assert "今天" in text.partition("<ins>")[2]
    assert "还不会自动变成话术" in text


def test_approving_records_who_and_when(shop: Shop) -> None:
    turn_id, browser = suggested(shop), shop.browser("manager1")
    answer = decide(browser, turn_id, "approved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/suggestions?done=approved")
    assert standing(shop, turn_id) == ("approved", "manager1", "")
    after = browser.get("/console/suggestions?done=approved").text
    assert "没有等着审的建议" in after
    assert "苏婉" in after.partition("最近审过的 1 条")[2]


def test_refusing_needs_a_reason(shop: Shop) -> None:
    turn_id, browser = suggested(shop), shop.browser("manager1")
    assert decide(browser, turn_id, "refused", "  ").status_code == 422
    assert standing(shop, turn_id) == ("open", "", "")
    assert decide(browser, turn_id, "refused", " 语气太急 ").status_code == 303
    assert standing(shop, turn_id) == ("refused", "manager1", "语气太急")


def test_the_second_decision_meets_a_clear_page(shop: Shop) -> None:
    turn_id = suggested(shop)
    decide(shop.browser("manager1"), turn_id, "approved")
    late = decide(shop.browser("region1"), turn_id, "refused", "我不同意")
    assert late.status_code == 409
    assert "苏婉在 2026-11-22 11:00 已经选了「已通过」" in late.text
    assert standing(shop, turn_id) == ("approved", "manager1", "")


def test_two_at_the_same_moment_are_one_decision(shop: Shop) -> None:
    turn_id = suggested(shop)
    browsers = [shop.browser(who) for who in ("manager1", "region1", "HQ")]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda browser: decide(browser, turn_id, "approved").status_code, browsers))
    assert sorted(answers) == [303, 409, 409]


def test_nobody_decides_on_her_own(shop: Shop) -> None:
    turn_id = suggested(shop, guide="manager1")
    browser = shop.browser("Manager1")
    assert "要由别人来审" in browser.get("/console/suggestions").text
    assert decide(browser, turn_id, "approved").status_code == 403
    assert standing(shop, turn_id) == ("open", "", "")
    assert decide(shop.browser("HQ"), turn_id, "approved").status_code == 303


@pytest.mark.parametrize("decision", ["", "open", "published"])
def test_there_are_only_two_decisions(shop: Shop, decision: str) -> None:
    turn_id = suggested(shop)
    assert decide(shop.browser("manager1"), turn_id, decision).status_code == 404
    assert standing(shop, turn_id)[0] == "open"


def test_a_decision_without_a_form_token_changes_nothing(shop: Shop) -> None:
    turn_id, browser = suggested(shop), shop.browser("manager1")
    answer = browser.post(f"/console/suggestions/{turn_id}", data={"decision": "approved"})
    assert answer.status_code == 403
    assert standing(shop, turn_id)[0] == "open"
