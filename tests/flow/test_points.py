"""A guide's own points (双积分): she sees what she earns; no draft, and no customer, ever does."""

from dataclasses import replace
from datetime import timedelta

from assistant.flow.desk import HouseRules
from assistant.flow.drafting.draft import draft_again
from assistant.flow.reply import present
from assistant.flow.settle import settle
from assistant.flow.understanding.understand import understand
from assistant.sold import EarnedPoints, GuidePoints
from assistant.turn import Intent, Outcome, Verdict
from tests.flow.shopfloor import CREAM, LIN, MOMENT, brief, desk, need, shop
from tests.flow.understanding_shop import BEAUTY, desk_of, inquiry_of, shop_of

RULES = shop().rules
PAYS = replace(RULES, guide_point_fen=300)
ACCOUNT = GuidePoints(
    this_month=20,
    total=120,
    latest=(
        EarnedPoints(order_id="O7", at=MOMENT - timedelta(days=2), earned=30, given_back=10),
        EarnedPoints(order_id="O3", at=MOMENT - timedelta(days=30), earned=100, given_back=0),
    ),
)


def told(account: GuidePoints, *, rules: HouseRules = PAYS) -> str:
    laid = replace(desk(rules=rules), points=lambda: account)
    shown = settle(need(Intent.MY_POINTS, "我这个月记了多少分"), laid, None, MOMENT)
    assert shown is not None
    return "".join(shown.reply.parts)


def test_she_reads_her_month_her_orders_and_the_rule() -> None:
    words = told(ACCOUNT)
    assert words.startswith("您这个月记了 20 分，一共 120 分。\n最近几单：\n· ")
    assert "订单 O7：30 分，退款扣回 10 分，剩 20 分\n" in words
    assert "订单 O3：100 分\n用券成交的实付每 3 元记 1 分，退款按比例扣回。\n" in words
    assert words.endswith("这是您自己的账，别转给客户。")


def test_an_empty_account_says_how_it_fills_and_a_shop_without_points_says_so() -> None:
    assert told(GuidePoints()) == ("您这个月记了 0 分，一共 0 分。客户用了您发的券成交，收银报上来就会记分。")
    assert "还没有开双积分" in told(GuidePoints(), rules=RULES)
    # points earned while the rule held are still hers when it is gone
    assert "一共 120 分" in told(ACCOUNT, rules=RULES)


def test_the_guide_reads_what_a_deal_would_earn_and_no_draft_says_it() -> None:
    asked = brief(need(Intent.PRICE, "面霜多少钱", CREAM), customer=LIN, on=desk(rules=PAYS))
    assert asked.offer is not None
    assert asked.offer.applied
    drafted = draft_again(asked)
    shown = present(asked, drafted, tuple(Verdict(draft=one, outcome=Outcome.PASS) for one in drafted.drafts))
    points = asked.offer.pay_fen // 300
    assert f"· 用券成交您记 {points} 分（只给您看）" in "\n".join(shown.reply.parts)
    assert not [one for one in drafted.drafts if "分（" in one.text or "积分" in one.text or "您记" in one.text]
    without = brief(need(Intent.PRICE, "面霜多少钱", CREAM), customer=LIN)
    silent = present(without, drafted, tuple(Verdict(draft=one, outcome=Outcome.PASS) for one in drafted.drafts))
    assert "您记" not in "\n".join(silent.reply.parts)


def test_a_customer_s_points_are_another_matter() -> None:
    at = desk_of(shop_of(BEAUTY, ("生日券",)))
    assert understand(inquiry_of("我这个月记了多少分"), at).intent is Intent.MY_POINTS
    for text in ("客户问：我这个月积分是多少", "苏姐说我这个月积分多少呀", "会员日双积分吗", "我的积分怎么用"):
        assert understand(inquiry_of(text), at).intent is not Intent.MY_POINTS, text
