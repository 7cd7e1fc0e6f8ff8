"""Every figure is what it says, leads to the turns it counts, and is silent where there is too little."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.console.bundle import asset
from assistant.rulebook import Rulebook
from assistant.store import audit, rulebooks
from assistant.store.audit import AuditAction
from assistant.turn import ActionKind, RefusalReason
from tests.console.shop import CORP, Shop, add_customer, add_turn, alone, bytes_of
from tests.console.test_access import count, form_token
from tests.console.test_conversations import add_order, rate, redeem_one, said

DAY = timedelta(days=1)
PATHS = (
    "/console/figures",
    "/console/figures/funnel",
    "/console/figures/guides",
    "/console/figures/guides/guide1",
    "/console/figures/scripts",
)


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Shop]:
    """60 turns of one store and 30 of another over four weeks, said of in a fixed order."""
    yield from alone(tmp_path, _month())


@cache
def _month() -> bytes:
    return bytes_of(_say_a_month)


def _say_a_month(shop: Shop) -> None:
    add_customer(shop)
    for number in range(90):
        guide, store_id = ("guide1", "S1") if number % 3 else ("guide3", "S3")
        gap = "试用装" if number % 10 == 9 else ""
        made = add_turn(shop, number + 1, guide=guide, store_id=store_id, ago=timedelta(hours=7 * number), gap=gap)
        if gap:
            continue
        match number % 5:
            case 0 | 1:
                said(shop, made, ActionKind.ACCEPTED, sent_text="沈姐，298元。", similarity=1.0)
            case 2:
                said(shop, made, ActionKind.EDITED, sent_text="亲，298元哦", similarity=0.5)
            case 3:
                said(shop, made, ActionKind.REFUSED, reason=RefusalReason.TONE if number % 2 else None)


def page(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def counted(browser: TestClient, href: str) -> int:
    """How many turns a list holds in all."""
    number = 0
    while href:
        text = page(browser, href)
        number += text.count('<td class="question">')
        older = re.search(r'<a class="button" href="([^"]+)">更早的', text)
        href = older.group(1) if older else ""
    return number


def numbers_with_links(text: str) -> list[tuple[int, str]]:
    return [(int(number), href) for href, number in re.findall(r'<a href="(/console/turns[^"]*)">(\d+)</a>', text)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?store=S1", "?since=2026-11-01&until=2026-11-15"])
def test_every_number_leads_to_just_the_turns_it_counts(month: Shop, path: str, query: str) -> None:
    browser = month.browser("HQ")
    found = numbers_with_links(page(browser, path + query))
    for number, href in found:
        assert counted(browser, href) == number, href
    if path != "/console/figures/guides":
        assert len(found) >= 2


def test_the_shares_are_worked_out_from_what_guides_said(month: Shop) -> None:
    text = page(month.browser("HQ"), "/console/figures")
    # of 90 turns 9 have a gap; of the other 81: 36 accepted, 18 edited, 18 refused, 9 silent
    assert "75%" in text
    assert "54 / 72 次反馈，95% 区间 64%–84%" in text
    assert "18 / 54 次采用" in text
    assert "81 / 90 轮" in text
    assert "90% " in text or "90%" in text
    assert "和前 30 天比：数据还不够（那边 0 次）" in text
    assert "2 / 2" in text, "both guides used a draft this week"


def test_stores_are_compared_with_sample_and_interval(month: Shop) -> None:
    text = page(month.browser("HQ"), "/console/figures")
    rows = dict(re.findall(r'<th scope="row">(湖滨店|江南店)</th>(.*?)</tr>', text, re.S))
    assert set(rows) == {"湖滨店", "江南店"}
    assert "和其他门店比看不出差别" in rows["湖滨店"]
    assert "95% 区间" in rows["江南店"]
    short = page(month.browser("HQ"), "/console/figures?since=2026-11-20")
    assert "数据还不够" in short


def test_a_manager_counts_only_her_own(month: Shop) -> None:
    mine, all_of_them = (page(month.browser(who), "/console/figures") for who in ("manager1", "HQ"))
    assert "江南店" not in mine
    assert "江南店" in all_of_them
    assert "1 / 1" in mine
    browser = month.browser("manager1")
    assert browser.get("/console/figures?store=S3").status_code == 404
    assert browser.get("/console/figures?store=S3").content == browser.get("/console/figures?store=none").content
    theirs = browser.get("/console/figures/guides/guide3")
    assert theirs.status_code == 404
    assert theirs.content == browser.get("/console/figures/guides/nobody").content
    assert "杨雪" not in page(browser, "/console/figures/guides")


@pytest.mark.parametrize("path", PATHS)
def test_who_may_see_them(month: Shop, path: str) -> None:
    assert month.browser().get(path).status_code == 401
    assert month.browser("admin").get(path).status_code == 403
    assert month.browser("auditor").get(path).status_code == 200


def test_an_auditor_reads_no_names_beside_the_figures(month: Shop) -> None:
    made = add_turn(month, 200, customer_id="C1", question="沈佳宜想要面霜")
    said(month, made, ActionKind.EDITED, sent_text="亲", similarity=0.1)
    assert "沈佳宜" in page(month.browser("HQ"), "/console/figures/guides/guide1")
    assert "沈佳宜" not in page(month.browser("auditor"), "/console/figures/guides/guide1")


def test_guides_are_not_ranked_unless_the_corp_wants_it(month: Shop) -> None:
    browser = month.browser("HQ")
    text = page(browser, "/console/figures/guides")
    assert "这里不排名次" in text
    assert "%" not in text.partition("<h1>")[2]
    assert numbers_with_links(text) == []
    with month.database.begin() as tx:
        assert rulebooks.write(tx, CORP, Rulebook(ranking=True), by="admin", moment=month.clock(), seen=0)
    ranked = page(browser, "/console/figures/guides")
    assert "按采用率有把握的下限排" in ranked
    assert "%" in ranked.partition("<h1>")[2]
    for number, href in numbers_with_links(ranked):
        assert counted(browser, href) == number


def test_a_guide_is_seen_beside_herself(month: Shop) -> None:
    text = page(month.browser("manager1"), "/console/figures/guides/Guide1")
    assert "她自己前 56 天" in text
    assert "语气不合适" in text
    assert "她最近改的" in text
    assert "江南店" not in text
    assert "杨雪" not in text


def test_charts_say_what_the_tables_say(month: Shop) -> None:
    text = page(month.browser("HQ"), "/console/figures?since=2026-11-16")
    charts = [json.loads(one) for one in re.findall(r'data-chart="(\{.*?\})" role', text)]
    trend = next(one for one in charts if one["kind"] == "trend")
    table = re.findall(r'<th scope="row">(\d+月\d+日)</th>.*?<td class="num" data-label="采用">(\d+)', text, re.S)
    accepted = dict(zip(trend["labels"], trend["said"][0]["values"], strict=True))
    assert {label: int(number) for label, number in table} == accepted
    reasons = next(one for one in charts if one["kind"] == "bars")
    assert sum(reasons["values"]) == sum(trend["said"][2]["values"])
    assert all(len(one["labels"]) == len(one["links"]) for one in charts)


def test_the_drawing_library_and_script_are_our_own(shop: Shop) -> None:
    browser = shop.browser("HQ")
    for name in ("echarts.common.min.js", "figures.js"):
        answer = browser.get(asset(name))
        assert answer.headers["content-type"].startswith("text/javascript")
        assert len(answer.content) > 1000


@pytest.mark.parametrize("path", PATHS)
def test_no_turns_is_said_kindly(shop: Shop, path: str) -> None:
    text = page(shop.browser("manager1"), path)
    assert "还没有" in text or "没有" in text or "这里不排名次" in text
    assert "nan" not in text.lower().partition("<main")[2]


def test_strange_days_are_set_right_or_refused(month: Shop) -> None:
    browser = month.browser("HQ")
    assert "2026-11-22 到 2026-11-22" in page(browser, "/console/figures?since=2027-01-01&until=2027-02-01")
    assert "共 366 天" in page(browser, "/console/figures?since=2001-01-01")
    assert browser.get("/console/figures?since=soon").status_code == 404


# ---- coupons -----------------------------------------------------------------------------------


@pytest.fixture
def funnel(tmp_path: Path) -> Iterator[Shop]:
    """Thirty turns with two coupons; twenty sent, three granted, two of them redeemed on one and two orders."""
    yield from alone(tmp_path, _funnel())


@cache
def _funnel() -> bytes:
    return bytes_of(_use_coupons)


def _use_coupons(shop: Shop) -> None:
    add_customer(shop)
    for number in range(1, 31):
        made = add_turn(shop, number, rich=True, customer_id="C1", ago=timedelta(hours=number))
        if number <= 20:
            words = "面霜满 250 减 30" + ("，再用金卡 10 元代金券" if number <= 5 else "")
            said(shop, made, ActionKind.ACCEPTED, sent_text=words, similarity=1.0)
        if number in (1, 2):
            redeem_one(shop, made, order_id=f"O{number}")
    redeem_one(shop, "T000000000001", order_id="O1b", coupon_id="CP2")
    add_order(shop, "O9", "C1", store_id="S1", paid_fen=99900)


def test_the_way_of_the_coupons(funnel: Shop) -> None:
    text = page(funnel.browser("manager1"), "/console/figures/funnel")
    steps = dict(
        re.findall(r'<th scope="row">(推荐过|发给了客户|已发放|已核销)</th><td[^>]*>(?:<a [^>]*>)?(\d+)', text)
    )
    assert steps == {"推荐过": "30", "发给了客户": "20", "已发放": "2", "已核销": "2"}
    assert "<strong>3</strong> 笔，实付 <strong>¥804.00</strong>，券省下 <strong>¥90.00</strong>" in text
    assert "67%" in text
    assert "2 / 2" not in text, "two are too few for a share"
    other = page(funnel.browser("manager3"), "/console/figures/funnel")
    assert "没有推荐过券" in other


def test_a_coupons_row_counts_its_own(funnel: Shop) -> None:
    browser = funnel.browser("manager1")
    text = page(browser, "/console/figures/funnel").partition("每张券")[2]
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", text, re.S)
    numbers = [[int(one) for one in re.findall(r">(\d+)<", row)][:4] for row in rows]
    assert numbers == [[30, 20, 2, 2], [30, 5, 1, 1]]


# ---- taking them along -------------------------------------------------------------------------


def export(browser: TestClient, path: str, reason: str = "月会") -> Response:
    return browser.post(path, data={"form_token": form_token(browser.get("/console").text), "reason": reason})


def test_the_figures_go_out_with_a_reason(month: Shop) -> None:
    browser = month.browser("manager1")
    answer = export(browser, "/console/figures/export?since=2026-11-16")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert {row["门店"] for row in rows} == {"湖滨店"}
    assert all(row["日期"] >= "2026-11-16" for row in rows)
    assert sum(int(row["轮次"]) for row in rows) == counted(browser, "/console/turns?since=2026-11-16")
    with month.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=AuditAction.EXPORT)
    assert (entry.subject, dict(entry.details)) == ("figures", {"reason": "月会", "rows": str(len(rows))})
    assert export(browser, "/console/figures/export", reason="").status_code == 422
    assert export(month.browser("admin"), "/console/figures/export").status_code == 403
    assert browser.post("/console/figures/export", data={"reason": "x"}).status_code == 403


def test_the_funnel_goes_out_harmless(funnel: Shop) -> None:
    with funnel.database.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO coupon (corp_id, coupon_id, source_id, body) VALUES (?, 'CP1', 'src', ?)",
            (CORP, json.dumps({"name": "=HYPERLINK(1)"})),
        )
    answer = export(funnel.browser("manager1"), "/console/figures/funnel/export")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)", "CP2"]
    assert rows[1][1:] == ["30", "20", "2", "2", "60.00", "2", "536.00"]


# ---- people beside the rubric ------------------------------------------------------------------


def test_agreement_is_told_once_there_is_enough(month: Shop) -> None:
    browser = month.browser("manager1")
    for number in range(2, 23):
        form = {"grounded": "5" if number % 2 else "1"}
        assert rate(browser, f"T{number:012d}", **form).status_code in (303, 404)
    text = page(browser, "/console/figures").partition("人工评分和自动评分")[2]
    assert "有依据" in text
    assert "数据还不够" in text


@pytest.mark.parametrize("path", PATHS)
def test_the_number_of_queries_does_not_grow_with_turns(shop: Shop, path: str) -> None:
    browser = shop.browser("HQ")
    few = count(shop, browser, path, range(1, 4))
    many = count(shop, browser, path, range(4, 30))
    assert many == few
