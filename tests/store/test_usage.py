"""What a model was asked and cost: added up per corp and day, whoever adds."""

import threading
from datetime import date

from assistant.store import usage
from assistant.store.database import Database
from assistant.store.usage import Usage

CORP, OTHER = "corp-one", "corp-two"
DAY = date(2026, 11, 22)
ONE_TURN = Usage(calls=1, input_tokens=2400, output_tokens=180, cost_microfen=240_000, turned_away=0)


def used(database: Database, corp_id: str = CORP, day: date = DAY) -> Usage:
    with database.read() as tx:
        return usage.of_day(tx, corp_id, day)


def test_a_day_adds_up_and_corps_and_days_stay_apart(database: Database) -> None:
    assert used(database) == Usage()
    with database.begin() as tx:
        usage.book(tx, CORP, DAY, ONE_TURN)
        usage.book(tx, CORP, DAY, Usage(calls=2, input_tokens=100, turned_away=1))
        usage.book(tx, OTHER, DAY, ONE_TURN)
        usage.book(tx, CORP, date(2026, 11, 23), ONE_TURN)
    assert used(database) == Usage(3, 2500, 180, 240_000, 1)
    assert used(database).tokens == 2680
    assert used(database, OTHER) == ONE_TURN


def test_a_turn_that_cost_nothing_writes_nothing(database: Database) -> None:
    with database.begin() as tx:
        usage.book(tx, CORP, DAY, Usage())
        assert usage.of_day(tx, CORP, DAY) == Usage()


def test_what_many_add_at_once_is_all_there(database: Database) -> None:
    def add() -> None:
        for _ in range(5):
            with database.begin() as tx:
                usage.book(tx, CORP, DAY, ONE_TURN)

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used(database) == Usage(*(30 * figure for figure in ONE_TURN))


def test_what_is_rolled_back_was_never_used(database: Database) -> None:
    class TurnedBack(Exception):
        """The turn was written already."""

    try:
        with database.begin() as tx:
            usage.book(tx, CORP, DAY, ONE_TURN)
            raise TurnedBack
    except TurnedBack:
        assert used(database) == Usage()


def test_far_more_than_a_column_of_32_bits_fits(database: Database) -> None:
    much = Usage(calls=1, input_tokens=10**12, output_tokens=10**12, cost_microfen=10**15)
    with database.begin() as tx:
        usage.book(tx, CORP, DAY, much)
        usage.book(tx, CORP, DAY, much)
    assert used(database).cost_microfen == 2 * 10**15
