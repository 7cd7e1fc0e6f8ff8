"""Whom a guide means: names, forms of address, phone ends and pronouns, looked up among her own customers.

A name that fits several customers is never decided here; it comes back as candidates to be asked about.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from assistant.flow.words.writing import fold, is_common_word, plain, sounds
from assistant.shop import CustomerCard
from assistant.turn import CustomerMention
from knowledge.people import surnames

_MASKED = re.compile(r"(?<!\d)(1[3-9]\d)\s?[*x×•·.\-_ ]{2,8}\s?(\d{4})(?!\d)")
_WHOLE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_TAIL = re.compile(r"(?:尾号|后四位|后4位|尾数|手机尾|末四位|末尾)\s?(?:是|为)?[:\s]?(\d{4})(?!\d)")
_LOOSE_TAIL = re.compile(r"(?<![\d.])(\d{4})(?=\s?(?:的|这位|那位|那个|这个|客户|问|说|想)|\s*$)")

_PRONOUN = re.compile(
    r"她|(?<![其吉])他(?!们家)|这位|那位|人家|对方|这个(?:客户|客人|会员|顾客|姐|人)"
    r"|(?<![老新些有每批类眠睡失多个类])(?:客户|顾客|客人)(?!群|档案|信息$|关系)"
)
_TITLE = r"(?:姐姐|姐|哥|女士|先生|太太|太|小姐|老师|阿姨|叔叔|叔|总|妈妈|妈|奶奶|医生|大姐|老板)"
# 孃孃 is folded to 娘娘
_MALE = ("哥", "先生", "叔", "大爷", "伯伯")
_FEMALE = ("姐", "女士", "太太", "小姐", "阿姨", "妈妈", "奶奶", "娘娘", "婆婆", "大娘", "大妈", "伯母", "嫂子")
_SAYS = r"(?:又|刚才?|也|今天|昨天|前天|之前|上次|一直)?(?:问|说|想|要|觉得|嫌|在问|发|买|用了|反馈|投诉|这位|这单|那边|生日|喜欢|来|纠结|犹豫|好久|很久|许久|没来|没买|加购|收到|都?[半几一二三四五六七八九十\d]+个?多?(?:天|周|月|年)没)"
_OWNS = r"的?(?:档案|资料|信息|生日|画像|积分|肤质|记录)"
# the words first: 给阿强 at the beginning is 阿强, not somebody called 给阿强
_BEFORE = r"(?:帮我给|帮|给|跟|替|对|客户|会员|顾客|回访|联系|问问|提醒|谢谢|感谢|[,。:;\s]|^)"
_NOT_NAMES = re.compile(
    r"^(?:小姐|大姐|姐姐|小哥|哥哥|美女|亲|这|那|有|我|你|她|他|客|会员|顾客|老客|新客|哪|谁|别|请|帮|给|怎|什|为|可|能|还|都|不|没|一|今|昨|明)"
)


@dataclass(frozen=True)
class Called:
    """Who was named in a text, and where; ``name`` and phone parts as written, the lookup beside them."""

    mention: CustomerMention | None = None
    customer_id: str = ""
    candidates: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    pronoun: bool = False

    @property
    def named(self) -> bool:
        """Say whether a name or phone was written at all, found or not."""
        return self.mention is not None


@dataclass(frozen=True)
class _Spot:
    start: int
    end: int
    said: str
    ids: tuple[str, ...]
    certain: bool = True
    """False where even a single match must be asked about."""
    others: tuple[tuple[int, int], ...] = ()
    """Where further names stand."""


def who_is_called(text: str, cards: tuple[CustomerCard, ...]) -> Called:
    """Look up whom a folded text names among these customers."""
    pronoun = _PRONOUN.search(text) is not None
    phone = _by_phone(text, cards)
    if phone is not None:
        return phone
    spot = _exact_spot(text, cards) or _titled_spot(text, cards) or _spoken_spot(text, cards)
    if spot is None:
        return Called(pronoun=pronoun)
    mention = CustomerMention(name=spot.said)
    spans = ((spot.start, spot.end), *spot.others)
    if not spot.certain:
        return Called(mention, "", spot.ids, spans, pronoun)
    return _called(mention, spot.ids, spans, pronoun)


def _called(
    mention: CustomerMention, ids: tuple[str, ...], spans: tuple[tuple[int, int], ...], pronoun: bool = False
) -> Called:
    one = ids[0] if len(ids) == 1 else ""
    return Called(mention, one, ids if len(ids) > 1 else (), spans, pronoun)


def _by_phone(text: str, cards: tuple[CustomerCard, ...]) -> Called | None:
    for expression in (_MASKED, _WHOLE):
        match = expression.search(text)
        if match:
            head, tail = match.groups()
            return _phoned(head, tail, _with_name(text, match), cards)
    match = _TAIL.search(text)
    if match:
        return _phoned("", match.group(1), _with_name(text, match), cards)
    loose = _LOOSE_TAIL.search(text)
    # four bare digits are a phone only if one of her customers has them; 2025的 is a year
    if loose and any(card.phone_tail == loose.group(1) for card in cards):
        return _phoned("", loose.group(1), loose.span(), cards)
    return None


def _with_name(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Take the name that stands beside a phone (尾号7490的张姐) out with it; the phone decides who is meant."""
    beside = re.match(rf"的?(?:那个|那位|这个|这位)?[\u4e00-\u9fff]{{1,2}}{_TITLE}", text[match.end() :])
    return (match.start(), match.end() + (beside.end() if beside else 0))


