"""Where things stand on a PDF page: columns of running text, and the cells of ruled tables."""

import io
import logging
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_FEWEST_LINES = 5
_FULL = 0.55
_SAME_LINE = 3.0


class UnclearPage(Exception):
    """The lines of a page cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table drawn with lines: its cells by row, None where a merged cell already stood."""

    box: Box
    rows: tuple[tuple[Box | None, ...], ...]


def ruled_tables(data: bytes, number: int) -> tuple[RuledTable, ...]:
    """The tables of a page (0-based), top to bottom; only where their lines run is asked of the library, the text is
    read elsewhere, where what nobody sees is out.

    Raises UnclearPage where the page cannot be taken apart.
    """
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    # it complains of every font it knows no metrics of; only the lines are wanted of it
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(data), pages=[number + 1]) as document:
            page = document.pages[0]
            if page.rotation or tuple(page.bbox[:2]) != (0, 0):
                return ()
            height = float(page.height)
            found = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
            tables = [
                RuledTable(
                    _box(table.bbox, height),
                    tuple(tuple(_cell(cell, height) for cell in row.cells) for row in table.rows),
                )
                for table in found
            ]
    except PdfminerException as error:
        raise UnclearPage(str(error)) from error
    return tuple(sorted(tables, key=lambda table: -table.box.top))


def _cell(cell: Any, height: float) -> Box | None:
    return None if cell is None else _box(cell, height)


def _box(found: Sequence[float], height: float) -> Box:
    left, top, right, bottom = (float(value) for value in found)
    return Box(left, height - bottom, right, height - top)


def in_columns(page: Any, text_page: Any) -> list[str]:
    """The lines of a page set in two columns, the left one first; empty when it is not.

    Two columns of running text have a gutter near the middle that only full-width lines cross, and most of their lines
    reach from edge to edge; the short cells of a table without lines do not.
    """
    import pypdfium2.raw as pdfium

    width = page.get_width()
    boxes = _runs([Box(*found.get_bounds()) for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])])
    if len(boxes) < 2 * _FEWEST_LINES:
        return []
    for middle in (width * share / 100 for share in (50, 48, 52, 46, 54, 44, 56, 42, 58)):
        crossing = [box for box in boxes if box.left < middle < box.right]
        left = _rows([box for box in boxes if box.right <= middle])
        right = _rows([box for box in boxes if box.left >= middle])
        # a line over both columns is a heading, or stands above and below them
        apart = [box for box in crossing if not _stand_beside([box], left) or not _overlaps(box, left + right)]
        if len(apart) == len(crossing) and _is_column(left) and _is_column(right) and _stand_beside(left, right):
            return _in_order(text_page, crossing, left, right)
    return []


def _overlaps(box: Box, rows: list[Box]) -> bool:
    return any(min(box.top, row.top) - max(box.bottom, row.bottom) > _SAME_LINE for row in rows)


def _runs(boxes: list[Box]) -> list[Box]:
    """Pieces of text on one line, less than a letter apart, joined: some programs set every letter by itself."""
    runs: list[Box] = []
    for box in sorted(boxes, key=lambda box: (-round(box.bottom / _SAME_LINE), box.left)):
        last = runs[-1] if runs else None
        near = last is not None and abs(last.bottom - box.bottom) < _SAME_LINE * 2
        if last is not None and near and -1 < box.left - last.right < max(box.top - box.bottom, 6):
            runs[-1] = _around(last, box)
        else:
            runs.append(box)
    return runs


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left), min(one.bottom, other.bottom), max(one.right, other.right), max(one.top, other.top)
    )


def _rows(boxes: list[Box]) -> list[Box]:
    """Boxes on one line joined to one, top to bottom."""
    rows: list[Box] = []
    for box in sorted(boxes, key=lambda box: (-box.top, box.left)):
        if rows and abs(rows[-1].bottom - box.bottom) < _SAME_LINE:
            rows[-1] = _around(rows[-1], box)
        else:
            rows.append(box)
    return rows


def _is_column(rows: list[Box]) -> bool:
    if len(rows) < _FEWEST_LINES:
        return False
    widest = max(row.right for row in rows) - min(row.left for row in rows)
    return statistics.median(row.right - row.left for row in rows) > _FULL * widest


def _stand_beside(left: list[Box], right: list[Box]) -> bool:
    shared = min(left[0].top, right[0].top) - max(left[-1].bottom, right[-1].bottom)
    return shared > 0


def _in_order(text_page: Any, wide: list[Box], left: list[Box], right: list[Box]) -> list[str]:
    """Full-width lines cut the page into bands; in each band the left column comes before the right one."""
    ordered: list[Box] = []
    above = float("inf")
    for bar in [*_rows(wide), None]:
        below = bar.top if bar is not None else float("-inf")
        for column in (left, right):
            ordered += [row for row in column if below <= row.bottom < above]
        if bar is not None:
            ordered.append(bar)
            above = bar.bottom
    return [str(text_page.get_text_bounded(row.left, row.bottom, row.right, row.top)) for row in ordered]
