"""What a person can be known by in a text, and how it is struck out. Pure."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

STRUCK = "〔已删除〕"
_SEPARATORS = ("", " ", "-")
_SHORTEST_NAME = 2


@dataclass(frozen=True)
class Traces:
    """Her number, name and full phone; an empty one is not looked for."""

    customer_id: str = ""
    name: str = ""
    phone: str = ""

    def without_name(self) -> "Traces":
        """The same where another person goes by her name."""
        return Traces(self.customer_id, "", self.phone)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words to look for, as plain text; a phone may be written in groups."""
        found = [self.customer_id] if self.customer_id else []
        if len(self.name) >= _SHORTEST_NAME:
            found.append(self.name)
        return (*found, *dict.fromkeys(separator.join(self._phone_parts) for separator in _SEPARATORS if self.phone))

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """The words as they stand in a column, also inside JSON that is written in ASCII."""
        escaped = (json.dumps(word)[1:-1] for word in self.words)
        return tuple(dict.fromkeys((*self.words, *escaped)))

    @cached_property
    def grams(self) -> frozenset[str]:
        """The pieces of her name and whole words of hers that an index of words may hold."""
        name = self.name if len(self.name) >= _SHORTEST_NAME else ""
        pairs = {name[at : at + 2] for at in range(len(name) - 1)}
        return frozenset(pairs | {word.lower() for word in self.words})

    def renamed(self, text: str, word: str) -> str:
        """A key with another word in her place."""
        return self._pattern.sub(word, text) if self._pattern is not None else text

    def struck(self, value: Any) -> Any:
        """A text, or a JSON value whatever its depth, without her."""
        if isinstance(value, str):
            return self.renamed(value, STRUCK)
        if isinstance(value, dict):
            return {self.struck(key): self.struck(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.struck(inner) for inner in value]
        return value

    def blanked(self, value: Any) -> Any:
        """A JSON value of a record that is read back: where just her number stands, nothing stands afterwards."""
        if isinstance(value, dict):
            return {key: self.blanked(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.blanked(inner) for inner in value]
        return "" if value == self.customer_id and value else self.struck(value)

    @cached_property
    def _phone_parts(self) -> tuple[str, ...]:
        digits = self.phone
        return (digits[:3], digits[3:7], digits[7:]) if len(digits) == 11 else (digits,)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = []
        if len(self.name) >= _SHORTEST_NAME:
            found.append(re.escape(self.name))
        if self.customer_id:
            # inside a longer word the letters are another word's
            found.append(rf"(?<![0-9A-Za-z_-]){re.escape(self.customer_id)}(?![0-9A-Za-z_-])")
        if self.phone:
            found.append(rf"(?<!\d){'[ -]?'.join(re.escape(part) for part in self._phone_parts)}(?!\d)")
        return re.compile("|".join(found)) if found else None
