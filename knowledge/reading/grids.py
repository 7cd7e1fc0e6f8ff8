"""From a rectangle of text to a table: where its header is, what stands under merged cells, which rows are no data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.reading.blocks import ProblemLevel, ReadingProblem, Row, Table

MOST_ROWS = 100_000
LAST_ROW = MOST_ROWS + 1
"""The header has a row of its own."""
MOST_COLUMNS = 200
HEADER_WITHIN = 20
_DEEPEST_HEADER = 3
_SHOWN_PLACES = 5
_NUMERIC = re.compile(r"^[-+￥¥]?[\d,]+(\.\d+)?%?$")
_DATE = re.compile(r"^\d{4}[-/.年]\d{1,2}")
_KEYED = re.compile(r"[:：]\s*\S")
_TOTAL = re.compile(
    r"^(?:合计|总计|小计|共计|总合计|本页[合小]计|累计|grand total|sub-?total|total)[:：]?$", re.IGNORECASE
)
_FOOTNOTE = re.compile(r"^(?:备注|说明|注|附注|制表人?|审核人?|填表人?|打印(?:时间|人|日期)?|导出(?:时间|人))\s*[:：]")


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
        return f"{letters(self.left)}{self.top + 1}:{letters(self.right)}{self.bottom + 1}"

    @property
    def is_wide(self) -> bool:
        """Say whether it covers several columns."""
        return self.right > self.left


@dataclass(slots=True)
class Grid:
    """One sheet as a rectangle of text, before anybody knows which row is the header. Built and read in this package."""

    sheet: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Set one cell (0-based); empty text leaves no cell."""
        if text:
            self.rows.setdefault(row, {})[column] = text

    def place(self, where: str) -> str:
        """A place in this sheet as a person finds it."""
        return f"{self.sheet}!{where}" if self.sheet else where


@dataclass(slots=True)
class _Finding:
    """A problem with every place it was met at. Collected in this file."""

    place: str
    reason: str
    remedy: str
    level: ProblemLevel
    again: list[str] = field(default_factory=list)


class Report:
    """The problems of one file, collected while its sheets are read; the same one met often is told once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._findings: list[_Finding] = []
        self._often: dict[tuple[str, str], _Finding] = {}

    def error(self, place: str, reason: str, remedy: str) -> None:
        """Something was lost."""
        self._findings.append(_Finding(place, reason, remedy, ProblemLevel.ERROR))

    def warn(self, place: str, reason: str, remedy: str) -> None:
        """Nothing was lost, but somebody should look."""
        self._findings.append(_Finding(place, reason, remedy, ProblemLevel.WARNING))

    def often(self, place: str, reason: str, remedy: str, level: ProblemLevel = ProblemLevel.ERROR) -> None:
        """A problem that may stand in a thousand cells of a sheet."""
        key = (place.rpartition("!")[0], reason)
        known = self._often.get(key)
        if known is None:
            known = self._often[key] = _Finding(place, reason, remedy, level)
            self._findings.append(known)
        known.again.append(place.rpartition("!")[2])

    @property
    def problems(self) -> tuple[ReadingProblem, ...]:
        """Everything, in the order first met."""
        return tuple(ReadingProblem(self.file, one.place, _told(one), one.remedy, one.level) for one in self._findings)


def _told(finding: _Finding) -> str:
    count = len(finding.again)
    if count < 2:
        return finding.reason
    shown = "、".join(finding.again[:_SHOWN_PLACES]) + ("等" if count > _SHOWN_PLACES else "")
    return f"{finding.reason}（共 {count} 处：{shown}）"


def tables_of(grids: Sequence[Grid], report: Report) -> tuple[Table, ...]:
    """The tables of these sheets; a sheet without a header gives none and says so."""
    tables = tuple(table for grid in grids if grid.rows and (table := _table(grid, report)))
    if not any(grid.rows for grid in grids):
        report.error("", "表格里没有内容", "请确认数据在没有隐藏的工作表里")
    return tables


@dataclass(frozen=True, slots=True)
class _Header:
    """The rows that carry the column names, 0-based and inclusive, and the name of every column."""

    top: int
    bottom: int
    names: dict[int, str]


def _table(grid: Grid, report: Report) -> Table | None:
    found = _header_row(grid)
    if found is None:
        reason = "找不到表头（一行里至少要有 2 个不同的列名）"
        report.error(grid.sheet, reason, "请把列名写在同一行，放在数据上面")
        return None
    top, bottom = _extent(grid, found)
    header = _Header(top, bottom, _names(grid, top, bottom, report))
    left_out = _not_data(grid, header, report)
    _fill(grid, header, left_out, report)
    rows = []
    for number in sorted(row for row in grid.rows if row > bottom and row not in left_out):
        found_cells = grid.rows[number]
        cells = {name: found_cells.get(column, "") for column, name in header.names.items()}
        _report_overhang(grid, number, header.names, report)
        # a header merged over two rows is not data
        if any(cells.values()) and tuple(cells.values()) != tuple(header.names.values()):
            rows.append(Row(report.file, grid.sheet, number + 1, cells))
    return Table(report.file, grid.sheet, bottom + 1, tuple(header.names.values()), tuple(rows))


# ---- the header -----------------------------------------------------------------------------------


def _header_row(grid: Grid) -> int | None:
    """The first row with at least three different label-like cells; two are enough for a table of two columns.

    A row that fills less than half of the widest one is a note above the table, not its header.
    """
    candidates = [number for number in sorted(grid.rows) if number < HEADER_WITHIN]
    widest = max((len(set(grid.rows[number].values())) for number in candidates), default=0)
    for fewest in (3, 2):
        for number in candidates:
            cells = set(grid.rows[number].values())
            if len(cells) >= max(fewest, widest / 2) and _all_labels(grid, number):
                return number
    return None


def _all_labels(grid: Grid, row: int) -> bool:
    cells = grid.rows.get(row, {}).values()
    return bool(cells) and all(_is_label(text) for text in cells)


def _is_label(text: str) -> bool:
    if len(text) > 40 or _NUMERIC.match(text) or _DATE.match(text):
        return False
    return not _KEYED.search(text)


def _extent(grid: Grid, row: int) -> tuple[int, int]:
    """The header's first and last row: rows of merged group names above it, rows of single names below."""
    top = bottom = row
    while bottom - top + 1 < _DEEPEST_HEADER and _has_names_below(grid, bottom):
        bottom += 1
    while bottom - top + 1 < _DEEPEST_HEADER and _is_group_row(grid, top - 1, top):
        top -= 1
    return top, bottom


