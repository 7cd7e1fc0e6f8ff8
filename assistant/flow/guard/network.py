"""A small network over features: what they add to some dozens of units, and what the units come to together.

Both readers that have learned weigh by one: the second, how unlawful a sentence sounds; the third, how doubtful a clause is.
Everything in it is whole parts of one, so that the same features weigh the same on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
FINENESS = 8
"""What a feature adds to a unit is packaged in this many parts of one: finer ones tell nothing apart that these do not."""
FINENESS_OF_UNITS = 256
"""The same of what a unit adds to the weights."""


class Packaged(TypedDict):
    """A network in a packaged file, each part under its own name."""

    units: NDArray[np.int8]
    at_rest: NDArray[np.int32]
    out: NDArray[np.int16]
    bias: NDArray[np.int32]


@dataclass(frozen=True)
class Network:
    """What the features add to the units and the units to the weights, in whole parts of one.

    ``units`` is [features, units] in parts of ``FINENESS``, ``at_rest`` what a unit holds before anything is read; ``out`` is
    [units, weights] in parts of ``FINENESS_OF_UNITS``; ``bias`` is [weights] in parts of both.
    """

    units: NDArray[np.int8]
    at_rest: Floats
    out: Floats
    bias: Floats

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> "Network":
        """Take the network out of a packaged file."""
        return cls(held["units"], *(held[name].astype(np.float64) for name in ("at_rest", "out", "bias")))

    def packaged(self, rows: NDArray[np.int64]) -> Packaged:
        """Return what is packaged of it, with the features of ``rows`` alone."""
        return {
            "units": self.units[rows],
            "at_rest": self.at_rest.astype(np.int32),
            "out": self.out.astype(np.int16),
            "bias": self.bias.astype(np.int32),
        }

    def add(self, rows: Sequence[int]) -> Floats:
        """Return what the units hold when the features of ``rows`` are read, without what they hold at rest."""
        held: Floats = self.units.take(rows, axis=0).sum(axis=0, dtype=np.int32).astype(np.float64)
        return held

    def weigh(self, held: Floats) -> Floats:
        """Weigh what the units hold, [..., units]; returns [..., weights]. Whole numbers far below 2**53: no sum is rounded."""
        weights: Floats = np.maximum(held + self.at_rest, 0.0) @ self.out + self.bias
        return weights / (FINENESS * FINENESS_OF_UNITS)