def _phoned(head: str, tail: str, span: tuple[int, int], cards: tuple[CustomerCard, ...]) -> Called:
    ids = tuple(
        card.customer_id
        for card in cards
        if card.phone_tail == tail and (not head or not card.phone_head or card.phone_head == head)
    )
    return _called(CustomerMention(phone_head=head, phone_tail=tail), ids, (span,))


def _exact_spot(text: str, cards: tuple[CustomerCard, ...]) -> _Spot | None:
    """Find the first name or form of address that stands whole in the text; a longer one wins over its part."""
    spots: dict[tuple[int, int], list[str]] = {}
    for card in cards:
        for label in {_label(card.name), _label(card.address_as)}:
            if len(label) < 2 or label not in text:
                continue
            place = _place(text, label)
            if place is not None and card.customer_id not in spots.setdefault(place, []):
                spots[place].append(card.customer_id)
    whole = [
        place
        for place in spots
        if not any(other != place and other[0] <= place[0] and place[1] <= other[1] for other in spots)
    ]
    if not whole:
        return None
    (start, end), *others = sorted(whole)
    # two people in one sentence (苏晴和陈太太都想买): whom the answer is for must be asked
    ids = dict.fromkeys(customer_id for place in sorted(whole) for customer_id in spots[place])
    return _Spot(start, end, text[start:end], tuple(ids), others=tuple(others))


@lru_cache(maxsize=20_000)
def _label(name: str) -> str:
    """Return a name as it can be found in a folded text: 何孃孃 is written 何娘娘 there."""
    return fold(name) if name.isalnum() else plain(name)


def _place(text: str, label: str) -> tuple[int, int] | None:
    """Find a label that is meant as a name: an ordinary word must stand where names stand."""
    escaped = re.escape(label)
    if label.isascii():
        match = re.search(rf"(?<![a-z0-9]){escaped}(?![a-z0-9])", text)
        return match.span() if match else None
    if re.search(rf"{_TITLE}$", label) or not is_common_word(label):
        start = text.index(label)
        return (start, start + len(label))
    match = re.search(rf"{escaped}(?=\s*{_SAYS}|{_OWNS}|呢|$)|(?<=给|帮|跟|户|访|系|那){escaped}(?!文案|话术)", text)
    whole = match is not None and (match.group() != text or len(text) < 5)
    return match.span() if match and whole else None


@lru_cache(maxsize=1)
def _surnamed() -> re.Pattern[str]:
    single = "".join(sorted(surnames()))
    return re.compile(
        rf"(?P<titled>(?P<sur>[{single}]){_TITLE})|(?<![一-龥])(?P<small>[小老阿](?P<sur2>[{single}]))(?={_SAYS}|{_OWNS}|\s|,|$)"
    )


