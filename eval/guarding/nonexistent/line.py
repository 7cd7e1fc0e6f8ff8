"""A sentence as it was shown: the products it speaks of, and whether it says no to what it names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from assistant.flow.guard.claims.found import Found
from assistant.turn import ClaimKind

_CLAUSE = re.compile(r"[。；;！!？?\n，：:、（）()]|,(?!\d)")
_REFUSED = re.compile(
    "没有?(?:这|那|找到|查到|看到|写|列|说|能|用|在|再)?|查不到|找不到|不存在|不能|不可以?|不支持|不提供|不参加|用不了|用不上"
    "|给不了|做不了|改不了|算不了|无法|没法|不是|不在|不含|不送|不赠|未|暂无|并无|别|不要|超过|不够|不符|不属|不予|不与|只能"
)
# a no that says yes
_NO_REFUSAL = re.compile(
    "没有?(?:门槛|问题|限制|条件|错|关系)|没问题|没错|不限|不用|不是问题|不能错过|不可错过|不要错过|无门槛|别错过|不仅|不但|不止|不够再"
)
_REFUSED_NEXT = re.compile(
    "^(?:您?说的|我|这边|这张|这个|系统|店里|资料|记录|里面?|中|目前|暂时|都|现在|今天|还|也|查了|一?下|是|券|「?」?)*"
    "(?:没有?(?!门槛|问题|限制|条件)|查不到|找不到|不能|不可以|不支持|用不了|没法|给不了|不在|不参加|不是)"
)
_QUOTATION = re.compile("「[^」]*」")
_BESIDE = re.compile("（[^（）]*(?:（[^（）]*）[^（）]*)*）")
_GIVEN = re.compile("(?:赠品?|换购(?:一件)?)[^，。；]{0,2}$")


@dataclass(frozen=True)
class Line:
    """A sentence as it was shown, with the products spoken of before it in the same block."""

    text: str
    found: tuple[Found, ...]
    carried: frozenset[str]
    short: Mapping[str, str] = field(default_factory=dict)
    """What products are called without their series, with the SKU."""

    def refused(self, start: int, end: int) -> bool:
        """Say whether the words at this place are denied by their own clause, or by the one right after it.

        Inside 「…」 the clause is the one that quotes: a question told back whole with a no around it grants nothing.
        """
        quoted = (match.span() for match in _QUOTATION.finditer(self.text))
        start, end = next((span for span in quoted if span[0] <= start and end <= span[1]), (start, end))
        borders = [match.span() for match in _CLAUSE.finditer(self.text)]
        left = max((stop for _, stop in borders if stop <= start), default=0)
        right = min((first for first, _ in borders if first >= end), default=len(self.text))
        beside = self.text[left:start] + "□" + self.text[end:right]
        if denies(beside):
            return True
        return bool(_REFUSED_NEXT.match(self.text[right + 1 :].lstrip()))

    @cached_property
    def products(self) -> frozenset[str]:
        """The products this sentence speaks of; gifts, and what a coupon is good for, are named beside them."""
        bare = _BESIDE.sub(lambda match: "□" * len(match.group()), self.text)
        sold = [one for one in self.found if bare[one.start] != "□" and not _GIVEN.search(self.text[: one.start])]
        for one in self.found:
            if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON):
                bare = f"{bare[: one.start]}{'□' * (one.end - one.start)}{bare[one.end :]}"
        return known_values(sold, ClaimKind.PRODUCT) | {sku for words, sku in self.short.items() if words in bare}


def denies(words: str) -> bool:
    """Say whether these words hold a no that is meant as one: 没有这张 and not 没有门槛."""
    return bool(_REFUSED.search(_NO_REFUSAL.sub("", words)))


def known_values(found: Iterable[Found], kind: ClaimKind) -> frozenset[str]:
    """The ids of everything of this kind that is named; a name that several share stands for each of them."""
    known = (one.value.split("|") for one in found if one.kind is kind and one.known)
    return frozenset(value for values in known for value in values)
