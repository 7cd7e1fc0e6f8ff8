"""Drafts for a brief: worded by a model where one is configured and behaves, by the composer otherwise.

Code has decided coupon, price, recipient and scope before this runs. The model words them; what it adds of its own
(evidence ids, links, coupons without their conditions) is taken out or put right here, and then the guard looks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.errors import ModelUnavailable
from assistant.flow.brief import Brief
from assistant.flow.drafting.asking import ask_which_product, missing, next_question
from assistant.flow.drafting.composing import COMPOSER_VERSION, compose
from assistant.flow.drafting.masking import Mask
from assistant.flow.drafting.modelled import ModelDrafts, drafts_of
from assistant.flow.drafting.prompt import prompt_for
from assistant.flow.understanding.refining import working_need
from assistant.seams import Ask, ModelAnswer, ModelReason, Prompt
from assistant.turn import Draft, Provenance
from prompts.load import Prompts, packaged

SECONDS = 8.0


@dataclass(frozen=True)
class Drafted:
    """The drafts of a turn. ``missing`` is filled when there are none because the records hold no answer."""

    drafts: tuple[Draft, ...]
    next_question: str
    missing: str
    provenance: Provenance

    @classmethod
    def nothing(cls) -> "Drafted":
        """Return what a turn without drafting has."""
        return cls((), "", "", _provenance())

    @property
    def by_model(self) -> bool:
        """True where a model worded the drafts."""
        return bool(self.provenance.model) and not self.provenance.fallback_reason


def draft(
    brief: Brief,
    ask: Ask | None,
    *,
    seconds: float = SECONDS,
    prompts: Prompts | None = None,
    heard: Callable[[tuple[Draft, ...]], None] | None = None,
) -> Drafted:
    """Draft with the model inside ``seconds`` in all, else with the composer; the record says which and why.

    ``heard`` is handed the drafts that are finished while the model goes on, none of them checked yet.
    Where the records hold no answer nothing is drafted and the model is not even asked: it could only invent.
    """
    composed = draft_again(brief)
    if ask is None or not composed.drafts or _is_worded(brief):
        return composed
    mask = Mask.of(brief)
    prompt = prompt_for(brief, mask, prompts or packaged())
    try:
        answered = ask(prompt, ModelDrafts, seconds, _listening(heard, brief, mask))
    except ModelUnavailable as unavailable:
        return _fallen_back(composed, _spent_in_vain(prompt, unavailable), unavailable.reason)
    made = _provenance(prompt, answered)
    drafts = drafts_of(answered.value, brief, mask)
    if not drafts:
        return _fallen_back(composed, made, ModelReason.BAD_OUTPUT)
    return replace(composed, drafts=drafts, provenance=made)


def _is_worded(brief: Brief) -> bool:
    """True where a manager chose an approved script for this task: her words are filled in, not told anew."""
    task = working_need(brief.need, brief.desk).task
    return task is not None and bool(task.script_id)


def _listening(
    heard: Callable[[tuple[Draft, ...]], None] | None, brief: Brief, mask: Mask
) -> Callable[[ModelDrafts], None] | None:
    if heard is None:
        return None
    tell = heard
    return lambda partial: tell(drafts_of(partial, brief, mask))


def draft_again(brief: Brief) -> Drafted:
    """Draft with the composer alone."""
    drafts = compose(brief)
    gap = "" if drafts else missing(brief)
    asked = next_question(brief) if drafts else ask_which_product(brief)
    return Drafted(drafts, asked, gap, _provenance())


def composed_instead(drafted: Drafted, brief: Brief) -> Drafted:
    """Draft with the composer where not one of the model's drafts may be shown; what they cost stays on record."""
    return _fallen_back(draft_again(brief), drafted.provenance, ModelReason.HELD)


def _fallen_back(composed: Drafted, made: Provenance, reason: str) -> Drafted:
    return replace(composed, provenance=made.model_copy(update={"fallback_reason": str(reason)}))


def _spent_in_vain(prompt: Prompt, unavailable: ModelUnavailable) -> Provenance:
    return _provenance(prompt).model_copy(
        update={
            "model_calls": unavailable.calls,
            "input_tokens": unavailable.input_tokens,
            "output_tokens": unavailable.output_tokens,
        }
    )


def _provenance(prompt: Prompt | None = None, answered: ModelAnswer[ModelDrafts] | None = None) -> Provenance:
    """Name what made the drafts; the guard's version is added by whoever runs the guard."""
    return Provenance(
        composer_version=COMPOSER_VERSION,
        guard_version="",
        prompt=prompt.name if prompt else "",
        prompt_version=prompt.version if prompt else "",
        model=answered.model if answered else "",
        model_calls=answered.calls if answered else 0,
        input_tokens=answered.input_tokens if answered else 0,
        output_tokens=answered.output_tokens if answered else 0,
        cached=answered.cached if answered else False,
    )
