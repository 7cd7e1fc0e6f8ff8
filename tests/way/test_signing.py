"""A risky draft on its whole way: laid before the manager, her word to the guide, and only then the guide's own click."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import delete, update

from assistant.console.door.login import login_link
from assistant.rulebook import Rulebook, SignOffRules
from assistant.signing import decide
from assistant.store import audit, notices, rulebooks, signoffs, tables, turns
from assistant.store.signoffs import Decision
from assistant.turn import ReplyKind, SignOffRule, SignOffStatus, TurnRecord
from tests.way.house import CORP, MANAGER, QUESTION, House, until

LITTLE = SignOffRules(grant_fen=1000)
"""So that the sample shop's ordinary coupons count as large."""


@pytest.fixture
def strict(house: House) -> Iterator[House]:
    """A house whose manager signs every draft with ten yuan off."""
    with house.service.database.begin() as tx:
        rulebooks.write(tx, CORP, Rulebook(signoff=LITTLE), by="admin", moment=house.service.clock(), seen=0)
    yield house
    with house.service.database.begin() as tx:
        for table in (tables.rulebook, tables.notice):
            tx.execute(delete(table))


def waiting_turn(house: House) -> TurnRecord:
    record = house.ask(QUESTION)
    assert record.reply.kind is ReplyKind.DRAFTS
    assert record.sign_off is not None
    return record


@contextmanager
def console_of(house: House, userid: str) -> Iterator[httpx2.Client]:
    """A manager's browser, logged in."""
    with httpx2.Client(base_url=house.url, trust_env=False) as browser:
        browser.headers.update({"origin": "null", "sec-fetch-site": "same-origin"})
        token = login_link(house.settings.console_key(), userid).partition("token=")[2]
        entered = browser.post("/console/login", data={"token": token})
        # over plain http a browser would keep a __Host- cookie to itself
        browser.headers["cookie"] = entered.headers["set-cookie"].partition(";")[0]
        yield browser


def at_console(house: House, userid: str, turn_id: str, **form: str | list[str]) -> httpx2.Response:
    """A manager's word, given as her browser gives it."""
    with console_of(house, userid) as browser:
        assert browser.get(f"/console/signoffs/{turn_id}").status_code == 200
        found = re.search(r'name="form_token" value="([^"]+)"', browser.get("/console").text)
        assert found is not None
        return browser.post(f"/console/signoffs/{turn_id}", data={"form_token": found[1], **form})


def end_now(house: House, turn_id: str) -> None:
    """Let the time to sign be over."""
    with house.service.database.begin() as tx:
        past = house.service.clock() - timedelta(seconds=1)
        tx.execute(update(tables.signoff).where(tables.signoff.c.turn_id == turn_id).values(until=past))


def action_of(house: House, turn_id: str) -> str:
    record = next(one for one in house.records() if one.turn_id == turn_id)
    return record.action.kind.value if record.action is not None else ""


def test_held_signed_and_taken(strict: House) -> None:
    asked = waiting_turn(strict)
    text = "\n".join(asked.reply.parts)
    assert "（等签发，先别发）" in text
    assert "优惠金额大" in text
    assert "已经报给店长苏婉清" in text
    assert "不想等" in text
    assert [one.rule for one in asked.verdicts[0].sign_offs] == [SignOffRule.LARGE_GRANT]
    assert asked.sign_off is not None
    assert asked.sign_off.until - asked.started_at == timedelta(minutes=LITTLE.answer_minutes)
    [notice] = strict.wecom.wait_for(1, MANAGER)
    assert notice.startswith("林晓芸（")
    assert "优惠金额大" in notice
    assert "控制台" in notice

    held = strict.ask("1")
    assert held.reply.kind is ReplyKind.HELD
    assert held.said_action is None
    assert "还在等店长苏婉清签发" in held.reply.parts[0]
    assert action_of(strict, asked.turn_id) == ""

    shown = len(strict.wecom.shown())
    answer = at_console(strict, MANAGER, asked.turn_id, decision="signed", draft=["1", "2", "3"])
    assert answer.status_code == 303, answer.text
    told = strict.wecom.wait_for(shown + 1)[-1]
    assert told.startswith("苏婉清签发了第①")
    assert "回「签发1」或" in told

    taken = strict.ask("1")
    assert taken.reply.kind is ReplyKind.CONFIRM
    assert action_of(strict, asked.turn_id) == "accepted"
    with strict.service.database.read() as tx:
        assert [one.details["decision"] for one in audit.entries(tx, CORP, subject=f"turn:{asked.turn_id}")] == [
            "signed"
        ]


def test_the_signed_draft_is_found_again_when_the_talk_has_gone_on(strict: House) -> None:
    asked = waiting_turn(strict)
    strict.ask("开封了还能退不")
    assert at_console(strict, MANAGER, asked.turn_id, decision="signed", draft=["1", "2", "3"]).status_code == 303
    strict.settle()
    taken = strict.ask("签发2")
    assert taken.reply.kind is ReplyKind.CONFIRM
    assert taken.answers_turn_id == asked.turn_id
    assert asked.verdicts[1].draft.text in taken.reply.parts[-1]
    assert action_of(strict, asked.turn_id) == "accepted"


