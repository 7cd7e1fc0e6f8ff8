"""Which statement of the material is read out: the one that answers, not one that only mentions the words."""

from assistant.flow.finding.quoting import best_quote
from assistant.turn import Hit
from knowledge.passage import DocumentKind, Passage


def hit(name: str, text: str, *, score: float = 0.9, heading: tuple[str, ...] = ()) -> Hit:
    return Hit(
        passage=Passage(
            id=name,
            document_id=name,
            title=name,
            version=1,
            kind=DocumentKind.POLICY,
            place="p",
            heading=heading,
            text=text,
        ),
        score=score,
    )


def quoted(question: str, *hits: Hit, topics: tuple[str, ...] = ()) -> tuple[str, ...]:
    quote = best_quote(question, hits, (DocumentKind.POLICY,), topics)
    assert quote is not None
    return quote.statements


def test_an_answered_question_is_quoted_without_the_question():
    asked = hit("faq", "问：怎么换尺码？\n答：能。凭小票当场换。")
    assert quoted("怎么换尺码", asked) == ("能。凭小票当场换。",)


def test_the_question_already_answered_wins_over_a_text_of_the_same_topic():
    asked = hit("常见问题", "问：怎么升金卡？\n答：一年内满两千元，次日升级。")
    rules = hit("会员规则", "会员分四级。\n等级只看消费。", heading=("会员等级",))
    assert quoted("怎么升金卡", rules, asked, topics=("会员",)) == ("一年内满两千元，次日升级。",)


def test_a_reference_to_another_text_is_no_answer():
    pointer = hit("开封", "用了不适的，按《过敏不适退款办法》办理。")
    rule = hit("过敏", "出现不适的，30 天内全额退款。", score=0.7)
    assert quoted("用了不适能退款吗", pointer, rule) == ("出现不适的，30 天内全额退款。",)


def test_two_half_fitting_statements_do_not_outweigh_the_one_that_answers():
    halves = hit("甲", "差价审核要等通知。\n差价到账请查收。", score=0.8)
    whole = hit("乙", "购买次日起 7 天内降价的可以退差价。", score=0.8)
    assert quoted("前天买的现在降价了能补差价不", halves, whole) == ("购买次日起 7 天内降价的可以退差价。",)
