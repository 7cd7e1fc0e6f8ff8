"""In which manners a need is answered: two or three drafts that do not sound alike."""

from assistant.flow.desk import Desk
from assistant.flow.understanding.refining import working_need
from assistant.shop import Manner
from assistant.turn import Intent, Need, Refinement

ALL = (Manner.WARM, Manner.EXPERT, Manner.BRIEF)

_BY_REFINEMENT = {
    Refinement.SHORTER: (Manner.BRIEF, Manner.BRIEF, Manner.BRIEF),
    Refinement.LONGER: (Manner.EXPERT, Manner.WARM),
    Refinement.WARMER: (Manner.WARM, Manner.WARM),
    Refinement.EXPERT: (Manner.EXPERT, Manner.EXPERT),
}
_BY_INTENT = {
    # nobody wants a lecture with a sore face, and a birthday wish has no expert version
    Intent.COMPLAINT: (Manner.WARM, Manner.BRIEF),
    Intent.BIRTHDAY: (Manner.WARM, Manner.BRIEF),
    Intent.GREETING: (Manner.WARM, Manner.BRIEF),
    Intent.CARE: (Manner.WARM, Manner.EXPERT, Manner.BRIEF),
}


def _as_the_task_says(script_id: str, desk: Desk) -> tuple[Manner, ...]:
    """The manner of a task's own script first: that is the text the manager had in mind."""
    said = next((one.manner for one in desk.shop.scripts if one.script_id == script_id), None)
    return ALL if said is None else (said, *(one for one in ALL if one is not said))


def manners_for(need: Need, desk: Desk) -> tuple[Manner, ...]:
    """Return the manners to write in, one draft each; a refinement decides before the intent does."""
    working = working_need(need, desk)
    if working.refinement in _BY_REFINEMENT:
        return _BY_REFINEMENT[working.refinement]
    if working.task is not None:
        return _as_the_task_says(working.task.script_id, desk)
    return _BY_INTENT.get(working.intent, ALL)