def test_refused_with_advice(strict: House) -> None:
    asked = waiting_turn(strict)
    shown = len(strict.wecom.shown())
    advice = "苏姐，券的事我帮您问下店长，今天先说说这款怎么用。"
    answer = at_console(strict, MANAGER, asked.turn_id, decision="refused", reason="这张券先别主动给", advice=advice)
    assert answer.status_code == 303, answer.text
    first, _, last = strict.wecom.wait_for(shown + 3)[shown:]
    assert "没有签发第①" in first
    assert "这张券先别主动给" in first
    assert last == advice

    held = strict.ask("1")
    assert held.reply.kind is ReplyKind.HELD
    assert "苏婉清没有签发，原因：这张券先别主动给" in held.reply.parts[0]
    assert action_of(strict, asked.turn_id) == ""
    # what she advised may be sent, by the guide's own hand
    edited = strict.ask(f"改成：{advice}")
    assert edited.reply.kind is ReplyKind.CONFIRM
    assert action_of(strict, asked.turn_id) == "edited"


def test_editing_keeps_nothing_unsigned_in(strict: House) -> None:
    asked = waiting_turn(strict)
    assert asked.offer is not None
    coupon = asked.offer.applied[0].name
    held = strict.ask(f"改成：苏姐，舒缓修护霜敏感肌可以用，用上「{coupon}」更划算。")
    assert held.reply.kind is ReplyKind.HELD
    assert "先别发您改的这段" in held.reply.parts[0]
    assert action_of(strict, asked.turn_id) == ""
    without = strict.ask("改成：苏姐，舒缓修护霜适合敏感肌，第一次用先在耳后试一下。")
    assert without.reply.kind is ReplyKind.CONFIRM
    # her customer is answered, so nobody need sign any more
    with strict.service.database.read() as tx:
        standing = signoffs.standing(tx, asked.turn_id, strict.service.clock())
    assert standing is not None
    assert standing.status is SignOffStatus.WITHDRAWN


def test_timed_out_tells_the_guide_once(strict: House) -> None:
    asked = waiting_turn(strict)
    end_now(strict, asked.turn_id)
    # honest before the sweep has come
    held = strict.ask("1")
    assert held.reply.kind is ReplyKind.HELD
    assert "没有人签发，现在不能发了" in held.reply.parts[0]
    shown = len(strict.wecom.shown())
    told = strict.service.signing.expire()
    assert told == (asked.turn_id,)
    assert strict.service.signing.expire() == ()
    strict.service.handling.send_turn(asked.turn_id)
    strict.service.handling.send_turn(asked.turn_id)
    assert "没有人签发，现在不能发了" in strict.wecom.wait_for(shown + 1)[-1]
    strict.settle()
    assert len(strict.wecom.shown()) == shown + 1
    assert at_console(strict, MANAGER, asked.turn_id, decision="signed", draft="1").status_code == 409
    assert action_of(strict, asked.turn_id) == ""


def test_a_word_given_just_before_a_crash_reaches_the_guide_once(strict: House) -> None:
    asked = waiting_turn(strict)
    shown = len(strict.wecom.shown())
    # decided and written, and the process dies before anything is asked to be sent
    with strict.service.database.begin() as tx:
        record = turns.read(tx, asked.turn_id)
        assert record is not None
        assert decide(tx, record, Decision(MANAGER, (1, 2, 3)), strict.service.clock())
        assert not decide(tx, record, Decision("shaoqing", ()), strict.service.clock())
    strict.restart()
    until(lambda: len(strict.wecom.shown()) > shown, what="the manager's word")
    strict.settle()
    assert len(strict.wecom.shown()) == shown + 1
    assert strict.ask("签发1").reply.kind is ReplyKind.CONFIRM


def test_a_draft_that_needs_no_manager_is_taken_at_once(strict: House) -> None:
    record = strict.ask("开封了还能退不")
    assert record.sign_off is None
    assert strict.ask("1").reply.kind is ReplyKind.CONFIRM
    strict.settle()
    assert strict.wecom.shown(MANAGER) == []


def test_a_manager_who_acts_as_guide_is_signed_for_by_another(strict: House) -> None:
    record = strict.ask("舒缓修护霜多少钱 有券吗", MANAGER)
    assert record.sign_off is not None
    assert record.sign_off.signers == ("shaoqing",)
    assert "已经报给区域经理邵青" in "\n".join(record.reply.parts)
    with strict.service.database.read() as tx:
        told = [(one.userid, one.key) for one in notices.unsent(tx, CORP)]
        told += [(one.userid, one.key) for one in notices.not_told(tx, CORP, "signoff:")]
    assert told == [("shaoqing", f"signoff:{record.turn_id}:shaoqing")]
    refused = at_console(strict, MANAGER, record.turn_id, decision="signed", draft="1")
    assert refused.status_code == 403
    assert at_console(strict, "shaoqing", record.turn_id, decision="refused", reason="先别给券").status_code == 303
    assert strict.ask("1", MANAGER).reply.kind is ReplyKind.HELD


def test_what_she_promises_in_her_own_words_is_held_too(strict: House) -> None:
    asked = strict.ask("开封了还能退不")
    assert asked.sign_off is None
    held = strict.ask("改成：姐您放心，我这就给您全额退款。")
    assert held.reply.kind is ReplyKind.HELD
    assert "「我这就给您全额退款」（答应退款赔付）要店长签发才能发" in held.reply.parts[0]
    assert action_of(strict, asked.turn_id) == ""
