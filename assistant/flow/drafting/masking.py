"""Take persons out of what goes to a model, and put them back into what comes from it.

A mask is made for one brief and knows everybody who could be named in it. Anything that looks like a phone, an
identity number, an order number, a platform id, a full date of birth or a street address goes as well, whoever it
belongs to (safety LLM02).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.flow.brief import Brief
from assistant.flow.drafting.ground import Ground
from prompts.load import harmless

HOLDER = re.compile(r"〔[^〔〕]{1,12}〕")
_TITLES = "姐|哥|女士|先生|小姐|太太|阿姨|叔|总|老师|妈妈"

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("邮箱", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    ("证件号", r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"),
    ("编号", r"(?<![A-Za-z0-9])(?:wm|wo|wx|ww)[A-Za-z0-9_-]{8,}"),
    ("编号", r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])"),
    ("电话", r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}(?!\d)"),
    ("电话", r"(?<!\d)1[3-9]\d[*＊xX]{4}\d{4}(?!\d)"),
    ("电话", r"(?<!\d)(?:0\d{2,3}[-\s]?)\d{7,8}(?!\d)"),
    ("手机尾号", r"(?<=尾号)[是为：:\s]{0,2}\d{3,4}(?!\d)"),
    ("手机尾号", r"(?<=后四位)[是为：:\s]{0,2}\d{4}(?!\d)"),
    ("订单号", r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*\d{6})[A-Z]{1,4}-?\d[\d-]{5,}(?![A-Za-z0-9])"),
    # 备案 and 注册 numbers follow 字 and belong to products
    ("编号", r"(?<![\d.字])\d{9,}(?![\d.])"),
    (
        "出生日期",
        r"(?:19|20)\d{2}\s?(?:年|[-/.])\s?\d{1,2}\s?(?:月|[-/.])\s?\d{1,2}(?:日|号)?(?=\s?(?:出生|生日|生的|生人))",
    ),
    (
        "出生日期",
        r"(?<=生日)[是为：:\s]{0,3}(?:(?:19|20)?\d{2}\s?(?:年|[-/.])\s?)?\d{1,2}\s?(?:月|[-/.])\s?\d{1,2}(?:日|号)?",
    ),
    (
        "地址",
        r"[\u4e00-\u9fff]{2,12}(?:路|街|巷|弄|大道)\d+(?:弄\d+)?号(?:[\dA-Za-z\u4e00-\u9fff]{0,8}(?:室|楼|层|单元|栋|幢))?",
    ),
)


@dataclass(frozen=True)
class _Secret:
    label: str
    text: str


class Mask:
    """One brief's secrets. ``hide`` numbers a new placeholder for each; ``reveal`` puts back what it hid."""

    def __init__(self, secrets: Iterable[_Secret]) -> None:
        named: dict[str, str] = {}
        written: dict[str, str] = {}
        for secret in secrets:
            if len(secret.text.strip()) > 1:
                # the customer of this turn comes first and keeps her label among all the others
                named.setdefault(harmless(secret.text), secret.label)
                written.setdefault(harmless(secret.text), secret.text)
        self._labels = named
        self._written = written
        words = [re.escape(text) for text in sorted(named, key=len, reverse=True)]
        shapes = [f"(?P<s{number}>{pattern})" for number, (_, pattern) in enumerate(_PATTERNS)]
        known = [f"(?P<known>{'|'.join(words)})"] if words else []
        self._pattern = re.compile("|".join([*known, *shapes]))
        self._holders: dict[str, str] = {}
        self._hidden: dict[str, str] = {}

    @classmethod
    def of(cls, brief: Brief) -> "Mask":
        """Return the mask that knows everybody around this brief."""
        return cls(_secrets(brief))

    @classmethod
    def of_names(cls, names: Iterable[str]) -> "Mask":
        """Return a mask that knows these names, and by their shape phones, numbers, dates of birth and addresses."""
        return cls(secret for name in names for secret in _called("其他客户", name))

    def is_personal(self, text: str) -> bool:
        """Say whether the text holds anything that ``hide`` would take out."""
        return self._pattern.search(harmless(text)) is not None

    def hide(self, text: str) -> str:
        """Return the text with a typed placeholder for everything personal, as harmless as a prompt will have it.

        A number with an invisible character inside would otherwise be read as none, and be a number in the prompt.
        """
        # our own brackets in somebody's words could pass for a placeholder
        plain = harmless(text).translate(str.maketrans("〔〕", "[]"))
        return self._pattern.sub(self._holder, plain)

    def reveal(self, text: str) -> str:
        """Return the text with the placeholders this mask gave out filled in; any other stays."""
        return HOLDER.sub(lambda match: self._hidden.get(match.group(0), match.group(0)), text)

    def _holder(self, match: re.Match[str]) -> str:
        found = match.group(0)
        if found in self._holders:
            return self._holders[found]
        label = self._label(match)
        same = sum(1 for holder in self._hidden if holder.startswith(f"〔{label}"))
        # the customer and the guide are one each and keep the plain label the prompt speaks of
        holder = f"〔{label}〕" if label in ("客户称呼", "导购姓名") and not same else f"〔{label}{same + 1}〕"
        self._holders[found] = holder
        self._hidden[holder] = self._written.get(found, found)
        return holder

    def _label(self, match: re.Match[str]) -> str:
        if match.groupdict().get("known") is not None:
            return self._labels[match.group(0)]
        number = next(number for number in range(len(_PATTERNS)) if match.group(f"s{number}") is not None)
        return _PATTERNS[number][0]


def _secrets(brief: Brief) -> Iterator[_Secret]:
    ground = Ground(brief)
    customer = ground.customer
    if customer is not None:
        yield from _called("客户称呼", customer.address_as or customer.name)
        yield from _called("客户姓名", customer.name)
        yield _Secret("编号", customer.customer_id)
        yield _Secret("电话", customer.phone_masked)
        yield from (_Secret("订单号", purchase.order_id) for purchase in customer.purchases)
        if customer.birthday is not None:
            yield from (
                _Secret("生日", words) for words in _birthday_words(customer.birthday.month, customer.birthday.day)
            )
            yield from (
                _Secret("生日", f"{customer.birthday.year}{mark}{words}")
                for mark in ("年", "-", "/", ".")
                for words in _birthday_words(customer.birthday.month, customer.birthday.day)
            )
            yield _Secret("生日", f"{customer.birthday:%Y%m%d}")
    for card in brief.desk.customers:
        yield _Secret("编号", card.customer_id)
        yield from _called("其他客户", card.name)
        yield from _called("其他客户", card.address_as)
    guide = brief.desk.guide
    yield from _called("导购姓名", guide.name)
    yield _Secret("编号", guide.userid)


def _called(label: str, name: str) -> Iterator[_Secret]:
    """Yield a name as it is written, and a name of one character with the titles it may be called by."""
    if not name:
        return
    yield _Secret(label, name)
    if len(name) == 1:
        yield from (_Secret(label, f"{name}{title}") for title in _TITLES.split("|"))


def _birthday_words(month: int, day: int) -> tuple[str, ...]:
    return (
        f"{month}月{day}日",
        f"{month}月{day}号",
        f"{month:02d}月{day:02d}日",
        f"{month:02d}-{day:02d}",
        f"{month}-{day}",
        f"{month}/{day}",
        f"{month:02d}/{day:02d}",
        f"{month}.{day}",
    )
