"""What the words say beside the intent: money, pieces, what to leave out, and the worries of the trade."""

import re
from dataclasses import dataclass

import cn2an

from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.vocabulary import Term, TermKind
from assistant.turn import Slots

_NUMBER = r"(?:\d+(?:\.\d+)?[万千百kw]?\d*|[零一二两三四五六七八九十百千万]+)"
_UNIT = r"(?:块钱|块|元|rmb|¥|圆)"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})\s?{_UNIT}?\s?(?:-|~|到|至|—)\s?(?P<high>{_NUMBER})\s?(?P<unit>{_UNIT})?(?P<mark>的|左右|之间|以内|预算|价位)?"
)
_NEAR = re.compile(
    r"(?<![一二两三四五六七八九])(?P<low>[一二两三四五六七八九])(?P<high>[二两三四五六七八九])(?P<scale>[百千万])(?!\d)"
)
_BOUND = re.compile(
    rf"(?:(?:不超过|别超过|不要超过|低于|最多|控制在|预算(?:是|大概|差不多|也就|只有|在|就)?|人均)\s?[:：]?(?P<before>{_NUMBER})(?P<many>多)?)"
    rf"|(?:(?P<after>{_NUMBER})(?P<more>多)?\s?{_UNIT}?\s?(?:以内|以下|之内|内(?!容)|左右|上下|封顶|的预算|预算|价位))"
)
_AROUND = re.compile(r"(?:(?P<about>百元)(?:左右|以内|价位)?|(?P<hundreds>[一二两三四五六七八九]?)百(?:来|把)块)")
_PRICED = re.compile(
    rf"(?<![满减抵送补差])(?P<number>{_NUMBER})(?P<more>多)?\s?{_UNIT}(?:钱)?(?:的|能|可以|够|买|左右|吧|$)"
)
_FLOOR = re.compile(
    rf"(?:(?:不低于|不少于|至少|最少|起码|高于)\s?(?P<before>{_NUMBER})\s?{_UNIT}?)"
    rf"|(?:(?P<after>{_NUMBER})\s?{_UNIT}?\s?(?:以上|起步?(?!码)|往上|朝上|开外))"
)
_ROUGHLY = re.compile(r"左右|上下|价位|大概|差不多")
_NOT_A_BUDGET = re.compile(r"(?:满|减|抵|送|返|立减|积分|券)$")

_PIECE = r"(?:支|瓶|盒|件|套|台|罐|管|片装|包|双|条|只|份|箱|提|组|桶|袋|块|把)"
_COUNTED = re.compile(
    rf"(?:(?P<verb>买|要|拿|来|下单|囤|带|入|订|拍|换成|一次|再加)了?(?:个)?|^|[,。\s]|一共)"
    rf"(?P<number>\d{{1,2}}|[一两二三四五六七八九十]{{1,2}})(?P<piece>{_PIECE}|个(?!月|小时|多|星期|礼拜))(?!装|套|送|免|一次|多大|多少毫升)"
)

_AVOID = re.compile(
    r"(?:不要|别|不含|无|没有|没|不能有|不能含|不能要|不带|不想要|去掉|避开|不加|零|0|怕|不喜欢)(?:有|含|添加|加|太)?(?P<what>[^,。!?\n\s]{1,8})"
)
_ALLERGIC = re.compile(r"对(?P<what>[^,。!?\n]{1,8}?)(?:成分)?(?:会|有点|很)?(?:过敏|不耐受)")
_ALLERGY = re.compile(r"(?P<what>[^,。!?;\s对]{1,6})(?:严重)?过敏(?=的|者|史|体质|人|孩子|$|[,。!?;\s])")
"""花生过敏的推荐什么: what she does not stand is said before the word."""
_ASKED = re.compile(r"有(?:没有|无)|含不含|有不有|^有|(?:有|含|添加)[^,。\n]{0,4}(?:吗|不$|嘛|么|没)")
_UNWANTED_FEATURE = re.compile(r"(?:不要|不需要|不想要|别要)(?P<what>[^,。!?\n\s的提说写太]{2,6})(?:功能|款)?的")


@dataclass(frozen=True)
class PriceSaid:
    """A price as somebody said it, in 分, and where. ``around`` is 三百左右: the figure itself stands in ``high_fen``."""

    low_fen: int | None
    high_fen: int | None
    around: bool
    spans: tuple[tuple[int, int], ...]


def price_said(text: str, selling: bool, *, described: bool = False) -> PriceSaid | None:
    """Read 200-300, 不超过两百, 三百左右, 300以上. Bare 三百块 counts only where a product is looked for (``selling``),
    a bare 200-300 only in words that do nothing but describe one (``described``)."""
    upper, floor = _upper(text, selling, described=described), _FLOOR.search(text)
    if floor and not _coupon_figure(text, floor.start()):
        low = _fen(floor.group("before") or floor.group("after"))
        inside = upper is not None and any(start < floor.end() and floor.start() < end for start, end in upper.spans)
        if low is not None and (upper is None or inside):
            return PriceSaid(low, None, False, (floor.span(),))
        if low is not None and upper is not None:
            return PriceSaid(low, upper.high_fen, False, (floor.span(), *upper.spans))
    return upper


def budget_fen(text: str, selling: bool) -> int | None:
    """Return the most she will pay in 分."""
    said = price_said(text, selling)
    return said.high_fen if said is not None else None


