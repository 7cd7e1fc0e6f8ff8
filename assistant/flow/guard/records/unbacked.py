"""What is wrong with words that no record backs, and which of them mean the same in any wording.

A claim without a record breaks the rule of its kind. Some are told apart more narrowly (what she pays, a product's price, a number
of pieces in stock): there no other reading is possible, so that no reader of meaning may lift them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.money import TAKEN_FOR
from assistant.flow.guard.records.backing import SOURCES, right_subject, same_role, same_value
from assistant.flow.guard.records.echo import letters
from assistant.flow.guard.records.ground import Ground
from assistant.flow.guard.records.subject import About
from assistant.turn import ClaimKind, EvidenceKind, Finding, Reason

BASIS = "有据可查"


def backed_by_a_record(of: str) -> str:
    """Name the rule that something must stand in a record."""
    return f"{BASIS}（{of}）"


@dataclass(frozen=True)
class _Unbacked:
    claim: Found
    about: About
    ground: Ground
    text: str
    elsewhere: bool
    """A record says the same of something else."""


def unbacked(claim: Found, about: About, ground: Ground, text: str) -> Finding:
    """Say which words have no record, and what the records do say."""
    elsewhere = any(same_value(claim, backing.found, ground.today) for backing in ground.backings)
    case = _Unbacked(claim, about, ground, text, elsewhere)
    reason = _REASON.get(claim.kind, Reason.WRONG_SUBJECT if elsewhere else Reason.UNSUPPORTED_FIGURE)
    of = next((name for name, holds in IN_ANY_WORDING.items() if holds(case)), claim.kind.label)
    known = "、".join(_written(case)[:3])
    remedy = (
        f"记录里写的是：{known}，照着写或删掉" if known else f"没有查到这一{claim.kind.label}的记录，请删掉或先补资料"
    )
    return Finding(reason=reason, rule=backed_by_a_record(of), span=claim.text, remedy=remedy)


_REASON: Mapping[ClaimKind, Reason] = {
    ClaimKind.EFFICACY: Reason.UNSUPPORTED_EFFICACY,
    ClaimKind.PROMISE: Reason.UNSUPPORTED_PROMISE,
    ClaimKind.INGREDIENT: Reason.UNSUPPORTED_FACT,
    ClaimKind.SUITABILITY: Reason.UNSUPPORTED_FACT,
    ClaimKind.STOCK: Reason.UNSUPPORTED_FACT,
}


def _written(case: _Unbacked) -> list[str]:
    """What the records say of the same sort about the same subject, each once."""
    claim = case.claim
    written = [
        backing.found.text
        for backing in case.ground.backings
        if backing.found.kind is claim.kind
        and backing.evidence.kind in SOURCES[claim.kind]
        and right_subject(backing, case.about)
        and same_role(claim, backing.found, case.ground.has_final_price)
        # a gift on record is no answer to a piece promised to be kept back
        and (claim.kind is not ClaimKind.PROMISE or _promised(claim) == _promised(backing.found))
    ]
    if claim.kind is ClaimKind.QUANTITY:
        written = [words for words in written if words[-1:] == claim.text[-1:]]
    return list(dict.fromkeys(written))


def _promised(promise: Found) -> str:
    """Name what sort of thing is promised: a gift, a return, a piece kept back."""
    return promise.value.partition(":")[0]


# ---- what means the same in any wording --------------------------------------------------------

_SAVED = re.compile("(?:省|优惠|便宜|少付|少花)(?:了|下|掉|您)*[¥￥]?$")


def _is_of_the_bill(case: _Unbacked) -> bool:
    """What she pays and what she saves is worked out by code: no other sum may stand for it."""
    claim = case.claim
    saved = claim.role is Role.SAVING and _SAVED.search(case.text[: claim.start]) is not None
    return claim.kind is ClaimKind.MONEY and (claim.role is Role.FINAL or saved)


_TAKEN_FOR = re.compile(f"元?{TAKEN_FOR}")
_OF_A_COUPON = re.compile("券|减|满|抵|省|差|赠|运费|包邮|折|退|积分|分|预算|以内|左右")


def _is_its_price(case: _Unbacked) -> bool:
    """A sum beside the product a sentence names, with no coupon in it, is told as that product's price.

    A product may be called by half its name (柔雾气垫), which is no name of the shop's: then 现在199元 still prices it.
    """
    claim, own = case.claim, case.about.own_product
    if claim.kind is not ClaimKind.MONEY:
        return False
    if _TAKEN_FOR.match(case.text[claim.end :]):
        return True
    role = claim.role in (Role.PRICE, Role.PLAIN, Role.LIST) if own else claim.role is Role.PRICE
    return role and bool(own or claim.subject_hint) and _OF_A_COUPON.search(case.text) is None


_LEADING = re.compile(r"\d+")


def _is_no_count(case: _Unbacked) -> bool:
    """A number of pieces in stock that nobody counted in any store."""
    figure = _LEADING.match(case.claim.value)
    if case.claim.kind is not ClaimKind.QUANTITY or case.claim.role is not Role.STOCK or figure is None:
        return False
    counted = (one.text for one in case.ground.evidence if one.kind is EvidenceKind.STOCK)
    return not any(re.search(rf"(?<!\d){figure.group()}件", text) for text in counted)


def _is_a_gift_asked_for(case: _Unbacked) -> bool:
    """A gift that stands in the question and in no record."""
    return case.claim.value.startswith("赠品:") and letters(case.claim.text) in case.ground.asked


def _is_no_time_allowed(case: _Unbacked) -> bool:
    """How long she may return or claim something, where no record has such a length of time."""
    return case.claim.kind is ClaimKind.DURATION and case.claim.role is Role.POLICY and not case.elsewhere


_SO_MANY_FOR_SO_MANY = re.compile(r"[一二两三四\d](?:件|支|瓶|盒)?[送赠得][一二两三四\d]")


def _is_so_many_for_so_many(case: _Unbacked) -> bool:
    """买一送一, 1送1: words for nothing else."""
    return _SO_MANY_FOR_SO_MANY.search(case.claim.text) is not None


_NO_THRESHOLD = "无门槛"
_FROM_A_SUM = re.compile(r"满\s?\d")


def _is_without_its_threshold(case: _Unbacked) -> bool:
    """A coupon that wants a sum is told as one that wants none."""
    threshold = _FROM_A_SUM.search(case.ground.written_of(case.about.coupons))
    return case.claim.value == _NO_THRESHOLD and threshold is not None


IN_ANY_WORDING: Mapping[str, Callable[[_Unbacked], bool]] = {
    "实付和省下": _is_of_the_bill,
    "售价": _is_its_price,
    "库存数": _is_no_count,
    "问到的赠品": _is_a_gift_asked_for,
    "政策时限": _is_no_time_allowed,
    "买几送几": _is_so_many_for_so_many,
    "券的门槛": _is_without_its_threshold,
}
"""What each narrow rule calls its claims; the first that holds names the finding."""
