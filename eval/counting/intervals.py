"""How far a share of so many turns may be from the true one."""

import math

_Z = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""


def wilson(passed: int, judged: int) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a share; None of nothing. It stays between 0 and 1, also for 0 and for all of few."""
    if not judged:
        return None
    share = passed / judged
    spread = _Z * math.sqrt(share * (1 - share) / judged + _Z**2 / (4 * judged**2))
    middle = share + _Z**2 / (2 * judged)
    whole = 1 + _Z**2 / judged
    # rounding must not put the end of "all passed" beside 1
    low = 0.0 if passed == 0 else (middle - spread) / whole
    high = 1.0 if passed == judged else (middle + spread) / whole
    return low, high
