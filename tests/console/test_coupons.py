"""The room of coupons: what is listed, how a rule is written and published, what a customer would get."""

from datetime import timedelta
from html import unescape

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, insert

from assistant.shop import Audience, Citation, Coupon, CouponKind, CouponScope, Product
from assistant.store import material, tables
from assistant.store.coupons import checks, grants
from assistant.store.coupons.life import GrantRefused, GrantRule
from tests.console.scripting import post
from tests.console.shop import CORP, NOW, XSS, Shop, add_customer

CITED = Citation(document_id="d", title="优惠表.xlsx", version=1, place="券!第3行")


def a_coupon(coupon_id: str, **fields: object) -> Coupon:
    given: dict[str, object] = {
        "name": f"券{coupon_id}",
        "kind": CouponKind.THRESHOLD,
        "amount_fen": 2000,
        "threshold_fen": 15000,
        "starts_at": NOW - timedelta(days=10),
        "ends_at": NOW + timedelta(days=10),
        "cited": CITED,
    }
    return Coupon.model_validate({"coupon_id": coupon_id} | given | fields)


COUPONS = (
    a_coupon("ALL", name="全场满150减20", budget_fen=100_000),
    a_coupon("HU", name="湖滨店专享", scope=CouponScope(stores=("S1",))),
    a_coupon("R2", name="江南区券", scope=CouponScope(regions=("R2",))),
    a_coupon("GOLD", name="金卡九折", kind=CouponKind.DISCOUNT, pay_percent=90, audience=Audience(tiers=("金卡",))),
    a_coupon("SOON", name="下月券", starts_at=NOW + timedelta(days=5), ends_at=NOW + timedelta(days=40)),
    a_coupon("OVER", name="旧券", starts_at=NOW - timedelta(days=60), ends_at=NOW - timedelta(days=1)),
)
PRODUCTS = (
    Product(sku="A1", name="柔和面霜", category="面霜", price_fen=10_000, cited=CITED),
    Product(sku="A2", name="清爽洁面", category="洁面", price_fen=8_000, floor_price_fen=7_000, cited=CITED),
)
NEW_RULE = {
    "coupon": "NEW1",
    "name": "冬日满200减30",
    "kind": "满减",
    "amount": "30",
    "threshold": "200",
    "starts": "2026-12-01",
    "ends": "2026-12-31",
    "group": "店铺券",
    "budget": "5000",
}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """The shop with goods, coupons and a second person at headquarters."""
    stock(shop)
    return shop


def stock(shop: Shop) -> None:
    with shop.database.begin() as tx:
        facts = {"brand": "云屿", "tiers": ["普卡", "银卡", "金卡"], "shipping_fen": 1200, "lapsed_after_days": 90}
        tx.execute(insert(tables.corp).values(corp_id=CORP, material_version=1, **facts))
        material.add_products(tx, CORP, "src", PRODUCTS)
        material.add_coupons(tx, CORP, "src", COUPONS)
        person = {"userid": "HQ2", "name": "周总", "role": "manager", "store_id": "", "region_id": "", "active": True}
        tx.execute(insert(tables.person).values(corp_id=CORP, userid_folded="hq2", source_id="src", **person))


def give(shop: Shop, coupon_id: str, number: int, store_id: str = "S1", guide: str = "guide1", fen: int = 2000) -> str:
    with shop.database.begin() as tx:
        coupon = material.coupon_served(tx, CORP, coupon_id)
        assert coupon is not None
        made = grants.grant(
            tx, CORP, key=f"k{coupon_id}{number}", coupon=coupon, customer_id=f"C{number}", guide=guide,
            store_id=store_id, turn_id="", reason="", value_fen=fen, moment=shop.clock(),
        )  # fmt: skip
    return made.grant_id


def proposed(shop: Shop, who: str = "HQ", **changed: str) -> str:
    """Save a rule as this person; gives the id of the waiting version."""
    answer = post(shop.browser(who), "/console/coupons/new", do="save", **(NEW_RULE | changed))
    assert answer.status_code == 303, answer.text
    with shop.database.read() as tx:
        return str(
            tx.exec_driver_sql("SELECT revision_id FROM revision ORDER BY proposed_at DESC, version DESC").scalar()
        )


def served(shop: Shop, coupon_id: str) -> Coupon | None:
    with shop.database.read() as tx:
        return material.coupon_served(tx, CORP, coupon_id)


