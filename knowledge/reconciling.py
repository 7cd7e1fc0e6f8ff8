"""Passages that speak to the same matter: the narrower rule first, and figures that disagree pointed out.

Only statements that say the same apart from their figures are held against each other, so that 金卡 and 银卡, or two
products, are never taken for a contradiction.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cn2an

from knowledge.answering import sentences
from knowledge.noun import Labelled, Noun
from knowledge.passage import DocumentKind, Passage, ScopeLevel
from knowledge.words.wording import Wording

_HAN_DIGITS = "零〇一二两三四五六七八九十百千万半"
_UNITS = (
    "个?工作日|个?小时|分钟|天内?|日内?|个?星期|个?礼拜|周(?!年|边|末)|个月|年|元|块钱?|%|折|倍|个?积分|分(?!钟|期|装|店|享)"
    "|毫升|ml|克|g|公斤|kg|厘米|cm|件|次|瓶|支|盒|片|张|点"
)
FIGURE = re.compile(rf"(?<![第\d.])(\d+(?:\.\d+)?|[{_HAN_DIGITS}]+)\s*({_UNITS})")
SAME_UNIT = {
    **dict.fromkeys(("日", "日内", "天", "天内"), "天"),
    **dict.fromkeys(("工作日", "个工作日"), "工作日"),
    **dict.fromkeys(("小时", "个小时"), "小时"),
    **dict.fromkeys(("块", "块钱", "元"), "元"),
    **dict.fromkeys(("周", "星期", "个星期", "礼拜", "个礼拜"), "周"),
    **dict.fromkeys(("分", "积分", "个积分"), "积分"),
    **dict.fromkeys(("毫升", "ml"), "毫升"),
    **dict.fromkeys(("克", "g"), "克"),
    **dict.fromkeys(("公斤", "kg"), "公斤"),
    **dict.fromkeys(("厘米", "cm"), "厘米"),
}
_CELL = re.compile(r"[^：:]{1,20}[：:]")
_NOT_A_MATTER = re.compile(r"[\d\W_]+")
# what papers are called says nothing of their matter
_PAPERS = re.compile(
    r"政策|制度|办法|规定|规则|说明|须知|细则|补充|通知|公告|指引|指南|手册|承诺|服务|常见问题|问答|faq|门店|总部|版"
)
# what stands between the matters of one title (自提与停车), and a store's or a region's name in front of them
_AND = re.compile(r"[与和及、/，,·\s]+")
_ASIDE = re.compile(r"[（(][^）)]*[）)]")
_OF_A_STORE = re.compile(r"^[^与和及、]{2,12}?店(?=.)")
# from this length on, the name of a matter that stands in another text speaks of it (本店不参加跑鞋试跑换码)
_NAMES_A_MATTER = 4
# words that carry this much say what a statement is about
_TELLING = 0.4
_LEAST_SHARED = 2
_HALF = 0.5
OPPOSITES = re.compile(r"[未没不非无免]")


class Reach(Labelled):
    """How far a passage reaches, the narrowest first: the order in which rules on one matter count."""

    SKU = "sku", "指定商品"
    STORE = "store", "门店"
    REGION = "region", "区域"
    BRAND = "brand", "全品牌"


_REACH = {ScopeLevel.STORE: Reach.STORE, ScopeLevel.REGION: Reach.REGION, ScopeLevel.BRAND: Reach.BRAND}
_ORDER = {reach: place for place, reach in enumerate(Reach)}


class Disagreement(Noun):
    """Two statements that differ in nothing but a figure of one ``unit``.

    ``other`` is the passage that says ``theirs``, ``title`` and ``version`` are its document's.
    """

    other: str
    title: str
    version: int
    unit: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Standing:
    """What a passage is among those found with it.

    ``replaced_by`` is the id of a narrower passage that gives other figures on the same matter, empty for none.
    ``disagreements`` are with passages of the same reach: somebody must rule which one is right.
    """

    passage: Passage
    replaced_by: str = ""
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True)
class _Statement:
    """A sentence with its figures taken out: what it is about, and the values it gives by unit."""

    text: str
    matter: frozenset[str]
    negations: int
    figures: Mapping[str, frozenset[float]]


def reconcile(found: Sequence[Passage], wording: Wording, skus: Sequence[str] = ()) -> tuple[Standing, ...]:
    """Order passages that were found best first so that on one matter the narrowest stands first, and compare figures.

    ``skus`` are the products asked about: what is said of them alone is narrower than what is said of a store. Two
    products' rows, and texts for different uses, are never compared.
    """
    read = {one.id: tuple(_statements(one, wording)) for one in found}
    stating = {id_ for id_, statements in read.items() if statements}
    about = {one.id: subject_of(one, wording) for one in found if one.id in stating}
    clashes: dict[tuple[str, str], Disagreement] = {}
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            clash = _clash(read[one.id], read[other.id]) if _comparable(one, other) else None
            if clash is not None and alike(about[one.id], about[other.id]):
                unit, ours, theirs = clash
                clashes[one.id, other.id] = _disagreement(other, unit, ours, theirs)
                clashes[other.id, one.id] = _disagreement(one, unit, theirs, ours)
    ordered: list[Passage] = []
    for one in found:
        # before the first one that it is narrower than, on the same matter
        reach = _ORDER[_reach(one, skus)]
        ahead = (
            place
            for place, other in enumerate(ordered)
            if reach < _ORDER[_reach(other, skus)]
            and _comparable(one, other)
            and ((one.id, other.id) in clashes or _same_heading(one, other))
        )
        ordered.insert(next(ahead, len(ordered)), one)
    return tuple(_standing(one, ordered, clashes, skus) for one in ordered)


def matters(passage: Passage) -> tuple[str, ...]:
    """Return what a passage's document is about, by its title: 自提 and 停车 for 雾桥店（F005）自提与停车说明."""
    title = _ASIDE.sub("", passage.title)
    if passage.scope.level is ScopeLevel.STORE:
        title = _OF_A_STORE.sub("", title)
    pieces = (_NOT_A_MATTER.sub("", piece) for piece in _AND.split(_PAPERS.sub(" ", title)))
    return tuple(dict.fromkeys(piece for piece in pieces if len(piece) > 1))


