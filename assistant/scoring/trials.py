"""Trials of scripts: which of two wordings somebody gets, the same on every day and every machine. Pure.

Who gets which is drawn by a digest of corp, trial and customer (of the guide where no customer is meant): nothing is
kept, nothing can be chosen, and the next trial draws anew.
"""

from datetime import datetime
from hashlib import sha256

from assistant.shop import Script
from assistant.turn import ActionKind, Arm, RefusalReason, TurnRecord
from knowledge.noun import Labelled, Noun


class Trial(Noun):
    """Two scripts of which everybody gets one, up to a moment. ``a`` is what is served to everybody without the trial.

    With two versions of one script both have its id; with two scripts ``b`` is served as well without the trial.
    """

    experiment_id: str
    a: Script
    b: Script
    ends_at: datetime

    @property
    def of_versions(self) -> bool:
        """Say whether both sides are versions of one script."""
        return self.a.script_id == self.b.script_id

    def side(self, arm: Arm) -> Script:
        """The script of one side."""
        return self.a if arm is Arm.A else self.b

    def stands(self, served: dict[str, Script]) -> bool:
        """Say whether what is served is still what the trial began with: a script changed or withdrawn since ends it."""
        sides = (self.a,) if self.of_versions else (self.a, self.b)
        return all(one.script_id in served and alike(served[one.script_id], one) for one in sides)


class TrialOutcome(Labelled):
    """What a guide's first word was on a turn in which a side of a trial was shown."""

    ACCEPTED = "accepted", "采用"
    EDITED = "edited", "改后采用"
    OTHER = "other", "用了别的草稿"
    REFUSED = "refused", "都不采用"


def alike(one: Script, other: Script) -> bool:
    """Say whether two scripts say the same in the same places, wherever they were read."""
    return one.model_dump(exclude={"cited", "version"}) == other.model_dump(exclude={"cited", "version"})


def unit_of(corp_id: str, customer_id: str, guide: str) -> str:
    """Who is drawn for: a digest of the customer, or of the guide where no customer is meant."""
    who = f"customer\0{customer_id}" if customer_id else f"guide\0{guide.lower()}"
    return sha256(f"{corp_id}\0{who}".encode()).hexdigest()[:32]


def arm_of(experiment_id: str, unit: str) -> Arm:
    """The side that somebody gets, always the same one."""
    digest = sha256(f"{experiment_id}\0{unit}".encode()).digest()
    return Arm.B if digest[0] & 1 else Arm.A


def outcome_of(record: TurnRecord, script_id: str) -> TrialOutcome | None:
    """What became of the draft that this script carried, by the action joined to the record.

    None while nothing was said, and where she refused for something the wording is not to blame for.
    """
    action = record.action
    if action is None:
        return None
    if action.kind is ActionKind.REFUSED:
        return None if action.reason is RefusalReason.CUSTOMER_CHANGED else TrialOutcome.REFUSED
    # drafts are numbered as she saw them: a held one has no number
    numbered = [one.draft for one in record.verdicts if one.draft.sentences]
    chosen = (action.choice or 1) - 1
    if not 0 <= chosen < len(numbered) or script_id not in numbered[chosen].script_ids:
        return TrialOutcome.OTHER
    return TrialOutcome.ACCEPTED if action.kind is ActionKind.ACCEPTED else TrialOutcome.EDITED
