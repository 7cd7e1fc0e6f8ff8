"""What is meant by a piece of a question that stands nowhere in the shop's material: a word that sounds like it,
its initials, a code without its dashes, a Latin word with a letter wrong.

A slip adds the word meant beside what was typed and replaces nothing: who typed a word the shop does not have yet
still searches for it.
"""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.asking.asked import Correction, CorrectionKind
from knowledge.asking.pinyin import near, syllables
from knowledge.asking.vocabulary import Vocabulary, bare_code
from knowledge.words.wording import Wording

_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9_.-]*[a-z])(?=[a-z0-9_.-]*\d)[a-z0-9]+(?:[-_.][a-z0-9]+)*(?![a-z0-9])")
_SHORTEST, _LONGEST = 2, 4
# these are typed in passing, and a window across them is no word: 能推, 还退
_PASSING = frozenset(
    "的了吗呢吧啊呀么能会要有是不在我你您他她它们这那给和跟与也都就还可几多少什怎用啥咋谁哪吃好没个下上"
)
_NUMERALS = frozenset("零一二两三四五六七八九十百千万")
_FIXED = _PASSING | _NUMERALS
_LEAST_SPELLED = 5
_LONG_WORD = 9


class Slips:
    """Looks for slips against one shop's vocabulary. Safe to share between threads."""

    def __init__(self, wording: Wording, vocabulary: Vocabulary) -> None:
        self._wording = wording
        self._vocabulary = vocabulary

    def heard(self, folded: str) -> Iterator[Correction]:
        """Chinese words that sound like one of the shop's and stand nowhere themselves: 发飘 → 发票."""
        for run in _HAN_RUN.findall(folded):
            tokens = self._wording.cut(run)
            # a word of the dictionary is meant as it stands, though the shop has none: 公司, 检测
            odd = [len(token) == 1 for token in tokens]
            place = 0
            while place < len(tokens):
                slip = next(self._windows(tokens, odd, place), None)
                if slip is not None:
                    correction, width = slip
                    yield correction
                    place += width
                else:
                    place += 1

    def _windows(self, tokens: Sequence[str], odd: Sequence[bool], start: int) -> Iterator[tuple[Correction, int]]:
        """Pieces that begin with this token, the longest first."""
        for end in range(min(len(tokens), start + _LONGEST), start, -1):
            said = "".join(tokens[start:end])
            if not _SHORTEST <= len(said) <= _LONGEST or not any(odd[start:end]) or self._vocabulary.knows(said):
                continue
            wrong = [is_odd for token, is_odd in zip(tokens[start:end], odd[start:end], strict=True) for _ in token]
            if meant := self._sounding(said, wrong):
                sounds = syllables(said) == syllables(meant)
                kind = CorrectionKind.SOUND if sounds else CorrectionKind.NEAR_SOUND
                yield Correction(said=said, meant=meant, kind=kind), end - start

    def _sounding(self, said: str, wrong: Sequence[bool]) -> str:
        """The shop's word that sounds most like it and differs only where something is odd; empty for none."""
        sounds = syllables(said)
        fitting = [
            word
            for word in self._vocabulary.sounding(near(sounds))
            if len(word) == len(said)
            and all(
                mine == theirs or (is_odd and _FIXED.isdisjoint((mine, theirs)))
                for mine, theirs, is_odd in zip(said, word, wrong, strict=True)
            )
            and any(map(str.__eq__, said, word))
            # two characters that only nearly sound alike may be any word
            and (len(word) > _SHORTEST or syllables(word) == sounds)
        ]
        return max(
            fitting,
            key=lambda word: (syllables(word) == sounds, self._vocabulary.count(word), word),
            default="",
        )

    def codes(self, folded: str) -> Iterator[Correction]:
        """Codes typed without their dashes or their first part: fc006 → yy-fc-006."""
        for match in _CODE.finditer(folded):
            said = match.group()
            meant = "" if self._vocabulary.knows(said) else self._vocabulary.code(bare_code(said))
            if meant and meant != said:
                yield Correction(said=said, meant=meant, kind=CorrectionKind.CODE)

    def spelled(self, letters: str) -> Correction | None:
        """The initials or the nearly right spelling of one of the shop's words, for letters that stand nowhere."""
        if meant := self._vocabulary.abbreviated(letters):
            return Correction(said=letters, meant=meant, kind=CorrectionKind.INITIALS)
        if len(letters) < _LEAST_SPELLED:
            return None
        allowed = 2 if len(letters) >= _LONG_WORD else 1
        near_words = process.extractOne(letters, self._vocabulary.latin(), scorer=OSA.distance, score_cutoff=allowed)
        if near_words is None:
            return None
        return Correction(said=letters, meant=near_words[0], kind=CorrectionKind.SPELLING)
