"""Who is named in a text: known people by every part of their names, and others by the shape of a name.

Known are a guide's customers; a friend or a consignee is known by nobody and found by what stands around her name
(收件人王丽, 我叫欧阳娜娜, 朋友陈思雨说). A name that is also an ordinary word is taken for one only where names stand.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import ahocorasick
import rjieba

from knowledge.folding import fold_looks
from knowledge.personal import PersonalKind, find_in_folded

TITLES = (
    *("女士", "先生", "小姐", "太太", "阿姨", "叔叔", "老师", "妈妈", "姐姐", "哥哥", "奶奶", "爷爷", "医生", "经理"),
    *("店长", "老板", "同学", "师傅", "主任", "教授", "姐", "哥", "叔", "姨", "总", "妈", "妹", "嫂", "太"),
)
_TITLE = "|".join(TITLES)
_PRE = "小老阿大"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PIECES = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_APART = re.compile(r"[\W_]+")
# 阿A王姐, 01陈晨: what is put before a name so that it sorts first in the list of contacts
_SORTING = re.compile(r"^(?:[a-z0-9]{1,3})(?=[\u4e00-\u9fff]{2})")
# surnames that are far oftener a word between others (从老师那里, 都先生…)
_RATHER_WORDS = frozenset("从都全应别通边满农终游权能后将经常时于单方")


@dataclass(frozen=True)
class Named:
    """A name in a folded text, [start, end), under the label it was known by; empty for a person nobody knows."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True)
class _Way:
    """One way to write somebody's name. A ``loose`` one counts only where words begin and end around it."""

    label: str
    length: int
    loose: bool


class People:
    """Everybody who is known, by every way in which they may be written; ``exact`` are folded words taken as they are.

    Both are given as label and name; who comes first keeps her label.
    """

    def __init__(self, names: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]] = ()) -> None:
        ways = {text: _Way(label, len(text), loose=False) for label, text in exact if len(text) > 1}
        for label, name in names:
            for text, loose in ways_to_write(name):
                known = ways.get(text)
                # a whole name counts more than another's part
                if known is None or (known.loose and not loose):
                    ways[text] = _Way(label, len(text), loose)
        self._automaton = ahocorasick.Automaton() if ways else None
        if self._automaton is not None:
            for text, way in ways.items():
                self._automaton.add_word(text, way)
            self._automaton.make_automaton()

    def find(self, folded: str) -> tuple[Named, ...]:
        """Return every known name in a folded text, longest first where two begin alike, none overlapping."""
        if self._automaton is None:
            return ()
        found = [Named(end + 1 - way.length, end + 1, way.label) for end, way in self._matches(folded)]
        return not_overlapping(found)

    def _matches(self, folded: str) -> Iterator[tuple[int, _Way]]:
        assert self._automaton is not None
        for end, way in self._automaton.iter(folded):
            start = end + 1 - way.length
            if _inside_latin(folded, start, end + 1) or (way.loose and not _stands_alone(folded, start, end + 1)):
                continue
            yield end, way


@lru_cache(maxsize=64)
def people(names: tuple[tuple[str, str], ...], exact: tuple[tuple[str, str], ...] = ()) -> People:
    """Return these people, made once."""
    return People(names, exact)


def not_overlapping(found: Iterable[Named]) -> tuple[Named, ...]:
    """Keep of overlapping finds the one that begins first, and of those the longest."""
    kept: list[Named] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


# ---- the ways to write a name ------------------------------------------------------------------


@lru_cache(maxsize=32768)
def ways_to_write(name: str) -> tuple[tuple[str, bool], ...]:
    """Return the folded ways to write a name, each with whether it is loose (a part, or a form of address)."""
    whole = fold_looks(name).text.strip()
    plain = _PIECES.sub("", whole)
    bare = _SORTING.sub("", plain)
    ways: dict[str, bool] = {}
    for text in (whole, plain, bare):
        if len(text) > 1:
            ways.setdefault(text, False)
    # 曹墨涵🍀小屋: a picture parts words, though it is no sign of writing
    apart = (fold_looks(piece).text for piece in _APART.split(name))
    pieces = [_SORTING.sub("", piece) for part in apart for piece in _PIECES.split(part) if piece]
    for piece in pieces if len(pieces) > 1 else ():
        if len(piece) > (3 if piece.isascii() else 1) and not _is_common_word(piece):
            ways.setdefault(piece, len(piece) < 3)
    for text in dict.fromkeys((bare, *pieces)):
        for called in _forms_of(text):
            if not _is_common_word(called) or called[-1] in "姐哥" or called[0] in _PRE or _is_said_of_people(called):
                ways.setdefault(called, True)
    return tuple(ways.items())


