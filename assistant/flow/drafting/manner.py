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


def manners_for(need: Need, desk: Desk) -> tuple[Manner, ...]:
    """Return the manners to write in, one draft each; a refinement decides before the intent does."""
    working = working_need(need, desk)
    if working.refinement in _BY_REFINEMENT:
        return _BY_REFINEMENT[working.refinement]
    return _BY_INTENT.get(working.intent, ALL)
