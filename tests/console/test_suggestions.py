"""What guides changed alike becomes one suggestion; it is decided once, by somebody else, and nothing else is served."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from assistant.store import audit, tables
from assistant.store.audit import AuditAction
from assistant.store.revisions import RevisionStatus
from knowledge.passage import Scope, ScopeLevel
from tests.console.scripting import (
    CARING,
    DRAFT,
    TEXT,
    a_script,
    decide,
    edited,
    fields,
    furnish,
    mine,
    mined,
    post,
    propose,
    revision,
    served,
    waiting,
)
from tests.console.shop import CORP, XSS, Shop, add_customer
from tests.console.test_access import form_token, same

SUGGESTED = TEXT + "第一次用先在耳后试一下，有不舒服就停。"
STORE = Scope(level=ScopeLevel.STORE, id="S1")


@pytest.fixture(autouse=True)
def furnished(shop: Shop) -> None:
    furnish(shop)


def entries(shop: Shop, script_id: str = "SC1") -> list[AuditAction]:
    with shop.database.read() as tx:
        return [one.action for one in reversed(audit.entries(tx, CORP, subject=f"script:{script_id}"))]


def kept(shop: Shop) -> list[str]:
    with shop.database.read() as tx:
        return list(tx.execute(select(tables.kept_case.c.turn_id).order_by(tables.kept_case.c.turn_id)).scalars())


def edits(shop: Shop) -> set[tuple[str, str]]:
    with shop.database.read() as tx:
        rows = tx.execute(select(tables.suggestion.c.status, tables.suggestion.c.reviewed_by))
        return {(row.status, row.reviewed_by) for row in rows}


# ---- from edits to a suggestion ----------------------------------------------------------------


def test_edits_alike_become_one_suggestion_with_its_cause_and_its_words_as_a_template(shop: Shop) -> None:
    found = mined(shop)
    assert found.body["text"] == SUGGESTED
    assert (found.about["cause"], found.about["changed"], found.about["edits"]) == ("care-added", "使用提醒", 3)
    text = shop.browser("HQ").get("/console/suggestions").text
    assert "2 位导购改了 3 次：<strong>加了关心的话</strong>（使用提醒）" in text
    assert "第一次用先在耳后试一下" in text.partition("<ins>")[2]
    assert entries(shop) == [AuditAction.PROPOSE]


def test_two_edits_or_one_guide_are_only_watched(shop: Shop) -> None:
    for number in (1, 2, 3, 4):
        edited(shop, number)
    assert mine(shop) == 0
    text = shop.browser("HQ").get("/console/suggestions").text
    assert "没有等着审的话术" in text
    assert "还在观察" in text
    assert "1 位导购，4 次" in text
    assert DRAFT in text


def test_more_edits_count_for_the_suggestion_that_is_there(shop: Shop) -> None:
    found = mined(shop)
    edited(shop, 4, guide="guide3", store_id="S3")
    assert mine(shop) == 0
    assert revision(shop, found.revision_id).about["edits"] == 4
    assert revision(shop, found.revision_id).changes == found.changes


def test_what_was_refused_comes_again_only_with_twice_as_many(shop: Shop) -> None:
    found = mined(shop)
    assert decide(shop.browser("HQ"), found, "refused", "话太多").status_code == 303
    for number in range(4, 9):
        edited(shop, number, guide=("guide1", "guide3")[number % 2])
    assert mine(shop) == 0
    edited(shop, 9)
    assert mine(shop) == 1


def test_a_text_with_a_person_or_a_stray_figure_is_left_for_somebody_to_write(shop: Shop) -> None:
    for number, guide in ((1, "guide1"), (2, "guide3"), (3, "guide1")):
        edited(shop, number, CARING + "有事打13800002222找王丽女士。", guide=guide)
    assert mine(shop) == 0
    text = shop.browser("HQ").get("/console/suggestions").text
    assert "要人来写" in text
    cluster = text.partition("/console/scripts/new?cluster=")[2].partition('"')[0]
    browser = shop.browser("HQ")
    assert "现在298元" in browser.get(f"/console/scripts/new?cluster={cluster}").text
    form = fields(a_script(text=SUGGESTED), cluster=cluster)
    assert post(browser, "/console/scripts/new", **form).status_code == 303
    (found,) = waiting(shop)
    assert (found.about["edits"], found.about["proposers"]) == (3, ["guide1", "guide3"])
    assert mine(shop) == 0


def test_another_stores_edits_are_not_shown(shop: Shop) -> None:
    found = mined(shop)
    text = shop.browser("manager1").get(f"/console/suggestions/{found.revision_id}").text
    assert "共 3 次，最近的 2 次" in text
    assert "杨雪" not in text
    assert "杨雪" in shop.browser("HQ").get(f"/console/suggestions/{found.revision_id}").text


def test_an_auditor_reads_no_guide_and_no_customer(shop: Shop) -> None:
    add_customer(shop)
    found = mined(shop)
    auditor = shop.browser("auditor")
    for path in ("/console/suggestions", f"/console/suggestions/{found.revision_id}"):
        text = auditor.get(path).text
        assert "林晓" not in text, path
        assert "您的决定" not in text or "审批由店长" in text
    assert decide(auditor, found, "approved").status_code == 403


# ---- deciding ----------------------------------------------------------------------------------


def test_an_approved_suggestion_is_served_and_its_edits_are_kept_as_cases(shop: Shop) -> None:
    found, browser = mined(shop), shop.browser("HQ")
    answer = decide(browser, found, "approved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/suggestions?done=approved")
    assert served(shop)["SC1"] == SUGGESTED
    assert edits(shop) == {("approved", "hq")}
    assert len(kept(shop)) == 3
    assert revision(shop, found.revision_id).owner == "hq"
    assert entries(shop) == [AuditAction.PROPOSE, AuditAction.PUBLISH, AuditAction.KEEP_CASE]
    assert "叶总" in browser.get("/console/suggestions").text.partition("最近审过的 1 条")[2]


def test_refusing_needs_a_reason_and_serves_nothing(shop: Shop) -> None:
    found, browser = mined(shop), shop.browser("HQ")
    assert decide(browser, found, "refused", "  ").status_code == 422
    assert revision(shop, found.revision_id).status is RevisionStatus.PROPOSED
    assert decide(browser, found, "refused", " 语气太急 ").status_code == 303
    assert (served(shop)["SC1"], edits(shop), kept(shop)) == (TEXT, {("refused", "hq")}, [])
    assert revision(shop, found.revision_id).note == "语气太急"


def test_the_second_decision_meets_a_clear_page(shop: Shop) -> None:
    found = mined(shop)
    decide(shop.browser("HQ"), found, "approved")
    late = decide(shop.browser("HQ"), found, "refused", "我不同意")
    assert late.status_code == 409
    assert "叶总在 2026-11-22 11:00 已经把它改成了「使用中」" in late.text
    assert served(shop)["SC1"] == SUGGESTED


def test_two_at_the_same_moment_are_one_decision(shop: Shop) -> None:
    found = propose(shop, a_script(text="【客户称呼】您好", scope=STORE, script_id="N1"), by="guide1")
    path = f"/console/suggestions/{found.revision_id}"
    browsers = [shop.browser(who) for who in ("manager1", "region1", "HQ")]
    forms = [
        {"form_token": form_token(each.get(path).text), "decision": "approved", "seen": 0, "standing": "new"}
        for each in browsers
    ]
    for each in browsers:  # what a route's first answer makes ready is not made in three threads at once
        assert each.post(path, data={}).status_code == 403
    with ThreadPoolExecutor(3) as pool:
        answers = list(
            pool.map(lambda each, form: each.post(path, data=form, follow_redirects=False).status_code, browsers, forms)
        )
    assert sorted(answers) == [303, 409, 409]


def test_nobody_approves_what_she_proposed_or_wrote_an_example_of(shop: Shop) -> None:
    mine_too = propose(shop, a_script(text="【客户称呼】您好", scope=STORE, script_id="N1"), by="manager1")
    browser = shop.browser("Manager1")
    assert "要由别人来审" in browser.get("/console/suggestions").text
    assert decide(browser, mine_too, "approved", standing="new").status_code == 403
    for number, guide in ((1, "manager1"), (2, "guide3"), (3, "guide3")):
        edited(shop, number, guide=guide)
    mine(shop)
    shop.set_role("guide3", "manager")
    with shop.database.begin() as tx:
        tx.exec_driver_sql("UPDATE person SET store_id = '', region_id = '' WHERE userid_folded = 'guide3'")
    found = next(one for one in waiting(shop) if one.record_id == "SC1")
    assert decide(shop.browser("guide3"), found, "approved").status_code == 403
    assert served(shop)["SC1"] == TEXT


def test_whoever_answers_for_fewer_than_it_reaches_does_not_decide(shop: Shop) -> None:
    found, browser = mined(shop), shop.browser("manager1")
    page = browser.get(f"/console/suggestions/{found.revision_id}").text
    assert "由总部或区域经理来定" in page
    assert decide(browser, found, "approved").status_code == 403
    assert decide(browser, found, "refused", "不要").status_code == 403
    form = browser.get(f"/console/scripts/new?like={found.revision_id}").text
    assert '<option value="store:S1" selected>湖滨店</option>' in form
    assert '<option value="brand"' not in form


def test_another_stores_suggestion_looks_like_a_missing_one(shop: Shop) -> None:
    found = propose(shop, a_script(script_id="N1", scope=STORE))
    other = shop.browser("manager3")
    path = f"/console/suggestions/{found.revision_id}"
    assert same(other.get(path), other.get("/console/suggestions/nothing"))
    assert other.get(path).status_code == 404
    assert found.revision_id not in other.get("/console/suggestions").text
    assert decide(other, found, "approved", standing="new").status_code == 404
    assert post(other, f"{path}/edit", then="save", seen=0, **fields(a_script())).status_code == 404
    assert post(other, f"{path}/merge", into="script:SC1", seen=0).status_code == 404


@pytest.mark.parametrize("decision", ["", "open", "published"])
def test_there_are_only_two_decisions(shop: Shop, decision: str) -> None:
    assert decide(shop.browser("HQ"), mined(shop), decision).status_code == 404


def test_a_decision_without_a_form_token_changes_nothing(shop: Shop) -> None:
    found, browser = mined(shop), shop.browser("HQ")
    form = {"decision": "approved", "seen": 0, "standing": "file:1"}
    assert browser.post(f"/console/suggestions/{found.revision_id}", data=form).status_code == 403
    assert served(shop)["SC1"] == TEXT


def test_a_text_the_guard_would_not_let_out_is_not_published(shop: Shop) -> None:
    found = propose(shop, a_script(text="【客户称呼】，这是全网最低，【品名】您放心"))
    browser = shop.browser("HQ")
    page = browser.get(f"/console/suggestions/{found.revision_id}").text
    assert "<q>全网最低</q>" in page
    assert "变量【品名】不认识" in page
    assert page.count("先改再发") == 2
    refused = decide(browser, found, "approved")
    assert refused.status_code == 422
    assert "「全网最低」广告法第九条第（三）项，写清楚现在的价格就好" in refused.text
    assert served(shop)["SC1"] == TEXT


def test_what_was_served_meanwhile_is_not_overwritten(shop: Shop) -> None:
    first, second = propose(shop, a_script(text="【客户称呼】早")), propose(shop, a_script(text="【客户称呼】晚"))
    browser = shop.browser("HQ")
    assert decide(browser, first, "approved").status_code == 303
    late = decide(browser, second, "approved")
    assert late.status_code == 409
    assert "叶总换成了第 2 版：「【客户称呼】早」" in late.text
    assert served(shop)["SC1"] == "【客户称呼】早"
    assert decide(browser, second, "approved", standing=first.revision_id).status_code == 303
    assert served(shop)["SC1"] == "【客户称呼】晚"


# ---- editing and merging -----------------------------------------------------------------------


def test_a_small_edit_is_approved_at_once_with_dates_and_scope(shop: Shop) -> None:
    found = mined(shop)
    text = SUGGESTED.replace("不舒服", "不适")
    form = fields(
        a_script(text=text), first="2026-11-01", last="2026-12-31", tiers="金卡", categories="面霜", owner="region1"
    )
    answer = post(
        shop.browser("HQ"),
        f"/console/suggestions/{found.revision_id}/edit",
        then="publish",
        seen=0,
        standing="file:1",
        **form,
    )
    assert answer.status_code == 303, answer.text
    now = revision(shop, found.revision_id)
    assert (served(shop)["SC1"], now.owner, now.body["tiers"]) == (text, "region1", ["金卡"])
    assert (now.body["valid_from"], now.body["valid_to"]) == ("2026-10-31T16:00:00Z", "2026-12-31T16:00:00Z")
    assert AuditAction.CHANGE in entries(shop)


def test_whoever_writes_it_anew_does_not_pass_it_herself(shop: Shop) -> None:
    found, browser = mined(shop), shop.browser("HQ")
    path = f"/console/suggestions/{found.revision_id}/edit"
    form = fields(a_script(text="您慢慢看，喜欢哪一瓶跟我说一声就好"))
    assert post(browser, path, then="publish", seen=0, standing="file:1", **form).status_code == 422
    assert post(browser, path, then="save", seen=0, **form).status_code == 303
    assert decide(browser, found, "approved", seen=1).status_code == 403
    assert served(shop)["SC1"] == TEXT


def test_two_who_edit_do_not_overwrite_each_other(shop: Shop) -> None:
    found = propose(shop, a_script(text="【客户称呼】您好", scope=STORE, script_id="N1"), by="guide1")
    path = f"/console/suggestions/{found.revision_id}/edit"
    first = fields(a_script(text="【客户称呼】上午好", scope=STORE))
    assert post(shop.browser("manager1"), path, then="save", seen=0, **first).status_code == 303
    second = fields(a_script(text="【客户称呼】下午好", scope=STORE))
    late = post(shop.browser("region1"), path, then="save", seen=0, **second)
    assert late.status_code == 409
    assert "【客户称呼】上午好" in late.text
    assert revision(shop, found.revision_id).body["text"] == "【客户称呼】上午好"
    assert decide(shop.browser("region1"), found, "approved", standing="new", seen=0).status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("categories", "家具", "没有“家具”这个品类"),
        ("tiers", "钻卡", "没有“钻卡”这个会员等级"),
        ("first", "明天", "有效期不对"),
        ("title", "  ", "标题和内容都要写"),
        ("scope", "store:S9", "范围不归您管"),
    ],
)
def test_a_field_that_does_not_fit_is_named(shop: Shop, field: str, value: str, told: str) -> None:
    found = mined(shop)
    form = {**fields(a_script()), field: value}
    answer = post(shop.browser("HQ"), f"/console/suggestions/{found.revision_id}/edit", then="save", seen=0, **form)
    assert answer.status_code in (403, 422)
    assert told in answer.text


def test_one_suggestion_is_merged_into_another_and_its_authors_with_it(shop: Shop) -> None:
    found = mined(shop)
    other = propose(shop, a_script(text=TEXT + "慢慢看。"), by="region1")
    browser = shop.browser("HQ")
    answer = post(
        browser, f"/console/suggestions/{found.revision_id}/merge", into=f"suggestion:{other.revision_id}", seen=0
    )
    assert answer.headers["location"] == f"/console/suggestions/{other.revision_id}?done=merged"
    gone, stays = revision(shop, found.revision_id), revision(shop, other.revision_id)
    assert (gone.status, stays.about["proposers"]) == (RevisionStatus.MERGED, ["guide1", "guide3"])
    assert AuditAction.MERGE in entries(shop)
    decide(browser, stays, "approved")
    assert edits(shop) == {("approved", "hq")}


def test_a_suggestion_is_merged_into_a_served_script(shop: Shop) -> None:
    found = propose(shop, a_script(text=TEXT + "慢慢看。", script_id="N1"), by="region1")
    browser = shop.browser("HQ")
    assert "script:SC1" in browser.get(f"/console/suggestions/{found.revision_id}").text
    answer = post(browser, f"/console/suggestions/{found.revision_id}/merge", into="script:SC1", seen=0)
    assert answer.status_code == 303
    (goes_on,) = waiting(shop)
    assert (goes_on.record_id, goes_on.body["text"], goes_on.proposed_by) == ("SC1", TEXT + "慢慢看。", "region1")
    for into in ("", "script:none", "suggestion:none", f"suggestion:{goes_on.revision_id}"):
        answer = post(browser, f"/console/suggestions/{goes_on.revision_id}/merge", into=into, seen=0)
        assert answer.status_code in (404, 422), into


# ---- how it looks ------------------------------------------------------------------------------


def test_words_of_people_are_never_markup(shop: Shop) -> None:
    found = propose(shop, a_script(text=f"{XSS}慢慢看", title=XSS[:60]))
    browser = shop.browser("HQ")
    for path in ("/console/suggestions", f"/console/suggestions/{found.revision_id}"):
        text = browser.get(path).text
        assert "<script>alert" not in text, path
        assert "&lt;script&gt;alert" in text, path


def test_the_queue_is_paged_by_place_and_narrowed_by_origin(shop: Shop) -> None:
    for number in range(25):
        propose(shop, a_script(text=f"【客户称呼】第{number}个", script_id=f"N{number}"))
    browser = shop.browser("HQ")
    first = browser.get("/console/suggestions").text
    assert first.count("data-item") == 20
    assert '<span class="count">25</span>' in first
    before = first.partition("before=")[2].partition("&amp;")[0]
    assert browser.get(f"/console/suggestions?before={before}").text.count("data-item") == 5
    assert browser.get("/console/suggestions?before=nothing").status_code == 404
    assert "没有这样的建议" in browser.get("/console/suggestions?origin=gap").text
    assert browser.get("/console/suggestions?origin=hand").text.count("data-item") == 20
