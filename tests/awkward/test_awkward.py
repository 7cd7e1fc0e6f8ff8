"""Every awkward file gives exactly what stands in ``expected.yaml``: what was read, and each word told about it."""

import importlib.util
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from assistant.ingest.files import find_files
from assistant.material.values import day, fen, unit_of
from knowledge.reading.blocks import Reading
from knowledge.reading.capped import CappedReader, Limits
from tests.awkward.making import MAKERS, make

EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("expected.yaml").read_text(encoding="utf-8")
)
HAS_OCR = importlib.util.find_spec("rapidocr") is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("awkward"))


@pytest.fixture(scope="module")
def reader() -> Iterator[CappedReader]:
    with CappedReader() as reader:
        yield reader


def told(reading: Reading, name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """A reading in the words of the file of expectations; kinds and places only where those are asked for."""
    found: dict[str, Any] = {
        "title": reading.title,
        "texts": [block.text for block in reading.blocks],
        "tables": [
            {
                "sheet": table.sheet,
                "header_row": table.header_row,
                "headers": list(table.headers),
                "rows": len(table.rows),
                "cells": [
                    list(row.cells.values()) for row in table.rows[: len(_wanted_table(wanted, number)["cells"])]
                ],
            }
            for number, table in enumerate(reading.tables)
        ],
        "problems": [
            # a problem of a member is told under the member's own name
            [one.level.label, one.place or one.file.removeprefix(name).lstrip("/"), one.reason, one.remedy]
            for one in reading.problems
        ],
        "hidden": list(reading.hidden),
        "suspicious": list(reading.suspicious),
        "members": {
            member.file.removeprefix(f"{name}/"): told(
                member, member.file, wanted.get("members", {}).get(member.file.removeprefix(f"{name}/"), {})
            )
            for member in reading.members
        },
    }
    if "kinds" in wanted:
        found["kinds"] = [block.kind.label for block in reading.blocks]
    if "places" in wanted:
        found["places"] = [block.place for block in reading.blocks]
    return found


def _wanted_table(wanted: dict[str, Any], number: int) -> dict[str, Any]:
    tables = wanted.get("tables", [])
    return tables[number] if number < len(tables) else {"cells": []}


def filled(wanted: dict[str, Any], name: str) -> dict[str, Any]:
    """The expectation with everything it leaves out: nothing."""
    empty: dict[str, Any] = {
        "title": PurePosixPath(name).stem,
        **{key: [] for key in ("texts", "tables", "problems", "hidden", "suspicious")},
    }
    members = {inner: filled(one, inner) for inner, one in wanted.get("members", {}).items()}
    rest = {key: value for key, value in wanted.items() if key not in {"without_ocr", "cpu_seconds"}}
    return {**empty, **rest, "members": members}


def test_every_file_has_an_expectation() -> None:
    assert set(EXPECTED) == {*MAKERS, "炸弹/稀疏200MB.txt"}
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", EXPECTED)
def test_what_it_gives(name: str, folder: Path, reader: CappedReader) -> None:
    wanted = EXPECTED[name]
    if wanted.get("without_ocr") and HAS_OCR:
        pytest.skip("the extra [ocr] is installed")
    if "cpu_seconds" in wanted:
        with CappedReader(Limits(cpu_seconds=wanted["cpu_seconds"])) as quick:
            reading = quick.read(folder / name, name)
    else:
        reading = reader.read(folder / name, name)
    assert told(reading, name, wanted) == filled(wanted, name)


def test_a_picture_with_a_caption_is_read_as_its_caption(folder: Path) -> None:
    (folder / "图片" / "绕圈").symlink_to(folder / "图片")
    names = {found.name for found in find_files(folder / "图片", folder)}
    assert "图片/柜台.txt" in names
    assert "图片/柜台.png" not in names
    assert "图片/海报.png" in names


def test_a_new_picture_makes_its_caption_new(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "甲.txt").write_text("说明", encoding="utf-8")
    (before,) = find_files(tmp_path, tmp_path)
    (tmp_path / "甲.png").write_bytes((folder / "图片/海报.png").read_bytes())
    (after,) = find_files(tmp_path, tmp_path)
    assert before.name == after.name
    assert before.sha256 != after.sha256


def test_dates_and_amounts_in_every_style_mean_the_same(folder: Path, reader: CappedReader) -> None:
    dates = reader.read(folder / "表格/日期各样.xlsx", "a.xlsx").tables[0].rows
    assert {day(row.cells["上市日期"]) for row in dates} == {date(2026, 3, 1)}
    amounts = reader.read(folder / "表格/金额各样.csv", "a.csv").tables[0].rows
    assert {fen(row.cells["售价"]) for row in amounts} == {129_900}


@pytest.mark.parametrize(
    ("header", "cell", "amount"),
    [
        ("售价（分）", "129900", 129_900),
        ("吊牌价(万元)", "0.15", 150_000),
        ("预算（单位：千元）", "3", 300_000),
        ("面额/角", "5", 50),
        ("售价(元)", "12.5", 1_250),
        ("售价", "12.5", 1_250),
        ("积分", "3", 300),
        # what the cell says itself is nearer
        ("售价（分）", "12元", 1_200),
    ],
)
def test_the_unit_of_a_money_column_is_honoured(header: str, cell: str, amount: int) -> None:
    assert fen(cell, unit_of(header)) == amount
