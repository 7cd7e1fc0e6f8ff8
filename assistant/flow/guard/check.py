"""No basis, no sentence: what a draft asserts must stand in a record about the same thing, and be lawful to say.

Figures are read from drafts and from evidence by one extractor (claims.py). A sentence with an unbacked claim, a compliance
violation, personal data or an unfilled blank is cut; when nothing of substance is left, the draft is held.
An error inside the checker is not caught here: the caller must hold the draft.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256

from rapidfuzz import fuzz

from assistant.clock import SHOP_TIME
from assistant.flow.brief import Brief
from assistant.flow.guard.claims import Found, KnownNames, Role, find_claims, find_private, same_date
from assistant.flow.guard.compliance import Severity, Violation, rule_bytes, screen
from assistant.flow.guard.phrases import phrases
from assistant.flow.guard.quoting import (
    Misquote,
    NamedCoupon,
    Record,
    broken_conditions,
    misquotes,
    missing_conditions,
)
from assistant.flow.understanding.refining import working_need
from assistant.shop import Coupon, Product
from assistant.turn import (
    Claim,
    ClaimKind,
    Draft,
    DraftSource,
    Evidence,
    EvidenceKind,
    Finding,
    Hit,
    Intent,
    Offer,
    Outcome,
    Reason,
    Sentence,
    Slots,
    Verdict,
)

_CODE_VERSION = "1"
GUARD_VERSION = f"{_CODE_VERSION}-{sha256(rule_bytes()).hexdigest()[:12]}"
"""Names the rules and the code that judged a draft; bump the code version when the logic below changes."""

FROM_NEED = "need"
"""Evidence id of what the customer said herself: her budget, how many she wants."""


# ---- the ground --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Backing:
    """One claim a record makes, and what it makes it about; empty ``subjects`` is about nothing in particular.

    ``total`` marks the sums of a bill: they hold for a sentence that names no product itself.
    """

    evidence: Evidence
    found: Found
    subjects: frozenset[str]
    total: bool = False
    elsewhere: str = ""
    """The store that a stock reading of another store than the guide's own is from; must be named with it."""
    usable: bool = True
    """False for a coupon that this order does not use: its figures hold only beside its name."""
    away: tuple[str, ...] = ()
    """For a reading of the guide's own store: the others, with none of which it may be told."""


_OWN_WORDS = 5
"""Shorter points (清爽) are anybody's."""


@dataclass(frozen=True)
class _Ground:
    """Everything a text may stand on, made ready for comparing."""

    names: KnownNames
    products: Mapping[str, Product]
    evidence: tuple[Evidence, ...]
    backings: tuple[_Backing, ...]
    nameable: frozenset[str]
    coupons: frozenset[str]
    today: date
    home: str = ""
    """The name of the guide's own store; a stock statement that names no store speaks of it."""
    slots: Slots = field(default_factory=Slots)
    secrets: tuple[str, ...] = ()
    fallback: tuple[Product, ...] = ()
    is_complaint: bool = False
    has_no_coupon: bool = False

    @cached_property
    def has_final_price(self) -> bool:
        """Say whether a bill tells what is to pay with coupons: then no other sum may be called 到手 or 实付."""
        return any(
            one.found.role is Role.FINAL and one.evidence.kind is EvidenceKind.OFFER and "券后" in one.evidence.text
            for one in self.backings
        )

    @cached_property
    def quotable(self) -> tuple[Record, ...]:
        """What may be quoted word by word: the shop's rules, and uses, cautions and points of the products."""
        rules = [
            Record(one.id, one.text.partition("：")[2] or one.text, one.title, one.version)
            for one in self.evidence
            if one.kind is EvidenceKind.PASSAGE
        ]
        goods = [
            Record(sku, words)
            for sku, product in self.products.items()
            for words in (product.usage, *product.cautions, *product.selling_points)
            if words
        ]
        return (*rules, *goods)

    @cached_property
    def own_words(self) -> Mapping[str, frozenset[str]]:
        """The points and cautions of the products at hand, with the products that have them."""
        owners: dict[str, set[str]] = {}
        for sku, product in self.products.items():
            for words in (*product.selling_points, *product.cautions):
                if len(words) >= _OWN_WORDS:
                    owners.setdefault(words.rstrip("。"), set()).add(sku)
        return {words: frozenset(skus) for words, skus in owners.items()}

    def written_of(self, coupon_ids: frozenset[str]) -> str:
        """Everything that stands in the records about these coupons."""
        return "。".join(
            one.text for one in self.evidence if one.kind is EvidenceKind.COUPON and one.subject in coupon_ids
        )

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.evidence if one.kind is not EvidenceKind.SCRIPT)


_RECORD_OF_NAMES = frozenset({EvidenceKind.PASSAGE, EvidenceKind.CUSTOMER, EvidenceKind.OFFER, EvidenceKind.COUPON})
# A worry or a warning names an effect without giving it: 肌肤需求：美白 backs nothing.
_NOT_EFFECTS = re.compile(
    r"(?:肌肤需求|适合|不适合|不适用|注意事项|不含|主要成分|标签|肌肤问题)[^；：:。]{0,6}[：:][^；。]*$"
)