def actions(shop: Shop) -> list[str]:
    with shop.database.read() as tx:
        return list(
            tx.exec_driver_sql(
                "SELECT action FROM audit_entry WHERE action NOT IN ('login', 'denied') ORDER BY number"
            ).scalars()
        )


# ---- the list ----------------------------------------------------------------------------------


def test_the_list_shows_what_runs_with_its_terms_its_pace_and_what_became_of_it(stocked: Shop) -> None:
    first = give(stocked, "ALL", 1, fen=60_000)
    give(stocked, "ALL", 2)
    with stocked.database.begin() as tx:
        grants.redeem(tx, CORP, first, key="r", order_id="O1", amount_fen=60_000, moment=NOW)
    text = stocked.browser("HQ").get("/console/coupons").text
    assert "满150元减20元" in text
    # 620 of 1,000 元 in ten days of twenty
    assert "偏快，会提前用完" in text
    assert "¥620.00 / ¥1,000.00" in text
    assert "照这样，2026-11-28 14:05 左右用完" in text
    assert "<dt>发出</dt><dd>2</dd>" in text
    assert "<dt>用掉</dt><dd>1</dd>" in text
    assert "下月券" not in text
    assert "旧券" not in text
    browser = stocked.browser("HQ")
    assert "下月券" in browser.get("/console/coupons?shelf=planned").text
    assert "旧券" in browser.get("/console/coupons?shelf=ended").text


def test_she_sees_what_reaches_her_stores_and_counts_of_her_stores(stocked: Shop) -> None:
    give(stocked, "ALL", 1)
    give(stocked, "ALL", 2, store_id="S3", guide="guide3")
    mine, other = stocked.browser("manager1"), stocked.browser("manager3")
    text = mine.get("/console/coupons").text
    assert "湖滨店专享" in text
    assert "江南区券" not in text
    assert "江南区券" in other.get("/console/coupons").text
    assert "<dt>发出</dt><dd>1</dd>" in text
    page = mine.get("/console/coupons/ALL").text
    assert "林晓" in page
    assert "杨雪" not in page
    assert "江南店" not in page


def test_search_and_store_narrow_the_list(stocked: Shop) -> None:
    browser = stocked.browser("HQ")
    found = browser.get("/console/coupons?search=金卡").text
    assert "金卡九折" in found
    assert "全场满150减20" not in found
    at_south = browser.get("/console/coupons?store=S3").text
    assert "江南区券" in at_south
    assert "湖滨店专享" not in at_south
    assert "没有符合的券" in browser.get("/console/coupons?search=没有这张").text


def test_an_empty_shop_says_what_to_do(shop: Shop) -> None:
    text = shop.browser("HQ").get("/console/coupons").text
    assert "现在没有正在用的券" in text
    assert "/console/coupons/new" in text
    assert "把优惠表读进来" not in shop.browser("auditor").get("/console/coupons").text


def test_paging_goes_on_after_the_last_one_shown(stocked: Shop) -> None:
    with stocked.database.begin() as tx:
        material.add_coupons(
            tx, CORP, "src", [a_coupon(f"X{number:02d}", name=f"批量{number:02d}") for number in range(30)]
        )
    browser = stocked.browser("HQ")
    first = browser.get("/console/coupons?search=批量").text
    further = unescape(first.partition('class="button" href="/console/coupons?')[2].partition('"')[0])
    second = browser.get(f"/console/coupons?{further}").text
    names = [f"批量{number:02d}" for number in range(30)]
    assert [(name in first) + (name in second) for name in names] == [1] * 30
    assert browser.get("/console/coupons?after=NOTHING").status_code == 404


def test_another_stores_coupon_looks_like_a_missing_one(stocked: Shop) -> None:
    browser = stocked.browser("manager3")
    for path in ("", "/edit"):
        theirs, missing = (browser.get(f"/console/coupons/{one}{path}") for one in ("HU", "NOTHING"))
        assert (theirs.status_code, theirs.content) == (404, missing.content)
    stops = [post(browser, f"/console/coupons/{one}/stop", reason="x") for one in ("HU", "NOTHING")]
    assert (stops[0].status_code, stops[0].content) == (stops[1].status_code, stops[1].content)
    edits = [post(browser, f"/console/coupons/{one}/edit", do="save", **NEW_RULE) for one in ("HU", "NOTHING")]
    assert (edits[0].status_code, edits[0].content) == (404, edits[1].content)


