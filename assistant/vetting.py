"""Reading a shop's own words by the law before anybody may publish them.

The same rules that hold a draft are read over material; products count where the words name them. Material may quote
forbidden words as examples, so what is found is told, and a person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import NotFound
from assistant.flow.finding.quoting import quotable
from assistant.flow.guard.law.compliance import Violation, screen
from assistant.flow.guard.law.rules import Severity
from assistant.shop import Product
from assistant.uploaded import Objection
from knowledge.passage import Passage


@dataclass(frozen=True)
class Vetting:
    """One corp's material before the law; ``desks`` know the goods it may name."""

    desks: Desks
    corp_id: str
    clock: Clock

    def violations(self, text: str) -> tuple[Violation, ...]:
        """What the law says to one text, in reading order."""
        return _violations(text, self._goods())

    def objections(self, passages: Sequence[Passage]) -> tuple[Objection, ...]:
        """What the law says to these passages, in their order."""
        goods = self._goods()
        return tuple(_objection(one, found) for one in passages for found in _violations(one.text, goods))

    def _goods(self) -> tuple[Product, ...]:
        try:
            return tuple(self.desks.shop(self.corp_id, self.clock()).products.values())
        except NotFound:
            # before anything was ingested there are no goods to name
            return ()


def _violations(text: str, goods: tuple[Product, ...]) -> tuple[Violation, ...]:
    return screen(text, tuple(one for one in goods if one.name in text))


def _objection(passage: Passage, found: Violation) -> Objection:
    return Objection(
        passage_id=passage.id,
        place=" · ".join(passage.heading) or passage.place,
        finding=found.finding,
        forbids=found.rule.severity is Severity.BLOCK,
        reaches=quotable(passage),
    )