def _ground(
    evidence: tuple[Evidence, ...],
    products: Mapping[str, Product],
    names: KnownNames,
    today: date,
    hits: tuple[Hit, ...] = (),
    offer: Offer | None = None,
    home: str = "",
) -> _Ground:
    backings: list[_Backing] = []
    applied = {coupon.coupon_id for coupon in offer.applied} if offer is not None and offer.lines else None
    others = tuple(
        name for one in evidence if one.kind is EvidenceKind.STORE and (name := one.text.split("；")[0]) != home
    )
    nameable = set(products)
    coupons: set[str] = set()
    for one in evidence:
        found = _read_record(one.text, names)
        named = {
            sku for claim in found if claim.kind is ClaimKind.PRODUCT and claim.known for sku in claim.value.split("|")
        }
        subjects = _subjects(one, named, hits)
        if one.kind is EvidenceKind.PRODUCT and one.subject in products:
            # SPF50 may stand in the registered name alone
            found = (*found, *_read_record(products[one.subject].name, _NO_NAMES))
        if one.kind is EvidenceKind.OFFER:
            backings += [_of_bill(one, claim, frozenset(named) | subjects) for claim in found]
        else:
            elsewhere = _other_store(one, found, home)
            usable = one.kind is not EvidenceKind.COUPON or applied is None or one.subject in applied
            away = others if one.kind is EvidenceKind.STOCK and not elsewhere else ()
            backings += [
                _Backing(one, claim, subjects, elsewhere=elsewhere, usable=usable, away=away)
                for claim in found
                if _backs(one, claim)
            ]
        if one.kind in (EvidenceKind.PRODUCT, EvidenceKind.STOCK):
            nameable.add(one.subject)
        elif one.kind in _RECORD_OF_NAMES:
            nameable |= named
        if one.kind in (EvidenceKind.COUPON, EvidenceKind.OFFER):
            coupons.add(one.subject)
            coupons |= {name for claim in found if claim.kind is ClaimKind.COUPON for name in claim.value.split("|")}
    if offer is not None:
        nameable |= {line.sku for line in offer.lines}
        coupons |= {applied.coupon_id for applied in offer.applied}
    return _Ground(names, products, evidence, tuple(backings), frozenset(nameable), frozenset(coupons), today, home)


def _other_store(evidence: Evidence, found: tuple[Found, ...], home: str) -> str:
    """Return the store of a stock reading, unless it is the guide's own."""
    if evidence.kind is not EvidenceKind.STOCK or not home or evidence.text.startswith(home):
        return ""
    return next((one.text for one in found if one.kind is ClaimKind.STORE), "")


_NO_NAMES = KnownNames.of(())


@lru_cache(maxsize=2048)
def _read_record(text: str, names: KnownNames) -> tuple[Found, ...]:
    """Read a record once for the two or three drafts that lean on it; names compare by identity."""
    return find_claims(text, names)


def _subjects(evidence: Evidence, named: set[str], hits: tuple[Hit, ...]) -> frozenset[str]:
    """Return what a record speaks about: its subject, and for a passage the products it was filed under or names."""
    if evidence.kind is not EvidenceKind.PASSAGE:
        return frozenset({evidence.subject})
    filed = {
        sku
        for hit in hits
        if hit.passage.id == evidence.id
        or (hit.passage.document_id, hit.passage.place) == (evidence.subject, evidence.place)
        for sku in hit.passage.skus
    }
    return frozenset(filed | named)


def _of_bill(bill: Evidence, claim: Found, goods: frozenset[str]) -> _Backing:
    """A bill's unit prices belong to the product they follow, its totals to everything on it."""
    unit_price = "单价" in bill.text[max(0, claim.start - 3) : claim.start]
    subjects = frozenset(claim.subject_hint.split("|")) if unit_price and claim.subject_hint else goods
    return _Backing(bill, claim, subjects, total=not unit_price)


def _backs(evidence: Evidence, claim: Found) -> bool:
    if claim.kind is ClaimKind.EFFICACY:
        return not _NOT_EFFECTS.search(evidence.text[: claim.start])
    return True


# ---- what a sentence is about ------------------------------------------------------------------


@dataclass(frozen=True)
class _About:
    """The products and the coupon a figure speaks of. ``own`` says the sentence itself names them.

    ``order`` are the products of the last sentence that named some, so that 前一款 and 后者 can be told apart.
    """

    products: frozenset[str] = frozenset()
    coupons: frozenset[str] = frozenset()
    own_product: bool = False
    own_coupon: bool = False
    every: bool = False
    order: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class _Group:
    """Names joined by 和 or 、, spoken of together."""

    kind: ClaimKind
    members: tuple[frozenset[str], ...]
    start: int
    end: int

    @property
    def values(self) -> frozenset[str]:
        return frozenset().union(*self.members)


@dataclass
class _Piece:
    """One sentence under judgement."""

    text: str
    evidence: tuple[str, ...]
    found: tuple[Found, ...]
    groups: tuple[_Group, ...]
    inherited: _About
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    @property
    def cut(self) -> bool:
        return bool(self.findings)


_JOINT = re.compile(r"^[\s、和与跟及+＋&/「」]*(?:搭配|还有|以及|或者?)?[\s「」]*$")
_TOGETHER = re.compile("都|均|各")
_SCOPE = re.compile("限(?!时|量|购|领|用|制)[^，。；）]*")
"""限A、B等6项: what a coupon is limited to, not what the sentence is about."""


_BY_PLACE = (re.compile("前一款|前者|第一款"), re.compile("后一款|后者|第二款"))


def _by_place(text: str, order: tuple[frozenset[str], ...]) -> list[_Group]:
    """前一款 and 后者 name the two products of the sentence before."""
    if len(order) != 2:
        return []
    groups = [
        _Group(ClaimKind.PRODUCT, (member,), *match.span())
        for pattern, member in zip(_BY_PLACE, order, strict=True)
        for match in pattern.finditer(text)
    ]
    return sorted(groups, key=lambda group: group.start)


def _groups(text: str, found: tuple[Found, ...], order: tuple[frozenset[str], ...]) -> tuple[_Group, ...]:
    groups: list[_Group] = [] if any(one.kind is ClaimKind.PRODUCT for one in found) else _by_place(text, order)
    scopes = [match.span() for match in _SCOPE.finditer(text)] if "限" in text else []
    for one in found:
        if one.kind not in (ClaimKind.PRODUCT, ClaimKind.COUPON) or not one.known:
            continue
        if one.kind is ClaimKind.PRODUCT and any(start < one.start < end for start, end in scopes):
            continue
        member = frozenset(one.value.split("|"))
        last = groups[-1] if groups else None
        if last is not None and last.kind is one.kind and _JOINT.match(text[last.end : one.start]):
            groups[-1] = _Group(last.kind, (*last.members, member), last.start, one.end)
        else:
            groups.append(_Group(one.kind, (member,), one.start, one.end))
    return tuple(groups)


