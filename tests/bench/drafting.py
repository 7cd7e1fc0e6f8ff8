"""How long a draft takes with the composer, step by step, and what the guard takes of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from assistant.app import build
from assistant.flow.guard.law.compliance import check_text
from assistant.seams import Reader, Wanted
from assistant.service import Service
from assistant.turn import ReplyKind, TurnRecord
from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.guarding.compliance import milliseconds_for_the_longest
from prompts.tokens import estimated_tokens
from tests.way.house import settings_for


@dataclass(frozen=True)
class DraftTimes:
    """Milliseconds, one entry a turn that gave drafts; ``steps`` by the name of the step."""

    turns: tuple[float, ...]
    flow: tuple[float, ...]
    steps: Mapping[str, tuple[float, ...]]
    guard_per_draft: tuple[float, ...]
    prompt_tokens: tuple[int, ...]
    """What a model would be asked in each of these turns, by the house's own conservative estimate."""
    search_alone: tuple[float, ...]
    screen_alone: tuple[float, ...]
    longest_message: tuple[float, ...]
    """The compliance rules alone on 2,000 characters, half of them unlawful, in processor time."""
    slowest: TurnRecord


@contextmanager
def _opened(folder: Path) -> Iterator[Service]:
    service = build(settings_for(folder, quiet_seconds=0))
    try:
        yield service
    finally:
        service.close()


def measure(folder: Path) -> DraftTimes:
    """Ask what the dialogues ask, in conversations of their own, after one round that warms up."""
    with _opened(folder) as service:
        _converse(service, "warm")
        timed = _converse(service, "bench")
        drafted = [one for one in timed if one.record.reply.kind is ReplyKind.DRAFTS]
        steps: dict[str, list[float]] = defaultdict(list)
        for one in drafted:
            for timing in one.record.timings:
                steps[timing.step].append(timing.milliseconds)
        return DraftTimes(
            turns=tuple(one.milliseconds for one in drafted),
            flow=tuple(sum(timing.milliseconds for timing in one.record.timings) for one in drafted),
            steps={name: tuple(spent) for name, spent in steps.items()},
            guard_per_draft=tuple(_guard(one.record) / len(one.record.drafts) for one in drafted),
            prompt_tokens=tuple(_prompt_tokens(service, one.record) for one in drafted),
            search_alone=_searches(service, drafted),
            screen_alone=tuple(_timed_screen(draft.text) for one in drafted for draft in one.record.drafts),
            longest_message=tuple(milliseconds_for_the_longest()),
            slowest=max(drafted, key=lambda one: one.milliseconds).record,
        )


@dataclass(frozen=True)
class _Timed:
    record: TurnRecord
    milliseconds: float


def _converse(service: Service, name: str) -> list[_Timed]:
    timed = []
    for chosen in choose(read_packs(), WORKING_SPLITS, names=["beauty"]):
        case = chosen.case
        for turn in case.turns:
            began = perf_counter()
            record = service.converse(case.guide, turn.guide, channel=f"{name}-{case.id}")
            timed.append(_Timed(record, (perf_counter() - began) * 1000))
    return timed


def _prompt_tokens(service: Service, record: TurnRecord) -> int:
    made = service.prompting.of_turn(record.turn_id)
    return estimated_tokens(f"{made.prompt.system}{made.prompt.user}") if made is not None else 0


def _guard(record: TurnRecord) -> float:
    return sum(timing.milliseconds for timing in record.timings if timing.step == "guard")


def _searches(service: Service, drafted: Sequence[_Timed]) -> tuple[float, ...]:
    """The search for the same questions and nothing else."""
    spent = []
    for one in drafted:
        record = one.record
        reader = Reader(corp_id=record.corp_id, store_id=record.store_id, region_id="R01")
        began = perf_counter()
        service.handling.search(
            Wanted(question=record.need.question or "退货", reader=reader, moment=record.started_at)
        )
        spent.append((perf_counter() - began) * 1000)
    return tuple(spent)


def _timed_screen(text: str) -> float:
    began = perf_counter()
    check_text(text, ())
    return (perf_counter() - began) * 1000
