"""Fifty clients at once, each with a connection of its own, for the last of everything: never one too many."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from assistant.shop import Coupon
from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant, GrantRefused, GrantRule, GrantStatus
from assistant.store.database import Database, DatabaseTrouble, Transaction
from tests.seeds import seeds
from tests.store.granting import coupon, give, given, shanghai, sound, spent
from tests.store.making import CORP, NOW

CLIENTS = 50
Ask = Callable[[Transaction], object]


class Together:
    """Clients that start as one; ``results`` and ``refusals`` are what they got."""

    def __init__(self, databases: list[Database]) -> None:
        self.databases = databases
        self.results: list[object] = []
        self.refusals: list[GrantRefused] = []
        self.errors: list[BaseException] = []

    def ask(self, *asks: Ask) -> None:
        barrier = Barrier(len(asks))
        threads = [
            Thread(target=self._one, args=(barrier, database, ask))
            for database, ask in zip(self.databases, asks, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.errors == []

    def _one(self, barrier: Barrier, database: Database, ask: Ask) -> None:
        try:
            # connected before the start: what races is the statements, not the connecting
            with database.read() as tx:
                grants.standing(tx, CORP, "")
            barrier.wait(60)
            self.results.append(self._asked(database, ask))
        except GrantRefused as refusal:
            self.refusals.append(refusal)
        except Exception as error:  # noqa: BLE001 - a thread's error is asserted on in the test
            self.errors.append(error)

    def _asked(self, database: Database, ask: Ask) -> object:
        """Ask until the file of SQLite is free: on a slow machine fifty wait for longer than one is patient."""
        while True:
            try:
                with database.begin() as tx:
                    return ask(tx)
            except DatabaseTrouble as trouble:
                if not database.is_sqlite or "locked" not in str(trouble):
                    raise

    @property
    def rules(self) -> Counter[GrantRule]:
        return Counter(refusal.rule for refusal in self.refusals)


@pytest.fixture
def together(database: Database) -> Iterator[Together]:
    """A client per database object: on SQLite they share no lock but the file's."""
    databases = [Database(database.url) for _ in range(CLIENTS)]
    yield Together(databases)
    for one in databases:
        one.close()


def granting(template: Coupon, key: str | None = None, **who: str) -> Ask:
    """A grant under this key, or under one of the customer's own."""
    return lambda tx: give(tx, key or who["customer_id"], template, **who)


def of_coupon(database: Database) -> list[Grant]:
    with database.read() as tx:
        everybody = [grants.of_customer(tx, CORP, f"C{number}", NOW) for number in range(CLIENTS)]
    return [one for hers in everybody for one in hers]


def alone(number: int, name: str) -> dict[str, str]:
    """A customer, guide and store of her own for each client, but for what the race is about."""
    own = {"customer_id": f"C{number}", "guide": f"G{number}", "store_id": f"S{number}"}
    return own | ({"guide": "Lin"} if name == "guide" else {}) | ({"store_id": "S"} if name == "store" else {})


@pytest.mark.parametrize("opened", [False, pytest.param(True, marks=pytest.mark.faults)], ids=["new", "going"])
@pytest.mark.parametrize(
    ("name", "template", "in_all", "rule", "words"),
    [
        ("budget", coupon(budget_fen=43500), 10, GrantRule.BUDGET, "活动预算只剩 35 元，不够这张 40 元"),
        ("grants", coupon(grant_limit=7), 7, GrantRule.GRANT_LIMIT, "活动的 7 张已发完，调高发放总张数后可以再发"),
        ("guide", coupon(guide_day_limit=9), 9, GrantRule.GUIDE_DAY_LIMIT, "今天您的 9 张已发完，明天可以再发"),
        ("store", coupon(store_day_limit=40), 40, GrantRule.STORE_DAY_LIMIT, "今天本店的 40 张已发完，明天可以再发"),
    ],
    ids=["budget", "grants", "guide", "store"],
)
def test_the_last_of_a_limit(
    database: Database,
    together: Together,
    name: str,
    template: Coupon,
    in_all: int,
    rule: GrantRule,
    words: str,
    opened: bool,
) -> None:
    """Nothing else is shared, so only the counter itself stands between the clients; it may be there before or not."""
    if opened:
        given(database, "before", template, **alone(0, name))
    together.ask(*(granting(template, **alone(number, name)) for number in range(CLIENTS)))
    granted = in_all - opened
    assert (len(together.results), len(of_coupon(database))) == (granted, in_all)
    assert together.rules == {rule: CLIENTS - granted}
    assert {refusal.distance for refusal in together.refusals} == {words}
    assert spent(database) == in_all * 4000
    sound(database)


def test_one_customer_at_fifty_counters(database: Database, together: Together) -> None:
    hers = coupon(per_customer_limit=2)
    together.ask(
        *(granting(hers, f"k{number}", **alone(number, "") | {"customer_id": "C1"}) for number in range(CLIENTS))
    )
    assert (len(together.results), together.rules) == (2, {GrantRule.CUSTOMER_LIMIT: 48})
    sound(database)


