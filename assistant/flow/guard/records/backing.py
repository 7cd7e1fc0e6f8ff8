"""Whether one claim of a record may speak for one claim of a draft: the same value, role, source and subject."""

import re
from collections.abc import Mapping
from datetime import date

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.records.days import same_date
from assistant.flow.guard.records.ground import Backing
from assistant.flow.guard.records.quoting import clause_around, reads_out
from assistant.flow.guard.records.subject import About
from assistant.turn import ClaimKind, EvidenceKind

# ---- is a claim backed -------------------------------------------------------------------------

_SHIPPING = re.compile("包邮|运费|邮费|快递|发货|退|换|积分|会员日|门店|营业|到店|保质")
_PAST = re.compile("上次|之前|买过|购买过|那次|去年|上个月|回购")
_VALIDITY = re.compile("有效|到期|过期|券|活动|优惠|截止|用掉|使用")
_READING = re.compile("库存|盘点|的记录|显示有?货|查到|查的")
_POINT_UNITS = re.compile(r"(?:积分|倍)$")
_FROM = re.compile(r"满\s*\d")
_PIECES = frozenset("支盒瓶件罐管套只个枚袋包双台")
_TERMS = (ClaimKind.PERCENT, ClaimKind.DATE)


def is_bare(claim: Found) -> bool:
    """Say whether a claim is a figure and nothing else: then any record with that figure may be meant."""
    return claim.kind is ClaimKind.QUANTITY and claim.value.isdigit()


def same_value(claim: Found, record: Found, today: date) -> bool:
    if claim.kind is not record.kind:
        return is_bare(claim) and _same_bare(claim.value, record)
    if claim.kind is ClaimKind.DATE:
        return (
            _same_clock(claim.value, record.value)
            if claim.value.startswith("T")
            else same_date(claim.value, record.value, today)
        )
    if claim.value == record.value:
        return True
    if claim.kind is ClaimKind.QUANTITY:
        return _same_quantity(claim.value, record.value)
    if claim.kind is ClaimKind.INGREDIENT:
        return _same_ingredient(claim.value, record.value)
    if claim.kind is ClaimKind.SUITABILITY:
        return record.value == "+所有肤质" and claim.value.removeprefix("+") in _SKINS
    return claim.kind is ClaimKind.PROMISE and _same_gift(claim.value, record.value)


_SKINS = frozenset({"敏感肌", "干皮", "油皮", "混合皮", "中性皮"})


def _same_ingredient(said: str, written: str) -> bool:
    """甘油 stands for 甘油（植物来源） and 透明质酸 for 透明质酸钠; the sign must be the same."""
    name, recorded = said[1:], written[1:]
    return said[0] == written[0] and (name in recorded or (len(recorded) > 1 and recorded in name))


def _same_bare(figure: str, record: Found) -> bool:
    if record.kind is ClaimKind.MONEY:
        return record.value == f"{figure}00"
    leading = re.match(r"[\d.]*", record.value)
    return leading is not None and leading.group() == figure


def _same_clock(said: str, written: str) -> bool:
    """9点 in the evening is read as 21:00 already; a bare 9:30 is not half past nine at night."""
    return written == said


def _same_quantity(said: str, written: str) -> bool:
    if said.startswith("SPF") and written.startswith(said):
        return set(written.removeprefix(said)) <= {"+"}
    if said.isdigit():
        return bool(re.fullmatch(rf"{said}\D+", written))
    match, other = re.fullmatch(r"([\d.\-]+)(\D+)", said), re.fullmatch(r"([\d.\-]+)(\D+)", written)
    if match is None or other is None or match[1] != other[1]:
        return False
    if (match[2], other[2]) == ("分", "积分"):
        return True
    # A till counts 件 where people say 支 or 瓶.
    return {match[2], other[2]} <= _PIECES and not {match[2], other[2]}.isdisjoint({"件", "个"})


def _same_gift(said: str, written: str) -> bool:
    if not (said.startswith("赠品:") and written.startswith("赠品:")):
        return False
    gift, promised = said.removeprefix("赠品:"), written.removeprefix("赠品:")
    return gift in promised or promised in gift


_NOT_A_PRICE = frozenset({Role.LIST, Role.SAVING, Role.THRESHOLD, Role.GAP, Role.WORTH, Role.FEE})
"""A bare sum beside a product is read as its price, and none of these is one."""


