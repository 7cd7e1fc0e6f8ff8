"""One turn prepared for its page: everything the template prints is made here, and nothing is escaped here."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from assistant.console.differences import Difference, compare
from assistant.console.formats import money
from assistant.seams import ModelReason
from assistant.shop import Purpose
from assistant.store.console.conversations import DeliveredPart, TurnStory
from assistant.turn import (
    Action,
    Alternative,
    AppliedCoupon,
    Claim,
    Draft,
    Evidence,
    Finding,
    Need,
    Offer,
    Outcome,
    Provenance,
    Timing,
    TurnRecord,
    Verdict,
)

_STEPS = {
    "understand": "听懂问题",
    "choose": "挑产品",
    "retrieve": "查资料",
    "offer": "算优惠",
    "draft": "写草稿",
    "guard": "审草稿",
    "voice": "换成她的口吻",
    "sign-off": "看要不要签发",
}
_PROFILE = {
    "tier": "会员等级",
    "points": "积分",
    "birthday_month": "生日月份",
    "tags": "标签",
    "consents": "已同意",
    "orders": "历史订单",
}
_FACT = "fact:"
_FALLBACKS = {
    "error": "处理出错，如实告诉了导购",
    "not-a-guide": "发消息的人还没有开通",
}


class Fact(NamedTuple):
    """A name and what stands behind it."""

    name: str
    value: str


class Marked(NamedTuple):
    """A run of a draft's words; ``claim`` is set where they assert something, ``anchor`` where that has a basis."""

    text: str
    claim: Claim | None
    anchor: str


class DraftStory(NamedTuple):
    """One draft: as the guide saw it, what the guard objected to, and what stood there before."""

    number: int
    draft: Draft
    outcome: Outcome
    marked: tuple[Marked, ...]
    findings: tuple[Finding, ...]
    cut: Difference | None
    chosen: bool


class NumberedEvidence(NamedTuple):
    """A statement with the name that the drafts link to; ``used`` when a shown draft rests on it."""

    anchor: str
    evidence: Evidence
    used: bool


class OfferLine(NamedTuple):
    """One line of the basket and what each coupon took off it, in 分."""

    name: str
    quantity: int
    amount_fen: int
    savings: tuple[int, ...]
    pay_fen: int


class OfferStory(NamedTuple):
    """The bill with its proof. ``goods_fen`` is the shop price of the goods, ``goods_pay_fen`` what is paid for them;
    shipping is in neither."""

    offer: Offer
    lines: tuple[OfferLine, ...]
    applied: tuple[AppliedCoupon, ...]
    alternatives: tuple[Alternative, ...]
    goods_fen: int
    goods_pay_fen: int


class Step(NamedTuple):
    """A step and how long it took."""

    name: str
    milliseconds: float


class ActionStory(NamedTuple):
    """What the guide did, with the draft she chose against what she sent."""

    action: Action
    difference: Difference | None


class Story(NamedTuple):
    """The whole turn, in the order in which it came about."""

    question: str
    need: tuple[Fact, ...]
    profile: tuple[Fact, ...]
    drafts: tuple[DraftStory, ...]
    used: tuple[NumberedEvidence, ...]
    unused: tuple[NumberedEvidence, ...]
    offer: OfferStory | None
    action: ActionStory | None
    provenance: tuple[Fact, ...]
    steps: tuple[Step, ...]
    total_milliseconds: float
    slowest_milliseconds: float
    parts: tuple[DeliveredPart, ...]


