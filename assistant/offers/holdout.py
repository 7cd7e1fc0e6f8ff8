"""The hold-out: customers left alone by lot, so that it can be told whether contact brought anything; and in what words.

Who is left alone is drawn, not chosen, and everybody who could have been contacted is compared, contacted or not: whom
guides pick to write to would buy more anyway.
"""

import math
from hashlib import sha256

from pydantic import Field

from assistant.offers.attribution import Rule
from assistant.offers.wording import yuan
from knowledge.noun import Noun

_SURE = 1.96
"""Standard deviations of a 95 % interval."""
LEAST = 30
"""Customers in either group: of fewer nothing is said, however they differ."""


class Holdout(Noun):
    """How many of a hundred customers are left alone; another ``salt`` draws the lots anew."""

    percent: int = Field(default=0, ge=0, le=100)
    salt: str = ""

    def holds(self, corp_id: str, customer_id: str) -> bool:
        """Say whether this customer is left alone; the same customer always gets the same answer."""
        digest = sha256("\0".join((corp_id, customer_id, self.salt)).encode()).digest()
        return int.from_bytes(digest[:8], "big") % 100 < self.percent


class Group(Noun):
    """How many customers, and how many of them bought."""

    customers: int = Field(default=0, ge=0)
    buyers: int = Field(default=0, ge=0)

    @property
    def share(self) -> float:
        """The part that bought."""
        return self.buyers / self.customers


def result_words(orders: int, paid_fen: int, rule: Rule, reachable: Group, left_alone: Group) -> str:
    """What may be said of the credited orders, in Chinese.

    带来 is said only where the hold-out (``left_alone``) bought clearly less than all others who could have been
    contacted (``reachable``); else the sentence says what it is not.
    """
    credited = f"沟通后 {rule.days} 天内，客户下单 {orders} 单，实付共 {yuan(paid_fen)} 元"
    if not reachable.customers or not left_alone.customers:
        return f"{credited}。没有对照组，只说明先后，不说明是沟通的结果。"
    rates = (
        f"可以联系的 {reachable.customers} 位客户里 {reachable.share:.1%} 下了单，"
        f"对照组 {left_alone.customers} 位里 {left_alone.share:.1%}"
    )
    if min(reachable.customers, left_alone.customers) < LEAST:
        return f"{credited}。{rates}，不到 {LEAST} 位的一组比不出来，不能说是沟通的结果。"
    least, most = difference(reachable, left_alone)
    if least > 0:
        low, high = (math.floor(one * reachable.customers) for one in (least, most))
        return f"{credited}。{rates}，多出的约 {low} 到 {high} 位下单客户可以说是沟通带来的。"
    return f"{credited}。{rates}，看不出明显差别，不能说是沟通的结果。"


def difference(one: Group, other: Group) -> tuple[float, float]:
    """The 95 % interval of how much larger a part of one group bought than of the other (Newcombe 1998, method 10)."""
    low, high = _interval(one)
    other_low, other_high = _interval(other)
    middle = one.share - other.share
    return (
        middle - math.hypot(one.share - low, other_high - other.share),
        middle + math.hypot(high - one.share, other.share - other_low),
    )


def _interval(group: Group) -> tuple[float, float]:
    """Wilson's score interval of the part that bought: right also for small groups and parts near 0 or 1."""
    number, square = group.customers, _SURE**2
    middle = (group.share + square / (2 * number)) / (1 + square / number)
    spread = (
        _SURE / (1 + square / number) * math.sqrt(group.share * (1 - group.share) / number + square / (4 * number**2))
    )
    return middle - spread, middle + spread
