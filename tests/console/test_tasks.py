"""A task from the form to its result: previewed, published once, seen only where it reaches, stopped, and never overwritten."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, insert, select

from assistant.console.tasks.form import forbidden_tag
from assistant.offers.holdout import Holdout
from assistant.outreach.caps import CapRule
from assistant.rulebook import ContactRules, Rulebook
from assistant.store import audit, contacts, notices, rulebooks, tables, tasks
from assistant.store.audit import AuditAction
from assistant.store.contacts import ContactMade
from assistant.store.tasks import ItemStatus
from assistant.turn import ActionKind, Intent
from tests.console.shop import CORP, NOW, XSS, Shop, act, add_turn
from tests.console.test_access import form_token, same

TODAY = date(2026, 11, 22)
ALL = ("service", "marketing", "personalisation")


def add(shop: Shop, customer_id: str, store_id: str = "S1", guide: str = "guide1", **more: Any) -> None:
    """One customer of a guide."""
    row: dict[str, Any] = {
        "corp_id": CORP,
        "customer_id": customer_id,
        "source_id": "src",
        "name": f"客{customer_id}",
        "address_as": "",
        "phone": "",
        "tier": "金卡",
        "tier_level": 2,
        "points": 0,
        "birthday": date(1990, 5, 1),
        "tags": [],
        "facts": [],
        "consents": list(ALL),
        "guide_folded": guide,
        "store_id": store_id,
        "joined_at": None,
    }
    with shop.database.begin() as tx:
        tx.execute(insert(tables.customer).values(**row | more))


@pytest.fixture
def people(shop: Shop) -> Shop:
    """Customers of two stores, each left out for another reason, three of them to be written to."""
    with shop.database.begin() as tx:
        tx.execute(
            insert(tables.corp).values(
                corp_id=CORP,
                brand="云",
                tiers=["普卡", "金卡"],
                shipping_fen=0,
                free_shipping_from_fen=None,
                lapsed_after_days=90,
                material_version=1,
            )
        )
    add(shop, "A1")
    add(shop, "A2")
    add(shop, "A3", consents=["service"])
    add(shop, "A4", birthday=date(2012, 1, 1))
    add(shop, "A5", guide="nobody")
    add(shop, "A6", tier="普卡")
    add(shop, "A7")
    add(shop, "A8")
    add(shop, "B1", "S3", "guide3")
    with shop.database.begin() as tx:
        contacts.stop(tx, CORP, "A7", guide="guide1", turn_id="T0", moment=NOW, in_her_words=True)
        for number in range(4):
            made = ContactMade(f"T-{number}", "A8", "guide1", "S1", Intent.CARE, "", NOW - timedelta(days=number + 1))
            contacts.note(tx, CORP, made)
    return shop


def words(**more: Any) -> dict[str, Any]:
    """A form as it is sent."""
    return {
        "title": "老客回访",
        "purpose": "换季护理，请她们回店",
        "tiers": ["金卡"],
        "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + timedelta(days=8)).isoformat(),
    } | more


def send(browser: TestClient, path: str, **data: Any) -> Response:
    """Send a form from a page of this browser's session."""
    token = form_token(browser.get("/console").text)
    return browser.post(path, data={"form_token": token, **data}, follow_redirects=False)


def made(browser: TestClient, **more: Any) -> str:
    """Save a draft; gives its id."""
    answer = send(browser, "/console/tasks/new", **words(**more))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/console/tasks/").partition("?")[0]


def published(browser: TestClient, **more: Any) -> str:
    """Save and publish; gives the task's id."""
    task_id = made(browser, **more)
    assert send(browser, f"/console/tasks/{task_id}/publish", changes=1).status_code == 303
    return task_id


def items(shop: Shop, task_id: str) -> dict[str, str]:
    """The items by customer."""
    with shop.database.read() as tx:
        rows = tx.execute(select(tables.task_item).where(tables.task_item.c.task_id == task_id))
        return {row.customer_id: row.status for row in rows}


