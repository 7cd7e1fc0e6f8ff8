"""A risky draft waits for one manager's word: hers to give once, in time, and never on her own."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, select, update

from assistant.signing import Signing
from assistant.store import audit, signoffs, tables, turns
from assistant.store.audit import AuditAction
from assistant.turn import SignOff, SignOffAsked, SignOffRule, SignOffStatus, TurnRecord
from tests.console.shop import CORP, NOW, XSS, Shop, add_customer, add_turn
from tests.console.test_access import form_token, same

PROMISE = SignOff(rule=SignOffRule.REFUND_PROMISE, words="我这就给您全额退款", remedy="这句改成「由店长给您答复」")
GRANT = SignOff(rule=SignOffRule.LARGE_GRANT, words="用「大额券」一共减 600 元", remedy="说「不提优惠」")


def waits(
    shop: Shop,
    number: int = 1,
    *,
    guide: str = "guide1",
    store_id: str = "S1",
    drafts: tuple[int, ...] = (1,),
    reasons: tuple[SignOff, ...] = (PROMISE,),
    ago: timedelta = timedelta(0),
    minutes: int = 120,
    question: str = "沈姐说过敏了，能退钱吗",
    draft: str = "沈姐您放心，我这就给您全额退款。",
    customer_id: str = "",
) -> str:
    """A turn some of whose drafts were laid before its managers ``ago``."""
    turn_id = add_turn(
        shop, number, guide=guide, store_id=store_id, question=question, draft=draft, ago=ago, customer_id=customer_id
    )
    at = shop.clock() - ago
    until = at + timedelta(minutes=minutes)
    with shop.database.begin() as tx:
        record = turns.read(tx, turn_id)
        assert record is not None
        verdicts = tuple(
            verdict.model_copy(update={"sign_offs": reasons if place in drafts else ()})
            for place, verdict in enumerate(record.verdicts, start=1)
        )
        changed = record.model_copy(
            update={"verdicts": verdicts, "sign_off": SignOffAsked(signers=("manager1",), until=until)}
        )
        tx.execute(
            update(tables.turn).where(tables.turn.c.turn_id == turn_id).values(record=changed.model_dump(mode="json"))
        )
        signoffs.ask(tx, CORP, turn_id, f"c-{guide}", drafts=drafts, moment=at, until=until)
    return turn_id


def word(
    browser: TestClient,
    turn_id: str,
    decision: str,
    *,
    draft: tuple[int, ...] = (1,),
    reason: str = "",
    advice: str = "",
) -> Response:
    form = {
        "form_token": form_token(browser.get("/console").text),
        "decision": decision,
        "draft": [str(number) for number in draft],
        "reason": reason,
        "advice": advice,
    }
    return browser.post(f"/console/signoffs/{turn_id}", data=form, follow_redirects=False)


def status(shop: Shop, turn_id: str) -> str:
    with shop.database.read() as tx:
        return str(tx.execute(select(tables.signoff.c.status).where(tables.signoff.c.turn_id == turn_id)).scalar_one())


def told(shop: Shop, turn_id: str) -> list[str]:
    """What was laid out for the guide behind the reply's own two parts."""
    with shop.database.read() as tx:
        rows = tx.execute(
            select(tables.outbox.c.text, tables.outbox.c.userid)
            .where(tables.outbox.c.turn_id == turn_id, tables.outbox.c.part > 1)
            .order_by(tables.outbox.c.part)
        ).all()
    assert all(row.userid == "guide1" for row in rows)
    return [row.text for row in rows]


def logged(shop: Shop) -> list[tuple[str, str, dict[str, str]]]:
    with shop.database.read() as tx:
        found = audit.entries(tx, CORP, action=AuditAction.SIGN)
    return [(one.by, one.subject, dict(one.details)) for one in found]


# ---- what she sees -----------------------------------------------------------------------------


def test_the_list_shows_what_waits_with_its_reason_its_evidence_and_the_time_left(shop: Shop) -> None:
    turn_id = waits(shop, draft="沈姐，晨露舒缓面霜50ml现在298元，我这就给您全额退款。", ago=timedelta(minutes=35))
    text = shop.browser("manager1").get("/console/signoffs").text
    assert "沈姐说过敏了，能退钱吗" in text
    assert "我这就给您全额退款" in text
    assert "答应退款赔付" in text
    assert "还剩 1 小时 25 分钟" in text
    assert "晨露舒缓面霜，50ml，门店价 298 元" in text
    assert f'href="#evidence-{turn_id}-1"' in text
    assert f'id="evidence-{turn_id}-1"' in text
    assert f"/console/turns/{turn_id}" in text
    # the draft that waits for nobody is there, and cannot be ticked
    assert "同一轮不用签发的草稿 1 条" in text


