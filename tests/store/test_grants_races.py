"""Fifty clients at once, each with a connection of its own, for the last of everything: exactly as many as there are."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from assistant.shop import Coupon
from assistant.store import grants
from assistant.store.database import Database, DatabaseTrouble, Transaction
from assistant.store.grants import Grant, GrantRefused, GrantRule, GrantStatus
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


def each(template: Coupon, **more: Callable[[int], object]) -> list[Ask]:
    """A grant for each client, to a customer of its own unless said otherwise."""

    def ask(number: int) -> Ask:
        values = {"customer_id": f"C{number}"} | {name: value(number) for name, value in more.items()}
        key = values.pop("key", f"k{number}")
        return lambda tx: give(tx, str(key), template, **values)  # type: ignore[arg-type]

    return [ask(number) for number in range(CLIENTS)]


def of_coupon(database: Database) -> list[Grant]:
    with database.read() as tx:
        everybody = [grants.of_customer(tx, CORP, f"C{number}", NOW) for number in range(CLIENTS)]
    return [one for hers in everybody for one in hers]


@pytest.mark.parametrize(
    ("template", "granted", "rule", "words"),
    [
        (coupon(budget_fen=43500), 10, GrantRule.BUDGET, "活动预算只剩 35 元，不够这张 40 元"),
        (coupon(grant_limit=7), 7, GrantRule.GRANT_LIMIT, "活动的 7 张已发完，调高发放总张数后可以再发"),
        (coupon(guide_day_limit=1), 1, GrantRule.GUIDE_DAY_LIMIT, "今天您的 1 张已发完，明天可以再发"),
        (coupon(store_day_limit=49), 49, GrantRule.STORE_DAY_LIMIT, "今天本店的 49 张已发完，明天可以再发"),
    ],
    ids=["budget", "grants", "guide", "store"],
)
def test_the_last_of_a_limit(
    database: Database, together: Together, template: Coupon, granted: int, rule: GrantRule, words: str
) -> None:
    together.ask(*each(template))
    assert len(together.results) == granted == len(of_coupon(database))
    assert together.rules == {rule: CLIENTS - granted}
    assert {refusal.distance for refusal in together.refusals} == {words}
    assert spent(database) == granted * 4000
    sound(database)


def test_one_customer_at_fifty_counters(database: Database, together: Together) -> None:
    together.ask(*each(coupon(per_customer_limit=2), customer_id=lambda _: "C1", guide=lambda number: f"G{number}"))
    assert (len(together.results), together.rules) == (2, {GrantRule.CUSTOMER_LIMIT: 48})
    sound(database)


def test_every_limit_at_once(database: Database, together: Together) -> None:
    """Five guides of two stores, ten customers: whoever wins, every limit is kept and one of them is full."""
    tight = coupon(budget_fen=80_000, grant_limit=12, guide_day_limit=4, store_day_limit=7, per_customer_limit=2)
    together.ask(
        *each(
            tight,
            customer_id=lambda number: f"C{number % 10}",
            guide=lambda number: f"G{number % 5}",
            store_id=lambda number: f"S{number % 2}",
        )
    )
    made = of_coupon(database)
    assert len(made) == 12 == len(together.results)
    assert max(Counter(one.customer_id for one in made).values()) <= 2
    assert max(Counter(one.guide for one in made).values()) <= 4
    assert max(Counter(one.store_id for one in made).values()) <= 7
    sound(database)


def test_one_key_is_one_grant(database: Database, together: Together) -> None:
    together.ask(*each(coupon(grant_limit=1), key=lambda _: "same", customer_id=lambda _: "C1"))
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


@pytest.mark.parametrize("seed", range(3))
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
