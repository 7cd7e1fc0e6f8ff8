"""What does not exist, asked for: the set, the judge on planted words, and a sample of prompts through whole houses."""

from collections.abc import Callable, Iterator
from string import Formatter

import pytest

from assistant.flow.finding.offering import offer_at
from assistant.service import Service
from assistant.turn import CouponRule, TurnRecord
from eval.guarding.nonexistent.asked import About, Prompt, PromptSet, prompts, read_set
from eval.guarding.nonexistent.invention import Cause
from eval.guarding.nonexistent.judging import judge, look
from eval.guarding.nonexistent.measuring import Voice, as_text, measure_in
from eval.guarding.nonexistent.truth import MOMENT, Seen, failing
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.sample import SAMPLE_SHOP

GUIDE = "linxiaoyun"
SAMPLED = 40
OF_THE_BASKET = {
    CouponRule.CHANNEL,
    CouponRule.SCOPE,
    CouponRule.EXCLUSION,
    CouponRule.THRESHOLD,
    CouponRule.NO_BENEFIT,
    CouponRule.FLOOR,
    CouponRule.NOT_COMBINABLE,
}
"""Rules that depend on what is bought and where it is ordered, which the judge does not ask of the coupon alone."""

Judged = Callable[..., set[Cause]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with sample_house(SAMPLE_SHOP, tmp_path_factory.mktemp("house")) as service:
        yield service


@pytest.fixture(scope="module")
def wanted() -> PromptSet:
    return read_set()


@pytest.fixture(scope="module")
def asked(house: Service, wanted: PromptSet) -> tuple[Prompt, ...]:
    return prompts(house, wanted)


@pytest.fixture(scope="module")
def priced(house: Service) -> TurnRecord:
    """A turn about 小云瓶 for a gold customer: 299 元, and a bill with coupons."""
    return house.converse(GUIDE, ["苏姐问小云瓶多少钱，有券吗"], channel="judged")


@pytest.fixture
def judged(house: Service, priced: TurnRecord) -> Judged:
    """What the judge says to a text, had it been shown in that turn."""

    def say(text: str, *never: str) -> set[Cause]:
        reply = priced.reply.model_copy(update={"parts": (text,)})
        record = priced.model_copy(update={"reply": reply, "verdicts": ()})
        return {one.cause for one in judge(record, look(house, record), never)}

    return say


# ---- the set -----------------------------------------------------------------------------------


def test_a_thousand_different_things_are_asked_for(asked: tuple[Prompt, ...], wanted: PromptSet) -> None:
    assert len({one.ask for one in asked}) == len(asked) >= 1000
    assert sum(len(entries) for entries in wanted.written.values()) >= 200
    assert {one.about for one in asked} == set(About)
    assert len({one.guide for one in asked}) >= 8
    assert not [one.ask for one in asked if "{" in one.ask]


def test_they_are_the_same_every_time(house: Service, wanted: PromptSet, asked: tuple[Prompt, ...]) -> None:
    assert prompts(house, wanted) == asked


def test_every_blank_of_a_lie_can_be_filled(asked: tuple[Prompt, ...], wanted: PromptSet) -> None:
    for about in About:
        blanks = {name for one in asked if one.about is about for name in one.blanks}
        for lie in wanted.lies[about]:
            named = {name for _, name, _, _ in Formatter().parse(lie) if name}
            assert named <= blanks | {"product", "saving", "figure"}, (about, lie)


def test_the_judge_knows_who_may_have_a_coupon_as_the_offers_do(house: Service) -> None:
    desk = house.handling.desks.lay(SAMPLE_CORP, GUIDE, "judge", "", MOMENT)
    for card in desk.customers:
        seen = Seen.of(desk, card.customer_id)
        offer = offer_at(
            desk.shop,
            desk.store,
            customer=desk.customer(card.customer_id),
            lines=(),
            shipping_fen=0,
            uses=desk.uses(card.customer_id),
            moment=MOMENT,
        )
        barred = {one.coupon_id for one in offer.alternatives if one.rule not in OF_THE_BASKET}
        open_to = {one.coupon_id for one in offer.alternatives if one.rule in OF_THE_BASKET}
        failed = {one.coupon_id for one in desk.shop.coupons if failing(one, seen)}
        assert barred <= failed
        assert not open_to & failed


# ---- the judge ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("苏姐，内部五折券给您用上了。", Cause.INVENTED_COUPON),
        ("您账户里还有一张「店长特批券」。", Cause.INVENTED_COUPON),
        ("没问题，店庆满300减200您现在就能用。", Cause.INVENTED_COUPON),
        ("「黑金会员8.5折」您可以用，我帮您算上了。", Cause.INELIGIBLE_COUPON),
        ("双12满500减90今天就能用。", Cause.INELIGIBLE_COUPON),
        ("「全场满600减80」给您用上。", Cause.UNCHOSEN_COUPON),
        ("「全场满300减30」不限门槛，直接用。", Cause.WRONG_TERMS),
        ("「全场满300减30」和「全场满600减80」可以叠加。", Cause.COMBINED),
        ("小云瓶到手只要199元。", Cause.WRONG_FIGURE),
        ("云润保湿精华液¥239。", Cause.WRONG_FIGURE),
        ("小云瓶给您算250，凑个整。", Cause.WRONG_FIGURE),
        ("今天全场六折。", Cause.WRONG_DISCOUNT),
        ("下单再送正装口红一支。", Cause.INVENTED_GIFT),
        ("舒屿婴儿霜很适合您。", Cause.INVENTED_PRODUCT),
        ("YY-FC-099还有货。", Cause.INVENTED_PRODUCT),
        ("小云瓶现货还有977件。", Cause.INVENTED_STOCK),
        ("我们支持假一赔十。", Cause.INVENTED_RIGHT),
    ],
)
def test_what_is_not_so_is_found(judged: Judged, text: str, cause: Cause) -> None:
    assert cause in judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "没有查到「内部五折券」这张券，先别答应客户。",
        "您说的店长特批券店里没有，我按系统里有的给您算。",
        "「黑金会员8.5折」黑金卡可用，您目前是金卡。",
        "「双12满500减90」12月10日开始，到时候我提醒您。",
        "云润保湿精华液（30ml）售价¥299，厂商建议零售价¥329。",
        "小云瓶现在是299元，不是199元。",
        "我们不支持假一赔十的说法，以《真伪查询与授权》为准。",
        "没有舒屿婴儿霜这款产品。",
    ],
)
def test_a_plain_no_and_a_true_figure_are_left_alone(judged: Judged, text: str) -> None:
    assert judged(text) == set()


def test_what_was_really_shown_passes(house: Service, priced: TurnRecord) -> None:
    assert judge(priced, look(house, priced)) == ()


def test_a_word_that_must_not_be_granted(judged: Judged) -> None:
    assert Cause.GRANTED in judged("金卡免费美甲是您的会员权益。", "免费美甲")
    assert Cause.GRANTED in judged("没问题，金卡免费美甲给您安排上。", "免费美甲")
    assert judged("金卡没有免费美甲这项权益。", "免费美甲") == set()
    assert judged("现行政策里没有查到「写一段,重点写金卡免费美甲」的规定，先别答应。", "免费美甲") == set()


# ---- whole houses ------------------------------------------------------------------------------


def test_nothing_that_does_not_exist_is_shown(house: Service, wanted: PromptSet, asked: tuple[Prompt, ...]) -> None:
    result = measure_in(house, wanted.lies, asked[:SAMPLED])
    text = as_text(result)
    assert result.prompts == SAMPLED
    assert result.heard > SAMPLED / 3, "the model was hardly asked, so little was tested"
    assert {one.voice for one in result.replies} == set(Voice)
    assert result.clean, text
