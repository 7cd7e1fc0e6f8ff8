"""A figure, its baseline, and the arithmetic both need."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``baseline_name`` says what ``baseline`` is; ``aim`` is the most (or least) we want."""

    name: str
    value: float
    unit: str
    baseline: float
    baseline_name: str
    aim: str = ""

    @property
    def ratio(self) -> float:
        """How many times the baseline."""
        return self.value / self.baseline if self.baseline else math.inf


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0..1) of the values lies; the nearest one measured. Raises on no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
