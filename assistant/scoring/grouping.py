"""Which questions ask the same: what they speak of, what they want to know of it, and the products they name.

No model: two questions belong together when they share the words that tell something and not each has a telling word of
its own that the other lacks (退货几天 and 换货几天), when they want to know the same kind of thing (自提要几天 and
自提要钱吗 do not), and when they name the same products. Rare words count more. The same questions in the same order
always make the same groups, and ``Likeness.shared`` says by which words.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from knowledge.noun import Labelled
from knowledge.words.wording import Wording

SAME = 0.43
"""From this likeness on a question belongs to a topic. See tests/scoring/test_grouping.py for what it gives."""
_BOTH_HAVE_THEIR_OWN = 2.0
_ONE_SAYS_MORE = 0.45
_KINDRED = 0.9
_PART_OF_IT = 0.6
_ONE_CHARACTER_OF_IT = 0.5
_OTHER_KIND = 0.6
_SAYS_LITTLE = 0.15
_LEAST_RARITY = 0.45


class Wants(Labelled):
    """What a question wants to know of its matter."""

    WHEN = "when", "多久、几时"
    MONEY = "money", "多少钱"
    WHERE = "where", "在哪里"
    WHO = "who", "谁承担"
    WHY = "why", "为什么"
    HOW_MANY = "how-many", "多少"
    WHAT = "what", "是什么"
    WHETHER = "whether", "行不行"


class Asked(NamedTuple):
    """A question taken apart. ``words`` are those that tell, each with how much (0..1) and what else it is called."""

    words: Mapping[str, float]
    kindred: Mapping[str, frozenset[str]]
    wants: frozenset[Wants]
    skus: frozenset[str]

    @property
    def looked_for(self) -> frozenset[str]:
        """Every word by which a question like this one may be found."""
        return frozenset(self.words).union(*self.kindred.values())


Synonyms = tuple[tuple[str, ...], ...]
"""Groups of words for the same thing."""


class Likeness(NamedTuple):
    """How alike two questions are, 0..1, and by which words."""

    value: float
    shared: tuple[str, ...]


_WANTS: tuple[tuple[Wants, re.Pattern[str]], ...] = (
    (
        Wants.WHEN,
        re.compile(
            r"(?<!提前)(?:多少|几)个?(?:工作)?(?:天|日|周|星期|月|年|小时)(?:之?内|以内)?|多久(?:之?内)?|多长时间|什么时候|啥时候|何时|几号|哪天|几点"
            r"|期限|时间限制"
        ),
    ),
    (Wants.MONEY, re.compile(r"多少钱|几块钱?|几元|要不要钱|要钱|收不收费|收费|免费|费用|花钱|给钱|加钱|什么价")),
    (Wants.WHERE, re.compile(r"在?哪(?:里|儿|边)|在哪|地址|怎么走|几楼|什么地方|位置")),
    (Wants.WHO, re.compile(r"算?谁(?:出|付|承担|给|来出|来付|的)|(?:客户|顾客|我们|自己|店里)(?:出|付|承担)")),
    (Wants.WHY, re.compile(r"为什么|为啥|怎么回事|什么原因|凭什么")),
    (Wants.HOW_MANY, re.compile(r"(?:多少|几)(?:张|个|次|件|瓶|分|份|折|倍)?(?!钱|天|号|点|块|元|楼)")),
    (Wants.WHAT, re.compile(r"(?:是|有|送|送的|要)(?:些)?(?:什么|啥|哪些)")),
    (
        Wants.WHETHER,
        re.compile(
            r"能不能|可不可以|行不行|有没有|让不让|会不会|要不要|是不是|用不用|可以|支持|允许|能|行|会|吗|么\b|不\b"
        ),
    ),
)
# how the question is put, not what it is about
_MANNER = re.compile(r"怎么办|怎么样?|如何|流程|步骤|怎样|好不好|请问|想问|问一?下|帮忙|帮|处理|收到")
_LITTLE = frozenset(
    (
        *("店", "店里", "门店", "本店", "商场", "柜台", "买", "购买", "下单", "想要", "商品", "产品", "东西", "限制"),
        *(
            "时间",
            "期间",
            "服务",
            "活动",
            "客人",
            "老人",
            "朋友",
            "家人",
            "别人",
            "附近",
            "带",
            "来",
            "进来",
            "进",
            "用",
        ),
        *("之后", "之内", "内", "大概", "一般", "打", "做", "办", "开", "算", "出", "给", "付", "需要", "上", "去"),
        *(
            "线上",
            "今年",
            "一个月",
            "提前",
            "一百",
            "份",
            "期间",
            "看",
            "查",
            "给别人",
            "写",
            "穿",
            "过",
            "完",
            "得",
            "地方",
            "上次",
            "上个月",
            "一年",
            "一次",
            "两个",
            "两张",
            "承担",
            "忘",
            "忘记",
            "刚",
            "款",
            "条",
        ),
    )
)
"""They narrow nothing down: nearly every question of a shop may have them."""


@lru_cache(maxsize=1)
def _wording() -> Wording:
    return Wording()


class _Canon(NamedTuple):
    phrases: re.Pattern[str]
    first: Mapping[str, str]


@lru_cache(maxsize=4)
def _canon(own: Synonyms) -> _Canon:
    first: dict[str, str] = {word: group[0] for group in own for word in group}
    for line in files("assistant.scoring").joinpath("asking_words.txt").read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        # a shop's own word for it stands before ours
        stands = next((first[word] for word in words if word in first), "".join(words[:1]))
        first.update((word, first.get(word, stands)) for word in words)
    longest = sorted((word for word in first if len(word) > 1), key=lambda word: (-len(word), word))
    return _Canon(re.compile("|".join(map(re.escape, longest))), first)


@lru_cache(maxsize=8192)
def _read(question: str, own: Synonyms) -> Asked:
    wording, canon = _wording(), _canon(own)
    text = wording.fold(question)
    wants = set()
    for want, said in _WANTS:
        if said.search(text):
            wants.add(want)
            text = said.sub(" ", text)
    text = canon.phrases.sub(lambda met: f" {canon.first[met.group()]} ", text)
    text = _MANNER.sub(" ", text)
    words: dict[str, float] = {}
    kindred: dict[str, frozenset[str]] = {}
    for part in text.split():
        if part in canon.first:
            words[canon.first[part]] = 1.0
            continue
        for unit in wording.question(part).units:
            word = canon.first.get(unit.word, unit.word)
            told = _SAYS_LITTLE if word in _LITTLE else 1.0 if word != unit.word else unit.weight
            words[word] = max(words.get(word, 0.0), told)
            if unit.kindred:
                kindred[word] = frozenset(unit.kindred)
    return Asked(words, kindred, frozenset(wants), frozenset())


def read(question: str, skus: Iterable[str] = (), own: Synonyms = ()) -> Asked:
    """Take a question apart; ``skus`` are the products understanding found in it, ``own`` the shop's own synonyms."""
    return _read(question, own)._replace(skus=frozenset(skus))


