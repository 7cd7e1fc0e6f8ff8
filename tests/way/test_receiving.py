"""From a guide's message to her reply, over real HTTP, however badly WeCom delivers it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from assistant.turn import ActionKind, DraftSource, EvidenceKind, Intent, ReplyKind
from tests.way.house import GUIDE, OTHER_GUIDE, POLICY, QUESTION, STRANGER, House, until

REJECTED = (
    {"wrong_signature": True},
    {"wrong_receive_id": True},
    {"bad_pad": "uneven"},
    {"bad_pad": "zero"},
    {"bad_pad": "over"},
    {"stale_timestamp": 301},
    {"oversize": 256 * 1024 + 1},
    {"not_xml": "outer"},
    {"not_xml": "inner"},
)


def test_a_question_becomes_drafts_with_coupon_and_evidence_within_two_seconds(house: House) -> None:
    house.ask(POLICY, OTHER_GUIDE)  # the first turn of a process also loads the shop
    assert house.wecom.write(QUESTION) == [200]
    house.wecom.wait_for(1, seconds=2.0)
    house.settle()
    record = house.records()[-1]
    text = "".join(house.wecom.shown())
    assert record.reply.kind is ReplyKind.DRAFTS
    assert text == "".join(record.reply.parts)
    assert all(draft.source is DraftSource.COMPOSER for draft in record.drafts)
    assert record.offer is not None
    assert record.offer.applied
    assert all(f"「{coupon.name}」" in text for coupon in record.offer.applied)
    assert f"{record.offer.pay_fen / 100:g}" in text
    assert {EvidenceKind.OFFER, EvidenceKind.COUPON} <= {evidence.kind for evidence in record.evidence}
    assert "依据：" in text
    assert "①" in text
    assert "②" in text


@pytest.mark.parametrize("fault", [{"repeat": 3}, {"concurrent": 8}], ids=["in-a-row", "at-once"])
def test_one_message_delivered_many_times_is_one_turn_and_one_reply(house: House, fault: dict[str, Any]) -> None:
    assert set(house.wecom.write(POLICY, **fault)) == {200}
    house.settle()
    assert house.messages() == 1
    [record] = house.records()
    assert house.wecom.shown() == list(record.reply.parts)
    assert house.wecom.calls("message/send") == len(record.reply.parts)


def test_messages_out_of_order_are_each_answered_once(house: House) -> None:
    house.wecom.write("华东发货要几天到", out_of_order=True)
    assert house.wecom.write(POLICY) == [200]
    house.settle()
    assert house.messages() == 2
    said = [message.text for record in house.records() for message in record.messages]
    assert sorted(said) == sorted([POLICY, "华东发货要几天到"])
    assert house.wecom.shown() == [part for record in house.records() for part in record.reply.parts]


def test_several_short_messages_in_a_row_are_one_turn(house: House) -> None:
    for text in ("苏姐问", "舒缓面霜", "敏感肌能不能用"):
        assert house.wecom.write(text) == [200]
    house.settle()
    [record] = house.records()
    assert [message.text for message in record.messages] == ["苏姐问", "舒缓面霜", "敏感肌能不能用"]
    assert record.need.intent is Intent.SUITABILITY
    assert record.need.customer_id == "C00001"
    assert house.wecom.shown() == list(record.reply.parts)


def test_two_guides_at_once_do_not_mix(house: House) -> None:
    asked = {GUIDE: ["苏姐的档案", POLICY, "用2"], OTHER_GUIDE: ["苏姐的档案", "积分怎么算", "用1"]}

    def converse(userid: str) -> None:
        for text in asked[userid]:
            before = len(house.wecom.shown(userid))
            house.wecom.write(text, userid)
            house.wecom.wait_for(before + 1, userid)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(converse, asked))
    house.settle()
    for userid, texts in asked.items():
        hers = [record for record in house.records() if record.guide == userid]
        assert [message.text for record in hers for message in record.messages] == texts
        assert house.wecom.shown(userid) == [part for record in hers for part in record.reply.parts]
        kinds = [record.action.kind for record in hers if record.action is not None]
        assert kinds == [ActionKind.ACCEPTED]
    # 苏姐 is Lin's customer, and nobody else's
    assert "138****2231" in house.wecom.shown(GUIDE)[0]
    assert "2231" not in "".join(house.wecom.shown(OTHER_GUIDE))


def test_what_is_not_wecoms_is_refused_and_leaves_nothing(house: House) -> None:
    for fault in REJECTED:
        assert house.wecom.write(POLICY, **fault) == [403], fault
    house.settle()
    assert house.messages() == 0
    assert house.wecom.shown() == []
    assert house.wecom.write(POLICY) == [200]
    assert house.wecom.wait_for(1)


def test_the_url_verification_passes(house: House) -> None:
    verdict = house.wecom.control.post("/simulator/verify").json()
    assert verdict["ok"], verdict


def test_a_voice_message_gets_a_polite_request_for_text(house: House) -> None:
    assert house.wecom.write("", kind="voice") == [200]
    [shown] = house.wecom.wait_for(1)
    assert "语音" in shown
    assert "打成字" in shown


@pytest.mark.parametrize("kind", ["image", "video", "location", "link", "unknown"])
def test_no_kind_of_message_is_met_with_silence(house: House, kind: str) -> None:
    assert house.wecom.write("", kind=kind) == [200]
    assert house.wecom.wait_for(1)
    house.settle()
    [record] = house.records()
    assert record.provenance.fallback_reason != "error"


def test_entering_the_app_is_stored_and_not_answered(house: House) -> None:
    assert house.wecom.write("", kind="enter_agent", repeat=2) == [200, 200]
    house.settle()
    assert house.messages() >= 1
    assert house.records() == []
    assert house.wecom.shown() == []


def test_a_member_outside_the_staff_file_is_told_so(house: House) -> None:
    house.wecom.write(POLICY, STRANGER)
    [shown] = house.wecom.wait_for(1, STRANGER)
    assert "还没有开通" in shown
    assert "店长" in shown
    house.settle()
    [record] = house.records()
    assert record.drafts == ()
    assert record.hits == ()


def test_a_userid_in_other_letters_is_the_same_guide(house: House) -> None:
    house.wecom.write("苏姐的档案", GUIDE.upper())
    until(lambda: bool(house.wecom.shown(GUIDE)), what="her reply")
    assert "138****2231" in house.wecom.shown(GUIDE)[0]
