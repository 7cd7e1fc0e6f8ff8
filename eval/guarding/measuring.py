"""How well the guard tells true drafts from false ones: figures that can be frozen, compared and shown.

The claim lock: every clean draft the guard leaves whole is made wrong in one place by every operator, and looked at again.
A third of the drafts is the test part. Of that part only figures are kept, so that nobody mends the guard on it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from assistant.flow.guard.check import GUARD_VERSION, check
from eval.guarding.clean import Clean
from eval.guarding.mutating import OPERATORS, Mutant, mutants

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Stop:
    """A true draft the guard took something from: a false stop. ``spans`` are the words it objected to."""

    asked: str
    text: str
    outcome: str
    spans: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """One operator: how many drafts it made wrong, and how often nothing wrong was shown any more."""

    operator: str
    made: int
    caught: int

    @property
    def share(self) -> float:
        """Caught of made; 1.0 where there was nothing to catch."""
        return self.caught / self.made if self.made else 1.0


@dataclass(frozen=True)
class Slip:
    """A wrong sentence the guard let through."""

    operator: str
    before: str
    after: str


@dataclass(frozen=True)
class Part:
    """Train or test: so many clean drafts, so many of them stopped, and every operator's tally."""

    drafts: int
    stopped: int
    tallies: tuple[Tally, ...]

    @property
    def made(self) -> int:
        """All mutants."""
        return sum(one.made for one in self.tallies)

    @property
    def caught(self) -> int:
        """All mutants of which nothing wrong was shown."""
        return sum(one.caught for one in self.tallies)

    @property
    def caught_share(self) -> float:
        """Caught of made."""
        return self.caught / self.made if self.made else 1.0

    @property
    def mean_share(self) -> float:
        """Every operator counted once, however often it found a place; 1.0 where none did."""
        shares = [one.share for one in self.tallies if one.made]
        return fmean(shares) if shares else 1.0

    @property
    def stopped_share(self) -> float:
        """False stops of all clean drafts."""
        return self.stopped / self.drafts if self.drafts else 0.0

    def tally(self, operator: str) -> Tally:
        """One operator's tally; raises KeyError for a name that is none."""
        return {one.operator: one for one in self.tallies}[operator]


@dataclass(frozen=True)
class ClaimLock:
    """What one measurement came to. ``stops`` and ``slips`` are of the train part alone."""

    guard_version: str
    train: Part
    test: Part
    stops: tuple[Stop, ...]
    slips: tuple[Slip, ...]


@dataclass(frozen=True)
class _Tried:
    """One mutant after the guard saw it."""

    mutant: Mutant
    caught: bool


def measure_claims(drafts: Sequence[Clean], at_most: int | None = None, progress: Progress | None = None) -> ClaimLock:
    """Count false stops, make every draft that passed wrong in every way, and count what the guard catches.

    ``at_most`` looks at so many mutants only, drawn from all of them and always the same ones.
    """
    made = [mutant for clean in drafts if clean.passed for mutant in mutants(clean)]
    if at_most is not None and at_most < len(made):
        made = Random(at_most).sample(made, at_most)
    tried: list[_Tried] = []
    for number, mutant in enumerate(made, start=1):
        tried.append(_Tried(mutant, is_caught(mutant)))
        if progress is not None:
            progress(number, len(made))
    return ClaimLock(
        guard_version=GUARD_VERSION,
        train=_part([one for one in drafts if not one.is_test], [one for one in tried if not one.mutant.clean.is_test]),
        test=_part([one for one in drafts if one.is_test], [one for one in tried if one.mutant.clean.is_test]),
        stops=tuple(_stop(one) for one in drafts if not one.passed and not one.is_test),
        slips=tuple(_slip(one.mutant) for one in tried if not one.caught and not one.mutant.clean.is_test),
    )


def is_caught(mutant: Mutant) -> bool:
    """Say whether the guard, seeing the whole wrong draft, leaves nothing wrong to be shown."""
    verdict = check(mutant.draft, mutant.clean.brief)
    return not mutant.is_shown_in(verdict.draft.text)


def _part(drafts: Sequence[Clean], tried: Iterable[_Tried]) -> Part:
    made = dict.fromkeys(OPERATORS, 0)
    caught = dict.fromkeys(OPERATORS, 0)
    for one in tried:
        made[one.mutant.operator] += 1
        caught[one.mutant.operator] += one.caught
    return Part(
        drafts=len(drafts),
        stopped=sum(not one.passed for one in drafts),
        tallies=tuple(Tally(name, made[name], caught[name]) for name in OPERATORS),
    )


def _stop(clean: Clean) -> Stop:
    verdict = clean.verdict
    spans = tuple(dict.fromkeys(finding.span for finding in verdict.findings if finding.span))
    return Stop(clean.asked, clean.draft.text, verdict.outcome.label, spans)


def _slip(mutant: Mutant) -> Slip:
    return Slip(mutant.operator, mutant.before, mutant.after)