def _titled_spot(text: str, cards: tuple[CustomerCard, ...]) -> _Spot | None:
    """Find a surname with a title (苏女士, 小苏) and look up who of that surname it may be."""
    for match in _surnamed().finditer(text):
        said = match.group()
        if match.group("small") and is_common_word(said) and said[1] in "时师人子":
            continue
        surname = match.group("sur") or match.group("sur2")
        ids = tuple(card.customer_id for card in cards if _may_be(card, surname, said))
        return _Spot(match.start(), match.end(), said, ids)
    return None


def _may_be(card: CustomerCard, surname: str, said: str) -> bool:
    name = plain(card.name)
    if card.address_as and not card.address_as.startswith(surname) and not name.startswith(surname):
        return False
    of_family = card.address_as.startswith(surname) or (name.startswith(surname) and 2 <= len(name) <= 3)
    male = said.endswith(_MALE) and card.address_as.endswith(_FEMALE)
    female = said.endswith(_FEMALE) and card.address_as.endswith(_MALE)
    return of_family and not male and not female


_SPOKEN = re.compile(
    rf"{_BEFORE}(?:(?P<given>[一-龥]{{1,2}})(?P<title>姐|哥|阿姨|妈妈|总)|(?P<name>[一-龥]{{2,4}}?|[a-z]{{2,20}}))"
    rf"(?=\s*{_SAYS}|{_OWNS}|也?(?:推|挑|选|配|写|算|查|看|找|整|来|发|编)|$)"
)


_PARENT = re.compile(r"(?<![一-龥])([^\W\d_宝妈爸])\1(?:妈妈|爸爸|妈|爸)")


def _spoken_spot(text: str, cards: tuple[CustomerCard, ...]) -> _Spot | None:
    """Find a name that stands where names stand (…给陈思雨推荐, 晓晓问, 丽姐说) though no card carries exactly it."""
    parent = _PARENT.search(text)
    if parent is not None and not any(parent.group() in _label(card.name) for card in cards):
        # 糖糖妈, whom no card of hers knows: whoever was spoken of before is not she
        return _Spot(parent.start(), parent.end(), parent.group(), (), certain=False)
    for match in _SPOKEN.finditer(text):
        said = (match.group("given") or "") + (match.group("title") or "") or match.group("name")
        if _NOT_NAMES.match(said) or is_common_word(said):
            continue
        start = match.end() - len(said)
        bare = match.group("given") or said
        holding = tuple(card.customer_id for card in cards if bare in plain(card.name))
        if holding:
            return _Spot(start, match.end(), said, holding, certain=len(bare) > 1)
        if _is_a_name(said, titled=match.group("title") is not None):
            return _Spot(start, match.end(), said, _sounding_alike(bare, cards), certain=False)
    return None


# 阿强, 小雯: what one calls somebody, though no card has it; a customer before her must not get what is hers
_FAMILIAR = re.compile(r"^阿[一-龥]$")
_NOT_CALLED = ("姨", "婆", "公", "胶")


def _is_a_name(said: str, *, titled: bool) -> bool:
    if said.isascii():
        return False
    if _FAMILIAR.match(said) and said[1:] not in _NOT_CALLED:
        return True
    tagged = rjieba.tag(said)
    return len(tagged) == 1 and tagged[0][1] == "nr" and (titled or said[0] in surnames())


def _sounding_alike(name: str, cards: tuple[CustomerCard, ...]) -> tuple[str, ...]:
    """Offer customers whose names sound the same: to be asked about, as the characters differ."""
    heard = sounds(name)
    return tuple(
        card.customer_id for card in cards if len(_label(card.name)) == len(name) and sounds(_label(card.name)) == heard
    )


def without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """Take names out of a text."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    return text.strip()


def fits(mention: CustomerMention, card: CustomerCard) -> bool:
    """Say whether a card answers to what was written when one of several candidates is picked."""
    if mention.phone_tail:
        return card.phone_tail == mention.phone_tail
    said = fold(mention.name)
    return bool(said) and (said in fold(card.name) or said in fold(card.address_as))
