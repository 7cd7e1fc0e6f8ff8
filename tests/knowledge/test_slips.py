"""Slips of the keyboard, codes without dashes, figures in another writing, and the chat's faces."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.asking.asked import CorrectionKind
from knowledge.asking.asking import Asking
from knowledge.asking.faces import without_faces
from knowledge.asking.figures import other_writings
from knowledge.asking.pinyin import near, syllables
from knowledge.asking.vocabulary import Vocabulary
from knowledge.words.wording import Wording

WORDING = Wording()
TEXTS = (
    "满九十九元包邮，不足收取运费八元，下单后四十八小时内发货。",
    "发票请在小程序里申请，抬头填错可以重开。收货地址写错请联系客服热线。",
    "未拆封的商品可以退货，退款三天到账，优惠券退回账户。",
    "会员等级每月更新，金卡会员生日当月双倍积分。",
    "云屿舒缓面霜（YY-FC-006）含神经酰胺 ceramide。",
    "云屿防晒乳（YY-SP-003）；云屿粉底（ZZ-SP-003）。",
)


@pytest.fixture(scope="module")
def asking() -> Asking:
    vocabulary = Vocabulary(WORDING)
    vocabulary.learn(map(WORDING.fold, TEXTS), ["配送说明", "会员等级"])
    return Asking(WORDING, vocabulary)


@pytest.mark.parametrize(
    ("typed", "said", "meant", "kind"),
    [
        ("多少钱包油", "包油", "包邮", CorrectionKind.SOUND),
        ("下单后多久发获", "发获", "发货", CorrectionKind.SOUND),
        ("退宽几天到", "退宽", "退款", CorrectionKind.SOUND),
        ("收货地指填错了咋改", "地指", "地址", CorrectionKind.SOUND),
        ("办会圆要钱吗", "会圆", "会员", CorrectionKind.SOUND),
        ("防塞乳有吗", "防塞乳", "防晒乳", CorrectionKind.NEAR_SOUND),
        ("fc006 里有什么", "fc006", "yy-fc-006", CorrectionKind.CODE),
        ("YYFC006多少钱", "yyfc006", "yy-fc-006", CorrectionKind.CODE),
        ("FC-006 敏感肌能用吗", "fc-006", "yy-fc-006", CorrectionKind.CODE),
        ("有没有cermide的", "cermide", "ceramide", CorrectionKind.SPELLING),
    ],
)
def test_a_slip_is_taken_for_the_shops_word(
    asking: Asking, typed: str, said: str, meant: str, kind: CorrectionKind
) -> None:
    asked = asking.read(typed)
    assert [(slip.said, slip.meant, slip.kind) for slip in asked.corrections] == [(said, meant, kind)]
    assert meant in asked.parts[0].added
    assert said in asked.parts[0].text


@pytest.mark.parametrize(
    "question",
    [
        "你们公司在哪",
        "皮肤检测的工具是什么",
        "能推荐一款吗",
        "我要十个",
        "小费给多少",
        "这支口红试试可以吗",
        "发货慢不慢",
        "包邮吗",
        "sp003 还有吗",
        "spf50 那支",
        "50ml 的多少钱",
        "hello kitty 联名",
        "在吗亲",
    ],
)
def test_what_is_no_slip_is_left_alone(asking: Asking, question: str) -> None:
    assert asking.read(question).corrections == ()


def test_a_code_that_several_products_could_be_is_not_guessed(asking: Asking) -> None:
    assert asking.read("sp003").corrections == ()
    assert [slip.meant for slip in asking.read("zzsp003").corrections] == ["zz-sp-003"]


def test_initials_of_a_word_of_the_shop_are_read(asking: Asking) -> None:
    asked = asking.read("hydj 怎么升")
    assert [(slip.meant, slip.kind) for slip in asked.corrections] == [("会员等级", CorrectionKind.INITIALS)]


def test_a_vocabulary_read_back_hears_the_same(tmp_path: Path) -> None:
    vocabulary = Vocabulary(WORDING)
    vocabulary.learn(map(WORDING.fold, TEXTS))
    vocabulary.save(tmp_path / "vocabulary")
    again = Vocabulary.load(tmp_path / "vocabulary", WORDING)
    assert again.code("fc006") == "yy-fc-006"
    assert again.sounding(near(syllables("包油"))) == vocabulary.sounding(near(syllables("包油"))) != ()
    again.forget(map(WORDING.fold, TEXTS))
    assert again.code("fc006") == ""
    assert again.sounding(near(syllables("包油"))) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("是", "四"), ("蓝", "南"), ("面板", "面膀"), ("方", "荒"), ("清", "亲"), ("吃", "疵")],
)
def test_what_many_do_not_tell_apart_has_one_key(one: str, other: str) -> None:
    assert near(syllables(one)) == near(syllables(other))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("三百块能包邮吗", "300元"),
        ("300元以内", "三百元"),
        ("七天内能退吗", "7天"),
        ("7天内能退吗", "七天"),
        ("一周内能退吗", "7天"),
        ("半个月能退吗", "15天"),
        ("八五折", "8.5折"),
        ("85折", "8.5折"),
        ("百分之十", "10%"),
        ("150毫升的", "150ml"),
        ("150ml的", "150毫升"),
        ("两三天到", "3天"),
        ("1.5k能买啥", "1500"),
        ("¥99", "99元"),
        ("半年内", "6个月"),
        ("一千二百元", "1200元"),
    ],
)
def test_a_figure_stands_in_its_other_writing_too(typed: str, written: str) -> None:
    assert written in other_writings(WORDING.fold(typed))


@pytest.mark.parametrize(
    "text", ["一下", "一个", "第三条", "三星手机", "这两天", "2027年会", "yy-fc-006", "万一", "", "日常"]
)
def test_what_is_no_figure_has_none(text: str) -> None:
    assert other_writings(WORDING.fold(text)) == ()


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    folded = WORDING.fold(text)
    assert all(word not in folded for word in other_writings(folded))
    assert len(without_faces(folded)) <= len(folded)


@pytest.mark.parametrize(
    ("typed", "left"),
    [("[微笑]能退吗[强]", "能退吗"), ("[面霜]多少钱", "[面霜]多少钱"), ("退不了qaq", "退不了"), ("xd卡", "卡")],
)
def test_faces_are_taken_out_and_cards_stay(typed: str, left: str) -> None:
    assert without_faces(typed) == left


def test_a_new_word_is_heard_without_listening_to_all_again(asking: Asking) -> None:
    vocabulary = Vocabulary(WORDING)
    vocabulary.learn(map(WORDING.fold, TEXTS))
    reader = Asking(WORDING, vocabulary)
    assert reader.read("又脚趾霜吗").corrections == ()
    vocabulary.learn([WORDING.fold("云屿护手霜（YY-HD-009）可以退货。")])
    assert [slip.meant for slip in reader.read("hd009").corrections] == ["yy-hd-009"]
    assert [slip.meant for slip in reader.read("护受霜").corrections] == ["护手霜"]
    vocabulary.forget([WORDING.fold("云屿护手霜（YY-HD-009）可以退货。")])
    assert reader.read("hd009 护受霜").corrections == ()