def test_an_admin_is_turned_away_and_an_auditor_changes_nothing(stocked: Shop) -> None:
    for path in ("", "/new", "/try", "/ALL", "/ALL/edit"):
        assert stocked.browser("admin").get(f"/console/coupons{path}").status_code == 403
        assert stocked.browser("auditor").get(f"/console/coupons{path}").status_code == 200
    assert post(stocked.browser("admin"), "/console/coupons/try", do="ask").status_code == 403
    auditor = stocked.browser("auditor")
    for path in ("/new", "/ALL/edit", "/ALL/stop", "/ALL/twins", "/ALL/file"):
        assert post(auditor, f"/console/coupons{path}", do="save", reason="x", **NEW_RULE).status_code == 403
    assert actions(stocked).count("propose") == 0


# ---- the editor --------------------------------------------------------------------------------


def test_a_rule_is_checked_by_the_reader_of_the_table_and_nothing_typed_is_lost(stocked: Shop) -> None:
    wrong = NEW_RULE | {"skus": "A1、Z9", "amount": "三十", "ends": "2026-11-01", "tiers": "钻石", "tags": "高消费能力"}
    answer = post(stocked.browser("HQ"), "/console/coupons/new", do="save", **wrong)
    assert answer.status_code == 422
    text = answer.text
    for words in (
        "“三十”不是金额",
        "请只写数字，单位元",
        "没有“Z9”这个商品",
        "没有“钻石”这个会员等级",
        "会员等级有：普卡、银卡、金卡",
        "不晚于开始日期",
        "法律不允许",
        'value="三十"',
        'value="A1、Z9"',
        'value="冬日满200减30"',
    ):
        assert words in text, words
    assert (
        'id="i-amount" name="amount" value="三十" autocomplete="off" aria-describedby="e-amount" aria-invalid="true"'
        in text
    )
    assert actions(stocked).count("propose") == 0


def test_an_id_that_stands_elsewhere_is_refused(stocked: Shop) -> None:
    answer = post(stocked.browser("HQ"), "/console/coupons/new", do="save", **(NEW_RULE | {"coupon": "ALL"}))
    assert answer.status_code == 422
    assert "门店资料表里已经有了" in answer.text


def test_a_check_shows_the_words_and_the_conflicts_before_anything_is_saved(stocked: Shop) -> None:
    rule = NEW_RULE | {"kind": "折扣", "discount": "8.5折", "amount": "", "threshold": "", "group": ""}
    text = post(stocked.browser("HQ"), "/console/coupons/new", do="check", **rule).text
    assert "享8.5折，全场可用" in text
    assert "单独用就会低于最低售价" in text
    assert actions(stocked).count("propose") == 0


def test_codes_are_found_by_name_and_picked(stocked: Shop) -> None:
    browser = stocked.browser("HQ")
    found = post(browser, "/console/coupons/new", do="find", find="面霜", find_for="skus", **NEW_RULE).text
    assert 'value="add:skus:A1"' in found
    picked = post(browser, "/console/coupons/new", do="add:skus:A1", **NEW_RULE).text
    assert 'name="skus" value="A1"' in picked
    assert 'value="冬日满200减30"' in picked


def test_a_proposal_is_published_by_somebody_else_at_headquarters(stocked: Shop) -> None:
    version = proposed(stocked, "HQ")
    assert served(stocked, "NEW1") is None
    path = f"/console/coupons/NEW1/versions/{version}"
    assert post(stocked.browser("HQ"), path, decision="publish", seen="0").status_code == 403
    assert post(stocked.browser("manager1"), path, decision="publish", seen="0").status_code == 403
    assert "等着发布：第 1 版" in stocked.browser("HQ2").get("/console/coupons/NEW1").text
    assert post(stocked.browser("HQ2"), path, decision="publish", seen="0").status_code == 303
    coupon = served(stocked, "NEW1")
    assert coupon is not None
    assert (coupon.amount_fen, coupon.threshold_fen, coupon.budget_fen, coupon.stacking_group) == (
        3000,
        20000,
        500_000,
        "店铺券",
    )
    late = post(stocked.browser("HQ2"), path, decision="refuse", seen="0", note="晚了")
    assert late.status_code == 409
    assert "周总" in late.text
    assert actions(stocked)[-2:] == ["propose", "publish"]
    page = stocked.browser("HQ").get("/console/coupons/NEW1").text
    assert "叶总" in page
    assert "周总" in page


