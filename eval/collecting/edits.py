"""What a guide changed in a draft: the words she took out, the figures she kept, and those she put in."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

import rjieba
from rapidfuzz import fuzz

FEWEST, MOST = 3, 20
"""Of two characters (您 for 亲) nothing can be said; what is longer than a clause nobody will write again."""
MOST_WORDS = 5
EDITED = 50
"""Of texts less alike (0..100) one is no edit of the other."""
_FIGURE = re.compile(
    r"[¥￥]\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?\s?(?:元|折|天|小时|年|个月|月|日|号|点|毫升|ml|g|克|支|瓶|盒|件|张|分|%|％)"
)
_APART = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")


def figures_of(text: str) -> frozenset[str]:
    """The figures of a text with what they count."""
    return frozenset(found.replace(" ", "") for found in _FIGURE.findall(text))


def kept_figures(draft: str, sent: str) -> tuple[str, ...]:
    """The figures of a draft that were sent, in their order."""
    sent_figures = figures_of(sent)
    return tuple(one for one in dict.fromkeys(_FIGURE.findall(draft)) if one.replace(" ", "") in sent_figures)


def removed_figures(draft: str, sent: str) -> tuple[str, ...]:
    """The figures that another one took the place of; none where she only left things out."""
    if not figures_of(sent) - figures_of(draft) or _rewritten(draft, sent):
        return ()
    return tuple(one for one in dict.fromkeys(_FIGURE.findall(draft)) if one.replace(" ", "") not in figures_of(sent))


def removed_words(draft: str, sent: str, ours: Iterable[str] = ()) -> tuple[str, ...]:
    """Pieces of a draft that she took out; ``ours`` are names of the shop, which are right elsewhere."""
    if _rewritten(draft, sent):
        return ()
    before, after = rjieba.cut(draft), rjieba.cut(sent)
    pieces = [
        piece
        for step, start, end, _, _ in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
        if step in ("delete", "replace")
        for piece in _APART.split("".join(before[start:end]))
    ]
    names = tuple(ours)
    wanted = [
        piece
        for piece in dict.fromkeys(pieces)
        if FEWEST <= len(piece) <= MOST
        and _HAN.search(piece)
        and not _DIGIT.search(piece)
        and piece not in sent
        and not any(piece in name or name in piece for name in names if name)
    ]
    return tuple(wanted[:MOST_WORDS])


def _rewritten(draft: str, sent: str) -> bool:
    """Say whether she wrote a text of her own: then what is missing in it was not wrong."""
    return fuzz.ratio(draft, sent) < EDITED