def _about(piece: _Piece, claim: Found) -> _About:
    products = _nearest(piece, claim, ClaimKind.PRODUCT)
    coupons = _nearest(piece, claim, ClaimKind.COUPON)
    # With a coupon named after the product, 满…减… belongs to the coupon; prices may still be the product's.
    return _About(
        products=products.values if products else piece.inherited.products,
        coupons=coupons.values if coupons else piece.inherited.coupons,
        own_product=products is not None,
        own_coupon=coupons is not None,
        every=products is not None and len(products.members) > 1 and bool(_TOGETHER.search(piece.text[products.end :])),
    )


_SEE_NEXT = re.compile(r"^[^，。；：:]{0,16}?(?:看|选|用|挑)[「\s]*$")


def _nearest(piece: _Piece, claim: Found, kind: ClaimKind) -> _Group | None:
    groups = [group for group in piece.groups if group.kind is kind]
    if not groups:
        return None
    if claim.kind is ClaimKind.SUITABILITY:
        # 干皮看A，油皮看B: whom it suits stands before the product
        following = next((group for group in groups if group.start >= claim.end), None)
        if following is not None and _SEE_NEXT.match(piece.text[claim.end : following.start]):
            return following
    if "分别" in piece.text:
        return _respectively(piece, claim, kind, groups)
    earlier = [group for group in groups if group.start <= claim.start]
    return earlier[-1] if earlier else groups[0]


def _respectively(piece: _Piece, claim: Found, kind: ClaimKind, groups: list[_Group]) -> _Group:
    """A和B分别是268元和199元: the first figure belongs to the first name."""
    members = [member for group in groups for member in group.members]
    figures = [one for one in piece.found if one.kind is claim.kind]
    place = figures.index(claim)
    whole = _Group(kind, tuple(members), groups[0].start, groups[-1].end)
    if len(figures) != len(members):
        return whole
    return replace(whole, members=(members[place],))


# ---- is a claim backed -------------------------------------------------------------------------

_SHIPPING = re.compile("包邮|运费|邮费|快递|发货|退|换|积分|会员日|门店|营业|到店|保质")
_PAST = re.compile("上次|之前|买过|购买过|那次|去年|上个月|回购")
_VALIDITY = re.compile("有效|到期|过期|券|活动|优惠|截止|用掉|使用")
_READING = re.compile("库存|盘点|的记录|显示有?货|查到|查的")
_POINT_UNITS = re.compile(r"(?:积分|倍)$")
_PIECES = frozenset("支盒瓶件罐管套只个枚袋包")
_TERMS = (ClaimKind.PERCENT, ClaimKind.DATE)


def _same_value(claim: Found, record: Found, today: date) -> bool:
    if claim.kind is not record.kind:
        return claim.kind is ClaimKind.QUANTITY and claim.value.isdigit() and _same_bare(claim.value, record)
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
    # A till counts 件 where people say 支 or 瓶.
    return {match[2], other[2]} <= _PIECES and not {match[2], other[2]}.isdisjoint({"件", "个"})


def _same_gift(said: str, written: str) -> bool:
    if not (said.startswith("赠品:") and written.startswith("赠品:")):
        return False
    gift, promised = said.removeprefix("赠品:"), written.removeprefix("赠品:")
    return gift in promised or promised in gift


_NOT_A_PRICE = frozenset({Role.LIST, Role.SAVING, Role.THRESHOLD, Role.GAP, Role.WORTH, Role.FEE})
"""A bare sum beside a product is read as its price, and none of these is one."""


def _same_role(claim: Found, record: Found, has_final: bool) -> bool:
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


def _fits(claim: Found, backing: _Backing, about: _About, text: str) -> bool:
    """Say whether this record may speak for the claim: the right kind of record, about the same thing."""
    source = _SOURCES[claim.kind]
    kind = backing.evidence.kind
    if claim.value[:1] == "=":
        return False
    if claim.kind is ClaimKind.STOCK:
        return kind in source and _right_shelf(backing, about, text)
    return kind in source and _right_source(claim, backing, about, text) and _right_subject(backing, about)


def _right_shelf(backing: _Backing, about: _About, text: str) -> bool:
    """A count backs what is said of its own product and its own store; a rule about stock only what names no product."""
    if backing.evidence.kind is EvidenceKind.PASSAGE:
        return not about.own_product
    if any(name in text for name in backing.away):
        return False
    return _right_subject(backing, about) and (not backing.elsewhere or backing.elsewhere in text)


_ALL = frozenset(EvidenceKind) - {EvidenceKind.SCRIPT}
_SOURCES: Mapping[ClaimKind, frozenset[EvidenceKind]] = {
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


def _right_subject(backing: _Backing, about: _About) -> bool:
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


def _right_source(claim: Found, backing: _Backing, about: _About, text: str) -> bool:
    kind = backing.evidence.kind
    if claim.role is Role.STOCK:
        return kind is EvidenceKind.STOCK
    if claim.kind is ClaimKind.DATE and _READING.search(text):
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
        return _policy_may_say(claim, about, text)
    if kind is EvidenceKind.STOCK:
        return (
            claim.kind in (ClaimKind.DATE, ClaimKind.QUANTITY)
            and claim.role is not Role.PLAIN
            or claim.kind is ClaimKind.DATE
        )
    if claim.kind in (ClaimKind.INGREDIENT, ClaimKind.SUITABILITY):
        return True
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


def _policy_may_say(claim: Found, about: _About, text: str) -> bool:
    """A text may state thresholds, fees and terms; a product's price and a named coupon's figures come from their records."""
    if about.own_coupon and (claim.role in (Role.THRESHOLD, Role.SAVING) or claim.kind in _TERMS):
        return False
    if about.coupons and claim.kind is ClaimKind.MONEY and not _SHIPPING.search(text):
        return claim.role not in (Role.THRESHOLD, Role.SAVING)
    if claim.kind is ClaimKind.MONEY and claim.role in (Role.PRICE, Role.LIST, Role.PLAIN):
        return not about.products or bool(_SHIPPING.search(text) and not about.own_product)
    return True


# ---- judging one claim -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judged:
    claim: Claim
    finding: Finding | None = None


def _judge(piece: _Piece, claim: Found, ground: _Ground) -> _Judged:
    if claim.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON, ClaimKind.STORE):
        return _judge_name(claim, ground)
    backed = _backed_by_need(piece, claim, ground)
    about = _about(piece, claim)
    if not backed:
        backed = _backed_by_record(piece, claim, about, ground)
    written = Claim(kind=claim.kind, text=claim.text, value=claim.value, evidence_id=backed)
    return _Judged(written, None if backed else _unbacked(claim, about, ground))