def test_a_changed_proposal_is_not_published_as_it_was_read(stocked: Shop) -> None:
    version = proposed(stocked, "HQ")
    changed = NEW_RULE | {"amount": "35", "revision_id": version, "seen": "0"}
    assert post(stocked.browser("HQ"), "/console/coupons/NEW1/edit", do="save", **changed).status_code == 303
    stale = post(stocked.browser("HQ"), "/console/coupons/NEW1/edit", do="save", **changed)
    assert stale.status_code == 409
    seen = post(stocked.browser("HQ2"), f"/console/coupons/NEW1/versions/{version}", decision="publish", seen="0")
    assert seen.status_code == 409
    assert "刚刚又改过" in seen.text
    assert served(stocked, "NEW1") is None
    # nobody writes into another's proposal: she would publish her own words
    theirs = post(stocked.browser("HQ2"), "/console/coupons/NEW1/edit", do="save", **(changed | {"seen": "1"}))
    assert theirs.status_code == 404


def test_a_store_manager_proposes_for_her_own_store_only(stocked: Shop) -> None:
    browser = stocked.browser("manager1")
    wide = post(browser, "/console/coupons/new", do="save", **NEW_RULE)
    assert wide.status_code == 403
    assert "只写您的门店" in wide.text
    preview = post(browser, "/console/coupons/new", do="check", **NEW_RULE).text
    assert "您只能给自己负责的门店提" in preview
    assert post(browser, "/console/coupons/new", do="save", **(NEW_RULE | {"stores": "S1"})).status_code == 303
    assert post(browser, "/console/coupons/ALL/edit", do="save", **NEW_RULE).status_code == 403
    other = post(browser, "/console/coupons/new", do="save", **(NEW_RULE | {"coupon": "N2", "stores": "S1、S2"}))
    assert other.status_code == 403


def test_a_rule_that_no_longer_fits_the_shop_is_not_published(stocked: Shop) -> None:
    version = proposed(stocked, "HQ", skus="A2")
    with stocked.database.begin() as tx:
        material.let_go(tx, CORP, "product", ("A2",))
    answer = post(stocked.browser("HQ2"), f"/console/coupons/NEW1/versions/{version}", decision="publish", seen="0")
    assert answer.status_code == 422
    assert "没有“A2”这个商品" in answer.text
    assert served(stocked, "NEW1") is None


def test_editing_a_running_coupon_starts_from_its_rule_and_keeps_it_until_published(stocked: Shop) -> None:
    text = stocked.browser("HQ").get("/console/coupons/GOLD/edit").text
    assert 'value="90%"' in text
    assert 'name="tiers" value="金卡"' in text
    cells = {
        "name": "金卡八折",
        "kind": "折扣",
        "discount": "80%",
        "tiers": "金卡",
        "starts": "2026-11-12",
        "ends": "2026-12-02",
    }
    assert post(stocked.browser("HQ"), "/console/coupons/GOLD/edit", do="save", why="年末", **cells).status_code == 303
    before = served(stocked, "GOLD")
    assert before is not None
    assert before.pay_percent == 90
    page = stocked.browser("HQ2").get("/console/coupons/GOLD").text
    assert "为什么：年末" in page


# ---- stopping ----------------------------------------------------------------------------------


def test_a_stopped_coupon_is_given_out_no_longer_and_what_was_given_stays_good(stocked: Shop) -> None:
    held = give(stocked, "ALL", 1)
    assert post(stocked.browser("manager1"), "/console/coupons/ALL/stop", reason="不要了").status_code == 403
    assert post(stocked.browser("HQ"), "/console/coupons/ALL/stop", reason=" ").status_code == 422
    assert post(stocked.browser("HQ"), "/console/coupons/ALL/stop", reason="预算要用完了").status_code == 303
    assert served(stocked, "ALL") is None
    assert "已经停用了" in post(stocked.browser("HQ2"), "/console/coupons/ALL/stop", reason="再停").text
    with stocked.database.begin() as tx:
        used = grants.redeem(tx, CORP, held, key="r", order_id="O9", amount_fen=2000, moment=stocked.clock())
    assert used.redeemed_fen == 2000
    page = stocked.browser("HQ").get("/console/coupons/ALL?done=stopped").text
    assert "照样能用到各自的到期日" in page
    assert "预算要用完了" in page
    assert "全场满150减20" in stocked.browser("HQ").get("/console/coupons?shelf=withdrawn").text
    assert post(stocked.browser("HQ"), "/console/coupons/ALL/file").status_code == 303
    assert served(stocked, "ALL") is not None
    assert actions(stocked)[-2:] == ["withdraw", "roll-back"]


