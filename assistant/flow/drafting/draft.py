"""Drafts for a brief: worded by a model where one is configured and behaves, by the composer otherwise.

Code has decided coupon, price, recipient and scope before this runs. The model words them; what it adds of its own
(evidence ids, links, coupons without their conditions) is taken out or put right here, and then the guard looks.
"""

import re
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import ModelUnavailable
from assistant.flow.brief import Brief
from assistant.flow.drafting.asking import ask_which_product, missing, next_question
from assistant.flow.drafting.composing import COMPOSER_VERSION, compose, made_draft
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.masking import HOLDER, Mask
from assistant.flow.words.wording import bare, closed
from assistant.seams import Ask, ModelAnswer, Prompt
from assistant.shop import Manner
from assistant.turn import Draft, DraftSource, EvidenceKind, Intent, Offer, Provenance, Sentence
from prompts.load import render

PROMPT = "draft"
SECONDS = 8.0
LONGEST_MESSAGE = 2000
LONGEST_EVIDENCE = 700
MOST_EVIDENCE = 20
EVIDENCE_BUDGET = 4200
"""Characters of evidence in all; with rules and message this stays below the 6k tokens a prompt may have."""

LONGEST_SENTENCE = 160
MOST_SENTENCES = 12
NOTHING_LEFT = "bad-output"
HELD = "held"
"""Why the composer's drafts are shown: the guard held everything the model wrote."""
_MARKUP = re.compile(r"https?:|www\.|<[a-zA-Z/!]|!\[|\]\(|```|^\s*[#|]")


class ModelSentence(BaseModel):
    """一句话。"""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(description="带标点的一句话")
    evidence: list[str] = Field(description="这句话依据的编号；寒暄句为空数组")


class ModelDraft(BaseModel):
    """一份草稿。"""

    model_config = ConfigDict(extra="ignore")

    manner: str = Field(description="风格：亲切、专业或简短")
    sentences: list[ModelSentence] = Field(description="按顺序连起来就是完整的消息")


class ModelDrafts(BaseModel):
    """全部草稿，每种要求的风格一份。"""

    model_config = ConfigDict(extra="ignore")

    drafts: list[ModelDraft]


@dataclass(frozen=True)
class Drafted:
    """The drafts of a turn. ``missing`` is filled when there are none because the records hold no answer."""

    drafts: tuple[Draft, ...]
    next_question: str
    missing: str
    provenance: Provenance

    @property
    def by_model(self) -> bool:
        """Say whether a model worded these drafts."""
        return any(one.source is DraftSource.MODEL for one in self.drafts)

    def composed_instead(self, brief: Brief) -> "Drafted":
        """Return the composer's drafts for the same brief; the record keeps what the model cost and that it was held."""
        composed = draft_again(brief)
        return replace(composed, provenance=self.provenance.model_copy(update={"fallback_reason": HELD}))

    @classmethod
    def nothing(cls) -> "Drafted":
        """Return what a turn without drafting has."""
        return cls((), "", "", _provenance())


def draft(brief: Brief, ask: Ask | None, *, seconds: float = SECONDS) -> Drafted:
    """Draft with the model inside ``seconds`` in all, else with the composer; the record says which and why.

    Where the records hold no answer nothing is drafted and the model is not even asked: it could only invent.
    """
    composed = draft_again(brief)
    if ask is None or not composed.drafts:
        return composed
    mask = Mask.of(brief)
    prompt = prompt_for(brief, mask)
    try:
        answered = ask(prompt, ModelDrafts, seconds)
    except ModelUnavailable as unavailable:
        return _fallen_back(composed, prompt, unavailable.reason)
    drafts = _converted(answered.value, brief, mask)
    if not drafts:
        return _fallen_back(composed, prompt, NOTHING_LEFT, answered)
    return replace(composed, drafts=drafts, provenance=_provenance(prompt, answered))


def draft_again(brief: Brief) -> Drafted:
    """Draft with the composer alone."""
    drafts = compose(brief)
    gap = "" if drafts else missing(brief)
    asked = next_question(brief) if drafts else ask_which_product(brief)
    return Drafted(drafts, asked, gap, _provenance())


def _fallen_back(
    composed: Drafted, prompt: Prompt, reason: str, answered: ModelAnswer[ModelDrafts] | None = None
) -> Drafted:
    made = _provenance(prompt, answered).model_copy(update={"fallback_reason": str(reason)})
    return replace(composed, provenance=made)


def _provenance(prompt: Prompt | None = None, answered: ModelAnswer[ModelDrafts] | None = None) -> Provenance:
    """Name what made the drafts; the guard's version is added by whoever runs the guard."""
    return Provenance(
        composer_version=COMPOSER_VERSION,
        guard_version="",
        prompt=prompt.name if prompt else "",
        prompt_version=prompt.version if prompt else "",
        model=answered.model if answered else "",
        input_tokens=answered.input_tokens if answered else 0,
        output_tokens=answered.output_tokens if answered else 0,
    )


