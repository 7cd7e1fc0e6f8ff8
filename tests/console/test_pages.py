"""What stands on the pages."""

from datetime import timedelta

import pytest

from assistant.seams import ModelReason, SendState
from assistant.turn import ActionKind
from knowledge.passage import Scope, ScopeLevel
from tests.console.scripting import a_script, decide, furnish, propose
from tests.console.shop import Shop, act, add_customer, add_turn, fill_shop


def test_home_counts_only_what_is_hers(shop: Shop) -> None:
    propose(shop, a_script(scope=Scope(level=ScopeLevel.STORE, id="S1")), by="guide1")
    add_turn(shop, 1)
    add_turn(shop, 2, gap="孕期能用吗", state=SendState.FAILED)
    add_turn(shop, 3, state=SendState.UNKNOWN)
    add_turn(shop, 4, guide="guide3", store_id="S3", gap="有试用装吗")
    add_turn(shop, 5, ago=timedelta(hours=12))
    mine = figures(shop, "manager1")
    assert mine == {"待审话术建议": "1", "资料缺口": "1", "发送失败": "2", "今日轮次": "3"}
    assert figures(shop, "HQ") == {"待审话术建议": "1", "资料缺口": "2", "发送失败": "2", "今日轮次": "4"}
    assert figures(shop, "manager3") == {"待审话术建议": "", "资料缺口": "1", "发送失败": "", "今日轮次": "1"}


def test_adoption_waits_for_twenty_answers(shop: Shop) -> None:
    for number in range(1, 20):
        act(shop, add_turn(shop, number), ActionKind.ACCEPTED if number > 4 else ActionKind.REFUSED)
    add_turn(shop, 30)
    few = shop.browser("manager1").get("/console").text
    assert "数据还不够" in few
    assert "已有 19 次反馈" in few
    act(shop, add_turn(shop, 20), ActionKind.EDITED, "好的")
    act(shop, add_turn(shop, 21, ago=timedelta(days=31)), ActionKind.ACCEPTED)
    enough = shop.browser("manager1").get("/console").text
    assert "数据还不够" not in enough
    assert "<strong>80%</strong>" in enough
    assert "20 次反馈里，16 次用了草稿" in enough


def test_a_refusal_after_an_acceptance_counts_once(shop: Shop) -> None:
    made = add_turn(shop, 1)
    act(shop, made, ActionKind.ACCEPTED)
    act(shop, made, ActionKind.REFUSED)
    assert "已有 1 次反馈" in shop.browser("manager1").get("/console").text