def same_matter(one: Passage, other: Passage) -> bool:
    """Say whether two papers are about the same thing though they are worded otherwise: 换货补充 and 门店退换货规则.

    One title names the other's matter, or both have a passage under the same heading and share a word in their titles,
    or one text names what the other is about (本店不参加跑鞋试跑换码).
    """
    if one.document_id == other.document_id or one.kind is not other.kind:
        return False
    mine, theirs = matters(one), matters(other)
    if any(ours in their or their in ours for ours in mine for their in theirs):
        return True
    if _same_heading(one, other) and _pairs(mine) & _pairs(theirs):
        return True
    return any(
        len(matter) >= _NAMES_A_MATTER and matter in text.replace(" ", "")
        for text, named in ((one.text, theirs), (other.text, mine))
        for matter in named
    )


def _pairs(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word[at : at + 2] for word in words for at in range(len(word) - 1))


def _disagreement(other: Passage, unit: str, ours: str, theirs: str) -> Disagreement:
    return Disagreement(other=other.id, title=other.title, version=other.version, unit=unit, ours=ours, theirs=theirs)


def _standing(
    one: Passage, ordered: Sequence[Passage], clashes: Mapping[tuple[str, str], Disagreement], skus: Sequence[str]
) -> Standing:
    reach = _ORDER[_reach(one, skus)]
    differing = [other for other in ordered if (one.id, other.id) in clashes]
    narrower = [other for other in differing if _ORDER[_reach(other, skus)] < reach]
    equal = tuple(clashes[one.id, other.id] for other in differing if _ORDER[_reach(other, skus)] == reach)
    return Standing(one, narrower[0].id if narrower else "", equal)


def _reach(passage: Passage, skus: Sequence[str]) -> Reach:
    if passage.kind is not DocumentKind.PRODUCT and set(passage.skus) & set(skus):
        return Reach.SKU
    return _REACH[passage.scope.level]


def _comparable(one: Passage, other: Passage) -> bool:
    """Passages of one document complete each other; its rows and cases differ because they are meant to."""
    if one.document_id == other.document_id or one.kind is not other.kind:
        return False
    return not (one.skus and other.skus and set(one.skus).isdisjoint(other.skus))


def _same_heading(one: Passage, other: Passage) -> bool:
    """Two documents cut under the same heading speak to the same matter, whatever else they say there."""
    mine, theirs = (_NOT_A_MATTER.sub("", passage.heading[-1]) if passage.heading else "" for passage in (one, other))
    return bool(mine) and mine == theirs


def alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Say whether two subjects may be one.

    Headings that name two things (金卡权益, 银卡权益) are about two matters; one that names less may be either.
    """
    return not (mine - theirs and theirs - mine) or len(mine & theirs) > len(mine ^ theirs)


def _clash(ours: Sequence[_Statement], theirs: Sequence[_Statement]) -> tuple[str, str, str] | None:
    # a value that the other side gives anywhere in the same words is no contradiction but another case of one rule
    for mine in ours:
        for other in theirs:
            if mine.matter != other.matter or mine.negations != other.negations:
                continue
            for unit in mine.figures.keys() & other.figures.keys():
                if mine.figures[unit].isdisjoint(other.figures[unit]):
                    return unit, mine.text, other.text
    return None


def _statements(passage: Passage, wording: Wording) -> Iterator[_Statement]:
    texts = [passage.text[start:end] for start, end in sentences(passage.text)]
    # in a row of a table the first cell says whose figures these are
    row = wording.fold(texts[0]) if len(texts) > 1 and all(map(_CELL.match, texts)) else ""
    subject = frozenset([row]) if row else frozenset()
    for text in texts[bool(row) :]:
        folded = wording.fold(text)
        figures: dict[str, set[float]] = {}
        for number, unit in FIGURE.findall(folded):
            value = value_of(number)
            if value is not None:
                figures.setdefault(SAME_UNIT.get(unit, unit), set()).add(value)
        bare = FIGURE.sub("\n", folded)
        # most sentences have no figure, and cutting words is what takes the time
        matter = telling_words(bare, wording) | subject if figures else frozenset()
        if len(matter) >= _LEAST_SHARED:
            by_unit = {unit: frozenset(values) for unit, values in figures.items()}
            yield _Statement(text, matter, len(OPPOSITES.findall(bare)), by_unit)


def subject_of(passage: Passage, wording: Wording) -> frozenset[str]:
    """Return the telling words of what a passage stands under."""
    return telling_words(_PAPERS.sub(" ", passage.heading[-1] if passage.heading else passage.title), wording)


def telling_words(text: str, wording: Wording) -> frozenset[str]:
    """Return the words that say what a text is about. Synonyms stay apart: they help to find (金卡, 银卡) what is not the same."""
    return frozenset(unit.word for unit in wording.question(text).units if unit.weight >= _TELLING)


@lru_cache(maxsize=4096)
def value_of(number: str) -> float | None:
    """Return what a number written in digits or in Chinese numerals comes to; None for numerals that are no number."""
    if number[0].isdigit():
        return float(number)
    if number == "半":
        return _HALF
    try:
        return float(cn2an.cn2an(number.replace("〇", "零"), "smart"))
    except ValueError:
        # numerals in an order that is no number (三五, 百十)
        return None
