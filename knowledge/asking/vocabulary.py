"""The words of a shop's own material, with the number of passages that have them, and how they are typed in pinyin."""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path
from typing import Self

from knowledge.asking.pinyin import near, spelled, syllables
from knowledge.words.wording import Wording

_LATIN = re.compile(r"[a-z]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LONGEST_WORD = 6
_CODE = re.compile(r"(?<![a-z0-9])[a-z0-9]+(?:[-_.][a-z0-9]+)+(?![a-z0-9])")
_SEPARATORS = re.compile(r"[-_.]")
# homophones and initials are looked for among so many of the commonest words of two to four characters
_MOST_HEARD = 10_000
# so many words that came or went are not worth listening to all of them anew
_FEW_WORDS = 2_000
_LONGEST_HEARD = 4
_LEAST_INITIALS = 3
_LEAST_LATIN = 4


def bare_code(code: str) -> str:
    """A code without what stands between its parts: yy-fc-006 → yyfc006."""
    return _SEPARATORS.sub("", code)


@dataclass(frozen=True)
class _Sounds:
    """The shop's commoner words by their sound, as ``near`` writes it, and by their initials."""

    near: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    initials: dict[str, str] = field(default_factory=dict)
    latin: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)

    def hear(self, word: str) -> None:
        """Take in one word; of several with the same initials the first stays, a code that two share is nobody's."""
        if _CODE.fullmatch(word):
            for short in (bare_code(word), bare_code(word.partition("-")[2])):
                if len(short) >= _LEAST_INITIALS:
                    self.codes[short] = "" if self.codes.get(short, word) != word else word
        elif _LATIN.fullmatch(word) and len(word) >= _LEAST_LATIN:
            self.latin.append(word)
        elif _is_heard(word):
            sounds = syllables(word)
            self.near[near(sounds)].append(word)
            if len(word) >= _LEAST_INITIALS:
                self.initials.setdefault("".join(sound[0] for sound in sounds), word)


def _is_heard(word: str) -> bool:
    return 1 < len(word) <= _LONGEST_HEARD and _CHINESE.match(word) is not None


class Vocabulary:
    """What words the material has. ``learn`` and ``forget`` follow the index; one thread at a time may call them,
    any number may read meanwhile."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._counts: Counter[str] = Counter()
        self._passages = 0
        # made when first asked for: most questions are typed in characters
        self._typed: Mapping[str, str] | None = None
        self._sounds: _Sounds | None = None

    def learn(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Count the words of folded passages. ``names`` are their titles, headings, product names, aliases and codes,
        one for every passage that carries them."""
        fresh: list[str] = []
        for text in texts:
            words = self._words(text)
            # nothing was listened to yet while an index is first built; a Counter's own difference walks all of it
            if self._sounds is not None and len(fresh) <= _FEW_WORDS:
                fresh += (word for word in words if word not in self._counts)
            self._counts.update(words)
            self._passages += 1
        named = [name for name in names if 1 < len(name) <= _LONGEST_WORD]
        fresh += (name for name in dict.fromkeys(named) if name not in self._counts)
        self._counts.update(named)
        self._typed = None
        self._hear(fresh)

    def forget(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Take back what ``learn`` counted for these passages."""
        for text in texts:
            self._counts.subtract(self._words(text))
            self._passages -= 1
        self._counts.subtract(name for name in names if 1 < len(name) <= _LONGEST_WORD)
        before = len(self._counts)
        self._counts = +self._counts
        self._typed = None
        if before - len(self._counts) > _FEW_WORDS:
            self._sounds = None

    def clear(self) -> None:
        """Forget everything."""
        self._counts, self._passages, self._typed, self._sounds = Counter(), 0, None, None

    @property
    def passages(self) -> int:
        """How many passages have been counted; an owner whose own count differs learns anew."""
        return self._passages

    def knows(self, word: str) -> bool:
        """Say whether the word stands in any passage."""
        return word in self._counts

    def count(self, word: str) -> int:
        """How many passages have the word."""
        return self._counts[word]

    def typed(self) -> Mapping[str, str]:
        """The commonest word by its pinyin without tones and blanks: ``baoyou`` → 包邮."""
        known = self._typed
        if known is None:
            spellings: dict[str, list[str]] = defaultdict(list)
            for word in self._counts:
                if _CHINESE.match(word):
                    spellings[spelled(word)].append(word)
            known = {typed: max(words, key=lambda one: (self._counts[one], one)) for typed, words in spellings.items()}
            self._typed = known
        return known

    def sounding(self, sound: str) -> tuple[str, ...]:
        """Words that sound like this; see ``near``."""
        # what was forgotten since is still heard, and no word of the shop any more
        return tuple(word for word in self._heard().near.get(sound, ()) if word in self._counts)

    def abbreviated(self, letters: str) -> str:
        """The commonest word with these initials (three and more); empty for none."""
        return self._there(self._heard().initials.get(letters, ""))

    def latin(self) -> tuple[str, ...]:
        """Latin words of the material."""
        return tuple(word for word in self._heard().latin if word in self._counts)

    def code(self, bare: str) -> str:
        """The code that is written so without separators, or without its first part too; empty when several are."""
        return self._there(self._heard().codes.get(bare, ""))

    def _there(self, word: str) -> str:
        return word if word in self._counts else ""

    def _heard(self) -> _Sounds:
        known = self._sounds
        if known is None:
            known = self._sounds = self._listen()
        return known

    def _listen(self) -> _Sounds:
        sounds = _Sounds()
        heard = (word for word in self._counts if _is_heard(word))
        # the commonest first: of several with the same initials it is the one that is meant
        for word in nlargest(_MOST_HEARD, heard, key=lambda word: (self._counts[word], word)):
            sounds.hear(word)
        for word in self._counts:
            if word.isascii():
                sounds.hear(word)
        return sounds

    def _hear(self, fresh: Sequence[str]) -> None:
        if self._sounds is None:
            return
        if len(fresh) > _FEW_WORDS:
            self._sounds = None
            return
        for word in fresh:
            self._sounds.hear(word)

    def save(self, file: Path) -> None:
        """Write the counts to a file, whole or not at all."""
        whole = file.with_name(f"{file.name}.new")
        whole.write_text(json.dumps([self._passages, self._counts], ensure_ascii=False), encoding="utf-8")
        os.replace(whole, file)

    @classmethod
    def load(cls, file: Path, wording: Wording) -> Self:
        """Read the counts back; an empty vocabulary where there is no file or not one of ours."""
        found = cls(wording)
        try:
            passages, counts = json.loads(file.read_text(encoding="utf-8"))
            found._counts, found._passages = (
                Counter({str(word): int(count) for word, count in counts.items()}),
                passages,
            )
        except (OSError, ValueError, TypeError, AttributeError):
            # it is counted anew from the passages themselves
            return cls(wording)
        return found

    def _words(self, text: str) -> set[str]:
        """Words, single characters, Latin words and codes of a folded text."""
        words = {word for word in self._wording.words(text) if len(word) <= _LONGEST_WORD}
        return words.union(_CHINESE.findall(text), _LATIN.findall(text), _CODE.findall(text))