def test_the_budget_of_a_published_rule_holds_for_what_was_granted_before(stocked: Shop) -> None:
    """The limits of a grant are those of the rule that is served, not of the file's row behind it."""
    held = give(stocked, "ALL", 1)
    cells = {"name": "全场满150减20", "kind": "满减", "amount": "20", "threshold": "150", "budget": "25"}
    cells |= {"starts": "2026-11-12", "ends": "2026-12-02"}
    assert post(stocked.browser("HQ"), "/console/coupons/ALL/edit", do="save", **cells).status_code == 303
    with stocked.database.read() as tx:
        version = tx.exec_driver_sql("SELECT revision_id FROM revision").scalar()
    post(stocked.browser("HQ2"), f"/console/coupons/ALL/versions/{version}", decision="publish", seen="0")
    with stocked.database.begin() as tx, pytest.raises(GrantRefused, match="预算只剩 5 元"):
        grants.redeem(tx, CORP, held, key="r", order_id="O9", amount_fen=9000, moment=stocked.clock())


# ---- one coupon --------------------------------------------------------------------------------


def test_the_page_tells_of_orders_of_refused_sends_and_of_every_day(stocked: Shop) -> None:
    used = give(stocked, "ALL", 1)
    give(stocked, "ALL", 2)
    with stocked.database.begin() as tx:
        grants.redeem(tx, CORP, used, key="r", order_id="O7788", amount_fen=1950, moment=NOW)
        refused = GrantRefused(GrantRule.GUIDE_DAY_LIMIT, "今天您的 2 张已发完，明天可以再发")
        checks.note_refusal(
            tx, CORP, "ALL", refused, turn_id="T9", guide="Guide1", store_id="S1", moment=NOW
        )  # fmt: skip
    text = stocked.browser("manager1").get("/console/coupons/ALL").text
    assert "O7788" in text
    assert "¥19.50" in text
    assert "超过导购每日限发张数：今天您的 2 张已发完" in text
    assert "/console/turns/T9" in text
    assert '<th scope="row">2026-11-22</th><td class="num">2</td><td class="num">1</td>' in text
    other = stocked.browser("manager3").get("/console/coupons/ALL").text
    assert "O7788" not in other
    assert "/console/turns/T9" not in other
    assert "还没有发过" in other


def test_twins_are_compared_by_a_click_and_the_result_stays(stocked: Shop) -> None:
    add_customer(stocked)
    browser = stocked.browser("manager1")
    assert "还没有检验过" in browser.get("/console/coupons/ALL").text
    answer = post(browser, "/console/coupons/ALL/twins")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/coupons/ALL#twins")
    text = browser.get("/console/coupons/GOLD").text
    assert "全都一样" in text
    assert "比了" in text
    assert actions(stocked)[-1] == "start"


def test_a_check_that_fell_silent_is_told_as_such(stocked: Shop) -> None:
    with stocked.database.begin() as tx:
        assert checks.begin(tx, CORP, by="HQ", moment=NOW)
        assert checks.begin(tx, CORP, by="HQ", moment=NOW) is None
    browser = stocked.browser("HQ")
    assert "正在比" in browser.get("/console/coupons/ALL").text
    stocked.clock.now += timedelta(minutes=5)
    text = browser.get("/console/coupons/ALL").text
    assert "中途断了" in text
    assert "现在检验一次" in text


def test_without_a_holdout_nothing_is_claimed(stocked: Shop) -> None:
    assert "没有设对照组" in stocked.browser("HQ").get("/console/coupons/ALL").text


def test_markup_in_a_coupon_is_shown_as_text(stocked: Shop) -> None:
    with stocked.database.begin() as tx:
        material.add_coupons(tx, CORP, "src", [a_coupon("XSS", name=XSS)])
    browser = stocked.browser("HQ")
    for path in ("", "/XSS", "/XSS/edit"):
        assert "<script>alert" not in browser.get(f"/console/coupons{path}").text
    form = post(browser, "/console/coupons/new", do="check", **(NEW_RULE | {"name": XSS, "tags": XSS}))
    assert "<script>alert" not in form.text


def test_forms_from_elsewhere_change_nothing(stocked: Shop) -> None:
    browser = stocked.browser("HQ")
    for path in ("/new", "/ALL/stop", "/ALL/edit", "/ALL/twins", "/try"):
        assert (
            browser.post(f"/console/coupons{path}", data={"do": "save", "reason": "x", **NEW_RULE}).status_code == 403
        )
    assert served(stocked, "ALL") is not None


