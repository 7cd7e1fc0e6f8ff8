"""What an exact decision costs, beside trying every subset and beside the plain rule that most tills go by.

The plain rule sorts the usable coupons by what each brings alone and takes them from the top while they combine and no
line falls below its least price. How often it would have been wrong, and by how much money, is told too. The large case
has 60 coupons, all usable, on 30 lines, in six stacking groups; harder ones have more groups, or aim at a price. Last,
what a question about coupons reads of a shop's orders. Run alone: ``python -m tests.bench.offers``.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console

from assistant.flow.finding.offering import line_of, offer_at
from assistant.offers.combine import best_combination, booked_together
from assistant.offers.decide import decide
from assistant.offers.effect import Bearing, bearing
from assistant.shop import Audience, Channel, Coupon, CouponKind, CouponScope, OrderLine, Times
from assistant.store import customers, material
from assistant.turn import BasketLine, Offer
from eval.replaying.house import sample_house
from eval.sample import SAMPLE_SHOP
from tests.bench.figures import Figure, percentile
from tests.offers import brute_force
from tests.offers.making import CATEGORIES, GOLD, NOW, Case, line, random_case, random_coupon

_SEED = 20_261_128
_CASES = 1_000
_LARGE_CASES = 100
_GROUPS = 6
_HARDER = 40
_ORDER_LINES = 200_000
DECISIONS = 10_000
"""Over the sample shop, each twice; another number may be given on the command line."""


def measure() -> Iterator[Figure]:
    """Small cases against brute force and the plain rule, large ones by themselves, and the sample shop."""
    yield from _small()
    yield from _large()
    yield from _harder()
    yield from sample_shop(DECISIONS)
    yield from _uses()


def _small() -> Iterator[Figure]:
    chance = Random(_SEED)
    cases = [random_case(chance, most_coupons=8, most_lines=6, strictness=0.04) for _ in range(_CASES)]
    ours = [_timed(lambda case=case: decide(**case.arguments())) for case in cases]
    slow = [_timed(lambda case=case: brute_force.best(case, NOW)) for case in cases[: _CASES // 5]]
    for share in (0.5, 0.95):
        yield Figure(
            f"decision, up to 8 coupons x 6 lines, p{share * 100:.0f}",
            percentile(ours, share),
            "ms",
            percentile(slow, share),
            "every subset tried",
        )
    wrong = [_plain_rule(case) for case in cases]
    usable = [one for one in wrong if one.best_fen]
    missed = [one for one in usable if one.plain_fen < one.best_fen]
    short = sum(one.best_fen - one.plain_fen for one in missed)
    yield Figure("plain rule wrong, of cases with a coupon", 100 * len(missed) / len(usable), "%", 0.0, "exact")
    best = sum(one.best_fen for one in usable)
    yield Figure("customers' money the plain rule leaves", 100 * short / best, "%", 0.0, "exact")


@dataclass(frozen=True)
class _Compared:
    """What the best combination and the plain rule are worth, 分."""

    best_fen: int
    plain_fen: int


def _plain_rule(case: Case) -> _Compared:
    usable = [
        bearing(coupon, case.lines)
        for coupon in case.coupons
        if brute_force.usable(coupon, case, NOW) and brute_force.worth([coupon], case) is not None
    ]
    floors = tuple(case.floors.get(one.sku, 0) * one.quantity for one in case.lines)
    best = best_combination(usable, case.lines, case.shipping_fen, floors).booked
    taken: list[Bearing] = []
    for one in sorted(usable, key=lambda one: -one.worth_alone(case.shipping_fen)):
        tried = [*taken, one]
        lawful = brute_force.worth([each.coupon for each in tried], case) is not None
        if brute_force.combinable([each.coupon for each in tried]) and lawful:
            taken = tried
    worth = [brute_force.worth([each.coupon for each in chosen], case) for chosen in (best, taken)]
    return _Compared(worth[0][0], worth[1][0])


def _large() -> Iterator[Figure]:
    spent, naive = [], []
    for case in _large_cases(_LARGE_CASES, _GROUPS):
        spent.append(_timed(lambda case=case: decide(**case.arguments())))
        naive.append(_timed(lambda case=case: _greedy(case)))
    for share in (0.5, 0.95):
        aim = "< 50" if share > 0.9 else ""
        label = f"decision, 60 usable coupons x 30 lines, p{share * 100:.0f}"
        yield Figure(label, percentile(spent, share), "ms", percentile(naive, share), "plain rule", aim)


def _greedy(case: Case) -> None:
    bearings = [bearing(coupon, case.lines) for coupon in case.coupons]
    bearings.sort(key=lambda one: -one.worth_alone(0))
    taken: dict[str, Bearing] = {}
    for one in bearings:
        taken.setdefault(one.coupon.stacking_group, one)
    booked_together(list(taken.values()), case.lines)


def _harder() -> Iterator[Figure]:
    """More stacking groups than a shop has, and the cheapest way down to eight tenths of the bill."""
    for groups in (8, 10, 12):
        spent = [_timed(lambda case=case: decide(**case.arguments())) for case in _large_cases(_HARDER, groups)]
        label = f"the same in {groups} groups, p95"
        yield Figure(label, percentile(spent, 0.95), "ms", percentile(spent, 0.5), "its p50")
    spent = []
    for case in _large_cases(_HARDER, _GROUPS):
        price = sum(one.unit_fen * one.quantity for one in case.lines) * 8 // 10
        spent.append(_timed(lambda case=case, price=price: decide(**case.arguments(), reach_fen=price)))
    yield Figure("the cheapest way down to 80 %, p95", percentile(spent, 0.95), "ms", percentile(spent, 0.5), "its p50")


def _uses() -> Iterator[Figure]:
    """What one customer and everybody used, read by a question in a shop with many order lines."""
    with TemporaryDirectory(prefix="daogou-uses-") as name, sample_house(SAMPLE_SHOP, Path(name)) as service:
        moment, corp_id = service.clock(), service.settings.corp_id
        desks = service.handling.desks
        shop = desks.shop(corp_id, moment)
        chance, ids = Random(_SEED), [one.coupon_id for one in shop.coupons]
        lines = [
            OrderLine(
                order_id=f"bench-{number}",
                line=1,
                customer_id=f"bench-{chance.randrange(50_000)}",
                store_id="S001",
                channel="门店",
                ordered_at=moment - timedelta(days=chance.randrange(300)),
                sku="YY-FC-001",
                product_name="面霜",
                quantity=1,
                paid_fen=10_000,
                status="已完成",
                coupon_id=chance.choice(ids) if chance.random() < 0.3 else "",
            )
            for number in range(_ORDER_LINES)
        ]
        with service.database.begin() as tx:
            source = material.replace_source(tx, corp_id, "bench", "orders.csv", "0" * 64, moment)
            customers.add_order_lines(tx, corp_id, source.source_id, lines)
        read = desks.uses_reader(corp_id, shop, moment)
        first = _timed(lambda: read("C00001"))
        again = [_timed(lambda: read("C00001")) for _ in range(50)]
    yield Figure(
        f"coupon uses among {_ORDER_LINES:,} order lines, p95",
        percentile(again, 0.95),
        "ms",
        first,
        "the first question",
    )


def _large_cases(number: int, groups: int) -> Iterator[Case]:
    chance = Random(_SEED)
    for _ in range(number):
        lines = tuple(
            line(
                sku=f"S{number}",
                fen=chance.randint(20, 600) * 100,
                quantity=chance.choice((1, 1, 2)),
                category=chance.choice(CATEGORIES),
            )
            for number in range(30)
        )
        coupons = tuple(_usable_coupon(chance, number, lines, groups) for number in range(60))
        yield Case(lines, 0, coupons, GOLD, {}, {}, Channel.SHOP)


def _usable_coupon(chance: Random, number: int, lines: tuple[BasketLine, ...], groups: int) -> Coupon:
    made = random_coupon(chance, f"C{number:02d}", 100, 0.0)
    is_step = made.kind is CouponKind.PER_THRESHOLD
    few = not is_step and chance.random() < 0.4
    skus = tuple(one.sku for one in chance.sample(lines, 3)) if few else ()
    return made.model_copy(
        update={
            "audience": Audience(),
            "times": Times(),
            "scope": CouponScope(skus=skus),
            "starts_at": NOW - timedelta(days=1),
            "ends_at": NOW + timedelta(days=chance.randint(1, 9)),
            "amount_fen": chance.choice((2000, 3000, 5000)) if is_step else chance.randint(5, 90) * 100,
            "threshold_fen": 30_000 if is_step else 0,
            "pay_percent": chance.choice((70, 80, 85, 88, 90, 95)),
            "cap_fen": None,
            "gift_value_fen": chance.randint(5, 50) * 100,
            "add_on_sku": chance.choice(lines).sku,
            "add_on_fen": 1900,
            "stacking_group": f"组{chance.randrange(groups)}",
            "exclusive": False,
            "budget_fen": None,
            "per_customer_limit": None,
            "per_day_limit": None,
        }
    )


def sample_shop(decisions: int) -> Iterator[Figure]:
    """Replay so many decisions over the sample shop twice: the proofs must be the same, byte for byte."""
    with TemporaryDirectory(prefix="daogou-offers-") as name, sample_house(SAMPLE_SHOP, Path(name)) as service:
        moment = service.clock()
        desks, corp_id = service.handling.desks, service.settings.corp_id
        shop = desks.shop(corp_id, moment)
        with service.database.read() as tx:
            every = tuple(customers.customers_of_corp(tx, corp_id, moment))
        read = desks.uses_reader(corp_id, shop, moment)
        uses = {one.customer_id: read(one.customer_id) for one in every}
        products = sorted(shop.products.values(), key=lambda one: one.sku)

        def decided(number: int) -> Offer:
            customer = every[number % len(every)]
            chance = Random(number)
            meant = chance.sample(products, chance.randint(1, 5))
            return offer_at(
                shop,
                shop.stores[customer.store_id],
                customer=customer,
                lines=tuple(line_of(one, chance.choice((1, 1, 2, 3))) for one in meant),
                shipping_fen=chance.choice((0, 1000)),
                uses=uses[customer.customer_id],
                moment=moment,
            )

        rounds = [_replay(decided, decisions) for _ in range(2)]
    if rounds[0].digest != rounds[1].digest:
        raise SystemExit("two replays of the same decisions gave different proofs")
    first, again = (decisions / one.seconds for one in rounds)
    name = f"{decisions:,} decisions over the sample shop"
    yield Figure(name, first, "per s", again, "the same again, with the same proofs")
    yield Figure(f"{name}, p95", rounds[0].p95, "ms", rounds[1].p95, "the same again")


@dataclass(frozen=True)
class _Replay:
    """Seconds for all decisions, the p95 of one in ms, and a digest of all their proofs."""

    seconds: float
    p95: float
    digest: str


def _replay(decided: Callable[[int], Offer], decisions: int) -> _Replay:
    proofs, spent = sha256(), []
    for number in range(decisions):
        began = time.perf_counter()
        offer = decided(number)
        spent.append((time.perf_counter() - began) * 1000)
        proofs.update(offer.model_dump_json().encode())
    return _Replay(sum(spent) / 1000, percentile(spent, 0.95), proofs.hexdigest())


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS
    for one in (*_small(), *_large(), *_harder(), *sample_shop(asked), *_uses()):
        Console(width=160).print(
            f"{one.name}: {one.value:.2f} {one.unit} {one.aim} against {one.baseline:.2f} ({one.baseline_name})"
        )
