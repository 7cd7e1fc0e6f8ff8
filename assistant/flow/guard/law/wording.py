"""Patterns composed of named classes of words: how the compliance rules are written down.

A pattern is a regular expression in which ``{class}`` stands for any word of a class or for a named form, as kept in
``compliance_words.yaml``, and ``{one|other}`` for words that only this pattern needs. A ``!`` marks the anchor: the
pattern is looked for only around its words, which one pass of an automaton finds for all patterns together. What a group
named ``said`` takes is the part in question, where the rest only tells what it is about.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from knowledge.packaged import packaged

# A brace that is no repetition: {0,8} is left to the regular expression.
_SLOT = re.compile(r"\{(!?)([^{}\d,][^{}]*)\}")


@dataclass(frozen=True)
class Wording:
    """One compiled pattern and the literal words near which it is looked for."""

    pattern: re.Pattern[str]
    anchors: frozenset[str]


@dataclass(frozen=True)
class Vocabulary:
    """The classes of words and the named forms that patterns are composed of.

    ``heard`` are classes of everyday words that no pattern is composed of: only the second reader knows them.
    """

    words: Mapping[str, tuple[str, ...]]
    heard: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, str]

    def compose(self, written: str) -> Wording:
        """Compile a pattern; its anchors are empty where none is marked.

        Raises ``KeyError`` for a class that nobody has defined.
        """
        anchors: set[str] = set()

        def put(slot: re.Match[str]) -> str:
            if slot[2] in self.forms:
                return self.forms[slot[2]]
            words = tuple(slot[2].split("|")) if not slot[2].isascii() or "|" in slot[2] else self.words[slot[2]]
            if slot[1]:
                anchors.update(words)
            return any_word(words)

        return Wording(re.compile(_SLOT.sub(put, written)), frozenset(anchors))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Read the classes and forms as packaged."""
    raw = packaged("assistant.flow.guard.law", "compliance_words.yaml")
    listed: dict[str, list[str]] = raw["words"]
    words = {name: tuple(dict.fromkeys(_spread(name, listed))) for name in listed}
    heard = {name: tuple(dict.fromkeys(listed)) for name, listed in raw["heard"].items()}
    forms: dict[str, str] = {}
    for name, written in raw["forms"].items():
        forms[name] = Vocabulary(words, heard, forms).compose(written).pattern.pattern
    return Vocabulary(words, heard, forms)


def _spread(name: str, listed: Mapping[str, list[str]]) -> Iterable[str]:
    for word in listed[name]:
        inner = _SLOT.fullmatch(word)
        yield from _spread(inner[2], listed) if inner else (word,)


@lru_cache(maxsize=256)
def any_word(words: tuple[str, ...]) -> str:
    """Return a pattern that matches any of the words, the longest first, branching by first letter so that it is quick."""
    return f"(?:{_branches(frozenset(words))})"


def _branches(words: frozenset[str]) -> str:
    """Words that share a beginning are tried together: 补肾|补血 becomes 补(?:肾|血)."""
    starts: dict[str, set[str]] = {}
    for word in words:
        starts.setdefault(word[:1], set()).add(word[1:])
    parts = []
    for first in sorted(starts):
        rests = starts[first]
        longer = frozenset(rest for rest in rests if rest)
        if not longer:
            parts.append(re.escape(first))
        elif "" in rests:
            parts.append(f"{re.escape(first)}(?:{_branches(longer)})?")
        else:
            inner = _branches(longer)
            parts.append(f"{re.escape(first)}(?:{inner})" if len(longer) > 1 else f"{re.escape(first)}{inner}")
    return "|".join(parts)
