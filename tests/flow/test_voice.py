"""A guide's own way of writing: learned only where it is clear, put on without moving a single fact."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.flow.brief import Brief
from assistant.flow.desk import Previous
from assistant.flow.drafting.composing import LONGEST, compose
from assistant.flow.drafting.draft import Drafted
from assistant.flow.drafting.masking import Mask
from assistant.flow.guard.check import check
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.private import find_private
from assistant.flow.guard.law.compliance import check_text
from assistant.flow.settle import HELP, settle
from assistant.flow.understanding.understand import understand
from assistant.flow.voice.anatomy import after, called, core, level, opening
from assistant.flow.voice.learning import REMEMBERED, Edit, Pick, harmless, learn
from assistant.flow.voice.speaking import in_her_order, speak, voiced
from assistant.flow.words.wording import length
from assistant.shop import Habit, Manner, StyleCard, Trait
from assistant.turn import Draft, EvidenceKind, Intent, Outcome, ReplyKind, Verdict
from tests.flow.shopfloor import (
    CHEN,
    COUPONS,
    CREAM,
    CUSTOMERS,
    LIN,
    MOMENT,
    PRODUCTS,
    REACTION,
    RETURNS,
    ZHOU,
    brief,
    desk,
    hit,
    need,
)
from tests.flow.test_composing import everything
from tests.flow.test_composing import without_conditions as bare_of_conditions
from tests.flow.understanding_shop import BEAUTY, desk_of, inquiry_of, shop_of

NAMES = KnownNames.of(PRODUCTS, COUPONS, "云屿")
HARMLESS = harmless(NAMES, Mask.of_names([name for one in CUSTOMERS for name in (one.name, one.address_as)] + ["小满"]))


def card(*habits: tuple[Trait, str]) -> StyleCard:
    """A card that holds these habits."""
    made = tuple(Habit(trait=trait, value=value, times=5, of=5) for trait, value in habits)
    return StyleCard(edits=5, picks=5, habits=made)


def learned(*pairs: tuple[str, str, str], picks: Sequence[Pick] = ()) -> dict[Trait, tuple[str, ...]]:
    """What is learned of (address, draft with | between its sentences, sent text)."""
    edits = [Edit(tuple(draft.split("|")), sent, address) for address, draft, sent in pairs]
    made = learn(edits, picks, HARMLESS)
    return {habit.trait: made.values(habit.trait) for habit in made.habits}


# ---- taking a message apart --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address", "head"),
    [
        ("苏姐，您好，这款适合敏感肌。", "苏姐", "苏姐，您好，"),
        ("毛姐您好，我是小满。", "毛姐", "毛姐您好，"),
        ("小鹿好，我是小满。", "小鹿", "小鹿好，"),
        ("苏姐，您受罪了，先停一停。", "苏姐", "苏姐，"),
        ("苏姐，好的，不急着定。", "苏姐", "苏姐，"),
        ("您好呀，我是小满。", "", "您好呀，"),
        ("可以看看这款。", "苏姐", ""),
        ("您好像没说肤质。", "", ""),
    ],
)
def test_the_opening_is_what_stands_before_the_first_word(text: str, address: str, head: str) -> None:
    assert opening(text, address) == head


@pytest.mark.parametrize(
    ("address", "name", "trait"),
    [("陈太太", "陈", Trait.CALLS_HER), ("欧阳女士", "欧阳", Trait.CALLS_HER), ("刘先生", "刘", Trait.CALLS_HIM)],
)
def test_a_title_says_whether_a_woman_or_a_man_is_meant(address: str, name: str, trait: Trait) -> None:
    found = called(address)
    assert found is not None
    assert (found.name, found.trait) == (name, trait)


@pytest.mark.parametrize("address", ["小鹿", "Cici", "乐乐妈妈", "雷老师", "小姐姐", "陈诺", ""])
def test_no_other_address_does(address: str) -> None:
    assert called(address) is None


def test_levelled_text_keeps_every_place() -> None:
    text = "您好!我们店~告诉我,😊"
    assert len(level(text)) == len(text)


def test_what_stands_behind_a_word() -> None:
    text = "我帮您看哈～😊 [玫瑰]\n下一句"
    found = after(text, 4)
    assert (found.end, found.emoji, text[4 + found.length :]) == ("哈～\n", "😊[玫瑰]", "下一句")
    assert core("生日快乐🎂！") == "生日快乐"


# ---- learning ----------------------------------------------------------------------------------

DRAFTS = (
    ("林姐", "林姐，您好，这款面霜适合干皮。|您看合适的话我帮您留着。"),
    ("周女士", "周女士，资料上写着不含酒精。|有空来店里试试。"),
    ("陈太太", "陈太太，用法我发您看。|早晚各一次就行。"),
    ("何小姐", "何小姐，活动到月底。|想要的话跟我说。"),
)


def test_a_steady_guide_is_learned_with_every_customer_s_name_left_out() -> None:
    sent = (
        "林姐～这款面霜适合干皮～您看合适的话我帮您留着哈～😊",
        "周姐～资料上写着不含酒精～有空来店里试试哈～😊",
        "陈姐～用法我发您看～早晚各一次就行哈～😊",
        "何姐～活动到月底～想要的话跟我说哈～🌹",
    )
    found = learned(*((address, draft, text) for (address, draft), text in zip(DRAFTS, sent, strict=True)))
    assert found == {
        Trait.OPENING_NAMED: ("{称呼}～",),
        Trait.CALLS_HER: ("{姓}姐",),
        Trait.END: ("～",),
        Trait.LAST_END: ("哈～",),
        Trait.LAST_EMOJI: ("😊", "🌹"),
    }


def test_closings_words_and_lines_are_learned() -> None:
    sent = (
        "林姐，你好，这款面霜适合干皮。\n你看合适的话我帮你留着。有需要随时叫我～",
        "周女士，资料上写着不含酒精。\n有空来店里试试。有需要随时叫我～",
        "陈太太，用法我发你看。\n早晚各一次就行。有需要随时叫我～",
        "何小姐，活动到月底。\n想要的话跟我说。有需要随时叫我～",
    )
    pairs = [(address, draft, text) for (address, draft), text in zip(DRAFTS, sent, strict=True)]
    more = [("", "您好，您要的我帮您看看。|您等我消息。", "你好，你要的我帮你看看。\n你等我消息。")]
    assert learned(*pairs, *more) == {
        Trait.END: ("。\n",),
        Trait.CLOSING: ("有需要随时叫我～",),
        Trait.WORD: ("您→你",),
    }


def test_twice_is_not_a_habit_and_neither_is_half_of_the_time() -> None:
    twice = [(address, draft, draft.replace("|", "").rstrip("。") + "😊") for address, draft in DRAFTS[:2]]
    assert learned(*twice) == {}
    often = [(address, draft, draft.replace("|", "") + "😊") for address, draft in DRAFTS] * 2
    seldom = [(address, draft, draft.replace("|", "")) for address, draft in DRAFTS[:3]] * 2
    assert learned(*often, *seldom) == {}
    assert Trait.LAST_EMOJI in learned(*often, *seldom[:3])


def test_who_changes_her_ways_is_followed() -> None:
    smiling = [(address, draft, draft.replace("|", "") + "😊") for address, draft in DRAFTS] * 3
    plain = [(address, draft, draft.replace("|", "")) for address, draft in DRAFTS]
    assert Trait.LAST_EMOJI in learned(*plain[:2], *smiling)
    assert learned(*plain[:3], *smiling) == {}
    waving = [(address, draft, draft.replace("|", "").rstrip("。") + "～") for address, draft in DRAFTS] * 3
    assert learned(*plain[:3], *waving) == {}


def test_what_the_draft_does_already_is_no_habit_of_hers() -> None:
    same = [(address, draft, draft.replace("|", "")) for address, draft in DRAFTS]
    assert learned(*same, *same) == {}


def test_a_formal_guide_takes_pictures_and_waves_away() -> None:
    draft = "林姐，生日快乐🎂！|愿您顺心～|有空来坐坐。"
    sent = "林姐，生日快乐！愿您顺心。有空来坐坐。"
    found = learned(*[("林姐", draft, sent)] * 3)
    assert found == {Trait.WAVE_END: ("。",), Trait.NO_EMOJI: ("去掉",)}


@pytest.mark.parametrize(
    "closing",
    [
        "周敏也在用",  # another customer
        "我是小满",  # herself
        "满300减50哦",
        "云屿舒缓保湿面霜在等您",
        "护肤满250减30别忘了",
        "全网最好用",
        "三天见效",
        "看 http://a.cn",
        "加我 13812345678",
        "不满意包退",
        "店里新到了好东西",
        "医生都说好",
    ],
)
def test_nothing_that_says_something_is_ever_learned(closing: str) -> None:
    pairs = [(address, draft, f"{draft.replace('|', '')}{closing}") for address, draft in DRAFTS] * 3
    heads = [(address, draft, f"{closing}，{draft.replace('|', '')}") for address, draft in DRAFTS] * 3
    for found in (learned(*pairs), learned(*heads)):
        assert Trait.CLOSING not in found
        assert Trait.OPENING_NAMED not in found


def test_a_title_is_never_put_on_somebody_whose_record_has_none() -> None:
    drafts = [("小鹿", "小鹿，这款适合您。|您看看。"), ("", "您好，这款适合您。|您看看。")]
    pairs = [(address, draft, f"姐～{opened(draft)}") for address, draft in drafts] * 4
    found = learned(*pairs)
    assert not {Trait.OPENING_NAMED, Trait.OPENING_UNNAMED, Trait.CALLS_HER} & set(found)


def opened(draft: str) -> str:
    """A draft without its opening."""
    return draft.replace("|", "").split("，", 1)[1]


def test_the_manner_she_takes_and_her_usual_length() -> None:
    brief_ones = [Pick(Manner.BRIEF, size) for size in (30, 34, 28, 31)]
    found = learned(picks=[*brief_ones, Pick(Manner.WARM, 90)])
    assert found == {Trait.MANNER: ("brief",), Trait.LENGTH: ("31",)}
    assert learned(picks=[Pick(manner, 30 * number) for number, manner in enumerate(Manner, start=1)] * 2) == {}


WORDS = st.sampled_from(
    (
        "林婉清",
        "周敏",
        "陈诺",
        "小满",
        "¥268",
        "云屿舒缓保湿面霜",
        "满300减50",
        "13812342231",
        "最好",
        "～",
        "😊",
        "哈",
        "亲",
    )
)


@given(
    st.lists(st.tuples(st.sampled_from(DRAFTS), st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4)), max_size=9)
)
def test_no_card_ever_holds_a_person_a_figure_or_goods(
    edits: list[tuple[tuple[str, str], list[str], list[str]]],
) -> None:
    made = learn(
        [
            Edit(tuple(draft.split("|")), "".join((*before, draft.replace("|", ""), *behind)), address)
            for (address, draft), before, behind in edits
        ],
        (),
        HARMLESS,
    )
    written = json.dumps([habit.value for habit in made.habits], ensure_ascii=False)
    assert not any(name in written for name in ("林", "周", "陈", "小满", "云屿", "最好", "减"))
    assert not any(character.isdigit() for character in written)


# ---- speaking ----------------------------------------------------------------------------------

SISTER = card(
    (Trait.OPENING_NAMED, "{称呼}～"),
    (Trait.CALLS_HER, "{姓}姐"),
    (Trait.END, "～"),
    (Trait.LAST_END, "哈～"),
    (Trait.WORD, "您→你"),
    (Trait.LAST_EMOJI, "😊"),
    (Trait.CLOSING, "有需要随时叫我～"),
)


def composed(made: Brief, place: int = 0) -> Draft:
    """One checked draft of a brief."""
    return check(compose(made)[place], made).draft


def test_a_draft_is_worded_as_she_would() -> None:
    made = brief(need(Intent.GREETING, "打个招呼"), customer=ZHOU)
    draft = composed(made)
    spoken = speak(draft, SISTER, made)
    assert draft.text == "周女士，您好呀，我是云屿湖滨店的小满。护肤上想了解什么，随时喊我就行。"
    assert spoken.text == "周姐～我是云屿湖滨店的小满～护肤上想了解什么，随时喊我就行哈～有需要随时叫我～😊"
    assert spoken.plain == draft.text
    assert spoken.claims == draft.claims


def test_a_rule_keeps_its_own_words_and_a_caution_its_own_tone() -> None:
    policy = brief(need(Intent.POLICY, "拆开用过了还能退吗"), hits=(hit(RETURNS),), customer=LIN)
    draft = composed(policy)
    rules = {one.id for one in policy.evidence if one.kind is EvidenceKind.PASSAGE}
    spoken = speak(draft, SISTER, policy)
    for before, now in zip(draft.sentences, spoken.sentences, strict=True):
        if rules & set(before.evidence):
            assert before.text[len(opening(before.text, LIN.address_as)) :] in now.text
    usage = brief(need(Intent.USAGE, "怎么用", CREAM), customer=LIN)
    for place in range(len(compose(usage))):
        spoken = speak(composed(usage, place), SISTER, usage)
        told = [one.text for one in spoken.sentences if "耳后做局部测试" in one.text]
        assert told
        assert all(text.rstrip("有需要随时叫我～😊").endswith("如有不适请停用。") for text in told)


def test_complaints_and_groups_and_what_follows_a_complaint_stay_neutral() -> None:
    complaint = need(Intent.COMPLAINT, "用了脸上泛红发痒", CREAM)
    post = need(Intent.GROUP_POST, "写个群文案", CREAM)
    for made in (brief(complaint, customer=LIN, hits=(hit(REACTION),)), brief(post)):
        draft = composed(made)
        assert speak(draft, SISTER, made) == draft
        styled = replace(made, desk=replace(made.desk, style=card((Trait.MANNER, "brief"))))
        drafted = replace(Drafted.nothing(), drafts=compose(made))
        assert in_her_order(drafted, styled) == drafted
    before = Previous("T1", complaint.model_copy(update={"customer_id": LIN.customer_id}), (), None, answered=False)
    later = brief(need(Intent.USAGE, "怎么用", CREAM), customer=LIN, on=desk(previous=before))
    assert speak(composed(later), SISTER, later) == composed(later)
    somebody_else = brief(need(Intent.USAGE, "怎么用", CREAM), customer=ZHOU, on=desk(previous=before))
    assert speak(composed(somebody_else), SISTER, somebody_else) != composed(somebody_else)


def test_a_man_and_a_nickname_are_never_called_sister() -> None:
    for address in ("刘先生", "小鹿"):
        customer = ZHOU.model_copy(update={"address_as": address})
        made = brief(need(Intent.GREETING, "打个招呼"), customer=customer)
        assert speak(composed(made), SISTER, made).text.startswith(f"{address}～")


def test_what_is_held_back_is_not_dressed_up() -> None:
    made = brief(need(Intent.GREETING, "打个招呼"), on=replace(desk(), style=SISTER))
    draft = composed(made)
    held = Verdict(outcome=Outcome.HELD, draft=draft.model_copy(update={"sentences": ()}))
    shown, kept = voiced((Verdict(outcome=Outcome.PASS, draft=draft), held), made)
    assert shown.draft.text.endswith("😊")
    assert kept == held


def test_her_manner_comes_first_and_what_she_asked_for_stays() -> None:
    asked = need(Intent.USAGE, "怎么用", CREAM)
    made = brief(asked, on=replace(desk(), style=card((Trait.MANNER, "brief"))))
    drafted = replace(Drafted.nothing(), drafts=compose(made))
    assert [one.manner for one in drafted.drafts] == [Manner.WARM, Manner.EXPERT, Manner.BRIEF]
    ordered = in_her_order(drafted, made).drafts
    assert [one.manner for one in ordered] == [Manner.BRIEF, Manner.WARM, Manner.EXPERT]
    by_length = brief(asked, on=replace(desk(), style=card((Trait.LENGTH, "300"))))
    longest = max(drafted.drafts, key=lambda one: length(one.text))
    assert in_her_order(drafted, by_length).drafts[0] == longest


# ---- what never changes ------------------------------------------------------------------------


@lru_cache(maxsize=1)
def everything_composed() -> tuple[tuple[Brief, Draft], ...]:
    """Every intent, with and without a customer, in every manner, as the guard leaves it."""
    checked = ((made, check(draft, made).draft) for made in everything() for draft in compose(made))
    return tuple((made, draft) for made, draft in checked if draft.sentences)


PIECES = st.lists(
    st.sampled_from(
        (
            "{称呼}", "{姓}", "姐", "～", "。", "！", "\n", "，", "您好", "亲爱的", "哈", "呢", "吗", "？", "😊", "[玫瑰]", "💯",
            "满300减50", "最好", "九折", "3", "元", "不", "有货", "云屿控油清爽乳", "三天", "保证", "13812342231", "【", "送",
        )
    ),
    max_size=4,
).map("".join)  # fmt: skip
HABITS = st.one_of(
    st.tuples(st.sampled_from([one for one in Trait if one not in (Trait.WORD, Trait.MANNER, Trait.LENGTH)]), PIECES),
    st.tuples(st.just(Trait.WORD), st.sampled_from(("您→你", "我们→咱们", "告诉我→跟我说", "不→", "适合→治好", "0→1"))),
    st.sampled_from([(habit.trait, habit.value) for habit in SISTER.habits]),
)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_the_card_no_fact_moves(data: st.DataObject) -> None:
    made, draft = data.draw(st.sampled_from(everything_composed()))
    style = card(*data.draw(st.lists(HABITS, min_size=1, max_size=6)))
    spoken = speak(draft, style, made)
    text = spoken.text
    # claims in order, private data, law: as before, read in one piece and as the guard reads it
    claims = [(one.kind, one.value, one.text) for one in find_claims(draft.text, NAMES)]
    assert [(one.kind, one.value, one.text) for one in find_claims(text, NAMES)] == claims
    assert [one.text for one in find_private(text)] == [one.text for one in find_private(draft.text)]
    assert check_text(text, made.products) == check_text(draft.text, made.products)
    again, before = check(spoken, made), check(draft, made)
    assert (again.outcome, again.findings, again.draft.claims) == (before.outcome, before.findings, before.draft.claims)
    # evidence and claims stay mapped, and the plain words are kept
    assert [one.evidence for one in spoken.sentences] == [one.evidence for one in draft.sentences]
    assert (spoken.claims, spoken.skus, spoken.coupon_ids) == (draft.claims, draft.skus, draft.coupon_ids)
    assert spoken.plain == draft.text
    assert speak(spoken, style, made) == spoken
    # no longer than a draft may be, and every condition of a coupon still there
    shown, plain = length(bare_of_conditions(text)), length(bare_of_conditions(draft.text))
    assert shown <= max(LONGEST[draft.manner], plain)
    if made.offer is not None:
        assert all((one.terms in text) == (one.terms in draft.text) for one in made.offer.applied)


def test_the_habits_of_a_real_card_do_show() -> None:
    changed = [speak(draft, SISTER, made).text != draft.text for made, draft in everything_composed()]
    neutral = [made.need.intent in (Intent.COMPLAINT, Intent.GROUP_POST) for made, _ in everything_composed()]
    assert [not one for one in neutral] == changed


# ---- what she reads ----------------------------------------------------------------------------


def read(style: StyleCard) -> str:
    shown = settle(need(Intent.MY_STYLE, "我的口吻"), replace(desk(), style=style), None, MOMENT)
    assert shown is not None
    assert shown.reply.kind is ReplyKind.INFORM
    return "\n".join(shown.reply.parts)


def test_she_reads_what_was_learned_with_an_example_and_how_to_be_rid_of_it() -> None:
    words = read(SISTER)
    assert words.startswith("这是从您最近改过的 5 条草稿里学到的口吻")
    assert "· 知道称呼时的开头：「（称呼）～」（5 次里有 5 次）" in words
    assert "· 对女客户的称呼：「姓＋姐」（5 次里有 5 次）" in words
    assert "· 用词：「您」换成「你」（5 次里有 5 次）" in words
    assert "原来：陈女士，您好，您要的我帮您留意着。过来之前告诉我一声就行。我们到时候见。" in words
    assert "您的：陈姐～你要的我帮你留意着～过来之前告诉我一声就行～我们到时候见哈～有需要随时叫我～😊" in words
    assert "回「清除我的口吻」" in words


def test_every_habit_has_words_a_guide_can_read() -> None:
    everything_learned = card(
        (Trait.OPENING_UNNAMED, ""),
        (Trait.END, "。\n"),
        (Trait.LAST_END, ""),
        (Trait.WAVE_END, "。"),
        (Trait.NO_EMOJI, "去掉"),
        (Trait.MANNER, "brief"),
        (Trait.LENGTH, "42"),
    )
    words = read(everything_learned)
    for told in ("不写，直接说事", "「。」再换行", "不加标点", "草稿里的表情：去掉", "简短，排在第一条", "42 字上下"):
        assert told in words


def test_an_empty_card_says_how_one_comes_to_be() -> None:
    assert "您还没有改过草稿" in read(StyleCard())
    assert f"看了您最近改过的 {REMEMBERED} 条草稿" in read(StyleCard(edits=REMEMBERED))
    assert "3 次以上" in read(StyleCard())
    assert "「我的口吻」" in HELP


def test_forgetting_is_confirmed() -> None:
    shown = settle(need(Intent.FORGET_STYLE, "清除我的口吻"), replace(desk(), style=SISTER), None, MOMENT)
    assert shown is not None
    assert shown.reply.kind is ReplyKind.CONFIRM
    assert "不再拿来学" in shown.reply.parts[0]


@pytest.mark.parametrize(
    "text", ["客户说这支口红不是我的风格", "苏姐：我的风格比较清淡", "客户问：我的风格适合什么口红", "她说想换我的风格"]
)
def test_a_customer_s_style_is_another_matter(text: str) -> None:
    at = desk_of(shop_of(BEAUTY, ("生日券",)), "current")
    assert understand(inquiry_of(text), at).intent not in (Intent.MY_STYLE, Intent.FORGET_STYLE)


def test_a_word_to_nobody_in_particular_keeps_its_own_opening() -> None:
    unnamed = card((Trait.OPENING_NAMED, "{称呼}～"), (Trait.OPENING_UNNAMED, "哈喽，"))
    made = brief(need(Intent.PRODUCT_FACT, "含酒精吗", CREAM))
    assert composed(made).text.startswith("您好，")
    assert speak(composed(made), unnamed, made).text.startswith("哈喽，")
    known = brief(need(Intent.PRODUCT_FACT, "含酒精吗", CREAM), customer=CHEN)
    assert speak(composed(known), unnamed, known).text.startswith("陈诺～")
