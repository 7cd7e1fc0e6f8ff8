"""How a message to a customer is put together: opening, ends of sentences, pictures, and what calls her by name.

Learning takes texts apart with these and speaking puts them together, so that what was seen is what is said.
"""

import re
from dataclasses import dataclass

from assistant.shop import Trait

CUSTOMER, SURNAME = "{称呼}", "{姓}"

SWAPS = (("您", "你"), ("我们", "咱们"), ("告诉我", "跟我说"))
"""The only words that are ever replaced: each pair means the same to every reader, and is of one length."""

PARTICLES = "哈呀哦呢啦哒噢喔哟"
"""Softeners at the end of a sentence. 吗 and 吧 are not among them: they ask, or make a statement uncertain."""

HER_TITLES = ("小姐姐", "姐姐", "小姐", "女士", "太太", "美女", "姐")
HIS_TITLES = ("先生", "大哥", "帅哥", "哥哥", "哥")
TITLE = re.compile("|".join((*HER_TITLES, *HIS_TITLES, "阿姨", "叔叔", "老师")))

_PICTURE = (
    r"(?:[\U0001F1E6-\U0001FAFF\u2600-\u2775\u2794-\u27BF\u2B05-\u2B55\u2934\u2935\u3030\u303D]"
    r"[\uFE0F\u200D\U0001F3FB-\U0001F3FF]*|\[[\u4e00-\u9fff]{1,4}\])"
)
EMOJI = re.compile(_PICTURE)
"""Pictures, and WeChat's own written in brackets ([玫瑰]). Circled digits are digits and no pictures."""
QUOTATION = re.compile(r"「[^」]*」|《[^》]*》|“[^”]*”|【[^】]*】|（(?:[^（）]|（[^）]*）)*）")
"""Names, rules and conditions: what stands in marks like these is somebody else's words."""
_MARKS = r"[。！～…\s]"
_END = re.compile(rf"(?:{_MARKS}|{_PICTURE})+$")
_AFTER = re.compile(rf"(?P<particle>[{PARTICLES}]?)(?P<rest>(?:{_MARKS}|{_PICTURE})*)")
_PAUSE = r"[，、～！。：\s]"
_ALIKE = str.maketrans({"~": "～", "!": "！", ",": "，", "?": "？", ":": "：", ";": "；"})
_NO_NAMES = ("小", "大", "老", "小姐", "姐", "哥")


@dataclass(frozen=True)
class Called:
    """A way to call somebody: name, the title behind it, and the habit that speaks of such titles."""

    name: str
    title: str
    trait: Trait


@dataclass(frozen=True)
class After:
    """What stands behind the last word of a sentence: its end, and pictures; ``length`` is that of both."""

    end: str
    emoji: str
    length: int


def level(text: str) -> str:
    """Write marks in one way and the words of ``SWAPS`` as she might; every character keeps its place."""
    text = text.translate(_ALIKE)
    for ours, hers in SWAPS:
        text = text.replace(ours, hers)
    return text


def unswapped(text: str) -> str:
    """Write the words of ``SWAPS`` as drafts have them."""
    for ours, hers in SWAPS:
        text = text.replace(hers, ours)
    return text


def called(address: str) -> Called | None:
    """Take an address apart that says whether a woman or a man is meant (陈太太); None for every other (小鹿, Cici)."""
    for titles, trait in ((HER_TITLES, Trait.CALLS_HER), (HIS_TITLES, Trait.CALLS_HIM)):
        for title in titles:
            name = address.removesuffix(title)
            if name != address and re.fullmatch("[\u4e00-\u9fff]{1,3}", name) and name not in _NO_NAMES:
                return Called(name, title, trait)
    return None


def opening(text: str, address: str) -> str:
    """Return what stands before the first word that says something (苏姐，您好，), empty where nothing does."""
    greeting = rf"{_PAUSE}*(?:您好|你好)[呀啊]?(?={_PAUSE})"
    named = rf"{re.escape(address)}(?:{greeting}|好(?={_PAUSE}))?{_PAUSE}*|" if address else ""
    found = re.match(rf"{named}{greeting}{_PAUSE}*", text)
    return found.group() if found else ""


def core(text: str) -> str:
    """Return a sentence without the marks and pictures at its end."""
    return _END.sub("", text)


def after(text: str, place: int) -> After:
    """Read what stands behind a word that ends at ``place``. A line break belongs to an end, other white space does not."""
    found = _AFTER.match(text, place)
    if found is None:
        return After("", "", 0)
    marks = EMOJI.sub("", found["rest"])
    end = found["particle"] + "".join(marks.split()) + ("\n" if "\n" in marks else "")
    return After(end, "".join(EMOJI.findall(found["rest"])), len(found.group()))


def last_emoji(text: str) -> str:
    """Return the pictures at the very end of a text."""
    found = _END.search(text)
    return "".join(EMOJI.findall(found.group())) if found else ""


def without_emoji(text: str) -> str:
    """Return the text without pictures."""
    return EMOJI.sub("", text)
