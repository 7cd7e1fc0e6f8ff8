"""Share an amount over lines so that the parts sum exactly."""

from collections.abc import Sequence


def allocate(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share ``amount`` 分 in proportion to ``weights`` by largest remainder; the earlier line wins a tie.

    The parts sum to ``amount`` exactly. While ``amount`` is not more than the weights together, no part
    is more than its weight, so a line never falls below zero. Raises ValueError for a negative input or for
    an amount that has no weight to rest on.
    """
    total = sum(weights)
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("amount and weights must not be negative")
    if amount == 0:
        return (0,) * len(weights)
    if total == 0:
        raise ValueError("nothing to share the amount over")
    parts = [amount * weight // total for weight in weights]
    missing = amount - sum(parts)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % total), index))
        for index in by_remainder[:missing]:
            parts[index] += 1
    return tuple(parts)
