"""Corrections quote what was sent and what holds now, and invent nothing."""

import pytest

from assistant.correcting import by_figure, correction, message_to_guide, shares_figures, statements

OLD = statements(["签收次日起七天内，没有拆封的商品可以退货。运费由顾客承担。"])
NEW = statements(["签收次日起十五天内，没有拆封的商品可以退货。运费由顾客承担。"])
SENT = "沈姐，咱们签收后7天内没拆封都能退的哦，您放心～"


def test_it_names_the_wrong_clause_and_quotes_the_new_sentence() -> None:
    made = correction(SENT, OLD, NEW)
    assert made is not None
    assert made.wrong == "咱们签收后7天内没拆封都能退的哦"
    assert made.figure == "7天内"
    assert made.news == "签收次日起十五天内，没有拆封的商品可以退货。"
    assert "上次跟您说的“咱们签收后7天内没拆封都能退的哦”有变化" in made.text
    assert "签收次日起十五天内，没有拆封的商品可以退货。请以这次说的为准" in made.text


def test_without_a_new_text_it_promises_to_check_and_says_no_figure_of_its_own() -> None:
    made = correction(SENT, OLD, ())
    assert made is not None
    assert made.news == ""
    assert "我再核实一下，稍后回您" in made.text
    assert "十五" not in made.text


@pytest.mark.parametrize("sent", [SENT, "没拆封七天内可以退货"])
def test_what_still_holds_needs_no_correction(sent: str) -> None:
    assert correction(sent, OLD, OLD) is None
    worded_anew = statements(["没有拆封的商品，签收次日起 7 天内可以退货。"])
    assert correction(sent, OLD, worded_anew) is None


def test_a_sentence_that_did_not_change_is_left_alone_beside_one_that_did() -> None:
    assert correction("运费由顾客承担哦", OLD, NEW) is None


def test_the_lead_in_is_not_quoted() -> None:
    said = "您好，我对着《退货办法》跟您说：签收次日起七天内，没有拆封的商品可以退货。您把购买的时间说下。"
    made = correction(said, OLD, NEW)
    assert made is not None
    assert made.wrong == "签收次日起七天内，没有拆封的商品可以退货"


def test_words_nobody_can_place_are_taken_back_without_a_quotation() -> None:
    made = correction("您好呀", OLD, NEW)
    assert made is not None
    assert made.wrong == ""
    assert "我再核实一下" in made.text


def test_a_long_text_still_fits_one_message() -> None:
    long = "没拆封" * 200 + "7天内可以退货"
    made = correction(long, OLD, statements([f"{'没有拆封的商品' * 80}十五天内可以退货。"]))
    assert made is not None
    text = message_to_guide(
        made, when="11月20日 15:30 ", customer="沈姐", title="退" * 60, version=2, ai_label="（AI生成）"
    )
    assert len(text.encode()) <= 2048


def test_the_guide_reads_what_when_and_why() -> None:
    made = correction(SENT, OLD, NEW)
    assert made is not None
    about = {"when": "11月20日 15:30 ", "customer": "沈姐", "title": "退货办法", "ai_label": "（AI生成）"}
    text = message_to_guide(made, version=2, **about)
    assert text.startswith("【更正】您11月20日 15:30 发给沈姐的话里的“咱们签收后7天内没拆封都能退的哦”")
    assert "《退货办法》已经换成第 2 版" in text
    assert text.endswith("（AI生成）")
    assert "依据的《退货办法》已经不用了" in message_to_guide(made, version=None, **about)


def test_a_script_with_the_same_figure_on_the_same_matter_is_named() -> None:
    assert shares_figures("亲，签收后7天内没拆封都能退货哦。满200包邮。", by_figure(OLD)) == (
        "亲，签收后7天内没拆封都能退货哦。",
    )
    assert shares_figures("生日当月下单7天内送到。", by_figure(OLD)) == ()
    assert shares_figures("签收后十天内没拆封都能退货。", by_figure(OLD)) == ()
