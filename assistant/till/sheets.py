"""Redemptions and refunds from a table of the shop's own, for a till that tells nothing by itself.

Rows become the same events as over the API, with ids made from their own numbers: a file read again changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from pydantic import ValidationError

from assistant.errors import TillRefused
from assistant.material.columns import Recognised, plain_header
from assistant.material.problems import Problem
from assistant.material.rows import Cells
from assistant.material.values import BadValue, count, moment
from assistant.sold import EventKind, EventState, RedeemedDeal, ReturnedGoods, ReturnedLine, TillEvent
from assistant.till.words import Kept
from knowledge.reading.blocks import Reading, Row, Table

_ORDER = "订单号 单号 订单编号 订单ID 小票号"
COLUMNS: Mapping[EventKind, Mapping[str, str]] = {
    EventKind.REDEMPTION: {
        "redemption": "核销单号 核销流水号 核销编号 核销流水",
        "order": _ORDER,
        "grant": "券号 发券编号 券码 领券编号",
        "coupon": "优惠券编码 券编码 活动编码 优惠券",
        "amount": "核销金额 抵扣金额 优惠金额",
        "at": "核销时间 使用时间 用券时间",
    },
    EventKind.REFUND: {
        "refund": "退款单号 退款编号 售后单号 退货单号",
        "order": _ORDER,
        "line": "行号 订单行号 序号",
        "sku": "商品编码 货号 SKU 商品编号 款号",
        "quantity": "退货数量 退货件数 数量",
        "fen": "退款金额 实退金额 退款额",
        "at": "退款时间 退货时间 售后时间",
    },
}
"""Our columns with the names shops use for them, the standard one first."""

_REQUIRED = {
    EventKind.REDEMPTION: ("redemption", "order", "amount", "at"),
    EventKind.REFUND: ("refund", "order", "quantity", "at"),
}

LineOf = Callable[[str, str], tuple[int, ...]]
"""The numbers of an order's lines that hold a SKU; empty for an order not told yet."""


@dataclass
class Imported:
    """What a file gave: how many events were new, how many were known, which wait, and every problem."""

    new: int = 0
    known: int = 0
    waiting: int = 0
    problems: list[Problem] = field(default_factory=list)

    def summary(self) -> str:
        """One Chinese sentence."""
        said = f"入账 {self.new} 条"
        if self.known:
            said += f"，{self.known} 条以前导入过，没有变化"
        if self.waiting:
            said += f"，其中 {self.waiting} 条在等对应的订单或券"
        return f"{said}，{len(self.problems)} 个问题。"


@dataclass(frozen=True)
class _Found:
    """An event with the row it was read from, for what is said about it afterwards."""

    event: TillEvent
    row: Row
    column: str


def import_reading(
    reading: Reading,
    line_of: LineOf,
    keep: Callable[[TillEvent], Kept],
    is_known: Callable[[str], bool],
    now: datetime,
) -> Imported:
    """Keep every good row of a file; a bad one is reported with its place and left out, one after ``now`` too."""
    done = Imported()
    for one in reading.problems:
        done.problems.append(Problem(one.file, one.place, 0, "", "", one.reason, one.remedy))
    if not reading.tables and not reading.problems:
        done.problems.append(Problem(reading.file, "", 0, "", "", "文件里没有表格", "请导入 csv 或 xlsx，第一行写列名"))
    for table in reading.tables:
        for found in _events(table, line_of, done.problems, now):
            _keep(found, keep, is_known, done)
    return done


def _keep(found: _Found, keep: Callable[[TillEvent], Kept], is_known: Callable[[str], bool], done: Imported) -> None:
    known = is_known(found.event.event_id)
    try:
        kept = keep(found.event)
    except TillRefused as refused:
        number = found.row.cells.get(found.column, "")
        reason = f"“{number}”以前导入或上报过，内容不一样" if refused.code.endswith("_reused") else refused.message
        remedy = "请核对这一行；确实是另一笔，请用新的单号"
        done.problems.append(_problem(found.row, found.column, reason, remedy))
        return
    if known:
        done.known += 1
        return
    done.new += 1
    done.waiting += kept.state is EventState.WAITING


def _events(table: Table, line_of: LineOf, problems: list[Problem], now: datetime) -> Iterator[_Found]:
    kind, columns = _recognise(table)
    if kind is None:
        names = "、".join(COLUMNS[one][key].split()[0] for one in COLUMNS for key in _REQUIRED[one])
        reason = "看不出这张表是核销还是退款"
        problems.append(
            Problem(table.file, table.sheet, table.header_row, "", "", reason, f"请按标准列名写表头：{names}")
        )
        return
    missing = [COLUMNS[kind][key].split()[0] for key in _REQUIRED[kind] if key not in columns]
    for label in missing:
        reason = f"缺少必填列“{label}”，整张表没有导入"
        problems.append(Problem(table.file, table.sheet, table.header_row, label, "", reason, f"请补上“{label}”这一列"))
    if missing:
        return
    recognised = Recognised(None, columns)
    rows = [Cells(row, recognised) for row in table.rows]
    for cells in rows:
        _look_at_time(cells, now)
    found = _redemptions(rows) if kind is EventKind.REDEMPTION else _refunds(rows, line_of)
    yield from found
    for cells in rows:
        problems += cells.problems