def told(shop: Shop) -> list[tuple[str, str]]:
    """Every notice laid out, with whom it goes to."""
    with shop.database.read() as tx:
        return [(one.userid, one.text) for one in notices.unsent(tx, CORP)]


# ---- before it is published ----------------------------------------------------------------------


def test_the_preview_counts_by_store_and_says_why_the_others_are_left_out(people: Shop) -> None:
    browser = people.browser("HQ")
    page = browser.get(f"/console/tasks/{made(browser)}").text
    assert "发布后会联系 3 位客户" in page
    for reason in ("没有同意接收营销信息", "未成年人", "没有在岗的专属导购", "说过别再发"):
        row = page.partition(f">{reason}</th>")[2].partition("</tr>")[0]
        assert ">1</td>" in row, reason
    lake = page.partition(">湖滨店</th>")[2].partition("</tr>")[0]
    assert ">2</td>" in lake
    assert ">5</td>" in lake
    assert items(people, "x") == {}
    assert told(people) == []


def test_who_was_written_to_too_often_is_left_out_until_the_days_reach_into_the_next_month(people: Shop) -> None:
    browser = people.browser("HQ")
    short = browser.get(f"/console/tasks/{made(browser)}").text
    assert "这段时间联系够次数了" in short
    long = browser.get(f"/console/tasks/{made(browser, ends_on='2026-12-02')}").text
    assert "这段时间联系够次数了" not in long
    assert "发布后会联系 4 位客户" in long


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"tiers": ["普卡"]}, 1),
        ({"tiers": []}, 4),
        ({"stores": ["S3"]}, 1),
        ({"regions": ["R1"]}, 2),
        ({"birthday_month": "6"}, 0),
        ({"birthday_month": "5"}, 3),
        ({"tags": "沙龙"}, 0),
        ({"lapsed_days": "30"}, 0),
        ({"tags": "沙龙、敏感肌", "stores": ["S1"]}, 0),
    ],
)
def test_the_segment_decides_who_is_meant(people: Shop, more: dict[str, Any], count: int) -> None:
    browser = people.browser("HQ")
    assert f"发布后会联系 {count} 位客户" in browser.get(f"/console/tasks/{made(browser, **more)}").text


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ({"title": " "}, "写一个标题"),
        ({"purpose": ""}, "为什么联系"),
        ({"starts_on": "2026-11-21"}, "今天或以后"),
        ({"ends_on": "2026-11-21"}, "不早于开始那天"),
        ({"ends_on": "2027-11-21"}, "最长 92 天"),
        ({"lapsed_days": "很久"}, "多少天没来"),
        ({"birthday_month": "13"}, "生日月请选"),
        ({"tags": "高消费"}, "不能按消费能力挑客户"),
        ({"tags": "苹果用户"}, "不能按使用的设备挑客户"),
        ({"tiers": ["钻石卡"]}, "有选项已经不在了"),
        ({"script_id": "SC404"}, "这条话术现在用不了"),
        ({"coupon_id": "CP404"}, "这张券现在用不了"),
    ],
)
def test_a_form_with_a_mistake_is_given_back_with_what_would_make_it_right(
    people: Shop, more: dict[str, Any], mistake: str
) -> None:
    browser = people.browser("HQ")
    answer = send(browser, "/console/tasks/new", **words(**more))
    assert answer.status_code == 422
    assert mistake in answer.text
    assert "换季护理，请她们回店" in answer.text or "purpose" in more
    with people.database.read() as tx:
        assert tx.execute(select(tables.task)).all() == []


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("高消费", "消费能力"),
        ("客单价高", "消费能力"),
        ("iPhone用户", "使用的设备"),
        ("好说话", "推断的付费意愿"),
        ("沙龙", ""),
    ],
)
def test_a_tag_that_says_what_the_law_forbids_is_named(tag: str, what: str) -> None:
    assert forbidden_tag(("群友", tag)) == what


