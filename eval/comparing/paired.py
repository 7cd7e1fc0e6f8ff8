"""Version A against version B on the same turns: what came out otherwise, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from eval.checks.checks import CHECK_NAMES
from eval.counting.outcome import RAN, TurnOutcome

Pair = tuple[TurnOutcome, TurnOutcome]
"""The same turn as it came out in A and in B."""


@dataclass(frozen=True)
class Change:
    """One check on one turn that came out otherwise in B than in A."""

    check: str
    before: TurnOutcome = field(repr=False)
    after: TurnOutcome = field(repr=False)

    @property
    def is_worse(self) -> bool:
        """Say whether A passed and B does not."""
        return self.before.passes(self.check) is True

    @property
    def name(self) -> str:
        """The turn, as people refer to it."""
        return self.after.name

    @property
    def detail(self) -> str:
        """What is wrong in the version where it fails."""
        return (self.after if self.is_worse else self.before).failed[self.check]


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two runs of the same cases.

    ``left_out`` are the turns that cannot be compared: only one run has them, or what is asked or expected has changed.
    """

    pairs: tuple[Pair, ...] = field(repr=False)
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]

    @property
    def turns(self) -> int:
        """How many were compared."""
        return len(self.pairs)

    @property
    def same(self) -> int:
        """How many of them came out byte for byte alike."""
        return sum(one.fingerprint == other.fingerprint for one, other in self.pairs)

    @property
    def worse(self) -> tuple[Change, ...]:
        """What passed in A and fails in B."""
        return tuple(one for one in self.changes if one.is_worse)

    @property
    def better(self) -> tuple[Change, ...]:
        """What failed in A and passes in B."""
        return tuple(one for one in self.changes if not one.is_worse)


def compare(before: Sequence[TurnOutcome], after: Sequence[TurnOutcome]) -> Comparison:
    """Compare two runs turn by turn."""
    old = {(one.name, one.repeat): one for one in before}
    new = {(one.name, one.repeat): one for one in after}
    keys = [key for key in sorted(old.keys() & new.keys()) if old[key].asked == new[key].asked]
    pairs = [(old[key], new[key]) for key in keys]
    changes = [
        Change(check, one, other)
        for one, other in pairs
        for check in (RAN, *CHECK_NAMES)
        if (one.passes(check), other.passes(check)) in ((True, False), (False, True))
    ]
    return Comparison(
        pairs=tuple(pairs),
        changes=tuple(changes),
        left_out=tuple(sorted({name for name, _ in (old.keys() | new.keys()) - set(keys)})),
    )
