"""A question is read against the shop's own words before it is searched for."""

import time
from pathlib import Path

import pytest

from knowledge.asking.asking import Asking, points_back
from knowledge.asking.vocabulary import Vocabulary
from knowledge.words.wording import Wording

WORDING = Wording()
TEXTS = (
    "满九十九元包邮，不足收取运费八元。",
    "拆封的商品不能退货，质量问题除外。",
    "睫毛膏开封后六个月内用完，spf50的防晒霜隔年不要再用。",
    "积分不能提现，过期不补。",
    "敏感肌请先在耳后试用，孕妇慎用。",
)


@pytest.fixture(scope="module")
def asking() -> Asking:
    vocabulary = Vocabulary(WORDING)
    vocabulary.learn(TEXTS, ["配送说明", "退换货政策"])
    return Asking(WORDING, vocabulary)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("baoyou ma", "包邮"),
        ("jiemaogao 开封多久扔", "睫毛膏"),
        ("mingan ji neng yong ma", "敏感"),
        ("jifen能tixian不", "积分"),
        ("ｂａｏｙｏｕ", "包邮"),
    ],
)
def test_pinyin_finds_the_shops_word(asking: Asking, typed: str, meant: str) -> None:
    asked = asking.read(typed)
    assert any(meant in slip.meant for slip in asked.corrections)
    assert any(meant in word for word in asked.parts[0].added)


@pytest.mark.parametrize(
    "question",
    [
        "spf50的防晒霜能用吗",
        "YY-FC-001 多少毫升",
        "退货运费谁出",
        "这个wifi密码多少",
        "有vip卡吗",
        "50ml 和 30ml 差多少",
        "ok 那就这样",
        "孕妇能用吗",
    ],
)
def test_what_is_no_pinyin_is_left_alone(asking: Asking, question: str) -> None:
    assert asking.read(question).corrections == ()


def test_two_questions_are_two_parts_and_the_second_leans_on_the_whole(asking: Asking) -> None:
    asked = asking.read("拆封的能退货吗？运费谁来承担")
    assert [part.text for part in asked.parts] == ["拆封的能退货吗?", "运费谁来承担"]
    assert all(part.carried == (asked.text,) for part in asked.parts)


@pytest.mark.parametrize("question", ["A和B哪个好？", "在吗？能退吗", "退货", "", "？？", "能退吗？" * 9])
def test_what_is_one_question_stays_one(asking: Asking, question: str) -> None:
    asked = asking.read(question)
    assert [part.text for part in asked.parts] == [asked.text]


def test_what_is_forgotten_is_not_meant(tmp_path: Path) -> None:
    vocabulary = Vocabulary(WORDING)
    vocabulary.learn(TEXTS)
    vocabulary.save(tmp_path / "vocabulary")
    again = Vocabulary.load(tmp_path / "vocabulary", WORDING)
    assert (again.passages, again.count("包邮")) == (len(TEXTS), 1)
    again.forget(TEXTS[:1])
    assert (again.passages, again.knows("包邮")) == (len(TEXTS) - 1, False)
    assert Asking(WORDING, again).read("baoyou ma").corrections == ()
    again.clear()
    assert (again.passages, again.typed()) == (0, {})


@pytest.mark.parametrize("content", ["", "{}", "[1]", "not json", '[1, ["a"]]'])
def test_a_damaged_file_is_an_empty_vocabulary(tmp_path: Path, content: str) -> None:
    (tmp_path / "vocabulary").write_text(content, encoding="utf-8")
    assert Vocabulary.load(tmp_path / "vocabulary", WORDING).passages == 0


def test_a_long_run_of_letters_takes_no_time(asking: Asking) -> None:
    began = time.monotonic()
    asking.read("baoyou" * 400)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("question", ["那运费呢", "如果拆了呢", "它能退吗", "也要钱吗", "这款敏感肌能用吗"])
def test_what_goes_on_from_before_is_known(question: str) -> None:
    assert points_back(WORDING.fold(question))


@pytest.mark.parametrize("question", ["满多少包邮", "发票抬头怎么改", "会员生日有什么"])
def test_what_stands_for_itself_is_known(question: str) -> None:
    assert not points_back(WORDING.fold(question))
