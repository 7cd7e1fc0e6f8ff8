"""Why a guide changed a draft, read from the two texts alone: one cause from a closed list, and what it was about.

The cause is a guess for a manager who reads the texts herself; what matters is that the same change gets the same name,
so that five guides who all take out the same sentence are seen as five. The gravest reason is named first: a wrong fact
before a tone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from knowledge.noun import Labelled

SAME_SENTENCE = 72
"""Two sentences more alike than that (0..100) are one, reworded."""
SAME_TEXT = 88
"""Two texts more alike than that, their manners of speech taken off, say the same."""
SHORTER = 0.85
"""A text of at most this share of the draft's length was shortened."""


class EditCause(Labelled):
    """Why a guide changed a draft before she sent it."""

    FACT = "fact", "改了内容"
    COUPON = "coupon-removed", "去掉了优惠"
    LENGTH = "too-long", "删短了"
    CARE = "care-added", "加了关心的话"
    TONE = "tone", "换了语气"
    OTHER = "other", "换了说法"


class Judged(NamedTuple):
    """The cause and, in a few Chinese words, what was changed. Never a person's name: it is what edits are counted by."""

    cause: EditCause
    changed: str


class Edit(NamedTuple):
    """A draft and what was sent.

    ``coupons`` and ``goods`` are names that stand in the shop's records. ``own`` is the script's text with its blanks,
    ``carried`` are its sentences as they stood filled in, both empty where no script carried the draft.
    """

    draft: str
    sent: str
    coupons: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    own: str = ""
    carried: tuple[str, ...] = ()


_SENTENCE = re.compile(r"[^。！？!?；;～~\n]+[。！？!?；;～~\n]*")
_FIGURE = re.compile(
    r"[¥￥]\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?\s?(?:元|块|折|天|小时|分钟|周|年|个月|月|日|号|点|毫升|ml|g|克|支|瓶|盒|件|张|片|次|分|%|％)"
    # 第一次 and 一块 count nothing
    r"|(?<!第)(?!一块)[一二两三四五六七八九十百]+(?:天|小时|周|年|个月|折|元|块)"
)
_KINDS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("价格", re.compile(r"[¥￥元块]")),
    ("折扣", re.compile(r"[折%％]")),
    ("时间", re.compile(r"天|小时|分钟|周|年|月|日|号|点")),
    ("数量规格", re.compile(r".")),
)
_COUPON_WORDS = re.compile(r"券|满\s?¥?\d+\s?元?减|立减|优惠价|到手价|折后")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d]"
    r"|\[(?:微笑|愉快|玫瑰|爱心|拥抱|呲牙|害羞|偷笑|可爱|抱拳|强|太阳|月亮|礼物)\]"
)
_PARTICLES = re.compile(r"[呀啊哦呢啦哈噢吧嘛嘞哟呐哒滴咯喽～~]")
_SIGNS = re.compile(r"[\s，,。.！!、：:；;？?…—\-]+")
_HELLO = re.compile(
    r"^(?P<head>[^，,。！!～~：:\n]{0,8}?)(?:您好呀?|你好呀?|早上好|上午好|下午好|晚上好)?[，,！!～~：:\s]+"
)
_CALLS = re.compile(r"亲爱的|亲亲|亲(?=[，,～~！!：:])|宝子|宝宝|宝贝|宝(?=[，,～~！!：:])|姐妹|美女|小姐姐|仙女")
_CARE: Sequence[tuple[str, re.Pattern[str]]] = (
    ("使用提醒", re.compile(r"耳后|先试|少量|试用|点涂|避开|洗干净|停用|注意防晒|别叠|按量")),
    ("天气换季", re.compile(r"天冷|天热|降温|换季|下雨|干燥|风大|添衣|冷空气|暑|寒")),
    ("身体休息", re.compile(r"休息|保重|身体|早点睡|别太累|辛苦|多喝|照顾好|注意安全")),
    ("让她安心", re.compile(r"别着急|不着急|不急|别担心|放心|慢慢|不用急|别怕|理解您|不好意思")),
    ("随时找我", re.compile(r"随时|有事|有问题|不明白|需要.{0,4}(?:找|叫|喊|联系|问)|我都在|一直在")),
)