def test_the_one_that_waits_longest_stands_first_and_pages_go_on(shop: Shop) -> None:
    made = [waits(shop, number, ago=timedelta(minutes=60 - number)) for number in range(1, 13)]
    browser = shop.browser("manager1")
    first = browser.get("/console/signoffs").text
    assert [first.index(f'id="asked-{one}"') for one in made[:10]] == sorted(
        first.index(f'id="asked-{one}"') for one in made[:10]
    )
    assert made[10] not in first
    assert f"after={made[9]}" in first
    second = browser.get(f"/console/signoffs?after={made[9]}").text
    assert made[9] not in second
    assert made[10] in second
    assert made[11] in second


def test_queries_do_not_grow_with_rows(shop: Shop) -> None:
    browser = shop.browser("manager1")
    counts = []
    for number in (1, 8):
        waits(shop, number)
        for more in range(number + 1, number + 6):
            waits(shop, more + 20 * number)
        seen: list[str] = []

        def note(*arguments: object, seen: list[str] = seen) -> None:
            seen.append(str(arguments[2]))

        event.listen(shop.database.engine, "before_cursor_execute", note)
        browser.get("/console/signoffs")
        event.remove(shop.database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_nothing_waits(shop: Shop) -> None:
    assert "没有等您签发的草稿" in shop.browser("manager1").get("/console/signoffs").text


@pytest.mark.parametrize("path", ["/console/signoffs", "/console/signoffs/{turn_id}"])
def test_what_people_wrote_is_text(shop: Shop, path: str) -> None:
    reason = SignOff(rule=SignOffRule.REFUND_PROMISE, words=XSS, remedy=XSS)
    turn_id = waits(shop, question=XSS, draft=f"给您退{XSS}", reasons=(reason,))
    browser = shop.browser("manager1")
    assert XSS not in browser.get(path.format(turn_id=turn_id)).text
    assert word(browser, turn_id, "refused", reason=XSS, advice=XSS).status_code == 303
    after = browser.get(f"/console/signoffs/{turn_id}").text
    assert "<script>alert" not in after
    assert "&lt;script&gt;alert" in after
    assert "<script>alert" not in browser.get("/console/signoffs").text


# ---- what she decides --------------------------------------------------------------------------


def test_signing_lets_the_guide_go_on_and_tells_her(shop: Shop) -> None:
    turn_id, browser = waits(shop), shop.browser("manager1")
    answer = word(browser, turn_id, "signed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/signoffs?done=signed")
    assert status(shop, turn_id) == "signed"
    assert told(shop, turn_id) == [
        "苏婉签发了第①条（您问的「沈姐说过敏了，能退钱吗」），可以用了。回「签发1」采用，我把那段给您复制。"
    ]
    assert shop.delivered == [turn_id]
    assert logged(shop) == [
        (
            "manager1",
            f"turn:{turn_id}",
            {
                "decision": "signed",
                "drafts": "1",
                "rules": "答应退款赔付",
                "reason": "",
                "advice": "",
            },
        )
    ]
    page = browser.get("/console/signoffs?done=signed").text
    assert "已签发，马上告诉导购" in page
    assert "最近处理的" in page


def test_refusing_needs_a_reason_and_carries_her_advice(shop: Shop) -> None:
    turn_id, browser = waits(shop), shop.browser("manager1")
    assert word(browser, turn_id, "refused", reason="  ").status_code == 422
    assert status(shop, turn_id) == "waiting"
    assert shop.delivered == []
    answer = word(browser, turn_id, "refused", reason="先看照片", advice="您先把照片和小票发我看看。")
    assert answer.status_code == 303
    assert status(shop, turn_id) == "refused"
    first, lead, advice = told(shop, turn_id)
    assert first.startswith("苏婉没有签发第①条")
    assert "原因：先看照片" in first
    assert lead == "苏婉建议这么说（下一条，供您参考，要发请您自己改好再发）："
    assert advice == "您先把照片和小票发我看看。"
    story = browser.get(f"/console/turns/{turn_id}").text
    assert f'href="/console/signoffs/{turn_id}"' in story
    assert "没签的原因：先看照片" in story
    assert "第 3 条（签发结果）" in story
    shown = browser.get(f"/console/signoffs/{turn_id}").text
    assert "先看照片" in shown
    assert "您先把照片和小票发我看看。" in shown
    assert 'name="decision"' not in shown
    # no words of a message in the log
    assert "照片" not in json.dumps(logged(shop), ensure_ascii=False)


def test_some_may_be_signed_and_the_rest_told_why_not(shop: Shop) -> None:
    turn_id, browser = waits(shop, drafts=(1, 2), reasons=(PROMISE, GRANT)), shop.browser("manager1")
    assert word(browser, turn_id, "signed", draft=(2,)).status_code == 422
    assert word(browser, turn_id, "signed", draft=()).status_code == 422
    assert word(browser, turn_id, "signed", draft=(7,)).status_code == 422
    assert status(shop, turn_id) == "waiting"
    assert word(browser, turn_id, "signed", draft=(2,), reason="退款要我来谈").status_code == 303
    [only] = told(shop, turn_id)
    assert "签发了第②条" in only
    assert "回「签发2」采用" in only
    assert "第①条没有签发，先别发。" in only
    assert "退款要我来谈" in only


def test_a_draft_that_does_not_wait_cannot_be_signed(shop: Shop) -> None:
    turn_id, browser = waits(shop, drafts=(1,)), shop.browser("manager1")
    assert word(browser, turn_id, "signed", draft=(2,)).status_code == 422
    assert word(browser, turn_id, "signed", draft=(1, 2)).status_code == 303
    with shop.database.read() as tx:
        standing = signoffs.standing(tx, turn_id, NOW)
    assert standing is not None
    assert standing.signed == (1,)


def test_nobody_signs_her_own(shop: Shop) -> None:
    turn_id, browser = waits(shop, guide="manager1"), shop.browser("Manager1")
    for path in ("/console/signoffs", f"/console/signoffs/{turn_id}"):
        text = browser.get(path).text
        assert "要由别人来签" in text
        assert 'name="decision"' not in text
    assert word(browser, turn_id, "signed").status_code == 403
    assert status(shop, turn_id) == "waiting"
    assert word(shop.browser("HQ"), turn_id, "signed").status_code == 303


def test_the_second_of_two_managers_is_told_who_was_first(shop: Shop) -> None:
    turn_id = waits(shop)
    word(shop.browser("manager1"), turn_id, "signed")
    late = word(shop.browser("region1"), turn_id, "refused", reason="我不同意")
    assert late.status_code == 409
    assert "苏婉在 2026-11-22 11:00 已经选了「已签发」" in late.text
    assert status(shop, turn_id) == "signed"
    assert len(told(shop, turn_id)) == 1


def test_two_at_the_same_moment_are_one_decision(shop: Shop) -> None:
    turn_id = waits(shop)
    browsers = [shop.browser(who) for who in ("manager1", "region1", "HQ")]
    for browser in browsers:
        # an app's routes are made when they are first asked for, and not by two threads at once
        assert browser.get(f"/console/signoffs/{turn_id}").status_code == 200
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda browser: word(browser, turn_id, "signed").status_code, browsers))
    assert sorted(answers) == [303, 409, 409]
    assert len(told(shop, turn_id)) == 1
    assert len(logged(shop)) == 1