def test_a_store_manager_reaches_her_own_store_alone(people: Shop) -> None:
    browser = people.browser("manager1")
    assert "江南店" not in browser.get("/console/tasks/new").text
    refused = send(browser, "/console/tasks/new", **words(stores=["S3"]))
    assert refused.status_code == 422
    task_id = published(browser)
    assert set(items(people, task_id)) == {"A1", "A2"}
    with people.database.read() as tx:
        assert tasks.read(tx, CORP, task_id).stores == {"S1"}


def test_nobody_to_contact_is_not_published(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = made(browser, tags="沙龙")
    answer = send(browser, f"/console/tasks/{task_id}/publish", changes=1)
    assert answer.status_code == 422
    assert "现在没有能联系的客户" in answer.text
    assert "发布给导购" not in browser.get(f"/console/tasks/{task_id}").text


# ---- publishing ----------------------------------------------------------------------------------


def test_publishing_makes_one_item_a_customer_tells_each_guide_and_is_audited(people: Shop) -> None:
    task_id = published(people.browser("HQ"))
    assert items(people, task_id) == dict.fromkeys(("A1", "A2", "B1"), "open")
    notices_by_guide = dict(told(people))
    assert set(notices_by_guide) == {"guide1", "guide3"}
    assert "今天有 2 位客户要联系：客A1、客A2" in notices_by_guide["guide1"]
    assert "回复「任务」开始" in notices_by_guide["guide1"]
    assert "客A1" not in notices_by_guide["guide3"]
    with people.database.read() as tx:
        entry = audit.entries(tx, CORP, subject=f"task:{task_id}", action=AuditAction.START)[0]
    assert (entry.by, entry.details) == ("hq", {"customers": "3", "stores": "3"})


def test_a_double_click_publishes_once_and_a_second_manager_is_told(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = published(browser)
    again = send(browser, f"/console/tasks/{task_id}/publish", changes=1)
    assert again.status_code == 303
    assert len(items(people, task_id)) == 3
    assert len(told(people)) == 2
    with people.database.read() as tx:
        assert len(audit.entries(tx, CORP, subject=f"task:{task_id}", action=AuditAction.START)) == 1
    mine = published(people.browser("manager1"))
    late = send(people.browser("region1"), f"/console/tasks/{mine}/publish", changes=1)
    assert late.status_code == 409


def test_a_draft_changed_meanwhile_is_not_published_on_what_was_seen(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = made(browser)
    changed = send(browser, f"/console/tasks/{task_id}/edit", changes=1, **words(tiers=["普卡"]))
    assert changed.status_code == 303
    assert send(browser, f"/console/tasks/{task_id}/publish", changes=1).status_code == 409
    assert send(browser, f"/console/tasks/{task_id}/edit", changes=1, **words()).status_code == 409
    assert items(people, task_id) == {}
    assert send(browser, f"/console/tasks/{task_id}/publish", changes=2).status_code == 303
    assert set(items(people, task_id)) == {"A6"}
    assert send(browser, f"/console/tasks/{task_id}/edit", changes=3, **words()).status_code == 409


def test_a_draft_can_be_thrown_away_and_is_then_gone(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = made(browser)
    assert send(browser, f"/console/tasks/{task_id}/discard", changes=1).status_code == 303
    assert browser.get(f"/console/tasks/{task_id}").status_code == 404


def test_a_task_that_begins_later_tells_nobody_before_its_day(people: Shop) -> None:
    task_id = published(people.browser("HQ"), starts_on="2026-11-24")
    assert told(people) == []
    assert "还没开始" in people.browser("HQ").get(f"/console/tasks/{task_id}").text


def test_who_is_drawn_to_be_left_alone_is_held_out_and_never_shown_to_a_guide(people: Shop) -> None:
    holdout = Holdout(percent=50, salt="x")
    for number in range(40):
        add(people, f"C{number:02d}")
    browser = people.browser("HQ", holdout=holdout)
    task_id = published(browser)
    found = items(people, task_id)
    assert {one for one, status in found.items() if status == "held-out"} == {
        one for one in found if holdout.holds(CORP, one)
    }
    assert 5 < sum(status == "held-out" for status in found.values()) < 35
    page = browser.get(f"/console/tasks/{task_id}").text
    assert "在对照组里，特意不联系" in page
    assert f"{sum(status == 'open' for status in found.values())} 位里处理了 0 位" in page
    with people.database.read() as tx:
        open_ones = set(tasks.open_of_guide(tx, CORP, "guide1", NOW))
    assert open_ones == {one for one, status in found.items() if status == "open" and one != "B1"} - {"B1"}


# ---- whose it is ---------------------------------------------------------------------------------


@pytest.fixture
def going(people: Shop) -> tuple[Shop, str]:
    """A task of headquarters under way: one reached, one left out with a reason, one open elsewhere."""
    task_id = published(people.browser("HQ"))
    turn_id = add_turn(people, 1, customer_id="A1")
    act(people, turn_id, ActionKind.ACCEPTED, "客A1，换季了，有空回店做护理。")
    with people.database.begin() as tx:
        tasks.settle(tx, CORP, task_id, "A1", ItemStatus.DONE, guide="guide1", moment=NOW, turn_id=turn_id)
        tasks.settle(tx, CORP, task_id, "A2", ItemStatus.SKIPPED, guide="guide1", moment=NOW, reason="她上周刚买过")
    return people, task_id


def test_every_manager_sees_of_it_what_concerns_her_stores(going: tuple[Shop, str]) -> None:
    shop, task_id = going
    whole = shop.browser("HQ").get(f"/console/tasks/{task_id}").text
    assert "3 位里处理了 2 位：联系 1，不联系 1，还剩 1" in whole
    assert "她上周刚买过" in whole
    assert "江南店" in whole
    lake = shop.browser("manager1").get(f"/console/tasks/{task_id}?status=done").text
    assert "2 位里处理了 2 位" in lake
    assert "换季了，有空回店做护理" in lake
    assert "江南店" not in lake
    assert "客B1" not in lake
    other = shop.browser("manager3").get(f"/console/tasks/{task_id}").text
    assert "1 位里处理了 0 位" in other
    assert "她上周刚买过" not in other
    assert "客A1" not in other


def test_what_reaches_none_of_her_stores_looks_like_what_is_not_there(people: Shop) -> None:
    task_id = published(people.browser("manager1"))
    other = people.browser("manager3")
    assert same(other.get(f"/console/tasks/{task_id}"), other.get("/console/tasks/TK404"))
    assert other.get(f"/console/tasks/{task_id}").status_code == 404
    assert "老客回访" not in other.get("/console/tasks").text
    assert same(other.get(f"/console/tasks?before={task_id}"), other.get("/console/tasks?before=TK404"))
    for step in ("stop", "publish", "discard", "edit"):
        answer = send(other, f"/console/tasks/{task_id}/{step}", changes=2, **words())
        assert answer.status_code == 404, step


def test_a_draft_is_seen_only_by_who_answers_for_all_its_stores(people: Shop) -> None:
    task_id = made(people.browser("HQ"))
    for who in ("region1", "manager1"):
        assert people.browser(who).get(f"/console/tasks/{task_id}").status_code == 404
        assert "老客回访" not in people.browser(who).get("/console/tasks?phase=draft").text
    hers = made(people.browser("manager1"))
    assert people.browser("region1").get(f"/console/tasks/{hers}").status_code == 200


def test_a_store_manager_does_not_stop_what_headquarters_began(going: tuple[Shop, str]) -> None:
    shop, task_id = going
    browser = shop.browser("manager1")
    assert "提前停掉" not in browser.get(f"/console/tasks/{task_id}").text
    assert send(browser, f"/console/tasks/{task_id}/stop", changes=2).status_code == 403


def test_an_auditor_reads_without_names_and_an_admin_not_at_all(going: tuple[Shop, str]) -> None:
    shop, task_id = going
    auditor = shop.browser("auditor")
    for status in ("open", "done", "skipped"):
        text = auditor.get(f"/console/tasks/{task_id}?status={status}").text
        assert "客A1" not in text
        assert "客A2" not in text
    assert "新任务" not in auditor.get("/console/tasks").text
    assert send(auditor, f"/console/tasks/{task_id}/stop", changes=2).status_code == 403
    for path in ("/console/tasks", f"/console/tasks/{task_id}", "/console/tasks/new"):
        assert shop.browser("admin").get(path).status_code == 403


def test_a_customer_handed_over_takes_her_open_item_along_and_is_not_named_in_the_old_store(
    people: Shop,
) -> None:
    task_id = published(people.browser("HQ"))
    with people.database.begin() as tx:
        tx.execute(
            tables.customer.update()
            .where(tables.customer.c.customer_id == "A1")
            .values(guide_folded="guide3", store_id="S3")
        )
    with people.database.read() as tx:
        assert set(tasks.open_of_guide(tx, CORP, "guide3", NOW)) == {"A1", "B1"}
        assert set(tasks.open_of_guide(tx, CORP, "guide1", NOW)) == {"A2"}
    assert "客A1" not in people.browser("manager1").get(f"/console/tasks/{task_id}").text
    assert "已转到别的门店" in people.browser("manager1").get(f"/console/tasks/{task_id}").text


def test_a_form_from_elsewhere_changes_nothing(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = made(browser)
    for path in ("/console/tasks/new", f"/console/tasks/{task_id}/edit", f"/console/tasks/{task_id}/publish"):
        assert browser.post(path, data={"form_token": "forged", "changes": 1, **words()}).status_code == 403
    assert items(people, task_id) == {}


def test_words_with_markup_are_shown_as_words(people: Shop) -> None:
    browser = people.browser("HQ")
    task_id = published(browser, title=XSS[:30], purpose=XSS, tags="")
    with people.database.begin() as tx:
        tasks.settle(tx, CORP, task_id, "A1", ItemStatus.SKIPPED, guide="guide1", moment=NOW, reason=XSS)
    for path in (f"/console/tasks/{task_id}", f"/console/tasks/{task_id}?status=skipped", "/console/tasks"):
        assert "<script>alert" not in browser.get(path).text
    bad = send(browser, "/console/tasks/new", **words(title=XSS, tags=XSS))
    assert "<script>alert" not in bad.text


# ---- afterwards ----------------------------------------------------------------------------------


def test_stopping_takes_it_off_every_list_is_audited_and_happens_once(going: tuple[Shop, str]) -> None:
    shop, task_id = going
    browser = shop.browser("HQ")
    assert send(browser, f"/console/tasks/{task_id}/stop", changes=2).status_code == 303
    assert send(browser, f"/console/tasks/{task_id}/stop", changes=2).status_code == 409
    with shop.database.read() as tx:
        assert tasks.open_of_guide(tx, CORP, "guide3", NOW) == {}
        assert not tasks.runs(tx, CORP, task_id, NOW)
        assert len(audit.entries(tx, CORP, subject=f"task:{task_id}", action=AuditAction.STOP)) == 1
    assert "提前停了" in browser.get(f"/console/tasks/{task_id}").text
    assert "老客回访" in browser.get("/console/tasks?phase=stopped").text


def test_coupons_and_orders_after_the_text_are_counted_within_the_days(going: tuple[Shop, str]) -> None:
    shop, task_id = going
    with shop.database.begin() as tx:
        turn_id = tx.execute(
            select(tables.task_item.c.turn_id).where(tables.task_item.c.customer_id == "A1")
        ).scalar_one()
        for number, status in enumerate(("redeemed", "granted")):
            tx.execute(insert(tables.coupon_grant).values(**grant(f"G{number}", turn_id, status)))
        for number, (customer_id, days) in enumerate((("A1", 1), ("A1", 9), ("A2", 1), ("A1", -1))):
            tx.execute(insert(tables.till_order).values(**order(f"D{number}", customer_id, NOW + timedelta(days=days))))
    shop.clock.now = NOW + timedelta(days=20)
    page = shop.browser("HQ").get(f"/console/tasks/{task_id}").text
    assert "2 张</dd>" in page
    assert "1 张，共 ¥30.00" in page
    assert "1 单，实付 ¥268.00" in page
    assert "沟通后 7 天内，客户下单 1 单" in page
    assert "没有对照组，只说明先后" in page
    assert "¥0.00" in shop.browser("manager3").get(f"/console/tasks/{task_id}").text


def grant(grant_id: str, turn_id: str, status: str) -> dict[str, Any]:
    used = status == "redeemed"
    return {
        "grant_id": grant_id,
        "corp_id": CORP,
        "coupon_id": "CP1",
        "customer_id": "A1",
        "guide_folded": "guide1",
        "store_id": "S1",
        "turn_id": turn_id,
        "reason": "",
        "status": status,
        "granted_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "value_fen": 3000,
        "reserved_fen": 0 if used else 3000,
        "redeemed_fen": 3000 if used else 0,
        "refunded_fen": 0,
        "order_id": "",
    }


def order(order_id: str, customer_id: str, at: datetime) -> dict[str, Any]:
    return {
        "corp_id": CORP,
        "order_id": order_id,
        "customer_id": customer_id,
        "store_id": "S1",
        "channel": "shop",
        "ordered_at": at,
        "delivery_area": "",
        "guide": "",
        "total_fen": 29800,
        "paid_fen": 26800,
        "refunded_fen": 0,
        "status": "paid",
        "event_id": order_id,
        "occurred_at": at,
    }


def test_a_task_that_does_not_keep_up_says_so(people: Shop) -> None:
    task_id = published(people.browser("HQ"))
    browser = people.browser("HQ")
    assert "落后于进度" not in browser.get("/console/tasks").text
    people.clock.now = NOW + timedelta(days=3)
    assert "落后于进度" in browser.get("/console/tasks").text
    assert "落后于进度" in browser.get(f"/console/tasks/{task_id}").text
    with people.database.begin() as tx:
        for one in ("A1", "A2"):
            tasks.settle(tx, CORP, task_id, one, ItemStatus.DONE, guide="guide1", moment=people.clock())
    assert "落后于进度" not in browser.get("/console/tasks").text


def test_a_notice_that_did_not_arrive_is_told(people: Shop) -> None:
    from assistant.seams import Receipt, SendState

    task_id = published(people.browser("HQ"))
    with people.database.begin() as tx:
        for one in notices.unsent(tx, CORP):
            if one.userid == "guide1":
                notices.mark(tx, one.number, Receipt(state=SendState.FAILED, detail="60020"))
    assert "提醒没有送到：林晓" in people.browser("HQ").get(f"/console/tasks/{task_id}").text
    assert "没有送到" not in people.browser("manager3").get(f"/console/tasks/{task_id}").text


def test_empty_lists_say_so(shop: Shop) -> None:
    browser = shop.browser("HQ")
    for phase in ("running", "planned", "draft", "ended", "stopped"):
        page = browser.get(f"/console/tasks?phase={phase}")
        assert page.status_code == 200
        assert 'class="empty"' in page.text


@pytest.mark.parametrize("path", ["/console/tasks", "/console/tasks/{task_id}"])
def test_the_number_of_queries_does_not_grow_with_rows(people: Shop, path: str) -> None:
    browser = people.browser("HQ")
    task_id = published(browser)
    few = _statements(people, browser, path.format(task_id=task_id))
    for number in range(30):
        add(people, f"D{number:02d}")
    for _ in range(5):
        task_id = published(browser)
    assert _statements(people, browser, path.format(task_id=task_id)) == few


def _statements(shop: Shop, browser: TestClient, path: str) -> int:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", hear)
    assert browser.get(path).status_code == 200
    event.remove(shop.database.engine, "before_cursor_execute", hear)
    return len(heard)


def test_a_corps_own_caps_decide_who_is_left_out(people: Shop) -> None:
    with people.database.begin() as tx:
        rules = Rulebook(contacts=ContactRules(per_day=1, per_month=10))
        assert rulebooks.write(tx, CORP, rules, by="admin", moment=NOW, seen=0)
    browser = people.browser("HQ")
    page = browser.get(f"/console/tasks/{made(browser)}").text
    assert "发布后会联系 4 位客户" in page
    assert CapRule.PER_MONTH.label not in page
