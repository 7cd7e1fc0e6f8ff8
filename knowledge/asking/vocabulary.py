"""The words of a shop's own material, with the number of passages that have them, and how they are typed in pinyin."""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from knowledge.asking.pinyin import spelled
from knowledge.words.wording import Wording

_LATIN = re.compile(r"[a-z]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LONGEST_WORD = 6


class Vocabulary:
    """What words the material has. ``learn`` and ``forget`` follow the index; one thread at a time may call them,
    any number may read meanwhile."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._counts: Counter[str] = Counter()
        self._passages = 0
        # made when first asked for: most questions are typed in characters
        self._typed: Mapping[str, str] | None = None

    def learn(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Count the words of folded passages. ``names`` are their titles, headings, product names, aliases and codes,
        one for every passage that carries them."""
        for text in texts:
            self._counts.update(self._words(text))
            self._passages += 1
        self._counts.update(name for name in names if 1 < len(name) <= _LONGEST_WORD)
        self._typed = None

    def forget(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Take back what ``learn`` counted for these passages."""
        for text in texts:
            self._counts.subtract(self._words(text))
            self._passages -= 1
        self._counts.subtract(name for name in names if 1 < len(name) <= _LONGEST_WORD)
        self._counts = +self._counts
        self._typed = None

    def clear(self) -> None:
        """Forget everything."""
        self._counts, self._passages, self._typed = Counter(), 0, None

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
        """Words, single characters and Latin words of a folded text."""
        words = {word for word in self._wording.words(text) if len(word) <= _LONGEST_WORD}
        return words.union(_CHINESE.findall(text), _LATIN.findall(text))