def test_every_limit_at_once(database: Database, together: Together) -> None:
    """Five guides of two stores, ten customers: whoever wins, every limit is kept and one of them is full."""
    tight = coupon(budget_fen=80_000, grant_limit=12, guide_day_limit=4, store_day_limit=7, per_customer_limit=2)
    together.ask(
        *(
            granting(
                tight,
                f"k{number}",
                customer_id=f"C{number % 10}",
                guide=f"G{number % 5}",
                store_id=f"S{number % 2}",
            )
            for number in range(CLIENTS)
        )
    )
    made = of_coupon(database)
    assert len(made) == 12 == len(together.results)
    assert max(Counter(one.customer_id for one in made).values()) <= 2
    assert max(Counter(one.guide for one in made).values()) <= 4
    assert max(Counter(one.store_id for one in made).values()) <= 7
    sound(database)


def test_one_key_is_one_grant(database: Database, together: Together) -> None:
    together.ask(*[granting(coupon(grant_limit=1), "same", customer_id="C1")] * CLIENTS)
    assert len(together.results) == CLIENTS
    assert together.results == [of_coupon(database)[0]] * CLIENTS
    sound(database)


def test_one_grant_is_redeemed_by_one_order(database: Database, together: Together) -> None:
    made = given(database)

    def redeem(number: int) -> Ask:
        return lambda tx: grants.redeem(
            tx, CORP, made.grant_id, key=f"r{number}", order_id=f"D{number}", amount_fen=4000, moment=NOW
        )

    together.ask(*map(redeem, range(CLIENTS)))
    assert (len(together.results), together.rules) == (1, {GrantRule.STATUS: CLIENTS - 1})
    assert spent(database) == 4000
    sound(database)


def test_one_key_is_one_redemption_and_one_refund(database: Database, together: Together) -> None:
    made = given(database)

    def redeem(tx: Transaction) -> Grant:
        return grants.redeem(tx, CORP, made.grant_id, key="r", order_id="D1", amount_fen=4000, moment=NOW)

    def refund(tx: Transaction) -> Grant:
        return grants.refund(tx, CORP, made.grant_id, key="b", order_id="D1", amount_fen=1000, moment=NOW)

    together.ask(*[redeem] * CLIENTS)
    together.ask(*[refund] * CLIENTS)
    assert len(together.results) == 2 * CLIENTS
    assert spent(database) == 3000
    sound(database)


def test_redemptions_above_what_was_reserved_share_what_is_left(database: Database, together: Together) -> None:
    template = coupon(budget_fen=CLIENTS * 100 + 350)
    made = [given(database, f"k{number}", template, value_fen=100) for number in range(CLIENTS)]

    def redeem(one: Grant) -> Ask:
        return lambda tx: grants.redeem(
            tx, CORP, one.grant_id, key=f"r/{one.grant_id}", order_id="D1", amount_fen=200, moment=NOW
        )

    together.ask(*map(redeem, made))
    assert (len(together.results), together.rules) == (3, {GrantRule.BUDGET: CLIENTS - 3})
    words = "给这张券留了 1 元，活动预算只剩 0.5 元，这次最多能抵 1.5 元，不够 2 元"
    assert {refusal.distance for refusal in together.refusals} == {words}
    assert spent(database) == CLIENTS * 100 + 300
    sound(database)


@pytest.mark.parametrize("seed", seeds(1, of=3))
def test_everything_at_once_waits_in_no_circle(database: Database, together: Together, seed: int) -> None:
    """Grants, redemptions, refunds, revocations and sweeps of two coupons meet: no deadlock, nothing over."""
    chance = random.Random(seed)
    templates = [coupon(name, budget_fen=60_000, valid_days=1, guide_day_limit=40) for name in ("A", "B")]
    made = [given(database, f"made{number}", templates[number % 2], customer_id=f"C{number}") for number in range(10)]
    used = [given(database, f"used{number}", templates[number % 2], customer_id=f"C{number}") for number in range(10)]
    tomorrow = shanghai(23, 9)
    with database.begin() as tx:
        for one in used:
            grants.redeem(tx, CORP, one.grant_id, key=f"r/{one.grant_id}", order_id="D", amount_fen=3000, moment=NOW)

    def step(number: int) -> Ask:
        one, other = made[number % 10], used[number % 10]
        return chance.choice(
            [
                lambda tx: give(tx, f"k{number}", templates[number % 2], customer_id=f"C{number}"),
                lambda tx: grants.expire_due(tx, CORP, tomorrow),
                lambda tx: grants.revoke(tx, CORP, one.grant_id, key=f"v{number}", by="Wei", reason="", moment=NOW),
                lambda tx: grants.redeem(
                    tx, CORP, one.grant_id, key=f"r{number}", order_id="D2", amount_fen=5000, moment=NOW
                ),
                lambda tx: grants.refund(
                    tx, CORP, other.grant_id, key=f"b{number}", order_id="D", amount_fen=1000, moment=NOW
                ),
                lambda tx: grants.extend(
                    tx, CORP, one.grant_id, key=f"e{number}", by="Wei", until=NOW + timedelta(days=3), moment=NOW
                ),
            ]
        )

    together.ask(*map(step, range(CLIENTS)))
    assert len(together.results) + len(together.refusals) == CLIENTS
    assert all(spent(database, name) <= 60_000 for name in ("A", "B"))
    with database.read() as tx:
        swept = [grants.read(tx, CORP, one.grant_id) for one in made]
    assert all(one.reserved_fen == 0 for one in swept if one.status not in (GrantStatus.GRANTED, GrantStatus.HELD))
    sound(database)