def _is_said_of_people(word: str) -> bool:
    """Say whether a word that others use as well is mostly a name: 佳佳, but not 天天."""
    return len(word) == 1 or (word[0] == word[-1] and word not in _DOUBLED_WORDS)


def _forms_of(name: str) -> Iterator[str]:
    """What a person of this Chinese name is called: 婉清, 小林, 阿清, 清姐, 林女士."""
    if not name or any(not _HAN.match(char) for char in name):
        return
    surname = _surname_of(name) if len(name) <= 4 else ""
    if len(name) == 1:
        yield name
    if surname or len(name) == 1:
        family = surname or name
        yield from (f"{family}{title}" for title in TITLES)
        yield from (f"{pre}{family}" for pre in _PRE if len(family) == 1)
    given = name[len(surname) :] if surname else ""
    if given and len(given) <= 2:
        if len(given) == 2:
            yield given
            yield from (f"{given}{title}" for title in ("姐", "哥", "妹", "姨"))
        last = given[-1]
        yield from (f"{pre}{last}" for pre in "阿小")
        yield from (f"{last}{last}", f"{last}姐", f"{last}哥", f"{last}儿", f"{last}妹", f"{last}宝")


def _surname_of(name: str) -> str:
    if name[:2] in _compounds() and len(name) > 2:
        return name[:2]
    return name[0] if len(name) > 1 and name[0] in surnames() else ""


@lru_cache(maxsize=1)
def surnames() -> frozenset[str]:
    """Return the Chinese surnames of one character."""
    return frozenset(one for line in _listed() for one in line if " " not in line)


@lru_cache(maxsize=1)
def _compounds() -> frozenset[str]:
    return frozenset(one for line in _listed() if " " in line for one in line.split())


