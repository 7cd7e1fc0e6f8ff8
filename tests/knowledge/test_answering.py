"""Which sentence answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answering import rank, sentences
from knowledge.words.wording import Wording

WORDING = Wording()
RETURNS = (
    "一、退货\n问：拆封的能退吗？\n未拆封的商品，自签收次日起七日内可以退货。退回的运费由顾客承担，质量问题的由本店承担。"
    "详见《退换货政策》。但定制刻字的商品除外。"
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("几天内能退货", "未拆封的商品，自签收次日起七日内可以退货。"),
        ("退货邮费谁出呀", "退回的运费由顾客承担，质量问题的由本店承担。"),
        ("刻了字的能退不", "但定制刻字的商品除外。"),
    ],
)
def test_the_sentence_that_answers_comes_first(question: str, answer: str) -> None:
    best = rank(WORDING.question(question), RETURNS, WORDING)[0]
    assert best.text == answer
    assert RETURNS[best.start : best.end] == answer


def test_a_question_is_no_answer() -> None:
    ranked = rank(WORDING.question("拆封的能退吗"), RETURNS, WORDING)
    assert ranked[0].text != "问：拆封的能退吗？"
    assert next(one.score for one in ranked if one.text.startswith("问：")) == 0


@given(st.text(alphabet="退货运费。！？；\n 、，abc12", max_size=80))
def test_every_sentence_is_a_piece_of_the_text(text: str) -> None:
    places = list(sentences(text))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in places)
    assert all(first[1] <= second[0] for first, second in zip(places, places[1:], strict=False))
    kept = "".join(text[start:end] for start, end in places)
    assert "".join(kept.split()) == "".join(text.split())
    assert {(one.start, one.end) for one in rank(WORDING.question("运费"), text, WORDING)} == set(places)
