"""Sheets are read as a person sees them, and everything odd about them is said."""

import datetime as dt
from pathlib import Path

import pytest
import xlwt
from openpyxl import Workbook

from knowledge.reading.blocks import ProblemLevel
from knowledge.reading.read import Reading, read, read_bytes
from tests.knowledge.files import put, saved, workbook

HEAD = ("商品编码", "商品名称", "售价(元)")


def rows_of(reading: Reading) -> list[dict[str, str]]:
    return [row.cells for row in reading.tables[0].rows]


def test_title_rows_are_skipped_and_numbers_are_those_of_the_sheet() -> None:
    data = workbook({"面部护肤": [("云屿商品表", None, None), (), HEAD, ("0069012345", "面霜", 268.0)]}, ["A1:C1"])
    table = read_bytes(data, "products.xlsx").tables[0]
    assert (table.sheet, table.header_row, table.headers) == ("面部护肤", 3, HEAD)
    assert table.rows[0].number == 4
    assert table.rows[0].cells == {"商品编码": "0069012345", "商品名称": "面霜", "售价(元)": "268"}


def test_values_are_shown_without_float_noise() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["小数", "日期", "时刻", "百分比", "编码", "是否"])
    sheet.append([0.1 + 0.2, dt.date(2026, 11, 22), dt.datetime.fromisoformat("2026-11-22 09:30"), 0.85, 12, True])
    sheet["D2"].number_format = "0%"
    sheet["E2"].number_format = "0000"
    cells = rows_of(read_bytes(saved(book), "a.xlsx"))[0]
    assert list(cells.values()) == ["0.3", "2026-11-22", "2026-11-22 09:30", "85%", "0012", "是"]


def test_merged_data_cells_are_filled_and_reported() -> None:
    data = workbook({"商品": [HEAD, ("A", "面霜", 1), (None, "乳液", 2), ("B", "精华", 3)]}, ["A2:A3"])
    reading = read_bytes(data, "a.xlsx")
    assert [row["商品编码"] for row in rows_of(reading)] == ["A", "A", "B"]
    (problem,) = reading.problems
    assert (problem.level, problem.place) == (ProblemLevel.WARNING, "商品!A2:A3")


def test_formula_never_calculated_is_an_error_with_its_cell() -> None:
    reading = read_bytes(workbook({"商品": [HEAD, ("A", "面霜", "=1+1")]}), "a.xlsx")
    assert rows_of(reading)[0]["售价(元)"] == ""
    assert [(problem.place, problem.level) for problem in reading.problems] == [("商品!C2", ProblemLevel.ERROR)]


def test_hidden_sheets_rows_and_columns_are_left_out_and_listed() -> None:
    book = Workbook()
    sheet = book.active
    for row in ((*HEAD, "成本"), ("A", "面霜", 1, 9), ("B", "乳液", 2, 8)):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    secret = book.create_sheet("内部")
    secret.sheet_state = "hidden"
    secret.append(HEAD)
    reading = read_bytes(saved(book), "a.xlsx")
    assert rows_of(reading) == [{"商品编码": "A", "商品名称": "面霜", "售价(元)": "1"}]
    assert len(reading.hidden) == 3


def test_repeated_headers_keep_both_columns() -> None:
    reading = read_bytes(workbook({"商品": [("编码", "价格", "价格"), ("A", 1, 2)]}), "a.xlsx")
    assert rows_of(reading) == [{"编码": "A", "价格": "1", "价格(2)": "2"}]
    assert reading.problems[0].level is ProblemLevel.WARNING


def test_a_far_formatted_cell_costs_nothing() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(HEAD)
    sheet.append(("A", "面霜", 1))
    sheet.cell(1_048_576, 16_000).number_format = "0.00"
    assert len(rows_of(read_bytes(saved(book), "a.xlsx"))) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_csv_in_every_encoding_an_office_writes(tmp_path: Path, encoding: str) -> None:
    text = '门店编码,商品编码,库存数量,备注\r\nS001,="0069",12,"一行\n两行"\r\nS002,YY-FC-001,3,\t138\r\n'
    reading = read(put(tmp_path, "库存.csv", text.encode(encoding)))
    assert rows_of(reading)[0] == {"门店编码": "S001", "商品编码": "0069", "库存数量": "12", "备注": "一行\n两行"}
    assert [row.number for row in reading.tables[0].rows] == [2, 3]
    assert rows_of(reading)[1]["备注"] == "138"


def test_cell_beyond_the_header_is_reported() -> None:
    reading = read_bytes(b"a,b,c\n1,2,3,4\n", "a.csv")
    assert [problem.place for problem in reading.problems] == ["第2行"]


def test_old_excel_is_read() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("商品")
    for row, values in enumerate((HEAD, ("0012", "面霜", 268.0))):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    reading = read_bytes(saved(book), "a.xls")
    assert rows_of(reading) == [{"商品编码": "0012", "商品名称": "面霜", "售价(元)": "268"}]


def test_a_sheet_without_a_header_says_so() -> None:
    reading = read_bytes(workbook({"商品": [(1, 2, 3), (4, 5, 6)]}), "a.xlsx")
    assert reading.tables == ()
    assert "表头" in reading.problems[0].reason