@pytest.mark.parametrize("decision", ["", "waiting", "timed-out"])
def test_there_are_only_two_words(shop: Shop, decision: str) -> None:
    turn_id = waits(shop)
    assert word(shop.browser("manager1"), turn_id, decision, reason="x").status_code == 404
    assert status(shop, turn_id) == "waiting"


# ---- time --------------------------------------------------------------------------------------


def test_after_the_time_nobody_signs_even_before_the_sweep(shop: Shop) -> None:
    turn_id, browser = waits(shop, ago=timedelta(minutes=120)), shop.browser("manager1")
    assert turn_id not in browser.get("/console/signoffs").text
    assert "过时没人签" in browser.get(f"/console/signoffs/{turn_id}").text
    late = word(browser, turn_id, "signed")
    assert late.status_code == 409
    assert "签发的时间到 2026-11-22 11:00 为止" in late.text
    assert told(shop, turn_id) == []


def test_the_sweep_tells_the_guide_once(shop: Shop) -> None:
    turn_id, fresh = waits(shop, 1, ago=timedelta(minutes=121)), waits(shop, 2)
    sweeping = Signing(shop.database, CORP, shop.clock)
    assert sweeping.expire() == (turn_id,)
    assert sweeping.expire() == ()
    [only] = told(shop, turn_id)
    assert "等到今天10:59没有人签发，现在不能发了" in only
    assert "由店长给您答复" in only
    assert (status(shop, turn_id), status(shop, fresh)) == ("timed-out", "waiting")
    assert logged(shop) == [
        ("daogou", f"turn:{turn_id}", {"decision": "timed-out", "rules": "答应退款赔付"}),
    ]
    assert "过时没人签" in shop.browser("manager1").get("/console/signoffs").text


