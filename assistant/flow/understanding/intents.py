"""Which needs a text speaks of, and which of them comes first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.understanding.grievance import complains
from assistant.flow.words.writing import fold
from assistant.shop import Scene, Stage
from assistant.turn import Intent, Refinement, RefusalReason
from knowledge.packaged import packaged

_RANKS: tuple[tuple[Intent, ...], ...] = (
    # an adverse reaction or a complaint always comes before selling
    (Intent.COMPLAINT,),
    (
        Intent.CONTACT_TODAY,
        Intent.MY_POINTS,
        Intent.MY_STYLE,
        Intent.FORGET_STYLE,
        Intent.HELP,
        Intent.GROUP_POST,
    ),
    (Intent.PROFILE,),
    (Intent.BIRTHDAY,),
    (Intent.TASK,),
    (Intent.REACTIVATION, Intent.CARE),
    (Intent.COMPARE, Intent.OBJECTION),
    (Intent.SUITABILITY, Intent.USAGE, Intent.STOCK, Intent.POLICY, Intent.PRODUCT_FACT, Intent.CLOSING),
    (Intent.RECOMMEND,),
    (Intent.PRICE,),
    (Intent.COUPON,),
    (Intent.GREETING,),
)
"""What comes first when one message holds several needs; within a rank, what was said first."""

_SWALLOWS: Mapping[Intent, frozenset[Intent]] = {
    Intent.COMPLAINT: frozenset(
        (
            Intent.SUITABILITY,
            Intent.PRODUCT_FACT,
            Intent.GREETING,
            Intent.OBJECTION,
            Intent.CARE,
            Intent.USAGE,
            Intent.STOCK,
            Intent.CLOSING,
            Intent.COMPARE,
        )
    ),
    Intent.CONTACT_TODAY: frozenset(Intent) - {Intent.CONTACT_TODAY},
    Intent.MY_POINTS: frozenset(Intent) - {Intent.MY_POINTS},
    Intent.MY_STYLE: frozenset(Intent) - {Intent.MY_STYLE},
    Intent.FORGET_STYLE: frozenset(Intent) - {Intent.FORGET_STYLE},
    Intent.HELP: frozenset(Intent) - {Intent.HELP},
    Intent.GROUP_POST: frozenset(Intent) - {Intent.GROUP_POST, Intent.COUPON, Intent.COMPLAINT},
    Intent.PROFILE: frozenset(
        (Intent.RECOMMEND, Intent.POLICY, Intent.PRODUCT_FACT, Intent.BIRTHDAY, Intent.COMPARE, Intent.PRICE)
    ),
    Intent.BIRTHDAY: frozenset((Intent.GREETING, Intent.CARE)),
    Intent.REACTIVATION: frozenset((Intent.GREETING, Intent.CARE, Intent.CLOSING)),
    Intent.CARE: frozenset((Intent.GREETING, Intent.PRODUCT_FACT, Intent.USAGE, Intent.SUITABILITY, Intent.COMPARE)),
    Intent.TASK: frozenset((Intent.GREETING, Intent.CARE, Intent.REACTIVATION, Intent.CLOSING, Intent.COUPON)),
    Intent.COMPARE: frozenset(
        (Intent.RECOMMEND, Intent.SUITABILITY, Intent.PRODUCT_FACT, Intent.CLOSING, Intent.OBJECTION)
    ),
    Intent.OBJECTION: frozenset((Intent.PRICE, Intent.CLOSING, Intent.RECOMMEND, Intent.COMPARE)),
    Intent.SUITABILITY: frozenset((Intent.RECOMMEND, Intent.PRODUCT_FACT, Intent.GREETING)),
    Intent.USAGE: frozenset((Intent.SUITABILITY, Intent.RECOMMEND, Intent.COMPARE, Intent.GREETING)),
    Intent.POLICY: frozenset((Intent.PRICE, Intent.CLOSING, Intent.GREETING, Intent.RECOMMEND)),
    Intent.STOCK: frozenset((Intent.RECOMMEND, Intent.GREETING)),
    Intent.PRODUCT_FACT: frozenset((Intent.GREETING, Intent.RECOMMEND)),
    Intent.CLOSING: frozenset((Intent.RECOMMEND, Intent.GREETING)),
    Intent.RECOMMEND: frozenset((Intent.GREETING,)),
    Intent.PRICE: frozenset((Intent.GREETING,)),
    Intent.COUPON: frozenset((Intent.GREETING,)),
}
"""What an intent makes of others that its own words also touch."""

_STAGES: Mapping[Intent, Stage] = {
    Intent.RECOMMEND: Stage.RECOMMENDATION,
    Intent.SUITABILITY: Stage.RECOMMENDATION,
    Intent.PRODUCT_FACT: Stage.RECOMMENDATION,
    Intent.COMPARE: Stage.RECOMMENDATION,
    Intent.USAGE: Stage.RECOMMENDATION,
    Intent.STOCK: Stage.CLOSING,
    Intent.PRICE: Stage.PRICE,
    Intent.COUPON: Stage.PRICE,
    Intent.OBJECTION: Stage.OBJECTION,
    Intent.CLOSING: Stage.CLOSING,
    Intent.POLICY: Stage.AFTER_SALES,
    Intent.COMPLAINT: Stage.AFTER_SALES,
    Intent.GREETING: Stage.GREETING,
    Intent.BIRTHDAY: Stage.CARE,
    Intent.CARE: Stage.CARE,
    Intent.TASK: Stage.CARE,
    Intent.REACTIVATION: Stage.REACTIVATION,
}

_USE = re.compile(
    r"(?:能不能|可不可以|可以不可以|可否|能否|能够|还能|能|可以|怎么|咋|如何|一起|同时|叠加)[^,。;!?\n\s用]{0,4}用(?:得上|得了|得着|上)?|用得[上了着]"
)
_PAYING = re.compile(
    r"券|优惠|折扣|\d折|打折|红包|积分|满\d+|减\d+|[这那两几]张(?!面膜|贴)|储值|礼品卡|余额|花呗|分期|信用卡|微信|支付宝|现金|会员价"
)
_ANOTHER_MATTER = re.compile(r"有没有|有|还|给|打|能|可以|是不是")
_BARE = re.compile(r"为啥|为什么|怎么|咋|那|就|又|都|还|现在|不|也|客户|她|他|说|问|这个|是")
_CLAUSE_BREAK = re.compile(r"[,。;!?\n\s]")
_USED_ON = re.compile(r"^(?:[在于到]|吗|么|嘛|不|没|呢|啊|呀|了|的|哪|多少|什么|啥|$)")
_BOUGHT = re.compile(r"买了|收到|到货了|拿到|已经买|买回|开始用")


@dataclass(frozen=True)
class Wants:
    """The needs of a text, the leading one first."""

    intent: Intent
    also: tuple[Intent, ...] = ()


@dataclass(frozen=True)
class _Expressions:
    intents: Mapping[Intent, re.Pattern[str]]
    topics: Mapping[str, re.Pattern[str]]
    soft_topics: frozenset[str]
    topic_words: Mapping[str, str]
    scenes: Mapping[Scene, re.Pattern[str]]
    refinements: Mapping[Refinement, re.Pattern[str]]
    refusals: Mapping[RefusalReason, re.Pattern[str]]


@lru_cache(maxsize=1)
def _expressions() -> _Expressions:
    read = packaged("assistant.flow.words", "expressions.yaml")

    def either(expressions: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{expression})" for expression in expressions))

    return _Expressions(
        {Intent(name): either(lines) for name, lines in read["intents"].items()},
        {name: either(lines) for name, lines in read["policy_topics"].items()},
        frozenset(read["soft_topics"]),
        read["topic_words"],
        {Scene(name): either(lines) for name, lines in read["scenes"].items()},
        {Refinement(name): either(lines) for name, lines in read["refinements"].items()},
        {RefusalReason(name): either(lines) for name, lines in read["refusals"].items()},
    )


def policy_topics(text: str) -> tuple[str, ...]:
    """List the policy topics a folded text touches, in reading order."""
    topics = _expressions().topics
    spans = {name: match.span() for name, expression in topics.items() if (match := expression.search(text))}
    # 跌了能退吗 asks for the difference; the 能退 inside asks for nothing of its own
    whole = [name for name, span in spans.items() if not any(_inside(span, other) for other in spans.values())]
    return tuple(sorted(whole, key=lambda name: spans[name][0]))


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def topic_words(topic: str) -> str:
    """Return the words in which a shop's rules write of a topic."""
    return _expressions().topic_words.get(topic, topic)