def same_role(claim: Found, record: Found, has_final: bool) -> bool:
    """满300 is not backed by 减300, a price not by a suggested one, what is to pay not by what it was before coupons."""
    if claim.kind is not ClaimKind.MONEY:
        return True
    if Role.LIST in (claim.role, record.role):
        return claim.role is record.role
    if claim.role is Role.PLAIN:
        return record.role not in _NOT_A_PRICE
    if claim.role is Role.FINAL:
        return record.role is Role.FINAL or (not has_final and record.role in (Role.PRICE, Role.PLAIN))
    return record.role in (claim.role, Role.PLAIN)


def fits(claim: Found, backing: Backing, about: About, text: str) -> bool:
    """Say whether this record may speak for the claim: the right kind of record, about the same thing."""
    source = SOURCES[claim.kind]
    kind = backing.evidence.kind
    if claim.value[:1] == "=":
        return False
    if claim.kind is ClaimKind.STOCK:
        return kind in source and _right_shelf(claim, backing, about, text)
    if claim.kind is ClaimKind.PERCENT and not _right_reach(claim, backing, text):
        return False
    if claim.kind in _OF_A_PRODUCT and kind is EvidenceKind.PASSAGE and about.own_product and not backing.subjects:
        # 烟酰胺能提亮 in a lesson on ingredients does not put it into the product named
        return reads_out(text, backing.evidence.text)
    return kind in source and _right_source(claim, backing, about, text) and right_subject(backing, about)


_OF_A_PRODUCT = (ClaimKind.INGREDIENT, ClaimKind.EFFICACY)

_ONE_OF_SEVERAL = re.compile(r"第[二两三四五2-9Nn]件|每[\d二两三四五]件|较低的[一\d]件|[另其]中?一件")
_TOLD_OF_SEVERAL = re.compile(r"第[二两三四五2-9Nn]件|每[\d二两三四五]件|[两二三四2-9]件|一件")
_WHOLE_SHOP = re.compile("全场|全店|全部商品|所有商品|店里所有|样样|通通|一律")


def _right_reach(claim: Found, backing: Backing, text: str) -> bool:
    """半价 for the second piece backs no 五折 as such, and a discount on some goods none on the whole shop."""
    record, found = backing.evidence.text, backing.found
    clause = _clause_around(record, found.start, found.end)
    if _ONE_OF_SEVERAL.search(clause) and not _TOLD_OF_SEVERAL.search(text):
        return False
    # of another coupon in the same sentence 全场 may be true
    whole = _WHOLE_SHOP.search(_clause_around(text, claim.start, claim.end))
    return whole is None or bool(_WHOLE_SHOP.search(f"{backing.evidence.title}{record}"))


def _clause_around(text: str, start: int, end: int) -> str:
    return clause_around(text, start, end, opens="，。；：「（、", closes="，。；」）、")


def _right_shelf(claim: Found, backing: Backing, about: About, text: str) -> bool:
    """A count backs what is said of its own product and its own store; a rule about stock only what names no product."""
    if backing.evidence.kind is EvidenceKind.PASSAGE:
        return not about.own_product
    if not is_told_of_it(backing, _clause_around(text, claim.start, claim.end), text):
        return False
    return right_subject(backing, about) and (not backing.elsewhere or any(name in text for name in backing.place))


def _is_counted_there(claim: Found, backing: Backing, text: str) -> bool:
    """Say whether a number of pieces may be what was counted: of the store that its clause names, if it names any."""
    clause = clause_around(text, claim.start, claim.end, opens="，,、。；;：:", closes="，,、。；;")
    if any(name in clause for name in backing.place):
        return True
    return claim.role is not Role.PLAIN and not any(name in clause for name in backing.away)


def is_told_of_it(backing: Backing, clause: str, text: str) -> bool:
    """Say whether what a store's record has may be told here: not where the clause or, failing that, the text names others only."""
    for words in (clause, text):
        if any(name in words for name in backing.place):
            return True
        if any(name in words for name in backing.away):
            return False
    return True


