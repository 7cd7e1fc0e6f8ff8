"""Why a draft was changed, by what stands in both texts; the same change gets the same name."""

import pytest

from assistant.scoring.edits import Edit, EditCause, figures, judge, sentences

DRAFT = "沈姐，晨露舒缓面霜50ml现在298元，用满250减30券，券后268元。第一次用先试一下，有事随时找我。"
OWN = "【客户称呼】，【产品名】【规格】现在【价格】，用【优惠券】，券后【券后价】。签收7天内没拆封都可以退，您慢慢挑。"
FILLED = "沈姐，晨露舒缓面霜50ml现在298元，用满250减30券，券后268元。签收7天内没拆封都可以退，您慢慢挑。"


@pytest.mark.parametrize(
    ("sent", "cause", "changed"),
    [
        ("沈姐～晨露舒缓面霜50ml现在298元哦，用满250减30券，券后268元呢。第一次用先试一下，有事随时找我呀。", "tone", "语气词"),
        (DRAFT.replace("沈姐，", "亲，"), "tone", "称呼"),
        (DRAFT + "🌸", "tone", "表情"),
        (DRAFT.replace("沈姐，", "沈姐😊～"), "tone", "语气词、表情"),
        (DRAFT.replace("现在", "今天"), "tone", "个别用词"),
        (DRAFT.replace("298元", "288元").replace("268元", "258元"), "fact", "价格"),
        (DRAFT.replace("50ml", "30ml"), "fact", "数量规格"),
        ("沈姐，晨露舒缓面霜50ml现在298元。第一次用先试一下，有事随时找我。", "coupon-removed", "优惠的话"),
        ("沈姐，晨露舒缓面霜50ml现在298元，用满250减30券，券后268元。", "too-long", "整条"),
        (DRAFT + "天冷了，您出门多穿点。", "care-added", "天气换季"),
        (DRAFT + "这几天别太累，早点休息。", "care-added", "身体休息"),
        ("面霜您要是喜欢，券我帮您留心着，到店跟我说一声，什么时候方便过来看看呢？晚上也在店里的，不急着定。", "care-added", "让她安心"),
        ("面霜您要是喜欢，券我帮您留心着，到店跟我说一声，什么时候方便过来看看呢？晚上也在店里的，等您来。", "other", "整段换了说法"),
    ],
)  # fmt: skip
def test_the_cause_of_an_edit(sent: str, cause: str, changed: str) -> None:
    assert judge(Edit(DRAFT, sent)) == (EditCause(cause), changed)


def test_a_wrong_figure_of_the_scripts_own_is_named() -> None:
    sent = FILLED.replace("7天", "15天")
    assert judge(Edit(FILLED, sent, own=OWN)) == (EditCause.FACT, "7天 改成 15天")
    assert judge(Edit(FILLED, sent)) == (EditCause.FACT, "时间")


def test_another_product_is_another_fact() -> None:
    sent = DRAFT.replace("晨露舒缓面霜", "晨露修护精华")
    assert judge(Edit(DRAFT, sent, goods=("晨露舒缓面霜", "晨露修护精华"))) == (EditCause.FACT, "产品")


def test_the_sentence_of_the_script_that_was_left_out_is_counted() -> None:
    carried = sentences(FILLED)
    sent = carried[0]
    assert judge(Edit(FILLED, sent, own=OWN, carried=carried)) == (EditCause.LENGTH, "话术的第 2 句")


def test_what_costs_a_price_is_no_shortening() -> None:
    assert judge(Edit("面霜298元，喜欢的话跟我说一声就好呀。", "面霜喜欢跟我说。")).cause is not EditCause.LENGTH


@pytest.mark.parametrize("words", ["第一次用", "我们一块看看", "一起去"])
def test_not_every_number_is_a_figure(words: str) -> None:
    assert figures(words) == ()


def test_figures_with_what_they_count() -> None:
    assert figures("满 300 元减¥50，七天内，8.5折") == ("300元", "¥50", "七天", "8.5折")
