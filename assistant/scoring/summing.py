"""What one turn comes to in a narrow row, read from its record alone: pure, the same for every reader.

Only what was *shown* counts: a draft the guard held never reached the guide.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from assistant.clock import SHOP_TIME
from assistant.scoring.rubric import score_turn
from assistant.turn import Action, ActionKind, Draft, EvidenceKind, Outcome, ReplyKind, TurnRecord, Verdict
from knowledge.noun import Labelled

_TAKEN = (ActionKind.ACCEPTED, ActionKind.EDITED)


class TurnVerdict(Labelled):
    """What the guard left of a turn, as a whole."""

    PASSED = "passed", "全部通过"
    CUT = "cut", "有内容被删"
    HELD = "held", "草稿被拦下"
    ASKED = "asked", "追问了一句"
    ABSTAINED = "abstained", "资料里没有"
    NONE = "none", "没有草稿要审"


class LeanKind(Labelled):
    """What a draft can lean on."""

    DOCUMENT = "document", "资料"
    PASSAGE = "passage", "资料段落"
    SCRIPT = "script", "话术"
    COUPON = "coupon", "优惠券"
    PRODUCT = "product", "商品"


class Leaning(NamedTuple):
    """One thing that the shown drafts of a turn lean on; ``taken`` when the draft the guide sent does."""

    kind: LeanKind
    ref: str
    taken: bool


class Summary(NamedTuple):
    """A turn in figures. ``first_draft_ms`` runs from the guide's last message to the drafts, None without drafts.

    ``edit_distance`` counts characters between the draft she took and what she sent, ``edit_share`` is that of the
    longer of both; ``action`` and ``refusal`` are empty while she said nothing.
    """

    turn_id: str
    corp_id: str
    finished_at: datetime
    day: date
    store_id: str
    guide_folded: str
    customer_id: str
    intent: str
    reply_kind: str
    verdict: str
    has_gap: bool
    draft_count: int
    trimmed_count: int
    held_count: int
    cut_claims: int
    first_draft_ms: int | None
    suggests_coupon: bool
    sends_coupon: bool
    action: str
    action_at: datetime | None
    refusal: str
    similarity: float | None
    edit_distance: int | None
    edit_share: float | None
    score: float | None


def summary_of(record: TurnRecord) -> Summary:
    """Sum a turn up, with the guide's latest word on it when one is joined."""
    shown = shown_verdicts(record)
    action = record.action
    edit = edit_of(record)
    coupons = [one for one in leanings_of(record) if one.kind is LeanKind.COUPON]
    return Summary(
        turn_id=record.turn_id,
        corp_id=record.corp_id,
        finished_at=record.finished_at,
        day=record.finished_at.astimezone(SHOP_TIME).date(),
        store_id=record.store_id,
        guide_folded=record.guide.lower(),
        customer_id=record.need.customer_id,
        intent=record.need.intent.value,
        reply_kind=record.reply.kind.value,
        verdict=verdict_of(record).value,
        has_gap=bool(record.gap),
        draft_count=len(shown),
        trimmed_count=sum(one.outcome is Outcome.TRIMMED for one in record.verdicts),
        held_count=sum(one.outcome is Outcome.HELD for one in record.verdicts),
        cut_claims=sum(len(one.findings) for one in record.verdicts),
        first_draft_ms=_first_draft_ms(record) if shown else None,
        suggests_coupon=bool(coupons),
        sends_coupon=any(one.taken for one in coupons),
        action=action.kind.value if action else "",
        action_at=action.at if action else None,
        refusal=action.reason.value if action and action.kind is ActionKind.REFUSED and action.reason else "",
        similarity=action.similarity if action else None,
        edit_distance=edit.distance if edit else None,
        edit_share=edit.share if edit else None,
        score=score_turn(record).overall,
    )


def shown_verdicts(record: TurnRecord) -> tuple[Verdict, ...]:
    """The drafts that reached the guide, as the guard left them."""
    if record.reply.kind is not ReplyKind.DRAFTS:
        return ()
    return tuple(one for one in record.verdicts if one.outcome is not Outcome.HELD and one.draft.sentences)