def as_rules_say(topics: tuple[str, ...]) -> tuple[str, ...]:
    """Return topics with the words in which rules write of them.

    几天能到 shares no word with 付款后 24 小时内发出, yet both are about 物流: rules have their own words for it.
    """
    return tuple(dict.fromkeys((*topics, *(word for topic in topics for word in topic_words(topic).split()))))


def touches(topic: str, text: str) -> bool:
    """Say whether a folded text, a question or a rule, is about a topic."""
    return _expressions().topics[topic].search(text) is not None or topic in text


def place_of(topic: str, text: str) -> int | None:
    """Return where a folded text begins to speak of a topic."""
    match = _expressions().topics[topic].search(text)
    return match.start() if match else None


def opts_out(text: str) -> bool:
    """Say whether somebody wants no more advertising: 退订, 别再给我发广告了."""
    return _expressions().topics["退订"].search(fold(text)) is not None


def is_soft(topic: str) -> bool:
    """Say whether a topic alone makes no question about policy."""
    return topic in _expressions().soft_topics


def wants(text: str, topics: tuple[str, ...]) -> Wants | None:
    """Say what a folded text asks for, or None where no expression fits."""
    of_goods = _without_paying(text)
    spoken = {
        intent: match.start()
        for intent, expression in _expressions().intents.items()
        if (match := expression.search(of_goods if intent in (Intent.SUITABILITY, Intent.USAGE) else text))
    }
    if complains(text):
        spoken[Intent.COMPLAINT] = 0
    hard = [topic for topic in topics if topic not in _expressions().soft_topics]
    if hard or (topics and not set(spoken) - {Intent.POLICY, Intent.PRODUCT_FACT, Intent.RECOMMEND, Intent.GREETING}):
        # what was taken off the text (names, 收 of 回收) may have been the word for the topic: then it leads
        first = min(
            (match.start() for topic in topics if (match := _expressions().topics[topic].search(text))), default=0
        )
        spoken[Intent.POLICY] = min(first, spoken.get(Intent.POLICY, first))
    ordered = [
        intent for rank in _RANKS for intent in sorted((one for one in rank if one in spoken), key=spoken.__getitem__)
    ]
    kept: list[Intent] = []
    for intent in ordered:
        if not any(intent in _SWALLOWS.get(leading, frozenset()) for leading in kept):
            kept.append(intent)
    return Wants(kept[0], tuple(kept[1:])) if kept else None


