"""Going through a table row by row: cells by our own column names, problems collected, repeats refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from assistant.material.columns import Recognised, TableKind, column_problems
from assistant.material.context import Context
from assistant.material.escaping import unescaped
from assistant.material.problems import Problem, Severity, told_once
from assistant.material.values import BadValue, fen, unit_of
from assistant.shop import Citation
from knowledge.reading.blocks import Row, Table

Item = TypeVar("Item")
Value = TypeVar("Value")
PRIVATE = frozenset({"phone", "cost"})
"""Columns whose content is not repeated in a problem (个人信息保护法 Art. 6: no more than needed)."""

LONGEST: Mapping[TableKind, Mapping[str, int]] = {
    TableKind.STORES: {"store": 64},
    TableKind.STAFF: {"userid": 64, "name": 100, "store": 64, "region": 64},
    TableKind.PRODUCTS: {"sku": 64},
    TableKind.STOCK: {"store": 64, "sku": 64},
    TableKind.COUPONS: {"coupon": 64},
    TableKind.CUSTOMERS: {"customer": 64, "name": 100, "address_as": 50, "tier": 30, "guide": 64, "store": 64},
    TableKind.ORDERS: {
        **{"order": 64, "customer": 64, "store": 64, "sku": 64, "coupon": 64},
        **{"channel": 30, "product_name": 200, "status": 30},
    },
    TableKind.SCRIPTS: {"script": 64},
}
"""Characters that fit into the database by kind of table and column; whatever is longer is a slip of a column."""


@dataclass(frozen=True, slots=True)
class Rows(Generic[Item]):
    """What a table gave: the good rows, every problem, and where each id stands (``products.xlsx 防晒!第12行``)."""

    good: tuple[Item, ...] = ()
    problems: tuple[Problem, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)


class Cells:
    """One row by our own column names; what cannot be read becomes a problem instead of an exception."""

    def __init__(self, row: Row, recognised: Recognised) -> None:
        self.row = row
        self.recognised = recognised
        self.problems: list[Problem] = []

    @property
    def place(self) -> str:
        """Return where the row stands inside its file, ``防晒!第12行``."""
        return f"{self.row.sheet}!第{self.row.number}行".lstrip("!")

    @property
    def refused(self) -> bool:
        """Say whether the row must be left out."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def has(self, key: str) -> bool:
        """Say whether the table has this column at all."""
        return key in self.recognised.columns

    def text(self, key: str) -> str:
        """Return a cell, empty when the column or the content is missing."""
        header = self.recognised.columns.get(key)
        return unescaped(self.row.cells.get(header, "").strip()) if header is not None else ""

    def extra(self) -> dict[str, str]:
        """Return the filled cells of the columns that are none of ours and may be kept, by their headers."""
        found = ((header, self.row.cells[header].strip()) for header in self.recognised.extra)
        return {unescaped(header): unescaped(text) for header, text in found if text}

    def need(self, key: str) -> str:
        """Return a cell that must be filled; an empty one is an error."""
        text = self.text(key)
        if not text:
            label = self.recognised.shown(key)
            self.flag(key, f"“{label}”没有填", f"请补上{label}")
        return text

    def read(self, key: str, parse: Callable[[str], Value], *, severity: Severity = Severity.ERROR) -> Value | None:
        """Return a parsed cell, None when it is empty or cannot be read (which is then reported)."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse(text)
        except BadValue as bad:
            label = self.recognised.shown(key)
            reason = bad.reason if label in bad.reason else f"{label}：{bad.reason}"
            self.flag(key, reason, bad.remedy, severity)
            return None

    def need_value(self, key: str, parse: Callable[[str], Value]) -> Value | None:
        """Return a parsed cell that must be filled; None means it was reported as an error."""
        return self.read(key, parse) if self.need(key) else None

    def money(self, key: str) -> int | None:
        """Return an amount in 分, by the unit in the column's header; None when empty or reported."""
        unit = unit_of(self.recognised.columns.get(key, ""))
        return self.read(key, lambda text: fen(text, unit))

    def need_money(self, key: str) -> int | None:
        """Return an amount that must be filled; None means it was reported as an error."""
        return self.money(key) if self.need(key) else None

    def flag(self, key: str, reason: str, remedy: str, severity: Severity = Severity.ERROR) -> None:
        """Report this cell."""
        value = "" if key in PRIVATE else self.text(key)
        field_name = self.recognised.shown(key)
        row = self.row
        self.problems.append(Problem(row.file, row.sheet, row.number, field_name, value, reason, remedy, severity))

    def warn(self, key: str, reason: str, remedy: str) -> None:
        """Report this cell and keep the row."""
        self.flag(key, reason, remedy, Severity.WARNING)

    def known(
        self,
        key: str,
        words: Iterable[str],
        known: frozenset[str] | None,
        what: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report the words that are not known; None known means it cannot be checked yet."""
        if known is None:
            return
        for word in words:
            if word not in known:
                self.flag(key, f"没有“{word}”这个{what}", f"请核对{what}，或先补进{what}表", severity)

    def cite(self, context: Context) -> Citation:
        """Return the citation of this row."""
        return Citation(
            document_id=context.document_id,
            title=self.row.file.rsplit("/", 1)[-1],
            version=context.version,
            place=self.place,
        )


def read_rows(
    table: Table,
    recognised: Recognised,
    context: Context,
    read_one: Callable[[Cells], Item | None],
    *,
    identity: str = "",
    fold: Callable[[str], str] = str,
) -> Rows[Item]:
    """Read every row; a table without a required column gives no rows at all.

    ``identity`` is the column whose value may stand only once, here and in ``context.taken``, compared after ``fold``:
    the first good row keeps it, later ones are refused with the place of the first.
    """
    header_problems = column_problems(table, recognised)
    if recognised.kind is None or recognised.missing:
        return Rows(problems=header_problems)
    good: list[Item] = []
    problems = list(header_problems)
    places: dict[str, str] = {}
    for row in table.rows:
        cells = Cells(row, recognised)
        key = fold(cells.text(identity)) if identity else ""
        earlier = places.get(key) or context.taken.get(key) if key else None
        if earlier:
            label, shown = recognised.shown(identity), cells.text(identity)
            reason = f"{label}“{shown}”重复，{earlier}已经有了，以前面那行为准"
            cells.flag(identity, reason, "请核对两行，只留对的一行")
        _look_at_lengths(cells)
        item = None if earlier else read_one(cells)
        problems += cells.problems
        if item is not None and not cells.refused:
            good.append(item)
            if key:
                places[key] = f"{row.file} {cells.place}".strip()
    return Rows(tuple(good), told_once(problems), places)


def _look_at_lengths(cells: Cells) -> None:
    kind = cells.recognised.kind
    for key, most in LONGEST[kind].items() if kind else ():
        length = len(cells.text(key))
        if length > most:
            reason = f"{cells.recognised.shown(key)}有 {length} 个字，最多 {most} 个"
            cells.flag(key, reason, "请核对是不是填错了列")
