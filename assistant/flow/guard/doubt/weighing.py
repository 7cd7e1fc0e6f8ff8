"""How doubtful a sentence is: a third reader, who has learned from true and false drafts what a record must stand behind.

It weighs what ``unsaid`` found of each clause, and what the rules object to: a small network over the clause's marks and measures
tells how doubtful the clause is (which words no record says are mere courtesy and which assert something), then small decision
trees look at the whole sentence. Both were learned by ``eval/guarding/third_reading`` from drafts that people worded freely
from the records of invented shops, and false sentences among them; they are data (``doubt.npz``, ``doubt_trees.json``). The
same sentence under the same records always weighs the same.
"""

import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

import numpy as np

from assistant.flow.guard.doubt.unsaid import MEASURES, Unsaid
from assistant.flow.guard.network import Network
from assistant.trees import Trees

CLAUSES = "doubt.npz"
TREES = "doubt_trees.json"
OWN = ("w-", "-")
"""Marks of words, runs and letters that no record has."""
_TIMES = (0, 1, 2, 5)
"""Seen in none, one, two to four, five or more of the true drafts learned from."""
_LEAST = -9.0
"""What stands for the second clause where there is none."""


class Limits(NamedTuple):
    """From which weight on a sentence is stopped: of a free writer, of a free writer where a rule objects, of the composer."""

    doubtful: float
    sound: float
    certain: float


@dataclass(frozen=True)
class Learned:
    """Everything learned. ``seen`` says how often true drafts have a mark of what no record says.

    ``row_of`` gives the row of a mark in the network, which weighs one clause.
    """

    row_of: dict[str, int]
    network: Network
    seen: dict[str, int]
    rules: tuple[str, ...]
    trees: Trees
    limits: Limits


@dataclass(frozen=True)
class Doubt:
    """How doubtful a sentence is, and the clause [start, end) that weighs most."""

    weight: float
    start: int
    end: int


@lru_cache(maxsize=1)
def learned() -> Learned:
    """Read what was learned, once."""
    folder = files("assistant.flow.guard.doubt")
    trees = json.loads(folder.joinpath(TREES).read_text("utf-8"))
    with np.load(io.BytesIO(folder.joinpath(CLAUSES).read_bytes())) as held:
        # those that are only counted as seen stand behind those that weigh
        marks = held["marks"].tobytes().decode("utf-8").split("\n")
        network = Network.of(held)
        return Learned(
            row_of={mark: row for row, mark in enumerate(marks[: len(network.units)])},
            network=network,
            seen={mark: times for mark, times in zip(marks, held["seen"].tolist(), strict=True) if times},
            rules=tuple(trees["rules"]),
            trees=Trees.of(trees),
            limits=Limits(*trees["limits"]),
        )


def weigh(clauses: Sequence[Unsaid], objected: Sequence[Collection[str]]) -> Doubt:
    """Weigh a sentence by its clauses; ``objected`` names for each the rules that object to words of it."""
    known = learned()
    weights = weigh_clauses(
        known.network, [_rows(marks, known) for marks in bags_of(clauses, objected, known.seen.get)]
    )
    row = row_of(clauses, objected, weights, known.rules)
    heaviest = clauses[weights.index(max(weights))]
    return Doubt(known.trees.weigh(row), heaviest.start, heaviest.end)


def _rows(marks: Collection[str], known: Learned) -> list[int]:
    return [known.row_of[mark] for mark in marks if mark in known.row_of]


def weigh_clauses(network: Network, rows: Sequence[Sequence[int]]) -> list[float]:
    """Weigh every clause by the rows of its marks in the network."""
    held = np.stack([network.add(list(one)) for one in rows])
    weights: list[float] = network.weigh(held)[:, 0].tolist()
    return weights


_MOST = 10
_MOST_CLAUSES, _MOST_OBJECTIONS = 6, 4
"""What is measured or counted higher is taken for this."""


def bags_of(
    clauses: Sequence[Unsaid], objected: Sequence[Collection[str]], seen: Callable[[str, int], int]
) -> list[frozenset[str]]:
    """Return everything the network looks at of each clause: its marks and measures, and how long and how doubted its sentence is."""
    sentence = (
        f"clauses={min(len(clauses), _MOST_CLAUSES)}",
        f"objections={min(sum(map(len, objected)), _MOST_OBJECTIONS)}",
    )
    return [
        frozenset(
            (
                *marks_of(clause, rules, seen),
                *(f"{name}={min(getattr(clause.measures, name), _MOST)}" for name in MEASURES),
                *sentence,
            )
        )
        for clause, rules in zip(clauses, objected, strict=True)
    ]


def marks_of(clause: Unsaid, rules: Collection[str], seen: Callable[[str, int], int]) -> Iterator[str]:
    """Yield every mark of a clause: its own, the rules, and how unheard of its own words are."""
    yield from clause.marks
    yield from (f"!{rule}" for rule in rules)
    counts = dict.fromkeys(((sort, times) for sort in "wrl" for times in _TIMES), 0)
    for mark in clause.marks:
        if mark.startswith(OWN):
            sort = "w" if mark[0] == "w" else "l" if len(mark) == 2 else "r"
            times = seen(mark, 0)
            counts[sort, next(most for most in reversed(_TIMES) if times >= most)] += 1
    for (sort, times), count in counts.items():
        if count or not times:
            yield f"seen:{sort}{times}={min(count, 5)}"


def row_of(
    clauses: Sequence[Unsaid], objected: Sequence[Collection[str]], weights: Sequence[float], rules: Sequence[str]
) -> list[float]:
    """What the trees look at: the weights, the objections, and the measures of the heaviest, the worst and the best clause."""
    ordered = sorted(weights, reverse=True)
    heaviest = clauses[weights.index(ordered[0])]
    objections = list(chain.from_iterable(objected))
    row = [ordered[0], ordered[1] if len(ordered) > 1 else _LEAST, float(len(clauses)), float(len(objections))]
    row += [float(objections.count(rule)) for rule in rules]
    for name in MEASURES:
        values = [getattr(clause.measures, name) for clause in clauses]
        row += [float(getattr(heaviest.measures, name)), float(max(values)), float(min(values)), float(sum(values))]
    return row
