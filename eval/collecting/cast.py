"""The persons of a log and who stands in for them: invented names, numbers and days, each the same in every case.

Found by the same mask that keeps persons from a model. Stand-ins are numbered in the order in which people first appear
in the log, which only grows: a later run gives everybody the same one, and nothing is worked out from who they are.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from assistant.flow.desk import Desk
from assistant.flow.drafting.masking import BIRTHDAY, HOLDER, OTHER_CUSTOMER, SOMEBODY, Mask
from assistant.shop import CustomerCard
from assistant.turn import TurnRecord
from knowledge.folding import fold_looks
from knowledge.people import People

_SURNAMES = "安柏岑单房甘桂洪蓝乐凌苗宁齐裘荣沙邰涂闻奚宣燕尹游郁詹竺祝卓"
_GIVEN = (
    "若禾",
    "知夏",
    "以宁",
    "清越",
    "明岚",
    "予初",
    "听澜",
    "映秋",
    "南乔",
    "书意",
    "望舒",
    "照野",
    "念卿",
    "青芜",
)
_TITLES = ("女士", "姐")
BORN_YEAR, BORN_DAY = 1990, 15
_GUIDE, _COLLEAGUE = "导购", "同事"
_PHONES = ("电话", "手机尾号")
_OF_CARD = re.compile(r"〔c(\d+)x\d+〕")
_DIGITS = re.compile(r"\d")
_FOUR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_PLAIN = {
    "邮箱": "kehu@example.com",
    "证件号": "110101199001010019",
    "账号": "kehu_0001",
    "编号": "wm00000000000000",
    "卡号": "6222 0000 0000 0000 001",
    "车牌": "京A00001",
    "出生日期": f"{BORN_YEAR}年1月{BORN_DAY}日",
    "地址": "样例路1号样例小区1栋101室",
}


@dataclass(frozen=True)
class StandIn:
    """An invented person: what her card would say."""

    number: int
    customer_id: str
    name: str
    address_as: str
    phone: str

    @property
    def tail(self) -> str:
        """The last four digits, by which guides tell people apart."""
        return self.phone[-4:]


@dataclass
class Cast:
    """Everybody in the log, by the order of appearance. ``desk_of`` gives a guide's desk, None where she has left."""

    desk_of: Callable[[str], Desk | None]
    guides: tuple[tuple[str, str], ...]
    """Userid and name of every guide."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _guide_numbers: dict[str, int] = field(default_factory=dict)
    _others: dict[tuple[str, str], str] = field(default_factory=dict)
    _taken: frozenset[str] = frozenset()
    _people: dict[str, People] = field(default_factory=dict)

    def meet(self, records: Iterable[TurnRecord]) -> None:
        """Number everybody these turns are about; oldest first, and all of them, whatever is chosen afterwards."""
        for record in records:
            self._guide_number(record.guide)
            for customer_id in (record.need.customer_id, *record.need.candidates):
                if customer_id:
                    self._number(customer_id)
        real = [name for _, name in self.guides]
        for userid, _ in self.guides:
            desk = self.desk_of(userid)
            real += [text for card in desk.customers for text in (card.name, card.address_as)] if desk else []
        self._taken = frozenset(_folded(text) for text in real)

    def guide(self, userid: str) -> tuple[str, str]:
        """Userid and name of the guide who stands in for this one."""
        number = self._guide_number(userid)
        return f"daogou{number:03d}", self._free_name(5000 + number)[0]

    def stand_in(self, customer_id: str) -> StandIn:
        """Who stands in for a customer."""
        number = self._number(customer_id)
        name, address = self._free_name(number)
        return StandIn(number, f"K{number:05d}", name, address, f"1990000{number % 10000:04d}")

    def redactor(self, desk: Desk, about: Iterable[str], alike: Iterable[str] = ()) -> "Redactor":
        """What takes everybody out of the words of one talk.

        ``about`` are the customers it is about, ``alike`` those of them that the guide's words did not tell apart.
        """
        return Redactor(self, desk, tuple(dict.fromkeys(about)), tuple(dict.fromkeys(alike)))

    def other(self, label: str, original: str) -> str:
        """What stands for anything personal that is on nobody's card; alike for the same words."""
        key = (label, original)
        if key not in self._others:
            number = sum(1 for kind, _ in self._others if kind == label) + 1
            self._others[key] = self._invented(label, original, number)
        return self._others[key]

    def people_of(self, desk: Desk) -> People:
        """Everybody a guide may write of, her customers by their place on her desk."""
        userid = desk.guide.userid
        if userid not in self._people:
            names = [name for place, card in enumerate(desk.customers) for name in _names_of(place, card)]
            ids = [(f"c{place}x", _folded(card.customer_id)) for place, card in enumerate(desk.customers)]
            colleagues = [
                (_GUIDE if one == userid.lower() else _COLLEAGUE, name)
                for one, name in ((known.lower(), name) for known, name in self.guides)
            ]
            self._people[userid] = People((*names, *colleagues), ids)
        return self._people[userid]

    def _invented(self, label: str, original: str, number: int) -> str:
        if label in _PLAIN:
            return _PLAIN[label]
        if label == "电话":
            return f"1990099{number % 10000:04d}"
        if label == "手机尾号":
            return f"{9000 + number % 1000:04d}"
        if label == "订单号":
            return f"DD{number:08d}"
        if label in (SOMEBODY, OTHER_CUSTOMER, _COLLEAGUE):
            return self._free_name(7000 + number)[0]
        return "＊" * max(1, min(4, len(original)))

    def _free_name(self, number: int) -> tuple[str, str]:
        """An invented name that nobody real here goes by."""
        for step in range(len(_SURNAMES)):
            name, address = _name(number, step)
            if _folded(name) not in self._taken and _folded(address) not in self._taken:
                return name, address
        return f"客户{number}", f"客户{number}"

    def _number(self, customer_id: str) -> int:
        return self._numbers.setdefault(customer_id, len(self._numbers) + 1)

    def _guide_number(self, userid: str) -> int:
        return self._guide_numbers.setdefault(userid.lower(), len(self._guide_numbers) + 1)


