"""Sheets of Excel and CSV files as tables of rows, with text as a person sees it in the sheet."""

import csv
import datetime as dt
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from knowledge.reading.blocks import ProblemLevel, ReadingProblem, Table
from knowledge.reading.cleaning import Sweeper, fold_lookalikes
from knowledge.reading.grids import LAST_ROW, MOST_COLUMNS, MOST_ROWS, Grid, Report, Span, letters, tables_of

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


_EXPORT_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_ZERO_PADDED = re.compile(r"^0{2,}$")
# 6.92E+12: a bar code that Excel showed, and somebody saved, as a power of ten
_POWER_OF_TEN = re.compile(r"^\d(?:\.\d+E\+?|E\+)\d{1,3}$", re.IGNORECASE)
_FORMULA_ERRORS = frozenset(
    (
        "#N/A",
        "#DIV/0!",
        "#REF!",
        "#NAME?",
        "#VALUE!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
    )
)
_DIGITS_KEPT = 10**15
_SEPARATORS = ",\t;|"
_SEPARATOR_LINE = re.compile(r"\Asep=(?P<mark>[,;|\t])\n")
_WHITE = "FFFFFFFF"


@dataclass(frozen=True, slots=True)
class TablesRead:
    """What a spreadsheet file gave."""

    tables: tuple[Table, ...]
    problems: tuple[ReadingProblem, ...]


def read_xlsx(data: bytes, file: str, sweeper: Sweeper) -> TablesRead:
    """Read every visible sheet of a workbook; merged data cells are filled and reported.

    Raises ValueError, KeyError, TypeError or BadZipFile of openpyxl for a damaged workbook.
    """
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data))
    report = Report(file)
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

    report = Report(file)
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
        for number, values in enumerate(sheet.to_python(skip_empty_area=False)[:LAST_ROW]):
            for column, value in enumerate(values[:MOST_COLUMNS]):
                place = f"{meta.name}!{letters(column)}{number + 1}"
                grid.put(number, column, _checked(value, displayed(value), place, report, sweeper))
        merged = sheet.merged_cell_ranges or []
        grid.spans.extend(Span(top, left, bottom, right) for (top, left), (bottom, right) in merged)
        grids.append(grid)
    return _finish(grids, report)


def read_csv(text: str, file: str, sweeper: Sweeper) -> TablesRead:
    """Read separated text; the separator is the one that fits its first lines best."""
    report = Report(file)
    grid = Grid("")
    told = _SEPARATOR_LINE.match(text)
    separator = told["mark"] if told else _separator(text)
    number = 0
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
            if number >= LAST_ROW:
                report.error(f"第{number + 1}行", f"超过 {MOST_ROWS} 行，后面的没有读取", "请拆成几个文件上传")
                break
            if told and not number:
                continue
            for column, value in enumerate(values[:MOST_COLUMNS]):
                unwrapped = _EXPORT_TEXT.sub(r"\1", value.strip())
                grid.put(number, column, _checked(value, unwrapped, f"第{number + 1}行", report, sweeper))
    except csv.Error:
        report.error("", "这份 CSV 的引号或换行不成对，后面的内容没有读取", "请用 Excel 或 WPS 打开后另存为 CSV 再上传")
    else:
        if text.count('"') % 2:
            reason = "引号不成对，从这一行起可能有几行并成了一格"
            report.error(f"第{number + 1}行", reason, "请用 Excel 或 WPS 打开核对，另存为 CSV 再上传")
    return _finish([grid], report)


def _separator(text: str) -> str:
    """The mark that cuts the first lines into the most columns, the same number on most lines."""
    head = text[:8000]

    def columns(mark: str) -> int:
        try:
            widths = [len(values) for values in itertools.islice(csv.reader(io.StringIO(head), delimiter=mark), 20)]
        except csv.Error:
            return 0
        usual = Counter(width for width in widths if width > 1).most_common(1)
        return usual[0][0] * usual[0][1] if usual else 0

    return max(_SEPARATORS, key=columns)


def _checked(value: object, text: str, place: str, report: Report, sweeper: Sweeper) -> str:
    """The text of a cell as it may be kept: nothing where the cell itself lost what it once said."""
    shown = fold_lookalikes(sweeper.raw(text, place)).strip()
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _DIGITS_KEPT:
        report.often(
            place, "数字超过 15 位，表格软件已经丢了末尾几位，没有读取", "请把这一列设成文本，重新填写完整的编码"
        )
        return ""
    if isinstance(value, str) and shown in _FORMULA_ERRORS:
        report.often(place, f"单元格是公式错误 {shown}", "请改正公式，或直接填数值", ProblemLevel.WARNING)
        return ""
    if isinstance(value, str) and _POWER_OF_TEN.match(shown):
        reason = f"“{shown}”是科学计数法，原来的数字已经看不出来，没有读取"
        report.often(place, reason, "请把这一列设成文本，从原系统重新导出完整的编码")
        return ""
    return shown


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