def _look_at_time(cells: Cells, now: datetime) -> None:
    with suppress(BadValue):
        if moment(cells.text("at")) > now:
            cells.flag("at", f"“{cells.text('at')}”比现在还晚", "请核对日期和时间")


def _recognise(table: Table) -> tuple[EventKind | None, dict[str, str]]:
    tried: dict[EventKind, dict[str, str]] = {}
    for kind, columns in COLUMNS.items():
        tried[kind] = {}
        for key, names in columns.items():
            wanted = [plain_header(name) for name in names.split()]
            header = next((one for name in wanted for one in table.headers if plain_header(one) == name), None)
            if header is not None and header not in tried[kind].values():
                tried[kind][key] = header
    own = {EventKind.REDEMPTION: "redemption", EventKind.REFUND: "refund"}
    found = next((one for one in own if own[one] in tried[one]), None)
    return found, tried[found] if found is not None else {}


def _redemptions(rows: Sequence[Cells]) -> Iterator[_Found]:
    for cells in rows:
        number, order_id = cells.need("redemption"), cells.need("order")
        amount, at = cells.need_money("amount"), cells.need_value("at", moment)
        if not cells.text("grant") and not cells.text("coupon"):
            cells.flag("redemption", "没有写是哪张券", "请补上券号，或优惠券编码")
        if cells.refused or amount is None or at is None:
            continue
        told = {
            "redemption_id": number,
            "grant_id": cells.text("grant"),
            "coupon_id": cells.text("coupon"),
            "order_id": order_id,
            "amount_fen": amount,
        }
        try:
            event = TillEvent(
                event_id=_event_id(EventKind.REDEMPTION, number),
                occurred_at=at,
                body=RedeemedDeal.model_validate(told),
            )
        except ValidationError as error:
            _misread(cells, error, {"redemption_id": "redemption", "grant_id": "grant", "coupon_id": "coupon"})
            continue
        yield _Found(event, cells.row, cells.recognised.shown("redemption"))


def _refunds(rows: Sequence[Cells], line_of: LineOf) -> Iterator[_Found]:
    groups: dict[str, list[Cells]] = {}
    for cells in rows:
        if number := cells.need("refund"):
            groups.setdefault(number, []).append(cells)
    for number, group in groups.items():
        lines = [_returned(cells, line_of) for cells in group]
        first = group[0]
        at = first.need_value("at", moment)
        for cells in group[1:]:
            if cells.text("order") != first.text("order"):
                cells.flag("order", f"退款单“{number}”在上面写的是另一张订单", "一张退款单只退一张订单，请核对")
        if at is None or any(cells.refused for cells in group) or None in lines:
            _leave_out(number, group)
            continue
        told = {"refund_id": number, "order_id": first.text("order"), "lines": lines}
        try:
            event = TillEvent(
                event_id=_event_id(EventKind.REFUND, number), occurred_at=at, body=ReturnedGoods.model_validate(told)
            )
        except ValidationError as error:
            _misread(first, error, {"refund_id": "refund"})
            continue
        yield _Found(event, first.row, first.recognised.shown("refund"))


def _returned(cells: Cells, line_of: LineOf) -> ReturnedLine | None:
    order_id = cells.need("order")
    quantity, fen = cells.need_value("quantity", count), cells.money("fen")
    line = cells.read("line", count)
    if line is None and not cells.refused:
        line = _line_by_sku(cells, order_id, line_of)
    if line is None or quantity is None or cells.refused:
        return None
    try:
        return ReturnedLine(line=line, quantity=quantity, fen=fen)
    except ValidationError as error:
        _misread(cells, error, {"line": "line", "quantity": "quantity", "fen": "fen"})
        return None


def _line_by_sku(cells: Cells, order_id: str, line_of: LineOf) -> int | None:
    sku = cells.text("sku")
    if not sku:
        cells.flag("refund", "没有写退的是哪一行", "请补上行号（订单里的第几行），或商品编码")
        return None
    found = line_of(order_id, sku)
    if len(found) == 1:
        return found[0]
    if found:
        cells.flag("sku", f"订单“{order_id}”里有 {len(found)} 行“{sku}”", "请改写行号")
    else:
        cells.flag(
            "sku", f"订单“{order_id}”里找不到“{sku}”，或订单还没有上报", "请核对编码，等订单上报后再导入，或改写行号"
        )
    return None


def _leave_out(number: str, group: Sequence[Cells]) -> None:
    """A refund is kept whole or not at all: its good rows are told why they were left out."""
    for cells in group:
        if not cells.refused:
            cells.flag("refund", f"退款单“{number}”的另一行有问题，这一行也没有导入", "改好那一行，再整单导入一次")


def _misread(cells: Cells, error: ValidationError, keys: Mapping[str, str]) -> None:
    first = error.errors()[0]
    key = keys.get(str(first["loc"][0]) if first["loc"] else "", "order")
    own = first["type"] == "value_error"
    reason = str(first["ctx"]["error"]) if own else f"“{cells.text(key)}”写法不对，或大得不合常理"
    cells.flag(key, reason, "请核对这一格：编号最多 64 个字，只用字母、数字、汉字和 . : @ # - _")


def _problem(row: Row, column: str, reason: str, remedy: str) -> Problem:
    return Problem(row.file, row.sheet, row.number, column, row.cells.get(column, ""), reason, remedy)


def _event_id(kind: EventKind, number: str) -> str:
    return f"import:{sha256(f'{kind.value}/{number}'.encode()).hexdigest()[:40]}"