def _has_names_below(grid: Grid, row: int) -> bool:
    """Say whether a name of this row spans several columns that have names of their own in the next one."""
    below = grid.rows.get(row + 1, {})
    if not _all_labels(grid, row + 1):
        return False
    return any(
        span.is_wide and span.bottom == row and sum(span.left <= column <= span.right for column in below) > 1
        for span in grid.spans
        if span.top <= row <= span.bottom
    )


def _is_group_row(grid: Grid, row: int, below: int) -> bool:
    """Say whether every cell of this row is merged and at least one groups columns; a title is one cell from the left."""
    if not _all_labels(grid, row):
        return False
    spans = {(span.top, span.left): span for span in grid.spans}
    found = [spans.get((row, column)) for column in grid.rows[row]]
    merged = [span for span in found if span is not None]
    if len(merged) < len(found) or not any(span.is_wide and span.bottom == row for span in merged):
        return False
    return len(merged) > 1 or merged[0].left > min(grid.rows[below])


def _names(grid: Grid, top: int, bottom: int, report: Report) -> dict[int, str]:
    """Column → name, group names first; a repeated name gets a number so that no column silently replaces another."""
    parts: dict[int, list[str]] = {}
    for row in range(top, bottom + 1):
        cells = dict(grid.rows.get(row, {}))
        if bottom > top:
            for span in (span for span in grid.spans if span.top == row and span.is_wide and span.left in cells):
                cells.update(dict.fromkeys(range(span.left, min(span.right, MOST_COLUMNS) + 1), cells[span.left]))
        for column, text in cells.items():
            words = re.sub(r"\s*\n\s*", "", text)
            if words not in parts.setdefault(column, []):
                parts[column].append(words)
    filled = {column for number, cells in grid.rows.items() if number > bottom for column in cells}
    last_row = grid.rows.get(bottom, {})
    names: dict[int, str] = {}
    for column in sorted(column for column in parts if column in last_row or column in filled or bottom == top):
        name = " ".join(parts[column])
        if name in names.values():
            number = sum(1 for known in names.values() if re.sub(r"\(\d+\)$", "", known) == name) + 1
            place = grid.place(f"{letters(column)}{bottom + 1}")
            report.warn(place, f"列名“{name}”重复，第 {number} 个读作“{name}({number})”", "请改成不同的列名")
            name = f"{name}({number})"
        names[column] = name
    return names


# ---- the rows -------------------------------------------------------------------------------------


def _not_data(grid: Grid, header: _Header, report: Report) -> frozenset[int]:
    """Rows below the header that are none of the table's: the header again, totals, notes under the table."""
    heads = [grid.rows[row] for row in range(header.top, header.bottom + 1) if row in grid.rows]
    left_out = set()
    for number in sorted(row for row in grid.rows if row > header.bottom):
        cells = grid.rows[number]
        first = cells[min(cells)]
        if cells in heads:
            left_out.add(number)
        elif _TOTAL.match("".join(first.split())) and len(header.names) > 1:
            left_out.add(number)
            remedy = "合计不算一条记录，不用处理；如果这行其实是数据，请补全前面的列"
            report.often(grid.place(f"第{number + 1}行"), "这是合计行，没有读取", remedy, ProblemLevel.WARNING)
        elif len(cells) == 1 and len(header.names) > 2 and _FOOTNOTE.match(first):
            left_out.add(number)
            remedy = "需要这段说明，请另写成文档上传"
            report.often(grid.place(f"第{number + 1}行"), "这是表格外的说明，没有读取", remedy, ProblemLevel.WARNING)
    return frozenset(left_out)


def _report_overhang(grid: Grid, number: int, headers: dict[int, str], report: Report) -> None:
    extra = [column for column in grid.rows[number] if column not in headers]
    if extra:
        reason = f"{letters(min(extra))} 列有内容，但没有列名，没有读取"
        report.often(grid.place(f"第{number + 1}行"), reason, "请补上列名，或删掉多出来的内容")


def _fill(grid: Grid, header: _Header, left_out: frozenset[int], report: Report) -> None:
    """Give every data cell under a merged range the range's value, and say so once per range."""
    for span in sorted(grid.spans, key=lambda span: (span.top, span.left)):
        if span.bottom <= header.bottom or span.top in left_out:
            continue
        value = grid.rows.get(span.top, {}).get(span.left, "")
        if not value:
            continue
        for row in range(max(span.top, header.bottom), min(span.bottom, LAST_ROW) + 1):
            for column in range(span.left, min(span.right, MOST_COLUMNS) + 1):
                grid.put(row, column, value)
        if span.top > header.bottom:
            reason = f"合并单元格，已把“{value[:20]}”填到每一行"
            report.warn(grid.place(span.name), reason, "请核对；最好取消合并，每行各写各的")


def letters(column: int) -> str:
    """0 → A, 26 → AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