def _xlsx_grid(sheet: "Worksheet", calculated: "Worksheet", report: Report, sweeper: Sweeper) -> Grid:
    grid = Grid(sheet.title)
    hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden or row.height == 0}
    hidden_columns = _hidden_columns(sheet)
    unseen = _Unseen(sheet)
    for cell in _stored(sheet):
        if cell.row > LAST_ROW or cell.column > MOST_COLUMNS:
            continue
        if cell.row in hidden_rows or cell.column in hidden_columns:
            continue
        if unseen(cell):
            sweeper.note(f"{sheet.title}!{cell.coordinate}看不见的文字：{displayed(cell.value)[:60]}")
            continue
        grid.put(cell.row - 1, cell.column - 1, _xlsx_text(cell, calculated, report, sweeper))
    grid.spans.extend(
        Span(span.min_row - 1, span.min_col - 1, span.max_row - 1, span.max_col - 1)
        for span in sheet.merged_cells.ranges
    )
    _report_unseen(sheet, hidden_rows, hidden_columns, report, sweeper)
    return grid


def _xlsx_text(cell: "Cell", calculated: "Worksheet", report: Report, sweeper: Sweeper) -> str:
    place = f"{cell.parent.title}!{cell.coordinate}"
    value: object = cell.value
    if cell.data_type == "f":
        value = calculated.cell(cell.row, cell.column).value
        if value is None:
            remedy = "请用 Excel 打开并保存一次，或改成直接填数值"
            report.often(place, "公式从没算过结果，读出来是空的", remedy)
    if isinstance(value, int) and cell.is_date:
        value = float(value)
    return _checked(value, displayed(value, cell.number_format or "General"), place, report, sweeper)


class _Unseen:
    """Tells cells whose content the sheet does not show: white on white, or with a format that prints nothing.

    Looked up once a style: a sheet of a million cells has a dozen of them. A sheet formatted as a table brings its own
    colours, which are not in the cells.
    """

    def __init__(self, sheet: "Worksheet") -> None:
        self._by_style: dict[int, bool] = {}
        self._is_plain = not sheet.tables

    def __call__(self, cell: "Cell") -> bool:
        known = self._by_style.get(cell.style_id)
        if known is None:
            known = self._by_style[cell.style_id] = self._look(cell)
        return known

    def _look(self, cell: "Cell") -> bool:
        if (cell.number_format or "").strip() == ";;;":
            return True
        color = cell.font.color if cell.font is not None else None
        white = color is not None and (
            (color.type == "rgb" and color.rgb == _WHITE)
            or (color.type == "theme" and color.theme == 0 and not color.tint)
        )
        return white and self._is_plain and (cell.fill is None or cell.fill.fill_type is None)


def _hidden_columns(sheet: "Worksheet") -> set[int]:
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min and dimension.max:
            hidden.update(range(dimension.min, min(dimension.max, MOST_COLUMNS) + 1))
    return hidden


def _report_unseen(sheet: "Worksheet", rows: set[int], columns: set[int], report: Report, sweeper: Sweeper) -> None:
    cells = list(_stored(sheet))
    lost_rows = sorted({cell.row for cell in cells} & rows)
    lost_columns = sorted({cell.column for cell in cells} & columns)
    remedy = "需要导入请取消隐藏或筛选，再重新上传"
    if lost_rows:
        what = f"{len(lost_rows)} 行被隐藏或筛掉（从第{lost_rows[0]}行起），没有读取"
        report.warn(f"{sheet.title}!第{lost_rows[0]}行", what, remedy)
        sweeper.note(f"{sheet.title}：{what}")
    if lost_columns:
        what = f"{len(lost_columns)} 列被隐藏（{'、'.join(letters(c - 1) for c in lost_columns)}），没有读取"
        report.warn(sheet.title, what, remedy)
        sweeper.note(f"{sheet.title}：{what}")
    if any(cell.row > LAST_ROW or cell.column > MOST_COLUMNS for cell in cells):
        reason = f"超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列的部分没有读取"
        report.error(sheet.title, reason, "请拆成几个文件上传")
    comments = sum(1 for cell in cells if cell.comment)
    if comments:
        sweeper.note(f"{sheet.title}：{comments} 条批注没有读取")


def _finish(grids: Sequence[Grid], report: Report) -> TablesRead:
    return TablesRead(tables_of(grids, report), report.problems)