def verdict_of(record: TurnRecord) -> TurnVerdict:
    """The guard's word on the turn as a whole: one cut sentence or held draft is enough for 有内容被删."""
    match record.reply.kind:
        case ReplyKind.HELD:
            return TurnVerdict.HELD
        case ReplyKind.ASK:
            return TurnVerdict.ASKED
        case ReplyKind.ABSTAIN:
            return TurnVerdict.ABSTAINED
        case ReplyKind.DRAFTS:
            clean = all(one.outcome is Outcome.PASS for one in record.verdicts)
            return TurnVerdict.PASSED if clean else TurnVerdict.CUT
        case _:
            return TurnVerdict.NONE


def taken_draft(record: TurnRecord) -> Draft | None:
    """The draft the guide sent, as it was or reworked. Drafts are numbered as she saw them: a held one has no number."""
    action = record.action
    if action is None or action.kind not in _TAKEN:
        return None
    numbered = [one.draft for one in record.verdicts if one.draft.sentences]
    chosen = (action.choice or 1) - 1
    return numbered[chosen] if 0 <= chosen < len(numbered) else None


def leanings_of(record: TurnRecord) -> tuple[Leaning, ...]:
    """Everything the shown drafts lean on, each once."""
    taken = taken_draft(record)
    sent = set(_refs(record, taken)) if taken is not None else set()
    if record.action is not None and record.action.sent_text:
        sent -= _not_named(record, record.action)
    found = dict.fromkeys(ref for one in shown_verdicts(record) for ref in _refs(record, one.draft))
    return tuple(Leaning(kind, ref, (kind, ref) in sent) for kind, ref in found)


def _refs(record: TurnRecord, draft: Draft) -> Iterator[tuple[LeanKind, str]]:
    leaned = {one for sentence in draft.sentences for one in sentence.evidence}
    leaned |= {claim.evidence_id for claim in draft.claims}
    yield from ((LeanKind.SCRIPT, one) for one in draft.script_ids)
    yield from ((LeanKind.COUPON, one) for one in draft.coupon_ids)
    yield from ((LeanKind.PRODUCT, one) for one in draft.skus)
    for one in record.evidence:
        if one.id not in leaned:
            continue
        match one.kind:
            case EvidenceKind.PASSAGE:
                yield LeanKind.DOCUMENT, one.subject
                # a statement quotes its passage whole: two passages may stand at one place
                yield from (
                    (LeanKind.PASSAGE, hit.passage.id)
                    for hit in record.hits
                    if hit.passage.document_id == one.subject and hit.passage.text.strip() in one.text
                )
            case EvidenceKind.SCRIPT:
                yield LeanKind.SCRIPT, one.subject
            case EvidenceKind.COUPON:
                yield LeanKind.COUPON, one.subject
            case EvidenceKind.PRODUCT:
                yield LeanKind.PRODUCT, one.subject
            case EvidenceKind.OFFER if record.offer is not None:
                yield from ((LeanKind.COUPON, coupon.coupon_id) for coupon in record.offer.applied)
            case _:
                pass


def _not_named(record: TurnRecord, action: Action) -> set[tuple[LeanKind, str]]:
    """Coupons whose name is not in what she sent: they were not offered, and none is granted (``assistant.granting``)."""
    if record.offer is None:
        return set()
    named = {one.coupon_id: one.name for one in record.offer.alternatives}
    named |= {one.coupon_id: one.name for one in record.offer.applied}
    return {(LeanKind.COUPON, coupon_id) for coupon_id, name in named.items() if name not in action.sent_text}


class Edit(NamedTuple):
    """How far what she sent is from the draft she took: characters, and the share of the longer text."""

    distance: int
    share: float


def edit_of(record: TurnRecord) -> Edit | None:
    """Measure an edit; None where she edited nothing or left no text."""
    taken, action = taken_draft(record), record.action
    if taken is None or action is None or action.kind is not ActionKind.EDITED or not action.sent_text:
        return None
    distance = Levenshtein.distance(taken.text, action.sent_text)
    return Edit(distance, distance / max(len(taken.text), len(action.sent_text)))


def _first_draft_ms(record: TurnRecord) -> int | None:
    asked = record.messages[-1].received_at if record.messages else record.started_at
    waited = round((record.finished_at - asked).total_seconds() * 1000)
    return waited if waited >= 0 else None
