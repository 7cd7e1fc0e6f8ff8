"""Reads customers and orders without the people who asked to be forgotten: a file read again does not bring them back.

Their rows are taken out before anything is read, so that no finding about them is kept either. Orders stay, because
trade records must (电子商务法 Art. 31), and name nobody.
"""

from dataclasses import replace
from typing import Any

from assistant.material.columns import Recognised, TableKind
from assistant.material.context import Context
from assistant.material.customers import read_customers
from assistant.material.escaping import unescaped
from assistant.material.orders import read_orders
from assistant.material.problems import Problem, Severity
from assistant.material.rows import Rows
from assistant.material.values import BadValue, phone
from assistant.store.privacy import Forgotten
from knowledge.reading.blocks import Row, Table

NOBODY = "〔已删除〕"
_SKIPPED = "有 {number} 位客户要求删除过个人信息，没有再读进来"
_REMEDY = "请在这张表里删掉她们；本人要重新入会，先在控制台的“个人信息”里放行"
_OTHER_KEY = "以前删除过的客户认不出来了：删除时用的密钥和现在的不一样"
_KEY_REMEDY = "请把 DAOGOU_FORGETTING_SECRET 或数据文件夹里的 forgetting.key 换回原来的，再读入会员表"


def read_without(gone: Forgotten, kind: TableKind, table: Table, recognised: Recognised, context: Context) -> Rows[Any]:
    """Read customers or orders of a shop in which these people were forgotten."""
    if kind is TableKind.CUSTOMERS:
        return _customers(gone, table, recognised, context)
    return _orders(gone, table, recognised, context)


def _customers(gone: Forgotten, table: Table, recognised: Recognised, context: Context) -> Rows[Any]:
    kept = tuple(
        row for row in table.rows if not gone.holds(_cell(row, recognised, "customer"), _phone(row, recognised))
    )
    read = read_customers(replace(table, rows=kept), recognised, context)
    told = []
    if number := len(table.rows) - len(kept):
        told.append(_problem(table, _SKIPPED.format(number=number), _REMEDY))
    if gone.other_keys:
        told.append(_problem(table, _OTHER_KEY, _KEY_REMEDY))
    return replace(read, problems=(*read.problems, *told))


def _orders(gone: Forgotten, table: Table, recognised: Recognised, context: Context) -> Rows[Any]:
    header = recognised.columns.get("customer")
    if header is None or not gone.marks:
        return read_orders(table, recognised, context)
    rows = tuple(
        replace(row, cells={**row.cells, header: NOBODY}) if gone.holds(_cell(row, recognised, "customer")) else row
        for row in table.rows
    )
    known = None if context.customers is None else context.customers | {NOBODY}
    read = read_orders(replace(table, rows=rows), recognised, replace(context, customers=known))
    good = tuple(replace(one, customer_id="") if one.customer_id == NOBODY else one for one in read.good)
    return replace(read, good=good)


def _cell(row: Row, recognised: Recognised, key: str) -> str:
    header = recognised.columns.get(key)
    return unescaped(row.cells.get(header, "").strip()) if header is not None else ""


def _phone(row: Row, recognised: Recognised) -> str:
    try:
        return phone(_cell(row, recognised, "phone")) or ""
    except BadValue:
        return ""


def _problem(table: Table, reason: str, remedy: str) -> Problem:
    return Problem(table.file, table.sheet, 0, "", "", reason, remedy, Severity.WARNING)
