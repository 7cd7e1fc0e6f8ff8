"""Scores worked out by hand: what each item says, when it says nothing, and how they come together."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.scoring.rubric import ConversationScore, Rubric, score_conversation, score_turn
from assistant.shop import Manner
from assistant.turn import (
    Action,
    ActionKind,
    Claim,
    ClaimKind,
    Draft,
    Evidence,
    EvidenceKind,
    Finding,
    Intent,
    Need,
    Outcome,
    Provenance,
    Reason,
    RefusalReason,
    Reply,
    ReplyKind,
    Sentence,
    TurnRecord,
    Verdict,
)

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
PLAIN = "可以试试柔和面霜，早晚各一次。"


def claim(text: str, evidence_id: str = "P1") -> Claim:
    return Claim(kind=ClaimKind.MONEY, text=text, value=text, evidence_id=evidence_id)


def verdict(
    text: str = PLAIN,
    *claims: Claim,
    manner: Manner = Manner.WARM,
    outcome: Outcome = Outcome.PASS,
    findings: tuple[Finding, ...] = (),
    evidence: tuple[str, ...] = (),
) -> Verdict:
    sentences = (Sentence(text=text, evidence=evidence),) if text else ()
    return Verdict(outcome=outcome, findings=findings, draft=Draft(manner=manner, sentences=sentences, claims=claims))


def finding(reason: Reason, span: str) -> Finding:
    return Finding(reason=reason, rule="第九条", span=span, remedy="去掉")


def turn(*verdicts: Verdict, took_ms: float = 0, kind: ReplyKind = ReplyKind.DRAFTS, **more: object) -> TurnRecord:
    values = {
        "turn_id": "T1",
        "corp_id": "corp",
        "conversation_id": "c",
        "guide": "lin",
        "store_id": "S1",
        "channel": "local",
        "messages": (),
        "started_at": NOW,
        "finished_at": NOW + timedelta(milliseconds=took_ms),
        "need": Need(intent=Intent.RECOMMEND, question="敏感肌用什么"),
        "verdicts": verdicts,
        "reply": Reply(kind=kind, parts=("好的",)),
        "provenance": Provenance(composer_version="c", guard_version="g"),
        **more,
    }
    return TurnRecord.model_validate(values)


def value(record: TurnRecord, rubric: Rubric) -> float | None:
    return score_turn(record).value(rubric)


# ---- 有依据 ----------------------------------------------------------------------------------------


def test_grounded_is_the_share_of_backed_claims_over_all_shown_drafts() -> None:
    record = turn(verdict(PLAIN, claim("298元"), claim("30元", "")), verdict(PLAIN, claim("298元"), claim("268元")))
    assert value(record, Rubric.GROUNDED) == 0.75


def test_without_claims_there_is_nothing_to_back() -> None:
    assert value(turn(verdict()), Rubric.GROUNDED) is None


def test_a_held_draft_says_nothing_about_what_was_shown() -> None:
    held = verdict(PLAIN, claim("1元", ""), outcome=Outcome.HELD, findings=(finding(Reason.PRIVACY, "面霜"),))
    record = turn(held, verdict(PLAIN, claim("298元")))
    assert (value(record, Rubric.GROUNDED), value(record, Rubric.COMPLIANT)) == (1.0, 1.0)


# ---- 合规 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason", "expected"),
    [
        ("这是全网最低价。", Reason.ABSOLUTE_TERM, 0.5),
        ("现在298元。", Reason.ABSOLUTE_TERM, 1.0),
        ("全网最低价，到了就告诉您。", Reason.WRONG_SUBJECT, 1.0),
        ("全网最低价，可以治疗湿疹。", Reason.MEDICAL_TERM, 0.5),
    ],
)
def test_compliant_looks_at_the_words_that_are_left(text: str, reason: Reason, expected: float) -> None:
    span = "可以治疗" if reason is Reason.MEDICAL_TERM else "全网最低价"
    record = turn(verdict(), verdict(text, outcome=Outcome.TRIMMED, findings=(finding(reason, span),)))
    assert value(record, Rubric.COMPLIANT) == expected


# ---- 个性化 ----------------------------------------------------------------------------------------

KNOWN = {"consents": "service、personalisation", "fact:肤质": "敏感肌", "tags": "新客、爱防晒", "points": "30"}
PROFILE = Evidence(id="C", kind=EvidenceKind.CUSTOMER, subject="C1", text="这位客户：敏感肌。")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (KNOWN, 2 / 3),
        ({**KNOWN, "consents": "service、marketing"}, None),
        ({**KNOWN, "consents": "personalisation-later"}, None),
        ({}, None),
        ({"consents": "personalisation", "points": "30", "birthday_month": "5"}, None),
        ({"consents": "personalisation", "fact:过敏史": "可"}, None),
    ],
)
def test_personal_counts_drafts_that_use_what_she_agreed_to_have_used(
    profile: dict[str, str], expected: float | None
) -> None:
    by_word, by_evidence = verdict("敏感肌可以用的面霜，早晚各一次。"), verdict(PLAIN, evidence=("P1", "C"))
    record = turn(by_word, by_evidence, verdict("满30元包邮，可以试试。"), profile=profile, evidence=(PROFILE,))
    assert value(record, Rubric.PERSONAL) == expected


# ---- 长度合适 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manner", "length", "expected"),
    [
        (Manner.BRIEF, 7, 0.0),
        (Manner.BRIEF, 8, 1.0),
        (Manner.BRIEF, 70, 1.0),
        (Manner.BRIEF, 105, 0.5),
        (Manner.BRIEF, 140, 0.0),
        (Manner.BRIEF, 300, 0.0),
        (Manner.WARM, 160, 1.0),
        (Manner.WARM, 200, 0.75),
        (Manner.EXPERT, 330, 0.5),
    ],
)
def test_a_length_fits_its_manner(manner: Manner, length: int, expected: float) -> None:
    assert value(turn(verdict("字" * length, manner=manner)), Rubric.FITTING) == pytest.approx(expected)


def test_spaces_and_line_breaks_are_no_characters() -> None:
    assert value(turn(verdict("字 字\n字")), Rubric.FITTING) == 0.0
    both = turn(verdict("字" * 4), verdict("字 " * 10))
    assert value(both, Rubric.FITTING) == 0.5


# ---- 采用 ------------------------------------------------------------------------------------------


def said(kind: ActionKind, **more: object) -> Action:
    return Action.model_validate({"kind": kind, "at": NOW, **more})


@pytest.mark.parametrize(
    ("action", "expected", "why"),
    [
        (None, None, "还没有表态"),
        (said(ActionKind.ACCEPTED, choice=1), 1.0, "原样"),
        (said(ActionKind.REFUSED, reason=RefusalReason.TOO_LONG), 0.0, "太长"),
        (said(ActionKind.REFUSED), 0.0, "没说原因"),
        (said(ActionKind.REFUSED, reason=RefusalReason.CUSTOMER_CHANGED), None, "不算草稿的"),
        (said(ActionKind.EDITED, sent_text="一二三四五六七八九X"), 0.9, "改了 1 个字"),
        (said(ActionKind.EDITED, sent_text="一二三四五六七八"), 0.8, "改了 2 个字"),
        (said(ActionKind.EDITED, sent_text="甲乙丙丁戊己庚辛壬癸"), 0.0, "改了 10 个字"),
        (said(ActionKind.EDITED), None, "没有留下"),
    ],
)
def test_adopted_is_what_the_guide_did(action: Action | None, expected: float | None, why: str) -> None:
    record = turn(verdict("一二三四五六七八九十"), action=action)
    item = next(one for one in score_turn(record).items if one.rubric is Rubric.ADOPTED)
    assert item.value == (None if expected is None else pytest.approx(expected))
    assert why in item.why


def test_an_edit_is_held_against_the_nearest_draft() -> None:
    record = turn(
        verdict("完全不同的另外一段话呀"),
        verdict("一二三四五六七八九十"),
        action=said(ActionKind.EDITED, choice=1, sent_text="一二三四五六七八九"),
    )
    assert value(record, Rubric.ADOPTED) == pytest.approx(0.9)


# ---- 及时 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("took_ms", "expected"),
    [(0, 1.0), (3_000, 1.0), (6_500, 0.5), (8_250, 0.25), (10_000, 0.0), (60_000, 0.0), (-5, None)],
)
def test_timely_falls_from_three_seconds_to_ten(took_ms: float, expected: float | None) -> None:
    assert value(turn(verdict(), took_ms=took_ms), Rubric.TIMELY) == expected


# ---- together -------------------------------------------------------------------------------------


def test_overall_is_the_mean_of_what_was_judged() -> None:
    record = turn(
        verdict("一二三四五六七八九十", claim("一元"), claim("二元", "")),
        took_ms=6_500,
        action=said(ActionKind.EDITED, sent_text="一二三四五六七八九"),
    )
    score = score_turn(record)
    # grounded .5, compliant 1, personal not judged, length 1, adopted .9, timely .5
    assert (score.judged, score.overall) == (5, pytest.approx((0.5 + 1 + 1 + 0.9 + 0.5) / 5))
    assert [item.rubric for item in score.items] == list(Rubric)
    assert all(item.why for item in score.items)


@pytest.mark.parametrize("kind", [kind for kind in ReplyKind if kind is not ReplyKind.DRAFTS])
def test_a_reply_without_drafts_is_only_in_time_or_not(kind: ReplyKind) -> None:
    score = score_turn(turn(verdict(PLAIN, claim("298元")), kind=kind, took_ms=6_500))
    assert (score.judged, score.overall) == (1, 0.5)


def test_nothing_judged_is_no_score() -> None:
    score = score_turn(turn(kind=ReplyKind.ABSTAIN, took_ms=-1))
    assert (score.judged, score.overall) == (0, None)


def test_a_conversation_takes_each_item_over_the_turns_that_had_it() -> None:
    first = turn(verdict("一二三四五六七八九十", claim("一元", "")), action=said(ActionKind.ACCEPTED))
    second = turn(verdict("一二三四五六七八九十", claim("一元")), took_ms=6_500)
    third = turn(kind=ReplyKind.ABSTAIN, took_ms=-1)
    score = score_conversation([first, second, third])
    means = {item.rubric: (item.value, item.judged) for item in score.items}
    assert means == {
        Rubric.GROUNDED: (0.5, 2),
        Rubric.COMPLIANT: (1.0, 2),
        Rubric.PERSONAL: (None, 0),
        Rubric.FITTING: (1.0, 2),
        Rubric.ADOPTED: (1.0, 1),
        Rubric.TIMELY: (0.75, 2),
    }
    # first: (0+1+1+1+1)/5 = .8; second: (1+1+1+.5)/4 = .875; the third judged nothing
    assert (score.overall, score.judged, score.turns) == (pytest.approx(0.8375), 2, 3)


def test_an_empty_conversation_has_no_score() -> None:
    score = score_conversation([])
    assert (score.overall, score.judged, score.turns) == (None, 0, 0)
    assert isinstance(score, ConversationScore)
