"""Redemptions and refunds from a shop's own table: the good rows counted, every bad one told with its place."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from assistant.offers.attribution import PointsRule
from assistant.store.database import Database
from assistant.store.till import events, keys, telling
from assistant.store.till.events import TillRules
from assistant.till.desk import TillDesk
from assistant.till.sheets import Imported, import_reading
from assistant.till.words import OrderTold
from daogou import app
from knowledge.reading.capped import CappedReader
from tests.till.conftest import CORP, NOW, order

RUN = CliRunner()


@pytest.fixture
def desk(database: Database) -> TillDesk:
    made = TillDesk(database, CORP, lambda: NOW, telling.no_grants, telling.no_grants, TillRules(points=PointsRule()))
    made.keep(OrderTold.model_validate(order()).event())
    return made


def imported(desk: TillDesk, path: Path) -> Imported:
    with CappedReader() as reader:
        reading = reader.read(path, path.name)
    return import_reading(reading, desk.lines_with, desk.keep, desk.is_known, NOW)


def places(done: Imported) -> list[tuple[str, str, str]]:
    return [(one.place, one.field, one.reason) for one in done.problems]


def test_redemptions_in_the_shop_s_words(desk: TillDesk, tmp_path: Path) -> None:
    path = tmp_path / "核销.csv"
    path.write_text(
        "核销流水号,小票号,券码,抵扣金额（元）,使用时间\n"
        "X1,O1,G1,30,2026-11-22 11:00\n"
        "X2,O1,,30,2026-11-22 11:00\n"
        "X3,O1,G3,三十,2026-11-22 11:00\n"
        "X4,O1,G4,1.5,昨天\n"
        ",O1,G5,1.5,2026-11-22\n"
        "X 6,O1,G6,1.5,2026-11-22\n"
        "X7,O1,G6,1.5,2026-11-23\n",
        encoding="utf-8",
    )
    done = imported(desk, path)
    assert (done.new, done.known, done.waiting) == (1, 0, 1)
    assert [(place, field) for place, field, _ in places(done)] == [
        ("第3行", "核销流水号"),
        ("第4行", "抵扣金额（元）"),
        ("第5行", "使用时间"),
        ("第6行", "核销流水号"),
        ("第7行", "核销流水号"),
        ("第8行", "使用时间"),
    ]
    assert all(one.remedy for one in done.problems)
    again = imported(desk, path)
    assert (again.new, again.known) == (0, 1)
    with desk.database.read() as tx:
        assert [one.amount_fen for one in events.orphans(tx, CORP)] == [3000]


def test_refunds_whole_or_not_at_all(desk: TillDesk, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "十一月"
    for row in (
        ["退款单号", "订单号", "行号", "商品编码", "退货数量", "退款金额", "退款时间"],
        ["R1", "O1", 1, None, 1, None, "2026-11-22 11:30"],
        ["R1", "O1", None, "A2", 1, 12.34, "2026-11-22 11:30"],
        ["R2", "O1", None, "A9", 1, None, "2026-11-22 11:30"],
        ["R2", "O1", 1, None, 1, None, "2026-11-22 11:30"],
        ["R3", "O1", None, None, 1, None, "2026-11-22 11:30"],
        ["R4", "O1", 1, None, 0, None, "2026-11-22 11:30"],
    ):
        sheet.append(row)
    path = tmp_path / "退款.xlsx"
    book.save(path)
    done = imported(desk, path)
    assert done.new == 1
    told = places(done)
    assert [place for place, _, _ in told] == ["十一月!第4行", "十一月!第5行", "十一月!第6行", "十一月!第7行"]
    assert "找不到“A9”" in told[0][2]
    assert "另一行有问题" in told[1][2]
    assert "没有写退的是哪一行" in told[2][2]
    assert told[3][2] == "退货数量和退款金额至少写一样"
    assert [(one.line, one.fen) for one in desk.order("O1").refunds] == [(1, 3000), (2, 1234)]


def test_the_same_number_with_another_amount_is_told(desk: TillDesk, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "核销单号,订单号,券号,核销金额,核销时间\n"
    path.write_text(head + "X1,O1,G1,30,2026-11-22\n", encoding="utf-8")
    imported(desk, path)
    path.write_text(head + "X1,O1,G1,31,2026-11-22\n", encoding="utf-8")
    assert places(imported(desk, path)) == [("第2行", "核销单号", "“X1”以前导入或上报过，内容不一样")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("姓名,年龄\n甲,3\n", "看不出这张表是核销还是退款"),
        ("核销单号,订单号\nX1,O1\n", "缺少必填列“核销金额”，整张表没有导入"),
    ],
)
def test_a_table_that_is_something_else_is_told(desk: TillDesk, tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert reason in [one.reason for one in imported(desk, path).problems]


# ---- commands -------------------------------------------------------------------------------------


def test_keys_are_made_shown_once_listed_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    refused = RUN.invoke(app, ["till", "key", "总部收银", "--scopes", "everything"])
    assert refused.exit_code == 2
    assert "没有这样的权限：everything" in refused.output
    made = RUN.invoke(app, ["till", "key", "总部收银", "--scopes", "orders:write, read"])
    assert made.exit_code == 0, made.output
    token = next(line for line in made.output.splitlines() if line.startswith("dk_"))
    key_id, _, secret = token.partition(".")
    listed = RUN.invoke(app, ["till", "keys"]).output
    assert f"{key_id}  总部收银  写订单、查询  有效" in listed
    assert secret not in listed
    assert RUN.invoke(app, ["till", "revoke", key_id]).exit_code == 0
    assert RUN.invoke(app, ["till", "revoke", key_id]).exit_code == 1
    assert "作废" in RUN.invoke(app, ["till", "keys"]).output
    database = Database(f"sqlite+pysqlite:///{tmp_path / 'var' / 'daogou.db'}")
    with database.read() as tx:
        assert keys.find(tx, "demo-corp", token) is None
    database.close()


def test_a_file_is_read_in_and_what_waits_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    (tmp_path / "a.csv").write_text(
        "核销单号,订单号,券号,核销金额,核销时间\nX1,O1,G1,30,2025-11-22\nX2,,G1,30,2025-11-22\n", encoding="utf-8"
    )
    shown = RUN.invoke(app, ["till", "import", "a.csv"])
    assert shown.exit_code == 1
    assert "入账 1 条，其中 1 条在等对应的订单或券，1 个问题。" in shown.output
    assert "a.csv 第3行 订单号：“订单号”没有填 → 请补上订单号" in shown.output
    waiting = RUN.invoke(app, ["till", "orphans"]).output
    assert "X1  订单 O1  券 G1  30元  2025年11月22日  找不到对应的券" in waiting
