"""Finding turns, saying what they are worth, keeping them as cases, taking the list along."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from assistant.seams import SendState
from assistant.store import audit, tables, turns
from assistant.store.audit import AuditAction
from assistant.store.coupons import grants
from assistant.turn import Action, ActionKind, RefusalReason
from tests.console.shop import CORP, XSS, Shop, add_customer, add_turn
from tests.console.test_access import form_token, same
from tests.offers.making import coupon

DAY = timedelta(days=1)


def said(shop: Shop, turn_id: str, kind: ActionKind, **more: object) -> None:
    with shop.database.begin() as tx:
        action = Action.model_validate({"kind": kind, "at": shop.clock(), "choice": 1, **more})
        turns.add_action(tx, turn_id, action)


def found(browser: TestClient, query: str) -> list[str]:
    """The turns of the first page, by the end of their ids."""
    answer = browser.get(f"/console/turns?{query}")
    assert answer.status_code == 200, answer.text
    ids = [part.partition('"')[0] for part in answer.text.split('<a href="/console/turns/')[1:]]
    return [one[-1] for one in ids]


@pytest.fixture
def shelf(shop: Shop) -> Shop:
    """Turns that differ in everything one may ask for: the newest has the highest number."""
    add_customer(shop)
    add_turn(shop, 1, question="护手霜礼盒还有货吗", ago=5 * DAY)
    accepted = add_turn(shop, 2, question="能保价吗", ago=4 * DAY, rich=True, customer_id="C1")
    said(shop, accepted, ActionKind.ACCEPTED, sent_text="用面霜满 250 减 30 最划算。", similarity=1.0)
    edited = add_turn(shop, 3, question="买护手霜套装能保价吗", ago=3 * DAY)
    said(shop, edited, ActionKind.EDITED, sent_text="亲，七天内保价哦", similarity=0.4)
    refused = add_turn(shop, 4, question="拆封了能退吗", ago=2 * DAY)
    said(shop, refused, ActionKind.REFUSED, reason=RefusalReason.TONE)
    add_turn(shop, 5, question="有没有试用装", ago=1 * DAY, gap="试用装")
    add_turn(shop, 6, guide="guide3", store_id="S3", question="护手霜多少钱", state=SendState.FAILED)
    return shop


@pytest.mark.parametrize(
    ("query", "turns_found"),
    [
        ("", "654321"),
        ("q=护手霜", "631"),
        ("q=保价", "32"),
        ("q=护手霜+保价", "3"),
        ("q=手霜套", "3"),
        ("q=七天内", "3"),
        ("q=没人问过", ""),
        ("q=保", ""),
        ("guide=GUIDE3", "6"),
        ("store=S3", "6"),
        ("customer=C1", "2"),
        ("intent=recommend", "654321"),
        ("intent=policy", ""),
        ("action=accepted", "2"),
        ("action=used", "32"),
        ("action=any", "432"),
        ("action=none", "61"),
        ("refusal=tone", "4"),
        ("verdict=cut", "64321"),
        ("verdict=shown", "64321"),
        ("verdict=guarded", "64321"),
        ("verdict=abstained", "5"),
        ("covered=yes", "64321"),
        ("covered=no", "5"),
        ("covered=asked", "654321"),
        ("since=2026-11-19&until=2026-11-20", "43"),
        ("since=2026-11-21", "65"),
        ("unsent=1", "6"),
        ("script=SC1", "64321"),
        ("script=SC1&action=used", "32"),
        ("coupon=any", "64321"),
        ("coupon=CP1", "64321"),
        ("coupon=CP2", "2"),
        ("coupon=any&step=sent", "32"),
        ("coupon=CP2&step=sent", ""),
        ("coupon=any&step=granted", ""),
        ("score=none", ""),
        ("q=保价&action=edited&store=S1&guide=guide1", "3"),
        ("q=护手霜&before=T000000000003", "1"),
    ],
)
def test_a_filter_finds_just_its_turns(shelf: Shop, query: str, turns_found: str) -> None:
    assert "".join(found(shelf.browser("HQ"), query)) == turns_found


@pytest.mark.parametrize(
    "query", ["verdict=other", "action=x", "since=yesterday", "score=9", "step=x", "before=T000000099999"]
)
def test_a_condition_that_is_none_is_no_page(shelf: Shop, query: str) -> None:
    assert shelf.browser("HQ").get(f"/console/turns?{query}").status_code == 404


def test_the_bands_share_the_turns_among_them(shelf: Shop) -> None:
    browser = shelf.browser("HQ")
    every = [one for band in ("low", "middle", "high", "none") for one in found(browser, f"score={band}")]
    assert sorted(every) == list("123456")


def test_words_find_nothing_of_another_store(shelf: Shop) -> None:
    assert found(shelf.browser("manager1"), "q=护手霜") == ["3", "1"]
    assert found(shelf.browser("manager3"), "q=护手霜") == ["6"]
    assert found(shelf.browser("manager3"), "q=保价") == []
    assert found(shelf.browser("manager3"), "customer=C1") == []
    assert "沈佳宜" not in shelf.browser("manager3").get("/console/turns?customer=C1").text
    assert "客户：沈佳宜" in shelf.browser("manager1").get("/console/turns?customer=C1").text


def test_a_search_is_paged_by_key(shop: Shop) -> None:
    for number in range(1, 43):
        add_turn(shop, number, question=f"第{number}问：能保价吗", ago=timedelta(minutes=50 - number))
    browser = shop.browser("manager1")
    first = browser.get("/console/turns?q=保价").text
    assert first.count('class="question"') == 30
    older = first.partition('">更早的</a>')[0].rpartition('href="')[2].replace("&amp;", "&")
    assert "q=%E4%BF%9D%E4%BB%B7" in older
    assert browser.get(older).text.count('class="question"') == 12


def test_what_cannot_be_searched_for_is_said(shelf: Shop) -> None:
    browser = shelf.browser("HQ")
    for query in ("q=保", "q=13812345678"):
        assert "请写两个字以上" in browser.get(f"/console/turns?{query}").text


def test_conditions_without_a_field_stay_and_can_be_taken_off(shelf: Shop) -> None:
    text = shelf.browser("HQ").get("/console/turns?coupon=any&step=sent&refusal=tone&covered=no").text
    assert "优惠券：任意一张（发给了客户）" in text
    assert "不采用的原因：语气不合适" in text
    assert '<input type="hidden" name="step" value="sent">' in text
    assert 'href="/console/turns?refusal=tone&amp;covered=no"' in text


# ---- what came of it ---------------------------------------------------------------------------


def test_the_story_tells_coupon_and_order(shop: Shop) -> None:
    add_customer(shop)
    turn_id = add_turn(shop, 1, rich=True, customer_id="C1", ago=DAY)
    said(shop, turn_id, ActionKind.ACCEPTED, sent_text="用面霜满 250 减 30。", similarity=1.0)
    redeem_one(shop, turn_id)
    add_order(shop, "O2", "C1", store_id="S1", paid_fen=9900)
    add_order(shop, "O3", "C1", store_id="S3", paid_fen=7700)
    text = shop.browser("manager1").get(f"/console/turns/{turn_id}").text
    assert "已核销" in text
    assert "省了 ¥30.00" in text
    assert text.count("用了这轮的券") == 1
    assert "¥99.00" in text
    assert "只是时间在后" in text
    assert "¥77.00" not in text, "an order of a store that is not hers"
    assert "客户有没有回复，助手看不到" in text
    assert "¥77.00" in shop.browser("HQ").get(f"/console/turns/{turn_id}").text


def redeem_one(shop: Shop, turn_id: str, order_id: str = "O1", coupon_id: str = "CP1") -> None:
    """A coupon of this turn granted, redeemed on an order of 268 元 for 30 元 off."""
    made = coupon(coupon_id, starts_at=shop.clock() - 30 * DAY, ends_at=shop.clock() + 30 * DAY)
    with shop.database.begin() as tx:
        granted = grants.grant(
            tx,
            CORP,
            key=f"click:{turn_id}:{coupon_id}",
            coupon=made,
            customer_id="C1",
            guide="guide1",
            store_id="S1",
            turn_id=turn_id,
            reason="采用",
            value_fen=3000,
            moment=shop.clock(),
        )
        grants.redeem(
            tx, CORP, granted.grant_id, key=f"till:{order_id}", order_id=order_id, amount_fen=3000, moment=shop.clock()
        )
    add_order(shop, order_id, "C1", store_id="S1", paid_fen=26800)


def add_order(shop: Shop, order_id: str, customer_id: str, *, store_id: str, paid_fen: int) -> None:
    with shop.database.begin() as tx:
        tx.execute(
            tables.till_order.insert().values(
                corp_id=CORP,
                order_id=order_id,
                customer_id=customer_id,
                store_id=store_id,
                channel="store",
                ordered_at=shop.clock(),
                delivery_area="",
                guide="",
                total_fen=paid_fen,
                paid_fen=paid_fen,
                refunded_fen=0,
                status="completed",
                event_id=f"e-{order_id}",
                occurred_at=shop.clock(),
            )
        )


# ---- marks -------------------------------------------------------------------------------------


def rate(browser: TestClient, turn_id: str, **form: str) -> Response:
    token = form_token(browser.get("/console").text)
    return browser.post(f"/console/turns/{turn_id}/rating", data={"form_token": token, **form}, follow_redirects=False)


def test_the_automatic_score_stands_with_its_reasons(shop: Shop) -> None:
    turn_id = add_turn(shop, 1)
    text = shop.browser("manager1").get(f"/console/turns/{turn_id}").text
    for words in ("自动评分", "有依据", "合规", "个性化", "长度合适", "采用", "及时", "导购还没有表态"):
        assert words in text


def test_a_manager_rates_once_and_may_change_it(shop: Shop) -> None:
    turn_id, browser = add_turn(shop, 1), shop.browser("manager1")
    answer = rate(browser, turn_id, grounded="5", compliant="1", note=f" 说得太满 {XSS}")
    assert answer.headers["location"] == f"/console/turns/{turn_id}?saved=rating#score"
    text = browser.get(f"/console/turns/{turn_id}?saved=rating").text
    assert "评分已存下" in text
    assert "看法不同" in text, "the rubric finds nothing that may not be said"
    assert "人工评了 2 项，1 项和自动评分相差不超过一档" in text
    assert XSS not in text
    assert rate(browser, turn_id, grounded="3").status_code == 409
    assert rate(browser, turn_id, grounded="3", changes="1").status_code == 303
    assert rate(shop.browser("HQ"), turn_id, timely="4").status_code == 303
    with shop.database.read() as tx:
        rows = tx.execute(select(tables.turn_rating).order_by(tables.turn_rating.c.rated_by)).all()
        entries = audit.entries(tx, CORP, action=AuditAction.RATE)
    assert [(row.rated_by, row.marks, row.changes) for row in rows] == [
        ("hq", {"timely": 0.75}, 1),
        ("manager1", {"grounded": 0.5}, 2),
    ]
    assert rows[0].automatic["timely"] == 1.0
    assert [(one.by, one.subject, dict(one.details)) for one in entries] == [
        ("hq", f"turn:{turn_id}", {"timely": "0.75"}),
        ("manager1", f"turn:{turn_id}", {"grounded": "0.50"}),
        ("manager1", f"turn:{turn_id}", {"grounded": "1.00", "compliant": "0.00"}),
    ]


@pytest.mark.parametrize("form", [{}, {"grounded": "6"}, {"grounded": "-1"}, {"note": "只写了说明"}])
def test_a_rating_needs_a_mark(shop: Shop, form: dict[str, str]) -> None:
    turn_id = add_turn(shop, 1)
    assert rate(shop.browser("manager1"), turn_id, **form).status_code == 422


def test_only_managers_of_the_store_rate_and_keep(shop: Shop) -> None:
    turn_id = add_turn(shop, 1)
    for who in ("auditor", "admin"):
        assert rate(shop.browser(who), turn_id, grounded="5").status_code == 403
        assert keep(shop.browser(who), turn_id, "好题").status_code == 403
    auditor = shop.browser("auditor").get(f"/console/turns/{turn_id}").text
    assert "我来打分" not in auditor
    other = shop.browser("manager3")
    assert same(rate(other, turn_id, grounded="5"), rate(other, "T000000099999", grounded="5"))
    assert same(keep(other, turn_id, "好题"), keep(other, "T000000099999", "好题"))
    assert same(other.get(f"/console/turns/{turn_id}/case"), other.get("/console/turns/T000000099999/case"))
    with shop.database.read() as tx:
        assert not tx.execute(select(tables.turn_rating)).all()
        assert not tx.execute(select(tables.kept_case)).all()


@pytest.mark.parametrize("path", ["rating", "case", "case/drop"])
def test_no_form_of_another_page_is_taken(shop: Shop, path: str) -> None:
    turn_id = add_turn(shop, 1)
    answer = shop.browser("manager1").post(f"/console/turns/{turn_id}/{path}", data={"grounded": "5", "reason": "好"})
    assert answer.status_code == 403


# ---- cases -------------------------------------------------------------------------------------


def keep(browser: TestClient, turn_id: str, reason: str) -> Response:
    token = form_token(browser.get("/console").text)
    data = {"form_token": token, "reason": reason}
    return browser.post(f"/console/turns/{turn_id}/case", data=data, follow_redirects=False)


def test_nobody_real_is_in_the_preview(shop: Shop) -> None:
    add_customer(shop)
    asked = "沈佳宜（沈姐）电话138 0000 1234，收件人王小丽，住杭州市西湖区文三路90号，问护手霜"
    turn_id = add_turn(shop, 1, customer_id="C1", question=asked, draft="沈姐，护手霜有货的。")
    said(shop, turn_id, ActionKind.EDITED, sent_text="佳宜姐，给你留一支，林晓", similarity=0.5, note="沈佳宜喜欢")
    text = shop.browser("manager1").get(f"/console/turns/{turn_id}/case").text
    for secret in ("沈佳宜", "沈姐", "佳宜", "138 0000 1234", "王小丽", "文三路", "林晓"):
        assert secret not in text, secret
    for words in ("〔客户〕", "〔电话〕", "〔导购〕", "护手霜"):
        assert words in text


def test_a_turn_is_kept_once_with_a_reason(shop: Shop) -> None:
    turn_id, browser = add_turn(shop, 1), shop.browser("manager1")
    assert keep(browser, turn_id, "  ").status_code == 422
    answer = keep(browser, turn_id, f" 问保价答成退货 {XSS}")
    assert answer.headers["location"] == f"/console/turns/{turn_id}?saved=case"
    assert "已收为评测用例" in browser.get(f"/console/turns/{turn_id}").text
    page = browser.get(f"/console/turns/{turn_id}/case").text
    assert "苏婉在 2026-11-22 11:00 收下了这一轮：问保价答成退货" in page
    assert XSS not in page
    late = keep(shop.browser("HQ"), turn_id, "我也觉得好")
    assert late.status_code == 409
    assert "问保价答成退货" in late.text
    with shop.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=AuditAction.KEEP_CASE)
    assert (entry.by, entry.subject, dict(entry.details)) == ("manager1", f"turn:{turn_id}", {})


def test_a_kept_turn_can_be_let_go(shop: Shop) -> None:
    turn_id, browser = add_turn(shop, 1), shop.browser("manager1")
    keep(browser, turn_id, "好题")
    form = {"form_token": form_token(browser.get("/console").text)}
    assert browser.post(f"/console/turns/{turn_id}/case/drop", data=form, follow_redirects=False).status_code == 303
    assert browser.post(f"/console/turns/{turn_id}/case/drop", data=form).status_code == 404
    assert keep(browser, turn_id, "还是收").status_code == 303


# ---- the list as a file ------------------------------------------------------------------------


def export(browser: TestClient, query: str = "", reason: str = "月会复盘") -> Response:
    form = {"form_token": form_token(browser.get("/console").text), "reason": reason}
    return browser.post(f"/console/turns/export?{query}", data=form)


def rows_of(answer: Response) -> Iterator[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))


def test_the_list_goes_out_as_it_is_shown(shelf: Shop) -> None:
    answer = export(shelf.browser("manager1"), "q=保价")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(rows_of(answer))
    assert [(row["导购问了什么"], row["导购反馈"], row["内容标识"]) for row in rows] == [
        ("买护手霜套装能保价吗", "改后采用", "AI生成"),
        ("能保价吗", "采用", "AI生成"),
    ]
    with shelf.database.read() as tx:
        entry = audit.entries(tx, CORP)[0]
    assert (entry.action, entry.subject) == (AuditAction.EXPORT, "turns")
    assert dict(entry.details) == {"reason": "月会复盘", "rows": "2"}


@pytest.mark.parametrize("asked", ["=HYPERLINK(1)", "-2+3", "+cmd", "@sum", "\t=1", "＝1", "'=1", 'a"b,\r\nc'])
def test_no_cell_is_a_formula(shop: Shop, asked: str) -> None:
    from assistant.material.escaping import unescaped

    add_turn(shop, 1, question=asked)
    (row,) = rows_of(export(shop.browser("manager1")))
    assert unescaped(row["导购问了什么"]) == asked
    assert row["导购问了什么"][0] not in "=+-@\t\r＝"


def test_no_name_or_number_goes_out_that_may_not_be_read(shop: Shop) -> None:
    add_customer(shop)
    add_turn(shop, 1, customer_id="C1", question="沈佳宜 13812345678 想要面霜")
    (seen,) = rows_of(export(shop.browser("manager1")))
    assert seen["导购问了什么"] == "沈佳宜 138****5678 想要面霜"
    (masked,) = rows_of(export(shop.browser("auditor")))
    assert masked["导购问了什么"] == "沈＊＊ 138****5678 想要面霜"
    assert list(rows_of(export(shop.browser("manager3")))) == []
    assert export(shop.browser("admin")).status_code == 403
    assert export(shop.browser("manager1"), reason=" ").status_code == 422
    assert shop.browser("manager1").post("/console/turns/export", data={"reason": "x"}).status_code == 403


def test_a_file_cannot_be_taken_ten_times_a_minute(shop: Shop) -> None:
    browser = shop.browser("manager1")
    answers = [export(browser).status_code for _ in range(8)]
    assert answers[0] == 200
    assert answers[-1] == 429
