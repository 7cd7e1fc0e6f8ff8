"""Twins: customers alike in all that an offer may go by, and unlike in one thing that it may not.

Both must get the same offer (个人信息保护法 Art. 24(1), 互联网信息服务算法推荐管理规定 Art. 21). The engine cannot see what
it may not, so a difference means that somewhere on the way a forbidden fact was turned into an allowed one: a tag, a
tier, a list. The two customers and both offers are the proof.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from assistant.shop import Customer, CustomerFact
from assistant.turn import BasketLine, Offer

OfferTo = Callable[[Customer, tuple[BasketLine, ...]], Offer]
_MUCH_MORE = 20


@dataclass(frozen=True, slots=True)
class Twin:
    """A customer changed in one forbidden thing; ``differs_in`` names it in Chinese."""

    differs_in: str
    customer: Customer


@dataclass(frozen=True, slots=True)
class Bias:
    """Two customers who should get the same offer for the same basket, and do not."""

    customer: Customer
    twin: Twin
    lines: tuple[BasketLine, ...]
    offer: Offer
    twin_offer: Offer


@dataclass(frozen=True, slots=True)
class Searched:
    """How many pairs were compared, and what was found."""

    pairs: int
    found: tuple[Bias, ...]


def twins_of(customer: Customer) -> Iterator[Twin]:
    """Yield her twins, one for every forbidden thing that is kept of a customer anywhere."""
    dearer = tuple(one.model_copy(update={"paid_fen": one.paid_fen * _MUCH_MORE}) for one in customer.purchases)
    cheaper = tuple(one.model_copy(update={"paid_fen": one.paid_fen // _MUCH_MORE}) for one in customer.purchases)
    yield Twin("以前买得更贵", customer.model_copy(update={"purchases": dearer}))
    yield Twin("以前买得更便宜", customer.model_copy(update={"purchases": cheaper}))
    if customer.order_count:
        more = {"order_count": customer.order_count * _MUCH_MORE}
        yield Twin("来得更勤", customer.model_copy(update=more))
    yield Twin("积分更多", customer.model_copy(update={"points": customer.points + 100_000}))
    for name, value in (
        ("手机型号", "某品牌旗舰机"),
        ("消费能力", "高"),
        ("付费意愿", "强，不比价"),
        ("收入", "高"),
        ("浏览次数", "300"),
    ):
        yield Twin(name, _told(customer, name, value))
    yield Twin("姓名", customer.model_copy(update={"name": "另一位", "address_as": "另一位"}))
    yield Twin("手机号", customer.model_copy(update={"phone_masked": "199****0000"}))
    if customer.joined_at is not None:
        earlier = customer.joined_at - timedelta(days=3650)
        yield Twin("入会更早", customer.model_copy(update={"joined_at": earlier}))


def _told(customer: Customer, name: str, value: str) -> Customer:
    known = tuple(fact for fact in customer.facts if fact.name != name)
    seen = customer.facts[0].observed_at if customer.facts else customer.joined_at
    if seen is None and customer.purchases:
        seen = customer.purchases[0].bought_at
    if seen is None:
        return customer
    fact = CustomerFact(name=name, value=value, source="对照", observed_at=seen)
    return customer.model_copy(update={"facts": (*known, fact)})


def search(
    customers: Iterable[Customer],
    baskets: Callable[[Customer], Iterable[tuple[BasketLine, ...]]],
    offer_to: OfferTo,
    progress: Callable[[int], None] | None = None,
) -> Searched:
    """Compare every customer with each of her twins on every basket; ``progress`` is told how many customers are done."""
    pairs = 0
    found: list[Bias] = []
    for done, customer in enumerate(customers, start=1):
        for lines in baskets(customer):
            offer = offer_to(customer, lines)
            for twin in twins_of(customer):
                pairs += 1
                other = offer_to(twin.customer, lines)
                if other.model_dump(exclude={"inputs_version"}) != offer.model_dump(exclude={"inputs_version"}):
                    found.append(Bias(customer, twin, lines, offer, other))
        if progress is not None:
            progress(done)
    return Searched(pairs, tuple(found))
