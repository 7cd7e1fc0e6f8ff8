"""Personal data that have no business in a draft."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.flow.guard.claims.scan import Scan
from knowledge.folding import Place, fold_widths
from knowledge.noun import Labelled


class PrivateKind(Labelled):
    """Kinds of personal data that have no business in a draft."""

    PHONE = "phone", "手机号"
    IDENTITY = "identity", "身份证号"
    EXTERNAL_ID = "external-id", "客户编号"
    ORDER = "order", "订单号"
    CARD = "card", "卡号"
    BIRTHDAY = "birthday", "完整生日"


@dataclass(frozen=True)
class Private:
    """A piece of personal data, by position in the text as given."""

    kind: PrivateKind
    text: str
    start: int
    end: int


_PRIVATE: tuple[tuple[PrivateKind, re.Pattern[str]], ...] = (
    (PrivateKind.IDENTITY, re.compile(r"(?<![\da-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx](?![\da-z])")),
    (PrivateKind.PHONE, re.compile(r"(?<![\d])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")),
    (PrivateKind.EXTERNAL_ID, re.compile(r"(?<![a-z\d])w[mo][a-z\d_\-]{14,}")),
    (PrivateKind.ORDER, re.compile(r"(?<=订单)(?:号|编号|尾号)?[是为:：\s]*([a-z]{0,4}[\-]?\d[\da-z\-]{5,})|(?<![a-z\d])(?!zl\d{12})[a-z]{1,3}20\d{6}[\da-z\-]{2,}")),
    (PrivateKind.CARD, re.compile(r"(?<!\d)(?<!zl)\d{12,19}(?!\d)")),
    (PrivateKind.BIRTHDAY, re.compile(
        r"(?:生日|出生|生于)[^，。；\n]{0,6}?(?:19|20)\d\d\s*[年\-/.]\s*\d{1,2}\s*[月\-/.]\s*\d{1,2}日?"
        r"|(?:19|20)\d\d\s*[年\-/.]\s*\d{1,2}\s*[月\-/.]\s*\d{1,2}[日号]?(?:[^，。；\n]{0,4}(?:生日|出生|生人))"
    )),
)  # fmt: skip


@dataclass(frozen=True)
class _PrivateRange:
    kind: PrivateKind
    start: int
    end: int


def _private_ranges(folded: str) -> Iterator[_PrivateRange]:
    taken: list[Place] = []
    for kind, pattern in _PRIVATE:
        for match in pattern.finditer(folded):
            if all(match.end() <= place.start or match.start() >= place.end for place in taken):
                taken.append(Place(*match.span()))
                yield _PrivateRange(kind, *match.span())


def find_private(text: str) -> tuple[Private, ...]:
    """Return phone, identity, card and order numbers, external ids and full birthdays (个人信息保护法 Art. 28)."""
    folded = fold_widths(text)
    found = []
    for one in _private_ranges(folded.text):
        place = folded.place(one.start, one.end)
        found.append(Private(one.kind, text[place.start : place.end], place.start, place.end))
    return tuple(sorted(found, key=lambda private: private.start))


def spare_private(scan: Scan) -> None:
    """Take the places of personal data, so that nobody reads figures or names out of them."""
    for one in _private_ranges(scan.text):
        scan.take(one.start, one.end)
