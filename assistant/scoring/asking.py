"""A question taken apart: what it speaks of, what it wants to know of it, and the products it names.

Words for the same thing become one word (``asking_words.txt``, and the shop's own synonyms before it), and each says how much
it tells: a listed word all, another by its part of speech and by how seldom general Chinese says it. Several questions
together are read as one that says each thing as often as they do.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple, TypeVar

from knowledge.noun import Labelled
from knowledge.words.wording import general_wording

Synonyms = tuple[tuple[str, ...], ...]
"""Groups of words for the same thing."""

_SINGLE = 0.6
"""A single character has many meanings: it tells less, listed or not."""
_CUT_OUT = 0.9
_LITTLE_TELLS = 0.1
_NOTHING_TELLS = 0.03
_LOOKED_FOR = 0.12
"""A word that tells less finds nothing: every other question has it."""


class Kind(StrEnum):
    """What a word is, as it is listed in asking_words.txt."""

    DEED = "deed"
    STATE = "state"
    ONE = "one"
    MATTER = "matter"
    GOODS = "goods"
    OTHER = "other"


class Wants(Labelled):
    """What a question wants to know of its matter."""

    HOW_OFTEN = "often", "多久一次"
    HOW_LONG = "howlong", "多久"
    WHEN = "when", "什么时候"
    FREE = "free", "要不要钱"
    PRICE = "price", "多少钱"
    WHERE = "where", "在哪里"
    WHO = "who", "谁承担"
    WHY = "why", "为什么"
    AGE = "age", "几岁能用"
    WARMTH = "temp", "多少度"
    SIZE = "size", "多大多重"
    LEAST = "least", "最少多少"
    MOST = "most", "最多多少"
    HOW_MANY = "howmany", "多少"
    REMEDY = "help", "怎么办"
    HOW = "how", "怎么做"
    WHICH = "which", "哪个"
    WHAT = "what", "是什么"
    CONTAINS = "contain", "含不含"
    GOOD = "good", "好不好"
    WITHOUT = "without", "没有会怎样"
    EXISTS = "exists", "有没有"
    WHETHER = "can", "行不行"
    IS = "is", "是不是"


class Sort(StrEnum):
    """Wants that ask for the same sort of answer."""

    TIME = "time"
    MONEY = "money"
    PLACE = "where"
    PAYER = "who"
    AMOUNT = "amount"
    WAY = "how"
    THING = "what"


SORTS: Mapping[Sort, tuple[Wants, ...]] = {
    Sort.TIME: (Wants.HOW_LONG, Wants.WHEN, Wants.HOW_OFTEN),
    Sort.MONEY: (Wants.FREE, Wants.PRICE),
    Sort.PLACE: (Wants.WHERE,),
    Sort.PAYER: (Wants.WHO,),
    Sort.AMOUNT: (Wants.HOW_MANY, Wants.LEAST, Wants.MOST, Wants.SIZE),
    Sort.WAY: (Wants.HOW, Wants.REMEDY),
    Sort.THING: (Wants.WHAT, Wants.WHICH, Wants.CONTAINS),
}
_SAID: Mapping[Wants, str] = {
    Wants.HOW_OFTEN: r"(?:多久|多长时间|隔多久|几天|几个?月|几个?小时|多少天)(?:才|要|再)?(?:\S{0,3})一[次回遍]"
    r"|一[天周月年]\S{0,2}几[次回]|频率|天天|每天|经常",
    Wants.HOW_LONG: r"(?<!提前)(?:多少|几)个?(?:工作)?(?:天|日|周|星期|礼拜|月|年|小时|钟头|分钟)(?:之?内|以内)?"
    r"|(?<!隔)多久(?:之?内)?|多长时间|多长|时间限制|时长|[一二三四五六七八九十半两]+(?:天|周|个?月|年|个?小时)",
    Wants.WHEN: r"什么时候|什么时间|啥时候|何时|几时|几号|哪[天年]|几点|最晚|什么日子",
    Wants.FREE: r"免费|要不要钱|要钱|收不收费|收费|给钱|加钱|花钱|掏钱|白送|另外给钱",
    Wants.PRICE: r"多少钱|几块钱?|几元|几百块?|几千|什么价|价格|贵不贵|贵吗|花多少|费用|怎么收|怎么算|怎么收费|收多少|什么价格"
    r"|多少一[克个件]",
    Wants.WHERE: r"在?哪(?:里|儿|边)|在哪|怎么走|几楼|什么地方|哪个口|往哪|从哪|入口",
    Wants.WHO: r"算?谁(?:出|付|承担|给|来出|来付|的|头上|掏)?|(?:客户|顾客|我们|自己|店里|你们)(?:出|付|承担|掏)",
    Wants.WHY: r"为什么|为啥|怎么回事|什么原因|凭什么|咋回事|正常吗|正常不|正不正常|怎么没|咋还没",
    Wants.AGE: r"几岁|多大年纪|多大的?(?:孩子|宝宝|娃)|几个?月(?:大|吃|能|可以)|[一二三四五六七八九十半]+[岁]|月龄|年龄",
    Wants.WARMTH: r"多少度|几度|温度|水温",
    Wants.SIZE: r"多大|什么码|几码|哪个码|多重|多高|多厚|几斤|几厘米|尺寸",
    Wants.LEAST: r"最少|最低|起订量|起订|份起|几[份件]算|至少",
    Wants.MOST: r"最多|限制|上限|限几",
    Wants.HOW_MANY: r"(?:多少|几)(?:张|个|次|件|瓶|分|份|折|倍|粒|片|颗|克|勺|期|种|只|斤|毫升|多)?(?!钱|天|号|点|块|元|楼)",
    Wants.REMEDY: r"怎么办|咋办|怎么处理|咋处理|咋整|怎么解决|如何处理",
    Wants.HOW: r"怎么样?|如何|怎样|咋|流程|步骤|方法|方式",
    Wants.WHICH: r"哪(?:个|款|种|些|家|几)|什么样的?",
    Wants.WHAT: r"什么|啥|哪些|内容",
    Wants.CONTAINS: r"含不含|含|里面?有没有|成分",
    Wants.GOOD: r"好不好|管用|有用|效果|划算|适合|合适|安全|影响",
    Wants.WITHOUT: r"没有|没带|没|不用|忘记?了?|丢了?|找不到|不见",
    Wants.EXISTS: r"有没有|有没|有不有|有吗|有(?=\S*[吗不没]$)|支持",
    Wants.WHETHER: r"能不能|可不可以|行不行|得不得|让不让|能否|可以|允许|能|行|可",
    Wants.IS: r"是不是|会不会|要不要|用不用|是|会|要",
}
_WANTS = tuple((want, re.compile(said)) for want, said in _SAID.items())
# these words are part of the matter too: 含酒精, 水温, 没小票
_STAYS = frozenset({Wants.WARMTH, Wants.SIZE, Wants.CONTAINS, Wants.GOOD, Wants.WITHOUT})
_IMPLIED: Mapping[str, Wants] = {
    "有效期": Wants.HOW_LONG,
    "保质期": Wants.HOW_LONG,
    "价格": Wants.PRICE,
    "金价": Wants.PRICE,
    "地址": Wants.WHERE,
    "产地": Wants.WHERE,
    "手续费": Wants.FREE,
    "大小": Wants.SIZE,
    "厚薄": Wants.SIZE,
    "承重": Wants.SIZE,
    "鉴别": Wants.HOW,
    "双十一": Wants.WHEN,
}
_A_FEE = re.compile(r"(?<![免运])[\u3400-\u9fff](?<![免运])费")
_GARMENT_SIZES = frozenset(("s", "m", "l", "xl", "xxl", "xs"))
_SIZE = "大小"
# how the question is put, not what it is about
_MANNER = re.compile(
    r"请问|想问|问一?下|帮忙|帮我|帮看看|麻烦|你们|咱们|我们|一下|吗|呢|呀|啊|吧|不$|没$|呗|伐|哦|的话|客人|顾客|客户|亲"
    r"|没(?=$| )|多一点"
)
# they narrow nothing down: nearly every question of a shop may have them
_LITTLE = frozenset(
    [
        "店",
        "店里",
        "门店",
        "本店",
        "商场",
        "柜台",
        "买",
        "购买",
        "下单",
        "想要",
        "想",
        "商品",
        "产品",
        "东西",
        "时间",
        "期间",
        "服务",
        "带",
        "来",
        "进来",
        "进",
        "用",
        "之后",
        "之内",
        "内",
        "大概",
        "一般",
        "打",
        "做",
        "办",
        "开",
        "算",
        "出",
        "给",
        "付",
        "需要",
        "上",
        "去",
        "今年",
        "提前",
        "份",
        "看",
        "查",
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
        "到",
        "要",
        "里",
        "这个",
        "那个",
        "这款",
        "个",
        "件",
        "让",
        "再",
        "还",
        "现在",
        "昨天",
        "今天",
        "明天",
        "别的",
        "会",
        "是",
        "在",
        "我",
        "你",
        "他",
        "她",
        "它",
        "的",
        "了",
        "放",
        "家",
        "人",
    ]
)
_COMMON_CHARACTERS = frozenset("的了吗呢不我你他这那有是能可以要在给个一怎么什啥多少几没会就还和跟")
# what a word of this part of speech tells of the matter; the first letter of the cutter's tag decides
_TELLS = {
    **dict.fromkeys("dqfm", 0.3),
    **dict.fromkeys("rpcuyo", 0.1),
    **dict.fromkeys("abil", 0.8),
    **dict.fromkeys("tsz", 0.6),
}
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_NOT_SAID = re.compile(r"[^\u3400-\u9fffa-z0-9]")
_LISTED = re.compile("(\x01[^\x02]*\x02)")
_FIRST_HAN = "\u3400"
_EVERYDAY, _SPAN, _LEAST = 13.0, 9.0, 0.15


class Asked(NamedTuple):
    """A question taken apart, or several as one: every figure is then the mean over them.

    ``words`` say how much each tells (0 to 1), ``kinds`` what each is; ``letters`` and ``pairs`` are single characters and
    neighbours, which find a word that is listed nowhere. ``skus`` are products that all of them name.
    """

    words: Mapping[str, float]
    kinds: Mapping[str, Kind]
    wants: Mapping[Wants, float]
    sorts: Mapping[Sort, float]
    letters: Mapping[str, float]
    pairs: Mapping[str, float]
    length: float
    skus: frozenset[str]
    questions: int = 1

    @property
    def looked_for(self) -> frozenset[str]:
        """Every word by which a question like this one may be found."""
        return frozenset(word for word, told in self.words.items() if told > _LOOKED_FOR)


class _Listed(NamedTuple):
    """``first`` is the word that stands for each listed one."""

    phrases: re.Pattern[str]
    first: Mapping[str, str]
    kinds: Mapping[str, Kind]


@lru_cache(maxsize=1)
def _sections() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    section = ""
    for line in files("assistant.scoring").joinpath("asking_words.txt").read_text(encoding="utf-8").splitlines():
        words = tuple(line.split("#")[0].split())
        if line.startswith("["):
            section = line.strip("[]")
        elif words:
            found.setdefault(section, []).append(words)
    return {name: tuple(groups) for name, groups in found.items()}


@lru_cache(maxsize=8)
def _listed(own: Synonyms, but: frozenset[str]) -> _Listed:
    first: dict[str, str] = {word: group[0] for group in own for word in group}
    kinds = dict.fromkeys(first.values(), Kind.GOODS)
    for kind in (one for one in Kind if one is not Kind.OTHER):
        for words in _sections()[kind]:
            if words[0] in but:
                continue
            # a shop's own word for it stands before ours
            stands = next((first[word] for word in words if word in first), words[0])
            kinds[stands] = kind
            for word in words:
                first.setdefault(word, stands)
    longest = sorted((word for word in first if len(word) > 1), key=lambda word: (-len(word), word))
    return _Listed(re.compile("|".join(map(re.escape, longest))), first, kinds)


def heads() -> tuple[str, ...]:
    """Every word that stands for others."""
    return tuple(sorted({words[0] for kind in Kind if kind is not Kind.OTHER for words in _sections()[kind]}))


@lru_cache(maxsize=1)
def goods_named() -> Mapping[str, str]:
    """Names of goods of two characters and more, each with the one that stands for it."""
    return {word: words[0] for words in _sections()[Kind.GOODS] for word in words if len(word) > 1}


@lru_cache(maxsize=1)
def _near() -> frozenset[tuple[str, str]]:
    lines = [(words[0], other) for words in _sections()["near"] for other in words[1:]]
    return frozenset(pair for one, other in lines for pair in ((one, other), (other, one)))


_NEAR_BY = 0.6


@lru_cache(maxsize=65536)
def kinship(word: str, other: str) -> float:
    """How far a word may stand for another, 0 to 1: they are listed as near, or share characters that are not common ones."""
    if (word, other) in _near():
        return _NEAR_BY
    shared = set(word) & set(other)
    if not shared:
        return 0.0
    seldom = min(1.0, sum(map(_seldom, sorted(shared))) / len(shared) * 1.2)
    return len(shared) / max(len(word), len(other)) * seldom


@lru_cache(maxsize=16384)
def _seldom(word: str) -> float:
    """How seldom general Chinese says a word, 0.15 to 1."""
    return max(_LEAST, min(1.0, (_EVERYDAY - math.log(1 + max(1, general_wording().commonness(word)))) / _SPAN))


# ---- reading -----------------------------------------------------------------------------------


def read(question: str, skus: Iterable[str] = (), own: Synonyms = (), but: frozenset[str] = frozenset()) -> Asked:
    """Take a question apart; ``skus`` are the products understanding found in it, ``own`` the shop's own synonyms.

    ``but`` are listed words to do without: learning from questions whose words are listed nowhere needs them.
    """
    return _read(question, own, but)._replace(skus=frozenset(skus))


@lru_cache(maxsize=8192)
def _read(question: str, own: Synonyms, but: frozenset[str]) -> Asked:
    text = general_wording().fold(question)
    words, kinds = _words(text, _listed(own, but))
    wants = {want for want, said in _WANTS if said.search(text)}
    wants.update(want for word, want in _IMPLIED.items() if word in words)
    if _A_FEE.search(text) and "运费" not in words:
        wants.add(Wants.PRICE)
    said = _NOT_SAID.sub("", _MANNER.sub(" ", text))
    return Asked(
        words=words,
        kinds=kinds,
        wants=dict.fromkeys(sorted(wants), 1.0),
        sorts={sort: 1.0 for sort, of in SORTS.items() if not wants.isdisjoint(of)},
        letters={one: _seldom(one) for one in said if one not in _COMMON_CHARACTERS},
        pairs=dict.fromkeys(map("".join, zip(said, said[1:], strict=False)), 1.0),
        length=float(len(said)),
        skus=frozenset(),
    )


def _words(text: str, listed: _Listed) -> tuple[dict[str, float], dict[str, Kind]]:
    words: dict[str, float] = {}
    kinds: dict[str, Kind] = {}

    def take(word: str, told: float, kind: Kind) -> None:
        words[word] = max(words.get(word, 0.0), told)
        kinds.setdefault(word, kind)

    marked = listed.phrases.sub(lambda met: f" \x01{listed.first[met.group()]}\x02 ", text)
    for part in _LISTED.split(marked):
        if part.startswith("\x01"):
            take(part[1:-1], 1.0, listed.kinds[part[1:-1]])
            continue
        for want, said in _WANTS:
            if want not in _STAYS:
                part = said.sub(" ", part)
        for run in _RUN.findall(_MANNER.sub(" ", part)):
            for word, tag in general_wording().tagged(run) if run[0] >= _FIRST_HAN else [(run, "eng")]:
                stands = listed.first.get(word)
                if stands is not None:
                    take(stands, _SINGLE if len(word) == 1 else _CUT_OUT, listed.kinds[stands])
                elif word in _GARMENT_SIZES:
                    take(_SIZE, _SINGLE, Kind.STATE)
                elif (told := _told(word, tag)) >= _NOTHING_TELLS:
                    take(word, told, Kind.OTHER)
    return words, kinds


def _told(word: str, tag: str) -> float:
    told = _TELLS.get(tag[:1], 1.0) * _seldom(word) * (_SINGLE if len(word) == 1 else 1.0)
    return min(told, _LITTLE_TELLS) if word in _LITTLE or general_wording().says_nothing(word) else told


_Of = TypeVar("_Of")


def together(asked: Sequence[Asked]) -> Asked:
    """Read several questions as one: what each says, as often as they say it. Products only as far as all name them."""
    if len(asked) == 1:
        return asked[0]
    count = sum(one.questions for one in asked)
    shares = [one.questions / count for one in asked]

    def mean(figures: Iterable[Mapping[_Of, float]]) -> dict[_Of, float]:
        found: dict[_Of, float] = {}
        for share, of in zip(shares, figures, strict=True):
            for one, value in of.items():
                found[one] = found.get(one, 0.0) + share * value
        return found

    return Asked(
        words=mean(one.words for one in asked),
        kinds={word: kind for one in asked for word, kind in one.kinds.items()},
        wants=mean(one.wants for one in asked),
        sorts=mean(one.sorts for one in asked),
        letters=mean(one.letters for one in asked),
        pairs=mean(one.pairs for one in asked),
        length=sum(share * one.length for share, one in zip(shares, asked, strict=True)),
        skus=frozenset.intersection(*(one.skus for one in asked)),
        questions=count,
    )
