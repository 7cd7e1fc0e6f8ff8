"""What the law says to a document that waits for review, and answering for publishing it all the same.

Policies and training papers quote forbidden words as examples, so words in the way are no outright block: whoever
publishes a text that could reach a customer says for each finding's sake that she saw it, and why it may stand.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from assistant.console.refusals import LawObjects, LawUnread
from assistant.store import documents
from assistant.store.database import Transaction
from assistant.uploaded import MaterialDesk, Objection, mark_of

TOLD = 20
"""Findings an audit entry names; the others are counted."""


class ByLaw(NamedTuple):
    """What was found in a document; ``objections`` None where nobody can read it by the law."""

    objections: tuple[Objection, ...] | None

    @classmethod
    def read(cls, tx: Transaction, corp_id: str, desk: MaterialDesk, document_id: str) -> "ByLaw":
        """Read every passage that would be served."""
        own = documents.passages_of_document(tx, corp_id, document_id)
        return cls(desk.by_law([one.passage for one in own if not one.is_set_aside]))

    @property
    def pressing(self) -> tuple[Objection, ...]:
        """What has to be answered for."""
        return tuple(one for one in self.objections or () if one.presses)

    @property
    def mark(self) -> str:
        """Names just these pressing findings, for the box that is ticked beneath them."""
        return mark_of(self.pressing)

    @property
    def by_passage(self) -> Mapping[str, tuple[Objection, ...]]:
        """The findings of each passage that has any."""
        return by_passage(self.objections or ())

    def answered(self, acknowledged: str, reason: str) -> dict[str, str]:
        """What the audit log keeps of it; raises LawUnread, and LawObjects for what nobody answered for."""
        if self.objections is None:
            raise LawUnread
        if not self.pressing:
            return {}
        if acknowledged != self.mark or not reason:
            raise LawObjects([one.finding for one in self.pressing])
        return {"law": _in_short(self.pressing), "reason": reason}


def by_passage(objections: Iterable[Objection]) -> Mapping[str, tuple[Objection, ...]]:
    """Findings by the id of the passage they are about, in their order."""
    found: dict[str, tuple[Objection, ...]] = {}
    for one in objections:
        found[one.passage_id] = (*found.get(one.passage_id, ()), one)
    return found


def _in_short(pressing: tuple[Objection, ...]) -> str:
    told = "；".join(f"{one.place}「{one.finding.span}」{one.finding.rule}" for one in pressing[:TOLD])
    further = len(pressing) - TOLD
    return f"{told}；另有 {further} 处" if further > 0 else told
