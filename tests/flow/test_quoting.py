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


def test_what_a_customer_may_ask_of_her_guide_is_read_out_and_what_guides_must_do_is_not():
    paper = hit("退款", "七天没有到账的，把订单号发给导购。\n导购须当天上报店长。\n提成按退款后的金额算。")
    assert quoted("退款没有到账怎么办", paper) == ("七天没有到账的，把订单号发给导购。",)


def test_who_was_not_harmed_is_not_told_what_holds_for_the_harmed():
    harmed = hit("不适处理", "凭医院诊断，购买次日起 30 天内可以退货退款。")
    plain = hit("退换货", "不喜欢的，购买次日起 7 天内可以退换。")
    assert quoted("昨天买的不喜欢，想退", harmed, plain) == ("不喜欢的，购买次日起 7 天内可以退换。",)
    assert quoted("用了过敏去了医院，想退", harmed, plain) == ("凭医院诊断，购买次日起 30 天内可以退货退款。",)


def test_a_rule_that_hardly_shares_what_is_asked_is_kept_back():
    """The same paper answers one question surely and another one by a word in passing."""
    paper = hit("门店停车", "当天实付满 100 元，免费停车 2 小时。", heading=("停车",))
    other = hit("退换货", "退换货请带小票。", score=0.5)
    sure = best_quote("停车满多少免费", (paper, other), (DocumentKind.POLICY,))
    faint = best_quote("停车场丢了钥匙，监控能不能给我看一下", (other, paper), (DocumentKind.POLICY,))
    assert sure is not None
    assert sure.is_sure
    assert faint is None or not faint.is_sure


def test_in_few_words_the_statement_that_answers_is_told_with_its_exception():
    paper = hit("发票", "电子发票当天发到邮箱。\n抬头填错的，90 天内可以换开一次。\n超过 90 天的不再换开。")
    quote = best_quote("抬头写错了还能换开发票吗", (paper,), (DocumentKind.POLICY,))
    assert quote is not None
    assert quote.lead == "抬头填错的，90 天内可以换开一次。"
    assert quote.briefly == ("抬头填错的，90 天内可以换开一次。", "超过 90 天的不再换开。")
