"""The two weeks before the demo's day, lived through by the real service: so that its console shows a shop at work.

Every turn runs by the same path as a guide's message; only the clock is moved. The talks are invented.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

import yaml

from assistant.clock import SHOP_TIME
from assistant.rulebook import Rulebook, SignOffRules
from assistant.seams import Outgoing, Receipt, SendState
from assistant.service import Service
from knowledge.noun import Noun

TALKS = Path(__file__).with_name("living.yaml")
CHANNEL = "wecom"
"""Their own chats: a guide goes on where she stopped, and what she was told there may be corrected there."""
BETWEEN = timedelta(minutes=2)
"""From one message of a talk to the next: a guide reads what she got."""
HOUSE_RULES = Rulebook(signoff=SignOffRules(grant_fen=10_000))
"""The sample shop's managers sign from 100 元 taken off on."""
ADMIN = "fangzhou"
TICK = timedelta(milliseconds=150)


class Talk(Noun):
    """What one guide said, ``day`` days before the demo's day from ``at`` on, Shanghai time; one turn for each text."""

    day: int
    at: time
    guide: str
    says: tuple[str, ...]


@dataclass
class Moved:
    """A clock that is put to a moment and goes on from there by ``TICK`` with every look at it."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment it has come to."""
        self.now += TICK
        return self.now


@cache
def talks() -> tuple[Talk, ...]:
    """Every talk, oldest first; raises pydantic.ValidationError for one that is not whole."""
    read = yaml.load(TALKS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return tuple(sorted((Talk.model_validate(one) for one in read), key=lambda talk: (-talk.day, talk.at)))


def live(service: Service, clock: Moved, demo_day: datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Live through every talk; ``service`` must read ``clock`` and send by ``read_long_ago``. Returns how many turns were made.

    What an earlier run that broke off has lived through is not said again.
    """
    service.set_rules(HOUSE_RULES, by=ADMIN)
    lived = sum(1 for record in service.export_turns() if record.channel == CHANNEL)
    said = [(talk, *one) for talk in talks() for one in _moments(talk, demo_day)]
    for number, (talk, moment, text) in enumerate(said[lived:], start=lived + 1):
        clock.now = moment
        made = service.converse(talk.guide, [text], channel=CHANNEL)
        service.handling.send_turn(made.turn_id)
        if progress is not None:
            progress(number, len(said))
    # what the running service's sweep would have done meanwhile
    service.mining.run()
    return len(said) - lived


def read_long_ago(outgoing: Outgoing) -> Receipt:
    """What was said in those weeks has arrived: nobody is sent it now."""
    return Receipt(state=SendState.SENT, message_id=f"lived-{outgoing.key}")


def _moments(talk: Talk, demo_day: datetime) -> Iterator[tuple[datetime, str]]:
    day = (demo_day.astimezone(SHOP_TIME) - timedelta(days=talk.day)).date()
    began = datetime.combine(day, talk.at, SHOP_TIME)
    for number, text in enumerate(talk.says):
        yield began + number * BETWEEN, text