class Redactor:
    """Writes one talk's words with stand-ins. Of several customers who were called alike all are called alike again."""

    def __init__(self, cast: Cast, desk: Desk, about: tuple[str, ...], alike: tuple[str, ...]) -> None:
        self._cast = cast
        self._desk = desk
        self._cards = {card.customer_id: card for card in desk.customers}
        self.about = about
        self._alike = dict.fromkeys(alike, cast.stand_in(alike[0]).address_as) if alike else {}
        birthdays = [born for one in about if (born := desk.customer(one).birthday) is not None]
        self._born = birthdays[0] if birthdays else None
        places = [place for place, card in enumerate(desk.customers) if card.customer_id in about]
        # whom the talk is about is meant before anybody else of the same name
        mine = [_names_of(place, desk.customers[place]) for place in places]
        every = [_names_of(place, card) for place, card in enumerate(desk.customers)]
        self._mask = Mask(
            (People([name for names in mine for name in names]), cast.people_of(desk)),
            names=[name for names in (*mine, *every) for name in names],
            birthday=self._born,
            own=tuple(_own_words(desk)),
        )
        self._allowed: set[str] = set(_PLAIN.values())

    def stand_in(self, customer_id: str) -> StandIn:
        """Who stands in for a customer in this talk."""
        found = self._cast.stand_in(customer_id)
        found = replace(found, address_as=self._alike.get(customer_id, found.address_as))
        self._allowed |= {found.customer_id, found.name, found.address_as, found.phone, found.tail}
        return found

    def guide(self) -> tuple[str, str]:
        """Who stands in for the guide."""
        userid, name = self._cast.guide(self._desk.guide.userid)
        self._allowed |= {userid, name}
        return userid, name

    def order(self, mine: StandIn, number: int) -> str:
        """The number of an order of a stand-in."""
        return self._keep(f"DD{mine.number:06d}{number:02d}")

    def birthday(self, month: str) -> str:
        """The day that stands for a birthday of which the month is known."""
        day = f"{BORN_YEAR}-{int(month):02d}-{BORN_DAY}"
        self._allowed.add(day)
        return day

    def __call__(self, text: str) -> str:
        """The text with nobody real in it."""
        hidden = self._mask.hide(text)
        written = HOLDER.sub(lambda match: self._instead(match.group()), hidden)
        return _FOUR.sub(lambda match: self._tail(match.group()), written)

    def is_clean(self, text: str) -> bool:
        """Say whether nothing personal is left in a text but the stand-ins that were put there."""
        for one in sorted(self._allowed, key=len, reverse=True):
            # 0001 stands for a tail, and is none inside of a longer number
            text = re.sub(rf"(?<!\d){re.escape(one)}(?!\d)" if one[0].isdigit() else re.escape(one), "，", text)
        return not self._mask.is_personal(text)

    def _instead(self, holder: str) -> str:
        original = self._mask.reveal(holder)
        place = _OF_CARD.fullmatch(holder)
        if place is not None:
            return self._of_customer(self._desk.customers[int(place.group(1))], original)
        label = holder.strip("〔〕").rstrip("0123456789")
        if label == _GUIDE:
            return self.guide()[1]
        if label == BIRTHDAY or (label == "出生日期" and self._is_hers(original)):
            return self._keep(f"{self._born.month if self._born else 1}月{BORN_DAY}日")
        if label in _PHONES:
            return self._keep(self._phone(original) or self._cast.other(label, original))
        return self._keep(self._cast.other(label, original))

    def _of_customer(self, card: CustomerCard, original: str) -> str:
        mine, said = self.stand_in(card.customer_id), _folded(original)
        if said == _folded(card.customer_id):
            return mine.customer_id
        whole = said == _folded(card.name) and card.customer_id not in self._alike
        return mine.name if whole else mine.address_as

    def _is_hers(self, day: str) -> bool:
        """Say whether a date is the birthday of whom the talk is about: its month decides on coupons and wishes."""
        figures = [int(figure) for figure in re.findall(r"\d+", day)]
        return self._born is not None and {self._born.month, self._born.day} <= set(figures)

    def _phone(self, original: str) -> str:
        """The stand-in's number, whole or its end, where it is that of somebody the talk is about."""
        digits = "".join(_DIGITS.findall(_folded(original)))
        for card in (self._cards[one] for one in self.about):
            if card.phone_tail and digits == card.phone_tail:
                return self.stand_in(card.customer_id).tail
            if len(digits) == 11 and digits.startswith(card.phone_head) and digits.endswith(card.phone_tail):
                return self.stand_in(card.customer_id).phone
        return ""

    def _tail(self, digits: str) -> str:
        """Four digits by which the guide says which of them she means."""
        return next((self.stand_in(one).tail for one in self.about if self._cards[one].phone_tail == digits), digits)

    def _keep(self, text: str) -> str:
        self._allowed.add(text)
        return text


def _names_of(place: int, card: CustomerCard) -> list[tuple[str, str]]:
    return [(f"c{place}x", text) for text in (card.name, card.address_as) if text]


def _own_words(desk: Desk) -> Iterator[str]:
    """What the shop calls its goods, coupons and stores: they may be called as a person is, and stay."""
    shop = desk.shop
    yield from (shop.brand, *shop.tiers)
    for store in shop.stores.values():
        yield from (store.name, store.region_name, store.address, store.phone)
    for product in shop.products.values():
        yield from (product.name, product.sku, product.brand, *product.aliases, product.registration)
        yield product.special_registration
    yield from (coupon.name for coupon in shop.coupons)


def _name(number: int, step: int = 0) -> tuple[str, str]:
    """A name and how to address it; neighbours in the numbering have different surnames."""
    surname = _SURNAMES[(number + step) % len(_SURNAMES)]
    given = _GIVEN[(number // len(_SURNAMES) + number) % len(_GIVEN)]
    return f"{surname}{given}", f"{surname}{_TITLES[number // len(_SURNAMES) % len(_TITLES)]}"


def _folded(text: str) -> str:
    return fold_looks(text).text.strip()