def test_turns_page_through_in_order_while_new_ones_arrive(shop: Shop) -> None:
    # every second pair has the same moment: the id then decides, and none is lost or shown twice
    for number in range(1, 71):
        add_turn(shop, number, ago=timedelta(minutes=80 - number // 2))
    browser, address, seen = shop.browser("manager1"), "/console/turns", []
    while address:
        text = browser.get(address).text
        seen += [part.partition('"')[0] for part in text.split('class="question"><a href="/console/turns/')[1:]]
        add_turn(shop, 100 + len(seen))
        older = text.partition('">更早的')[0]
        address = older.rpartition('href="')[2].replace("&amp;", "&") if "更早的" in text else ""
    assert seen == [f"T{number:012d}" for number in range(70, 0, -1)]


def test_turns_are_filtered(shop: Shop) -> None:
    one = add_turn(shop, 1)
    act(shop, one, ActionKind.ACCEPTED)
    two = add_turn(shop, 2, guide="guide3", store_id="S3", state=SendState.FAILED)
    browser = shop.browser("HQ")

    def listed(query: str) -> set[str]:
        text = browser.get(f"/console/turns?{query}").text
        return {turn_id for turn_id in (one, two) if turn_id in text}

    assert listed("store=&intent=&action=") == {one, two}
    assert listed("store=S3") == {two}
    assert listed("action=accepted") == {one}
    assert listed("action=none") == {two}
    assert listed("unsent=1") == {two}
    assert listed("intent=recommend&store=S1") == {one}
    assert listed("intent=stock") == set()
    assert browser.get("/console/turns?intent=nonsense").status_code == 404


def test_one_turn_tells_the_whole_story(shop: Shop) -> None:
    furnish(shop)
    add_customer(shop)
    made = add_turn(shop, 1, customer_id="C1", rich=True)
    act(shop, made, ActionKind.EDITED, "沈姐，晨露舒缓面霜50ml今天298元，用券后268元。")
    text = shop.browser("manager1").get(f"/console/turns/{made}").text
    for words in (
        "推荐产品、问优惠券",  # the need
        "<dt>产品</dt><dd>晨露舒缓面霜</dd>",
        "¥300.00 以内",
        "晨露系列产品手册",  # a passage with its score
        "86%",
        "-¥6.26",  # the proof line by line
        "¥174.26",
        "还差 ¥24.00",  # what would make the other coupon pass
        "仅限新客",
        "绝对化用语",  # the finding with rule and remedy
        "广告法第九条第（三）项",
        "去掉这几个字",
        "整条拦下",
        "c-4f1a",  # what made it
        "已送达",
        "138****1234",
        "2026-11-22 11:00:00",  # shop time
        "<del>现在</del>",
    ):
        assert words in text, words
    anchor = text.partition('href="#evidence-')[2].partition('"')[0]
    assert f'id="evidence-{anchor}"' in text


@pytest.mark.parametrize(
    ("made_by", "says"),
    [
        (
            {"model": "m", "model_calls": 2, "input_tokens": 2400, "output_tokens": 190, "cost_microfen": 230_000},
            "调用 2 次，输入 2400，输出 190 个 token，约 0.23 分",
        ),
        ({"model": "m", "model_calls": 1, "input_tokens": 9, "output_tokens": 1}, "输入 9，输出 1 个 token<"),
        ({"model": "m", "cached": True}, "刚才答过同样的问题，没有再调用"),
        *(({"fallback_reason": reason.value}, reason.label) for reason in ModelReason),
    ],
)
def test_what_a_model_did_and_cost_stands_in_the_story(shop: Shop, made_by: dict[str, object], says: str) -> None:
    made = add_turn(shop, 1, made_by=made_by)
    assert says in shop.browser("manager1").get(f"/console/turns/{made}").text


def test_a_failed_delivery_says_why(shop: Shop) -> None:
    made = add_turn(shop, 1, state=SendState.FAILED)
    assert "errcode 60020" in shop.browser("manager1").get(f"/console/turns/{made}").text


@pytest.mark.postgres
def test_every_page_and_decision_on_postgresql(postgres_url: str) -> None:
    shop = fill_shop(postgres_url)
    add_customer(shop)
    made = add_turn(shop, 1, customer_id="C1", rich=True, gap="有试用装吗")
    furnish(shop)
    found = propose(shop, a_script("NEW", scope=Scope(level=ScopeLevel.REGION, id="R1")), by="guide1")
    add_turn(shop, 2, ago=timedelta(minutes=1))
    browser = shop.browser("region1")
    for path in ("", "/turns?action=edited&unsent=", f"/turns?before={made}", f"/turns/{made}", "/gaps"):
        assert browser.get(f"/console{path}").status_code == 200, path
    answer = decide(browser, found, "approved", standing="new")
    assert answer.status_code == 303, answer.text
    assert decide(browser, found, "approved", standing="new").status_code == 409
    assert "邵青" in browser.get("/console/suggestions").text
    shop.database.close()


def figures(shop: Shop, who: str) -> dict[str, str]:
    """The numbers of the home page by their names."""
    text = shop.browser(who).get("/console").text
    found = {}
    for name in ("待审话术建议", "资料缺口", "发送失败", "今日轮次"):
        card = text.partition(f'<span class="name">{name}</span>')[2]
        found[name] = card.partition("<strong>")[2].partition("</strong>")[0]
    return found
