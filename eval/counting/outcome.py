"""What a turn came to, without its record: enough to compare versions, small enough to keep in the repository."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.checks.checks import Status
from eval.counting.figures import tags_of
from eval.replaying.replay import TurnResult
from knowledge.noun import Noun

RAN = "跑通"
"""The name under which a turn that could not be run is told, beside the checks."""


class TurnOutcome(Noun):
    """One turn: which checks passed, which failed and why. ``asked`` is the hash of what was asked and expected."""

    case: str
    number: int
    repeat: int = 0
    asked: str
    tags: dict[str, str]
    passed: tuple[str, ...] = ()
    failed: dict[str, str] = {}
    fingerprint: str = ""
    prompt: str = ""
    """Name and version of the prompt a model was, or would have been, given."""

    @property
    def name(self) -> str:
        """The turn, as people refer to it."""
        return f"{self.case}#{self.number}"

    @property
    def pack(self) -> str:
        """The pack its case is of."""
        return self.case.split("/")[0]

    def passes(self, check: str) -> bool | None:
        """Whether it passed a check; None where it was not judged."""
        if check in self.failed:
            return False
        return True if check in self.passed else None


def outcome_of(result: TurnResult, titles: Mapping[str, str]) -> TurnOutcome:
    """A turn without its record. One that could not be run is judged on nothing else."""
    asked = result.case.model_copy(update={"title": "", "turns": result.case.turns[: result.number]})
    made = result.record.provenance
    judged = {} if result.error else result.judgements
    failed = {name: one.detail for name, one in judged.items() if one.status is Status.FAIL}
    return TurnOutcome(
        case=result.name,
        number=result.number,
        repeat=result.repeat,
        asked=hashlib.sha256(asked.model_dump_json().encode()).hexdigest()[:16],
        tags=tags_of(result, titles),
        passed=tuple(name for name, one in judged.items() if one.status is Status.PASS)
        + (() if result.error else (RAN,)),
        failed={RAN: result.error} if result.error else failed,
        fingerprint=result.fingerprint[:16],
        prompt=f"{made.prompt}@{made.prompt_version[:12]}" if made.prompt else "",
    )


def outcomes_of(results: Iterable[TurnResult], titles: Mapping[str, str]) -> tuple[TurnOutcome, ...]:
    """Every turn without its record."""
    return tuple(outcome_of(one, titles) for one in results)


def write_outcomes(outcomes: Sequence[TurnOutcome], path: Path) -> None:
    """Write them a line each, so that a changed turn is a changed line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(one.model_dump_json() + "\n" for one in outcomes), encoding="utf-8")


def read_outcomes(path: Path) -> tuple[TurnOutcome, ...]:
    """Read what was written."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(TurnOutcome.model_validate_json(line) for line in lines if line)
