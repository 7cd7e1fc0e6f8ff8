"""What no file of the shop tells, out as rows and in again; and for every table of the house what a move does with it.

This is the one place of that decision, and a test fails while a table is in none of its four classes:

- ``IN_FILES``: goes out as the shop's own files and lines, and an ingest of them makes it anew;
- ``Ledger``: goes out as rows, which are put back into an empty house;
- ``Kept``: goes out as rows to be looked at, and is never put back. Most of it hangs on turns, which are kept the same
  way: put back without them it would outlast what retention and forgetting find by the turn. The audit log is a chain
  of one database, which may be neither gone on with nor mixed with another;
- ``LEFT``: stays where it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Table, delete, func, insert, select, true

from assistant.store import usage
from assistant.store.conflicts import ConflictStatus
from assistant.store.tables import (
    UtcDateTime,
    action,
    audit_entry,
    contact,
    correction,
    coupon_grant,
    coupon_refusal,
    coupon_tally,
    document_standing,
    experiment,
    experiment_answer,
    experiment_script,
    forgotten,
    gap,
    gap_ruling,
    gap_topic,
    grant_event,
    kept_case,
    marketing_stop,
    marketing_wish,
    material_conflict,
    metadata,
    mined_edit,
    model_usage,
    person_ruling,
    points_entry,
    receipt,
    revision,
    rulebook,
    script_use,
    set_aside,
    signoff,
    style_card,
    suggestion,
    task,
    task_item,
    task_store,
    till_call,
    till_event,
    till_grant_use,
    till_order,
    till_order_line,
    till_redemption,
    till_refund,
    till_stock,
    turn_rating,
    twin_check,
    upload,
)
from assistant.store.usage import Usage
from knowledge.noun import Labelled

_AT_ONCE = 1000


class Ledger(Labelled):
    """What is put back, by the name of its table."""

    GRANTS = coupon_grant.name, "发出的券"
    GRANT_EVENTS = grant_event.name, "券的经过"
    TALLIES = coupon_tally.name, "券的计数"
    TILL_EVENTS = till_event.name, "收银事件"
    ORDERS = till_order.name, "收银订单"
    ORDER_LINES = till_order_line.name, "收银订单行"
    REDEMPTIONS = till_redemption.name, "核销"
    REFUNDS = till_refund.name, "退款"
    COUNTS = till_stock.name, "收银库存"
    GRANTS_TOLD = till_grant_use.name, "券与收银的对照"
    POINTS = points_entry.name, "积分"
    STYLES = style_card.name, "导购口吻"
    STOPS = marketing_stop.name, "不要推销的客户"
    WISHES = marketing_wish.name, "不要推销是谁说的"
    FORGOTTEN = forgotten.name, "要求忘记的记号"
    RECEIPTS = receipt.name, "删除回执"
    CONTACTS = contact.name, "主动联系"
    TASKS = task.name, "任务"
    TASK_STORES = task_store.name, "任务的门店"
    TASK_ITEMS = task_item.name, "任务里的客户"
    REVISIONS = revision.name, "话术和券的版本"
    EXPERIMENTS = experiment.name, "对比试用"
    EXPERIMENT_SCRIPTS = experiment_script.name, "试用占着的话术"
    STANDINGS = document_standing.name, "资料的状态"
    CONFLICTS = material_conflict.name, "资料冲突"
    SET_ASIDE = set_aside.name, "裁定后不用的段落"
    RULES = rulebook.name, "公司设置"
    RULINGS = person_ruling.name, "改过的权限"
    TWIN_CHECKS = twin_check.name, "公平检查"
    SCRIPT_USES = script_use.name, "话术使用次数"
    USAGE = model_usage.name, "模型用量"


class Kept(Labelled):
    """What goes out to be looked at and stays out, by the name of its table."""

    AUDIT = audit_entry.name, "操作记录"
    ACTIONS = action.name, "导购的处理"
    SUGGESTIONS = suggestion.name, "话术建议"
    MINED = mined_edit.name, "改写的规律"
    SIGNOFFS = signoff.name, "店长签发"
    RATINGS = turn_rating.name, "人工评分"
    CASES = kept_case.name, "收为用例的对话"
    ANSWERS = experiment_answer.name, "试用的结果"
    GAPS = gap.name, "资料缺口"
    GAP_TOPICS = gap_topic.name, "缺口的话题"
    GAP_RULINGS = gap_ruling.name, "缺口的处理"
    CORRECTIONS = correction.name, "要更正的话"
    REFUSED = coupon_refusal.name, "没发成的券"
    UPLOADS = upload.name, "上传的文件"
    TILL_CALLS = till_call.name, "收银接口的调用"


_TURNED_INTO_TABLES = "a table of the shop, under our own column names"
_WRITTEN_OUT = "documents as Markdown; what waits for review is told and not written"

IN_FILES: Mapping[str, str] = MappingProxyType(
    {
        "corp": "shop.yaml",
        **dict.fromkeys(
            ("store", "person", "product", "stock", "coupon", "customer", "order_line", "script"), _TURNED_INTO_TABLES
        ),
        **dict.fromkeys(("source", "document", "passage"), _WRITTEN_OUT),
        "asked_question": "questions.jsonl, put back by the words they belong to",
        "synonym_group": "synonyms.jsonl, put back as the shop's own",
        "turn": "turns.jsonl, only to be looked at",
    }
)
"""Tables that go out in files of their own, and in which."""

_DERIVED = "follows from the turns"
_UNDER_WAY = "waits to be sent, or was"
_KEYS = "belongs to the till's keys, which a new machine hands out anew"
_LOGINS = "logins of this machine"

LEFT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("turn_summary", "turn_lean", "turn_word", "gap_word"), _DERIVED),
        **dict.fromkeys(("outbox", "notice", "webhook_outbox"), _UNDER_WAY),
        **dict.fromkeys(("api_key", "till_answer"), _KEYS),
        **dict.fromkeys(("used_login", "spent_state"), _LOGINS),
        "conversation": "whom a guide is speaking of just now",
        "message": "their words stand in the records of their turns",
        "conflict_survey": "of this database's own count of changes: the next comparison writes it",
        "retention_day": "whose turn a day's clearing is, among the processes of this database",
    }
)
"""Tables that a move leaves behind, and why."""

PARENTS_FIRST = tuple(Ledger(one.name) for one in metadata.sorted_tables if one.name in set(Ledger))
"""The order in which ledgers are put back: no row comes before the one it hangs on."""


def rows(tx: Connection, corp_id: str, one: Ledger | Kept) -> Iterator[dict[str, Any]]:
    """Every row of one table as JSON has it, in an order that is always the same; moments are ISO in UTC."""
    table = metadata.tables[one.value]
    # a number that the database itself counts up is its own; the order is what counts
    wanted = [column for column in table.c if column.name != "corp_id" and column.autoincrement is not True]
    found = tx.execute(
        select(*wanted)
        .where(_of_corp(table, corp_id))
        .order_by(*table.primary_key.columns)
        .execution_options(yield_per=_AT_ONCE)
    )
    return ({name: _out(value) for name, value in row._mapping.items()} for row in found)


def in_the_way(tx: Connection, corp_id: str) -> dict[Ledger, int]:
    """How many rows each ledger holds that keep others from being put back; those without are left out.

    What a running service writes by itself is not in the way: conflicts nobody ruled on are found again by the next
    comparison, and the model's use adds up.
    """
    found = {}
    for one in Ledger:
        table = metadata.tables[one.value]
        query = select(func.count()).select_from(table).where(_of_corp(table, corp_id), _is_decided(one))
        found[one] = tx.execute(query).scalar_one()
    return {one: number for one, number in found.items() if number and one is not Ledger.USAGE}


def put_back(tx: Connection, corp_id: str, ledger: Ledger, kept: Iterable[Mapping[str, Any]]) -> int:
    """Write rows of an export into a ledger where nothing is in the way; returns how many."""
    table = metadata.tables[ledger.value]
    if ledger is Ledger.CONFLICTS:
        tx.execute(delete(table).where(_of_corp(table, corp_id)))
    of_corp = {"corp_id": corp_id} if "corp_id" in table.c else {}
    read: dict[str, Callable[[Any], Any]] = {one.name: _reader(one.type) for one in table.c}
    number, left = 0, iter(kept)
    while part := list(islice(left, _AT_ONCE)):
        made = [{name: read.get(name, _as_is)(value) for name, value in row.items()} for row in part]
        if ledger is Ledger.USAGE:
            _add_up(tx, corp_id, made)
        else:
            tx.execute(insert(table), [of_corp | row for row in made])
        number += len(made)
    return number


def _add_up(tx: Connection, corp_id: str, days: Iterable[Mapping[str, Any]]) -> None:
    """On a day on which both houses asked the model, both are counted."""
    for row in days:
        usage.book(tx, corp_id, row["day"], Usage(**{name: row[name] for name in Usage._fields}))


def _of_corp(table: Table, corp_id: str) -> ColumnElement[bool]:
    """The corp's rows; those of a table that does not name it are found by what they hang on."""
    if "corp_id" in table.c:
        return table.c.corp_id == corp_id
    link = min(table.foreign_keys, key=lambda one: one.parent.name)
    parents = select(link.column).where(link.column.table.c.corp_id == corp_id)
    return link.parent.in_(parents)


def _is_decided(one: Ledger) -> ColumnElement[bool]:
    return material_conflict.c.status != ConflictStatus.OPEN.value if one is Ledger.CONFLICTS else true()


def _out(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, UtcDateTime):
        return _moment
    return _day if isinstance(kind, Date) else _as_is


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _as_is(value: Any) -> Any:
    return value
