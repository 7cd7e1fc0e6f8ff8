"""A corp's whole material, customers, ledgers and turns as files: to keep, to look at, to move, and to ingest again.

The folder holds tables under our own column names, documents as Markdown, shop.yaml, and beside them what no ingest
reads, as JSON lines: attached questions, synonyms and the ledgers (granted coupons, what the till told, and what people
decided at the console), which are put back; turns and the records of them and the audit log, which are only kept.
``store.ledgers`` says of every table which it is. export.json says what is there. The folder appears whole or not at
all, readable by its owner only. Customers' phones are masked unless asked for; reading masked ones in leaves the phone
empty.
"""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import structlog
import yaml
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from assistant.clock import Clock
from assistant.errors import DaogouError
from assistant.exporting import sheets
from assistant.exporting.papers import papers
from assistant.exporting.sheets import Sheet
from assistant.ingest.report import Reported
from assistant.material.escaping import escaped
from assistant.material.shopfile import FILE_NAME
from assistant.store import audit, documents, everything, ledgers, material, synonyms, turns
from assistant.store.database import AlreadyThere, Database, Transaction
from assistant.store.everything import KeptQuestion, PutBack
from assistant.store.ledgers import PARENTS_FIRST, Kept, Ledger
from assistant.store.questions import QuestionOrigin, QuestionStatus
from knowledge.passage import Scope, ScopeLevel

log = structlog.get_logger()

Format = Literal["xlsx", "csv"]
QUESTIONS, SYNONYMS, TURNS, ABOUT = "questions.jsonl", "synonyms.jsonl", "turns.jsonl", "export.json"
LEDGERS, RECORDS = "ledgers", "records"
"""Folders of what is put back, and of what is only kept."""
ROWS_PER_FILE = 20_000
"""What a reader with its limits takes in easily; an order is never torn apart."""
LONGEST_CELL = 32_767


class ExportRefused(DaogouError):
    """The export was not begun, or could not be finished; nothing was left behind."""


class RestoreRefused(DaogouError):
    """What an export holds could not be put back; nothing of it was."""


@dataclass(frozen=True)
class Exported:
    """What was written, by Chinese name, and what does not come back quite as it was."""

    folder: Path
    counts: Mapping[str, int]
    problems: tuple[Reported, ...]


@dataclass(frozen=True)
class Restored:
    """What came back beside the files. ``in_the_way`` is how many rows the ledgers held already, and ``held`` in which
    they were, by Chinese name: then none came back."""

    questions: PutBack
    synonyms: int
    ledger_rows: int
    in_the_way: int
    held: tuple[str, ...]


