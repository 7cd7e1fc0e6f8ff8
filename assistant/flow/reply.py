"""What the guide reads: drafts with coupon, evidence and how to answer, or one honest sentence and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.flow import awaiting
from assistant.flow.awaiting import NUMBERS
from assistant.flow.brief import Brief
from assistant.flow.drafting.draft import Drafted
from assistant.flow.finding.besides import beside, counted
from assistant.flow.finding.fitting import ALLERGY, known_allergen, listed_fact
from assistant.flow.finding.trade import on_the_body
from assistant.flow.parting import part
from assistant.offers.wording import step_words
from assistant.shop import Customer, Product
from assistant.turn import (
    Action,
    CouponRule,
    Draft,
    Evidence,
    EvidenceKind,
    Finding,
    Intent,
    Need,
    Outcome,
    Reply,
    ReplyKind,
    SignOff,
    SignOffAsked,
    Verdict,
)

AI_NOTICE = "以上草稿由AI生成，核对后再发。"
HOW_TO_ANSWER = "回 1/2/3 采用；直接发改好的那段，算您改写；不用请回「不用＋原因」。"
HOW_TO_WAIT = "签发后我告诉您怎么采用；直接发改好的那段，算您改写；不用请回「不用＋原因」。"
EVIDENCE_SHOWN = 5
ALTERNATIVES_SHOWN = 2
NAME_SHOWN = 12
"""Characters of a nickname in the heading; WeCom lets people write whole sentences there."""
_ABOUT_MONEY = (Intent.COUPON, Intent.PRICE, Intent.OBJECTION, Intent.CLOSING, Intent.REFINE)
_ABOUT_USE = (Intent.RECOMMEND, Intent.SUITABILITY, Intent.PRODUCT_FACT, Intent.USAGE, Intent.COMPARE, Intent.COMPLAINT)
# the sources worth opening, and what a guide calls them; sums and profiles are in front of her already
_SOURCES = {
    EvidenceKind.PASSAGE: "资料",
    EvidenceKind.PRODUCT: "商品表",
    EvidenceKind.COUPON: "券规则",
    EvidenceKind.STOCK: "库存",
    EvidenceKind.STORE: "门店表",
}
# what a guide can still do something about
_WITHIN_REACH = (CouponRule.THRESHOLD, CouponRule.NOT_STARTED, CouponRule.NOT_COMBINABLE)


@dataclass(frozen=True)
class Presented:
    """A reply, with what the record keeps of it."""

    reply: Reply
    next_question: str = ""
    gap: str = ""
    action: Action | None = None
    sign_off: SignOffAsked | None = None
    """Set where a draft shown waits for a manager."""


def say(kind: ReplyKind, *blocks: str, gap: str = "", action: Action | None = None) -> Presented:
    """Make a reply of these blocks."""
    return Presented(Reply(kind=kind, parts=part(blocks)), gap=gap, action=action)


def with_notices(presented: Presented, notices: tuple[str, ...]) -> Presented:
    """Add what only the guide is told to a reply that has no drafts; a copy to be sent stays a message of its own."""
    if not notices or presented.action is not None:
        return presented
    reply = presented.reply
    return replace(presented, reply=reply.model_copy(update={"parts": part((*reply.parts, *notices))}))


def present(
    brief: Brief,
    drafted: Drafted,
    verdicts: tuple[Verdict, ...],
    notices: tuple[str, ...] = (),
) -> Presented:
    """Lay out what passed the guard; say honestly when nothing did, or when the material holds no answer.

    ``notices`` are told to the guide beside either.
    """
    shown = tuple(verdict.draft for verdict in verdicts if verdict.outcome is not Outcome.HELD)
    if shown:
        waiting = waiting_drafts(verdicts)
        sign_off = awaiting.asked(brief.desk, brief.moment) if waiting else None
        blocks = [*_heads(brief), *_drafts(shown, waiting)]
        told = (
            awaiting.waiting(waiting, sign_off, brief.desk.signers, brief.moment) if sign_off is not None else "",
            _offer(brief, shown),
            _beside(brief),
            _evidence(brief.evidence, shown),
            _dispute(brief.evidence, shown),
        )
        blocks += [block for block in (*told, *notices) if block]
        if drafted.next_question:
            blocks.append(f"接着可以问：{drafted.next_question}")
        blocks.append(f"{AI_NOTICE}\n{HOW_TO_WAIT if len(waiting) == len(shown) else HOW_TO_ANSWER}")
        reply = Reply(kind=ReplyKind.DRAFTS, parts=part(blocks))
        return Presented(reply, next_question=drafted.next_question, sign_off=sign_off)
    if verdicts:
        return say(ReplyKind.HELD, heading(brief.need, brief.customer), _held(verdicts), *notices)
    gap = brief.need.question
    follow = [f"也可以先问清楚：{drafted.next_question}"] if drafted.next_question else []
    answer = say(ReplyKind.ABSTAIN, heading(brief.need, brief.customer), drafted.missing, *follow, *notices, gap=gap)
    return Presented(answer.reply, next_question=drafted.next_question, gap=gap)


def _heads(brief: Brief) -> list[str]:
    """The heading, and below it what the guide must know before she sends: an allergy that stands in the profile."""
    head = heading(brief.need, brief.customer)
    allergies = listed_fact(brief.customer.fact(ALLERGY)) if brief.customer is not None else ()
    if not allergies or not brief.products or brief.need.intent not in _ABOUT_USE:
        return [head]
    told = [f"「{product.name}」{_says_of_allergen(product, brief)}" for product in brief.products]
    known = "、".join(allergies)
    return [head, f"只给您看：档案里记着对{known}过敏。{'；'.join(told)}。{_if_unsure(brief)}"]


def _if_unsure(brief: Brief) -> str:
    """A cream can be tried on a spot of skin; what is eaten or worn is not tried out on somebody allergic to it."""
    if all(on_the_body(product) for product in brief.products):
        return "拿不准先请她局部试用或问医生。"
    return "拿不准先别推荐，请她看包装上的标注、问过医生再说。"


def _says_of_allergen(product: Product, brief: Brief) -> str:
    found = known_allergen(product, brief.customer)
    if found:
        return f"主要成分里有{found}，不要推荐"
    allergies = listed_fact(brief.customer.fact(ALLERGY)) if brief.customer is not None else ()
    return "写明不含" if set(allergies) <= set(product.free_of) else "的主要成分里没列它"


def heading(need: Need, customer: Customer | None) -> str:
    """One line: about whom, and what was understood, so that a misunderstanding shows at once."""
    asked = "、".join(intent.label for intent in (need.intent, *need.also))
    if customer is not None:
        known = [_at_a_glance(customer.name), customer.tier, customer.fact("肤质")]
        return f"【{'·'.join(word for word in known if word)}】{asked}"
    if need.mention is not None:
        named = need.mention.name or f"尾号{need.mention.phone_tail}"
        return f"【{asked}】您名下没找到「{named}」，先按未指定客户来写，客户信息请自己核对。"
    return f"【{asked}】"


def _at_a_glance(name: str) -> str:
    """A nickname as far as it tells who is meant: what somebody writes behind it is no news for the guide."""
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"


def _drafts(shown: tuple[Draft, ...], waiting: Mapping[int, tuple[SignOff, ...]]) -> list[str]:
    return [
        f"{NUMBERS[place]} {draft.manner.label}{'（等签发，先别发）' if place + 1 in waiting else ''}\n{draft.text}"
        for place, draft in enumerate(shown)
    ]


def waiting_drafts(verdicts: tuple[Verdict, ...]) -> dict[int, tuple[SignOff, ...]]:
    """Why a manager signs some of the drafts, by the number under which the guide is shown them."""
    shown = (verdict for verdict in verdicts if verdict.outcome is not Outcome.HELD)
    return {number: verdict.sign_offs for number, verdict in enumerate(shown, start=1) if verdict.sign_offs}


def _offer(brief: Brief, shown: tuple[Draft, ...]) -> str:
    """Why this coupon, and what is within reach; conditions only where no draft tells them already."""
    need, offer = brief.need, brief.offer
    if offer is None or not (offer.lines or need.wants(Intent.COUPON)):
        return ""
    told = {coupon_id for draft in shown for coupon_id in draft.coupon_ids}
    if not told and not any(need.wants(intent) for intent in _ABOUT_MONEY):
        # nobody asked: enough to know that there is something
        return f"顺带一提：{offer.why}" if offer.applied else ""
    lines = [f"优惠：{offer.why}"]
    lines += [f"· 「{applied.name}」{applied.terms}" for applied in offer.applied if applied.coupon_id not in told]
    reachable = [other for other in offer.alternatives if other.rule in _WITHIN_REACH]
    chosen = reachable or list(offer.alternatives)
    lines += [f"· 「{other.name}」{other.distance}" for other in chosen[:ALTERNATIVES_SHOWN]]
    if offer.step is not None:
        lines.append(f"· {step_words(offer.step, counted(offer.step.added.sku, brief))}")
    point_fen = brief.desk.shop.rules.guide_point_fen
    if point_fen and offer.applied and offer.lines and (points := offer.pay_fen // point_fen):
        lines.append(f"· 用券成交您记 {points} 分（只给您看）")
    return "\n".join(lines)


def _beside(brief: Brief) -> str:
    found = beside(brief)
    return found.words(brief) if found is not None else ""


def _used(evidence: tuple[Evidence, ...], shown: tuple[Draft, ...]) -> tuple[Evidence, ...]:
    """The evidence that a shown draft stands on."""
    used = {claim.evidence_id for draft in shown for claim in draft.claims}
    used |= {name for draft in shown for sentence in draft.sentences for name in sentence.evidence}
    return tuple(one for one in evidence if one.id in used)


def _dispute(evidence: tuple[Evidence, ...], shown: tuple[Draft, ...]) -> str:
    """Two documents that give two figures: the guide must not be the one who finds out from a customer."""
    disputed = dict.fromkeys(one.disputed for one in _used(evidence, shown) if one.disputed)
    if not disputed:
        return ""
    lines = "\n".join(f"· {words}" for words in disputed)
    return f"只给您看：资料里的数字对不上，发之前请先和店长核实。\n{lines}"


def _evidence(evidence: tuple[Evidence, ...], shown: tuple[Draft, ...]) -> str:
    used = _used(evidence, shown)
    sources = dict.fromkeys(_source(one) for one in used if one.kind in _SOURCES)
    if not sources:
        return ""
    return "依据：\n" + "\n".join(f"· {source}" for source in list(sources)[:EVIDENCE_SHOWN])


def _source(one: Evidence) -> str:
    """Name a source so that a guide can open it: document, version, place."""
    label = _SOURCES[one.kind]
    if one.kind is EvidenceKind.STOCK:
        return f"{label} {one.place}"
    name = f"《{one.title}》第{one.version}版" if one.kind is EvidenceKind.PASSAGE else f"{label} {one.title}"
    return f"{name} · {one.place}" if one.place else name


def told(finding: Finding) -> str:
    """One finding as a guide reads it: the words, what is wrong with them, by which rule, and what to write instead."""
    return f"· 「{finding.span}」{finding.reason.label}（{finding.rule}）：{finding.remedy}"


def _held(verdicts: tuple[Verdict, ...]) -> str:
    reasons: dict[str, None] = {}
    for verdict in verdicts:
        for finding in verdict.findings:
            reasons[told(finding)] = None
    return "这几条草稿没过审核，先不给您用：\n" + "\n".join(reasons)
