"""Whether the sentence highlighted in the right passage is the one that answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from eval.retrieval.corpus import Qrels, Query
from knowledge.answering import rank
from knowledge.passage import Passage
from knowledge.words.wording import Wording

_WINDOW = 8


@dataclass(frozen=True)
class Sentences:
    """How often the answering sentence of a right passage stands first, and among the first three."""

    passages: int
    first: float
    first_three: float


def measure_sentences(every: Mapping[str, Query], judged: Qrels, passages: Mapping[str, Passage]) -> Sentences | None:
    """Rank the sentences of every judged passage whose answer is quoted; None where the set quotes none.

    Passages of one sentence are left out: they could not be wrong.
    """
    wording = Wording()
    places = []
    for query_id in judged:
        query = every[query_id]
        for passage_id, quote in query.about.sentences.items():
            passage = passages[passage_id]
            context = " ".join((passage.title, *passage.heading))
            ranked = rank(wording.question(query.text), passage.text, wording, context) if _bare(quote) else ()
            hits = [_holds(one.text, quote) for one in ranked]
            if len(hits) > 1 and any(hits):
                places.append(hits.index(True))
    if not places:
        return None
    first, three = sum(place == 0 for place in places), sum(place < 3 for place in places)
    return Sentences(len(places), first / len(places), three / len(places))


def _holds(sentence: str, quote: str) -> bool:
    """Say whether the quote stands in the sentence; one over two sentences counts for each that has a good part."""
    words, wanted = _bare(sentence), _bare(quote)
    parts = (wanted[at : at + _WINDOW] for at in range(max(1, len(wanted) - _WINDOW + 1)))
    return any(part in words for part in parts)


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
