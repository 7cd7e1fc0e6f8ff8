"""What a guide's word on drafts teaches: the search her question, the composer which scripts are worth choosing."""

from datetime import datetime

from assistant.flow.drafting.masking import Mask
from assistant.store import access, experiments, material, questions, scripting, turns
from assistant.store.database import Transaction
from assistant.store.questions import QuestionOrigin
from assistant.turn import Action, ActionKind, Draft, EvidenceKind, RefusalReason, TurnRecord
from knowledge.passage import DocumentKind

_TAUGHT = frozenset((ActionKind.ACCEPTED, ActionKind.EDITED))
# a question about one product, attached to its row, would draw that row for every other product
_LASTING = frozenset((DocumentKind.POLICY, DocumentKind.CAMPAIGN, DocumentKind.TRAINING))


def learn(tx: Transaction, turn_id: str, action: Action, moment: datetime) -> int:
    """Attach the question of an accepted turn to the passages behind the draft she chose; return how many are new.

    Nothing is learnt from a question that names or numbers a person, tells of health, faith, age or debts, or speaks to
    a model: what is attached is served to every store.
    """
    record = turns.read(tx, turn_id)
    if record is None:
        return 0
    scripting.count(tx, record.corp_id, _scripts_judged(record, action), action.kind)
    experiments.note(tx, record.model_copy(update={"action": action}))
    if action.kind not in _TAUGHT or record.signals or not record.need.question:
        # a text for a task answers no question
        return 0
    behind = _passages_behind(record, (action.choice or 1) - 1)
    if not behind or _is_personal(tx, record):
        return 0
    held = material.passages_by_id(tx, record.corp_id, behind)
    attached = (
        questions.attach(
            tx, record.corp_id, passage, [record.need.question], QuestionOrigin.MINED, moment, turn_id=turn_id
        )
        for passage in held.values()
    )
    return sum(attached)


def _scripts_judged(record: TurnRecord, action: Action) -> tuple[str, ...]:
    """The scripts behind the draft she took, or behind all that she refused for what they say."""
    drafts = _numbered(record)
    if action.kind is ActionKind.REFUSED:
        if action.reason is RefusalReason.CUSTOMER_CHANGED:
            return ()
        return tuple(script_id for draft in drafts for script_id in draft.script_ids)
    chosen = (action.choice or 1) - 1
    return drafts[chosen].script_ids if 0 <= chosen < len(drafts) else ()


def _passages_behind(record: TurnRecord, chosen: int) -> tuple[str, ...]:
    """The passages that the chosen draft's sentences lean on, by id."""
    drafts = _numbered(record)
    if not 0 <= chosen < len(drafts):
        return ()
    leaned = {id_ for sentence in drafts[chosen].sentences for id_ in sentence.evidence}
    places = {
        (one.subject, one.place) for one in record.evidence if one.id in leaned and one.kind is EvidenceKind.PASSAGE
    }
    return tuple(
        hit.passage.id
        for hit in record.hits
        if (hit.passage.document_id, hit.passage.place) in places and hit.passage.kind in _LASTING
    )


def _numbered(record: TurnRecord) -> list[Draft]:
    """The drafts as she was shown them: a held one has no number, and nobody judged it."""
    return [verdict.draft for verdict in record.verdicts if verdict.draft.sentences]


def _is_personal(tx: Transaction, record: TurnRecord) -> bool:
    guide = access.access_person(tx, record.corp_id, record.guide)
    cards = access.access_cards(tx, record.corp_id, guide)
    names = [name for card in cards for name in (card.name, card.address_as)]
    return Mask.of_names([*names, guide.name]).is_personal(record.need.question)