_ALL = frozenset(EvidenceKind) - {EvidenceKind.SCRIPT}
SOURCES: Mapping[ClaimKind, frozenset[EvidenceKind]] = {
    ClaimKind.MONEY: _ALL - {EvidenceKind.STOCK},
    ClaimKind.PERCENT: _ALL - {EvidenceKind.STOCK, EvidenceKind.CUSTOMER},
    ClaimKind.DATE: _ALL,
    ClaimKind.DURATION: _ALL | {EvidenceKind.SCRIPT},
    ClaimKind.QUANTITY: _ALL | {EvidenceKind.SCRIPT},
    ClaimKind.EFFICACY: frozenset({EvidenceKind.PRODUCT, EvidenceKind.PASSAGE}),
    ClaimKind.PROMISE: _ALL - {EvidenceKind.STOCK, EvidenceKind.CUSTOMER},
    ClaimKind.PRODUCT: _ALL,
    ClaimKind.COUPON: _ALL,
    ClaimKind.INGREDIENT: frozenset({EvidenceKind.PRODUCT, EvidenceKind.PASSAGE}),
    ClaimKind.SUITABILITY: frozenset({EvidenceKind.PRODUCT, EvidenceKind.PASSAGE}),
    ClaimKind.STOCK: frozenset({EvidenceKind.STOCK, EvidenceKind.PASSAGE}),
    ClaimKind.STORE: _ALL,
}


def right_subject(backing: Backing, about: About) -> bool:
    kind = backing.evidence.kind
    if kind in (EvidenceKind.PRODUCT, EvidenceKind.STOCK):
        return not about.products or bool(backing.subjects & about.products)
    if kind is EvidenceKind.COUPON:
        return bool(backing.subjects & about.coupons) if about.coupons else backing.usable
    if backing.total and not about.own_product:
        return True
    if kind in (EvidenceKind.OFFER, EvidenceKind.PASSAGE):
        return not backing.subjects or not about.products or bool(backing.subjects & about.products)
    return True


def _right_source(claim: Found, backing: Backing, about: About, text: str) -> bool:
    kind = backing.evidence.kind
    if kind is EvidenceKind.STORE and not is_told_of_it(backing, _clause_around(text, claim.start, claim.end), text):
        return False
    if claim.role is Role.STOCK:
        return kind is EvidenceKind.STOCK and _is_counted_there(claim, backing, text)
    if claim.kind is ClaimKind.DATE and _READING.search(_clause_around(text, claim.start, claim.end)):
        return kind is EvidenceKind.STOCK
    if claim.kind is ClaimKind.DURATION:
        return _right_term(claim, kind, text)
    if _POINT_UNITS.search(claim.value):
        return kind is not EvidenceKind.PRODUCT
    if kind is EvidenceKind.CUSTOMER and claim.kind in (ClaimKind.MONEY, ClaimKind.QUANTITY):
        return bool(_PAST.search(text)) or not about.products
    if claim.kind not in (ClaimKind.INGREDIENT, ClaimKind.SUITABILITY) and kind in (
        EvidenceKind.PASSAGE,
        EvidenceKind.STORE,
    ):
        if claim.role is Role.SAVING and not reads_out(text, backing.evidence.text):
            return False
        return _policy_may_say(claim, about, text)
    if kind is EvidenceKind.STOCK:
        counted = claim.kind is ClaimKind.QUANTITY and _is_counted_there(claim, backing, text)
        return counted or claim.kind is ClaimKind.DATE
    if claim.kind in (ClaimKind.INGREDIENT, ClaimKind.SUITABILITY):
        return True
    if claim.role is Role.SAVING and backing.listed and not about.coupons:
        # 减五十 alone: some coupon gives it, to whom and from what sum on is not said
        return bool(_FROM.search(text))
    coupon_only = claim.role in (Role.THRESHOLD, Role.SAVING) or claim.kind is ClaimKind.PERCENT
    if about.own_coupon and coupon_only:
        return kind in (EvidenceKind.COUPON, EvidenceKind.OFFER)
    return True


def _right_term(claim: Found, kind: EvidenceKind, text: str) -> bool:
    """A policy's term comes from a policy, a time to an effect never does."""
    if claim.role is Role.EFFECT:
        return kind is EvidenceKind.PRODUCT
    if claim.role is Role.POLICY:
        from_offer = kind in (EvidenceKind.COUPON, EvidenceKind.OFFER) and bool(_VALIDITY.search(text))
        return kind is EvidenceKind.PASSAGE or from_offer
    return True


def _policy_may_say(claim: Found, about: About, text: str) -> bool:
    """A text may state thresholds, fees and terms; a product's price and a named coupon's figures come from their records."""
    if about.own_coupon and (claim.role in (Role.THRESHOLD, Role.SAVING) or claim.kind in _TERMS):
        return False
    if about.coupons and claim.kind is ClaimKind.MONEY and not _SHIPPING.search(text):
        return claim.role not in (Role.THRESHOLD, Role.SAVING)
    if claim.kind is ClaimKind.MONEY and claim.role in (Role.PRICE, Role.LIST, Role.PLAIN):
        return not about.products or bool(_SHIPPING.search(text) and not about.own_product)
    return True
