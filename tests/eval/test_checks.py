"""Each check fails on a planted error and says what was wrong; none passes by having nothing to look at."""

from datetime import UTC, datetime

import pytest

from assistant.shop import Manner
from assistant.turn import (
    Draft,
    Evidence,
    EvidenceKind,
    Intent,
    Need,
    Offer,
    Outcome,
    Provenance,
    Reply,
    ReplyKind,
    Sentence,
    TurnRecord,
    Verdict,
)
from eval.cases.case import Expect, Tone
from eval.checks.checks import CHECKS, Status, clean_requests

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
PRICE = Evidence(id="P1", kind=EvidenceKind.PRODUCT, subject="A1", text="云朵面霜 50ml 售价¥268")


def record(*texts: str, **changes: object) -> TurnRecord:
    drafts = tuple(Draft(manner=Manner.WARM, sentences=(Sentence(text=text),), skus=("A1",)) for text in texts)
    values: dict[str, object] = {
        "turn_id": "T1",
        "corp_id": "c",
        "conversation_id": "eval:c:g",
        "guide": "g",
        "store_id": "S1",
        "channel": "eval",
        "messages": (),
        "started_at": NOW,
        "finished_at": NOW,
        "need": Need(intent=Intent.PRICE, question="多少钱", customer_id="C1"),
        "evidence": (PRICE,),
        "offer": Offer(
            lines=(), total_fen=0, pay_fen=0, saving_fen=0, why="没有可用的券", decided_at=NOW, rules_version="1"
        ),
        "drafts": drafts,
        "verdicts": tuple(Verdict(outcome=Outcome.PASS, draft=draft) for draft in drafts),
        "reply": Reply(kind=ReplyKind.DRAFTS, parts=texts or ("没有草稿",)),
        "provenance": Provenance(composer_version="1", guard_version="1"),
    }
    return TurnRecord.model_validate({**values, **changes})


GOOD = ("云朵面霜现在¥268。", "云朵面霜（50ml）¥268，您看合适吗？")


@pytest.mark.parametrize(
    ("check", "expect", "bad"),
    [
        ("听懂", Expect(intent=Intent.COUPON), record(*GOOD)),
        ("听懂", Expect(intent=Intent.PRICE, also=(Intent.STOCK,)), record(*GOOD)),
        ("客户", Expect(customer="C2"), record(*GOOD)),
        ("客户", Expect(customer=""), record(*GOOD)),
        ("答法", Expect(reply=ReplyKind.ABSTAIN), record(*GOOD)),
        ("检索命中", Expect.model_validate({"passages": [{"title": "退货"}]}), record(*GOOD)),
        ("产品", Expect(products=("A2",)), record(*GOOD)),
        ("优惠正确", Expect(coupons=("K1",)), record(*GOOD)),
        ("数字有据", Expect(), record("云朵面霜现在¥269。", GOOD[1])),
        ("数字有据", Expect(), record("云朵面霜只要２６元。", GOOD[1])),
        ("合规", Expect(), record("云朵面霜能根治泛红。", GOOD[1])),
        ("隐私", Expect(), record("打13800002231找我。", GOOD[1])),
        ("变量填好", Expect(), record("【客户称呼】，云朵面霜¥268。", GOOD[1])),
        ("该说的说了", Expect(says=("¥300",)), record(*GOOD)),
        ("该说的说了", Expect(says_not=("¥268",)), record(*GOOD)),
        ("该说的说了", Expect(says_any=(("¥300", "¥310"),)), record(*GOOD)),
        ("该说的说了", Expect(drafts_not=("合适",)), record(*GOOD)),
        ("产品", Expect(products_not=("A1",)), record(*GOOD)),
        ("该转给谁", Expect(routed=True), record(*GOOD)),
        ("该转给谁", Expect(routed=False), record("这个要问店长，我问了回您。", GOOD[1])),
        ("语气", Expect(tone=Tone.SOOTHING), record(*GOOD)),
        ("语气", Expect(tone=Tone.WARM), record("云朵面霜¥268。", "云朵面霜50ml¥268。")),
        ("语气", Expect(tone=Tone.UNHURRIED), record("云朵面霜¥268，赶紧下单，手慢无。", GOOD[1])),
        ("语气", Expect(tone=Tone.SHORT), record("长" * 90, "更长" * 50)),
        ("草稿不同", Expect(), record(GOOD[0], GOOD[0])),
        ("草稿不同", Expect(), record(GOOD[0])),
        ("长度", Expect(), record("长" * 700, GOOD[1])),
        ("动作记录", Expect.model_validate({"action": "accepted"}), record(*GOOD)),
        ("时延", Expect(), record(*GOOD, timings=({"step": "draft", "milliseconds": 2500.0},))),
    ],
)
def test_a_planted_error_is_found(check: str, expect: Expect, bad: TurnRecord) -> None:
    judgement = CHECKS[check](expect, bad)
    assert judgement.status is Status.FAIL
    assert judgement.detail


def test_a_comma_between_two_figures_makes_no_third() -> None:
    said = ("云朵面霜现在¥268，50ml。", "云朵面霜¥268，50ml，您看合适吗？")
    assert CHECKS["数字有据"](Expect(), record(*said)).status is Status.PASS
    thousand = record("云朵面霜1,268元。", GOOD[1])
    assert "1268" in CHECKS["数字有据"](Expect(), thousand).detail


@pytest.mark.parametrize("check", ["数字有据", "合规", "隐私", "变量填好", "草稿不同", "长度", "时延"])
def test_a_clean_turn_passes(check: str) -> None:
    assert CHECKS[check](Expect(), record(*GOOD)).status is Status.PASS


def test_a_denied_word_is_not_a_claim() -> None:
    assert CHECKS["合规"](Expect(), record("护肤品不能治疗湿疹，请看医生。", GOOD[1])).status is Status.PASS


@pytest.mark.parametrize(
    "check", ["听懂", "客户", "答法", "检索命中", "产品", "优惠正确", "该说的说了", "该转给谁", "语气", "动作记录"]
)
def test_what_nobody_expects_is_not_judged(check: str) -> None:
    assert CHECKS[check](Expect(), record(*GOOD)).status is Status.NOT_APPLICABLE


def test_a_request_with_a_person_in_it_is_found_and_not_repeated() -> None:
    told = clean_requests(["请写给「客户称呼」"], ["C00001", "苏晴"])
    assert told.status is Status.PASS
    for request in ("请写给苏晴", "电话13800002231", "C00001"):
        found = clean_requests(["没事", request], ["C00001", "苏晴"])
        assert found.status is Status.FAIL
        assert request not in found.detail
    assert clean_requests([], ["苏晴"]).status is Status.NOT_APPLICABLE
