"""How many of the seeds of a random test run with every change, and how many only in a long run."""

import pytest


def seeds(few: int, *, of: int) -> list[object]:
    """The first ``few`` always, the rest in ``make faults``."""
    return [seed if seed < few else pytest.param(seed, marks=pytest.mark.faults) for seed in range(of)]
