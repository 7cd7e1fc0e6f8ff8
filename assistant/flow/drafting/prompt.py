"""The prompt for a brief: everything personal behind the mask, and never more than a model is given to read.

The figures are those of OWASP LLM10: a message of 2,000 characters, 6,000 tokens in, 800 out.
"""

from collections.abc import Iterable

from assistant.flow.brief import Brief
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.masking import Mask
from assistant.seams import Prompt
from assistant.turn import Evidence, EvidenceKind, Intent, Offer
from prompts.load import Prompts, Rendered
from prompts.tokens import estimated_tokens

PROMPT = "draft"
MOST_TOKENS = 6000
"""Of system and user part together, estimated from above."""
LONGEST_MESSAGE = 2000
LONGEST_EVIDENCE = 700
MOST_EVIDENCE = 20
MOST_OF_A_KIND = 6
LEAST_FOR_EVIDENCE = 1200
"""Tokens that nothing but the message may take from the evidence."""
MOST_FOR_PREVIOUS, MOST_FOR_SAID = 900, 900
NOTHING = "无"

_RANK = {
    kind: place
    for place, kind in enumerate(
        (
            EvidenceKind.OFFER,
            EvidenceKind.PRODUCT,
            EvidenceKind.CUSTOMER,
            EvidenceKind.PASSAGE,
            EvidenceKind.STOCK,
            EvidenceKind.COUPON,
            EvidenceKind.STORE,
            EvidenceKind.SCRIPT,
        )
    )
}


def prompt_for(brief: Brief, mask: Mask, prompts: Prompts) -> Prompt:
    """Render the prompt for a brief. What code decided stands in it whole; the rest gives way to fit."""
    ground = Ground(brief)
    need, desk = ground.need, brief.desk
    refinement = brief.need.refinement or need.refinement
    previous = desk.previous.drafts if desk.previous is not None and refinement is not None else ()
    values = {
        "brand": desk.shop.brand,
        "store": desk.store.name.removeprefix(desk.shop.brand),
        "intent": "、".join(intent.label for intent in (need.intent, *need.also)),
        "stage": need.stage.label,
        "scene": need.scene.label,
        "manners": "、".join(manner.label for manner in brief.manners),
        "address": mask.hide(ground.address) if ground.address else "您（没有称呼，不要编）",
        "refinement": refinement.label if refinement else NOTHING,
        "offer": mask.hide(_offer_words(brief.offer, need.intent)),
        **dict.fromkeys(("question", "previous", "said", "evidence"), NOTHING),
    }
    left = MOST_TOKENS - prompts.render(PROMPT, values).tokens
    # a token is at least a character, so what is cut to so many characters fits
    values["question"] = mask.hide(need.question[: 2 * LONGEST_MESSAGE])[: min(max(left, 0), LONGEST_MESSAGE)]
    # a text for a task answers no question
    values["question"] = values["question"] or NOTHING
    left -= estimated_tokens(values["question"])
    for name, lines, most in (
        ("previous", (one.plain for one in previous), MOST_FOR_PREVIOUS),
        ("said", sorted(desk.said), MOST_FOR_SAID),
    ):
        values[name] = _fitting(lines, min(most, left - LEAST_FOR_EVIDENCE), mask)
        left -= estimated_tokens(values[name])
    values["evidence"] = _fitting(_evidence_lines(brief), left, mask, LONGEST_EVIDENCE)
    return _as_prompt(prompts.render(PROMPT, values))


def _as_prompt(made: Rendered) -> Prompt:
    return Prompt(name=made.name, version=made.version, system=made.system, user=made.user)


def _fitting(lines: Iterable[str], tokens: int, mask: Mask, longest: int | None = None) -> str:
    """Return the first lines that fit, masked; none is cut to fit, since half a condition is a wrong one.

    One of more than ``longest`` characters ends there, once it is masked: half a phone looks like none.
    """
    kept: list[str] = []
    for line in lines:
        hidden = mask.hide(line)[:longest]
        cost = estimated_tokens(f"{hidden}\n")
        if cost > tokens:
            break
        tokens -= cost
        kept.append(hidden)
    return "\n".join(kept) or NOTHING


def _offer_words(offer: Offer | None, intent: Intent) -> str:
    if intent is Intent.COMPLAINT or offer is None:
        return "没有优惠可提，不要提任何优惠。"
    if not offer.applied:
        return f"{offer.why.rstrip('。')}。没有可用的券，不要许诺。"
    used = "；".join(f"「{one.name}」：{one.terms.rstrip('。')}" for one in offer.applied)
    return f"{offer.why.rstrip('。')}。{used}。"


def _evidence_lines(brief: Brief) -> list[str]:
    """List the evidence, what weighs most first: the goods, the sum and the customer before a count in a far store."""
    told: dict[EvidenceKind, int] = {}
    lines: list[str] = []
    for one in sorted(brief.evidence, key=lambda one: _weight(one, brief)):
        told[one.kind] = told.get(one.kind, 0) + 1
        if told[one.kind] <= MOST_OF_A_KIND and len(lines) < MOST_EVIDENCE:
            lines.append(f"{one.id}（{one.kind.label}）{' '.join(one.text.split())}")
    return lines


def _weight(one: Evidence, brief: Brief) -> tuple[int, bool]:
    """Rank by kind, and the guide's own store before others; what is alike keeps the order it was found in."""
    elsewhere = one.kind in (EvidenceKind.STOCK, EvidenceKind.STORE) and brief.desk.store.name not in one.text
    return _RANK[one.kind], elsewhere
