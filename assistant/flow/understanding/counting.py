"""How many of which: 二段两罐, 两双跑步袜, A 和 B 各一件. A count belongs to the product it stands beside.

Read from the words around the places where products were found, so that 「M尿裤两包」 counts nappies and 「一段一罐加M尿裤
两包」 counts both. 三包 beside a product is a count, 三包 alone is the law on warranties.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cn2an

from assistant.flow.words.lexicon import Found

PIECE = r"(?:支|瓶|盒|件|套|台|罐|管|包|双|对|副|条|只|份|箱|提|组|桶|袋|块|把|张|床|个|听|枚|斤|根|串|样)"
NUMBER = r"(?:\d{1,2}|[一两二俩三四五六七八九十]{1,2}|半打)"
_NO_COUNT = (
    r"(?!装|套装|送|免|一次|多大|多少毫升|减|月|小时|多月|星期|礼拜|天|年|岁|人|号|码|起|以上|内|价|折|都|里|的?话)"
)
COUNT = re.compile(rf"(?<![\d第.]){NUMBER}(?={PIECE}{_NO_COUNT})")
_VERB = r"(?:我|她|他|先|就|再|要|想要|拿|来|买|带|囤|拎|入|订|拍|加|配|是|共|一共|各|各要|各来|各拿|各买|给)"
_AFTER = re.compile(rf"^[\s,的]{{0,2}}{_VERB}{{0,3}}了?(?P<count>{NUMBER}){PIECE}{_NO_COUNT}")
_BEFORE = re.compile(rf"(?<![\d第.])(?P<count>{NUMBER}){PIECE}的?$")
_EACH = re.compile(rf"(?:各|每样|每款|每种|每个|都)(?:要|来|拿|买|带)?(?P<count>{NUMBER}){PIECE}?{_NO_COUNT}")
_TOGETHER = re.compile(rf"(?:两|二|2|俩){PIECE}?(?:一起|都要|都拿|合计|加一起|一共|全要)")


@dataclass(frozen=True)
class Counted:
    """A product named, and how many of it; ``pieces`` is 0 where no count stands beside it."""

    start: int
    sku: str
    pieces: int


def number(said: str) -> int:
    """Return what a small number says: 两 is 2."""
    if said.isdigit():
        return int(said)
    return {"俩": 2, "半打": 6}.get(said) or int(cn2an.cn2an(said, "smart"))


def counted(text: str, found: Sequence[Found]) -> tuple[Counted, ...]:
    """Return every place where a product is named, in reading order, with the count that stands beside it.

    Where words fit several products the surest is taken; which of equals is meant is not decided here.
    """
    best: dict[int, Found] = {}
    for one in found:
        if one.start not in best or one.score > best[one.start].score:
            best[one.start] = one
    places = sorted(best)
    each = _EACH.search(text)
    pieces: list[Counted] = []
    reached = 0
    for place in places:
        one = best[place]
        later = [other for other in places if other >= one.end]
        behind = text[one.end : later[0] if later else len(text)]
        # 两双跑步袜一对护膝: what stands before a product is its own, and what stands behind it then is the next one's
        before = _BEFORE.search(text[reached : one.start])
        after = None if before else _AFTER.match(behind)
        said = before or after
        count = number(said["count"]) if said else number(each["count"]) if each else 0
        reached = one.end + (after.end() if after else 0)
        pieces.append(Counted(place, one.sku, count))
    return tuple(pieces)


def one_of_each(text: str) -> bool:
    """Say whether so many pieces of what was just spoken of are one of each: 两双一起."""
    return _TOGETHER.search(text) is not None


_WARRANTY = re.compile(r"三包")
_OF_PACKS = re.compile(r"(?:这款[\s,的]{0,2}|[要拿来买带囤拎入加])$")
_PACKS_BEFORE = re.compile(r"^(?:的?这款|多少|几|一共|怎么算|咋算|算)")


def warranty_free(text: str) -> str:
    """Blank 三包 where it counts packs: behind or before a product (written 这款), behind a word for buying."""
    for match in reversed(list(_WARRANTY.finditer(text))):
        if _OF_PACKS.search(text[: match.start()]) or _PACKS_BEFORE.match(text[match.end() :]):
            text = text[: match.start()] + "三件" + text[match.end() :]
    return text
