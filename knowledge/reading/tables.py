"""Sheets of Excel and CSV files as tables of rows, with text as a person sees it in the sheet."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from knowledge.reading.blocks import ProblemLevel, ReadingProblem, Row, Table
from knowledge.reading.cleaning import Sweeper

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


MOST_ROWS = 100_000
MOST_COLUMNS = 200
HEADER_WITHIN = 20
_EXPORT_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_NUMERIC = re.compile(r"^[-+￥¥]?[\d,]+(\.\d+)?%?$")
_DATE = re.compile(r"^\d{4}[-/.年]\d{1,2}")
_KEYED = re.compile(r"[:：]\s*\S")
_ZERO_PADDED = re.compile(r"^0{2,}$")


@dataclass(frozen=True, slots=True)
class TablesRead:
    """What a spreadsheet file gave."""

    tables: tuple[Table, ...]
    problems: tuple[ReadingProblem, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A merged range, 0-based, ends inclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        """The range as Excel writes it, ``A5:A8``."""
        return f"{_letters(self.left)}{self.top + 1}:{_letters(self.right)}{self.bottom + 1}"


@dataclass(slots=True)
class Grid:
    """One sheet as a rectangle of text, before anybody knows which row is the header. Built and read in this file."""

    sheet: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Set one cell (0-based); empty text leaves no cell."""
        if text:
            self.rows.setdefault(row, {})[column] = text


class _Report:
    """The problems of one file, collected while its sheets are read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[ReadingProblem] = []

    def error(self, place: str, reason: str, remedy: str) -> None:
        self.problems.append(ReadingProblem(self.file, place, reason, remedy))

    def warn(self, place: str, reason: str, remedy: str) -> None:
        self.problems.append(ReadingProblem(self.file, place, reason, remedy, ProblemLevel.WARNING))


def read_xlsx(data: bytes, file: str, sweeper: Sweeper) -> TablesRead:
    """Read every visible sheet of a workbook; merged data cells are filled and reported.

    Raises ValueError, KeyError, TypeError or BadZipFile of openpyxl for a damaged workbook.
    """
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data))
    report = _Report(file)
    formulas = any(cell.data_type == "f" for sheet in book.worksheets for cell in _stored(sheet))
    values = load_workbook(io.BytesIO(data), data_only=True) if formulas else book
    grids = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            sweeper.note(f"工作表“{sheet.title}”是隐藏的，没有读取")
            report.warn(sheet.title, "这个工作表是隐藏的，没有读取", "需要导入请先取消隐藏，再重新上传")
            continue
        calculated = values[sheet.title]
        grids.append(_xlsx_grid(sheet, calculated, report, sweeper))
    return _finish(grids, report)


def read_xls(data: bytes, file: str, sweeper: Sweeper) -> TablesRead:
    """Read an old binary workbook; it carries no formulas or hidden rows that we could see.

    Raises ``python_calamine.CalamineError`` for a damaged or encrypted file.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    report = _Report(file)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    grids = []
    for meta in book.sheets_metadata:
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue
        if meta.visible is not SheetVisibleEnum.Visible:
            sweeper.note(f"工作表“{meta.name}”是隐藏的，没有读取")
            report.warn(meta.name, "这个工作表是隐藏的，没有读取", "需要导入请先取消隐藏，再重新上传")
            continue
        sheet = book.get_sheet_by_name(meta.name)
        grid = Grid(meta.name)
        for number, values in enumerate(sheet.to_python(skip_empty_area=False)[:MOST_ROWS]):
            for column, value in enumerate(values[:MOST_COLUMNS]):
                grid.put(number, column, sweeper.raw(displayed(value)).strip())
        merged = sheet.merged_cell_ranges or []
        grid.spans.extend(Span(top, left, bottom, right) for (top, left), (bottom, right) in merged)
        grids.append(grid)
    return _finish(grids, report)


