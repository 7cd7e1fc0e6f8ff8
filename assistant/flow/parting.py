"""Cutting a reply to a channel's limit: whole blocks first, then sentences, then characters, never inside a figure.

WeCom cuts an app text beyond 2,048 bytes without a word (page 90236), so nothing may be longer.
"""

import re
from collections.abc import Iterable

import grapheme

WECOM_BYTES = 2048
_SENTENCE_END = re.compile(r"(?<=[。！？；!?\n])")
# a price, a percentage, a date, a link or a code reads wrong when it is torn
_UNTEARABLE = re.compile(
    r"https?://\S+|[¥￥]?[0-9０-９][0-9０-９,，.．:：%％+~～\-]*[0-9０-９%％+]*\s?[元折天年月日号支瓶盒mMlLgG]*|[A-Za-z0-9_\-]{2,}"
)


def part(blocks: Iterable[str], limit: int = WECOM_BYTES) -> tuple[str, ...]:
    """Pack blocks into as few parts as fit ``limit`` bytes of UTF-8, in order; a block stays whole if it can."""
    parts: list[str] = []
    current = ""
    for block in blocks:
        for piece in _pieces(block, limit):
            joined = f"{current}\n\n{piece}" if current else piece
            if _size(joined) <= limit:
                current = joined
                continue
            if current:
                parts.append(current)
            current = piece
    if current:
        parts.append(current)
    return tuple(parts)


def _size(text: str) -> int:
    return len(text.encode())


def _pieces(block: str, limit: int) -> list[str]:
    """Cut a block that is too long by itself: at sentence ends, and inside a sentence only between units."""
    if _size(block) <= limit:
        return [block]
    pieces: list[str] = []
    current = ""
    for unit in _units(block, limit):
        if _size(current) + _size(unit) > limit:
            pieces.append(current.strip("\n"))
            current = ""
        current += unit
    pieces.append(current.strip("\n"))
    return [piece for piece in pieces if piece]


def _units(block: str, limit: int) -> Iterable[str]:
    for sentence in _SENTENCE_END.split(block):
        if _size(sentence) <= limit:
            yield sentence
        else:
            yield from _small_units(sentence, limit)


def _small_units(sentence: str, limit: int) -> Iterable[str]:
    start = 0
    for found in _UNTEARABLE.finditer(sentence):
        yield from grapheme.graphemes(sentence[start : found.start()])
        # a "figure" longer than a whole message is noise, and may be torn
        if _size(found.group()) <= limit:
            yield found.group()
        else:
            yield from grapheme.graphemes(found.group())
        start = found.end()
    yield from grapheme.graphemes(sentence[start:])