Rarity = Callable[[str], float]
"""How much a word tells, 0..1: the oftener it is said the less."""


def rarity(questions: int, having: Mapping[str, int]) -> Rarity:
    """How much a word tells among so many questions: from 1 (nobody else said it) down, by its inverse frequency."""
    if questions < 2:
        return lambda word: 1.0
    rarest = math.log(1 + questions)

    def of(word: str) -> float:
        return max(_LEAST_RARITY, math.log((1 + questions) / (1 + having.get(word, 0))) / rarest)

    return of


def likeness(one: Asked, other: Asked, rare: Rarity = lambda word: 1.0) -> Likeness:
    """How alike two questions are: what they share against what each has alone."""
    if not _same_products(one, other):
        return Likeness(0.0, ())
    credit = _credits(one, other)
    shared = left_one = left_other = 0.0
    met: list[str] = []
    matched: dict[str, float] = {}
    for word, told in one.words.items():
        weight = told * rare(word)
        partner, part = credit.get(word, ("", 0.0))
        if partner:
            theirs = other.words[partner] * rare(partner)
            shared += part * (weight + theirs) / 2
            matched[partner] = part
            met.append(word)
        left_one += weight * (1 - part)
    for word, told in other.words.items():
        left_other += told * rare(word) * (1 - matched.get(word, 0.0))
    apart = _BOTH_HAVE_THEIR_OWN * min(left_one, left_other) + _ONE_SAYS_MORE * max(left_one, left_other)
    if not shared:
        return Likeness(0.0, ())
    return Likeness(_same_kind(one, other) * shared / (shared + apart), tuple(met))


def _same_products(one: Asked, other: Asked) -> bool:
    return bool(one.skus & other.skus) if one.skus or other.skus else True


def _same_kind(one: Asked, other: Asked) -> float:
    """Both say what they want to know and it differs: not the same. Only one says it: less sure."""
    mine, theirs = one.wants - {Wants.WHETHER}, other.wants - {Wants.WHETHER}
    if mine & theirs or one.wants == other.wants or not (mine or theirs):
        return 1.0
    return 0.0 if mine and theirs else _OTHER_KIND


def _credits(one: Asked, other: Asked) -> dict[str, tuple[str, float]]:
    """For each word its partner in the other question, the best pairs first; a word pairs once."""
    pairs = [
        (part, word, partner)
        for word in one.words
        for partner in other.words
        if (part := _credit(word, partner, one, other))
    ]
    taken: set[str] = set()
    found: dict[str, tuple[str, float]] = {}
    for part, word, partner in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if word not in found and partner not in taken:
            found[word] = (partner, part)
            taken.add(partner)
    return found


def _credit(word: str, partner: str, one: Asked, other: Asked) -> float:
    if word == partner:
        return 1.0
    if partner in one.kindred.get(word, frozenset()) or word in other.kindred.get(partner, frozenset()):
        return _KINDRED
    shorter, longer = sorted((word, partner), key=len)
    if shorter not in longer:
        return 0.0
    return _PART_OF_IT if len(shorter) > 1 else _ONE_CHARACTER_OF_IT


def nearest(asked: Asked, topics: Sequence[Sequence[Asked]], rare: Rarity) -> int | None:
    """The place of the topic a question belongs to, or None when it asks something new.

    A topic is as near as the mean of its nearest question and of all its questions: one odd member draws nothing in.
    """
    best, place = SAME, None
    for number, questions in enumerate(topics):
        values = [likeness(asked, one, rare).value for one in questions]
        value = (max(values) + sum(values) / len(values)) / 2
        if value >= best and (place is None or value > best):
            best, place = value, number
    return place
