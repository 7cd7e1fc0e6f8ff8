"""One sentence of a clean draft as a change sees it: the words, the goods they speak of, and what is true of those."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from assistant.flow.brief import Brief
from assistant.flow.words.wording import reading_time
from assistant.shop import Coupon, Product
from assistant.turn import EvidenceKind
from eval.guarding.clean import Clean
from eval.guarding.words import Words, words
from knowledge.noun import Labelled

BLANK = "\0"
"""Stands for one character that a change may not touch, so that positions stay."""


@dataclass(frozen=True)
class Named:
    """A product's full name at a place in a sentence."""

    product: Product
    start: int
    end: int


class Sum(Labelled):
    """What an amount of money is for, by the words before it."""

    PRICE = "price", "单价"
    BILL = "bill", "合计或实付"
    LIST = "list", "建议零售价"
    THRESHOLD = "threshold", "门槛"
    SAVING = "saving", "优惠"
    CAP = "cap", "封顶"
    GAP = "gap", "还差"
    FEE = "fee", "运费"
    WORTH = "worth", "价值"
    OTHER = "other", "其他"


@dataclass(frozen=True)
class Amount:
    """An amount of money in a sentence, in 分; ``sign`` is ``¥`` or empty where 元 stands behind it."""

    fen: int
    start: int
    end: int
    sum: Sum
    sign: str


_AMOUNT = re.compile(r"¥(?P<signed>\d+(?:\.\d+)?)|(?P<plain>\d+(?:\.\d+)?)\s?元")
_BEFORE: tuple[tuple[Sum, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?:{words})\s?$"))
    for kind, words in (
        (Sum.THRESHOLD, "满"),
        (Sum.GAP, "再买|差"),
        (Sum.CAP, "最多[省减]"),
        (Sum.SAVING, "减|抵|省了?|优惠|少付"),
        (Sum.LIST, "零售价是?"),
        (Sum.FEE, "运费|收取"),
        (Sum.WORTH, "价值"),
        (Sum.BILL, "付|到手是?|券后|用券|合计为?|后为|来为|一共|加起来是"),
    )
)

_TERMS = re.compile(r"(?<=」)（(?:[^（）]|（[^（）]*）)*）")
_IS_TERMS = re.compile(r"(?:享|减|抵|赠|包邮)[^。]*有效")
_QUOTED = re.compile(r"「[^」]*」")


