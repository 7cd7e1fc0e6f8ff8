"""What a manager signs before a guide may send it: deep discounts, promised refunds, verdicts in a complaint, claims of health.

A text is judged clause by clause. What stands word for word in a published record is that record's, not a promise to this
customer, and a clause that denies, asks or passes the matter on promises nothing. The words are in ``sign_off_words.yaml``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.brief import Brief
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.telling import asked, denied, is_open
from assistant.flow.guard.word_patterns import WordPatterns
from assistant.flow.understanding.refining import working_need
from assistant.flow.words.writing import fold
from assistant.offers.wording import yuan
from assistant.rulebook import SignOffRules
from assistant.turn import (
    AppliedCoupon,
    ClaimKind,
    Evidence,
    EvidenceKind,
    Intent,
    Need,
    Offer,
    Outcome,
    Signal,
    SignOff,
    SignOffRule,
    Verdict,
)
from knowledge.packaged import packaged

_CLAUSE = re.compile(r"[^，,。；;！!？?\n：:]+[？?]*")
_LONGEST_WORDS = 40
_NOT_LETTERS = re.compile(r"[\W_]+")
_WHOLE = 100


@dataclass(frozen=True)
class Behind:
    """What stands behind a text: what was needed, the offer as decided, and the texts of the records at hand."""

    need: Need
    offer: Offer | None = None
    records: tuple[str, ...] = ()


def sign_offs(text: str, behind: Behind, rules: SignOffRules) -> tuple[SignOff, ...]:
    """Return why a manager signs this text before it is sent, each rule once; nothing for an ordinary answer."""
    found = (*_of_money(text, behind, rules), *_of_words(text, behind, rules))
    return tuple({one.rule: one for one in reversed(found)}.values())[::-1]


def laid_before_a_manager(verdicts: tuple[Verdict, ...], brief: Brief) -> tuple[Verdict, ...]:
    """Mark the drafts that a manager signs first; their words stay as they are."""
    behind = Behind(working_need(brief.need, brief.desk), brief.offer, published(brief.evidence))
    return tuple(
        verdict
        if verdict.outcome is Outcome.HELD
        else verdict.model_copy(update={"sign_offs": sign_offs(verdict.draft.text, behind, brief.desk.sign_off)})
        for verdict in verdicts
    )


def published(evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """The texts of records that somebody published for customers to be told."""
    return tuple(one.text for one in evidence if one.kind in _PUBLISHED)


_PUBLISHED = frozenset({EvidenceKind.PASSAGE, EvidenceKind.PRODUCT, EvidenceKind.STORE, EvidenceKind.SCRIPT})


# ---- money -------------------------------------------------------------------------------------


def _of_money(text: str, behind: Behind, rules: SignOffRules) -> Iterator[SignOff]:
    carried = _carried(text, behind.offer)
    names = "".join(f"「{one.name}」" for one in carried if one.saving_fen)
    limit = rules.discount_pays_at_most
    goods = sum(line.unit_fen * line.quantity for line in behind.offer.lines) if behind.offer is not None else 0
    pays = goods - sum(sum(one.per_line) for one in carried)
    if limit and carried and goods and pays * _WHOLE <= limit * goods:
        words = f"用{names}后付 {yuan(pays)} 元，是店价 {yuan(goods)} 元的 {pays * _WHOLE // goods}%"
        yield SignOff(rule=SignOffRule.DEEP_DISCOUNT, words=words, remedy=_WITHOUT_COUPON)
    elif limit and not carried and (told := _told_discount(text, limit)):
        yield SignOff(rule=SignOffRule.DEEP_DISCOUNT, words=told, remedy=_WITHOUT_COUPON)
    saved = sum(one.saving_fen for one in carried)
    if 0 < rules.grant_fen <= saved:
        words = f"用{names}一共减 {yuan(saved)} 元"
        yield SignOff(rule=SignOffRule.LARGE_GRANT, words=words, remedy=_WITHOUT_COUPON)


_WITHOUT_COUPON = "说「不提优惠」，我重写一条不带券的"


def _carried(text: str, offer: Offer | None) -> tuple[AppliedCoupon, ...]:
    """The coupons a text promises: those it names, or all of them where it only tells what is left to pay."""
    if offer is None or not offer.applied:
        return ()
    named = tuple(one for one in offer.applied if one.name in text)
    if named or offer.pay_fen == offer.total_fen:
        return named
    tells_the_bill = re.search(rf"(?<![\d.]){re.escape(yuan(offer.pay_fen))}(?![\d.])", text)
    return offer.applied if tells_the_bill else ()


def _told_discount(text: str, limit: int) -> str:
    """The words of a discount at or below the limit, where it is given; 第二件半价 leaves two pieces far above half."""
    for match in _CLAUSE.finditer(text):
        clause = match.group()
        if not _DISCOUNT.search(clause) or _NOT_OF_ALL.search(clause) or is_open(clause):
            continue
        for one in find_claims(clause, _NO_NAMES):
            deep = one.kind is ClaimKind.PERCENT and one.value.endswith("折") and _figure(one.value) <= limit
            if deep and not denied(clause[: one.start][-12:]) and not asked(clause[one.end :]):
                return one.text
    return ""


_DISCOUNT = re.compile("[折价]")
_NOT_OF_ALL = re.compile(
    r"[二三四五两每2-9]\s*[件双条瓶盒支个对]|(?:低|便宜)的?那?[件双条瓶盒支个对]|没有|没法|做不[了到]|给不了|办不到|没这|依据|记录"
)
_NO_NAMES = KnownNames.of((), (), "")


def _figure(discount: str) -> float:
    return float(discount.removesuffix("折"))


# ---- words -------------------------------------------------------------------------------------


def _of_words(text: str, behind: Behind, rules: SignOffRules) -> Iterator[SignOff]:
    in_force = {
        SignOffRule.REFUND_PROMISE: rules.refund_promise,
        SignOffRule.COMPLAINT: rules.complaint and behind.need.wants(Intent.COMPLAINT),
        SignOffRule.HEALTH_CLAIM: rules.health_claim,
    }
    published = "\n".join(_letters(record) for record in behind.records)
    for rule, holds in in_force.items():
        words = _met(rule, text, published, behind.need) if holds else ""
        if words:
            yield SignOff(rule=rule, words=words, remedy=_REMEDIES[rule])
    promises = in_force[SignOffRule.COMPLAINT] and not rules.refund_promise
    if promises and (words := _met(SignOffRule.REFUND_PROMISE, text, published, behind.need)):
        # who answers for complaints answers for what is promised in them
        yield SignOff(rule=SignOffRule.COMPLAINT, words=words, remedy=_REMEDIES[SignOffRule.REFUND_PROMISE])


_REMEDIES = {
    SignOffRule.REFUND_PROMISE: "这句改成「我这就报给店长，由店长给您答复」，或只引用退换货规定的原文",
    SignOffRule.COMPLAINT: "先只安抚、问清楚情况、请她不舒服就去看医生；怎么用药、是谁的责任、多久能好都先别说",
    SignOffRule.HEALTH_CLAIM: "这句改成「这个请您先问医生」，或只照资料的原文说",
}


def _met(rule: SignOffRule, text: str, published: str, need: Need) -> str:
    """The first clause that meets a rule, as it is written; empty where none does."""
    one = _words()[rule]
    # a record clears nobody in particular: what it says is weighed anew for somebody who told of her condition
    personal = rule is SignOffRule.HEALTH_CLAIM and (need.touches(Signal.PREGNANCY) or need.touches(Signal.HEALTH))
    for match in _CLAUSE.finditer(text):
        clause = fold(match.group())
        told = one.told.search(clause)
        if told is None or one.innocent.search(clause):
            continue
        if denied(clause[: told.start()][-12:]) or asked(clause[told.end() :]) or is_open(clause):
            continue
        if not personal and _letters(match.group()) in published:
            continue
        return match.group().strip()[:_LONGEST_WORDS]
    return ""


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", fold(text))


@dataclass(frozen=True)
class _Words:
    told: re.Pattern[str]
    innocent: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> dict[SignOffRule, _Words]:
    raw = packaged("assistant.flow.guard", "sign_off_words.yaml")
    patterns = WordPatterns(raw["classes"], bounds="\\n")
    return {
        SignOffRule(name): _Words(
            told=patterns.compiled(item["told"]),
            innocent=patterns.compiled(item["innocent"]),
        )
        for name, item in raw["rules"].items()
    }
