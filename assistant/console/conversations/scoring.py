"""The automatic score of a turn beside the marks people gave it: prepared for the page, and read from its form."""

from collections.abc import Mapping
from typing import NamedTuple

from assistant.console.refusals import BadChoice
from assistant.scoring.rubric import Rubric, score_turn
from assistant.store.console.ratings import NEAR, Marks, Rating
from assistant.turn import TurnRecord

STEPS = {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}
"""What a person may choose, and the mark it stands for."""
STEP_WORDS = {"1": "1 差", "2": "2", "3": "3 一般", "4": "4", "5": "5 好"}
NOTE_CHARACTERS = 500


class ItemLine(NamedTuple):
    """One item of the rubric. ``automatic`` and each of ``given`` are 0..1, None where not judged.

    ``mine`` is the visitor's own choice as it stands in her form, empty for none.
    """

    rubric: Rubric
    automatic: float | None
    why: str
    given: tuple[float | None, ...]
    mine: str
    apart: bool


class Judgement(NamedTuple):
    """All items with what everybody said; ``near`` of ``compared`` marks are no further than a step from the automatic."""

    items: tuple[ItemLine, ...]
    overall: float | None
    ratings: tuple[Rating, ...]
    mine: Rating | None
    near: int
    compared: int


def judgement(record: TurnRecord, ratings: tuple[Rating, ...], visitor: str) -> Judgement:
    """Lay the automatic score and everybody's marks side by side."""
    score = score_turn(record)
    mine = next((one for one in ratings if one.rated_by == visitor.lower()), None)
    items = tuple(
        ItemLine(
            rubric=item.rubric,
            automatic=item.value,
            why=item.why,
            given=tuple(one.marks.get(item.rubric) for one in ratings),
            mine=_choice(mine.marks.get(item.rubric) if mine is not None else None),
            apart=any(_is_apart(item.value, one.marks.get(item.rubric)) for one in ratings),
        )
        for item in score.items
    )
    pairs = [
        (item.automatic, mark)
        for item in items
        for mark in item.given
        if item.automatic is not None and mark is not None
    ]
    return Judgement(
        items=items,
        overall=score.overall,
        ratings=ratings,
        mine=mine,
        near=sum(not _is_apart(*pair) for pair in pairs),
        compared=len(pairs),
    )


def automatic_marks(record: TurnRecord) -> Marks:
    """The rubric's own marks, without what it did not judge."""
    return {item.rubric: item.value for item in score_turn(record).items if item.value is not None}


def marks_of(form: Mapping[str, str]) -> Marks:
    """The marks that were chosen in the form; raises BadChoice for none at all."""
    marks = {rubric: STEPS[form[rubric.value]] for rubric in Rubric if form.get(rubric.value) in STEPS}
    if not marks:
        raise BadChoice("请至少给一项打分。看不出来的项可以留空。")
    return marks


def _is_apart(automatic: float | None, mark: float | None) -> bool:
    return automatic is not None and mark is not None and abs(automatic - mark) > NEAR + 1e-9


def _choice(mark: float | None) -> str:
    return next((name for name, value in STEPS.items() if value == mark), "")
