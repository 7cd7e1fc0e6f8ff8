"""What is wrong in a shop's file: where, which words, why, and what to do about it, all for a shop manager."""

from dataclasses import dataclass

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