def story(found: TurnStory) -> Story:
    """Prepare one turn."""
    record = found.record
    evidence = _numbered(record)
    steps = tuple(_step(timing) for timing in record.timings)
    return Story(
        question=" / ".join(message.text for message in record.messages if message.text) or "（没有文字的消息）",
        need=tuple(fact for fact in _need(record, found.products) if fact.value),
        profile=tuple(_profile(record.profile)),
        drafts=tuple(_drafts(record, {one.evidence.id: one.anchor for one in evidence})),
        used=tuple(one for one in evidence if one.used),
        unused=tuple(one for one in evidence if not one.used),
        offer=_offer(record.offer),
        action=_action(record),
        provenance=tuple(fact for fact in _provenance(record) if fact.value),
        steps=steps,
        total_milliseconds=sum(step.milliseconds for step in steps),
        slowest_milliseconds=max((step.milliseconds for step in steps), default=0.0),
        parts=found.parts,
    )


def customer_names(found: TurnStory) -> tuple[str, ...]:
    """The names by which this turn speaks of a customer, for readers who may not see them."""
    mention = found.record.need.mention
    known = (found.customer.name, found.customer.address_as) if found.customer else ()
    return tuple(name for name in (*known, mention.name if mention else "") if name)


# ---- what was needed ---------------------------------------------------------------------------


def _need(record: TurnRecord, products: Mapping[str, str]) -> Iterable[Fact]:
    need, slots = record.need, record.need.slots
    yield Fact("想要", "、".join(intent.label for intent in (need.intent, *need.also)))
    yield Fact("检索用语", need.question)
    yield Fact("产品", "、".join(products.get(sku, sku) for sku in need.skus) or need.product_words)
    yield Fact("客户", _customer_words(need))
    yield Fact("肤质或适用", slots.skin_type)
    yield Fact("在意", "、".join(slots.concerns))
    yield Fact("品类", slots.category)
    yield Fact("不要", "、".join(slots.avoid))
    yield Fact("预算", f"{money(slots.budget_fen)} 以内" if slots.budget_fen is not None else "")
    yield Fact("数量", str(slots.quantity) if slots.quantity > 1 else "")
    yield Fact("政策话题", "、".join(slots.policy_topics))
    yield Fact("场合", slots.occasion)
    yield Fact("销售阶段", need.stage.label)
    yield Fact("使用场景", need.scene.label)
    yield Fact("改写要求", need.refinement.label if need.refinement else "")
    yield Fact("不采用的原因", need.refusal.label if need.refusal else "")
    yield Fact("谁的原话", "客户原话" if need.from_customer else "")


def _customer_words(need: Need) -> str:
    if need.candidates and not need.customer_id:
        return f"同名的有 {len(need.candidates)} 位，已请导购确认"
    if need.customer_id:
        return "已对上客户档案"
    return "提到了但没对上档案" if need.mention else ""


def _profile(known: dict[str, str]) -> Iterable[Fact]:
    for name, value in known.items():
        if name == "consents":
            labels = {purpose.value: purpose.label for purpose in Purpose}
            value = "、".join(labels.get(one, one) for one in value.split("、"))
        if name == "orders":
            value = f"{value} 笔"
        if name == "birthday_month":
            value = f"{value} 月"
        yield Fact(_PROFILE.get(name, name.removeprefix(_FACT)), value)


# ---- what it rests on --------------------------------------------------------------------------


def _numbered(record: TurnRecord) -> tuple[NumberedEvidence, ...]:
    drafts = [verdict.draft for verdict in record.verdicts]
    leaned_on = {claim.evidence_id for draft in drafts for claim in draft.claims}
    leaned_on |= {one for draft in drafts for sentence in draft.sentences for one in sentence.evidence}
    return tuple(
        NumberedEvidence(f"evidence-{number}", evidence, evidence.id in leaned_on)
        for number, evidence in enumerate(record.evidence, start=1)
    )


def _offer(offer: Offer | None) -> OfferStory | None:
    if offer is None:
        return None
    lines = tuple(_offer_lines(offer))
    return OfferStory(
        offer=offer,
        lines=lines,
        applied=offer.applied,
        alternatives=offer.alternatives,
        goods_fen=sum(line.amount_fen for line in lines),
        goods_pay_fen=sum(line.pay_fen for line in lines),
    )


