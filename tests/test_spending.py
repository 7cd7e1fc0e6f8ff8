"""A small shop's uses are added up every time; a large one's are kept, renewed beside the turn, and never across files."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.spending import GOOD_FOR_SECONDS, Spending
from assistant.store import customers
from assistant.store.coupons import uses
from assistant.store.database import Database, DatabaseTrouble
from tests.flow.shopfloor import shop
from tests.shared import lay_tables
from tests.store.granting import coupon
from tests.store.making import CORP, line, orders, source

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
SHOP = shop(coupons=(coupon(budget_fen=100_000),))


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite+pysqlite:///{lay_tables(tmp_path / 'state.db')}")
    orders(opened, line("D1", coupon_id="OFF40"), line("D2", coupon_id="OFF40"))
    yield opened
    opened.close()


def one_more(database: Database) -> None:
    with database.begin() as tx:
        customers.add_order_lines(tx, CORP, source(tx, CORP, "more.csv"), [line("D3", coupon_id="OFF40")])


def settled(spending: Spending) -> None:
    for thread in threading.enumerate():
        if thread.name == "spending":
            thread.join(5)


def test_a_small_shop_s_are_added_up_every_time(database: Database) -> None:
    spending = Spending(database)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
    one_more(database)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 12000}


def test_a_large_shop_s_are_kept_for_a_minute_and_renewed_beside_the_turn(database: Database) -> None:
    watch = Watch()
    spending = Spending(database, large=2, seconds=watch)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
    one_more(database)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
    watch.now = GOOD_FOR_SECONDS + 1
    # this question still gets what is at hand, the next one what was read meanwhile
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
    settled(spending)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 12000}


def test_new_files_count_at_once(database: Database) -> None:
    spending = Spending(database, large=2, seconds=Watch())
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
    one_more(database)
    newer = shop(coupons=SHOP.coupons, material_version=SHOP.material_version + 1)
    assert spending.of(CORP, newer, NOW) == {"OFF40": 12000}


def test_coupons_without_a_budget_and_those_that_ended_are_not_added_up(database: Database) -> None:
    ended = shop(coupons=(coupon(budget_fen=1, ends_at=NOW), coupon("FREE")))
    assert Spending(database).of(CORP, ended, NOW) == {}


def test_trouble_beside_the_turn_leaves_what_is_at_hand(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    spending = Spending(database, large=2, seconds=watch)
    spending.of(CORP, SHOP, NOW)
    watch.now = GOOD_FOR_SECONDS + 1

    def broken(*_: object) -> uses.Spent:
        raise DatabaseTrouble("gone")

    with monkeypatch.context() as gone:
        gone.setattr(uses, "spent", broken)
        assert spending.of(CORP, SHOP, NOW) == {"OFF40": 8000}
        settled(spending)
    one_more(database)
    spending.of(CORP, SHOP, NOW)
    settled(spending)
    assert spending.of(CORP, SHOP, NOW) == {"OFF40": 12000}
