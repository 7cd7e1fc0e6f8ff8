"""What changed between two texts, word by word."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import rjieba

Kind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    """A run of words that is in both texts, only in the first, or only in the second."""

    kind: Kind
    text: str


class Difference(NamedTuple):
    """Two texts side by side; joined, each side's pieces are that text again."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """True when the texts differ at all."""
        return any(piece.kind != "same" for piece in (*self.before, *self.after))


def compare(before: str, after: str) -> Difference:
    """Compare by words: single characters would tear Chinese words apart."""
    pieces = tuple(_pieces(rjieba.cut(before), rjieba.cut(after)))
    return Difference(
        tuple(piece for piece in pieces if piece.kind != "added"),
        tuple(piece for piece in pieces if piece.kind != "removed"),
    )


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[old_start:old_end]))
            continue
        if old_end > old_start:
            yield Piece("removed", "".join(old[old_start:old_end]))
        if new_end > new_start:
            yield Piece("added", "".join(new[new_start:new_end]))
