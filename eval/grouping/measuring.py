"""How often the gap board's grouping is right: over all pairs of questions, those put together and those that belong together."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from assistant.scoring.alike import rarity, weigh
from assistant.scoring.asking import Asked, read, together
from assistant.scoring.grouping import SAME, Weigh, gather, nearest

QUESTIONS = Path(__file__).with_name("questions.yaml")
"""What is learned from and chosen by."""
HELD_OUT = Path(__file__).with_name("held_out.yaml")
"""Other subjects, written before any method was tried; nothing is chosen or learned by them."""


class Topic(NamedTuple):
    """Questions that one answer settles, and the products they name."""

    name: str
    asked: tuple[str, ...]
    skus: frozenset[str] = frozenset()
    is_fresh: bool = False

    def read(self, but: frozenset[str] = frozenset()) -> list[Asked]:
        """Take its questions apart; ``but`` are listed words to do without."""
        return [read(question, self.skus, but=but) for question in self.asked]


class Pairs(NamedTuple):
    """Of the pairs put together how many belong together, and of those that belong together how many were."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def topics_of(file: Path) -> list[Topic]:
    """The topics written in a file."""
    return [
        Topic(one["topic"], tuple(one["asked"]), frozenset(one.get("skus", ())), bool(one.get("fresh")))
        for one in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    ]


def gathered(
    topics: Sequence[Topic], same: float = SAME, by: Weigh = weigh, but: frozenset[str] = frozenset()
) -> Pairs:
    """Gather all their questions at once, as the board does from time to time."""
    asked = [(one, number) for number, topic in enumerate(topics) for one in topic.read(but)]
    groups = gather([one for one, _ in asked], same, by)
    return _compared((group, asked[place][1]) for group, places in enumerate(groups) for place in places)


def as_they_come(topics: Sequence[Topic], seed: int) -> Pairs:
    """Take their questions in one after the other, as the board does at once: each joins a topic or begins one."""
    asked = [(one, number) for number, topic in enumerate(topics) for one in topic.read()]
    random.Random(seed).shuffle(asked)
    known: list[list[Asked]] = []
    said: Counter[str] = Counter()
    placed: list[tuple[int, int]] = []
    for count, (one, number) in enumerate(asked):
        place = nearest(one, [together(members) for members in known], rarity(count, said))
        if place is None:
            known.append([])
            place = len(known) - 1
        known[place].append(one)
        said.update(one.words.keys())
        placed.append((place, number))
    return _compared(placed)


def _compared(placed: Iterable[tuple[int, int]]) -> Pairs:
    """Compare (group, topic) of every question."""
    both = Counter(placed)
    groups: Counter[int] = Counter()
    topics: Counter[int] = Counter()
    for (group, topic), times in both.items():
        groups[group] += times
        topics[topic] += times
    right = _pairs(both.values())
    return Pairs(right / max(1, _pairs(groups.values())), right / max(1, _pairs(topics.values())))


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
