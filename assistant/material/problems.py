"""What is wrong in a shop's file: where, which words, why, and what to do about it, all for a shop manager."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from knowledge.noun import Labelled


class Severity(Labelled):
    """An error leaves the row (or the file) out; a warning keeps it and asks a person to look."""

    ERROR = "error", "错误，这一行没有导入"
    WARNING = "warning", "提醒，这一行已导入"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``row`` is the row as seen in the sheet, 0 when it concerns the whole sheet."""

    file: str
    sheet: str
    row: int
    field: str
    value: str
    reason: str
    remedy: str
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """Return where to look, ``面部护肤!第12行``."""
        return f"{self.sheet}!第{self.row}行".lstrip("!") if self.row else self.sheet


OFTEN = 20
"""A finding in more rows than this is told once, with the first of them."""
SHOWN = 5


def told_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Tell what is wrong in the same way in many rows of a sheet only once; whoever mends one mends them all alike."""
    alike: dict[Problem, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(replace(problem, row=0, value=""), []).append(problem)
    told: list[Problem] = []
    for found in alike.values():
        if len(found) <= OFTEN:
            told += found
            continue
        rows = "、".join(f"第{one.row}行" for one in found[:SHOWN])
        told.append(replace(found[0], reason=f"{found[0].reason}（共 {len(found)} 处：{rows}等）"))
    return tuple(sorted(told, key=lambda one: one.row))
