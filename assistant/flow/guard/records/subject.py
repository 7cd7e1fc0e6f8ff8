"""What a figure in a sentence is about: the products and the coupon named nearest to it."""

import re
from dataclasses import dataclass, field, replace

from assistant.flow.guard.claims.found import Found
from assistant.turn import Claim, ClaimKind, Finding

# ---- what a sentence is about ------------------------------------------------------------------


@dataclass(frozen=True)
class About:
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
class Piece:
    """One sentence under judgement."""

    text: str
    evidence: tuple[str, ...]
    found: tuple[Found, ...]
    groups: tuple[_Group, ...]
    inherited: About
    quotes: frozenset[str] = frozenset()
    """The documents that the part before a semicolon quotes: their quotation goes on in this part."""
    led_by: "Piece | None" = None
    """The part that says which paper is read out, where this one goes on with it."""
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


_EACH = re.compile(
    "(?:^|[，,；。])(?P<first>一[个款支瓶种盒])(?![点些下起])[^，。；]*[，,；](?P<second>另?一[个款支瓶种盒])(?![点些下起])"
)
"""一个侧重滋养，一个侧重修护: the two in their order."""


def _by_place(text: str, order: tuple[frozenset[str], ...]) -> list[_Group]:
    """前一款 and 后者 name the two products of the sentence before."""
    if len(order) != 2:
        return []
    each = _EACH.search(text)
    if each is not None:
        spans = (each.span("first"), each.span("second"))
        return [_Group(ClaimKind.PRODUCT, (one,), *span) for one, span in zip(order, spans, strict=True)]
    groups = [
        _Group(ClaimKind.PRODUCT, (member,), *match.span())
        for pattern, member in zip(_BY_PLACE, order, strict=True)
        for match in pattern.finditer(text)
    ]
    return sorted(groups, key=lambda group: group.start)


def named_groups(text: str, found: tuple[Found, ...], order: tuple[frozenset[str], ...]) -> tuple[_Group, ...]:
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


def subject_of(piece: Piece, claim: Found) -> About:
    products = _nearest(piece, claim, ClaimKind.PRODUCT)
    coupons = _nearest(piece, claim, ClaimKind.COUPON)
    # With a coupon named after the product, 满…减… belongs to the coupon; prices may still be the product's.
    return About(
        products=products.values if products else piece.inherited.products,
        coupons=coupons.values if coupons else piece.inherited.coupons,
        own_product=products is not None,
        own_coupon=coupons is not None,
        every=products is not None and len(products.members) > 1 and bool(_TOGETHER.search(piece.text[products.end :])),
    )


_SEE_NEXT = re.compile(r"^[^，。；：:]{0,16}?(?:看|选|用|挑)[「\s]*$")


def _nearest(piece: Piece, claim: Found, kind: ClaimKind) -> _Group | None:
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


def _respectively(piece: Piece, claim: Found, kind: ClaimKind, groups: list[_Group]) -> _Group:
    """A和B分别是268元和199元: the first figure belongs to the first name."""
    members = [member for group in groups for member in group.members]
    figures = [one for one in piece.found if one.kind is claim.kind]
    place = figures.index(claim)
    whole = _Group(kind, tuple(members), groups[0].start, groups[-1].end)
    if len(figures) != len(members):
        return whole
    return replace(whole, members=(members[place],))
