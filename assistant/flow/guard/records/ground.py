"""What a text may stand on: every claim that the records at hand make, and what each makes it about."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.stores import called
from assistant.flow.guard.records.quoting import Record
from assistant.flow.words.places import town_in
from assistant.shop import Product
from assistant.turn import ClaimKind, CouponRule, Evidence, EvidenceKind, Hit, Offer, Slots


@dataclass(frozen=True)
class Backing:
    """One claim a record makes, and what it makes it about; empty ``subjects`` is about nothing in particular.

    ``total`` marks the sums of a bill: they hold for a sentence that names no product itself.
    """

    evidence: Evidence
    found: Found
    subjects: frozenset[str]
    total: bool = False
    elsewhere: bool = False
    """True for the record of another store than the guide's own: a stock reading must be named with it."""
    place: tuple[str, ...] = ()
    """What the store is called of which this is a stock reading or the record itself."""
    usable: bool = True
    """False for a coupon that this order does not use: its figures hold only beside its name."""
    listed: bool = False
    """True for a coupon where there is no bill yet: what it takes off holds only with its name or its threshold."""
    away: tuple[str, ...] = ()
    """What the other stores are called: it holds for none of them."""


_OWN_WORDS = 5
"""Shorter points (清爽) are anybody's."""
_STATEMENT = re.compile(r"[^。；;\s][^。；;\n]*")


@dataclass(frozen=True)
class Ground:
    """Everything a text may stand on, made ready for comparing."""

    names: KnownNames
    products: Mapping[str, Product]
    evidence: tuple[Evidence, ...]
    backings: tuple[Backing, ...]
    nameable: frozenset[str]
    coupons: frozenset[str]
    today: date
    home: str = ""
    """The name of the guide's own store; a stock statement that names no store speaks of it."""
    asked: str = ""
    """The letters of the question: a name that stands only there is what was asked for, not what there is."""
    unknown_goods: str = ""
    """What she called a product that was not found."""
    slots: Slots = field(default_factory=Slots)
    secrets: tuple[str, ...] = ()
    fallback: tuple[Product, ...] = ()
    is_complaint: bool = False
    has_no_coupon: bool = False
    pieces: Mapping[str, int] = field(default_factory=dict)
    """How many pieces of each product are on the bill."""

    @cached_property
    def by_kind(self) -> Mapping[ClaimKind, tuple[Backing, ...]]:
        """The backings by what they are claims of: hardly any other can speak for a claim of a kind."""
        held: dict[ClaimKind, list[Backing]] = {}
        for one in self.backings:
            held.setdefault(one.found.kind, []).append(one)
        return {kind: tuple(backings) for kind, backings in held.items()}

    @cached_property
    def has_final_price(self) -> bool:
        """Say whether a bill tells what is to pay with coupons: then no other sum may be called 到手 or 实付."""
        return any(
            one.found.role is Role.FINAL and one.evidence.kind is EvidenceKind.OFFER and "券后" in one.evidence.text
            for one in self.backings
        )

    @cached_property
    def unused(self) -> frozenset[str]:
        """The coupons at hand that this order does not use, and those that fail by more than what is in the basket."""
        return frozenset(
            one.evidence.subject
            for one in self.backings
            if one.evidence.kind is EvidenceKind.COUPON
            and ((not one.usable and not one.listed) or (one.listed and _FAILS.match(one.evidence.text)))
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
        """The points, cautions and uses of the products at hand, a sentence each, with the products that have them."""
        papers = {
            sku: [*product.selling_points, *product.cautions, product.usage] for sku, product in self.products.items()
        }
        said = {words for paper in papers.values() for text in paper for words in _STATEMENT.findall(text)}
        return {
            words: frozenset(sku for sku, paper in papers.items() if any(words in text for text in paper))
            for words in sorted(said)
            if len(words) >= _OWN_WORDS
        }

    @cached_property
    def warned_of(self) -> Mapping[str, str]:
        """What the cautions of the products at hand warn of (吞咽), each with its caution (请勿吞咽)."""
        cautions = (one for product in self.products.values() for one in product.cautions)
        return {
            match["deed"]: match.group()
            for one in cautions
            for match in _WARNED_OF.finditer(one)
            if match["deed"] not in _ANY_USE
        }

    def written_of(self, coupon_ids: frozenset[str]) -> str:
        """Everything that stands in the records about these coupons."""
        return "。".join(
            one.text for one in self.evidence if one.kind is EvidenceKind.COUPON and one.subject in coupon_ids
        )

    @cached_property
    def everything(self) -> str:
        """All that the records at hand say, in one text."""
        goods = [product.model_dump_json() for product in self.products.values()]
        return "\n".join([*self.records, *goods, *sorted(self.nameable)])

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.evidence if one.kind is not EvidenceKind.SCRIPT)