def _backed_by_need(piece: _Piece, claim: Found, ground: _Ground) -> str:
    """What the customer said herself may be said back to her."""
    slots = ground.slots
    budget = claim.kind is ClaimKind.MONEY and slots.budget_fen is not None and claim.value == str(slots.budget_fen)
    wanted = (
        claim.kind is ClaimKind.QUANTITY
        and slots.quantity > 1
        and re.match(rf"{slots.quantity}[件支瓶盒套个]$", claim.value)
    )
    if budget and "预算" in piece.text:
        return FROM_NEED
    if claim.kind is ClaimKind.SUITABILITY and claim.value[0] == "=":
        return FROM_NEED if _is_her_skin(claim.value[1:], ground) else ""
    return FROM_NEED if wanted and claim.role is Role.PLAIN else ""


def _is_her_skin(skin: str, ground: _Ground) -> bool:
    """What she said of her skin, or what her profile may be used for, names it."""
    mine = [ground.slots.skin_type, *ground.slots.concerns]
    mine += [one.text for one in ground.evidence if one.kind is EvidenceKind.CUSTOMER]
    words = ground.names.words
    return any(words.name_of.get(word, word) == skin for word in words.suited.findall("；".join(mine)))


def _backed_by_record(piece: _Piece, claim: Found, about: _About, ground: _Ground) -> str:
    fitting = [
        backing
        for backing in ground.backings
        if _same_value(claim, backing.found, ground.today)
        and _same_role(claim, backing.found, ground.has_final_price)
        and _fits(claim, backing, about, piece.text)
    ]
    if claim.kind is ClaimKind.PROMISE and not fitting:
        return _gift_in_record(claim, ground)
    if about.every and claim.kind in _OF_EACH:
        covered = frozenset[str]().union(*(backing.subjects for backing in fitting))
        if not about.products <= covered:
            return ""
    hinted = [backing for backing in fitting if backing.evidence.id in piece.evidence]
    return next((backing.evidence.id for backing in (*hinted, *fitting)), "")


_OF_EACH = (ClaimKind.EFFICACY, ClaimKind.MONEY, ClaimKind.INGREDIENT, ClaimKind.SUITABILITY)
"""Said of 都 or 各, these must be written of every product named."""

_GIFT_WORD = re.compile("赠|送|礼")


def _gift_in_record(claim: Found, ground: _Ground) -> str:
    """A gift stands in a record that gives something and names it in the same words."""
    if not claim.value.startswith("赠品:"):
        return ""
    gift = claim.value.removeprefix("赠品:")
    kinds = (EvidenceKind.COUPON, EvidenceKind.OFFER, EvidenceKind.PASSAGE, EvidenceKind.PRODUCT)
    named = (one for one in ground.evidence if one.kind in kinds and gift in one.text and _GIFT_WORD.search(one.text))
    return next((one.id for one in named), "")


def _judge_name(claim: Found, ground: _Ground) -> _Judged:
    ids = frozenset(claim.value.split("|"))
    allowed = ground.nameable if claim.kind is ClaimKind.PRODUCT else ground.coupons
    if claim.known and ids & allowed:
        evidence_id = _naming_record(claim, ids, ground)
    else:
        evidence_id = "" if claim.known else _same_words(claim, ground)
    written = Claim(kind=claim.kind, text=claim.text, value=claim.value, evidence_id=evidence_id)
    own_store = claim.kind is ClaimKind.STORE and claim.role is not Role.ADDRESS and claim.text in ground.home
    if evidence_id or own_store or (claim.known and ids & allowed):
        return _Judged(written)
    reason, remedy = _UNKNOWN_NAME[claim.kind]
    return _Judged(
        written, Finding(reason=reason, rule=f"有据可查（{claim.kind.label}）", span=claim.text, remedy=remedy)
    )


_UNKNOWN_NAME: Mapping[ClaimKind, tuple[Reason, str]] = {
    ClaimKind.PRODUCT: (Reason.UNKNOWN_PRODUCT, "只能提这次查到的产品，先让我查一下这款再写"),
    ClaimKind.COUPON: (Reason.UNKNOWN_COUPON, "只能提这次算出来能用的券，去掉这张或换成可用的券名"),
    ClaimKind.STORE: (Reason.UNSUPPORTED_FACT, "只能提您自己的门店和这次查到的门店，请核对店名"),
}


def _naming_record(claim: Found, ids: frozenset[str], ground: _Ground) -> str:
    about = (one.id for one in ground.evidence if one.subject in ids)
    naming = (
        backing.evidence.id
        for backing in ground.backings
        if backing.found.kind is claim.kind and ids & frozenset(backing.found.value.split("|"))
    )
    return next(about, "") or next(naming, "")


def _same_words(claim: Found, ground: _Ground) -> str:
    kinds = _RECORD_OF_NAMES - {EvidenceKind.CUSTOMER}
    if claim.kind is ClaimKind.PRODUCT:
        kinds = _RECORD_OF_NAMES
    elif claim.kind is ClaimKind.STORE:
        kinds = _SOURCES[ClaimKind.STORE]
    return next(
        (
            one.id
            for one in ground.evidence
            if one.kind in kinds and (claim.value in one.text or claim.text in one.text)
        ),
        "",
    )


_UNBACKED: Mapping[ClaimKind, Reason] = {
    ClaimKind.EFFICACY: Reason.UNSUPPORTED_EFFICACY,
    ClaimKind.PROMISE: Reason.UNSUPPORTED_PROMISE,
    ClaimKind.INGREDIENT: Reason.UNSUPPORTED_FACT,
    ClaimKind.SUITABILITY: Reason.UNSUPPORTED_FACT,
    ClaimKind.STOCK: Reason.UNSUPPORTED_FACT,
}


