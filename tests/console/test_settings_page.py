"""The corp's rules in one form: every rule is asked, read back as written, and never overwritten unseen."""

from datetime import time

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.console.administration.rules import FIELDS
from assistant.rulebook import ContactRules, RetentionRules, Rulebook, SignOffRules
from assistant.store import audit, rulebooks
from assistant.store.audit import AuditAction
from knowledge.noun import Noun
from tests.console.shop import CORP, Shop
from tests.console.test_access import form_token


def save(browser: TestClient, **changes: str) -> Response:
    page = browser.get("/console/settings").text
    form = {field.name: field.shown(field.of(Rulebook())) for field in FIELDS}
    form |= {"form_token": form_token(page), "changes": "0"} | changes
    return browser.post("/console/settings", data=form, follow_redirects=False)


def kept(shop: Shop) -> Rulebook:
    with shop.database.read() as tx:
        return rulebooks.of_corp(tx, CORP)


def test_every_rule_of_the_rulebook_is_asked() -> None:
    parts: dict[str, type[Noun]] = {"contacts": ContactRules, "signoff": SignOffRules, "retention": RetentionRules}
    rules = {(part, name) for part, kind in parts.items() for name in kind.model_fields}
    rules |= {("", name) for name in Rulebook.model_fields if name not in parts}
    assert {(field.part, field.name_in_part) for field in FIELDS} == rules


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_default_is_read_back_as_it_is_shown(field: object) -> None:
    rules = Rulebook()
    assert field.read(field.shown(field.of(rules))) == field.of(rules)  # type: ignore[attr-defined]
    assert field.put(rules, field.of(rules)) == rules  # type: ignore[attr-defined]


def test_the_form_says_meaning_default_and_law(shop: Shop) -> None:
    page = shop.browser("admin").get("/console/settings").text
    for field in FIELDS:
        assert field.label in page
        assert field.meaning in page
        assert not field.law or field.law in page
    assert "现在都是默认值" in page


def test_a_change_holds_and_is_logged_old_and_new(shop: Shop) -> None:
    saved = save(
        shop.browser("admin"),
        contacts_per_day="2",
        contacts_quiet_from="20:30",
        signoff_grant_fen="350.5",
        ranking="开",
    )
    assert saved.headers["location"] == "/console/settings?done=saved"
    rules = kept(shop)
    assert (rules.contacts.per_day, rules.contacts.quiet_from) == (2, time(20, 30))
    assert (rules.signoff.grant_fen, rules.ranking) == (35050, True)
    with shop.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=AuditAction.SETTING)
    assert dict(entry.details) == {
        "contacts_per_day": "1 → 2",
        "contacts_quiet_from": "21:00 → 20:30",
        "signoff_grant_fen": f"{Rulebook().signoff.grant_fen // 100} → 350.5",
        "ranking": "关 → 开",
    }


def test_nothing_changed_is_nothing_saved(shop: Shop) -> None:
    assert save(shop.browser("admin")).headers["location"] == "/console/settings?done=same"
    with shop.database.read() as tx:
        assert audit.entries(tx, CORP, action=AuditAction.SETTING) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"contacts_per_day": "11"},
        {"contacts_per_day": "-1"},
        {"contacts_per_day": ""},
        {"contacts_per_day": "1e3"},
        {"contacts_quiet_to": "25:00"},
        {"signoff_grant_fen": "1.234"},
        {"signoff_grant_fen": "NaN"},
        {"signoff_grant_fen": "Infinity"},
        {"retention_conversation_days": "29"},
        {"retention_conversation_days": "99999999999"},
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_saved(shop: Shop, changes: dict[str, str]) -> None:
    refused = save(shop.browser("admin"), ranking="开", **changes)
    assert refused.status_code == 422
    assert next(field.label for field in FIELDS if field.name in changes) in refused.text
    assert kept(shop) == Rulebook()


def test_two_admins_do_not_overwrite_each_other(shop: Shop) -> None:
    shop.set_role("HQ", "admin")
    save(shop.browser("admin"), contacts_per_day="2")
    late = save(shop.browser("HQ"), contacts_per_day="3")
    assert late.status_code == 409
    assert "管理刚刚保存了设置" in late.text
    assert kept(shop).contacts.per_day == 2
    assert save(shop.browser("HQ"), contacts_per_day="3", changes="1").status_code == 303


def test_only_the_admin_sets_rules(shop: Shop) -> None:
    for who in ("HQ", "manager1", "auditor"):
        browser = shop.browser(who)
        assert browser.get("/console/settings").status_code == 403
        form = {"form_token": form_token(browser.get("/console").text), "changes": "0"}
        assert browser.post("/console/settings", data=form).status_code == 403
    assert shop.browser("admin").post("/console/settings", data={"changes": "0"}).status_code == 403
