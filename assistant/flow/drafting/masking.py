"""Take persons out of what goes to a model, and put them back into what comes from it.

A mask is made for one brief and knows everybody who could be named in it, by every part of a name. Anything that looks
like a phone, an identity number, an order number, an account, a day of birth or an address goes as well, whoever it
belongs to, and so does a name by its shape (safety LLM02). The shop's own words stay: products, coupons, stores.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import cn2an

from assistant.flow.brief import Brief
from assistant.flow.drafting.ground import Ground
from assistant.turn import EvidenceKind
from knowledge.folding import Folded, fold_looks
from knowledge.people import People, people, strangers
from knowledge.personal import find_in_folded
from prompts.load import harmless

HOLDER = re.compile(r"〔[^〔〕]{1,12}〕")
OF_CUSTOMER, NAME_OF_CUSTOMER, OF_GUIDE = "客户称呼", "客户姓名", "导购姓名"
OTHER_CUSTOMER, SOMEBODY, NUMBER, BIRTHDAY = "其他客户", "他人", "编号", "生日"
_SAID_TO_HER = frozenset((OF_CUSTOMER, NAME_OF_CUSTOMER, OF_GUIDE))
"""What a draft may say of persons: herself and her guide, nobody else."""
_NAMES = frozenset((*_SAID_TO_HER, OTHER_CUSTOMER, SOMEBODY))
_BRACKETS = str.maketrans("〔〕", "[]")


@dataclass(frozen=True)
class _Span:
    """Something personal in a text, [start, end)."""

    start: int
    end: int
    label: str


class Mask:
    """One brief's secrets. ``hide`` numbers a new placeholder for each; ``reveal`` puts back what it hid."""

    def __init__(
        self,
        known: Iterable[People],
        names: Iterable[tuple[str, str]] = (),
        birthday: date | None = None,
        own: Iterable[str] = (),
        records: str = "",
    ) -> None:
        self._known = tuple(known)
        # 👩‍🦰<小李> goes whole, signs and pictures too, and comes back as it is written
        drawn = {_as_in_prompt(name): (label, name) for label, name in names if not name.isalnum()}
        self._drawn = {written: known for written, known in drawn.items() if written.strip()}
        self._birthday = _birthday_shape(birthday) if birthday is not None else None
        self._own = tuple(dict.fromkeys(word for word in (_folded(text) for text in own) if len(word) > 1))
        self._records = records
        self._holders: dict[str, str] = {}
        self._hidden: dict[str, str] = {}

    @classmethod
    def of(cls, brief: Brief) -> "Mask":
        """Return the mask that knows everybody around this brief."""
        ground = Ground(brief)
        names = tuple(_names(brief, ground))
        cards = brief.desk.customers
        others = tuple((OTHER_CUSTOMER, name) for card in cards for name in (card.name, card.address_as) if name)
        ids = tuple((NUMBER, _folded(card.customer_id)) for card in cards)
        records = "\n".join(one.text for one in brief.evidence if one.kind is not EvidenceKind.CUSTOMER)
        return cls(
            # the guide's other customers are the same in every turn, so they are made once
            (People(names, _ids(brief, ground)), people(others, ids)),
            names=(*others, *reversed(names)),
            birthday=ground.customer.birthday if ground.customer is not None else None,
            own=_own_words(brief),
            records=records,
        )

    @classmethod
    def of_names(cls, names: Iterable[str]) -> "Mask":
        """Return a mask that knows these names, and by their shape other names, phones, numbers and addresses."""
        known = tuple((OTHER_CUSTOMER, name) for name in names if name)
        return cls([people(known)], known)

    def is_personal(self, text: str) -> bool:
        """Say whether the text holds anything that ``hide`` would take out."""
        return bool(self._spans(_as_in_prompt(text)))

    def hide(self, text: str) -> str:
        """Return the text with a typed placeholder for everything personal, as harmless as a prompt will have it."""
        plain = _as_in_prompt(text)
        pieces: list[str] = []
        position = 0
        for span in self._spans(plain):
            pieces += [plain[position : span.start], self._holder(plain[span.start : span.end], span.label)]
            position = span.end
        return "".join((*pieces, plain[position:]))

    def reveal(self, text: str) -> str:
        """Return the text with the placeholders this mask gave out filled in; any other stays."""
        return HOLDER.sub(lambda match: self._hidden.get(match.group(0), match.group(0)), text)

    def speak(self, text: str) -> str:
        """Fill in only what a draft may say to its customer: who she and her guide are, and what the shop's records hold.

        Another person's name or number stays a placeholder, by which its sentence is known to be unfit.
        """
        return HOLDER.sub(lambda match: self._sayable(match.group(0)), text)

    def _sayable(self, holder: str) -> str:
        hidden = self._hidden.get(holder, "")
        label = holder.strip("〔〕").rstrip("0123456789")
        of_shop = label not in _NAMES and hidden != "" and hidden in self._records
        return hidden if hidden and (label in _SAID_TO_HER or of_shop) else holder

    def _holder(self, found: str, label: str) -> str:
        if found in self._holders:
            return self._holders[found]
        same = sum(1 for holder in self._hidden if holder.startswith(f"〔{label}"))
        # the customer and the guide are one each and keep the plain label the prompt speaks of
        holder = f"〔{label}〕" if label in (OF_CUSTOMER, OF_GUIDE) and not same else f"〔{label}{same + 1}〕"
        self._holders[found] = holder
        self._hidden[holder] = self._drawn[found][1] if found in self._drawn else found
        return holder

    # ---- what is personal in a text ------------------------------------------------------------

    def _spans(self, text: str) -> list[_Span]:
        folded = fold_looks(text)
        own = self._own_places(folded.text)
        found = [
            _in_text(span, folded)
            for span in self._in_folded(folded.text)
            if not any(start <= span.start and span.end <= end for start, end in own)
        ]
        for written, (label, _) in self._drawn.items():
            found += [_Span(place, place + len(written), label) for place in _places(written, text)]
        return _united(found)

    def _in_folded(self, text: str) -> Iterator[_Span]:
        for known in self._known:
            yield from (_Span(one.start, one.end, one.label) for one in known.find(text))
        yield from (_Span(one.start, one.end, SOMEBODY) for one in strangers(text))
        yield from (_Span(one.start, one.end, one.kind.label) for one in find_in_folded(text))
        if self._birthday is not None:
            yield from (_Span(*match.span(), BIRTHDAY) for match in self._birthday.finditer(text))

    def _own_places(self, text: str) -> list[tuple[int, int]]:
        """Where the shop's own words stand: a product may be called as a customer is, and stores have addresses."""
        return [(place, place + len(word)) for word in self._own for place in _places(word, text)]