def _upper(text: str, selling: bool, *, described: bool = False) -> PriceSaid | None:
    near = _NEAR.search(text)
    if near:
        scale = near.group("scale")
        return _price(near, near.group("high") + scale, low=near.group("low") + scale)
    ranged = _RANGE.search(text)
    if (
        ranged
        and (described or ranged.group("unit") or ranged.group("mark"))
        and not _coupon_figure(text, ranged.start())
    ):
        return _price(ranged, ranged.group("high"), low=ranged.group("low"))
    around = _AROUND.search(text)
    if around:
        return _price(around, (around.group("hundreds") or "一") + "百", around="以内" not in around.group())
    bound = _BOUND.search(text)
    if bound and not _coupon_figure(text, bound.start()):
        number = bound.group("before") or bound.group("after")
        more = bool(bound.group("many") or bound.group("more"))
        return _price(bound, number, more=more, around=_ROUGHLY.search(bound.group()) is not None)
    priced = _PRICED.search(text) if selling else None
    if priced and not _coupon_figure(text, priced.start()):
        return _price(priced, priced.group("number"), more=bool(priced.group("more")), around=True)
    return None


def _price(
    match: re.Match[str], high: str, *, low: str = "", more: bool = False, around: bool = False
) -> PriceSaid | None:
    most = _fen(high, more)
    return None if most is None else PriceSaid(_fen(low) if low else None, most, around, (match.span(),))


def _coupon_figure(text: str, start: int) -> bool:
    return _NOT_A_BUDGET.search(text[:start]) is not None


def _fen(number: str, more: bool = False) -> int | None:
    """Read 300, 1.5k, 三百, 一千五 as 元 and return 分; 200多 is taken up to the next hundred."""
    yuan = _number(number)
    if yuan is None or not 10 <= yuan <= 1_000_000:
        return None
    if more:
        step = 10 ** (len(str(int(yuan))) - 1)
        yuan += step
    return round(yuan * 100)


def _number(said: str) -> float | None:
    scaled = re.fullmatch(r"(\d+(?:\.\d+)?)([kw千百万]?)", said)
    if scaled:
        scale = {"": 1, "百": 100, "k": 1000, "千": 1000, "w": 10000, "万": 10000}[scaled.group(2)]
        return float(scaled.group(1)) * scale
    try:
        return float(cn2an.cn2an(said, "smart"))
    except ValueError:
        return None


def quantity(text: str) -> int:
    """Return how many pieces are to be bought; 1 unless a number of pieces is said."""
    for match in _COUNTED.finditer(text):
        number = _number(match.group("number"))
        if number and 1 < number <= 99 and (match.group("verb") or match.group("piece") != "个"):
            return int(number)
    return 1


@dataclass(frozen=True)
class Avoided:
    """Something that must not be in it: the word we keep, or the words said, and where."""

    value: str
    start: int
    end: int


def avoided(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """List what must not be in it: 不要酒精的, 无香精, 对烟酰胺过敏. A question (有酒精吗) avoids nothing."""
    return tuple(dict.fromkeys(one.value for one in avoided_said(text, lexicon)))


def allergies_said(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """List what somebody is said to be allergic to, also where the word is part of a product's name (花生)."""
    found = [
        term.value
        for match in _ALLERGY.finditer(text)
        for term in lexicon.terms(match.group("what"), TermKind.AVOIDABLE)
        if term.end == len(match.group("what"))
    ]
    named = (match.group("what") for match in _ALLERGIC.finditer(text))
    found += [term.value for what in named for term in lexicon.terms(what, TermKind.AVOIDABLE)]
    return tuple(dict.fromkeys(found))


def avoided_said(text: str, lexicon: Lexicon) -> tuple[Avoided, ...]:
    """List what must not be in it with the places where it is said."""
    found: list[Avoided] = []
    for match in _ALLERGIC.finditer(text):
        named = lexicon.terms(match.group("what"), TermKind.AVOIDABLE)
        found.extend(Avoided(term.value, *match.span()) for term in named)
        if not named and 2 <= len(match.group("what")) <= 6:
            found.append(Avoided(match.group("what"), *match.span()))
    for match in _AVOID.finditer(text):
        if not _ASKED.search(text[max(0, match.start() - 1) : match.end()]):
            found.extend(
                Avoided(term.value, match.start(), match.start("what") + term.end)
                for term in lexicon.terms(match.group("what"), TermKind.AVOIDABLE)
                if term.start <= 1
            )
    if not found:
        found.extend(Avoided(match.group("what"), *match.span()) for match in _UNWANTED_FEATURE.finditer(text))
    return tuple(found)


def read_slots(text: str, lexicon: Lexicon, topics: tuple[str, ...], selling: bool, category: str) -> Slots:
    """Read every slot out of a folded text from which names and products are already taken."""
    kinds = (TermKind.SKIN, TermKind.AUDIENCE, TermKind.CONCERN, TermKind.OCCASION)
    types = lexicon.terms(text, TermKind.TYPE, TermKind.CATEGORY)
    # 防晒 said for a product is no worry, though a shop may list it as one
    terms = tuple(term for term in lexicon.terms(text, *kinds) if not any(_within(term, other) for other in types))
    skins, audiences = _values(terms, TermKind.SKIN), _values(terms, TermKind.AUDIENCE)
    skin = (skins + audiences)[:1]
    other = tuple(value for value in skins + audiences if value not in skin)
    occasions = _values(terms, TermKind.OCCASION)
    return Slots(
        skin_type=skin[0] if skin else "",
        concerns=_values(terms, TermKind.CONCERN) + other,
        category=category,
        avoid=avoided(text, lexicon),
        budget_fen=budget_fen(text, selling),
        quantity=quantity(text),
        policy_topics=topics,
        occasion=occasions[0] if occasions else "",
    )


def _within(inner: Term, outer: Term) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _values(terms: tuple[Term, ...], kind: TermKind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.value for term in terms if term.kind is kind))