# ---- the question to the model -----------------------------------------------------------------


def prompt_for(brief: Brief, mask: Mask) -> Prompt:
    """Render the prompt for a brief; everything personal is behind the mask."""
    ground = Ground(brief)
    need, desk = ground.need, brief.desk
    refinement = brief.need.refinement or need.refinement
    previous = desk.previous.drafts if desk.previous is not None and refinement is not None else ()
    made = render(
        PROMPT,
        {
            "brand": desk.shop.brand,
            "store": desk.store.name.removeprefix(desk.shop.brand),
            "intent": "、".join(intent.label for intent in (need.intent, *need.also)),
            "stage": need.stage.label,
            "scene": need.scene.label,
            "manners": "、".join(manner.label for manner in brief.manners),
            "address": mask.hide(ground.address) if ground.address else "您（没有称呼，不要编）",
            "refinement": refinement.label if refinement else "无",
            "offer": mask.hide(_offer_words(brief.offer, need.intent)),
            "evidence": _evidence_words(brief, mask),
            "question": mask.hide(need.question[:LONGEST_MESSAGE]),
            "previous": mask.hide("\n".join(one.plain for one in previous)) or "无",
            "said": mask.hide("\n".join(sorted(desk.said)[:MOST_EVIDENCE])) or "无",
        },
    )
    return Prompt(name=made.name, version=made.version, system=made.system, user=made.user)


def _offer_words(offer: Offer | None, intent: Intent) -> str:
    if intent is Intent.COMPLAINT or offer is None:
        return "没有优惠可提，不要提任何优惠。"
    if not offer.applied:
        return f"{offer.why.rstrip('。')}。没有可用的券，不要许诺。"
    used = "；".join(f"「{one.name}」：{one.terms.rstrip('。')}" for one in offer.applied)
    return f"{offer.why.rstrip('。')}。{used}。"


def _evidence_words(brief: Brief, mask: Mask) -> str:
    """List the evidence within the budget; the customer's purchases are words like any other and go masked."""
    lines: list[str] = []
    spent = 0
    for one in brief.evidence[:MOST_EVIDENCE]:
        text = " ".join(one.text.split())
        line = f"{one.id}（{one.kind.label}）{text[:LONGEST_EVIDENCE]}"
        if spent + len(line) > EVIDENCE_BUDGET:
            break
        spent += len(line)
        lines.append(mask.hide(line))
    return "\n".join(lines) or "无"


# ---- what came back ----------------------------------------------------------------------------


def _converted(answer: ModelDrafts, brief: Brief, mask: Mask) -> tuple[Draft, ...]:
    """Return the usable drafts, at most one for each manner asked for, in that order."""
    waiting = list(brief.manners)
    made: list[Draft] = []
    for one in answer.drafts:
        manner = _manner(one.manner, waiting)
        if manner is None:
            continue
        sentences = _sentences(one, brief, mask)
        if sentences:
            waiting.remove(manner)
            made.append(made_draft(brief, manner, sentences, DraftSource.MODEL))
    return tuple(made)


def _manner(named: str, waiting: list[Manner]) -> Manner | None:
    """Return the manner a draft is meant for; a name we do not know takes the next one that is waiting."""
    wanted = next((manner for manner in Manner if named.strip() in (manner.label, manner.value)), None)
    if wanted in waiting:
        return wanted
    return waiting[0] if waiting and wanted is None else None


def _sentences(one: ModelDraft, brief: Brief, mask: Mask) -> tuple[Sentence, ...]:
    known = {evidence.id for evidence in brief.evidence}
    address = Ground(brief).address
    said = {bare(sentence, address) for sentence in brief.desk.said}
    kept = []
    for sentence in one.sentences[:MOST_SENTENCES]:
        text = closed(mask.reveal(" ".join(sentence.text.split())))
        if not text or len(text) > LONGEST_SENTENCE or _MARKUP.search(text) or HOLDER.search(text):
            continue
        if bare(text, address) in said:
            continue
        ids = tuple(dict.fromkeys(name for name in sentence.evidence if name in known))
        kept.append(Sentence(text=text, evidence=ids))
    return (*kept, *_conditions(kept, brief)) if kept else ()


def _conditions(sentences: list[Sentence], brief: Brief) -> list[Sentence]:
    """Add the full conditions of every coupon a draft names and does not spell out (safety K3)."""
    text = "".join(sentence.text for sentence in sentences)
    offer = brief.offer
    ids = {one.subject: one.id for one in brief.evidence if one.kind is EvidenceKind.COUPON}
    return [
        Sentence(
            text=f"「{one.name}」使用条件：{terms}。", evidence=(ids[one.coupon_id],) if one.coupon_id in ids else ()
        )
        for one in (offer.applied if offer is not None else ())
        for terms in [one.terms.rstrip("。")]
        if one.name in text and terms not in text
    ]