def read_csv(text: str, file: str, sweeper: Sweeper) -> TablesRead:
    """Read separated text; the separator is the commonest of comma, tab and semicolon in the first lines."""
    report = _Report(file)
    grid = Grid("")
    head = text[:4000]
    separator = max(",\t;", key=head.count)
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
            if number >= MOST_ROWS:
                report.error(f"第{number + 1}行", f"超过 {MOST_ROWS} 行，后面的没有读取", "请拆成几个文件上传")
                break
            for column, value in enumerate(values[:MOST_COLUMNS]):
                unwrapped = _EXPORT_TEXT.sub(r"\1", value.strip())
                grid.put(number, column, sweeper.raw(unwrapped, f"第{number + 1}行").strip())
    except csv.Error:
        report.error("", "这份 CSV 的引号或换行不成对，后面的内容没有读取", "请用 Excel 或 WPS 打开后另存为 CSV 再上传")
    return _finish([grid], report)


def displayed(value: object, number_format: str = "General") -> str:
    """Write a stored cell value the way the sheet shows it: no float noise, ISO dates, 是/否 for booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, dt.time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    return str(value)


def _number(value: float, number_format: str) -> str:
    if number_format.rstrip().endswith("%"):
        return f"{_plain(float(f'{value * 100:.12g}'))}%"
    # 编码 columns are often numbers shown with leading zeros
    if _ZERO_PADDED.match(number_format) and value == int(value):
        return str(int(value)).zfill(len(number_format))
    return _plain(value)


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    short = format(Decimal(f"{value:.15g}"), "f")
    return short.rstrip("0").rstrip(".") if "." in short else short


def _stored(sheet: "Worksheet") -> Iterable["Cell"]:
    """Only cells that exist: ``iter_rows`` would walk a million empty rows when one far cell is formatted."""
    return (cell for cell in sheet._cells.values() if cell.value is not None)


def _xlsx_grid(sheet: "Worksheet", calculated: "Worksheet", report: _Report, sweeper: Sweeper) -> Grid:
    grid = Grid(sheet.title)
    hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    hidden_columns = _hidden_columns(sheet)
    for cell in _stored(sheet):
        if cell.row > MOST_ROWS or cell.column > MOST_COLUMNS:
            continue
        if cell.row in hidden_rows or cell.column in hidden_columns:
            continue
        grid.put(cell.row - 1, cell.column - 1, _xlsx_text(cell, calculated, report, sweeper))
    grid.spans.extend(
        Span(span.min_row - 1, span.min_col - 1, span.max_row - 1, span.max_col - 1)
        for span in sheet.merged_cells.ranges
    )
    _report_unseen(sheet, hidden_rows, hidden_columns, report, sweeper)
    return grid


def _xlsx_text(cell: "Cell", calculated: "Worksheet", report: _Report, sweeper: Sweeper) -> str:
    place = f"{cell.parent.title}!{cell.coordinate}"
    value: object = cell.value
    if cell.data_type == "f":
        value = calculated.cell(cell.row, cell.column).value
        if value is None:
            report.error(place, "公式从没算过结果，读出来是空的", "请用 Excel 打开并保存一次，或改成直接填数值")
    if isinstance(value, str) and value.startswith("#") and value.rstrip("!?/A0").lstrip("#").isupper():
        report.warn(place, f"单元格是公式错误 {value}", "请改正公式，或直接填数值")
        return ""
    if isinstance(value, int) and cell.is_date:
        value = float(value)
    return sweeper.raw(displayed(value, cell.number_format or "General"), place).strip()


def _hidden_columns(sheet: "Worksheet") -> set[int]:
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min and dimension.max:
            hidden.update(range(dimension.min, min(dimension.max, MOST_COLUMNS) + 1))
    return hidden


def _report_unseen(sheet: "Worksheet", rows: set[int], columns: set[int], report: _Report, sweeper: Sweeper) -> None:
    cells = list(_stored(sheet))
    lost_rows = sorted({cell.row for cell in cells} & rows)
    lost_columns = sorted({cell.column for cell in cells} & columns)
    remedy = "需要导入请取消隐藏或筛选，再重新上传"
    if lost_rows:
        what = f"{len(lost_rows)} 行被隐藏或筛掉（从第{lost_rows[0]}行起），没有读取"
        report.warn(f"{sheet.title}!第{lost_rows[0]}行", what, remedy)
        sweeper.note(f"{sheet.title}：{what}")
    if lost_columns:
        what = f"{len(lost_columns)} 列被隐藏（{'、'.join(_letters(c - 1) for c in lost_columns)}），没有读取"
        report.warn(sheet.title, what, remedy)
        sweeper.note(f"{sheet.title}：{what}")
    if any(cell.row > MOST_ROWS or cell.column > MOST_COLUMNS for cell in cells):
        reason = f"超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列的部分没有读取"
        report.error(sheet.title, reason, "请拆成几个文件上传")
    comments = sum(1 for cell in cells if cell.comment)
    if comments:
        sweeper.note(f"{sheet.title}：{comments} 条批注没有读取")


def _finish(grids: Sequence[Grid], report: _Report) -> TablesRead:
    tables = [table for grid in grids if grid.rows and (table := _table(grid, report))]
    if not any(grid.rows for grid in grids):
        report.error("", "表格里没有内容", "请确认数据在没有隐藏的工作表里")
    return TablesRead(tuple(tables), tuple(report.problems))


def _table(grid: Grid, report: _Report) -> Table | None:
    header = _header_row(grid)
    if header is None:
        reason = "找不到表头（一行里至少要有 2 个不同的列名）"
        report.error(grid.sheet, reason, "请把列名写在同一行，放在数据上面")
        return None
    headers = _headers(grid, header, report)
    _fill(grid, header, report)
    names = tuple(headers.values())
    rows = []
    for number in sorted(row for row in grid.rows if row > header):
        found = grid.rows[number]
        cells = {name: found.get(column, "") for column, name in headers.items()}
        _report_overhang(grid, number, headers, report)
        # a header merged over two rows, or repeated on every printed page, is not data
        if any(cells.values()) and tuple(cells.values()) != names:
            rows.append(Row(report.file, grid.sheet, number + 1, cells))
    return Table(report.file, grid.sheet, header + 1, names, tuple(rows))


def _report_overhang(grid: Grid, number: int, headers: dict[int, str], report: _Report) -> None:
    extra = [column for column in grid.rows[number] if column not in headers]
    if extra:
        reason = f"这一行在 {_letters(min(extra))} 列有内容，但那一列没有列名，没有读取"
        report.error(f"{grid.sheet}!第{number + 1}行".lstrip("!"), reason, "请补上列名，或删掉多出来的内容")


def _header_row(grid: Grid) -> int | None:
    """The first row with at least three different label-like cells; two are enough for a table of two columns.

    A row that fills less than half of the widest one is a note above the table, not its header.
    """
    candidates = [number for number in sorted(grid.rows) if number < HEADER_WITHIN]
    widest = max((len(set(grid.rows[number].values())) for number in candidates), default=0)
    for fewest in (3, 2):
        for number in candidates:
            cells = set(grid.rows[number].values())
            if len(cells) >= max(fewest, widest / 2) and all(_is_label(text) for text in cells):
                return number
    return None


def _is_label(text: str) -> bool:
    if len(text) > 40 or _NUMERIC.match(text) or _DATE.match(text):
        return False
    return not _KEYED.search(text)


def _headers(grid: Grid, header: int, report: _Report) -> dict[int, str]:
    """Column → name; a repeated name gets a number so that no column silently replaces another."""
    names: dict[int, str] = {}
    for column in sorted(grid.rows[header]):
        name = re.sub(r"\s*\n\s*", "", grid.rows[header][column])
        if name in names.values():
            number = sum(1 for known in names.values() if re.sub(r"\(\d+\)$", "", known) == name) + 1
            place = f"{grid.sheet}!{_letters(column)}{header + 1}".lstrip("!")
            report.warn(place, f"列名“{name}”重复，第 {number} 个读作“{name}({number})”", "请改成不同的列名")
            name = f"{name}({number})"
        names[column] = name
    return names


def _fill(grid: Grid, header: int, report: _Report) -> None:
    """Give every data cell under a merged range the range's value, and say so once per range."""
    for span in sorted(grid.spans, key=lambda span: (span.top, span.left)):
        if span.bottom <= header:
            continue
        value = grid.rows.get(span.top, {}).get(span.left, "")
        if not value:
            continue
        for row in range(max(span.top, header), min(span.bottom, MOST_ROWS) + 1):
            for column in range(span.left, min(span.right, MOST_COLUMNS) + 1):
                grid.put(row, column, value)
        if span.top > header:
            place = f"{grid.sheet}!{span.name}".lstrip("!")
            report.warn(place, f"合并单元格，已把“{value[:20]}”填到每一行", "请核对；最好取消合并，每行各写各的")


def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
