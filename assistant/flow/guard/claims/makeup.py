"""What a text says a product is made of, and whom it says it suits: read alike from drafts and from product records.

A value carries its sign: ``+烟酰胺`` says that it is in there, ``-酒精`` that it is not; ``+干皮`` that a product suits,
``-孕妇`` that it does not, ``=油皮`` that it is the customer's own skin. Words only mentioned (对烟酰胺过敏的话, 您是干皮的话) assert nothing.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.vocabulary import Vocabulary
from assistant.turn import ClaimKind

_CLAUSE_END = re.compile(r"[，,。；;！？!?\n]")


class Asserted(NamedTuple):
    """One thing asserted at [start, end) of a folded text, with its sign in ``value``."""

    value: str
    start: int
    end: int


def mark_makeup(scan: Scan) -> None:
    """Mark what a product is said to be made of, and whom it is said to suit."""
    for one in (*contents(scan.text, scan.names.words), *listed_contents(scan.text, scan.names.words)):
        scan.add(ClaimKind.INGREDIENT, one.value, one.start, one.end)
    for one in suits(scan.text, scan.names.words):
        scan.add(ClaimKind.SUITABILITY, one.value, one.start, one.end)


# ---- what is in it -----------------------------------------------------------------------------

_LISTED = r"(?:[、和与及跟或/]|以及|还有)"
_FREE_BEFORE = re.compile(
    r"(?:不含有?|不添加|未添加|没有?添加|没有?加|没放|不加|无添加|无|零|0|不会?有|没有|不使用|免)(?:任何)?(?:一?[点滴丝]儿?)?[：:]?$"
)
_FREE_AFTER = re.compile(
    r"^(?:这?[些类]|等|成分|之类|什么的|一?[点滴丝]儿?|也|都|全|均|统统|一概)*(?:没有?加|没有?添加|不含|没有|不加|没放|未添加|为零|是零)"
)
_MENTIONED_BEFORE = re.compile(
    r"(?:介意|避开|怕|担心|在意|是否含有?|有没有|含不含|有无|要不要|问|忌|避免|不耐受|过敏原|如果|(?<!主)要是)(?:的)?(?:[^，。；]{0,4}[、和])?$"
)
_MENTIONED_AFTER = re.compile(r"^[^，。；]{0,6}(?:过敏|不耐受|敏感的话|的话|吗|么|的问题|的顾虑|成分表|含量|这一项)")
_PLAIN_WORD = re.compile(r"[\u4e00-\u9fffa-z]")


_LIST_CUE = re.compile(
    r"(?:主要成分(?:里)?(?:有|是|为|含|：|:)?|主要用到了?|配方里?(?:是|有|用的是)|成分表里有|成分(?:是|有)|里面(?:加了|添加了)|(?:还|又|额外|特别|另外)?(?:添加|加入|富含|含有)(?:了)?(?:高浓度|大量|珍贵|天然)?的?)"
    r"(?P<list>[^，。；！？!?\n]{2,60})"
)
_ITEM = re.compile(r"[、和与及]|以及|还有")
_NO_ITEM = re.compile(
    r"^(?:之一|什么|哪些|它|这些|那些|多少|一种|很多|任何|不了|您|我|没有|运费|赠品|礼|税|优惠|券|\d+[元块]|微信|好友|群)|\d+元|成分|配方|资料|主要|都|等|吗|呢|的话|介意|确认|适应|一览|表"
)


def listed_contents(text: str, words: Vocabulary) -> Iterator[Asserted]:
    """Yield every member of a list of contents that the vocabulary does not know: a made-up ingredient is told like a real one."""
    for match in (*_LIST_CUE.finditer(text), *_known_lists(text, words)):
        if _FREE_BEFORE.search(text[: match.start()][-6:]) or re.search("[没未不无]$", text[: match.start()]):
            continue
        start = match.start("list")
        for piece in _ITEM.split(match["list"]):
            item = piece.strip(" （）()")
            at = text.find(item, start) if item else -1
            if at >= 0:
                start = at + len(item)
            told = re.sub(r"[（(].*$|(?:是|为).*$|等.*$", "", item)
            if 2 <= len(told) <= 14 and not _NO_ITEM.search(told) and words.ingredients.search(told) is None:
                yield Asserted(f"+{told}", at, at + len(told))


_ANSWERED_NO = re.compile(r"\s*(?:不含有?|没有?含|没有|没加|没添加)的?[呢哦呀啊哈]?\s*")
_MAINLY = re.compile(r"主要是(?P<list>[^，。；！？!?\n]{2,60})")


def _known_lists(text: str, words: Vocabulary) -> Iterator[re.Match[str]]:
    """主要是甘油、…: a list of contents where one of them is an ingredient; 主要是保湿 is none."""
    return (match for match in _MAINLY.finditer(text) if words.ingredients.search(match["list"]))


def contents(text: str, words: Vocabulary) -> Iterator[Asserted]:
    """Yield what a folded text says is, or is not, in a product."""
    answered_no = False
    for clause_start, clause in _clauses(text):
        last_sign, last_end = "", -1
        # 不含的，甘油是它的主要成分: the answer before the sentence counts
        answered_no, denied_before = _ANSWERED_NO.fullmatch(clause) is not None, answered_no
        for match in words.ingredients.finditer(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            between = clause[last_end : match.start()] if last_end >= 0 else None
            continues = between is not None and re.fullmatch(
                rf"[\w\-（）()·]{{0,8}}{_LISTED}[\w\-（）()·]{{0,6}}", between
            )
            if _MENTIONED_BEFORE.search(before) or _MENTIONED_AFTER.match(after):
                last_sign, last_end = "", match.end()
                continue
            sign = (
                "-"
                if denied_before
                or _FREE_BEFORE.search(before)
                or _FREE_AFTER.match(_past_list(after, words.ingredients))
                else "+"
            )
            if continues and last_sign:
                sign = last_sign if sign == "+" else sign
            elif sign == "+" and not _is_told(before, after):
                last_sign, last_end = "", match.end()
                continue
            last_sign, last_end = sign, match.end()
            name = words.name_of.get(match.group(), match.group())
            yield Asserted(f"{sign}{name}", clause_start + match.start(), clause_start + match.end())


_HAS = re.compile(
    r"(?:含有?|有|加了|加入|添加了?|富含|成分|配方|用到了?|用的是|用了|主要是|里面是|里是|为|复配|搭配了|蕴含|采用|萃取)(?:[^，。；]{0,10})[：:]?$"
)
_HAS_AFTER = re.compile(r"^[^，。；]{0,8}(?:成分|配方|含量|是.{0,28}主要成分|精华的配方)")


def _is_told(before: str, after: str) -> bool:
    """Say whether the words around tell what is inside; an ingredient in a name (氨基酸洁面) or a use (抹甘油) does not."""
    return _HAS.search(before) is not None or _HAS_AFTER.match(after) is not None


def _past_list(after: str, words: re.Pattern[str]) -> str:
    """Skip the rest of a list, so that 酒精、香精都没加 denies both."""
    rest = after
    while (step := re.match(rf"{_LISTED}\s*", rest)) is not None:
        following = words.match(rest, step.end())
        if following is None:
            break
        rest = rest[following.end() :]
    return rest


# ---- whom it suits -----------------------------------------------------------------------------

_SUITS_BEFORE = re.compile(
    r"(?<!不)(?<!是否)(?<!合不)(?<!未)(?<!没)(?<!没有)(?:适合|适用于?|适用肤质[^，。；]{0,6}|专为|专给|主要是给|是给|给|对应|也写了|写明了?|标明|标注了?|在范围内的有)(?:的是|的有|的|是|为|就有|了)?[：:]?\s*$"
    r"|(?<!不)(?<!不太)适合[^，。；、]{2,30}的(?:是|有)[：:]?\s*$"
)
_SUITS_NOT_BEFORE = re.compile(
    r"(?:不适合|不太适合|不适用于?|不推荐|不建议|不写明适合|并不适合|不给|不是给)(?:的是|的有|给)?[：:]?\s*$"
    r"|不太?适合[^，。；、]{2,30}的(?:是|有)[：:]?\s*$"
)
_SUITS_AFTER = re.compile(
    r"^(?:的?(?:人|肌肤|皮肤|朋友|人群|时候|肤质|用户|妈妈|期间|妹子|姐妹|阶段)?)(?!(?:可以|能|最好|建议|请|要|就)?(?:先|在耳后|小范围|局部|问|咨询|慎|试))"
    r"(?:也|都|均|就|是|完全|大胆|直接|放心|照样|一样|尽管|随便|同样|长期|天天)*"
    r"(?:能用|可以用|可用|可以放心|能放心|放心用|放心入|用得|适用|可以使用|能使用|用没问题|没问题|没事|安心用|首选|可以抹|可以涂|能抹|能涂|用的|闭眼|必入|无脑|"
    r"随便用|不用怕|不怕|没压力|无压力|没负担|零负担|扛得住|友好|ok|稳得很|很稳|合适|(?:也|都|照样|一样|直接|完全|大胆|放心|尽管)(?:用|能|可以|行|涂|抹|敷|上脸|吃|喝|戴|使)|(?:它)?也写|"
    r"看(?![医看下一])|可以试|写了|写明了?|也写了)"
)
_CLEARED = re.compile(
    r"^(?:的|人群?|们|肌肤|皮肤|肤质|头皮|发质|朋友|期间|期|时候?|阶段|妈妈|姐妹|宝宝|老师|以上|以下|再|刚|来说|来讲|而言|小朋友|孩子|小孩)*(?!(?:可以|能|最好|建议|请|要|就|先)*(?:先|在耳后|小范围|局部|问|咨询|慎|试))"
    r"(?:(?:也|都|就|均|全|照样|照旧|照|一样|同样|直接|完全|绝对|大胆|放心|安心|随便|尽管|天天|经常|长期|每天|拿来|接着|继续|放开|敢|能|可以|可|得|没?少|在|爱|喜欢)+(?:用|抹|涂|擦|敷|吃|喝|戴|穿|使|入|上脸|上身|搽|碰|沾|玩|坐|睡|洗|泡|买|回购)"
    r"|(?:(?:也|都|完全|绝对|一样|根本|照样|很|特别|超|最)*(?:用|抹|涂|擦|敷|吃|喝|戴|穿|使|搽|洗|泡|睡|坐|玩)?(?:起来|着|了|上|它|这个|这款)?(?:也|都|完全|绝对|是)*(?:没问题|没有问题|没毛病|没事|没关系|不要紧|不碍事|不影响|没影响|不怕|无碍|无妨|不妨事|无害|没啥|不担心|不用担心|不用怕|放心|安全|安心|友好|不刺激|无刺激|受得了|受得住|扛得住|耐受|能行|稳|ok|用得|吃得|穿得|喝得|戴得|适用|首选|专用|特供|福音|必备)))"
)
_SUITS_NOT_AFTER = re.compile(
    r"^(?:的?(?:人|肌肤|皮肤|朋友|人群|时候|肤质|期间)?)(?:就|都|先|也|是|请|最好)*(?:不能用|不可以?用|不建议|不适合|不适用|不推荐|别用|慎用|禁用|勿用|先别|不要用|用不了)"
)
_ONLY_MENTIONED = re.compile(
    r"^(?:的话|要是|如果|吗|么|呢|能不能|可不可以|是不是|会不会|没有?写|没有?提|没有?说|它没写|未标注|没写到|不在)"
)


_ASKED = re.compile(r"^[^，。；]{0,10}(?:吗|么|嘛|[?？])")
_HERS_BEFORE = re.compile(r"(?:您(?:是|的?(?:皮肤|肤质)是)|按您|照您)(?:的)?$")


def suits(text: str, words: Vocabulary) -> Iterator[Asserted]:
    """Yield whom a folded text says a product suits, or does not suit."""
    for clause_start, clause in _clauses(text):
        last_sign, last_end = "", -1
        for match in words.suited.finditer(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            rest = _past_list(after, words.suited)
            between = clause[last_end : match.start()] if last_end >= 0 else None
            continues = between is not None and re.fullmatch(rf"[的肌肤皮肤质人]{{0,3}}{_LISTED}(?:是)?", between)
            if _HERS_BEFORE.search(before):
                sign = "="
            elif _ONLY_MENTIONED.match(rest) or _ASKED.match(rest):
                sign = ""
            elif _SUITS_NOT_BEFORE.search(before) or _SUITS_NOT_AFTER.match(rest):
                sign = "-"
            elif _SUITS_BEFORE.search(before) or _SUITS_AFTER.match(rest) or _CLEARED.match(rest):
                sign = "+"
            else:
                sign = last_sign if continues else ""
            last_sign, last_end = sign, match.end()
            if sign:
                name = words.name_of.get(match.group(), match.group())
                yield Asserted(f"{sign}{name}", clause_start + match.start(), clause_start + match.end())


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in (*(match.start() for match in _CLAUSE_END.finditer(text)), len(text)):
        if end > start:
            yield start, text[start:end]
        start = end + 1
