"""How alike two texts are; one measure for the guide's edits and for what is kept of them."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from knowledge.noun import Noun


class Nearest(Noun):
    """The most similar of several texts: its place in the list and the likeness, 0..1."""

    place: int
    similarity: float


def most_similar(text: str, others: Sequence[str]) -> Nearest:
    """Find the text this one was most likely made from; ``others`` must not be empty."""
    scores = [fuzz.ratio(text, other) / 100 for other in others]
    best = max(range(len(scores)), key=lambda place: (scores[place], -place))
    return Nearest(place=best, similarity=round(scores[best], 4))