def _offer_lines(offer: Offer) -> Iterable[OfferLine]:
    for number, line in enumerate(offer.lines):
        amount = line.unit_fen * line.quantity
        savings = tuple(one.per_line[number] if number < len(one.per_line) else 0 for one in offer.applied)
        yield OfferLine(line.name, line.quantity, amount, savings, amount - sum(savings))


# ---- what was written --------------------------------------------------------------------------


def _drafts(record: TurnRecord, anchors: dict[str, str]) -> Iterable[DraftStory]:
    chosen = record.action.choice if record.action else None
    for number, verdict in enumerate(record.verdicts, start=1):
        written = record.drafts[number - 1].text if number <= len(record.drafts) else verdict.draft.plain
        yield DraftStory(
            number=number,
            draft=verdict.draft,
            outcome=verdict.outcome,
            marked=marked(verdict.draft, anchors),
            findings=verdict.findings,
            cut=_cut(written, verdict),
            chosen=chosen == number,
        )


def _cut(written: str, verdict: Verdict) -> Difference | None:
    kept = verdict.draft.plain
    return compare(written, kept) if written != kept else None


def marked(draft: Draft, anchors: dict[str, str]) -> tuple[Marked, ...]:
    """Cut a draft's words where it asserts something. Joined again, the pieces are its text."""
    text, pieces, at = draft.text, [], 0
    for start, claim in _places(text, draft.claims):
        if start > at:
            pieces.append(Marked(text[at:start], None, ""))
        at = start + len(claim.text)
        pieces.append(Marked(text[start:at], claim, anchors.get(claim.evidence_id, "")))
    if at < len(text):
        pieces.append(Marked(text[at:], None, ""))
    return tuple(pieces)


def _places(text: str, claims: Iterable[Claim]) -> list[tuple[int, Claim]]:
    """Where each claim stands, longest first, so that 满300减40 is not torn by 300."""
    taken: list[tuple[int, Claim]] = []
    for claim in sorted((one for one in claims if one.text), key=lambda one: -len(one.text)):
        start = text.find(claim.text)
        while start >= 0:
            end = start + len(claim.text)
            if all(end <= other or start >= other + len(one.text) for other, one in taken):
                taken.append((start, claim))
                break
            start = text.find(claim.text, start + 1)
    return sorted(taken, key=lambda place: place[0])


# ---- what became of it -------------------------------------------------------------------------


def _action(record: TurnRecord) -> ActionStory | None:
    if record.action is None:
        return None
    chosen = (record.action.choice or 1) - 1
    shown = record.verdicts[chosen].draft.text if 0 <= chosen < len(record.verdicts) else ""
    sent = record.action.sent_text
    return ActionStory(record.action, compare(shown, sent) if shown and sent and shown != sent else None)


def _provenance(record: TurnRecord) -> Iterable[Fact]:
    made = record.provenance
    yield Fact("话术组稿", made.composer_version)
    yield Fact("审核规则", made.guard_version)
    yield Fact("资料版本", str(made.material_version) if made.material_version else "")
    yield Fact("大模型", made.model)
    yield Fact("提示词", " ".join((made.prompt, made.prompt_version)).strip())
    yield Fact("用量", _usage(made))
    yield Fact("没用大模型的原因", _fallback(made.fallback_reason))


def _usage(made: Provenance) -> str:
    if made.cached:
        return "刚才答过同样的问题，没有再调用"
    if not made.model_calls:
        return ""
    cost = f"，约 {made.cost_microfen / 1_000_000:.3g} 分" if made.cost_microfen else ""
    return f"调用 {made.model_calls} 次，输入 {made.input_tokens}，输出 {made.output_tokens} 个 token{cost}"


def _fallback(reason: str) -> str:
    if reason in list(ModelReason):
        return ModelReason(reason).label
    return _FALLBACKS.get(reason, reason)


def _step(timing: Timing) -> Step:
    return Step(_STEPS.get(timing.step, timing.step), timing.milliseconds)
