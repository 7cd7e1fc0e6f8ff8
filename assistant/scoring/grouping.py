"""Which questions ask the same: the nearest topic for one question, and topics for many at once.

No model: two belong together when the words, the wants and the products of both agree far enough (``alike``). A topic is read
as one question that says each thing as often as its questions do, so that one odd question draws nothing in. Gathering many
at once always joins the two that are most alike; it is right oftener than taking them as they come, since who asks first
decides nothing. The same questions always make the same groups.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from assistant.scoring.alike import Likeness, Rarity, likeness, measures, rarity, same_products, weigh
from assistant.scoring.asking import Asked, Sort, Synonyms, Wants, read, together

__all__ = [
    "JOINS",
    "SAME",
    "Asked",
    "Likeness",
    "Rarity",
    "Sort",
    "Synonyms",
    "Wants",
    "gather",
    "likeness",
    "nearest",
    "rarity",
    "read",
    "together",
]

SAME = 0.4
"""From this likeness on two topics are one when many are gathered. tests/scoring/test_grouping.py says what it gives."""
JOINS = 0.6
"""From this likeness on a single question joins a topic as it comes; what it leaves apart is gathered later."""
_COMMON_FROM = 40
_COMMON_SHARE = 0.25

Weigh = Callable[[Sequence[float]], float]


def nearest(asked: Asked, topics: Sequence[Asked], rare: Rarity) -> int | None:
    """The place of the topic a question belongs to, or None when it asks something new."""
    best, place = JOINS, None
    for number, topic in enumerate(topics):
        value = likeness(asked, topic, rare).value
        if value >= best and (place is None or value > best):
            best, place = value, number
    return place


def gather(asked: Sequence[Asked], same: float = SAME, by: Weigh = weigh) -> list[list[int]]:
    """Gather questions into topics; each is the places of its questions, in their order."""
    return _Gathering(asked, by).until(same)


class _Gathering:
    """Topics that are joined, the two most alike first. A joined topic takes a new number."""

    def __init__(self, asked: Sequence[Asked], by: Weigh) -> None:
        self._by = by
        self._rare = rarity(len(asked), Counter(word for one in asked for word in one.words))
        self._topics: dict[int, Asked] = dict(enumerate(asked))
        self._places: dict[int, list[int]] = {number: [number] for number in self._topics}
        self._next = len(asked)
        self._having: dict[str, set[int]] = {}
        self._likest: list[tuple[float, int, int]] = []
        for number, one in enumerate(asked):
            self._list(number, one)
        most = max(_COMMON_FROM, int(_COMMON_SHARE * len(asked)))
        self._common = frozenset(word for word, having in self._having.items() if len(having) > most)
        for number in range(len(asked)):
            self._compare(number, (other for other in self._sharing(number) if other > number))

    def until(self, same: float) -> list[list[int]]:
        """Join as long as two are at least so alike."""
        while self._likest and -self._likest[0][0] >= same:
            _, one, other = heapq.heappop(self._likest)
            if one in self._topics and other in self._topics:
                self._join(one, other)
        return sorted(sorted(places) for places in self._places.values())

    def _join(self, one: int, other: int) -> None:
        joined, self._next = self._next, self._next + 1
        self._topics[joined] = together((self._topics.pop(one), self._topics.pop(other)))
        self._places[joined] = self._places.pop(one) + self._places.pop(other)
        self._list(joined, self._topics[joined])
        self._compare(joined, self._sharing(joined))

    def _list(self, number: int, topic: Asked) -> None:
        for word in topic.looked_for:
            self._having.setdefault(word, set()).add(number)

    def _sharing(self, number: int) -> list[int]:
        words = self._topics[number].looked_for
        found = set[int]().union(*(self._having[word] for word in words - self._common))
        return sorted(other for other in found if other != number and other in self._topics)

    def _compare(self, number: int, others: Iterable[int]) -> None:
        mine = self._topics[number]
        for other in others:
            if same_products(mine, self._topics[other]):
                value = self._by(measures(mine, self._topics[other], self._rare))
                heapq.heappush(self._likest, (-value, number, other))