def _as_in_prompt(text: str) -> str:
    """Return a text as a prompt will have it; our own brackets in somebody's words could pass for a placeholder."""
    return harmless(text).translate(_BRACKETS)


def _places(word: str, text: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _in_text(span: _Span, folded: Folded) -> _Span:
    place = folded.place(span.start, span.end)
    return _Span(place.start, place.end, span.label)


def _united(found: list[_Span]) -> list[_Span]:
    """Join what overlaps; the whole goes by the label of its longest part, of equal ones by the one we know."""
    united: list[_Span] = []
    longest = 0
    for span in sorted(found, key=lambda one: (one.start, -one.end, one.label == SOMEBODY)):
        if not united or span.start >= united[-1].end:
            united.append(span)
            longest = span.end - span.start
            continue
        last = united[-1]
        better = span.end - span.start > longest or (last.label == SOMEBODY and span.label in _NAMES)
        united[-1] = _Span(last.start, max(last.end, span.end), span.label if better else last.label)
        longest = max(longest, span.end - span.start)
    return united


@lru_cache(maxsize=32768)
def _folded(text: str) -> str:
    return fold_looks(text).text.strip()


# ---- who and what a brief knows ----------------------------------------------------------------


def _names(brief: Brief, ground: Ground) -> Iterator[tuple[str, str]]:
    """Whom the text is for, who writes it, and who was named: they keep their label among all the others."""
    customer, guide, mention = ground.customer, brief.desk.guide, ground.need.mention
    if customer is not None:
        yield OF_CUSTOMER, customer.address_as or customer.name
        yield NAME_OF_CUSTOMER, customer.name
    yield OF_GUIDE, guide.name
    if mention is not None and mention.name:
        yield OTHER_CUSTOMER, mention.name
    # who is introduced once (收件人王丽) is hidden wherever she is named again
    asked = _folded(ground.need.question)
    yield from ((SOMEBODY, asked[one.start : one.end]) for one in strangers(asked))


def _ids(brief: Brief, ground: Ground) -> Iterator[tuple[str, str]]:
    customer = ground.customer
    if customer is not None:
        yield NUMBER, _folded(customer.customer_id)
        yield "电话", _folded(customer.phone_masked)
        yield from (("订单号", _folded(purchase.order_id)) for purchase in customer.purchases)
    yield NUMBER, _folded(brief.desk.guide.userid)


def _own_words(brief: Brief) -> Iterator[str]:
    """What the shop calls its goods, coupons and stores, and where those are."""
    shop = brief.desk.shop
    yield from (shop.brand, *shop.tiers)
    for store in (brief.desk.store, *shop.stores.values()):
        yield from (store.name, store.region_name, store.address, store.phone)
    for product in brief.products:
        yield from (product.name, product.sku, product.brand, *product.aliases, product.registration)
        yield product.special_registration
    yield from (coupon.name for coupon in shop.coupons)


@lru_cache(maxsize=512)
def _birthday_shape(day: date) -> re.Pattern[str]:
    """Every way to write one day, with its year or without; 5.18 is not ¥5.18 and 5-18 not 15-18."""
    month, number = rf"0?{day.month}", rf"0?{day.day}"
    spoken = rf"{cn2an.an2cn(day.month)}月初?{cn2an.an2cn(day.day)}"
    named = rf"{month}\s?月\s?{number}\s?[日号]?|{spoken}[日号]?"
    year = rf"(?:(?:{day.year}|{day.year % 100:02d})\s?(?:年|[./\-])\s?)?"
    return re.compile(
        rf"(?<!\d){year}(?:{named})(?!\d)"
        rf"|(?<![\d.¥$:/\-])(?:{day.year}\s?[./\-]\s?)?{month}\s?[./\-]\s?{number}(?![\d%./\-]|\s?(?:元|块|折|ml|g|支|件|倍))"
        rf"|(?<!\d){day:%Y%m%d}(?!\d)"
    )