def _unbacked(claim: Found, about: _About, ground: _Ground) -> Finding:
    """Say which words have no record, and what the records do say."""
    elsewhere = any(_same_value(claim, backing.found, ground.today) for backing in ground.backings)
    reason = _UNBACKED.get(claim.kind, Reason.WRONG_SUBJECT if elsewhere else Reason.UNSUPPORTED_FIGURE)
    written = [
        backing.found.text
        for backing in ground.backings
        if backing.found.kind is claim.kind
        and backing.evidence.kind in _SOURCES[claim.kind]
        and _right_subject(backing, about)
        and _same_role(claim, backing.found, ground.has_final_price)
    ]
    if claim.kind is ClaimKind.QUANTITY:
        written = [words for words in written if words[-1:] == claim.text[-1:]]
    known = "、".join(list(dict.fromkeys(written))[:3])
    remedy = (
        f"记录里写的是：{known}，照着写或删掉" if known else f"没有查到这一{claim.kind.label}的记录，请删掉或先补资料"
    )
    return Finding(reason=reason, rule=f"有据可查（{claim.kind.label}）", span=claim.text, remedy=remedy)


# ---- judging one sentence ----------------------------------------------------------------------

_BLANK = re.compile(
    r"【[^】\n]{0,30}】|\{[^}\n]{0,30}\}|(?<![A-Za-z])(?:None|none|NaN|nan|NaT|null|undefined|N/A)(?![A-Za-z])|(?<![A-Za-z])[Xx]{2,}(?![A-Za-z])|_{2,}|＿{2,}|某某"
)


def _judge_piece(piece: _Piece, ground: _Ground) -> None:
    for blank in _BLANK.finditer(piece.text):
        piece.findings.append(
            Finding(
                reason=Reason.UNFILLED_BLANK, rule="话术变量", span=blank.group(), remedy="补上具体内容，或去掉这一句"
            )
        )
    piece.findings += _private_findings(piece.text, ground)
    for claim in piece.found:
        judged = _judge(piece, claim, ground)
        piece.claims.append(judged.claim)
        if judged.finding is not None:
            piece.findings.append(judged.finding)
    piece.findings += [_misquoted(piece.text, one) for one in _misquotes(piece, ground)]
    piece.findings += _points_of_others(piece, ground)
    piece.findings += _against_the_turn(piece.text, ground)
    piece.findings += _wrong_comparisons(piece, ground)
    piece.findings += _torn_pairs(piece, ground)
    products = _spoken_of(piece, ground)
    for violation in screen(piece.text, products, ground.records):
        by_product = violation.rule.by_product
        if by_product and (_in_a_name(violation, piece) or _holds_for_one(piece.text, violation, products, ground)):
            continue
        _note(piece, violation)


def _misquotes(piece: _Piece, ground: _Ground) -> Iterable[Misquote]:
    yield from misquotes(piece.text, ground.quotable)
    named = _coupons_named(piece, ground)
    if not named and (written := ground.written_of(piece.inherited.coupons)):
        # 用券规则：… in a sentence of its own, behind the one that names the coupon
        named = [NamedCoupon(0, _lead(piece.text), written, ())]
    yield from broken_conditions(piece.text, named)


_LEAD = re.compile("^[^：:，。]{0,12}[：:]")


def _lead(text: str) -> int:
    """Return where the conditions begin behind 用券规则：."""
    match = _LEAD.match(text)
    return match.end() if match else 0


_FORMS = re.compile("(?:）：|全部条件：|条件：|客户能用时这样说：)([^。]+)。")


def _coupons_named(piece: _Piece, ground: _Ground) -> list[NamedCoupon]:
    named = []
    for one in piece.found:
        if one.kind is ClaimKind.COUPON and one.known:
            written = ground.written_of(frozenset(one.value.split("|")))
            if written:
                named.append(NamedCoupon(one.start, one.end, written, tuple(_FORMS.findall(written))))
    return named


def _misquoted(text: str, one: Misquote) -> Finding:
    return Finding(
        reason=Reason.MISQUOTED,
        rule="照原话引用（明码标价和禁止价格欺诈规定第十九条）",
        span=text[one.start : one.end],
        remedy=f"记录的原话是：{one.written}，照着写，条件不要少" if one.written else "记录里没有这一条，请删掉",
    )


def _points_of_others(piece: _Piece, ground: _Ground) -> list[Finding]:
    """A product's own point or caution, word for word, told of another product."""
    findings = []
    for words, owners in ground.own_words.items():
        start = piece.text.find(words)
        if start < 0:
            continue
        about = _about(piece, Found(ClaimKind.PROMISE, words, words, start, start + len(words)))
        if about.products and not about.products & owners:
            findings.append(
                Finding(
                    reason=Reason.WRONG_SUBJECT,
                    rule="有据可查（产品特点）",
                    span=words,
                    remedy="这句是别的产品资料里的话，换成这款自己的",
                )
            )
    return findings


def _torn_pairs(piece: _Piece, ground: _Ground) -> list[Finding]:
    """满99减50: both figures must stand in one and the same record, not each in another."""
    findings = []
    for one, other in zip(piece.found, piece.found[1:], strict=False):
        if (one.role, other.role) != (Role.THRESHOLD, Role.SAVING) or other.start - one.end > _PAIR_GAP:
            continue
        records = [
            {backing.evidence.id for backing in ground.backings if _says_too(claim, backing, ground)}
            for claim in (one, other)
        ]
        if not records[0] & records[1]:
            findings.append(
                Finding(
                    reason=Reason.UNSUPPORTED_FIGURE,
                    rule="有据可查（满减）",
                    span=piece.text[one.start : other.end],
                    remedy="没有这样的满减，门槛和优惠要照同一张券写",
                )
            )
    return findings


_PAIR_GAP = 3


def _says_too(claim: Found, backing: _Backing, ground: _Ground) -> bool:
    return _same_value(claim, backing.found, ground.today) and _same_role(claim, backing.found, ground.has_final_price)


_CHEAPER = re.compile("(?P<down>便宜|价格低|实惠|价低|划算)|(?P<up>(?<!不)贵|价格高|价高)")


