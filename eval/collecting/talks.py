"""Talks out of a log: the turns that belong together, and what people decided about their last drafts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from assistant.turn import Action, ActionKind, Draft, Outcome, RefusalReason, TurnRecord
from eval.cases.case import Expect
from eval.checks.checks import Status, judge
from eval.collecting.edits import figures_of
from knowledge.noun import Labelled

APART = timedelta(minutes=30)
"""A pause after which what a guide writes is a new talk."""
EARLIER = 5
"""So many turns before the one that was decided on: what a guide points back to lies nearer."""
_DANGEROUS_REASONS = (RefusalReason.WRONG_FACT, RefusalReason.WRONG_COUPON, RefusalReason.WRONG_PRODUCT)
_NONE_KEPT: Mapping[str, str] = {}
_OF_THE_MACHINE = ("时延",)
"""Says how busy a machine was, and nothing about the answer."""


class Kind(Labelled):
    """What became of the drafts; the first four are disagreements that could have done harm."""

    REFUSED_WRONG = "refused-wrong", "不采用：内容、产品或优惠不对"
    EDITED_FIGURES = "edited-figures", "改了数字"
    GUARDED = "guarded", "审核删过或拦过"
    ACCEPTED_FAILING = "accepted-failing", "采用了，可检查没过"
    ACCEPTED = "accepted", "采用"
    EDITED = "edited", "改了说法"
    REFUSED = "refused", "不采用"
    KEPT = "kept", "店长收下，导购没有表态"

    @property
    def dangerous(self) -> bool:
        """Say whether a wrong answer of this kind harms somebody."""
        return self in (Kind.REFUSED_WRONG, Kind.EDITED_FIGURES, Kind.GUARDED, Kind.ACCEPTED_FAILING)


@dataclass(frozen=True)
class Talk:
    """The turns of one conversation up to one that was decided on or kept, oldest first.

    ``kept_because`` is what a manager wrote who kept it as a case, empty where nobody did.
    """

    turns: tuple[TurnRecord, ...]
    kind: Kind
    kept_because: str = ""

    @property
    def last(self) -> TurnRecord:
        """The turn that was decided on or kept."""
        return self.turns[-1]

    @property
    def action(self) -> Action | None:
        """What the guide did with its drafts; None where she said nothing and a manager kept it."""
        return self.last.action


def talks_of(records: Iterable[TurnRecord], kept: Mapping[str, str] = _NONE_KEPT) -> Iterator[Talk]:
    """Every talk that ends with a decision, oldest first; a turn may stand in several as what went before.

    ``kept`` are the turns that managers kept, with their reasons: those end a talk also where nothing was decided.
    """
    lately: dict[str, list[TurnRecord]] = {}
    for record in records:
        before = [
            one for one in lately.get(record.conversation_id, ()) if record.started_at - one.finished_at <= APART
        ][-EARLIER:]
        if record.action is not None or record.turn_id in kept:
            yield Talk((*before, record), kind_of(record), kept.get(record.turn_id, ""))
        lately[record.conversation_id] = [*before, record]


def kind_of(record: TurnRecord) -> Kind:
    """What became of the drafts of a turn that was decided on or kept."""
    action = record.action
    if action is None:
        return Kind.KEPT
    if action.kind is ActionKind.REFUSED and action.reason in _DANGEROUS_REASONS:
        return Kind.REFUSED_WRONG
    chosen = chosen_draft(record)
    if (
        action.kind is ActionKind.EDITED
        and chosen is not None
        and figures_of(action.sent_text) - figures_of(chosen.text)
    ):
        return Kind.EDITED_FIGURES
    if any(one.outcome is not Outcome.PASS for one in record.verdicts):
        return Kind.GUARDED
    if action.kind is ActionKind.ACCEPTED:
        return Kind.ACCEPTED_FAILING if failing(record) else Kind.ACCEPTED
    return Kind.EDITED if action.kind is ActionKind.EDITED else Kind.REFUSED


def failing(record: TurnRecord) -> tuple[str, ...]:
    """The checks a turn fails of which nobody needs to know what was expected."""
    judged = judge(Expect(), record)
    return tuple(name for name, one in judged.items() if one.status is Status.FAIL and name not in _OF_THE_MACHINE)


def chosen_draft(record: TurnRecord) -> Draft | None:
    """The draft a guide chose, by its number, or the one nearest to what she sent."""
    # numbered as she was shown them: a held draft has no number
    shown = [one.draft for one in record.verdicts if one.draft.sentences]
    action = record.action
    if action is None or not shown:
        return None
    if action.choice is not None and 1 <= action.choice <= len(shown):
        return shown[action.choice - 1]
    return max(shown, key=lambda draft: fuzz.ratio(draft.text, action.sent_text))
