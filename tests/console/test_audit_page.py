"""The audit log as a page: filtered, paged, and the chain checked on demand."""

from datetime import timedelta

from sqlalchemy import text

from assistant.console.administration.outside import Outside
from assistant.store import audit, privacy
from assistant.store.audit import AuditAction
from tests.console.shop import CORP, XSS, Shop


def note(shop: Shop, action: AuditAction, subject: str, by: str = "HQ", **details: str) -> None:
    with shop.database.begin() as tx:
        audit.append(tx, CORP, shop.clock(), by, action, subject, **details)


def test_entries_are_told_in_words(shop: Shop) -> None:
    note(shop, AuditAction.PUBLISH, "script:SC01", title=XSS)
    note(shop, AuditAction.ROLE, "person:guide1", before="guide S1 active", after="manager * closed")
    note(shop, AuditAction.DELETE, "retention", by="daogou", turns="3")
    page = shop.browser("auditor").get("/console/audit").text
    for words in ("叶总", "发布", "话术 SC01", "员工 林晓", "店长/区域经理 全公司 停用", "系统自动", "到期清理"):
        assert words in page, words
    assert XSS not in page


def test_entries_are_found_by_person_action_subject_and_day(shop: Shop) -> None:
    note(shop, AuditAction.PUBLISH, "script:SC01")
    shop.clock.now += timedelta(days=1)
    note(shop, AuditAction.WITHDRAW, "script:SC02", by="manager1")
    admin = shop.browser("admin")

    def found(query: str) -> list[str]:
        body = admin.get(f"/console/audit?{query}").text.partition("<tbody>")[2]
        return [name for name in ("SC01", "SC02") if name in body]

    assert found("by=hq") == ["SC01"]
    assert found("action=withdraw") == ["SC02"]
    assert found("subject=script:SC01") == ["SC01"]
    assert found("day=2026-11-22") == ["SC01"]
    assert found("day=2026-11-23") == ["SC02"]
    assert found("day=nonsense") == ["SC01", "SC02"]
    assert "没有符合条件" in admin.get("/console/audit?by=nobody").text


def test_a_customer_is_found_by_her_number_though_the_log_does_not_hold_it(shop: Shop) -> None:
    key = b"key"
    note(shop, AuditAction.REVEAL, privacy.subject_of(key, "C1"), reason="客户要求核对")
    admin = shop.browser("admin", outside=Outside(forgetting_key=key))
    page = admin.get("/console/audit?subject=会员:C1").text
    assert "客户要求核对" in page
    assert "没有符合条件" in admin.get("/console/audit?subject=会员:C2").text


def test_older_entries_are_a_page_further(shop: Shop) -> None:
    for number in range(1, 53):
        note(shop, AuditAction.CHANGE, f"script:N{number:03d}")
    admin = shop.browser("admin")
    first = admin.get("/console/audit?action=change").text
    assert "subject=script%3AN052" in first
    assert "subject=script%3AN002" not in first
    last = admin.get("/console/audit?action=change&before=3").text
    assert "subject=script%3AN002" in last
    assert "subject=script%3AN003" not in last
    assert admin.get("/console/audit?before=nonsense").status_code == 200


def test_the_chain_is_checked_on_demand(shop: Shop) -> None:
    note(shop, AuditAction.PUBLISH, "script:SC01")
    note(shop, AuditAction.PUBLISH, "script:SC02")
    admin = shop.browser("admin")
    assert "核对整条记录" in admin.get("/console/audit").text
    assert "核对过，完整" in admin.get("/console/audit?check=1").text
    with shop.database.begin() as tx:
        tx.execute(text("UPDATE audit_entry SET subject = 'script:SC09' WHERE number = 2"))
    broken = admin.get("/console/audit?check=1").text
    assert "第 2 条对不上" in broken
    assert "核对过，完整" not in broken


def test_managers_are_sent_away_and_nothing_is_changed_there(shop: Shop) -> None:
    for who in ("HQ", "manager1"):
        assert shop.browser(who).get("/console/audit").status_code == 403
    assert shop.browser("admin").post("/console/audit").status_code == 404
