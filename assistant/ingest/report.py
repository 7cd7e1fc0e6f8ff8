"""What an ingest tells the shop: files by their fate, rows by kind, and every finding with its remedy."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from assistant.material.problems import Problem, Severity
from knowledge.reading.blocks import ProblemLevel, ReadingProblem


@dataclass(frozen=True)
class Reported:
    """One finding for the shop: where, what, what to do. ``is_error`` means that something was left out.

    ``is_hidden`` is told of what no reader of the file could see.
    """

    file: str
    place: str
    field: str
    reason: str
    remedy: str
    is_error: bool
    is_hidden: bool = False

    @property
    def where(self) -> str:
        """File, place and field as one line."""
        return " ".join(word for word in (self.file, self.place, self.field) if word)

    @property
    def severity_label(self) -> str:
        """The Chinese word for how bad it is."""
        return "没导入" if self.is_error else "请留意"


def from_reading(problem: ReadingProblem) -> Reported:
    """A finding of the file's reader."""
    is_error = problem.level is ProblemLevel.ERROR
    return Reported(problem.file, problem.place, "", problem.reason, problem.remedy, is_error)


def from_row(problem: Problem) -> Reported:
    """A finding in a row."""
    is_error = problem.severity is Severity.ERROR
    return Reported(problem.file, problem.place, problem.field, problem.reason, problem.remedy, is_error)


def from_hidden(file: str, words: str) -> Reported:
    """Something in a file that no reader of it can see, and that is therefore not used."""
    return Reported(file, "", "", words, "看不见的内容不会被引用；确实要用，请改成看得见的正文", False, True)


@dataclass(frozen=True)
class Guess:
    """What a table was taken for: our column names by the table's own headers, and the headers nothing was made of.

    ``unsure`` are our names of columns that were taken for their likeness only.
    """

    file: str
    sheet: str
    kind: str
    columns: Mapping[str, str]
    unsure: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did; ``unread`` are files that could not be opened, whose earlier content stays in use, ``held``
    those that speak to a model somewhere and wait for a person."""

    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Reported, ...] = ()
    guesses: tuple[Guess, ...] = ()
    held: tuple[str, ...] = ()

    def columns(self) -> dict[str, dict[str, str]]:
        """The guesses as the ``columns`` part of shop.yaml: by file, our column names and the table's own."""
        found: dict[str, dict[str, str]] = {}
        for guess in self.guesses:
            found.setdefault(guess.file, {}).update({ours: theirs for theirs, ours in guess.columns.items()})
        return found

    def summary(self) -> str:
        """A few Chinese lines: how much came in, how much was left out."""
        errors = sum(problem.is_error for problem in self.problems)
        files = f"读入 {len(self.changed)} 个文件，{len(self.unchanged)} 个没有变化，撤下 {len(self.removed)} 个。"
        unread = f"{len(self.unread)} 个读不了，先沿用原来的内容：{'、'.join(self.unread)}。" if self.unread else ""
        held = f"{len(self.held)} 个里有像是写给 AI 的话，等管理员核对：{'、'.join(self.held)}。" if self.held else ""
        counts = "，".join(f"{name} {number}" for name, number in self.rows.items())
        trouble = ""
        if self.problems:
            trouble = f"有 {errors} 处没导入，{len(self.problems) - errors} 处请留意："
        return "\n".join(line for line in (files, unread, held, counts, trouble) if line)

    def to_json(self) -> str:
        """The whole report as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


@dataclass
class Tally:
    """A report in the making."""

    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    problems: list[Reported] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def count(self, label: str, number: int) -> None:
        """Add to the rows of one kind."""
        if number:
            self.rows[label] = self.rows.get(label, 0) + number

    def report(self) -> IngestReport:
        """The finished report."""
        return IngestReport(
            tuple(self.changed),
            tuple(self.unchanged),
            tuple(self.removed),
            tuple(self.unread),
            dict(self.rows),
            tuple(self.problems),
            tuple(self.guesses),
            tuple(self.held),
        )