def _wrong_comparisons(piece: _Piece, ground: _Ground) -> list[Finding]:
    """A比B便宜, A更便宜: the prices of the two must say so too."""
    match = _CHEAPER.search(piece.text)
    groups = [group for group in piece.groups if group.kind is ClaimKind.PRODUCT]
    if match is None or not groups or not re.search("比|更|两款|里面|相比|要", piece.text):
        return []
    sides = [member for group in groups for member in group.members if group.start < match.start()]
    if len(sides) < 2:
        sides += [frozenset({sku}) for sku in ground.products if frozenset({sku}) not in sides]
    prices = [{ground.products[sku].price_fen for sku in side if sku in ground.products} for side in sides[:2]]
    if len(prices) < 2 or not all(prices):
        return []
    one, other = min(prices[0]), min(prices[1])
    if one == other or (one < other) is (match["down"] is not None):
        return []
    return [
        Finding(
            reason=Reason.UNSUPPORTED_FIGURE,
            rule="有据可查（价格高低）",
            span=match.group(),
            remedy="价格高低说反了，照两款的售价写",
        )
    ]


_ASSERTS_A_RULE = re.compile(
    "(?:我们|咱们|店里|本店)(?:店|家)?(?:都|是)?(?:支持|承诺)|(?:这是)?(?:我们|咱们|店里|本店)?(?:店里?)?(?:的|有)(?:明文)?规定(?!是|写|的是|，|查|可查)"
)
ALIKE = 72.0
"""From this likeness (rapidfuzz partial ratio) on, a sentence is taken to tell a rule that is at hand."""


def _stands_in_a_rule(text: str, ground: _Ground) -> bool:
    if "《" in text:
        return True
    bare = _ASSERTS_A_RULE.sub("", text)
    rules = (one.text for one in ground.evidence if one.kind is EvidenceKind.PASSAGE)
    return any(fuzz.partial_ratio(bare, rule) >= ALIKE for rule in rules)


_UNWELL = re.compile("不适(?!合|用)|不舒服|过敏|刺痛|红肿|发痒")
_GO_ON = re.compile("(?:继续|接着|照常|还是可以|可以再)(?:使)?用|不用停|坚持用")
_THERE_IS_A_COUPON = re.compile(
    "(?<!没)(?<!没有)(?:有|能用|可以用)(?:可用的|能用的|一张|几张|张)?(?:优惠)?券(?!规|的条件|吗)"
)


def _against_the_turn(text: str, ground: _Ground) -> list[Finding]:
    """What this very turn forbids: to go on with what harmed, to speak of coupons where there are none."""
    findings = []
    if (match := _ASSERTS_A_RULE.search(text)) and not _stands_in_a_rule(text, ground):
        findings.append(
            Finding(
                reason=Reason.UNSUPPORTED_PROMISE,
                rule="有据可查（店里的规定）",
                span=match.group(),
                remedy="没有查到这条规定，别替店里答应；按查到的政策写",
            )
        )
    if (ground.is_complaint or _UNWELL.search(text)) and (match := _GO_ON.search(text)):
        findings.append(
            Finding(
                reason=Reason.UNSUPPORTED_FACT,
                rule="用后不适先停用（消费者权益保护法第十八条）",
                span=match.group(),
                remedy="请她先停用、清水洗净，不缓解就医",
            )
        )
    if ground.has_no_coupon and (match := _THERE_IS_A_COUPON.search(text)):
        findings.append(
            Finding(
                reason=Reason.UNKNOWN_COUPON,
                rule="有据可查（优惠名）",
                span=match.group(),
                remedy="这一单没有能用的券，照实说没有",
            )
        )
    return findings


def _in_a_name(violation: Violation, piece: _Piece) -> bool:
    """A product's own registered name is not a claim about the product spoken of (不含云朵防晒霜)."""
    return any(
        claim.kind is ClaimKind.PRODUCT
        and claim.known
        and claim.start <= violation.start
        and violation.end <= claim.end
        for claim in piece.found
    )


def _holds_for_one(text: str, violation: Violation, products: tuple[Product, ...], ground: _Ground) -> bool:
    """Where a sentence speaks of several products without naming them, an effect of one of them is enough.

    Which of them it is has been judged against the records already.
    """
    if len(products) < 2:
        return False
    alone = (screen(text, (product,), ground.records) for product in products)
    return any(violation not in violations for violations in alone)


def _note(piece: _Piece, violation: Violation) -> None:
    """Nobody reviews a live draft, so what needs review is cut like what is blocked; a warning only goes along."""
    target = piece.warnings if violation.rule.severity is Severity.WARN else piece.findings
    if violation.finding not in target:
        target.append(violation.finding)


def _spoken_of(piece: _Piece, ground: _Ground) -> tuple[Product, ...]:
    own = frozenset[str]().union(*(group.values for group in piece.groups if group.kind is ClaimKind.PRODUCT))
    skus = own or piece.inherited.products
    products = tuple(ground.products[sku] for sku in sorted(skus) if sku in ground.products)
    return products or ground.fallback


def _private_findings(text: str, ground: _Ground) -> list[Finding]:
    shown = "".join(one.text for one in ground.evidence if one.kind is EvidenceKind.STORE)
    private = [(one.text, one.kind.label) for one in find_private(text) if one.text not in shown]
    private += [(secret, "客户编号") for secret in ground.secrets if secret in text]
    return [
        Finding(
            reason=Reason.PRIVACY,
            rule=f"个人信息保护法第十条（{label}）",
            span=words,
            remedy="去掉这段个人信息，发给客户的话里不需要它",
        )
        for words, label in private
    ]


# ---- the whole draft ---------------------------------------------------------------------------

