"""Phrases that language models love and no shop colleague writes to a customer. A blind list: its writer saw no drafts."""

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.packaged import packaged


@dataclass(frozen=True)
class Phrase:
    """A phrase, and how a colleague would say it."""

    pattern: re.Pattern[str]
    example: str
    instead: str


@dataclass(frozen=True)
class Phrases:
    """The list, and sentences people really say, which none of it may touch."""

    phrases: tuple[Phrase, ...]
    spoken: tuple[str, ...]

    def first_in(self, text: str) -> tuple[str, str]:
        """Return the first such phrase of a text and how to say it; empty strings for none."""
        for one in self.phrases:
            match = one.pattern.search(text)
            if match:
                return match.group(), one.instead
        return "", ""


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """Read the packaged list."""
    raw = packaged("assistant.flow.guard", "model_phrases.yaml")
    listed = tuple(Phrase(re.compile(row["pattern"]), row["example"], row["instead"]) for row in raw["phrases"])
    return Phrases(listed, tuple(raw["spoken"]))
