"""What a file of the shop becomes once read: blocks of text and tables of rows, with every problem met on the way.

Rows of orders and customers come in tens of thousands, so these are plain frozen dataclasses rather than checked
pydantic nouns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.noun import Labelled


class BlockKind(Labelled):
    """What a block of text is on the page."""

    HEADING = "heading", "标题"
    PARAGRAPH = "paragraph", "段落"
    LIST = "list", "列表项"
    TABLE_ROW = "table-row", "表格行"
    QA = "qa", "问答"


class ProblemLevel(Labelled):
    """An error loses content; a warning keeps it but asks a person to look."""

    ERROR = "error", "错误"
    WARNING = "warning", "提醒"


@dataclass(frozen=True, slots=True)
class ReadingProblem:
    """One thing a manager must know about a file: where, why (Chinese), and what to do about it (Chinese)."""

    file: str
    place: str
    reason: str
    remedy: str
    level: ProblemLevel = ProblemLevel.ERROR


@dataclass(frozen=True, slots=True)
class Row:
    """One data row of a sheet.

    ``number`` is the 1-based row as the person sees it in the sheet. ``cells`` maps header text to cell text as
    displayed; an empty cell is the empty string.
    """

    file: str
    sheet: str
    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet with its header row; ``header_row`` is 1-based as the person sees it. ``sheet`` is empty for CSV."""

    file: str
    sheet: str
    header_row: int
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document in reading order.

    ``level`` counts headings from 1 and is 0 for everything else. ``place`` is where a person finds it again
    (``第3页``); empty when only the heading above says so.
    """

    kind: BlockKind
    text: str
    level: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as read.

    ``sha256`` is of the bytes as uploaded, ``media`` the type found by content (``docx``, ``xlsx``, ``pdf`` ...),
    ``front_matter`` the YAML head of a Markdown file with its values as text, ``hidden`` what was removed because
    no reader of the page could see it (hidden runs, comments, invisible characters), in words a manager understands.
    ``suspicious`` quotes what reads as an instruction to a model; such a document waits for a person to look at it.
    ``members`` are the files inside an archive or attached to a mail, each named below this one
    (``资料.zip/政策/退货.docx``).
    """

    file: str
    sha256: str
    media: str
    title: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    problems: tuple[ReadingProblem, ...] = ()
    hidden: tuple[str, ...] = ()
    front_matter: dict[str, str] = field(default_factory=dict)
    suspicious: tuple[str, ...] = ()
    members: tuple["Reading", ...] = ()

    @property
    def failed(self) -> bool:
        """Say whether nothing at all could be read from the file."""
        return not self.blocks and not self.tables and all(member.failed for member in self.members)

    def every(self) -> Iterator["Reading"]:
        """This file, then what it holds, in order."""
        yield self
        for member in self.members:
            yield from member.every()