_PIECE = re.compile(r"[^。！？!?；\n]*(?:[。！？!?；\n]+[”」』）)～~\s]*|$)")
_COURTESY = frozenset({Intent.GREETING, Intent.BIRTHDAY, Intent.CARE})
_CONNECTIVE = re.compile(
    r"^\s*(?:所以说?|而且|并且|另外|同时|此外|因此|那么|不过|但是|但|还有|再加上|其次|然后|于是|也就是说|总之|反而|甚至|尤其是?|特别是|以及|加上|更重要的是)[，,：:]?\s*"
)
_PRONOUN = re.compile(r"^\s*(?:它们?|此款|该款|该产品|这款(?!券))")
_SHORTEST = 6
_FILLER_UNIT = (
    r"(?:[^\W\d]{0,4}(?:姐|哥|女士|先生|小姐|老师|阿姨|叔叔)|亲爱的|亲|宝子?|美女|您好|你好|大家好|早上好|上午好|中午好|下午好|晚上好|早安|晚安|哈喽|嗨|在吗|"
    r"好久不见|打扰(?:您|一下|您一下)?了?|好的|收到|嗯+|没问题|感谢[^，。！？]{0,12}|谢谢[^，。！？]{0,12}|辛苦了?|祝[^。！？]{0,20}|生日快乐|"
    r"有(?:任何|什么|其他)?(?:需要|问题|疑问|不清楚|不明白|想了解)[^。！？]{0,18}|(?:您)?随时[^。！？]{0,14}|欢迎[^。！？]{0,16}|期待[^。！？]{0,14}|"
    r"我是[^，。！？]{0,18}|这(?:里|边)是[^，。！？]{0,16}|我?一?直?都?在|稍等[^。！？]{0,10}|我?(?:马上|这就|来)?(?:帮|给|跟|为)您(?:看|查|问|说|介绍|推荐)[^。！？\d]{0,8}|"
    r"您看(?:合适|可以|怎么样|如何|行)[^。！？]{0,4}|您慢慢[^，。！？]{0,6}|不(?:着急|急)|比心|么么哒|开心|理解[^，。！？]{0,14}|明白[^，。！？]{0,10})"
)
_FILLER = re.compile(rf"(?:{_FILLER_UNIT}[呀啊哦呢啦哈噢吧嘛吗的~～]*[\s，,。！!？?~～、；…]*)+")
_NOT_WORDS = re.compile(r"[^\w\s，,。！!？?~～、；…]+")


def check(draft: Draft, brief: Brief) -> Verdict:
    """Judge one draft against its brief: pass it, cut sentences from it, or hold it.

    Findings name the words, the rule and what would make them pass. The returned draft carries every remaining claim
    with the id of the record behind it. Errors of the checker itself are raised: a draft that was not checked must be held.
    """
    ground = _ground_of(draft, brief)
    pieces = _pieces(draft, ground)
    for piece in pieces:
        _judge_piece(piece, ground)
    _judge_across(pieces, ground)
    _judge_conditions(pieces, ground)
    if draft.source is DraftSource.MODEL:
        _judge_echoes(pieces, brief.need.question)
        _judge_manners_of_speech(pieces)
    findings = tuple(finding for piece in pieces for finding in (*piece.findings, *piece.warnings))
    if not any(piece.cut for piece in pieces):
        kept: tuple[Sentence, ...] = draft.sentences
    else:
        kept = _mended(pieces, ground)
    if not _has_substance(kept, pieces, brief.need.intent):
        empty = draft.model_copy(update={"sentences": (), "claims": ()})
        return Verdict(outcome=Outcome.HELD, findings=(*findings, _EMPTY), draft=empty)
    claims = tuple(claim for piece in pieces if not piece.cut for claim in piece.claims)
    left = draft.model_copy(update={"sentences": kept, "claims": claims})
    outcome = Outcome.TRIMMED if any(piece.cut for piece in pieces) else Outcome.PASS
    return Verdict(outcome=outcome, findings=findings, draft=left)


_EMPTY = Finding(
    reason=Reason.EMPTY, rule="有据可查", span="", remedy="补充这个问题的资料，或把问题说得具体一点，我再写"
)


def check_own_text(
    text: str,
    evidence: tuple[Evidence, ...],
    products: tuple[Product, ...],
    *,
    today: date,
    coupons: Iterable[Coupon] = (),
    brand: str = "",
) -> tuple[Finding, ...]:
    """Return what a guide should know before sending her own words; nothing is cut, she decides.

    ``today`` is the calendar day in Asia/Shanghai, against which 月底 or 双十二 are read.
    """
    names = KnownNames.of(products, coupons, brand)
    ground = replace(_ground(evidence, {product.sku: product for product in products}, names, today), fallback=products)
    pieces = _pieces_of((Sentence(text=text),), ground, _About())
    for piece in pieces:
        _judge_piece(piece, ground)
    _judge_across(pieces, ground)
    return tuple(finding for piece in pieces for finding in (*piece.findings, *piece.warnings))


def _ground_of(draft: Draft, brief: Brief) -> _Ground:
    shop = brief.desk.shop
    names = KnownNames.of(shop.products.values(), shop.coupons, shop.brand)
    subjects = {one.subject for one in brief.evidence if one.kind is EvidenceKind.PRODUCT}
    companions = {sku: shop.products[sku] for sku in subjects if sku in shop.products}
    products = {**companions, **{product.sku: product for product in brief.products}}
    today = brief.moment.astimezone(SHOP_TIME).date()
    ground = _ground(brief.evidence, products, names, today, brief.hits, brief.offer, brief.desk.store.name)
    meant = tuple(products[sku] for sku in draft.skus if sku in products)
    offer = brief.offer
    return replace(
        ground,
        slots=working_need(brief.need, brief.desk).slots,
        secrets=_secrets(brief),
        fallback=meant or brief.products,
        is_complaint=brief.need.wants(Intent.COMPLAINT),
        has_no_coupon=offer is not None and not offer.applied and bool(offer.lines or not offer.alternatives),
    )


def _secrets(brief: Brief) -> tuple[str, ...]:
    """Ids that must never stand in a text: of the customer meant, of her orders, of candidates."""
    ids = {brief.need.customer_id, *brief.need.candidates}
    if brief.customer is not None:
        ids |= {brief.customer.customer_id, *(purchase.order_id for purchase in brief.customer.purchases)}
    return tuple(sorted(one for one in ids if len(one) >= 4))


