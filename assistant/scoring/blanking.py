"""Turning a text that was sent back into a template: what the records filled in becomes a blank again.

A text in which a person, a phone or a figure without a blank is left is no template: somebody has to write it.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from assistant.scoring.edits import figures
from assistant.shop import BLANK, ScriptVariable
from knowledge.folding import fold_looks
from knowledge.people import People, strangers
from knowledge.personal import find_personal

_DIGIT = re.compile(r"[0-9０-９]+(?:\.[0-9]+)?")
_MONEY = re.compile(r"[¥￥]")
_SHORTEST = 4
"""Of fewer characters, blanks aside, nothing is left that somebody could say."""


class Known(NamedTuple):
    """Words that a record filled in, and the blank they stood in."""

    variable: ScriptVariable
    words: str


class Template(NamedTuple):
    """A text with blanks. ``left`` says, for a manager, why it cannot be proposed; empty when it can."""

    text: str
    left: str


def blanked(text: str, known: Iterable[Known]) -> str:
    """Put known words back into their blanks, the longest first; what stands in brackets already stays."""
    wanted = sorted({one for one in known if one.words}, key=lambda one: (-len(one.words), one.variable.value))
    for one in wanted:
        pieces = BLANK.split(text)[::2]
        blanks = [blank.group() for blank in BLANK.finditer(text)]
        put = [piece.replace(one.words, f"【{one.variable.label}】") for piece in pieces]
        text = "".join(piece + blank for piece, blank in zip(put, [*blanks, ""], strict=True))
    # 【优惠券】 fills in its own quotation marks
    return text.replace(f"「【{ScriptVariable.COUPON.label}】」", f"【{ScriptVariable.COUPON.label}】")


def template(text: str, known: Iterable[Known], *, own: str = "", people: People | None = None) -> Template:
    """Make a template of a text. ``own`` is the script as approved: figures that stand there stood there before.

    ``people`` are those whom the text could name: the customer, the guide, her colleagues.
    """
    made = blanked(text, known).strip()
    return Template(made, left_over(made, own=own, people=people))


def left_over(text: str, *, own: str = "", people: People | None = None) -> str:
    """Say what of a text belongs into no template; empty for nothing."""
    outside = BLANK.sub("，", text)
    folded = fold_looks(outside)
    if find_personal(outside):
        return "里面有号码或地址"
    if strangers(folded.text) or (people is not None and people.find(folded.text)):
        return "里面有人名"
    allowed = {*figures(own), *_DIGIT.findall(own)}
    stray = [one for one in (*figures(outside), *_DIGIT.findall(outside)) if one not in allowed]
    if stray:
        return f"里面有写死的数字（{stray[0]}）"
    if _MONEY.search(outside):
        return "里面有写死的价格"
    if len(re.sub(r"\W", "", outside)) < _SHORTEST:
        return "去掉变量就没有几个字了"
    return ""
