"""Reading a question as guides and customers type it, before it is searched for."""

from collections.abc import Sequence

from knowledge.asking.asked import Asked, Part
from knowledge.asking.vocabulary import Vocabulary
from knowledge.words.wording import Wording


class Asking:
    """Reads questions against one shop's vocabulary. Deterministic, no network; safe to share between threads."""

    def __init__(self, wording: Wording, vocabulary: Vocabulary) -> None:
        self._wording = wording
        self._vocabulary = vocabulary

    def read(self, text: str, earlier: Sequence[str] = ()) -> Asked:
        """Read a question; ``earlier`` are the messages before it, latest last."""
        folded = self._wording.fold(text)
        return Asked(text=folded, parts=(Part(text=folded),))