def test_many_that_ended_together_are_all_told(shop: Shop) -> None:
    made = {waits(shop, number, ago=timedelta(hours=3)) for number in range(1, 8)}
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(signoffs, "SWEPT_AT_ONCE", 3)
        assert set(Signing(shop.database, CORP, shop.clock).expire()) == made
    assert all(len(told(shop, one)) == 1 for one in made)


def test_one_the_guide_gave_up_is_not_signed(shop: Shop) -> None:
    turn_id = waits(shop)
    with shop.database.begin() as tx:
        assert signoffs.withdraw(tx, turn_id, NOW)
        assert not signoffs.withdraw(tx, turn_id, NOW)
    browser = shop.browser("manager1")
    assert "没有等您签发的草稿" in browser.get("/console/signoffs").text
    late = word(browser, turn_id, "signed")
    assert late.status_code == 409
    assert "导购已经用了别的说法" in late.text


# ---- whose it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["HQ", "region1", "manager1"])
def test_every_manager_over_the_store_may_sign(shop: Shop, who: str) -> None:
    turn_id = waits(shop)
    assert word(shop.browser(who), turn_id, "signed").status_code == 303


def test_another_stores_looks_like_a_missing_one(shop: Shop) -> None:
    turn_id, other = waits(shop), shop.browser("manager3")
    assert turn_id not in other.get("/console/signoffs").text
    assert same(other.get(f"/console/signoffs/{turn_id}"), other.get("/console/signoffs/T000000099999"))
    assert same(other.get(f"/console/signoffs?after={turn_id}"), other.get("/console/signoffs?after=T000000099999"))
    assert same(word(other, turn_id, "signed"), word(other, "T000000099999", "signed"))
    assert status(shop, turn_id) == "waiting"


def test_a_turn_that_waits_for_nobody_has_no_page(shop: Shop) -> None:
    add_turn(shop, 1)
    assert shop.browser("manager1").get("/console/signoffs/T000000000001").status_code == 404


def test_an_auditor_reads_without_names_and_signs_nothing(shop: Shop) -> None:
    add_customer(shop, name="沈佳宜")
    turn_id = waits(shop, customer_id="C1", question="沈佳宜（沈姐）13812345678 要退钱")
    auditor = shop.browser("auditor")
    for path in ("/console/signoffs", f"/console/signoffs/{turn_id}"):
        text = auditor.get(path).text
        assert "沈佳宜" not in text
        assert "沈姐" not in text
        assert "13812345678" not in text
        assert 'name="decision"' not in text
    assert word(auditor, turn_id, "signed").status_code == 403
    assert shop.browser("admin").get("/console/signoffs").status_code == 403
    assert status(shop, turn_id) == "waiting"


def test_a_word_without_a_form_token_changes_nothing(shop: Shop) -> None:
    turn_id, browser = waits(shop), shop.browser("manager1")
    assert browser.post(f"/console/signoffs/{turn_id}", data={"decision": "signed", "draft": "1"}).status_code == 403
    foreign = browser.post(
        f"/console/signoffs/{turn_id}",
        data={"decision": "signed", "draft": "1", "form_token": form_token(browser.get("/console").text)},
        headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    )
    assert foreign.status_code == 403
    assert status(shop, turn_id) == "waiting"


def test_a_record_from_before_sign_offs_is_read_as_one_without(shop: Shop) -> None:
    turn_id = add_turn(shop, 1)
    with shop.database.read() as tx:
        kept = tx.execute(select(tables.turn.c.record).where(tables.turn.c.turn_id == turn_id)).scalar_one()
        record = turns.read(tx, turn_id)
    assert "sign_off" not in kept
    assert all("sign_offs" not in verdict for verdict in kept["verdicts"])
    assert isinstance(record, TurnRecord)
    assert record.sign_off is None
    assert SignOffStatus(status(shop, waits(shop, 2))) is SignOffStatus.WAITING
