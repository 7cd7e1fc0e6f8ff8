"""Make text say what the page shows: look-alike code points folded, invisible characters taken out and named."""

import re
import unicodedata
from dataclasses import dataclass

# CJK Radicals Supplement (U+2E80–2EFF) as printed by some PDF writers; NFKC leaves them alone, so a search for 门
# would miss ⻔. Pairs follow Unicode's EquivalentUnifiedIdeograph list, kept to shapes that stand as whole characters.
_RADICALS = str.maketrans(
    "⺁⺄⺊⺌⺍⺒⺓⺜⺝⺟⺠⺧⺩⺬⺮⺶⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻞⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱⻳",
    "厂乙卜小小巳幺日月母民牛王示竹羊虎西见角贝车長长门雨青韦页风飞食食首马骨鬼鱼鸟卤麦黄黾齐齿龙龟龟",
)
# NFKC on everything would also turn ，：（ into ASCII, which no Chinese reader wrote; these ranges are look-alikes only.
_LOOKALIKE = re.compile("[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000\u00a0]")

_ZERO_WIDTH = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff\uffa0"
_BIDI = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f"
_CONTROL = "\x00-\x08\x0b\x0e-\x1f\x7f\u0080-\u009f\ufffe\uffff"
_NAMES = (("零宽字符", _ZERO_WIDTH), ("文字方向控制符", _BIDI), ("标签字符", _TAGS), ("控制字符", _CONTROL))
_INVISIBLE = re.compile(f"[{_ZERO_WIDTH}{_BIDI}{_TAGS}{_CONTROL}\ufe00-\ufe0f]")
_LISTED = tuple((name, re.compile(f"[{characters}]")) for name, characters in _NAMES)
_LONGEST_FLAG = 6
_BLANKS = re.compile(r"[ \t\f\v]+")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text without invisible characters; ``removed`` names what was taken out (``零宽字符 3 个``), empty if nothing."""

    text: str
    removed: tuple[str, ...] = ()


def fold_lookalikes(text: str) -> str:
    """Turn radicals, compatibility ideographs, ligatures and full-width letters and digits into the usual ones."""
    text = text.translate(_RADICALS)
    return _LOOKALIKE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)


def strip_invisible(text: str) -> Cleaned:
    """Take out zero-width, direction, tag and control characters.

    Emoji variation selectors go as well but are not named: they change a picture's colour, not the words.
    """
    if not _INVISIBLE.search(text):
        return Cleaned(text)
    counts = ((name, len(pattern.findall(text))) for name, pattern in _LISTED)
    return Cleaned(_INVISIBLE.sub("", text), tuple(f"{name} {count} 个" for name, count in counts if count))


def tagged_words(text: str) -> str:
    """What the tag characters in ``text`` spell: they mirror ASCII, invisibly. Flags of regions use up to six."""
    spelt = "".join(chr(ord(one) - 0xE0000) for one in text if "\U000e0020" <= one <= "\U000e007e")
    return spelt if len(spelt) > _LONGEST_FLAG else ""


def tidy(text: str) -> str:
    """Fold look-alikes and squeeze blanks inside lines; line breaks stay."""
    lines = (_BLANKS.sub(" ", line).strip() for line in fold_lookalikes(text).splitlines())
    return "\n".join(line for line in lines if line)


def display_name(name: str) -> str:
    """Return a file name fit for display: no control or direction characters, at most 200 characters."""
    return _BLANKS.sub(" ", strip_invisible(name.replace("\n", " ").replace("\r", " ")).text).strip()[-200:] or "未命名"


class Sweeper:
    """Clean the texts of one file and remember what had to be removed, for the reviewer."""

    def __init__(self) -> None:
        self._removed: list[str] = []

    def visible(self, text: str, place: str = "") -> str:
        """Return the visible part of ``text``, tidied."""
        return tidy(self.raw(text, place))

    def raw(self, text: str, place: str = "") -> str:
        """Return the visible part of ``text`` with its spacing kept (table cells)."""
        cleaned = strip_invisible(text)
        if cleaned.removed:
            where = f"{place}：" if place else ""
            self._removed.append(f"{where}去掉了{'、'.join(cleaned.removed)}")
            if smuggled := tagged_words(text):
                self._removed.append(f"{where}标签字符里藏着文字：{smuggled[:60]}")
        return cleaned.text

    def note(self, what: str) -> None:
        """Record something else that was left out because the page does not show it."""
        self._removed.append(what)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What was removed so far, in words, in order, each once."""
        return tuple(dict.fromkeys(self._removed))
