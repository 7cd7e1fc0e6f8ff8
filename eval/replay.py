"""Replaying dialogues through the same ``build()`` as the service, on the shop's own day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from assistant.app import Service
from assistant.turn import TurnRecord
from eval.cases.case import Case
from eval.checks import CHECKS, Judgement, Status


@dataclass(frozen=True)
class TurnResult:
    """One replayed turn with its judgements; ``error`` is set when the turn could not be run at all."""

    case: Case
    number: int
    record: TurnRecord | None
    judgements: dict[str, Judgement]
    milliseconds: float
    error: str = ""


@dataclass(frozen=True)
class Run:
    """Everything one replay came to."""

    results: tuple[TurnResult, ...]

    def rates(self) -> dict[str, tuple[int, int]]:
        """Passed and judged, by check."""
        rates: dict[str, tuple[int, int]] = {}
        for name in CHECKS:
            judged = [
                result.judgements[name].status
                for result in self.results
                if name in result.judgements and result.judgements[name].status is not Status.NOT_APPLICABLE
            ]
            rates[name] = (sum(status is Status.PASS for status in judged), len(judged))
        return rates


def replay(service: Service, cases: Sequence[Case], advance: Callable[[str, int, int], None] | None = None) -> Run:
    """Replay every dialogue in its own conversation, so that none knows of another."""
    results: list[TurnResult] = []
    for place, case in enumerate(cases):
        if advance is not None:
            advance(case.id, place, len(cases))
        results += _replay_one(service, case)
    return Run(tuple(results))


def _replay_one(service: Service, case: Case) -> list[TurnResult]:
    results: list[TurnResult] = []
    for number, turn in enumerate(case.turns, start=1):
        began = perf_counter()
        record = service.converse(case.guide, turn.guide, channel=f"eval-{case.id}")
        spent = (perf_counter() - began) * 1000
        # handling answers a failed turn with an apology: honest to the guide, an error here
        error = (
            record.provenance.fallback_reason if record.provenance.fallback_reason in ("error", "not-a-guide") else ""
        )
        judgements = {name: check(turn.expect, record) for name, check in CHECKS.items()}
        results.append(TurnResult(case, number, record, judgements, spent, error))
    return results