_WARNED_OF = re.compile("(?:请勿|切勿|勿|不要|不可|避免|禁止)(?P<deed>[\u4e00-\u9fff]{2,8})")
_ANY_USE = ("使用", "用于", "涂抹")
"""眼周请勿使用 warns of a place, not of the deed."""
_BASKET = (CouponRule.THRESHOLD, CouponRule.SCOPE, CouponRule.NO_BENEFIT, CouponRule.NOT_COMBINABLE)
_FAILS = re.compile(
    f"本单没有用「[^」]+」：(?:{'|'.join(re.escape(rule.label) for rule in CouponRule if rule not in _BASKET)})"
)
RECORD_OF_NAMES = frozenset({EvidenceKind.PASSAGE, EvidenceKind.CUSTOMER, EvidenceKind.OFFER, EvidenceKind.COUPON})
# A worry or a warning names an effect without giving it: 肌肤需求：美白 backs nothing.
_NOT_EFFECTS = re.compile(
    r"(?:肌肤需求|适合|不适合|不适用|注意事项|不含|主要成分|标签|肌肤问题)[^；：:。]{0,6}[：:][^；。]*$"
)


def ground_in(
    evidence: tuple[Evidence, ...],
    products: Mapping[str, Product],
    names: KnownNames,
    today: date,
    hits: tuple[Hit, ...] = (),
    offer: Offer | None = None,
    home: str = "",
) -> Ground:
    backings: list[Backing] = []
    applied = {coupon.coupon_id for coupon in offer.applied} if offer is not None and offer.lines else None
    stores = [_store_of(one, _read_record(one.text, names), home) for one in evidence]
    known_as = _spellings([*stores, home], names.brand, home)
    nameable = set(products)
    coupons: set[str] = set()
    for one, store in zip(evidence, stores, strict=True):
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
            place, away = _spelt(store, known_as) if store else ((), ())
            usable = one.kind is not EvidenceKind.COUPON or applied is None or one.subject in applied
            listed = one.kind is EvidenceKind.COUPON and applied is None
            backings += [
                Backing(
                    one,
                    claim,
                    subjects,
                    elsewhere=bool(home) and store not in ("", home),
                    place=place,
                    usable=usable,
                    listed=listed,
                    away=away,
                )
                for claim in found
                if _backs(one, claim)
            ]
        if one.kind in (EvidenceKind.PRODUCT, EvidenceKind.STOCK):
            nameable.add(one.subject)
        elif one.kind in RECORD_OF_NAMES:
            nameable |= named
        if one.kind in (EvidenceKind.COUPON, EvidenceKind.OFFER):
            coupons.add(one.subject)
            coupons |= {name for claim in found if claim.kind is ClaimKind.COUPON for name in claim.value.split("|")}
    if offer is not None:
        nameable |= {line.sku for line in offer.lines}
        coupons |= {applied.coupon_id for applied in offer.applied}
    ready = Ground(names, products, evidence, tuple(backings), frozenset(nameable), frozenset(coupons), today, home)
    return ready if offer is None else replace(ready, pieces=_pieces_on(offer))


def _pieces_on(bill: Offer) -> Mapping[str, int]:
    pieces: Counter[str] = Counter()
    for line in bill.lines:
        pieces[line.sku] += line.quantity
    return pieces


_OWN = ("本店", "我们店", "咱们店", "咱店", "我们家店")
"""What the guide calls her own store."""


def _spellings(stores: Iterable[str], brand: str, home: str) -> dict[str, tuple[str, ...]]:
    """Return what each store is called; by its town alone, where no other store is there (武汉14件，广州12件)."""
    known_as = {store: called(store, brand) for store in dict.fromkeys(stores) if store}
    town_of = {store: town_in(store.removeprefix(brand)[:_TOWN]) for store in known_as}
    lone = Counter(town_of.values())
    return {
        store: (
            *names,
            *((town_of[store],) if town_of[store] and lone[town_of[store]] == 1 else ()),
            *(_OWN if store == home else ()),
        )
        for store, names in known_as.items()
    }


_TOWN = 3
"""A store's name begins with its town, of at most so many characters."""


def _spelt(store: str, known_as: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a store is called, and what the others are called."""
    place = known_as[store]
    others = (name for other, spelt in known_as.items() if other != store for name in spelt)
    return place, tuple(name for name in others if name not in place)


def _store_of(evidence: Evidence, found: tuple[Found, ...], home: str) -> str:
    """Return the store that a stock reading or a store's own record is of; nothing for any other record."""
    if evidence.kind is EvidenceKind.STORE:
        return evidence.text.partition("；")[0]
    if evidence.kind is not EvidenceKind.STOCK:
        return ""
    if home and evidence.text.startswith(home):
        return home
    return next((one.text for one in found if one.kind is ClaimKind.STORE), "")


_NO_NAMES = KnownNames.of(())


@lru_cache(maxsize=2048)
def _read_record(text: str, names: KnownNames) -> tuple[Found, ...]:
    """Read a record once for the two or three drafts that lean on it; names compare by identity."""
    return find_claims(text, names, of_a_record=True)


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


def _of_bill(bill: Evidence, claim: Found, goods: frozenset[str]) -> Backing:
    """A bill's unit prices belong to the product they follow, its totals to everything on it."""
    unit_price = "单价" in bill.text[max(0, claim.start - 3) : claim.start]
    subjects = frozenset(claim.subject_hint.split("|")) if unit_price and claim.subject_hint else goods
    return Backing(bill, claim, subjects, total=not unit_price)


def _backs(evidence: Evidence, claim: Found) -> bool:
    if claim.kind is ClaimKind.EFFICACY:
        return not _NOT_EFFECTS.search(evidence.text[: claim.start])
    return True
