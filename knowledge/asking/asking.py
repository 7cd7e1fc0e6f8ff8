"""Reading a question as guides and customers type it, before it is searched for."""

import re
from collections.abc import Sequence

from knowledge.asking.asked import Asked, Correction, CorrectionKind, Part
from knowledge.asking.faces import without_faces
from knowledge.asking.figures import other_writings
from knowledge.asking.slips import Slips
from knowledge.asking.vocabulary import Vocabulary
from knowledge.words.wording import Wording

# letters in a row, or with single blanks between them as syllables are typed
_TYPED = re.compile(r"(?<![a-z0-9_-])[a-z]+(?:[ '][a-z]+)*(?![a-z0-9_-])")
_LEAST_LETTERS = 4
_LONGEST_SPELLING = 24
# 吗 呢 吧 啊 呀 的 了 不: typed behind a word, they ask and name nothing
_PARTICLES = frozenset(["ma", "ne", "ba", "a", "ya", "de", "le", "bu", "me"])
# 那…呢, 如果…, 它…: said of what was spoken of before
_POINTS_BACK = re.compile(
    r"^(?:那|还|也|要是|如果|万一|不然|然后|另外|可是|可我|可不|但|它|这|都|就|只|再|又|不过|所以)|(?:呢|的话)[?!。~ ]*$|它|这个|那个|这款|那款|这种|那种|刚才|上面"
)
_ENDS = re.compile(r"(?<=[?？!！。；;])|[\n]+")
_LEAST_PART = 4
_MOST_PARTS = 3


class Asking:
    """Reads questions against one shop's vocabulary. Deterministic, no network; safe to share between threads."""

    def __init__(self, wording: Wording, vocabulary: Vocabulary) -> None:
        self._wording = wording
        self._vocabulary = vocabulary
        self._slips = Slips(wording, vocabulary)

    def read(self, text: str, earlier: Sequence[str] = ()) -> Asked:
        """Read a question; ``earlier`` are the messages before it, latest last."""
        folded = without_faces(self._wording.fold(text))
        corrections = (
            *(slip for match in _TYPED.finditer(folded) for slip in self._typed(match.group())),
            *self._slips.heard(folded),
            *self._slips.codes(folded),
        )
        parts = tuple(self._part(part, folded, corrections) for part in _parts(folded))
        return Asked(text=folded, parts=parts, corrections=corrections)

    def _part(self, text: str, whole: str, corrections: Sequence[Correction]) -> Part:
        meant = (slip.meant for slip in corrections if slip.said in text)
        added = tuple(dict.fromkeys((*meant, *other_writings(text))))
        # 运费谁出 after 拆封能退吗？ is asked of the same goods; what the other part names is leaned on
        return Part(text=text, added=added, carried=() if text == whole else (whole,))

    def _typed(self, run: str) -> list[Correction]:
        """Take letters that no passage has for pinyin, when the shop's own words spell all of them."""
        pieces = re.split("[ ']", run)
        joined = "".join(pieces)
        unknown = not all(self._vocabulary.knows(piece) for piece in pieces)
        if not unknown:
            return []
        if len(joined) < _LEAST_LETTERS:
            return self._misspelled(pieces)
        if whole := self._spelled_out("".join(piece for piece in pieces if piece not in _PARTICLES)):
            meant = " ".join(whole)
            return [Correction(said=piece, meant=meant, kind=CorrectionKind.PINYIN) for piece in pieces]
        spelled = {piece: self._spelled_out(piece) for piece in pieces if len(piece) >= _LEAST_LETTERS}
        found = [
            Correction(said=said, meant=" ".join(words), kind=CorrectionKind.PINYIN)
            for said, words in spelled.items()
            if words
        ]
        return found + self._misspelled([piece for piece in pieces if not spelled.get(piece)])

    def _misspelled(self, pieces: Sequence[str]) -> list[Correction]:
        unknown = (piece for piece in pieces if piece not in _PARTICLES and not self._vocabulary.knows(piece))
        return [slip for piece in unknown if (slip := self._slips.spelled(piece)) is not None]

    def _spelled_out(self, letters: str) -> list[str]:
        """The fewest words of the vocabulary that spell these letters, commoner ones first; none where none do."""
        typed = self._vocabulary.typed()
        best: list[list[str] | None] = [[], *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST_SPELLING), end):
                before, word = best[start], typed.get(letters[start:end])
                if before is not None and word is not None:
                    best[end] = min(best[end] or [], [*before, word], key=self._cost) if best[end] else [*before, word]
        found = best[-1] or []
        return found if any(len(word) > 1 for word in found) else []

    def _cost(self, words: Sequence[str]) -> tuple[int, int]:
        return len(words), -sum(map(self._vocabulary.count, words))


def points_back(folded: str) -> bool:
    """Say whether a question is put as going on from the message before it."""
    return _POINTS_BACK.search(folded) is not None


def _parts(folded: str) -> list[str]:
    """Single questions where a question mark or a line's end stands between them; a scrap joins its neighbour."""
    pieces = [piece.strip() for piece in _ENDS.split(folded) if piece.strip()]
    asked = sum("?" in piece or "？" in piece for piece in pieces)
    if asked < 1 or len(pieces) < 2 or len(pieces) > _MOST_PARTS or min(map(len, pieces)) < _LEAST_PART:
        return [folded]
    return pieces
