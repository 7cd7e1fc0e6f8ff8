"""Guides hear of their tasks: once when one begins, once before it ends if something is still open. Never at night.

Both are notices (``store/notices.py``), put in the transaction that takes the telling on, so that each is told once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from assistant.clock import SHOP_TIME, Clock
from assistant.outreach.caps import is_quiet
from assistant.store import access, notices, rulebooks, tasks
from assistant.store.database import Database, Transaction
from assistant.store.tasks import ToTell

NAMES_SHOWN = 5
_LONGEST_NAME = 12
_LONGEST_PURPOSE = 120


@dataclass(frozen=True)
class Tasking:
    """One corp's tasks as their guides are told of them."""

    database: Database
    corp_id: str
    clock: Clock

    def tend(self) -> None:
        """Tell of what began and of what ends soon; done again it tells nothing twice."""
        with self.database.begin() as tx:
            tell(tx, self.corp_id, self.clock())


def tell(tx: Transaction, corp_id: str, moment: datetime) -> None:
    """Put every notice that is due; in the hours in which customers are left alone, so are guides."""
    if is_quiet(rulebooks.of_corp(tx, corp_id).contacts, moment):
        return
    today = moment.astimezone(SHOP_TIME).date()
    for one in tasks.to_announce(tx, corp_id, today):
        if tasks.mark_announced(tx, one.task_id, moment):
            _to_guides(tx, corp_id, one, start_key(one.task_id), partial(_begins, one, today), moment)
    for one in tasks.to_remind(tx, corp_id, today):
        if tasks.mark_reminded(tx, one.task_id, moment):
            _to_guides(tx, corp_id, one, end_key(one.task_id), partial(_ends, one, today), moment)


def start_key(task_id: str) -> str:
    """With what the key of every notice of a task's beginning begins."""
    return f"task:{task_id}:start:"


def end_key(task_id: str) -> str:
    """With what the key of every reminder of a task begins."""
    return f"task:{task_id}:end:"


def _to_guides(
    tx: Transaction, corp_id: str, one: ToTell, key: str, words: Callable[[tuple[str, ...]], str], moment: datetime
) -> None:
    at_work = {person.userid.lower(): person.userid for person in access.access_guides(tx, corp_id)}
    for guide, names in tasks.open_names(tx, one.task_id).items():
        if guide in at_work:
            notices.put(tx, corp_id, at_work[guide], words(names), f"{key}{guide}", moment)


def _begins(one: ToTell, today: date, names: tuple[str, ...]) -> str:
    purpose = one.purpose if len(one.purpose) <= _LONGEST_PURPOSE else f"{one.purpose[: _LONGEST_PURPOSE - 1]}…"
    lines = [
        f"新任务「{one.title}」：今天有 {len(names)} 位客户要联系：{_named(names)}。",
        f"为什么联系：{purpose}" if purpose else "",
        f"{_ends_when(one.ends_on, today)}截止。回复「任务」开始，我逐位帮您起草，发不发由您定。",
    ]
    return "\n".join(line for line in lines if line)


def _ends(one: ToTell, today: date, names: tuple[str, ...]) -> str:
    return (
        f"任务「{one.title}」{_ends_when(one.ends_on, today)}截止，还有 {len(names)} 位没处理：{_named(names)}。\n"
        "回复「任务」接着做；这次不联系的，回「XX不联系＋原因」。"
    )


def _named(names: tuple[str, ...]) -> str:
    shown = "、".join(
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names[:NAMES_SHOWN]
    )
    return shown if len(names) <= NAMES_SHOWN else f"{shown}等"


def _ends_when(ends_on: date, today: date) -> str:
    days = (ends_on - today).days
    return {0: "今天", 1: "明天"}.get(days, f"{ends_on.month}月{ends_on.day}日")
