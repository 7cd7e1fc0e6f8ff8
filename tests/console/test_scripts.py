"""The library: what is served, found and figured; versions, withdrawing and coming back; scripts from people and tables."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from assistant.console.scripts.tools import ScriptTools
from assistant.shop import Scene, Stage
from assistant.store import audit, material, tables
from assistant.store.audit import AuditAction
from assistant.store.revisions import RevisionOrigin
from assistant.turn import ActionKind
from knowledge.passage import Scope, ScopeLevel
from tests.console.scripting import (
    TEXT,
    a_script,
    decide,
    fields,
    furnish,
    post,
    propose,
    revision,
    served,
    waiting,
)
from tests.console.shop import CORP, XSS, Shop, act, add_turn
from tests.console.test_access import same

STORE1, STORE3 = Scope(level=ScopeLevel.STORE, id="S1"), Scope(level=ScopeLevel.STORE, id="S3")
REGION1 = Scope(level=ScopeLevel.REGION, id="R1")
HEADER = "话术编号,标题,阶段,场景,风格,内容,适用范围,适用品类\n"


@pytest.fixture(autouse=True)
def furnished(shop: Shop) -> None:
    furnish(
        shop,
        [
            a_script("SC1"),
            a_script("SC2", "【客户称呼】，贵有贵的道理，您看", stage=Stage.OBJECTION, keywords=("贵",)),
            a_script("SC3", "大家好", scene=Scene.GROUP_CONTENT, scope=STORE3),
            a_script("SC4", "【客户称呼】早", scope=REGION1, valid_to=shop.clock() + timedelta(days=5)),
        ],
    )


def publish(shop: Shop, script_id: str, text: str, standing: str = "file:1") -> str:
    found = propose(shop, a_script(script_id, text))
    assert decide(shop.browser("HQ"), found, "approved", standing=standing).status_code == 303
    return found.revision_id


def actions(shop: Shop, script_id: str) -> list[AuditAction]:
    with shop.database.read() as tx:
        return [one.action for one in audit.entries(tx, CORP, subject=f"script:{script_id}")]


# ---- the list ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", {"SC1", "SC2", "SC3", "SC4"}),
        ("words=道理", {"SC2"}),
        ("words=贵", {"SC2"}),
        ("words=sc2", {"SC2"}),
        ("words=贵 道理", {"SC2"}),
        ("words=%25", set()),
        ("stage=objection", {"SC2"}),
        ("scene=group-content", {"SC3"}),
        ("scope=region", {"SC4"}),
        ("only=expiring", {"SC4"}),
        ("only=withdrawn", set()),
        ("owner=hq", set()),
    ],
)
def test_the_library_is_searched_and_narrowed(shop: Shop, query: str, there: set[str]) -> None:
    text = shop.browser("HQ").get(f"/console/scripts?{query}").text
    assert {one for one in ("SC1", "SC2", "SC3", "SC4") if f'"/console/scripts/{one}"' in text} == there
    assert f"共 {len(there)} 条" in text


def test_a_manager_sees_what_reaches_her_stores(shop: Shop) -> None:
    browser = shop.browser("manager1")
    text = browser.get("/console/scripts").text
    assert "/console/scripts/SC4" in text
    assert "/console/scripts/SC3" not in text
    assert same(browser.get("/console/scripts/SC3"), browser.get("/console/scripts/nothing"))
    assert browser.get("/console/scripts/SC3").status_code == 404
    assert browser.get("/console/scripts/SC3/change").status_code == 404


def test_figures_are_told_only_where_enough_guides_said_something(shop: Shop) -> None:
    made = add_turn(shop, 1)
    act(shop, made, ActionKind.EDITED, "沈姐，今天298元")
    with shop.database.begin() as tx:
        row = {"corp_id": CORP, "script_id": "SC2", "accepted": 15, "edited": 3, "refused": 2}
        tx.execute(insert(tables.script_use).values(**row))
    text = shop.browser("HQ").get("/console/scripts").text
    assert "采用 90%（20 位导购表过态）" in text
    assert "用了 1 轮" in text
    assert "还没有导购表过态" in text


def test_five_thousand_are_paged_and_the_queries_do_not_grow(shop: Shop) -> None:
    browser = shop.browser("HQ")
    few = queries(shop, browser)
    with shop.database.begin() as tx:
        material.add_scripts(tx, CORP, "src", [a_script(f"Z{number:04d}", f"第{number}条") for number in range(400)])
    assert queries(shop, browser) == few
    first = browser.get("/console/scripts").text
    assert first.count("<tr>") == 31
    assert "下一页" in first
    assert "Z0026" in browser.get("/console/scripts?after=Z0025").text


def queries(shop: Shop, browser: object) -> int:
    statements: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", heard)
    assert browser.get("/console/scripts").status_code == 200  # type: ignore[attr-defined]
    event.remove(shop.database.engine, "before_cursor_execute", heard)
    return len(statements)


def test_an_empty_library_says_what_to_do(shop: Shop) -> None:
    with shop.database.begin() as tx:
        tx.execute(tables.script.delete())
    assert "还没有话术。可以导入一张话术表" in shop.browser("HQ").get("/console/scripts").text


# ---- one script --------------------------------------------------------------------------------


def test_versions_are_told_with_what_changed_and_one_comes_back(shop: Shop) -> None:
    first = publish(shop, "SC1", "【客户称呼】，先看看这款，喜欢再说")
    second = publish(shop, "SC1", "【客户称呼】，先试试这款，喜欢再说", standing=first)
    browser = shop.browser("HQ")
    page = browser.get("/console/scripts/SC1").text
    assert "第 3 版" in page
    assert "<del>看看</del>" in page
    back = {"revision_id": first, "standing": second, "note": "第二版不好用"}
    assert post(browser, "/console/scripts/SC1/roll-back", **{**back, "note": " "}).status_code == 422
    assert post(browser, "/console/scripts/SC1/roll-back", **{**back, "standing": first}).status_code == 409
    assert post(browser, "/console/scripts/SC1/roll-back", **{**back, "revision_id": second}).status_code == 422
    assert post(browser, "/console/scripts/SC2/roll-back", **back).status_code == 422
    assert post(browser, "/console/scripts/SC1/roll-back", **back).status_code == 303
    assert served(shop)["SC1"] == "【客户称呼】，先看看这款，喜欢再说"
    assert "第二版不好用" in browser.get("/console/scripts/SC1").text
    assert actions(shop, "SC1")[0] is AuditAction.ROLL_BACK


def test_an_old_version_comes_back_only_as_the_law_stands_now(shop: Shop) -> None:
    with shop.database.begin() as tx:
        body = a_script("SC1", "全网最低").model_dump(mode="json")
        tx.execute(
            insert(tables.revision).values(
                revision_id="old",
                corp_id=CORP,
                noun="script",
                record_id="SC1",
                version=2,
                status="superseded",
                origin="hand",
                body=body,
                about={},
                owner="hq",
                proposed_by="region1",
                proposed_at=shop.clock(),
                reviewed_by="hq",
                reviewed_at=shop.clock(),
                note="",
                changes=1,
            )  # fmt: skip
        )
    back = {"revision_id": "old", "standing": "file:1", "note": "想用回来"}
    answer = post(shop.browser("HQ"), "/console/scripts/SC1/roll-back", **back)
    assert (answer.status_code, served(shop)["SC1"]) == (422, TEXT)


def test_a_withdrawn_one_is_gone_and_the_files_row_can_take_its_place_again(shop: Shop) -> None:
    browser = shop.browser("HQ")
    assert post(browser, "/console/scripts/SC1/withdraw", standing="file:1", note="").status_code == 422
    assert post(browser, "/console/scripts/SC1/withdraw", standing="file:1", note="过时了").status_code == 303
    assert post(browser, "/console/scripts/SC1/withdraw", standing="file:1", note="过时了").status_code == 409
    assert "SC1" not in served(shop)
    assert "SC1" in browser.get("/console/scripts?only=withdrawn").text
    page = browser.get("/console/scripts/SC1").text
    assert "已撤下" in page
    standing = page.partition('name="standing" value="')[2].partition('"')[0]
    assert post(browser, "/console/scripts/SC1/file", standing=standing).status_code == 303
    assert served(shop)["SC1"] == TEXT
    assert actions(shop, "SC1")[:2] == [AuditAction.ROLL_BACK, AuditAction.WITHDRAW]


def test_where_the_file_says_otherwise_both_are_shown(shop: Shop) -> None:
    standing = publish(shop, "SC1", "【客户称呼】，先看看")
    browser = shop.browser("HQ")
    page = browser.get("/console/scripts/SC1").text
    assert "和资料表不一样" in page
    assert "改用资料表里的" in page
    assert "改用资料表里的" not in shop.browser("manager1").get("/console/scripts/SC1").text
    assert "改用资料表里的" not in browser.get("/console/scripts/SC2").text
    assert post(browser, "/console/scripts/SC1/file", standing=standing).status_code == 303
    assert served(shop)["SC1"] == TEXT


@pytest.mark.parametrize("deed", ["withdraw", "roll-back", "file", "change"])
def test_a_store_manager_changes_nothing_of_the_brand(shop: Shop, deed: str) -> None:
    form = {"standing": "file:1", "note": "x", "revision_id": "none", **fields(a_script("SC1", "早", scope=STORE1))}
    answer = post(shop.browser("manager1"), f"/console/scripts/SC1/{deed}", **form)
    assert answer.status_code in (403, 404)
    assert served(shop)["SC1"] == TEXT
    assert waiting(shop) == ()


def test_a_region_is_decided_by_whoever_has_all_its_stores(shop: Shop) -> None:
    form = {"standing": "file:1", "note": "过时了"}
    assert post(shop.browser("manager1"), "/console/scripts/SC4/withdraw", **form).status_code == 403
    assert post(shop.browser("region1"), "/console/scripts/SC4/withdraw", **form).status_code == 303


# ---- from people -------------------------------------------------------------------------------


def test_a_new_script_waits_until_somebody_else_passes_it(shop: Shop) -> None:
    browser = shop.browser("manager1")
    form = fields(a_script("", "【客户称呼】，新到的面霜要不要看看", scope=STORE1), categories="面霜")
    answer = post(browser, "/console/scripts/new", **form)
    assert answer.status_code == 303
    (found,) = waiting(shop)
    assert found.record_id not in served(shop)
    assert "已提上来，等别人审" in browser.get(answer.headers["location"]).text
    assert decide(browser, found, "approved", standing="new").status_code == 403
    assert decide(shop.browser("region1"), found, "approved", standing="new").status_code == 303
    assert found.record_id in served(shop)


def test_her_own_can_be_taken_back(shop: Shop) -> None:
    found = propose(shop, a_script("N1", "【客户称呼】早", scope=STORE1), by="manager1")
    assert decide(shop.browser("manager1"), found, "refused", "写错了").status_code == 303


def test_a_gap_becomes_a_script_with_its_question(shop: Shop) -> None:
    made = add_turn(shop, 1, gap="孕期能不能用这款精华？")
    browser = shop.browser("manager1")
    page = browser.get(f"/console/scripts/new?gap={made}").text
    assert "孕期能不能用这款精华？" in page
    assert shop.browser("manager3").get(f"/console/scripts/new?gap={made}").status_code == 404
    form = fields(a_script("", "【客户称呼】，孕期先问医生", scope=STORE1), gap=made)
    assert post(browser, "/console/scripts/new", **form).status_code == 303
    (found,) = waiting(shop)
    assert (found.origin, found.about["gap"]) == (RevisionOrigin.GAP, made)


def test_a_change_of_a_served_script_waits_too(shop: Shop) -> None:
    browser = shop.browser("HQ")
    assert TEXT in browser.get("/console/scripts/SC1/change").text
    assert post(browser, "/console/scripts/SC1/change", **fields(a_script(text=TEXT + "慢慢看。"))).status_code == 303
    (found,) = waiting(shop)
    assert (found.record_id, found.version, served(shop)["SC1"]) == ("SC1", 2, TEXT)


def bring_in(shop: Shop, table: str, who: str = "HQ") -> str:
    browser = shop.browser(who)
    token = browser.get("/console").text.partition('name="form_token" value="')[2].partition('"')[0]
    content = ("\ufeff" + HEADER + table).encode()
    answer = browser.post(
        "/console/scripts/import", data={"form_token": token}, files={"file": ("话术.csv", content, "text/csv")}
    )
    return answer.text


def test_a_table_is_read_as_files_are_and_every_good_row_waits(shop: Shop) -> None:
    table = (
        "N1,问候,破冰问候,私聊,亲切,【客户称呼】您好,全品牌,\n"
        "N2,问候,破冰问候,私聊,亲切,【客户】您好,全品牌,\n"
        "N3,问候,哪个,私聊,亲切,您好,全品牌,家具\n"
        f"SC1,报价 SC1,价格优惠,私聊,亲切,{TEXT},全品牌,\n"
    )
    page = bring_in(shop, table)
    assert [one.record_id for one in waiting(shop)] == ["N1"]
    assert "内容里的变量【客户】不认识" in page
    assert "第3行" in page
    assert "没有“哪个”这个阶段" in page
    assert "没有“家具”这个品类" in page
    assert "没有变化</dt><dd>1 条" in page
    again = bring_in(shop, table)
    assert "没有变化</dt><dd>2 条" in again
    assert len(waiting(shop)) == 1
    assert "N1" not in served(shop)


def test_a_store_manager_brings_in_what_is_hers(shop: Shop) -> None:
    page = bring_in(
        shop,
        "N1,问候,破冰问候,私聊,亲切,您好,全品牌,\nN2,问候,破冰问候,私聊,亲切,您好呀,门店:S1,\n",
        "manager1",
    )
    assert [one.record_id for one in waiting(shop)] == ["N2"]
    assert "这条话术的范围不归您管" in page


def test_a_file_that_is_no_table_is_refused_in_words(shop: Shop) -> None:
    browser = shop.browser("HQ")
    token = browser.get("/console").text.partition('name="form_token" value="')[2].partition('"')[0]
    for name, content in (("话术.xlsx", b"nonsense"), ("话术.csv", b"x" * 2_000_001)):
        answer = browser.post(
            "/console/scripts/import", data={"form_token": token}, files={"file": (name, content, "text/csv")}
        )
        assert answer.status_code == 422, name
        assert "这个文件没有收下" in answer.text


def test_words_of_people_are_never_markup(shop: Shop) -> None:
    found = propose(shop, a_script("SC1", f"【客户称呼】{XSS}", title=XSS[:60]))
    assert decide(shop.browser("HQ"), found, "approved").status_code == 303
    browser = shop.browser("HQ")
    for path in ("", "/SC1", "/SC1/change", f"/new?like={found.revision_id}"):
        text = browser.get(f"/console/scripts{path}").text
        assert "<script>alert" not in text, path
        assert "&lt;script&gt;alert" in text, path


def test_an_auditor_looks_and_an_admin_does_not(shop: Shop) -> None:
    publish(shop, "SC1", "【客户称呼】，先看看")
    for path in ("/console/scripts", "/console/scripts/SC1", "/console/scripts/new", "/console/scripts/import"):
        assert shop.browser("admin").get(path).status_code == 403, path
        text = shop.browser("auditor").get(path).text
        assert 'method="post" action="/console/scripts' not in text, path
    answer = post(shop.browser("auditor"), "/console/scripts/SC1/withdraw", standing="file:1", note="x")
    assert answer.status_code == 403


def test_without_a_check_nothing_is_published(shop: Shop) -> None:
    browser = shop.browser("HQ", script_tools=ScriptTools())
    found = propose(shop, a_script("SC1", "【客户称呼】早"))
    assert "还不能发布" in browser.get(f"/console/suggestions/{found.revision_id}").text
    assert decide(browser, found, "approved").status_code == 503
    assert revision(shop, found.revision_id).status.value == "proposed"
