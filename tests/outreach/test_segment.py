"""Whom a task means by what the law allows, and the one reason each of the others is counted under."""

from datetime import date, datetime, timedelta

import pytest

from assistant.clock import SHOP_TIME
from assistant.outreach.caps import ALLOWED, CapRule, Permit, Reach
from assistant.outreach.choosing import Candidate, choose
from assistant.outreach.proactive import is_proactive
from assistant.outreach.segment import Addressee, LeftOut, Segment, is_meant, left_out
from assistant.rulebook import ContactRules
from assistant.turn import CustomerMention, Intent, Need, TaskGoal

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=SHOP_TIME)


def somebody(**more: object) -> Addressee:
    return Addressee.model_validate({"customer_id": "C1", "store_id": "S1", "guide": "lin"} | more)


@pytest.mark.parametrize(
    ("segment", "one", "meant"),
    [
        (Segment(), somebody(), True),
        (Segment(tiers=("金卡",)), somebody(tier="金卡"), True),
        (Segment(tiers=("金卡",)), somebody(tier="普卡"), False),
        (Segment(tags=("沙龙", "群友")), somebody(tags=("群友",)), True),
        (Segment(tags=("沙龙",)), somebody(tags=("沙龙会员",)), False),
        (Segment(birthday_month=2), somebody(birthday=date(1992, 2, 29)), True),
        (Segment(birthday_month=2), somebody(), False),
        (Segment(lapsed_days=90), somebody(last_bought=TODAY - timedelta(days=90)), True),
        (Segment(lapsed_days=90), somebody(last_bought=TODAY - timedelta(days=89)), False),
        (Segment(lapsed_days=90), somebody(), False),
        (Segment(categories=("面霜", "精华")), somebody(categories=frozenset({"精华"})), True),
        (Segment(categories=("面霜",)), somebody(categories=frozenset({"精华"})), False),
        (Segment(tiers=("金卡",), birthday_month=5), somebody(tier="金卡", birthday=date(1990, 6, 1)), False),
    ],
)
def test_the_segment(segment: Segment, one: Addressee, meant: bool) -> None:
    assert is_meant(segment, one, TODAY) == meant


STOPPED, NO_CONSENT = Permit(rule=CapRule.STOPPED), Permit(rule=CapRule.NO_CONSENT)


@pytest.mark.parametrize(
    ("one", "permit", "held", "reason"),
    [
        (somebody(), ALLOWED, False, None),
        (somebody(guide="gone"), STOPPED, True, LeftOut.NO_GUIDE),
        (somebody(birthday=TODAY.replace(year=2008) + timedelta(days=1)), STOPPED, True, LeftOut.MINOR),
        (somebody(birthday=TODAY.replace(year=2008)), ALLOWED, False, None),
        (somebody(tags=("未成年会员",)), ALLOWED, False, LeftOut.MINOR),
        (somebody(), STOPPED, True, LeftOut.STOPPED),
        (somebody(), NO_CONSENT, True, LeftOut.NO_CONSENT),
        (somebody(), ALLOWED, True, LeftOut.HELD_OUT),
        (somebody(), Permit(rule=CapRule.PER_MONTH), False, LeftOut.TOO_OFTEN),
        (somebody(), Permit(rule=CapRule.QUIET), False, LeftOut.TOO_OFTEN),
    ],
)
def test_each_is_left_out_for_one_reason(one: Addressee, permit: Permit, held: bool, reason: LeftOut | None) -> None:
    assert left_out(one, {"lin"}, permit, held_out=held, today=TODAY) is reason


def test_choosing_counts_by_store_and_never_chooses_whom_it_leaves_out() -> None:
    people = [
        Candidate(addressee=somebody(customer_id=f"C{number}", store_id=f"S{number % 3}"), reach=reach)
        for number, reach in enumerate(
            (Reach(), Reach(stopped=True), Reach(may_market=False), Reach(), Reach(), Reach())
        )
    ]
    made = choose(
        people,
        Segment(),
        ("S0", "S1"),
        guides={"lin"},
        rules=ContactRules(),
        holds=lambda customer_id: customer_id == "C4",
        moment=NOON,
        days=(TODAY, TODAY),
    )
    assert [one.customer_id for one in made.chosen] == ["C0", "C3"]
    assert [one.customer_id for one in made.held_out] == ["C4"]
    assert {store: (counted.chosen, counted.meant) for store, counted in made.by_store.items()} == {
        "S0": (2, 2),
        "S1": (0, 2),
    }
    assert dict(made.left_out) == {LeftOut.STOPPED: 1, LeftOut.HELD_OUT: 1}


# ---- what counts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "written", "counts"),
    [
        (Intent.BIRTHDAY, "给苏姐写个生日祝福顺便推一下精华", True),
        (Intent.REACTIVATION, "苏姐好久没来了，发点什么", True),
        (Intent.CARE, "问问苏姐最近用得怎么样", True),
        (Intent.CARE, "苏姐上次买的面霜，回访一下", True),
        (Intent.CARE, "跟苏姐说一声记得敷面膜", True),
        (Intent.COUPON, "给苏姐发张优惠券", True),
        (Intent.COUPON, "提醒苏姐有张满减券", True),
        (Intent.COUPON, "告诉苏姐周末有活动券可以用", True),
        (Intent.COUPON, "苏姐问有券吗", False),
        (Intent.COUPON, "苏姐能用什么券", False),
        (Intent.COUPON, "给苏姐发张券行吗", False),
        (Intent.BIRTHDAY, "苏姐问生日有什么优惠", False),
        (Intent.BIRTHDAY, "苏姐说她下周生日，有券吗", False),
        (Intent.CARE, "她说用了有点干", False),
        (Intent.RECOMMEND, "给苏姐推荐个面霜", False),
        (Intent.PRICE, "苏姐问多少钱", False),
    ],
)
def test_an_answer_to_the_customer_never_counts_and_a_word_of_ones_own_does(
    intent: Intent, written: str, counts: bool
) -> None:
    assert is_proactive(Need(intent=intent, question=written, customer_id="C1"), written) == counts


def test_what_the_customer_herself_wrote_is_answered_whatever_it_is_about() -> None:
    for intent in (Intent.BIRTHDAY, Intent.CARE, Intent.REACTIVATION, Intent.COUPON):
        assert not is_proactive(Need(intent=intent, question="", customer_id="C1", from_customer=True), "发张券")


def test_a_text_for_nobody_in_particular_is_no_contact() -> None:
    assert not is_proactive(Need(intent=Intent.BIRTHDAY, question=""), "写个生日祝福")
    named = Need(intent=Intent.BIRTHDAY, question="", mention=CustomerMention(name="王姐"), candidates=("C1", "C2"))
    assert is_proactive(named, "给王姐写个生日祝福")


def test_a_task_is_always_a_word_of_ones_own() -> None:
    need = Need(intent=Intent.TASK, question="", customer_id="C1", task=TaskGoal(task_id="TK1", title="回访"))
    for written in ("1", "下一位", "苏姐说好的，写任务消息"):
        assert is_proactive(need, written)