@dataclass(frozen=True)
class Spot:
    """Sentence number ``place`` of a clean draft."""

    clean: Clean
    place: int

    @property
    def brief(self) -> Brief:
        """What the draft stands on."""
        return self.clean.brief

    @property
    def text(self) -> str:
        """The words of the sentence."""
        return self.clean.draft.sentences[self.place].text

    @property
    def words(self) -> Words:
        """What changes may put in: other wordings for the test part than for the train part."""
        return words(held_out=self.clean.is_test)

    @cached_property
    def records(self) -> str:
        """Every record of the brief in one text: what may be said at all."""
        return "\n".join(one.text for one in self.brief.evidence if one.kind is not EvidenceKind.SCRIPT)

    @cached_property
    def told(self) -> str:
        """The sentence with the conditions of coupons blanked, where goods are named that it is not about."""
        without = _TERMS.sub(lambda match: BLANK * len(match.group()), self.text)
        return BLANK * len(without) if without == self.text and _IS_TERMS.search(without) else without

    @cached_property
    def terms(self) -> str:
        """The other way round: only the conditions of coupons, and no names of coupons."""
        kept = "".join(own if own != said else BLANK for own, said in zip(self.text, self.told, strict=True))
        return _QUOTED.sub(lambda match: BLANK * len(match.group()), kept)

    @cached_property
    def is_policy(self) -> bool:
        """True where a paper of the shop is quoted by its title."""
        return "《" in self.text

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """The products the sentence names, left to right, those inside the conditions of a coupon left out."""
        return tuple(_names(self.told, self.brief))

    @cached_property
    def unnamed(self) -> str:
        """The sentence without product names and without the conditions of coupons: what is said of the goods."""
        text = self.told
        for one in self.named:
            text = text[: one.start] + BLANK * (one.end - one.start) + text[one.end :]
        return text

    @cached_property
    def subject(self) -> Product | None:
        """The product spoken of: the first one named here, else the last one named before."""
        if self.named:
            return self.named[0].product
        for place in range(self.place - 1, -1, -1):
            before = Spot(self.clean, place).named
            if before:
                return before[-1].product
        return None

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        """Every amount of money in the sentence, names of coupons left out."""
        return tuple(_amounts(_QUOTED.sub(lambda match: BLANK * len(match.group()), self.text)))

    def of(self, *sums: Sum) -> tuple[Amount, ...]:
        """The amounts of these kinds."""
        return tuple(one for one in self.amounts if one.sum in sums)

    @cached_property
    def at_hand(self) -> tuple[Product, ...]:
        """The products the brief has records of: the hardest ones to take for each other."""
        products = self.brief.desk.shop.products
        ids = (one.subject for one in self.brief.evidence if one.kind is EvidenceKind.PRODUCT)
        return tuple(products[sku] for sku in dict.fromkeys(ids) if sku in products)

    @cached_property
    def strangers(self) -> tuple[Product, ...]:
        """The products the brief does not know."""
        return tuple(one for one in self.brief.desk.shop.products.values() if one.name not in self.records)

    @cached_property
    def usable(self) -> frozenset[str]:
        """Names of the coupons that the offer of this turn applies."""
        offer = self.brief.offer
        return frozenset() if offer is None else frozenset(one.name for one in offer.applied)

    @cached_property
    def coupons_told(self) -> tuple[Coupon, ...]:
        """Coupons the brief holds a record of without this draft naming them."""
        ids = {one.subject for one in self.brief.evidence if one.kind is EvidenceKind.COUPON}
        text = self.clean.draft.text
        return tuple(one for one in self.brief.desk.shop.coupons if one.coupon_id in ids and one.name not in text)

    def in_stock(self, product: Product) -> bool | None:
        """Say whether this guide's store had it when last counted; None where nobody counted."""
        counted = self.clean.shelf.get(product.sku)
        return None if counted is None else counted > 0

    @cached_property
    def goods(self) -> tuple[Product, ...]:
        """Every product the sentence names; what is added to it must be false of them all."""
        return tuple({one.product.sku: one.product for one in self.named}.values())

    def tells_apart(self, product: Product, other: Product) -> bool:
        """Say whether the sentence tells something of ``product`` that is not so with ``other``."""
        if any(one.fen == product.price_fen != other.price_fen for one in self.of(Sum.PRICE)):
            return True
        true_of_other = set(facts(other))
        return any(fact in self.unnamed and fact not in true_of_other for fact in facts(product))

    def is_false_of(self, other: Product, instead_of: Product) -> bool:
        """Say whether the sentence is untrue once ``other`` stands in it instead of the product it was written about."""
        if self.tells_apart(instead_of, other):
            return True
        if self.of(Sum.BILL, Sum.SAVING) and other.price_fen != instead_of.price_fen:
            return True
        if re.search("有货|现货|没货|缺货", self.text) and self.in_stock(other) is not self.in_stock(instead_of):
            return self.in_stock(other) is not None
        return bool(re.search("上次|之前|回访|用得|用着", self.text)) and not self._bought(other)

    def _bought(self, product: Product) -> bool:
        customer = self.brief.customer
        return customer is not None and any(one.sku == product.sku for one in customer.purchases)

    def reading_times(self) -> frozenset[str]:
        """How the readings of stock in this brief are told."""
        return frozenset(reading_time(one.read_at, self.brief.moment) for one in self.brief.stock)


def facts(product: Product) -> tuple[str, ...]:
    """What a sentence may tell of a product, in the words of its record; its price apart."""
    numbers = (product.spec, product.registration, product.special_registration, product.usage.rstrip("。"))
    lists = (
        product.suitable_for,
        product.not_for,
        product.ingredients,
        product.free_of,
        product.efficacy,
        product.selling_points,
    )
    return tuple(one for one in chain(numbers, *lists) if one)


def _names(text: str, brief: Brief) -> Iterator[Named]:
    """Yield the longest names from left to right."""
    products = sorted(brief.desk.shop.products.values(), key=lambda one: -len(one.name))
    found: list[Named] = []
    for product in products:
        start = text.find(product.name)
        while start >= 0:
            end = start + len(product.name)
            if all(end <= one.start or one.end <= start for one in found):
                found.append(Named(product, start, end))
            start = text.find(product.name, end)
    yield from sorted(found, key=lambda one: one.start)


def _amounts(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(text):
        signed = match["signed"] is not None
        fen = round(float(match["signed"] or match["plain"]) * 100)
        before = text[max(0, match.start() - 8) : match.start()]
        kind = next((kind for kind, words in _BEFORE if words.search(before)), Sum.PRICE if signed else Sum.OTHER)
        yield Amount(fen, *match.span(), kind, "¥" if signed else "")


def replaced(text: str, start: int, end: int, new: str) -> str:
    """Put other words in a place."""
    return text[:start] + new + text[end:]


def appended(text: str, clause: str) -> str | None:
    """Add a clause to the end of a statement; None for a question."""
    body = text.rstrip("。！～ ")
    return None if body.endswith(("？", "?")) else f"{body}，{clause}。"
