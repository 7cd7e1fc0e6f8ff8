"""When something inside breaks: the guide is told, nothing unchecked leaves, and the log names no customer."""

import io
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url

from assistant.desks import Desks
from assistant.flow.desk import Desk
from assistant.handling import Handling
from assistant.seams import Wanted
from assistant.spool import Spool
from assistant.store.conversations import WECOM, Accepted, Incoming
from assistant.store.database import Database, DatabaseTrouble
from assistant.turn import Hit, ReplyKind
from tests.way.house import AGENT, CORP, GUIDE, POLICY, House, open_house, until

TOLD = "苏姐 13800002231 问敏感肌开封了还能退不"


def log_of_this_test() -> io.StringIO:
    """Where the product's log lines go from now on. Not capsys: the queue's own logger outlives its stream."""
    lines = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    return lines


def test_a_turn_that_breaks_says_so_shows_no_draft_and_logs_no_customer(folder: Path) -> None:
    def broken(wanted: Wanted) -> tuple[Hit, ...]:
        raise RuntimeError("the index fell over")

    lines = log_of_this_test()
    with open_house(folder, search=broken) as house:
        record = house.ask(TOLD)
        [shown] = house.wecom.shown()
        assert "没处理好" in shown
        assert record.provenance.fallback_reason == "error"
        assert record.drafts == ()
        assert record.verdicts == ()
        assert record.reply.kind is ReplyKind.INFORM
        # what broke one turn does not stop the next
        assert "138****2231" in "".join(house.ask("苏姐的档案").reply.parts)
    logged = lines.getvalue()
    assert "the index fell over" in logged
    assert not [word for word in ("2231", "苏", "敏感肌", "退不") if word in logged]


@dataclass(frozen=True)
class ForgetfulHandling(Handling):
    """A database that is gone for the first message."""

    tried: list[Incoming] = field(default_factory=list)

    def accept(self, incoming: Incoming) -> Accepted:
        """Fail once."""
        self.tried.append(incoming)
        if len(self.tried) == 1:
            raise DatabaseTrouble("the disk is full")
        return super().accept(incoming)


def break_the_first_store(house: House) -> None:
    """The first message cannot be stored."""
    whole = house.service.handling
    kept = {one.name: getattr(whole, one.name) for one in fields(whole)}
    house.service.handling = ForgetfulHandling(**kept)


def test_a_message_that_the_database_refused_is_kept_beside_it_and_answered(folder: Path) -> None:
    with open_house(folder, prepare=break_the_first_store) as house:
        assert house.wecom.write(POLICY) == [200]
        house.wecom.wait_for(1)
        house.settle()
        [record] = house.records()
        assert house.messages() == 1
        assert house.wecom.shown() == list(record.reply.parts)


def test_a_message_that_could_be_kept_nowhere_is_not_acknowledged_and_comes_again(folder: Path) -> None:
    # no file can be written where a folder stands
    (folder / "spool.jsonl").mkdir()
    with open_house(folder, prepare=break_the_first_store) as house:
        # no answer at all rather than an error: only then is WeCom known to send again
        assert house.wecom.write(POLICY) == [None, 200]
        house.settle()
        [record] = house.records()
        assert house.messages() == 1
        assert house.wecom.shown() == list(record.reply.parts)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another process holds SQLite's write lock, as one does that reads a large file in."""
    held = sqlite3.connect(make_url(database.url).database or "", isolation_level=None)
    held.execute("begin immediate")
    try:
        yield
    finally:
        held.execute("rollback")
        held.close()


def test_while_the_database_is_locked_messages_are_acknowledged_at_once_and_answered_in_order(folder: Path) -> None:
    asked = [POLICY, "包邮要满多少", "会员日是哪天"]
    with open_house(folder) as house:
        with locked(house.service.database):
            began = time.monotonic()
            for text in asked:
                assert house.wecom.write(text) == [200]
                # longer than the quiet time: three questions, three turns
                time.sleep(1.0)
            assert time.monotonic() - began < len(asked) * 2.0
            assert house.messages() == 0
        until(lambda: len(house.records()) == len(asked), what="a turn for each")
        house.settle()
        assert [record.messages[0].text for record in house.records()] == asked
        assert house.messages() == len(asked)


def test_a_spooled_message_outlives_the_process(folder: Path) -> None:
    with open_house(folder) as house:
        with locked(house.service.database):
            assert house.wecom.write(POLICY) == [200]
        house.settle()
        house.stop()
        # as a process leaves it that is killed before it could store it
        left = Incoming(CORP, AGENT, GUIDE, "left-behind", "text", "包邮要满多少", house.service.clock(), WECOM)
        Spool(house.settings.data_dir).keep(left)
        house.start()
        until(lambda: len(house.records()) == 2, what="the turn left behind")
        house.settle()
        assert [record.messages[0].text for record in house.records()] == [POLICY, "包邮要满多少"]


class FailingDesks(Desks):
    """A database that is gone when a desk is to be laid."""

    def lay(self, corp_id: str, userid: str, conversation_id: str, current_customer_id: str, moment: datetime) -> Desk:
        """Fail."""
        raise DatabaseTrouble("the disk is full")


def break_the_desks(house: House) -> None:
    """From now on no desk can be laid, until the service is started anew."""
    handling = house.service.handling
    desks = FailingDesks(house.service.database, "")
    house.service.handling = replace(handling, desks=desks)


def test_a_message_whose_turn_could_not_even_begin_is_answered_after_the_restart(folder: Path) -> None:
    with open_house(folder, prepare=break_the_desks) as house:
        assert house.wecom.write(POLICY) == [200]
        until(lambda: house.messages() == 1, what="the message in the database")
        until(lambda: house.jobs_failed() == 1, what="the turn's failure")
        assert house.wecom.shown() == []
        house.prepare = None
        house.restart()
        house.wecom.wait_for(1)
        house.settle()
        [record] = house.records()
        assert record.reply.kind is ReplyKind.DRAFTS
        assert house.wecom.shown() == list(record.reply.parts)
