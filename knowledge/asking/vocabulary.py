"""The words of a shop's own material, with the number of passages that have them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self


class Vocabulary:
    """What words the material has. ``learn`` and ``forget`` follow the index; one thread at a time may call them,
    any number may read meanwhile."""

    def learn(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Count the words of folded passages. ``names`` are their titles, headings, product names, aliases and codes,
        one for every passage that carries them."""

    def forget(self, texts: Iterable[str], names: Iterable[str] = ()) -> None:
        """Take back what ``learn`` counted for these passages."""

    def clear(self) -> None:
        """Forget everything."""

    @property
    def passages(self) -> int:
        """How many passages have been counted; an owner whose own count differs learns anew."""
        return 0

    def save(self, file: Path) -> None:
        """Write the counts to a file, whole or not at all."""

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the counts back; an empty vocabulary where there is no file or not one of ours."""
        return cls()