def _without_paying(text: str) -> str:
    """Blank 能用 where a coupon, points or a way to pay is used, so that only goods are asked to suit."""
    for match in reversed(list(_USE.finditer(text))):
        if _is_paid_with(text, match):
            text = text[: match.start()] + "\0" * len(match.group()) + text[match.end() :]
    return text


def _is_paid_with(text: str, use: re.Match[str]) -> bool:
    """Say whether what follows 用 in its clause is no product, or, where nothing follows, whether what stands before is."""
    before = _CLAUSE_BREAK.split(text[: use.start()])[-1]
    after = _CLAUSE_BREAK.split(text[use.end() :])[0]
    if _USED_ON.match(after):
        # 为啥不能用了，优惠券有啥规定: the clause names nothing, the rest of the message does
        nearby = before if _BARE.sub("", before) else text
        return _PAYING.search(nearby) is not None or _PAYING.search(after) is not None
    return _PAYING.search(_ANOTHER_MATTER.split(after)[0]) is not None


def scene_of(text: str) -> Scene:
    """Return where a text will be read; a group is named by its word, everything else is private."""
    return next(
        (scene for scene, expression in _expressions().scenes.items() if expression.search(text)), Scene.PRIVATE
    )


def stage_of(intent: Intent, scene: Scene, text: str) -> Stage:
    """Return where a sale stands when this is asked; how to use what she has bought already is after-sales."""
    if intent is Intent.GROUP_POST:
        return Stage.PRICE if scene is Scene.GROUP_MARKETING else Stage.RECOMMENDATION
    if intent is Intent.USAGE and _BOUGHT.search(text):
        return Stage.AFTER_SALES
    return _STAGES.get(intent, Stage.DISCOVERY)


@dataclass(frozen=True)
class Refined:
    """A wish about the wording, and the text without it."""

    refinement: Refinement
    start: int
    rest: str


def refinement_of(text: str) -> Refined | None:
    """Find how a draft should change; not mentioning coupons weighs more than the manner."""
    for refinement, expression in _expressions().refinements.items():
        match = expression.search(text)
        if match:
            return Refined(refinement, match.start(), text[: match.start()] + text[match.end() :])
    return None


def refusal_of(text: str) -> RefusalReason:
    """Return why drafts are refused, as far as it is said."""
    found = (reason for reason, expression in _expressions().refusals.items() if expression.search(text))
    return next(found, RefusalReason.OTHER)