def judge(edit: Edit) -> Judged:
    """Name the cause of an edit and what it was about."""
    for look in (_coupon, _fact, _same_but_manner, _care, _shorter, _nearly_the_same):
        found = look(edit)
        if found is not None:
            return found
    return Judged(EditCause.OTHER, "整段换了说法")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text with their marks; joined they are the text again, but for marks at its beginning."""
    return tuple(_SENTENCE.findall(text))


def figures(text: str) -> tuple[str, ...]:
    """The figures of a text with what they count, in order, each once."""
    return tuple(dict.fromkeys(found.replace(" ", "").replace("￥", "¥") for found in _FIGURE.findall(text)))


# ---- the causes --------------------------------------------------------------------------------


def _coupon(edit: Edit) -> Judged | None:
    """Every word about a coupon is gone."""
    named = any(name in edit.draft for name in edit.coupons)
    spoken = named or bool(_COUPON_WORDS.search(edit.draft))
    kept = any(name in edit.sent for name in edit.coupons) or bool(_COUPON_WORDS.search(edit.sent))
    return Judged(EditCause.COUPON, "优惠的话") if spoken and not kept else None


def _fact(edit: Edit) -> Judged | None:
    """Another figure or another product stands there; one that is only gone is a matter of length."""
    before, after = figures(edit.draft), figures(edit.sent)
    new = [one for one in after if one not in before and _number(one) not in {_number(old) for old in before}]
    gone = [one for one in before if one not in after and _number(one) not in {_number(other) for other in after}]
    if new:
        own = [one for one in gone if one in figures(edit.own)]
        if own and len(own) == len(new) == 1:
            # the words of the script itself are wrong: all who mend it mean the same
            return Judged(EditCause.FACT, f"{own[0]} 改成 {new[0]}")
        if gone:
            return Judged(EditCause.FACT, _kind_of(gone[0]))
        return Judged(EditCause.FACT, f"补上{_kind_of(new[0])}")
    named = [name for name in edit.goods if name in edit.sent and name not in edit.draft]
    if named and any(name in edit.draft and name not in edit.sent for name in edit.goods):
        return Judged(EditCause.FACT, "产品")
    return None


def _number(figure: str) -> str:
    return "".join(re.findall(r"[\d.]+", figure)) or figure


def _kind_of(figure: str) -> str:
    return next(name for name, shape in _KINDS if shape.search(figure))


def _same_but_manner(edit: Edit) -> Judged | None:
    """Nothing but address, particles, pictures and marks is other than it was."""
    return _tone(edit) if _plain(edit.draft) == _plain(edit.sent) else None


def _nearly_the_same(edit: Edit) -> Judged | None:
    return _tone(edit) if fuzz.ratio(_plain(edit.draft), _plain(edit.sent)) >= SAME_TEXT else None


def _tone(edit: Edit) -> Judged | None:
    before, after = edit.draft, edit.sent
    changed = []
    if _address(before) != _address(after) or before.count("您") != after.count("您"):
        changed.append("称呼")
    if Counter(_PARTICLES.findall(before)) != Counter(_PARTICLES.findall(after)):
        changed.append("语气词")
    if Counter(_EMOJI.findall(before)) != Counter(_EMOJI.findall(after)):
        changed.append("表情")
    if not changed and _plain(before) != _plain(after):
        changed.append("个别用词")
    return Judged(EditCause.TONE, "、".join(changed or ["标点"]))


def _care(edit: Edit) -> Judged | None:
    """A sentence was added that looks after her, and says what none of the draft's did."""
    draft = sentences(edit.draft)
    new = [one for one in sentences(edit.sent) if _nearest(one, draft) < SAME_SENTENCE]
    for topic, shape in _CARE:
        if any(shape.search(one) for one in new) and not shape.search(edit.draft):
            return Judged(EditCause.CARE, topic)
    return None


def _shorter(edit: Edit) -> Judged | None:
    """It says less, and every price that was told is still told."""
    if len(edit.sent) > SHORTER * len(edit.draft):
        return None
    lost = [one for one in figures(edit.draft) if _kind_of(one) == "价格" and one not in figures(edit.sent)]
    if lost:
        return None
    left = sentences(edit.sent)
    gone = [
        number
        for number, one in enumerate(edit.carried, start=1)
        if _nearest(one, left) < SAME_SENTENCE and _words(one)
    ]
    if gone:
        return Judged(EditCause.LENGTH, f"话术的第 {'、'.join(map(str, gone))} 句")
    return Judged(EditCause.LENGTH, "话术以外的说明" if edit.carried else "整条")


# ---- comparing ---------------------------------------------------------------------------------


def _nearest(sentence: str, others: Iterable[str]) -> float:
    """How alike the most similar of these is, 0..100; a part that stands whole in another counts as there."""
    plain = _plain(sentence)
    found = process.extractOne(plain, [_plain(one) for one in others], scorer=fuzz.ratio)
    whole = any(plain and plain in _plain(one) for one in others)
    return 100.0 if whole else (found[1] if found else 0.0)


def _words(text: str) -> bool:
    return len(_plain(text)) > 2


def _address(text: str) -> str:
    match = _HELLO.match(_EMOJI.sub("", text))
    head = match["head"] if match else ""
    return f"{head}|{'|'.join(_CALLS.findall(text))}"


def _plain(text: str) -> str:
    """What is said, without the manner of saying it."""
    text = _EMOJI.sub("", text)
    text = _HELLO.sub("", text) if len(text) > 12 else text
    return _SIGNS.sub("", _PARTICLES.sub("", _CALLS.sub("", text))).replace("您", "你")
