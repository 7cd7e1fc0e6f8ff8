"""What a turn would look like as a case, with nobody real in it: for whoever is about to keep it.

The evaluation invents a stand-in for everybody when it writes the case and takes none in which a person is left
(``eval.collecting``); here a label stands in each place, so that a manager sees what will be replaced.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from knowledge.folding import fold_looks
from knowledge.people import Named, People, not_overlapping, strangers
from knowledge.personal import find_in_folded

CUSTOMER, GUIDE, SOMEBODY = "客户", "导购", "他人"


class Piece(NamedTuple):
    """A run of a text; ``hidden`` where a label stands for what was there."""

    text: str
    hidden: bool


def known_people(customers: Iterable[str], guides: Iterable[str]) -> People:
    """Everybody whose name may stand in the words of a guide."""
    return People((*((CUSTOMER, one) for one in customers if one), *((GUIDE, one) for one in guides if one)))


def redacted(text: str, people: People) -> tuple[Piece, ...]:
    """The text in pieces, with a label for every person, number, address and date of birth."""
    folded = fold_looks(text)
    pieces: list[Piece] = []
    position = 0
    for found in not_overlapping(_personal(folded.text, people)):
        place = folded.place(found.start, found.end)
        if place.start > position:
            pieces.append(Piece(text[position : place.start], hidden=False))
        pieces.append(Piece(f"〔{found.label or SOMEBODY}〕", hidden=True))
        position = place.end
    if position < len(text):
        pieces.append(Piece(text[position:], hidden=False))
    return tuple(pieces)


def _personal(text: str, people: People) -> Iterator[Named]:
    yield from people.find(text)
    yield from (Named(one.start, one.end, SOMEBODY) for one in strangers(text))
    yield from (Named(one.start, one.end, one.kind.label) for one in find_in_folded(text))