@lru_cache(maxsize=1)
def _listed() -> tuple[str, ...]:
    lines = (files("knowledge.words") / "surnames.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def _is_common_word(text: str) -> bool:
    return bool(rjieba.has_word(text))


# ---- people nobody knows -----------------------------------------------------------------------

_ASKS_NAME = (
    r"我叫|名叫|叫做|名字叫|名字是|名字|收件人|收货人|寄件人|联系人|取货人|提货人|姓名|会员名|户名|持卡人|预约人|介绍人|推荐人|本人|备注名|称呼|"
    r"叫她|叫他"
)
_RELATION = (
    r"朋友|闺蜜|闺密|同事|老公|老婆|先生|爱人|对象|男友|女友|男朋友|女朋友|妈妈|爸爸|婆婆|女儿|儿子|姐妹|妹妹|姐姐|哥哥|弟弟|"
    r"邻居|同学|室友|表姐|表妹|嫂子|亲戚|客户|顾客|会员|老师|孩子|宝宝"
)
_SAYS = r"\s?(?:名字)?(?:是|为|叫|[:：])?\s?(?:是|叫)?\s?"
_CALLED = re.compile(
    rf"(?P<asks>{_ASKS_NAME}){_SAYS}(?P<at>)(?=[a-z\u4e00-\u9fff])|(?P<knows>{_RELATION}){_SAYS}(?P<of>)(?=[\u4e00-\u9fff])"
)
_LATIN_NAME = re.compile(r"[a-z][a-z'.\-]{1,19}(?:\s[a-z][a-z'.\-]{1,19}){0,2}")
_DOTTED = re.compile(r"[\u4e00-\u9fff]{2,7}[·•・‧∙⋅.](?:[\u4e00-\u9fff]{1,8}[·•・‧∙⋅.])?[\u4e00-\u9fff]{2,8}")
_RECEIVES = re.compile(r"(?<![\u4e00-\u9fff])(?P<name>[\u4e00-\u9fff]{2,4}?)(?:收|亲收|签收|亲启)(?![\u4e00-\u9fff])")
_NEXT_TO = re.compile(r"(?:^|(?<=[\s,，。;；:：、\n〕)）]))(?P<name>[\u4e00-\u9fff]{2,4})[\s,，:：、()（）]{0,2}$")
_BEHIND = re.compile(r"^[\s,，:：、()（）]{0,2}(?P<name>[\u4e00-\u9fff]{2,4})(?=$|[\s,，。;；:：、\n()（）])")
_DOUBLED_WORDS = frozenset(
    (
        *(
            "天天",
            "多多",
            "常常",
            "刚刚",
            "慢慢",
            "好好",
            "看看",
            "想想",
            "试试",
            "快快",
            "久久",
            "星星",
            "年年",
            "月月",
        ),
        *(
            "日日",
            "明明",
            "白白",
            "红红",
            "处处",
            "时时",
            "人人",
            "个个",
            "样样",
            "轻轻",
            "微微",
            "渐渐",
            "仅仅",
            "偏偏",
        ),
        *(
            "美美",
            "香香",
            "水水",
            "谢谢",
            "问问",
            "早早",
            "高高",
            "平平",
            "单单",
            "通通",
            "满满",
            "点点",
            "暖暖",
            "润润",
        ),
    )
)
_NOBODY = frozenset(
    (
        "她",
        "他",
        "你",
        "我",
        "您",
        "它",
        "谁",
        "什么",
        "啥",
        "这个",
        "那个",
        "客户",
        "顾客",
        "自己",
        "别人",
        "人家",
        "本人",
        "不",
    )
)


_BETWEEN = ("u", "d", "p", "c", "y", "e")
"""Tags of words that stand between others and begin no name."""


def strangers(folded: str) -> tuple[Named, ...]:
    """Return names by their shape and by what stands around them; conservative, since nothing else vouches for them."""
    if not _HAN.search(folded):
        return ()
    return not_overlapping([*_titled(folded), *_introduced(folded), *_dotted(folded), *_beside_a_number(folded)])


def _titled(text: str) -> Iterator[Named]:
    """王丽女士, 欧阳小姐, 陈总: a surname that begins a word, and a title that ends one."""
    match = _titled_shape().search(text)
    while match is not None:
        taken = _is_titled(match, _borders(text))
        if taken:
            yield Named(*match.span())
        match = _titled_shape().search(text, match.end() if taken else match.start() + 1)


def _is_titled(match: re.Match[str], borders: frozenset[int]) -> bool:
    """Say whether these characters are one name with its title, and not the end of one word and another (谢谢苏姐)."""
    name, (start, end) = match["name"], match.span()
    if start not in borders or end not in borders:
        return False
    family = len(_surname_of(name) or name)
    if any(place in borders for place in range(start + 1, start + len(name)) if place != start + family):
        return False
    return len(name) == 1 or name in _compounds() or not _is_common_word(name)


@lru_cache(maxsize=1)
def _titled_shape() -> re.Pattern[str]:
    single = "".join(sorted(surnames() - _RATHER_WORDS))
    return re.compile(rf"(?P<name>(?:{'|'.join(sorted(_compounds()))}|[{single}])[\u4e00-\u9fff]{{0,2}}?)(?:{_TITLE})")


def _introduced(text: str) -> Iterator[Named]:
    for match in _CALLED.finditer(text):
        start = match.end()
        latin = _LATIN_NAME.match(text, start) if match["asks"] else None
        if latin is not None:
            yield Named(*latin.span())
            continue
        dotted = _DOTTED.match(text, start)
        end = dotted.end() if dotted is not None else _end_of_name(text, start, sure=bool(match["asks"]))
        if end:
            yield Named(start, end)
    for match in _RECEIVES.finditer(text):
        if _surname_of(match["name"]):
            yield Named(*match.span("name"))


def _end_of_name(text: str, start: int, *, sure: bool) -> int:
    """Return where a name that begins here ends, 0 where none does. ``sure``: it was announced as one."""
    tagged = rjieba.tag(text[start : start + 8])
    if not tagged:
        return 0
    word, tag = tagged[0]
    if word in _NOBODY or tag[:1] in _BETWEEN or (not sure and word[0] in _RATHER_WORDS):
        return 0
    if len(word) == 1 or word in _compounds():
        follows = tagged[1][0] if len(tagged) > 1 and _HAN.match(tagged[1][0]) else ""
        if follows and tagged[1][1][:1] in _BETWEEN and not _surname_of(word):
            return 0  # 是您本人喝还是给家人, 名字里就写明了
        word, tag = (
            f"{word}{follows[:2]}",
            "nr" if follows and tagged[1][1][:2] in ("nr", "nz", "n", "a", "v", "z", "j") else "",
        )
    surname = _surname_of(word)
    if not 2 <= len(word) <= 4 or any(not _HAN.match(char) for char in word):
        return 0
    if sure:
        return start + len(word) if surname or tag[:2] == "nr" or not _is_common_word(word) else 0
    return start + len(word) if surname and tag[:2] == "nr" and not _is_common_word(word) else 0


def _dotted(text: str) -> Iterator[Named]:
    """阿依古丽·买买提: two parts and a point; 舒缓·保湿 are two ordinary words."""
    for match in _DOTTED.finditer(text):
        if "." in match.group():
            continue
        parts = _PIECES.split(match.group())
        if not all(len(part) > 1 and _is_common_word(part) for part in parts) and not _has_words(parts):
            yield Named(*match.span())


def _has_words(parts: list[str]) -> bool:
    """Say whether every part is made of ordinary words (早晚·保湿修护)."""
    return all(len(word) > 1 and _is_common_word(word) for part in parts for word in rjieba.cut(part))


def _beside_a_number(text: str) -> Iterator[Named]:
    """王丽 13800002231: a name directly beside a phone."""
    for one in find_in_folded(text):
        if one.kind is not PersonalKind.PHONE:
            continue
        before = _NEXT_TO.search(text[max(0, one.start - 8) : one.start])
        if before and _surname_of(before["name"]) and not _is_common_word(before["name"]):
            at = max(0, one.start - 8) + before.start("name")
            yield Named(at, at + len(before["name"]))
        behind = _BEHIND.match(text[one.end : one.end + 8])
        if behind and _surname_of(behind["name"]) and not _is_common_word(behind["name"]):
            yield Named(one.end + behind.start("name"), one.end + behind.end("name"))


def without_people(text: str, known: People | None = None) -> str:
    """Return a text without persons and whatever else is personal in it, each a blank; what has none comes back as it is.

    For whatever is sent out to be looked up: a search needs nobody's name.
    """
    folded = fold_looks(text)
    names = (*(known.find(folded.text) if known is not None else ()), *strangers(folded.text))
    spans = [(one.start, one.end) for one in names]
    spans += [(one.start, one.end) for one in find_in_folded(folded.text)]
    for start, end in sorted(spans, reverse=True):
        place = folded.place(start, end)
        text = f"{text[: place.start]} {text[place.end :]}"
    return text


# ---- where words begin and end -----------------------------------------------------------------

_LEADS = frozenset("给帮跟和问叫让替请找谢户员对为与同")
_GOES_ON = frozenset("问说想要的在来买用也和是有这那她觉反发今昨刚又还没生喜嫌咨收回退换付拿姓住到把让能会都带一两几下")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether a word begins and ends here: by the dictionary, or by what people write around a name."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    begins = not _HAN.match(before) or before in _LEADS or start in _borders(text)
    return begins and (not _HAN.match(after) or after in _GOES_ON or end in _borders(text))


@lru_cache(maxsize=256)
def _borders(text: str) -> frozenset[int]:
    borders = {0}
    position = 0
    for word in rjieba.cut(text):
        position += len(word)
        borders.add(position)
    return frozenset(borders)


def _inside_latin(text: str, start: int, end: int) -> bool:
    """Say whether a name in Latin letters or digits is a part of a longer word (linda in belinda)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (_is_latin(before) and _is_latin(text[start])) or (_is_latin(after) and _is_latin(text[end - 1]))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
