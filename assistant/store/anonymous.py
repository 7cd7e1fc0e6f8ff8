"""A turn's record without anything that says who it was about or what was said. Pure: values in, values out."""

from collections.abc import Mapping
from typing import Any

from assistant.turn import Action, Draft, Evidence, EvidenceKind, Need, Offer, Reply, Slots, TurnRecord, Verdict


def without_words(record: TurnRecord, customer_id: str = "") -> TurnRecord:
    """The record with every text, the customer and what was known of her taken out; figures and choices stay.

    ``customer_id`` is what stands in the place of her number.
    """
    drafted = without_drafts(record)
    return drafted.model_copy(
        update={
            "messages": tuple(one.model_copy(update={"text": ""}) for one in record.messages),
            "need": _need(record.need, customer_id if record.need.customer_id else ""),
            "signals": tuple(one.model_copy(update={"words": "", "where": ""}) for one in record.signals),
            "evidence": tuple(_evidence(one, customer_id) for one in record.evidence),
            "profile": {},
            "offer": _offer(record.offer),
            "next_question": "",
            "gap": "",
            "said_action": _action(record.said_action),
            "action": _action(record.action),
        }
    )


def without_drafts(record: TurnRecord) -> TurnRecord:
    """The record without the words of its drafts: how many there were and what the guard did stays."""
    return record.model_copy(
        update={
            "drafts": tuple(_draft(one) for one in record.drafts),
            "verdicts": tuple(_verdict(one) for one in record.verdicts),
            "reply": Reply(kind=record.reply.kind, parts=()),
        }
    )


def action_without_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """The guide's word on a turn, as it is stored, without what she sent or noted."""
    return {**body, "sent_text": "", "note": ""}


def _need(need: Need, customer_id: str) -> Need:
    slots = need.slots
    kept = Slots(category=slots.category, quantity=slots.quantity, policy_topics=slots.policy_topics)
    return need.model_copy(
        update={
            "question": "",
            "mention": None,
            "customer_id": customer_id,
            "candidates": (),
            "product_words": "",
            "slots": kept,
            "refusal_note": "",
            "own_text": "",
            "signals": tuple(one.model_copy(update={"words": "", "where": ""}) for one in need.signals),
        }
    )


def _evidence(one: Evidence, customer_id: str) -> Evidence:
    if one.kind is not EvidenceKind.CUSTOMER:
        return one
    return one.model_copy(update={"subject": customer_id, "text": "", "title": "", "place": ""})


def _offer(offer: Offer | None) -> Offer | None:
    """Why a coupon fits or not may tell a birthday or a tier."""
    if offer is None:
        return None
    others = tuple(one.model_copy(update={"distance": ""}) for one in offer.alternatives)
    return offer.model_copy(update={"why": "", "alternatives": others})


def _draft(draft: Draft) -> Draft:
    return draft.model_copy(
        update={
            "sentences": tuple(one.model_copy(update={"text": "", "before_voice": ""}) for one in draft.sentences),
            "claims": tuple(one.model_copy(update={"text": "", "value": ""}) for one in draft.claims),
        }
    )


def _verdict(verdict: Verdict) -> Verdict:
    findings = tuple(one.model_copy(update={"span": "", "remedy": ""}) for one in verdict.findings)
    signing = tuple(one.model_copy(update={"words": "", "remedy": ""}) for one in verdict.sign_offs)
    return verdict.model_copy(update={"findings": findings, "draft": _draft(verdict.draft), "sign_offs": signing})


def _action(action: Action | None) -> Action | None:
    return None if action is None else action.model_copy(update={"sent_text": "", "note": ""})
