"""Tells a customer's own words from the guide's: pasted chat lines, 客户：…, and words in quotation marks."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from assistant.flow.words.writing import fold

_CLOCK = (
    r"(?:\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*|昨天\s*|今天\s*|星期.\s*|[上下早晚]+午?\s*)?\d{1,2}:\d{2}(?::\d{2})?"
)
_CHAT_HEAD = re.compile(rf"^(?P<speaker>\S[^\n]{{0,19}}?)\s*[:：]?\s+{_CLOCK}\s*[:：]?$")
_CUSTOMER_SAYS = re.compile(
    r"^(?P<who>客户|顾客|会员|客人|对方|她|他)(?:原话|发来的?|的?消息|发的|问的?|又?问|说|问我|问道)?\s*[:：]\s*(?P<words>.+)$",
    re.S,
)
_NAMED_SAYS = re.compile(r"^(?P<who>[^\s:：,，。]{2,10}?)(?:问|说|问我|发来)?[:：]\s*(?P<words>.{3,})$", re.S)
_QUOTED = re.compile(r"[“「『\"](?P<words>[^”」』\"]{5,})[”」』\"]")
_REPORTS = re.compile(r"问|说|发|客户|顾客|她|他|消息|回复|咋回|怎么回|原话")


@dataclass(frozen=True)
class Heard:
    """A message taken apart: ``words`` is what the need is read from, ``speaker`` who a pasted chat names.

    ``around`` are the guide's own words beside a quotation. All three are folded.
    """

    words: str
    around: str = ""
    speaker: str = ""
    from_customer: bool = False

    @property
    def text(self) -> str:
        """Everything that counts, the guide's words first."""
        return "\n".join(part for part in (self.around, self.words) if part)


def hear(text: str, guide_name: str, is_name: Callable[[str], bool], is_ours: Callable[[str], bool]) -> Heard:
    """Separate the customer's words from the guide's own; her lines in a pasted chat are left out.

    ``is_name`` decides whether the words before a colon are a person's (苏姐：…) or a heading (主题：…), ``is_ours``
    whether words in quotation marks are a name of the shop (「全场满300减30」) and nobody's words.
    """
    lines = [line.strip() for line in unicodedata.normalize("NFKC", text).splitlines() if line.strip()]
    chat = _chat(lines, guide_name)
    if chat is not None:
        return chat
    whole = "\n".join(lines)
    said = _CUSTOMER_SAYS.match(whole)
    if said:
        return Heard(fold(said.group("words")), from_customer=True)
    named = _NAMED_SAYS.match(whole)
    if named and is_name(fold(named.group("who"))):
        return Heard(fold(named.group("words")), speaker=fold(named.group("who")), from_customer=True)
    return _quoted(whole, is_ours)


def _chat(lines: list[str], guide_name: str) -> Heard | None:
    speaker = first = ""
    words: list[str] = []
    around: list[str] = []
    for line in lines:
        head = _CHAT_HEAD.match(line)
        if head:
            speaker = head.group("speaker").strip()
            first = first or (speaker if speaker != guide_name else "")
        elif speaker and speaker != guide_name:
            words.append(line)
        elif not speaker:
            around.append(line)
    if not words:
        return None
    return Heard(fold("\n".join(words)), fold("\n".join(around)), fold(first), from_customer=True)


def _quoted(whole: str, is_ours: Callable[[str], bool]) -> Heard:
    match = next((one for one in _QUOTED.finditer(whole) if not is_ours(fold(one.group("words")))), None)
    if match is None:
        return Heard(fold(whole))
    around = (whole[: match.start()] + " " + whole[match.end() :]).strip(" :：,，。")
    if around and not _REPORTS.search(around):
        return Heard(fold(whole))
    return Heard(fold(match.group("words")), fold(around), from_customer=True)
