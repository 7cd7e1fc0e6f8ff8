"""What counts as a contradiction, and what does not: a radar that cries wolf is switched off."""

from datetime import UTC, datetime
from typing import Any

import pytest

from knowledge.contradicting import ContradictionKind, Read, contradictions, read_statements
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from knowledge.words.wording import Wording

POLICY, SCRIPT, CAMPAIGN = DocumentKind.POLICY, DocumentKind.SCRIPT, DocumentKind.CAMPAIGN
RETURNS = "签收次日起七天内，没有拆封的商品可以退货。"


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording()


def read(wording: Wording, number: int, text: str, title: str = "退货办法", **about: Any) -> Read:
    passage = Passage(
        id=f"p{number}",
        document_id=f"d{number}",
        title=title,
        version=about.pop("version", 1),
        kind=about.pop("kind", POLICY),
        place="",
        text=text,
        **about,
    )
    return read_statements(passage, wording)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        (RETURNS, RETURNS.replace("七", "十五"), ContradictionKind.FIGURE),
        (RETURNS, RETURNS.replace("七天", "15日"), ContradictionKind.FIGURE),
        ("会员日券满200减30。", "会员日券满250元减30元。", ContradictionKind.FIGURE),
        ("双11活动时间：11月1日至11月12日。", "双11活动时间：11月1日至11月15日。", ContradictionKind.DATE),
        ("周年庆截止到2026-12-01。", "周年庆截止到12月5日。", ContradictionKind.DATE),
        ("拆封后可以退货。", "拆封后不可以退货。", ContradictionKind.CONDITION),
        ("特价商品不参加会员日活动。", "特价商品参加会员日活动。", ContradictionKind.CONDITION),
    ],
)
def test_what_cannot_both_be_true(wording: Wording, ours: str, theirs: str, kind: ContradictionKind) -> None:
    one, other = read(wording, 1, ours), read(wording, 2, theirs, "退货须知")
    (found,) = contradictions([one, other])
    assert (found.kind, found.ours, found.theirs) == (kind, ours, theirs)
    (again,) = contradictions([other], [one])
    assert {again.ours, again.theirs} == {ours, theirs}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RETURNS, RETURNS),
        (RETURNS, "签收次日起7天内，没有拆封的商品可以退货。"),
        ("金卡生日当月积分2倍。", "银卡生日当月积分3倍。"),
        ("满200减30。", "满300减50。"),
        ("退货要带小票吗？", "退货不要带小票吗？"),
        ("退货运费由顾客承担。", "换货运费由门店承担。"),
    ],
)
def test_what_may_both_be_true(wording: Wording, ours: str, theirs: str) -> None:
    assert not list(contradictions([read(wording, 1, ours), read(wording, 2, theirs, "退货须知")]))


def test_a_script_words_a_policy_shorter_and_is_held_against_it_all_the_same(wording: Wording) -> None:
    said = "亲，签收后15天内没拆封都能退货哦"
    policy, script = read(wording, 1, RETURNS), read(wording, 2, said, "退货怎么说", kind=SCRIPT)
    (found,) = contradictions([policy, script])
    assert found.kind is ContradictionKind.FIGURE
    assert not list(contradictions([policy, read(wording, 2, said.replace("15", "7"), kind=SCRIPT)]))


def test_only_texts_for_the_same_readers_at_the_same_time_are_compared(wording: Wording) -> None:
    other = RETURNS.replace("七", "十五")
    one = read(wording, 1, RETURNS)
    store = Scope(level=ScopeLevel.STORE, id="S1")
    assert not list(contradictions([one, read(wording, 2, other, "退货须知", scope=store)]))
    ended = {"valid_to": datetime(2026, 1, 1, tzinfo=UTC)}
    later = read(wording, 3, RETURNS, valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    assert not list(contradictions([later, read(wording, 2, other, "退货须知", **ended)]))
    assert not list(contradictions([one, read(wording, 2, other, version=2)]))
    assert not list(contradictions([one, read(wording, 2, other, "大促退货", kind=CAMPAIGN)]))
    assert not list(contradictions([one, read(wording, 1, other)]))


def test_new_texts_are_not_compared_with_each_other_when_held_against_the_published(wording: Wording) -> None:
    new = [read(wording, 1, RETURNS), read(wording, 2, RETURNS.replace("七", "十五"), "退货须知")]
    assert not list(contradictions(new, []))
    assert len(list(contradictions(new, [read(wording, 3, RETURNS.replace("七", "十"), "退货规定")]))) == 2
