"""The sample shop out to files and in again: every record the same, but for the differences that are meant."""

import csv
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from assistant.app import build
from assistant.exporting.everything import ExportRefused, export_everything, restore_beside
from assistant.material.escaping import escaped, unescaped
from assistant.service import Service
from assistant.settings import Settings
from assistant.store import everything, material, questions, synonyms
from assistant.store.questions import QuestionOrigin, QuestionStatus
from daogou import app
from tests.ingest.house import CORP, NOW, Hands, policy, products, small_shop, write
from tests.shared import file_reader, lay_tables

SAMPLE = Path(__file__).parent.parent.parent / "knowledge" / "samples" / "yunyu"
OTHER = Path(__file__).parent.parent / "other_shop"


@contextmanager
def opened(data: Path) -> Iterator[Service]:
    """A house without an index: what is in its database is all that counts here."""
    settings = Settings.model_validate({"data_dir": data, "corp_id": CORP})
    lay_tables(data / "daogou.db")
    service = build(settings, search=lambda wanted: (), clock=Hands(), read=file_reader().read)
    try:
        yield service
    finally:
        service.close()


def records(service: Service) -> dict[str, Any]:
    """Every record of the corp without what is meant to differ.

    ``cited`` names the file and the row, which are others now; a fact's ``observed_at`` is the day of reading where
    the customer's row names neither consent nor joining.
    """
    with service.database.read() as tx:
        uncited = [
            [one.model_copy(update={"cited": None}) for one in found]
            for found in (material.products(tx, CORP), material.coupons(tx, CORP), material.scripts(tx, CORP))
        ]
        written = [one for one in everything.kept_questions(tx, CORP) if one.origin is QuestionOrigin.WRITTEN]
        return {
            "corp": material.corp_facts(tx, CORP)._replace(material_version=0),  # type: ignore[union-attr]
            "stores": material.stores(tx, CORP),
            "staff": everything.people(tx, CORP),
            "products": uncited[0],
            "stock": list(everything.stock_readings(tx, CORP)),
            "coupons": uncited[1],
            "customers": [
                one if one.consented_at or one.joined_at else replace(one, facts=_undated(one.facts))
                for one in everything.customer_records(tx, CORP)
            ],
            "orders": list(everything.order_lines(tx, CORP)),
            "scripts": [one.model_copy(update={"version": 1}) for one in uncited[2]],
            "documents": sorted(
                (one.title, one.kind, one.scope.id, one.version, str(one.valid_from), str(one.valid_to))
                for one in everything.documents(tx, CORP)
                if not all(piece.skus for piece in one.passages)
            ),
            "passages": sorted(
                (piece.kind.value, piece.heading, piece.text) for piece in material.published_passages(tx, CORP)
            ),
            "questions": sorted((one.text, one.mark) for one in written),
        }


