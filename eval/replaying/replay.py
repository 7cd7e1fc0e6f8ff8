"""Replaying cases through the same ``build()`` as the service, on the shop's own day."""

import hashlib
from collections.abc import Iterator
from time import perf_counter

from assistant.turn import TurnRecord
from eval.cases.case import Case, CaseTurn, Split
from eval.cases.packs import Chosen
from eval.checks.checks import Judgement, Status, judge
from eval.replaying.answers import KeptAnswers
from eval.replaying.house import House
from knowledge.noun import Noun

_BROKEN = ("error", "not-a-guide")
"""What handling answers with an apology: honest to the guide, an error in a replay."""


class TurnResult(Noun):
    """One replayed turn with its judgements.

    ``milliseconds`` is what the guide would have waited, ``around`` what the replay itself spent beside it. ``error``
    says that the turn could not be run, whatever the guide was told.
    """

    pack: str
    split: Split
    case: Case
    repeat: int = 0
    number: int
    record: TurnRecord
    judgements: dict[str, Judgement]
    milliseconds: float
    around: float = 0.0
    error: str = ""
    kept_answers: int = 0
    """How many of the model's answers came from those kept on disk."""

    @property
    def name(self) -> str:
        """The case, unique over all packs."""
        return f"{self.pack}/{self.case.id}"

    @property
    def turn(self) -> CaseTurn:
        """What was asked here, and what was expected."""
        return self.case.turns[self.number - 1]

    @property
    def passed(self) -> bool:
        """Say whether nothing that was looked at failed; a turn that could not be run never passes."""
        return not self.error and all(one.status is not Status.FAIL for one in self.judgements.values())

    @property
    def fingerprint(self) -> str:
        """The hash of all that was decided and written; only what the clock on the wall measured is left out."""
        return hashlib.sha256(self.record.model_copy(update={"timings": ()}).model_dump_json().encode()).hexdigest()


def result_of(
    chosen: Chosen,
    repeat: int,
    number: int,
    record: TurnRecord,
    judgements: dict[str, Judgement],
    *,
    seconds: float,
    around: float,
    kept_answers: int = 0,
) -> TurnResult:
    """One turn of a case as a run keeps it, however it was replayed; both times are given in seconds."""
    reason = record.provenance.fallback_reason
    return TurnResult(
        pack=chosen.pack.name,
        split=chosen.split,
        case=chosen.case,
        repeat=repeat,
        number=number,
        record=record,
        judgements=judgements,
        milliseconds=seconds * 1000,
        around=around * 1000,
        error=reason if reason in _BROKEN else "",
        kept_answers=kept_answers,
    )


def replay(house: House, chosen: Chosen, repeat: int = 0, answers: KeptAnswers | None = None) -> Iterator[TurnResult]:
    """Replay one case in a house where nothing else has happened."""
    case = chosen.case
    if answers is not None:
        answers.repeat = repeat
    began = perf_counter()
    house.reset(case.clock or chosen.pack.day)
    around = perf_counter() - began
    for number, turn in enumerate(case.turns, start=1):
        found = answers.found if answers is not None else 0
        began = perf_counter()
        record = house.service.converse(case.guide, turn.guide, channel="eval")
        spent = perf_counter() - began
        persons = house.names_of(case.guide, record.need.customer_id)
        yield result_of(
            chosen,
            repeat,
            number,
            record,
            judge(turn.expect, record, house.watch.take(), persons),
            seconds=spent,
            around=around,
            kept_answers=answers.found - found if answers is not None else 0,
        )
        around = 0.0
        house.clock.forward()
