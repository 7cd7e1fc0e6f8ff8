"""How Chinese sounds: the one file that knows pypinyin."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache

# its table of phrases takes 40 MB and serves running text; names are heard character by character
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import Style, lazy_pinyin

# characters whose second reading is said in everyday words, with that reading (银行, 增长, 重新, 音乐, 调换, 薄荷 ...)
_OTHER_READINGS = dict(
    pair.split(":")
    for pair in [
        "行:hang",
        "长:zhang",
        "重:chong",
        "还:huan",
        "乐:yue",
        "调:tiao",
        "会:kuai",
        "都:du",
        "得:dei",
        "着:zhao",
        "了:liao",
        "没:mo",
        "薄:bao",
        "露:lou",
        "弹:tan",
        "种:chong",
        "色:shai",
        "单:shan",
        "参:shen",
        "差:chai",
        "藏:zang",
        "朝:zhao",
        "传:zhuan",
        "大:dai",
        "地:di",
        "恶:wu",
        "给:ji",
        "核:hu",
        "降:xiang",
        "角:jue",
        "觉:jiao",
        "卡:qia",
        "壳:qiao",
        "落:la",
        "绿:lu",
        "率:lv",
        "模:mu",
        "便:pian",
        "屏:bing",
        "奇:ji",
        "圈:juan",
        "石:dan",
        "提:di",
        "吓:he",
        "相:xiang",
        "削:xue",
        "血:xie",
        "属:zhu",
        "琢:zuo",
        "厦:xia",
        "似:shi",
        "盛:cheng",
        "什:shen",
        "系:ji",
        "熟:shou",
        "臂:bei",
        "膀:pang",
    ]
)


def spelled(text: str) -> str:
    """Return a text in pinyin without tones, as typed into an input method: 面霜 → mianshuang."""
    return "".join(lazy_pinyin(text))


def initials(text: str) -> str:
    """Return the first letters of the pinyin: 面霜 → ms."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


def readings(character: str) -> tuple[str, ...]:
    """Return how a character is read, without tones, the usual reading first: 重 → zhong, chong."""
    usual, other = spelled(character), _OTHER_READINGS.get(character, "")
    return (usual, other) if other and other != usual else (usual,)


@lru_cache(maxsize=16384)
def sound(character: str) -> str:
    """Return how a character sounds, without tone and without the pairs that input methods and dialects mix."""
    return _near(spelled(character))


def sounds(text: str) -> str:
    """Return the sounds of a text, one word a character."""
    return " ".join(sound(character) for character in text)


_NEAR = (
    (re.compile("^([zcs])h"), r"\1"),
    (re.compile("^n"), "l"),
    (re.compile("^hu(?=.)"), "f"),
    (re.compile("ng$"), "n"),
)


@lru_cache(maxsize=50_000)
def syllables(text: str) -> tuple[str, ...]:
    """The syllables of a Chinese word without tones: 面霜 → mian, shuang."""
    return tuple(lazy_pinyin(text))


def near(sounds: Sequence[str]) -> str:
    """One key for what many speakers do not tell apart: zh and z, n and l, an and ang, hu and f."""
    return " ".join(map(_near, sounds))


_RUN_TOGETHER = (
    (re.compile("([zcs])h"), r"\1"),
    (re.compile("n(?=[aeiouv])"), "l"),
    (re.compile("hu(?=[aeo])"), "f"),
    (re.compile("ng"), "n"),
)


def near_typed(letters: str) -> str:
    """The same for pinyin typed in one go, whose syllables nobody has told apart: zhensi and zensi are one."""
    for pattern, one in _RUN_TOGETHER:
        letters = pattern.sub(one, letters)
    return letters


@lru_cache(maxsize=2_000)
def _near(syllable: str) -> str:
    for pattern, one in _NEAR:
        syllable = pattern.sub(one, syllable)
    return syllable