@pytest.mark.parametrize("path", ["/console/coupons", "/console/coupons/ALL", "/console/coupons/try"])
def test_the_number_of_queries_does_not_grow_with_rows(stocked: Shop, path: str) -> None:
    browser = stocked.browser("region1")

    def count() -> int:
        statements: list[str] = []

        def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(stocked.database.engine, "before_cursor_execute", heard)
        assert browser.get(path).status_code == 200
        event.remove(stocked.database.engine, "before_cursor_execute", heard)
        return len(statements)

    give(stocked, "ALL", 1)
    proposed(stocked, "HQ", coupon="P0")
    count()
    few = count()
    for number in range(2, 12):
        give(stocked, "ALL", number)
        proposed(stocked, "HQ", coupon=f"P{number}")
    with stocked.database.begin() as tx:
        material.add_coupons(tx, CORP, "src", [a_coupon(f"M{number}") for number in range(12)])
    # the shop itself is loaded anew once a rule was published, not here
    count()
    assert count() == few


# ---- what a customer would get -----------------------------------------------------------------


def ask(browser: TestClient, **form: str) -> Response:
    given = {
        "do": "ask",
        "who": "described",
        "store": "S1",
        "channel": "shop",
        "consents": "1",
        "skus_0": "A1",
        "pieces_0": "2",
    }
    return post(browser, "/console/coupons/try", **(given | form))


def test_a_described_customer_gets_what_the_rules_give_her_and_is_told_what_she_lacks(stocked: Shop) -> None:
    text = ask(stocked.browser("manager1"), tier="金卡").text
    # a tenth off, then 20 for everybody and 20 in her store
    assert "<strong>¥140.00</strong>" in text
    plain = ask(stocked.browser("manager1")).text
    assert "<strong>¥160.00</strong>" in plain
    assert "金卡可用，客户还没有会员等级" in plain


def test_an_order_by_the_mini_program_pays_the_shipping_as_a_guide_would_say(stocked: Shop) -> None:
    assert "¥12.00" in ask(stocked.browser("HQ"), channel="mini-program").text


def test_a_real_customer_is_found_by_name_within_her_stores(stocked: Shop) -> None:
    add_customer(stocked)
    mine, other = stocked.browser("manager1"), stocked.browser("manager3")
    assert "沈佳宜" in post(mine, "/console/coupons/try", do="name", name="沈佳").text
    assert "没有叫" in post(other, "/console/coupons/try", do="name", name="沈佳").text
    shown = ask(mine, who="named", customer_id="C1")
    assert "沈佳宜会得到" in shown.text
    theirs, missing = (ask(other, who="named", customer_id=one, store="S3") for one in ("C1", "NOBODY"))
    assert (theirs.status_code, theirs.content) == (404, missing.content)
    # she did not agree to be looked at: only what is open to everybody
    assert "金卡九折" not in shown.text


def test_an_auditor_describes_and_looks_nobody_up(stocked: Shop) -> None:
    add_customer(stocked)
    auditor = stocked.browser("auditor")
    assert "沈佳宜" not in post(auditor, "/console/coupons/try", do="name", name="沈佳").text
    assert "沈佳宜" not in ask(auditor, who="named", customer_id="C1").text
    assert "<strong>¥160.00</strong>" in ask(auditor).text


def test_a_proposed_rule_can_be_tried_before_it_is_published(stocked: Shop) -> None:
    version = proposed(stocked, "HQ", starts="2026-11-20", amount="50")
    text = ask(stocked.browser("HQ2"), trial=f"NEW1/{version}").text
    assert "现在应付 ¥160.00，上线后 ¥110.00" in text
    assert served(stocked, "NEW1") is None
    assert ask(stocked.browser("HQ2"), trial="NEW1/nothing").status_code == 404


def test_what_cannot_be_read_is_told_beside_its_input_and_kept(stocked: Shop) -> None:
    answer = ask(stocked.browser("HQ"), skus_0="Z9", at="昨天", pieces_0="0", birthday_month="13", store="S9")
    assert answer.status_code == 422
    for words in ("“昨天”不是日期", "件数请写 1 到 99", "月份请写 1 到 12", "请选一家您负责的门店", 'value="昨天"'):
        assert words in answer.text, words
    assert "没有找到“Z9”" in ask(stocked.browser("HQ"), skus_0="Z9").text
    assert "请选一家您负责的门店" in ask(stocked.browser("manager1"), store="S3").text
