"""Decision trees whose leaves add up, as they are packaged: what was learned by boosting, without the library that learned it.

The same row weighs the same on every machine: comparisons of one number with another, and a sum that is rounded once.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple


class Node(NamedTuple):
    """A knot of a tree: values up to ``limit`` go left; a leaf has ``feature`` -1 and its value in ``limit``."""

    feature: int
    limit: float
    left: int
    right: int


class Trees(NamedTuple):
    """What was learned: a row weighs ``base`` and what the leaf it comes to in each tree adds."""

    base: float
    trees: tuple[tuple[Node, ...], ...]

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> "Trees":
        """Take the trees out of a packaged file."""
        return cls(held["base"], tuple(tuple(Node(*node) for node in tree) for tree in held["trees"]))

    def packaged(self) -> dict[str, Any]:
        """Return what is packaged of them."""
        return {"base": self.base, "trees": [[list(node) for node in tree] for tree in self.trees]}

    def weigh(self, row: Sequence[float]) -> float:
        """Weigh one row of measures."""
        return fsum((self.base, *(_leaf(tree, row) for tree in self.trees)))


def _leaf(tree: Sequence[Node], row: Sequence[float]) -> float:
    feature, limit, left, right = tree[0]
    while feature >= 0:
        feature, limit, left, right = tree[left if row[feature] <= limit else right]
    return limit