def _undated(facts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(fact.model_copy(update={"observed_at": NOW}) for fact in facts)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with opened(tmp_path_factory.mktemp("sample")) as service:
        service.ingest([SAMPLE])
        yield service


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_sample_shop_goes_out_and_comes_back(sample: Service, tmp_path: Path, form: Any) -> None:
    to = tmp_path / "out"
    exported = export_everything(sample.database, CORP, to, sample.clock, form=form, with_phones=True)
    assert exported.problems == ()
    assert stat.S_IMODE(to.stat().st_mode) == 0o700
    assert not [path for path in tmp_path.iterdir() if path != to]
    with opened(tmp_path / "fresh") as other:
        report = other.ingest([to])
        assert [one for one in report.problems if one.is_error] == []
        before, after = records(sample), records(other)
        for name, wanted in before.items():
            assert after[name] == wanted, name
        assert exported.counts["订单"] == len(before["orders"])


def test_another_trade_comes_back_too(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        service.ingest([OTHER])
        assert (
            export_everything(service.database, CORP, tmp_path / "out", service.clock, with_phones=True).problems == ()
        )
        assert [one for one in other.ingest([tmp_path / "out"]).problems if one.is_error] == []
        assert records(other) == records(service)


HOSTILE = [
    '=HYPERLINK("http://evil")',
    "-2+3",
    "+86",
    "@SUM(1)",
    "＝1",
    "－x",
    "'=1",
    "''+1",
    "#REF!",
    "1,5",
    'a"b',
    "0123",
    "是",
]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_cells_that_look_like_formulas_are_text_outside_and_themselves_inside(tmp_path: Path, form: Any) -> None:
    shop = small_shop(tmp_path / "shop")
    lines = [["客户ID", "昵称", "专属导购", "所属门店", "爱好"]]
    lines += [[f"C{number}", escaped(name), "lin", "S001", escaped(name)] for number, name in enumerate(HOSTILE)]
    with (shop / "会员" / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    (shop / "会员" / "orders.csv").unlink()
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        service.ingest([shop])
        to = tmp_path / "out"
        export_everything(service.database, CORP, to, service.clock, form=form)
        if form == "csv":
            cells = [cell for row in rows_of(to / "会员.csv") for cell in row.values()]
            assert (to / "会员.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        else:
            sheet = load_workbook(to / "会员.xlsx").active
            assert sheet is not None
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
            cells = [str(cell.value or "") for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell[:1] in set("=+-@＝＋－＠\t\r")]
        other.ingest([to])
        with service.database.read() as tx:
            assert {one.name for one in everything.customer_records(tx, CORP)} == set(HOSTILE)
        assert records(other)["customers"] == records(service)["customers"]


@given(st.text(alphabet="'=+-@＝＋－＠\t\r\x00ab", max_size=6))
def test_escaping_is_undone_exactly(text: str) -> None:
    safe = escaped(text)
    assert unescaped(safe) == text
    assert safe[:1] not in set("=+-@＝＋－＠\t\r\x00") or not safe


def test_phones_are_masked_unless_asked_for_and_then_logged(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service:
        service.ingest([small_shop(tmp_path / "shop")])
        with structlog.testing.capture_logs() as logs:
            export_everything(service.database, CORP, tmp_path / "masked", service.clock, form="csv")
            assert logs == []
            export_everything(service.database, CORP, tmp_path / "full", service.clock, form="csv", with_phones=True)
        assert [(one["event"], one["customers"]) for one in logs] == [("customers exported with phones", 2)]
        phones = {name: [row["手机号"] for row in rows_of(tmp_path / name / "会员.csv")] for name in ("masked", "full")}
        assert phones == {"masked": ["138****1111", "138****2222"], "full": ["13800001111", "13800002222"]}
        everywhere = [path.read_bytes() for path in (tmp_path / "masked").rglob("*") if path.is_file()]
        assert not [content for content in everywhere if b"13800001111" in content]
        about = json.loads((tmp_path / "masked" / "export.json").read_text(encoding="utf-8"))
        assert (about["phones"], about["counts"]["会员"]) == ("masked", 2)


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path: Path) -> None:
    write(tmp_path / "full", "mine.txt", "mine")
    (tmp_path / "empty").mkdir()
    with opened(tmp_path / "one") as service:
        with pytest.raises(ExportRefused, match="已经有东西"):
            export_everything(service.database, CORP, tmp_path / "full", service.clock)
        exported = export_everything(service.database, CORP, tmp_path / "empty", service.clock)
    assert set(exported.counts.values()) == {0}
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_questions_and_synonyms_are_put_back(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        shop = small_shop(tmp_path / "shop")
        service.ingest([shop])
        with service.database.begin() as tx:
            piece = next(one for one in material.published_passages(tx, CORP) if one.title == "退货办法")
            questions.attach(tx, CORP, piece, ["拆了能退吗"], QuestionOrigin.MINED, NOW)
            questions.attach(tx, CORP, piece, ["几天能退", "瞎问"], QuestionOrigin.PROPOSED, NOW)
            refused = [one for one in questions.to_review(tx, CORP, 9) if one.text == "瞎问"]
            questions.review(tx, CORP, [refused[0].question_id], QuestionStatus.REFUSED, "zhou", NOW)
            synonyms.add(tx, CORP, [("面霜", "霜"), ("退货", "退掉")], NOW)
        export_everything(service.database, CORP, tmp_path / "out", service.clock)
        other.ingest([tmp_path / "out"])
        for found in (2, 0):
            back = restore_beside(other.database, CORP, tmp_path / "out", NOW)
            assert (back.questions.found, back.questions.lost, back.synonyms) == (3, 0, found)
        with service.database.read() as ours, other.database.read() as theirs:
            kept = [everything.kept_questions(one, CORP) for one in (ours, theirs)]
            assert {tuple(one) for one in kept[0]} == {tuple(one) for one in kept[1]}
            words = [[group.words for group in synonyms.groups(one, CORP)] for one in (ours, theirs)]
            assert words[0] == words[1]
        write(tmp_path / "out", "资料/政策制度/退货办法.md", policy("退货办法", "改过的办法，十天内可以退货。"))
        with opened(tmp_path / "three") as third:
            third.ingest([tmp_path / "out"])
            assert restore_beside(third.database, CORP, tmp_path / "out", NOW).questions == (0, 3)


AWKWARD = (
    """第一行\\*不是强调\\*，\\_也不是\\_。

1\\. 第一步
2\\. 第二步

\\# 不是标题

| 问题 | 答案 |
| --- | --- |
| 能退吗 | 能，\\<七天\\> & 有票 |
| 能换吗 | 能 |

## 一、细则

- 一条
- 两条

### （一）更细

有效期：按小票上的日期。

问：拆封了呢？

答：不退。

问：坏了呢？

答：退。

## 二、其他

"""
    + "很长的一段话，每一句都不短，说的是同一件事情。" * 40
)


def test_a_document_that_markdown_would_misread_comes_back(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        shop = small_shop(tmp_path / "shop")
        write(
            shop,
            "政策/难写.md",
            policy("难写：*的* 办法", AWKWARD, scope="门店:S001", valid_to="2026-12-31", version=3),
        )
        write(shop, "政策/纯文本.txt", "通知事项\n请各店注意\n一、开门\n早上十点开门。\n二、关门\n晚上十点关门。\n")
        write(shop, "政策/一段.md", "只有一句话，没有标题。")
        service.ingest([shop])
        assert (
            export_everything(service.database, CORP, tmp_path / "out", service.clock, with_phones=True).problems == ()
        )
        other.ingest([tmp_path / "out"])
        assert records(other) == records(service)


def test_long_tables_are_spread_over_files_and_orders_stay_whole(tmp_path: Path) -> None:
    shop = small_shop(tmp_path / "shop")
    head = "订单号,客户ID,门店编码,下单时间,商品编码,数量,实付金额,备注\n"
    rows = [f"D{n // 3:05d},C1,S001,2026-10-01 10:00,A1,1,100,{n}\n" for n in range(25)]
    write(shop, "会员/orders.csv", head + "".join(rows))
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        service.ingest([shop])
        export_everything(
            service.database, CORP, tmp_path / "out", service.clock, form="csv", with_phones=True, rows_per_file=20
        )
        first, second = (rows_of(tmp_path / "out" / name) for name in ("订单.csv", "订单-2.csv"))
        assert len(first) + len(second) == 25
        assert not {row["订单号"] for row in first} & {row["订单号"] for row in second}
        assert [one for one in other.ingest([tmp_path / "out"]).problems if one.is_error] == []
        assert records(other)["orders"] == records(service)["orders"]


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    run, shop, to = CliRunner(), small_shop(tmp_path / "shop"), tmp_path / "out"
    write(shop, "商品/products.csv", products("A1,柔和面霜,100", "A2,清爽面膜,20"))
    assert run.invoke(app, ["migrate"]).exit_code == 0
    assert run.invoke(app, ["ingest", str(shop)]).exit_code == 0
    said = run.invoke(app, ["export", "all", str(to)])
    assert said.exit_code == 0
    assert "会员 2" in said.output
    assert "已打码" in said.output
    again = run.invoke(app, ["export", "all", str(to)])
    assert again.exit_code == 2
    assert "已经有东西" in again.output
    assert run.invoke(app, ["export", "all", str(tmp_path / "b"), "--format", "ods"]).exit_code == 2
    back = run.invoke(app, ["restore", str(to)])
    assert back.exit_code == 0
    assert "补上问法 0 条" in back.output
