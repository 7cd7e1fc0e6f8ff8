"""How reliably a case passes when it is run again and again: pass^k, and the cases that cannot make up their mind."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

from eval.counting.outcome import TurnOutcome


@dataclass(frozen=True)
class Flaky:
    """A case that passed in some repetitions and failed in others."""

    name: str
    passed: int
    repeats: int


@dataclass(frozen=True)
class Reliability:
    """``all_of[k]`` estimates the share of cases that pass k times in a row."""

    cases: int
    repeats: int
    all_of: dict[int, float]
    flaky: tuple[Flaky, ...]


def reliability(outcomes: Iterable[TurnOutcome]) -> Reliability:
    """Count over the repetitions of every case; a case passes when all its turns do.

    pass^k of a case that passed c of n times is C(c, k) / C(n, k), the share of draws of k runs that all passed: the
    unbiased estimate for any k up to n.
    """
    turns: defaultdict[tuple[str, int], list[bool]] = defaultdict(list)
    for one in outcomes:
        turns[one.case, one.repeat].append(not one.failed)
    cases: defaultdict[str, list[bool]] = defaultdict(list)
    for (name, _), passed in turns.items():
        cases[name].append(all(passed))
    repeats = min((len(ones) for ones in cases.values()), default=0)
    return Reliability(
        cases=len(cases),
        repeats=repeats,
        all_of={
            k: sum(comb(sum(ones), k) / comb(len(ones), k) for ones in cases.values()) / len(cases)
            for k in range(1, repeats + 1)
        },
        flaky=tuple(
            Flaky(name, sum(ones), len(ones)) for name, ones in sorted(cases.items()) if 0 < sum(ones) < len(ones)
        ),
    )