def export_everything(
    database: Database,
    corp_id: str,
    to: Path,
    clock: Clock,
    *,
    form: Format = "xlsx",
    with_phones: bool = False,
    rows_per_file: int = ROWS_PER_FILE,
) -> Exported:
    """Write everything of a corp into a new folder; raises ExportRefused when the folder holds something already.

    ``form`` is the tables' format. Orders are never torn apart for ``rows_per_file``.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ExportRefused(f"{to} 里已经有东西，请换一个空文件夹")
    to.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    try:
        with database.read() as tx:
            exported = _Export(tx, corp_id, fresh, form, with_phones, rows_per_file).write(clock())
        if with_phones:
            log.warning("customers exported with phones", corp=corp_id, customers=exported.counts["会员"])
        os.replace(fresh, to)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return Exported(to, exported.counts, exported.problems)


def restore_beside(database: Database, corp_id: str, folder: Path, moment: datetime) -> Restored:
    """Put back what an ingest of an export does not read: questions that were asked, synonyms, and the ledgers.

    Ledgers that hold anything stay as they are, all of them: rows of two histories would not add up. Raises
    RestoreRefused when the lines cannot be read or do not fit; all that is put back is one transaction.
    """
    try:
        with database.begin() as tx:
            return _put_back(tx, corp_id, folder, moment)
    except AlreadyThere as misfit:
        raise RestoreRefused(
            f"{folder} 里的账对不上：缺了文件，或者数据库里已经有同样编号的记录。账一条也没有写入"
        ) from misfit


def _put_back(tx: Transaction, corp_id: str, folder: Path, moment: datetime) -> Restored:
    kept = (
        KeptQuestion(
            row["question"],
            QuestionOrigin(row["origin"]),
            QuestionStatus(row["status"]),
            datetime.fromisoformat(row["asked_at"]),
            row["mark"],
        )
        for row in _lines(folder / QUESTIONS)
    )
    groups = [tuple(row["words"]) for row in _lines(folder / SYNONYMS)]
    written = QuestionOrigin.WRITTEN
    found = everything.put_back_questions(tx, corp_id, (one for one in kept if one.origin is not written), moment)
    added = synonyms.add(tx, corp_id, groups, moment)
    held = ledgers.in_the_way(tx, corp_id)
    rows = 0
    if not held:
        rows = sum(ledgers.put_back(tx, corp_id, one, _lines(folder / _file_of(one))) for one in PARENTS_FIRST)
        documents.hold_all_to_decisions(tx, corp_id)
    material.bump_material_version(tx, corp_id)
    return Restored(found, added, rows, sum(held.values()), tuple(one.label for one in held))


@dataclass(frozen=True)
class _Export:
    """One export in the making, all of it read at one moment."""

    tx: Transaction
    corp_id: str
    folder: Path
    form: Format
    with_phones: bool
    rows_per_file: int

    def write(self, moment: datetime) -> Exported:
        """Write every file."""
        counts = {sheet.kind.label: self._table(sheet) for sheet in self._sheets()}
        self._shop_file()
        counts["资料"], problems = self._papers()
        counts["问法"] = self._json_lines(QUESTIONS, self._questions())
        groups = synonyms.groups(self.tx, self.corp_id)
        counts["同义词"] = self._json_lines(SYNONYMS, ({"words": list(group.words)} for group in groups))
        records = (one.model_dump(mode="json") for one in turns.every(self.tx, self.corp_id))
        counts["轮次"] = self._json_lines(TURNS, records)
        for one in (*Ledger, *Kept):
            counts[one.label] = self._json_lines(_file_of(one), self._rows(one))
        about = {
            "corp": self.corp_id,
            "exported_at": moment.isoformat(),
            "phones": "full" if self.with_phones else "masked",
            "counts": counts,
        }
        self._text(ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
        return Exported(self.folder, counts, problems)

    def _sheets(self) -> Iterator[Sheet]:
        tx, corp_id = self.tx, self.corp_id
        people = everything.people(tx, corp_id)
        userids = {one.userid.lower(): one.userid for one in people}
        yield sheets.stores_sheet(material.stores(tx, corp_id))
        yield sheets.staff_sheet(people)
        yield sheets.products_sheet(material.products(tx, corp_id))
        yield sheets.stock_sheet(everything.stock_readings(tx, corp_id))
        yield sheets.coupons_sheet(material.coupons(tx, corp_id))
        customers = tuple(everything.customer_records(tx, corp_id))
        yield sheets.customers_sheet(customers, userids, with_phones=self.with_phones)
        yield sheets.orders_sheet(everything.order_lines(tx, corp_id))
        yield sheets.scripts_sheet(material.scripts(tx, corp_id))

    def _shop_file(self) -> None:
        facts = material.corp_facts(self.tx, self.corp_id)
        if facts is None:
            return
        names = everything.shop_names(self.tx, self.corp_id)
        shipping: dict[str, float] = {"fee": facts.shipping_fen / 100}
        if facts.free_shipping_from_fen is not None:
            shipping["free_from"] = facts.free_shipping_from_fen / 100
        content: dict[str, Any] = {
            "brand": facts.brand,
            **({"corp": next(iter(names))} if len(names) == 1 else {}),
            "tiers": list(facts.tiers),
            "shipping": shipping,
            "lapsed_after_days": facts.lapsed_after_days,
            "new_for_days": sheets.NEW_FOR_DAYS,
        }
        self._text(FILE_NAME, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))

    def _papers(self) -> tuple[int, tuple[Reported, ...]]:
        places: dict[str, Scope] = {}
        stores = material.stores(self.tx, self.corp_id)
        for store in stores:
            places[store.name] = Scope(level=ScopeLevel.STORE, id=store.store_id)
            places[store.region_name] = Scope(level=ScopeLevel.REGION, id=store.region_id)
        number, problems = 0, self._waiting()
        for paper in papers(everything.documents(self.tx, self.corp_id), places):
            self._text(paper.name, paper.text)
            number += 1
            if not paper.is_exact:
                reason = "再导入时，这份资料的段落会切得和现在不完全一样"
                problems.append(
                    Reported(paper.name, "", "", reason, "请保留它的原文件，导入时用原文件", is_error=False)
                )
        return number, tuple(problems)

    def _waiting(self) -> list[Reported]:
        """Texts that nobody has published yet are in no file."""
        waiting = len(documents.waiting_for_review(self.tx, self.corp_id))
        reason = f"还有 {waiting} 份资料没有审完，没有导出"
        remedy = "请先在控制台审完再导出，或者留着原文件，搬过去以后重新上传"
        return [Reported("资料", "", "", reason, remedy, is_error=False)] if waiting else []

    def _questions(self) -> Iterator[dict[str, str]]:
        for one in everything.kept_questions(self.tx, self.corp_id):
            yield {
                "question": one.text,
                "origin": one.origin.value,
                "status": one.status.value,
                "asked_at": one.asked_at.isoformat(),
                "mark": one.mark,
            }

    def _rows(self, one: Ledger | Kept) -> Iterator[dict[str, Any]]:
        if one is Kept.AUDIT:
            return map(audit.told, audit.every(self.tx, self.corp_id))
        return ledgers.rows(self.tx, self.corp_id, one)

    # ---- writing -------------------------------------------------------------------------------

    def _table(self, sheet: Sheet) -> int:
        """Write a table into as many files as it needs; none when there is nothing."""
        number = 0
        for part, rows in enumerate(_parts(sheet, self.rows_per_file), start=1):
            name = f"{sheet.kind.label}{'' if part == 1 else f'-{part}'}.{self.form}"
            (self._csv if self.form == "csv" else self._xlsx)(name, sheet, rows)
            number += len(rows)
        return number

    def _csv(self, name: str, sheet: Sheet, rows: list[Mapping[str, str]]) -> None:
        with (self.folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(map(escaped, sheet.headers))
            writer.writerows([escaped(row.get(header, "")) for header in sheet.headers] for row in rows)

    def _xlsx(self, name: str, sheet: Sheet, rows: list[Mapping[str, str]]) -> None:
        book = Workbook(write_only=True)
        page = book.create_sheet(sheet.kind.label)
        page.freeze_panes = "A2"
        for texts in (sheet.headers, *([row.get(header, "") for header in sheet.headers] for row in rows)):
            page.append([_cell(page, name, text) for text in texts])
        book.save(self.folder / name)

    def _json_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        number = 0
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                number += 1
        return number

    def _text(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _cell(page: Any, name: str, text: str) -> Any:
    """A cell that is text whatever it looks like; nothing for an empty one."""
    if not text:
        return None
    if len(text) > LONGEST_CELL:
        raise ExportRefused(f"{name} 里有一格超过 {LONGEST_CELL} 个字，Excel 放不下，请改用 --format csv")
    cell = WriteOnlyCell(page, escaped(text))
    cell.data_type = "s"
    return cell


def _parts(sheet: Sheet, most: int) -> Iterator[list[Mapping[str, str]]]:
    rows: list[Mapping[str, str]] = []
    for group in sheet.groups:
        if rows and len(rows) + len(group) > most:
            yield rows
            rows = []
        rows += group
    if rows:
        yield rows


def _file_of(one: Ledger | Kept) -> str:
    return f"{LEDGERS if isinstance(one, Ledger) else RECORDS}/{one.value}.jsonl"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _line(path, number, line)


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError as torn:
        reason = f"{path.parent.name}/{path.name} 的第 {number} 行读不出来，文件可能没有传完。账一条也没有写入"
        raise RestoreRefused(reason) from torn
    return row