def _pieces(draft: Draft, ground: _Ground) -> list[_Piece]:
    start = _About(products=frozenset(draft.skus) & frozenset(ground.products))
    return _pieces_of(draft.sentences, ground, start)


def _pieces_of(sentences: tuple[Sentence, ...], ground: _Ground, start: _About) -> list[_Piece]:
    """Cut into single sentences and hand on what the nearest preceding one was about."""
    pieces: list[_Piece] = []
    inherited = start
    for sentence in sentences:
        for text in (match.group() for match in _PIECE.finditer(sentence.text) if match.group()):
            found = find_claims(text, ground.names)
            piece = _Piece(text, sentence.evidence, found, _groups(text, found, inherited.order), inherited)
            pieces.append(piece)
            inherited = _handed_on(piece)
    return pieces


def _handed_on(piece: _Piece) -> _About:
    """A later sentence speaks of the last product and the last coupon; a new product ends the coupon before it."""
    products = [group for group in piece.groups if group.kind is ClaimKind.PRODUCT]
    coupons = [group for group in piece.groups if group.kind is ClaimKind.COUPON]
    before = piece.inherited
    return _About(
        products=products[-1].values if products else before.products,
        coupons=coupons[-1].values if coupons else frozenset() if products else before.coupons,
        order=tuple(member for group in products for member in group.members) if products else before.order,
    )


def _judge_across(pieces: list[_Piece], ground: _Ground) -> None:
    """Text split over several sentences is read as one (最。好的面霜): what crosses a border cuts both sides."""
    text = "".join(piece.text for piece in pieces)
    borders: list[int] = []
    position = 0
    for piece in pieces:
        borders.append(position)
        position += len(piece.text)
    for violation in screen(text, ground.fallback, ground.records):
        touched = [
            piece
            for piece, start in zip(pieces, borders, strict=True)
            if start < violation.end and violation.start < start + len(piece.text)
        ]
        if len(touched) > 1:
            for piece in touched:
                _note(piece, violation)


def _judge_manners_of_speech(pieces: list[_Piece]) -> None:
    """Cut what only a model would say; a sentence that also tells something true keeps it, with a remark to the guide."""
    for piece in pieces:
        span, instead = phrases().first_in(piece.text)
        if span:
            finding = Finding(reason=Reason.STILTED, rule="像同事说话", span=span, remedy=f"可以写：{instead}")
            (piece.warnings if piece.claims else piece.findings).append(finding)


_LONGEST_ECHO = 6


def _judge_echoes(pieces: list[_Piece], question: str) -> None:
    """What the guide asked for is no answer: 好的，给个整数200吧 would be sent to her customer."""
    asked = re.sub(r"\W", "", question)
    for piece in pieces:
        if len(asked) >= _LONGEST_ECHO and asked in re.sub(r"\W", "", piece.text):
            piece.findings.append(
                Finding(
                    reason=Reason.UNSUPPORTED_FACT,
                    rule="不照抄问话",
                    span=piece.text.strip(),
                    remedy="这是问话的原文，不是给客户的回答",
                )
            )


def _judge_conditions(pieces: list[_Piece], ground: _Ground) -> None:
    """A coupon goes with every condition it has, wherever in the draft they stand (safety K3)."""
    text, mentions = "", []
    for piece in pieces:
        for one in _coupons_named(piece, ground):
            mentions.append((piece, replace(one, start=one.start + len(text), end=one.end + len(text))))
        text += piece.text
    every = [one for _, one in mentions]
    for written in dict.fromkeys(one.written for one in every):
        mine = [(piece, one) for piece, one in mentions if one.written == written]
        left_out = missing_conditions(text, [one for _, one in mine], every)
        if left_out:
            name = text[mine[0][1].start : mine[0][1].end]
            finding = Finding(
                reason=Reason.MISQUOTED,
                rule="券要写全条件（明码标价和禁止价格欺诈规定第十九条）",
                span=name,
                remedy=f"「{name}」还要写上：{'，'.join(left_out)}",
            )
            for piece, _ in mine:
                if finding not in piece.findings:
                    piece.findings.append(finding)


def _mended(pieces: list[_Piece], ground: _Ground) -> tuple[Sentence, ...]:
    """Join what is left; a sentence behind a cut one loses its 所以, and 它 gets its name back."""
    kept: list[Sentence] = []
    lost_name = after_cut = False
    for piece in pieces:
        names_product = any(group.kind is ClaimKind.PRODUCT for group in piece.groups)
        if piece.cut:
            after_cut, lost_name = True, lost_name or names_product
            continue
        text = _CONNECTIVE.sub("", piece.text) if after_cut or not kept else piece.text
        if lost_name and not names_product:
            text = _named_again(text, piece, ground)
        kept.append(Sentence(text=text, evidence=piece.evidence))
        after_cut, lost_name = False, lost_name and not names_product
    if kept and re.search(r"[，,；、：:]\s*$", kept[-1].text):
        last = kept[-1]
        kept[-1] = last.model_copy(update={"text": re.sub(r"[，,；、：:]\s*$", "。", last.text)})
    return tuple(kept)


def _named_again(text: str, piece: _Piece, ground: _Ground) -> str:
    """Put the product's name where 它 pointed at a sentence that is gone, so that it does not point at another product."""
    names = [ground.products[sku].name for sku in sorted(piece.inherited.products) if sku in ground.products]
    return _PRONOUN.sub(names[0], text, count=1) if len(names) == 1 else text


def _has_substance(kept: tuple[Sentence, ...], pieces: list[_Piece], intent: Intent) -> bool:
    text = "".join(sentence.text for sentence in kept)
    if len(re.sub(r"\W", "", text)) < _SHORTEST:
        return False
    if intent in _COURTESY:
        return True
    return any(claim for piece in pieces if not piece.cut for claim in piece.claims) or any(
        not is_courtesy(sentence.text) for sentence in kept
    )


def is_courtesy(text: str) -> bool:
    """Say whether a text only greets, thanks, wishes or offers help, and tells nothing."""
    words = _NOT_WORDS.sub("", text).strip()
    return not words or len(re.sub(r"\W", "", words)) < 4 or bool(_FILLER.fullmatch(words))
