"""The spool: whatever was kept comes out once or more, in order, also after a crash in any place."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.spool import Spool
from assistant.store.conversations import Incoming
from assistant.store.database import DatabaseTrouble

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def message(number: int, text: str = "能退吗") -> Incoming:
    moment = NOON + timedelta(seconds=number)
    return Incoming("corp", 1000002, "G001", f"m{number}", "text", text, moment, "wecom")


def drained(spool: Spool) -> list[Incoming]:
    found: list[Incoming] = []
    spool.drain(found.append)
    return found


def test_what_was_kept_comes_out_in_order_and_only_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert not spool.waiting
    kept = [message(1, "换行\n“引号”\u2028和表情😀"), message(2), message(3)]
    for one in kept:
        spool.keep(one)
    assert spool.waiting
    assert drained(spool) == kept
    assert not spool.waiting
    assert drained(spool) == []
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    Spool(tmp_path).keep(message(1))
    assert stat.S_IMODE((tmp_path / "spool.jsonl").stat().st_mode) == 0o600


def test_what_the_database_does_not_take_stays_before_what_comes_later(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep(message(1))
    spool.keep(message(2))
    taken: list[Incoming] = []

    def once(incoming: Incoming) -> None:
        if taken:
            raise DatabaseTrouble("locked")
        taken.append(incoming)

    with pytest.raises(DatabaseTrouble):
        spool.drain(once)
    spool.keep(message(3))
    # a new process finds it too
    again = Spool(tmp_path)
    assert again.waiting
    # storing is idempotent by msgid, so the one already taken may come again
    assert drained(again) == [message(1), message(2), message(3)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(torn=st.integers(1, 200), texts=st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_a_line_torn_by_a_crash_spoils_no_other(
    tmp_path_factory: pytest.TempPathFactory, torn: int, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    spool = Spool(folder)
    kept = [message(number, text) for number, text in enumerate(texts)]
    for one in kept:
        spool.keep(one)
    file = folder / "spool.jsonl"
    whole = file.read_bytes()
    Spool(folder / ".").keep(message(9, "写到一半"))
    file.write_bytes(file.read_bytes()[: len(whole) + torn])
    Spool(folder).keep(message(10))
    found = drained(Spool(folder))
    assert [one for one in found if one.msgid != "m9"] == [*kept, message(10)]
