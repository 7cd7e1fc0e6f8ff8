"""A guide's question about the rules, the whole way to her draft: the right rule, another, or honestly none.

The floors are figures of dev questions, of those with an answer every fourth, rounded down; ``python -m eval.retrieval.answered`` measures them all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from assistant.service import Service
from assistant.turn import Intent, ReplyKind, TurnRecord
from eval.replaying.house import sample_house
from eval.retrieval.answered import Answer, measure, rule_questions
from eval.sample import SAMPLE_SHOP

Counted = Mapping[tuple[str, bool], Counter[Answer]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("answered")
    with sample_house(SAMPLE_SHOP, folder) as service:
        yield service


@pytest.fixture(scope="module")
def counted(shop: Service) -> Counted:
    asked = rule_questions(["dev"])
    return measure([*[one for one in asked if one.answer][::4], *(one for one in asked if not one.answer)], shop)


def ask(shop: Service, text: str) -> TurnRecord:
    return shop.converse(shop.guides()[0].userid, [text], channel=f"test-{text}")


def test_what_sounds_like_goods_and_is_a_rule_is_answered_by_the_rule(shop: Service) -> None:
    """升金卡还差多少 compares no goods."""
    record = ask(shop, "升金卡还差多少")
    assert record.need.intent is Intent.POLICY
    assert "满2000元" in record.verdicts[0].draft.text


def test_what_is_only_near_is_shown_to_the_guide_and_told_to_nobody(shop: Service) -> None:
    record = ask(shop, "招投标要的营业执照和供应商资料你们能给吗")
    assert record.reply.kind is ReplyKind.ABSTAIN
    assert "最接近的一条是《" in "".join(record.reply.parts)


def test_what_stands_for_a_lost_receipt_is_told(shop: Service) -> None:
    """会员手机号 is one of three ways to show that she bought it, not another customer's telephone."""
    record = ask(shop, "小票丢了还能退吗")
    assert "购物小票、会员手机号或电子订单，任意一样即可" in record.verdicts[0].draft.text


def test_a_word_that_was_part_of_a_name_still_tells_the_topic(shop: Service) -> None:
    """回收 loses its 回 as a word for paying back; the topic it named is still one."""
    assert ask(shop, "回收空瓶要保留什么,要外盒吗").need.intent is Intent.POLICY


def test_a_question_about_a_kind_of_goods_brings_no_recommendation(shop: Service) -> None:
    """Nobody who asks where lipstick may be kept wants to be shown some."""
    told = ask(shop, "牙膏没开能存多少年")
    assert told.need.intent is Intent.POLICY
    left = ask(shop, "口红能放冷冻层吗")
    assert left.need.intent is Intent.POLICY
    assert not [one for one in left.drafts if "口红" in one.text and "特点" in one.text]
    wished = ask(shop, "推荐一支口红")
    assert wished.need.intent is Intent.RECOMMEND


def test_a_question_about_coupons_or_birthdays_that_a_rule_settles_gets_the_rule(shop: Service) -> None:
    assert ask(shop, "注明不与其他优惠同享的券怎么使用").need.intent is Intent.POLICY
    assert ask(shop, "生日那个月没空去，下月补领可以不").need.intent is Intent.POLICY
    for wished in ("现在有什么券", "有没有券能用呀", "这几张券怎么用划算"):
        assert ask(shop, wished).need.intent is not Intent.POLICY, wished
    for wished in ("给王姐写个生日祝福", "王姐生日快到了怎么祝福"):
        assert ask(shop, wished).need.intent is Intent.BIRTHDAY, wished


@pytest.mark.faults
def test_the_right_rule_stands_in_the_draft_as_often_as_it_did(counted: Counted) -> None:
    found = counted["dev", True]
    assert found.total() >= 50
    assert found[Answer.RIGHT] / found.total() >= 0.40
    assert found[Answer.WRONG] / found.total() <= 0.35


@pytest.mark.faults
def test_what_nothing_answers_is_mostly_left_open(counted: Counted) -> None:
    found = counted["dev", False]
    assert found.total() >= 60
    assert found[Answer.NOTHING] / found.total() >= 0.60
